"""Melanoma in the family and an earlier skin cancer, as the notes tell of them.

'My dad had melanoma' counts, his cousin's or the neighbour's does not; nor what is denied, or
feared. Each cancer word is judged by a few words on either side, so the time is linear.
"""

from __future__ import annotations

import re
from enum import StrEnum

from triage.denial import NO, YES, judge, low_at
from triage.words import Word, word_set

Span = tuple[int, int]  # the first and the last word


class Whose(StrEnum):
    """Who had the cancer."""

    FAMILY = "family"  # a parent, brother, sister or child, or 'the family'
    OTHER = "other"  # anybody else but the patient


def read_family_melanoma(words: list[Word]) -> Span | None:
    """'My dad died of melanoma', 'melanoma runs in my family'."""
    for i in range(len(words)):
        if _MELANOMA.fullmatch(words[i].low):
            whose, at = whose_cancer(words, i)
            if whose is Whose.FAMILY:
                return min(i, at), max(i, at)
    return None


def read_earlier_cancer(words: list[Word]) -> Span | None:
    """'I had a melanoma removed', 'previous skin cancer'; not what the patient may have now."""
    for i in range(len(words)):
        if not _is_skin_cancer(words, i) or whose_cancer(words, i)[0] or _nobody_s(words, i):
            continue
        near = _sentence(words, i, before=9, after=6)
        lows = {words[k].low for k in near}
        if lows & _FEARED or judge(words, i)[0] != YES or _looked_for(words, i):
            continue
        marks = [k for k in near if _says_earlier(words, k, i)]
        if marks:
            return min(i, *marks), max(i, *marks)
    return None


def of_another(words: list[Word], i: int) -> bool:
    """What word `i` names is told of somebody else: 'my dad takes ...'."""
    at = _named_before(words, i)
    return at is not None and words[at].low not in _SELF


def whose_cancer(words: list[Word], i: int) -> tuple[Whose | None, int]:
    """Whose cancer word `i` is, and the word that names them; None: the patient's or nobody's."""
    at = _named_before(words, i)
    if at is None:
        at = _named_after(words, i)
        if at is None or judge(words, i)[0] != YES or judge(words, at)[0] != YES:
            return None, i
    elif words[at].low in _SELF or not _had_it(words, at, i):
        return None, i
    return (Whose.FAMILY if _first_degree(words, at) else Whose.OTHER), at


def _named_before(words: list[Word], i: int) -> int | None:
    """The nearest person before; 'he had melanoma' looks on to whom that is."""
    if low_at(words, i - 1) == "my":
        return None  # my melanoma
    passed = False
    for k in range(i - 1, max(-1, i - 16), -1):
        low = words[k].low
        if low in ("he", "she", "they", "both"):
            passed = True
        elif low in _ENDS and not (passed and low != "?") or low == "but" and not passed:
            return None
        elif low in _SELF and low_at(words, k + 1) in _OPINION:
            continue  # 'my dad, I think, had'
        elif low in _PEOPLE or low in _SELF or _is_family(words, k):
            return k
    return None


def _named_after(words: list[Word], i: int) -> int | None:
    """'melanoma in my mother', 'melanoma runs in the family', 'melanoma (father)'."""
    for k in range(i + 1, min(len(words), i + 10)):
        low = words[k].low
        if low in _PEOPLE or _is_family(words, k):
            return k
        if low not in _BETWEEN:
            return None
    return None


def _had_it(words: list[Word], at: int, i: int) -> bool:
    """Between the person and the cancer stands that they had it, and nothing that they had not."""
    between = [word.low for word in words[at + 1 : i]]
    before = [word.low for word in words[max(0, at - 4) : at] if word.low not in _ENDS]
    if set(before) & _UNCERTAIN or judge(words[at:], i - at)[0] != YES:
        return False
    if _looked_for(words, i) or set(between) & _CLEARED:
        return False
    if "nobody" in before or judge(words, at)[0] == NO and set(before) & _NOBODY:
        return False
    opinion = [n for n, low in enumerate(between) if low in _OPINION]
    if (
        opinion
        and not set(between[opinion[-1] + 1 :]) & {"he", "she", "they"}
        and (low_at(words, at + opinion[-1]) not in ("i", "we"))
    ):
        return False  # 'my mum thinks it is a melanoma'
    beside = all(low in _BESIDE for low in between)
    return beside or words[at].low.endswith("'s") or bool(set(between) & _HAVING)


def _first_degree(words: list[Word], at: int) -> bool:
    """Parents, brothers, sisters and children, not theirs; 'my mum and aunt' too."""
    after = [low_at(words, k) for k in range(at + 1, at + 5)]
    law = after[:2] == ["in", "law"] or after[:4] == ["-", "in", "-", "law"]
    step = (
        low_at(words, at - 1) in _STEP
        or low_at(words, at - 2) in _STEP
        and (low_at(words, at - 1) == "-")
    )
    owned = low_at(words, at - 1) in _OWNERS or low_at(words, at - 2) in _OWNERS
    of_another = low_at(words, at - 2) == "of" and low_at(words, at - 3) in _PEOPLE
    if (words[at].low in _NEXT_OF_KIN or _is_family(words, at)) and not (
        law or step or owned or of_another
    ):
        return True
    k = at - 1
    while low_at(words, k) in ("my", "his", "her", "our", "late"):
        k -= 1
    joined = low_at(words, k) in ("and", "&", "or", ",") and low_at(words, k - 1) in _PEOPLE
    return joined and _first_degree(words, k - 1)


