"""Read from a patient's notes what cannot wait: emergency signs, a suspicion of cancer.

Each finder looks at a few words on either side of a telling one, so the time stays linear in the
length of the notes. Nothing here says 'no': a denied sign is simply not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from triage.background import whose_cancer
from triage.denial import YES, judge, low_at
from triage.words import Word, word_set


@dataclass(frozen=True)
class Alarm:
    """An emergency sign or suspicion; `text[start:end]` are the words that say so."""

    name: str
    start: int
    end: int


_STOPS = frozenset((".", "!", "?", ";"))


def read_emergencies(words: list[Word]) -> Iterator[Alarm]:
    """Emergency signs by the name of their question, such as 'over_half_body'."""
    for i, word in enumerate(words):
        for name, is_telling, companion in _FINDERS:
            if is_telling(word.low):
                j = companion(words, i)
                if j is not None and judge(words, i)[0] == YES:
                    yield _alarm(words, name, i, j)


def read_suspicion(words: list[Word]) -> Alarm | None:
    """Another clinician said or thought that it is cancer: 'my GP said it is a melanoma'."""
    for i, word in enumerate(words):
        if word.low not in _CANCERS or judge(words, i)[0] != YES:
            continue
        whose, at = whose_cancer(words, i)
        if whose and not _IT & {word.low for word in words[min(at, i) : i]}:
            continue  # 'my dad was diagnosed with melanoma'
        near = list(around(words, i, before=14, after=10))
        lows = {words[k].low for k in near}
        told = "told" in lows or "diagnosed" in lows
        if lows & {"ruled", "excluded"} or not (told or lows & _CLINICIANS and lows & _SAID):
            continue
        said = [k for k in near if words[k].low in _CLINICIANS | _SAID]
        return _alarm(words, "suspected_cancer", min(said), max(i, max(said)))
    return None


def read_dark_band(words: list[Word]) -> Alarm | None:
    """A dark stripe, as a melanoma under the nail begins: 'a brown line in the nail'."""
    for i, word in enumerate(words):
        if word.low in _BANDS and judge(words, i)[0] == YES:
            for k in range(max(0, i - 3), i):
                if words[k].low in _DARK:
                    return _alarm(words, "dark_band", k, i)
    return None


# ---- the finders: from a telling word to the one that completes the sign ---------------------


def _rash_with_fever(words: list[Word], i: int) -> int | None:
    """The rash may be told in the next sentence, so full stops do not end the search."""
    if low_at(words, i - 1) in ("hay", "yellow", "glandular"):
        return None
    near = lows_around(words, i, before=4, after=4)
    hot = _FEVERISH & near or any(low.startswith(_DEGREES) for low in near)
    if words[i].low == "temperature" and not hot:
        return None
    reach = range(max(0, i - 20), min(len(words), i + 21))
    rashes = (k for k in reach if _is_rash(words, k) and judge(words, k)[0] == YES)
    return min(rashes, key=lambda k: abs(k - i), default=None)


def _is_rash(words: list[Word], k: int) -> bool:
    """A word for it, or what it does: 'it spreads fast'."""
    if words[k].low in _SPREADING:
        return bool(_FAST & lows_around(words, k, before=3, after=3))
    return words[k].low in _RASH


def _skin_coming_off(words: list[Word], i: int) -> int | None:
    return _nearest(words, i, _SKIN, before=3, after=3)


def _sores_inside(words: list[Word], i: int) -> int | None:
    if low_at(words, i - 1) in ("cold", "fever"):
        return None
    return _nearest(words, i, _MUCOSA, before=5, after=5)


def _skin_dying(words: list[Word], i: int) -> int | None:
    """'skin turned black', 'skin on my leg is dead'; not black skin, dead skin or a black mole."""
    if _LESIONS & lows_around(words, i, before=8, after=8):
        return None
    for k in around(words, i, before=0, after=10):
        dead = words[k].low in ("dead", "dying") and low_at(words, k + 1) not in _SHED
        if (dead or _turned_black(words, i, k)) and judge(words, k)[0] == YES:
            return k
    return None


def _limb_dying(words: list[Word], i: int) -> int | None:
    """'my toe has turned black', 'leg is black and dead'; not a nail, nor a leg that feels dead."""
    if (_LESIONS | _NAILS) & lows_around(words, i, before=8, after=8):
        return None
    for k in around(words, i, before=0, after=10):
        dead = words[k].low in ("dead", "dying") and "black" in lows_around(
            words, k, before=4, after=4
        )
        if (dead or _turned_black(words, i, k)) and judge(words, k)[0] == YES:
            return k
    return None


def _turned_black(words: list[Word], i: int, k: int) -> bool:
    return words[k].low == "black" and bool({word.low for word in words[i + 1 : k]} & _TURNED)


def _not_stopping(words: list[Word], i: int) -> int | None:
    if words[i].low == "blood" and low_at(words, i + 1) in _BLOOD_OTHERWISE:
        return None
    for k in around(words, i, before=5, after=7):
        low = words[k].low
        stops = low in _STOPPING and low_at(words, k + 1) not in _HABITS
        if stops and _NEVER & lows_around(words, k, before=3, after=0):
            return k
        if low in ("nonstop", "uncontrollably", "unstoppable"):
            return k
        if low == "stop" and low_at(words, k - 1) in ("non", "-"):
            return k
        if low in ("day", "night") and low_at(words, k - 1) == "all":
            return k
        if (
            k > i
            and low == "hours"
            and not _NOW_AND_THEN & lows_around(words, k, before=3, after=1)
        ):
            return k
    return None


def _whole_body(words: list[Word], i: int) -> int | None:
    """'rash over most of my body', 'redness from head to toe', 'red all over'."""
    for k in around(words, i, before=8, after=8):
        low, ahead = words[k].low, {low_at(words, n) for n in range(k + 1, k + 5)}
        whole = low in _MOST and "body" in ahead or low == "head" and ahead & {"toe", "toes"}
        if (whole or low == "all" and {"over"} & ahead and ahead & {"body", "me"}) and (
            judge(words, k)[0] == YES
        ):
            return max(n for n in range(k, min(k + 5, len(words))) if words[n].low in _ENDS | {low})
    return None


def _nearest(
    words: list[Word], i: int, wanted: frozenset[str], *, before: int, after: int
) -> int | None:
    near = (k for k in around(words, i, before=before, after=after) if words[k].low in wanted)
    return min(near, key=lambda k: abs(k - i), default=None)


def around(words: list[Word], i: int, *, before: int, after: int) -> Iterator[int]:
    """Places of the same sentence around word `i`, from left to right, without `i`."""
    first = i
    while first > 0 and i - first < before and words[first - 1].low not in _STOPS:
        first -= 1
    yield from range(first, i)
    for k in range(i + 1, min(len(words), i + 1 + after)):
        if words[k].low in _STOPS:
            return
        yield k


def lows_around(words: list[Word], i: int, *, before: int, after: int) -> set[str]:
    """The words of the same sentence around word `i`, in lower case."""
    return {words[k].low for k in around(words, i, before=before, after=after)}


def _alarm(words: list[Word], name: str, i: int, j: int) -> Alarm:
    return Alarm(name, words[min(i, j)].start, words[max(i, j)].end)


def _one_of(pattern: str) -> Callable[[str], bool]:
    whole = re.compile(pattern)
    return lambda low: whole.fullmatch(low) is not None


_RASH = word_set("rash rashes redness red reddening skin blotches blotchy hives welts")
_SPREADING = word_set("spread spreads spreading")
_FAST = word_set("fast quick quickly rapid rapidly")
_FEVERISH = word_set("high raised fever running have has had got")
_DEGREES = ("38", "39", "40", "41")
_BLOOD_OTHERWISE = word_set("thinner thinners thinning pressure test tests clot clots")
_SKIN = word_set("skin")
_MUCOSA = word_set("mouth eye eyes eyelids lips tongue gums genitals vagina penis")
_LESIONS = word_set("mole moles spot spots freckle freckles mark lump wart blackhead blackheads")
_NAILS = word_set(
    "nail nails toenail toenails fingernail fingernails ink bruise bruised stripe line"
)
_SHED = word_set("skin cells hair end ends")
_TURNED = word_set("turned turning turns turn gone going went became become becoming goes")
_HABITS = word_set("scratching itching picking touching rubbing growing worrying hurting using")
_STOPPING = word_set("stop stops stopped stopping")
_NOW_AND_THEN = word_set("every ago after")
_NEVER = word_set(
    "not never wont doesnt didnt hasnt isnt cannot cant couldnt wouldnt unable refuses without"
)
_MOST = word_set("whole entire most half all")
_ENDS = word_set("body toe toes me")
_CANCERS = word_set(
    "melanoma melanomas cancer cancerous malignant carcinoma malignancy bcc scc basalioma"
)
_IT = word_set("it it's its this mine")
_CLINICIANS = word_set(
    "doctor dr gp dermatologist consultant nurse surgeon clinician physician specialist hospital "
    "pharmacist optician oncologist doctors"
)
_SAID = word_set(
    "said says thinks thought suspects suspected told believes reckons worried concerned feared "
    "fears diagnosed diagnosis looks referred mentioned sure wrote called rule biopsy confirmed "
    "suspicious"
)
_BANDS = word_set("band bands streak streaks stripe stripes line lines")
_DARK = word_set("dark black brown grey gray blackish brownish pigmented")

_FINDERS: tuple[tuple[str, Callable[[str], bool], Callable[[list[Word], int], int | None]], ...] = (
    ("fever_with_spreading_rash", _one_of("fever(?:s|ish)?|pyrexia|temperature"), _rash_with_fever),
    ("mucosal_or_blistering", _one_of("peel(?:s|ing|ed)|blister(?:s|ing|ed)"), _skin_coming_off),
    ("mucosal_or_blistering", _one_of("sores|ulcers|blisters|raw"), _sores_inside),
    ("black_or_dead_skin", _one_of("skin|flesh|tissue"), _skin_dying),
    ("black_or_dead_skin", _one_of("leg|arm|foot|feet|heel|hand|(?:toe|finger)s?"), _limb_dying),
    ("black_or_dead_skin", _one_of("necro(?:sis|tic)|gangrene|gangrenous"), lambda words, i: i),
    ("bleeding_not_stopping", _one_of("bleed(?:s|ing)?|bled|bleedin|blood"), _not_stopping),
    ("over_half_body", _one_of("rash(?:es)?|redness|red|hives|welts|blisters"), _whole_body),
)
