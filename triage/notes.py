"""Read a patient's free English notes: which symptoms, since when, how wide.

A small reader of words, not a language model, so that every finding can be shown as the very
words it came from and the same notes always read the same. Notes are cut into words once; each
symptom word is then judged by a few words on either side of it, so the time is linear in the
length of the text. Where a phrase can be read both ways it is read as a yes: a false yes costs a
clinician a minute, a false no could cost the patient more. What has stopped still counts: 'it
bled but has stopped' is a lesion that bled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from triage.measures import read_diameters, read_durations
from triage.words import NOTES_LIMIT, Word, split, word_set

__all__ = ["NOTES_LIMIT", "NotesReading", "Phrase", "read_notes"]


@dataclass(frozen=True)
class Phrase:
    """Words in the notes that counted; `notes[start:end]` shows them."""

    name: str  # the field of Answers it speaks of
    value: bool | int | float  # yes or no; weeks; millimetres
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class NotesReading:
    """Everything read from the notes, in the order of the text."""

    phrases: tuple[Phrase, ...]

    @property
    def findings(self) -> dict[str, bool]:
        """Yes or no for each symptom that is mentioned; one yes outweighs any no."""
        found: dict[str, bool] = {}
        for phrase in self.phrases:
            if isinstance(phrase.value, bool):
                found[phrase.name] = found.get(phrase.name, False) or phrase.value
        return found

    @property
    def duration_weeks(self) -> int | None:
        """The longest time mentioned."""
        weeks = [int(p.value) for p in self.phrases if p.name == "duration_weeks"]
        return max(weeks, default=None)

    @property
    def diameter_mm(self) -> float | None:
        """The largest width mentioned."""
        widths = [float(p.value) for p in self.phrases if p.name == "diameter_mm"]
        return max(widths, default=None)


def read_notes(text: str, *, today: date | None = None) -> NotesReading:
    """Read the first NOTES_LIMIT characters of the notes.

    `today` is the day of writing; without it 'since 2019' and 'since May' are passed over.
    """
    words = split(text)
    phrases = list(_symptoms(text, words))
    for measure in read_durations(words, today=today):
        phrases.append(_phrase(text, "duration_weeks", measure.value, measure.start, measure.end))
    for measure in read_diameters(words):
        phrases.append(_phrase(text, "diameter_mm", measure.value, measure.start, measure.end))
    return NotesReading(tuple(sorted(phrases, key=lambda p: (p.start, p.end, p.name))))


def _phrase(text: str, name: str, value: bool | float, start: int, end: int) -> Phrase:
    return Phrase(name, value, text[start:end], start, end)


# ---- symptom words ---------------------------------------------------------------------------

# Whole words only, so each pattern sees one word of bounded length. Common misspellings included.
_SYMPTOMS = {
    "bleed": r"bl(?:eed|ead|ed)(?:s|in|ing|ed)?|bled|bleeding|bleedy|blood|bloody",
    "grew": (
        r"gr[oe]w(?:s|n|in|ing|ed)?|bigger|biger|larger|wider|thicker|enlarg(?:e|es|ed|ing)"
        r"|expand(?:s|ed|ing)|doubled|trebled|tripled|spreads|spreading|spreadin"
    ),
    "changed": r"chang(?:e|es|ed|ing|in|eing)|altered|darker|darkened|darkening|blacker",
    "itch": r"it?ch(?:s|es|y|ey|ie|ed|in|ing|iness)?|itchs|itcy|ichey|prurit(?:us|ic)",
    "hurt": (
        r"hurt(?:s|in|ing|ed)?|pain(?:s|ful|full|fully|ing)?|sore|soreness|tender|tenderness"
        r"|ach(?:e|es|ed|ing|y)|sting(?:s|in|ing)?|stung|burning|burnin|burns"
    ),
    "oozing": (
        r"ooz(?:e|es|y|ed|in|ing|eing)|weep(?:s|y|in|ing)?|wept|pus|discharge|discharging"
        r"|leak(?:s|y|in|ing|ed)?|seep(?:s|in|ing|ed)?|crust(?:s|y|ed|in|ing)?"
    ),
}
_SYMPTOM_OF = re.compile("|".join(f"(?P<{name}>{p})" for name, p in _SYMPTOMS.items()))

_OFTEN_MISSPELT = word_set(
    "bleeding bleeds growing bigger changed changing itching itches itchy painful hurting oozing "
    "weeping"
)


def _letter_left_out(word: str) -> set[str]:
    """The word with any one letter but the first left out ('hanging' is not 'changing')."""
    return {word[:k] + word[k + 1 :] for k in range(1, len(word))}


_MISSPELT = {wrong: word for word in sorted(_OFTEN_MISSPELT) for wrong in _letter_left_out(word)}


def _spelt(low: str) -> str:
    """The symptom word that was meant: 'bleedng', 'growwing'."""
    if _SYMPTOM_OF.fullmatch(low) or not 5 <= len(low) <= 11:
        return low
    return _MISSPELT.get(low) or next(iter(_letter_left_out(low) & _OFTEN_MISSPELT), low)


_COLOURS = word_set(
    "black brown blue purple red pink white grey gray darker dark lighter different"
)
_COMPARED_WITH_BEFORE = word_set(
    "before it last when usual previously originally at ever i in that they the"
)
_NOT_THE_LESION = word_set(
    "mind doctor doctors gp cream creams soap shampoo diet dressing dressings medication "
    "medicine tablets pill job washing detergent address clothes subject bandage plaster"
)
_A_SORE = word_set("a an the this that cold open mouth canker my small big new one")


def _symptom(words: list[Word], i: int) -> tuple[str, ...]:
    """The symptoms that word `i` names in its surroundings: as a rule one or none."""
    low = _spelt(words[i].low)
    match = _SYMPTOM_OF.fullmatch(low)
    if match is None:
        return _named_by_two_words(words, i)
    name = str(match.lastgroup)
    before, after = _low(words, i - 1), _low(words, i + 1)
    if low == "blood" and after in _BLOOD_OTHERWISE or low == "bloody" and after not in _FLUIDS:
        return ()
    if low in ("pain", "pains") and after in ("killer", "killers", "relief", "medication"):
        return ()
    if low == "sore" and before in _A_SORE or low == "burns" and before == "sun":
        return ()
    if low.startswith("gr") and (after in ("up", "ups") or before in ("hair", "hairs")):
        return ()
    if low in _COMPARATIVES and after == "than":
        return (name,) if _low(words, i + 2) in _COMPARED_WITH_BEFORE else ()
    if name == "changed":
        return _what_changed(words, i)
    return (name,)


_BLOOD_OTHERWISE = word_set(
    "test tests pressure thinner thinners thinning vessel vessels cancer clot clots group "
    "sugar count disorder type transfusion"
)
_FLUIDS = word_set("discharge fluid crust crusts scab scabs spot spots water pus")
_COMPARATIVES = word_set("bigger biger larger wider thicker darker blacker")


def _what_changed(words: list[Word], i: int) -> tuple[str, ...]:
    """'changed size', 'change in shape and size', 'changed colour'; not 'changed my soap'."""
    nearby = _rest_of_sentence(words, i)
    if _NOT_THE_LESION & set(nearby[:2]) or nearby[:2] == ["of", "clothes"]:
        return ()
    if "size" not in nearby[:5]:
        return ("changed",)
    return ("grew", "changed") if _LOOKS & set(nearby) else ("grew",)


_LOOKS = word_set("shape colour color colours border edge edges")


def _named_by_two_words(words: list[Word], i: int) -> tuple[str, ...]:
    """'turned black', 'went darker', 'increased in size', 'rapid growth'."""
    low, near = words[i].low, {_low(words, i + 1), _low(words, i + 2)}
    if low in ("turned", "turning", "gone", "going", "went") and _COLOURS & near:
        return ("changed",)
    if low in ("increase", "increased", "increasing", "increases") and "size" in near:
        return ("grew",)
    if low == "growth" and _low(words, i - 1) in ("rapid", "fast", "quick", "recent", "sudden"):
        return ("grew",)
    return ()


def _low(words: list[Word], i: int) -> str:
    return words[i].low if 0 <= i < len(words) else ""


# ---- yes, no, or not said --------------------------------------------------------------------

_NEGATORS = word_set(
    "no not never none neither nor without isnt doesnt didnt hasnt havent wasnt werent dont arent "
    "aint hadnt nothing nil denies wont"
)
_DETERMINERS = frozenset(("no", "without", "neither", "nil"))
_CLAUSE_ENDS = {"\n"} | word_set(
    ". ; : ? ! ( ) but however although though yet except apart then because"
)
_PRONOUNS = word_set("it its it's they i is there the this that")
_REACH = 6  # words that a 'not' reaches to the right
# What makes of a 'not' something other than a no. 'not only itchy', 'no longer itches' ...
_DENIES_ELSE = word_set("only just longer doubt question wonder until long sure certain")
# ... 'not always bleeding', 'does not hurt much': at times it does, or a little ...
_NOT_QUITE = word_set("always often much lot constantly usually very too every")
# ... 'does not bleed until', 'except', 'unless I scratch it', 'any more'.
_EXCEPT = word_set("until till unless except apart anymore")
_UNSURE = word_set("unsure unclear dunno")
_YES, _NO, _NOT_SAID = "yes", "no", "not said"


def _symptoms(text: str, words: list[Word]) -> Iterator[Phrase]:
    last_no: tuple[int, int] | None = None  # the last denied word and its 'not'
    for i, word in enumerate(words):
        names = _symptom(words, i)
        if not names:
            continue
        verdict, at = _judge(words, i)
        if verdict == _YES and last_no and _continues_list(words, last_no, i):
            verdict, at = _NO, last_no[1]
        if verdict == _NO:
            last_no = (i, at)
        if verdict != _NOT_SAID:
            start, end = min(words[at].start, word.start), max(words[at].end, word.end)
            for name in names:
                yield _phrase(text, name, verdict == _YES, start, end)


def _judge(words: list[Word], i: int) -> tuple[str, int]:
    """Whether the symptom at word `i` is affirmed, denied or left open, and by which word."""
    if _low(words, i - 2) in ("if", "whether") and _low(words, i - 1) in _PRONOUNS:
        return _NOT_SAID, i
    answer = _answer_after(words, i)
    if answer is not None:
        return _NO, answer
    for at in range(i - 1, max(-1, i - 1 - _REACH), -1):
        low = words[at].low
        if low in _CLAUSE_ENDS or low == "," or _new_clause(words, at):
            return _YES, i
        if low in _UNSURE or low in _NEGATORS and _is_unsure(words, at):
            return _NOT_SAID, i
        if _negates(words, at):
            return (_YES, i) if _affirmed_anyway(words, at, i) else (_NO, at)
    return _YES, i


def _negates(words: list[Word], at: int) -> bool:
    low, after = words[at].low, _low(words, at + 1)
    if low == "no":
        return after not in ("it", "they", "this", "i")  # 'no it bleeds' answers a question
    if low in ("cannot", "cant"):
        return after in ("feel", "see", "notice", "find")
    return low in _NEGATORS or low == "free" and after in ("of", "from")


def _new_clause(words: list[Word], at: int) -> bool:
    """'doesn't hurt and it bleeds', 'not painful and bleeds': 'and' ends what 'not' reaches."""
    return words[at].low in ("and", "&", "plus", "so")