def _is_family(words: list[Word], k: int) -> bool:
    """The family, not the family doctor."""
    low = words[k].low
    if low in ("relative", "relatives"):
        return low_at(words, k - 1) not in ("distant", "far")
    return low in ("family", "family's", "familial") and low_at(words, k + 1) not in _FAMILY_WHO


def _looked_for(words: list[Word], i: int) -> bool:
    """'was checked for melanoma'."""
    k = i - 1
    while low_at(words, k) in ("a", "skin", "any", "malignant", "possible"):
        k -= 1
    return low_at(words, k) in ("for", "about") and low_at(words, k - 1) not in _CURED


def _is_skin_cancer(words: list[Word], i: int) -> bool:
    low = words[i].low
    if low in ("cancer", "cancers"):
        return low_at(words, i - 1) == "skin"
    if low == "cell":  # 'a basal cell', as people call it
        named = low_at(words, i + 1) in ("carcinoma", "carcinomas", "cancer", "cancers")
        return low_at(words, i - 1) in ("basal", "squamous") and not named
    return bool(_MELANOMA.fullmatch(low)) or low in _OTHER_CANCERS


def _nobody_s(words: list[Word], i: int) -> bool:
    """'nobody in my family had melanoma'."""
    for k in range(i - 1, max(-1, i - 12), -1):
        low = words[k].low
        if low in _ENDS or low in (",", "but"):
            return False
        if low in ("nobody", "none", "noone", "neither", "nor"):
            return True
        if low == "no" and low_at(words, k + 1) == "one":
            return True
    return False


def _says_earlier(words: list[Word], k: int, i: int) -> bool:
    low = words[k].low
    if k < i:
        had = low == "had" and (low_at(words, k - 1) in _SUBJECT or low_at(words, k - 2) in _SELF)
        return had or low in _FORMERLY or low in _CURED
    return low in _CURED or low in ("before", "previously", "ago", "previous")


def _sentence(words: list[Word], i: int, *, before: int, after: int) -> list[int]:
    first, last = i, i
    while first > 0 and i - first < before and words[first - 1].low not in _ENDS:
        first -= 1
    while last + 1 < len(words) and last - i < after and words[last + 1].low not in _ENDS:
        last += 1
    return [k for k in range(first, last + 1) if k != i]


_MELANOMA = re.compile(r"mel[aeiou]?n+[aeiou]?m+[ae]s?")
_OTHER_CANCERS = word_set("carcinoma carcinomas bcc bccs scc sccs basalioma")
_ENDS = frozenset((".", "!", "?", ";", "\n"))
_SELF = word_set("i i've ive i'd me myself")
_SUBJECT = _SELF | {"", ".", "\n", "have", "already", "previously", "and", "also", "once", "only"}
_KIN = (
    "mother mum mom mam mummy mama mamma mommy father dad daddy papa brother sister son daughter "
    "parent sibling twin child"
)
_NEXT_OF_KIN = word_set(_KIN) | {
    form for kin in _KIN.split() for form in (f"{kin}s", f"{kin}'s")
} | {"children"}  # fmt: skip
_DISTANT = (
    "grandmother grandfather grandma grandpa granny gran nan nana grandad granddad grandparent "
    "grandson granddaughter aunt auntie aunty uncle cousin nephew niece neighbour neighbor friend "
    "colleague husband wife partner boyfriend girlfriend boss dog cat horse stepfather stepmother "
    "stepdad stepmum stepbrother stepsister stepson stepdaughter godmother godfather mate ex "
    "fiance flatmate man woman lady guy somebody someone girl boy workmate in-law"
)
_OTHERS = word_set(_DISTANT) | {
    form for one in _DISTANT.split() for form in (f"{one}s", f"{one}'s")
}  # fmt: skip
_PEOPLE = _NEXT_OF_KIN | _OTHERS
_OWNERS = frozenset(low for low in _PEOPLE if low.endswith("'s")) | word_set(
    "mums moms dads mothers fathers wifes husbands partners friends"
)
_STEP = word_set("step half foster adoptive adopted god")
_FAMILY_WHO = word_set("doctor doctors gp physician dr friend friends dog cat practice home pet")
_BETWEEN = word_set(
    "in of on from with the my our a close immediate direct whole ( : - – — , runs run ran goes "
    "was is has killed took got which that both late own via through side one"
)
_BESIDE = word_set("( ) : - – — , = a malignant skin history of with : /")
_HAVING = word_set(
    "had has have having got gets diagnosed died dies dead passed lost suffered suffers survived "
    "battled fought developed beat treated removed of was were is with"
)
_OPINION = word_set(
    "think thinks thought say says said believe believes reckon reckons worry worries worried "
    "afraid scared fears feared fear suspects suspected wonders asks asked told tells noticed "
    "guess suppose googled"
)
_UNCERTAIN = word_set("if whether unless unsure maybe perhaps")
_NOBODY = word_set("none neither nor no noone without not dont isnt")
_CLEARED = word_set("ruled excluded checked tested screened benign scare")
_FEARED = _OPINION - {"told", "said"} | word_set(
    "scare anxious concerned if whether looks like could might possible check checked"
)
_FORMERLY = word_set("previous previously earlier past history former prior")
_CURED = word_set(
    "removed excised treated treatment operated surgery operation cut survivor survived taken "
    "removal excision"
)
