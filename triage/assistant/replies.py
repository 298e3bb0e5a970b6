"""Whether a few words are a yes, a no or a 'not sure' to the question that was asked."""

from __future__ import annotations

import re
from enum import StrEnum


class Reply(StrEnum):
    """What an answer comes to."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


_LEAD = re.compile(
    r"^(?:well|um+|erm*|uh+|oh|hm+|honestly|actually|so|ok(?:ay)?|i (?:guess|suppose|would say)"
    r"|i'd say|sorry|but|and|tbh|as far as i know|hi|hiya|hey|hello|hello there|hi there"
    r"|good (?:morning|afternoon|evening|day)|thanks|thank you)[\s,.!]+"
)
_UNSURE = re.compile(
    r"\b(?:not (?:\w+ )?(?:sure|certain)|unsure|uncertain|don'?t (?:really |actually )?know"
    r"|do not know|dunno|idk|no (?:idea|clue)|hard to (?:say|tell|know)|difficult to (?:say|tell)"
    r"|(?:can'?t|cannot|couldn'?t|could not) (?:\w+ )?(?:see|tell|remember|say|recall|be sure)"
    r"|(?:don'?t|do not) remember|who knows|maybe|perhaps|possibly|might (?:have|be|do))\b"
)
_YES = re.compile(
    r"^(?:y(?:es|ep|eah|up|a|ess)?|aye|si|sure|of course|definitely|certainly|absolutely|indeed"
    r"|correct|right|true|i (?:think|believe) (?:so|it (?:does|has|is|did))|afraid so|(?:it|they|i"
    r"|there) (?:does|has|is|did|do|have|are|am)(?=$|[,.!;]| (?:a bit|a little|a lot|once|twice"
    r"|quite|yes|indeed|actually|now|still|very|really|but|only|when|every|sometimes|at|and)\b)|sometimes"
    r"|occasionally|often|always|constantly|frequently|rarely|now and (?:then|again)|on and off"
    r"|off and on|from time to time|at times|at night|(?:just |only )?(?:the )?(?:once|twice)"
    r"|once or twice|a few times|(?:just |only |quite )?a (?:little|bit|lot|tiny bit|small bit"
    r"|wee bit|touch)|it used to|slightly|somewhat|very|extremely|quite (?:a (?:lot|bit)|often)"
    r"|only (?:when|if|a)|when(?:ever)? (?:i|it)|not (?:much|often|always|a lot))\b(?! not)(?!n't)"
)
_NO = re.compile(
    r"^(?:(?:definitely|certainly|absolutely|of course|probably|thankfully|luckily) (?:not|no)"
    r"|no(?:pe|ne|oo*)?|nah+|n|never|negative|neither|not (?:really|at all|that i|as far|yet|now"
    r"|in the|any|once|one bit|to my|so far|so|especially|particularly|noticeably|a bit)"
    r"|nothing (?:like|of|that|at)|(?:i )?(?:don'?t|do not) (?:think|believe) (?:so|it|that)"
    r"|(?:i|it|they|there) (?:doesn'?t|does not|hasn'?t|has not|isn'?t|is not|didn'?t|did not"
    r"|haven'?t|have not|don'?t|do not|wasn'?t|was not|never|aren'?t)(?=$|[,.!;]| (?:at all|really"
    r"|yet|no|ever|noticed|as far|not|now|so far|either)\b)|i'?m not(?=$|[,.!;])"
    r"|it'?s not(?=$|[,.!;])"
    r"|nothing$)\b"
)
# After a bare 'no', these begin a sentence; any other word is what is denied: 'no bleeding'.
_AFTER_NO = re.compile(
    r"^(?:no|none|never|nope|nah|n)(?:$|[\s]*[,.!;:)\-–—\n]|\s+(?:it|i|but|not|never|nothing|they"
    r"|there|there's|thanks?|really|i'm|i've|the|that|its|it's|this|only|sorry|none|of|definitely"
    r"|just|way|and|at|has|had|noticed|seen|ever|one|sir|madam|doctor)\b)"
)
_AFTER_ALL = re.compile(
    r"\b(?:only (?:once|when|if|a)|but (?:it )?(?:did|does|has|is|sometimes|once|yes)|except"
    r"|unless|apart from|just (?:once|the once))\b"
)
# 'None of those' answers the question after the emergency signs; what follows is the story.
_NONE_OF_THEM = re.compile(
    r"^(?:no+|nope|nah)?[\s,.!:;–—-]*(?:i have |i've |i've got |i have got |there (?:is|are) )?"
    r"(?:none|not any|no one|nothing)(?: of (?:those|these|them|that|this|it|the above|all that)\b"
    r"| like that\b)|^(?:no+|nope|nah|none)(?=[.!;\n])"
)
# 'No fever, no blisters, nothing of that': all that comes before it is denied too.
_NOTHING_ELSE = re.compile(
    r"[,.;:–—-]\s*(?:and |just |really |honestly )?(?:none|nothing|not any)"
    r"(?: (?:of|like) (?:those|these|them|that|this|it|the above|all that|the sort|the kind)\b"
    r"| at all\b| else\b|(?=\s*$|[.!;]))"
)
_DENIAL = re.compile(
    r"(?:(?:and|or) )?(?:(?:i have|i've|i've got|there is|there's) )?"
    r"(?:no|not|nor|or|never|without|neither|i don't have|i do not have|i haven't)\b"
)
_EXCEPT = re.compile(r"\b(?:except|apart from|other than|unless|but (?:for|yes|the|one|i do))\b")
LONGEST = 160  # characters of an answer that begins with neither yes nor no


def read_reply(text: str) -> Reply | None:
    """YES, NO or UNSURE; None where the words answer nothing, or another question."""
    low = _plain(text)
    if not low:
        return None
    if low.startswith(("yes", "yep", "yeah")) and not _UNSURE.search(low):
        return Reply.YES
    if _UNSURE.search(low):
        return Reply.UNSURE
    if match := _NO.match(low):
        if match[0] in ("no", "none", "never", "n") and not _AFTER_NO.match(low):
            return None
        return Reply.YES if _AFTER_ALL.search(low) else Reply.NO
    if len(low) <= LONGEST and (_YES.match(low) or low.endswith((" yes", ",yes"))):
        return Reply.YES
    return None


def read_none_of_them(text: str) -> bool:
    """No to all emergency signs at once, whatever else is told after it: 'Hi, no, none of those. I
    have a brown mole, not sure for how long', 'no fever, nothing of that'. Not 'none of those
    except the fever'."""
    low = _plain(text)
    match = _NONE_OF_THEM.match(low) or _all_denied(low)
    if match is None:
        return False
    return not _EXCEPT.search(re.split(r"[.!?;]", low[match.end() :])[0])


def _all_denied(low: str) -> re.Match[str] | None:
    """The 'nothing of that' after nothing but denials."""
    match = _NOTHING_ELSE.search(low)
    before = low[: match.start()] if match else ""
    if _EXCEPT.search(before) or _UNSURE.search(before) or " but " in before:
        return None
    parts = [part.strip() for part in re.split(r"[,.;:–—]+", before)]
    return match if all(_DENIAL.match(part) for part in parts if part) else None


def _plain(text: str) -> str:
    """Lower case, straight apostrophes, without the words that only begin a sentence."""
    low = " ".join(text.lower().translate(str.maketrans("’`´", "'''")).split())
    for _ in range(3):
        low = _LEAD.sub("", low)
    return low.strip(" .!,;:-–—\"'()")