def _is_unsure(words: list[Word], at: int) -> bool:
    after = _low(words, at + 1)
    return (after in ("sure", "certain")) or (
        words[at].low in ("dont", "not") and after in ("know", "remember", "recall")
    )


def _affirmed_anyway(words: list[Word], at: int, i: int) -> bool:
    """The 'not' at `at` does not deny the symptom at `i` after all."""
    between = {w.low for w in words[at + 1 : i]}
    after = _rest_of_sentence(words, i)
    if _low(words, at + 1) in _DENIES_ELSE or between & _STOPPING:
        return True
    if between & {"used", "use"}:  # 'never used to itch': it does now
        return True
    if between & _NOT_QUITE or _often(after) or set(after[:4]) & _EXCEPT:
        return True
    return after[:2] in (["any", "more"], ["any", "longer"]) or _but_now_it_does(after)


def _rest_of_sentence(words: list[Word], i: int) -> list[str]:
    """Up to six words after word `i`, and none of the next sentence."""
    rest = []
    for word in words[i + 1 : i + 7]:
        if word.low in _SENTENCE_ENDS:
            break
        rest.append(word.low)
    return rest


_SENTENCE_ENDS = frozenset((".", "!", "?", ";", "\n"))


def _often(after: list[str]) -> bool:
    """'... much', '... a lot', '... that often'"""
    degree = after[1:] if after[:1] and after[0] in ("a", "that", "so", "too", "very") else after
    return bool(degree) and degree[0] in ("much", "lot", "often", "always", "constantly")


_STOPPING = word_set("stop stops stopped stopping cease quit help resist bear stand")


def _but_now_it_does(after: list[str]) -> bool:
    """'it never bled before but now it does'"""
    for n, low in enumerate(after):
        if low == "but":
            rest = after[n + 1 :]
            return any(
                word in ("does", "has", "is", "did")
                and (k + 1 == len(rest) or rest[k + 1] in (",", "now", "a"))
                for k, word in enumerate(rest)
            )
    return False


def _answer_after(words: list[Word], i: int) -> int | None:
    """The 'no' of 'Bleeding: no', 'itch - none', 'Pain? No.'; None if there is none."""
    n = i + 1
    while _low(words, n) in _SEPARATORS:
        n += 1
    if _low(words, n) not in ("no", "n", "none", "nil", "never", "nope", "negative", "not"):
        return None
    closed = _low(words, n + 1) in ("", ".", ",", ";", "\n", "!", ")", "/", "really", "yet")
    next_question = n + 2 < len(words) and words[n + 2].low in _SEPARATORS
    return n if n > i + 1 and (closed or next_question) or closed and n == i + 1 else None


_SEPARATORS = frozenset((":", "?", "-", "=", "–", "—"))


def _continues_list(words: list[Word], last_no: tuple[int, int], i: int) -> bool:
    """Word `i` goes on with a denied list: 'no pain, itching or bleeding', 'no itch and pain'."""
    denied, negator = last_no
    between = {w.low for w in words[denied + 1 : i]}
    if not between or i - denied > 4 or negator > denied:
        return False
    ends = _low(words, i + 1) in ("", ".", ",", ";", "\n", "or", "nor", "and", "either", "!", ")")
    if between <= {",", "or", "nor", "any", "/"}:
        return ends or bool(between & {"or", "nor", "any"})
    return words[negator].low in _DETERMINERS and between <= {",", "and", "&"} and ends
