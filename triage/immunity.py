"""A weakened immune system, as the notes tell of it: medicines, HIV, a transplant.

Skin cancers are more frequent and grow faster then. What another person takes does not count, nor
what is denied, past, only thought of, or put on the skin.
"""

from __future__ import annotations

import re

from triage.alarms import lows_around
from triage.background import Span, of_another
from triage.denial import YES, judge, low_at
from triage.words import Word, word_set


def read_weak_immunity(words: list[Word]) -> Span | None:
    """'I take methotrexate', 'prednisolone every day', 'a kidney transplant', 'I have HIV'."""
    for i, word in enumerate(words):
        if not _TELLING.fullmatch(word.low) or judge(words, i)[0] != YES:
            continue
        near = lows_around(words, i, before=8, after=8)
        if near & _THOUGHT_OF or _is_asked(words, i) or of_another(words, i):
            continue
        if word.low == "immune":
            weak = [k for k in range(max(0, i - 3), i + 5) if low_at(words, k) in _WEAK]
            if weak and judge(words, weak[0])[0] == YES:
                return min(i, weak[0]), max(i, weak[0])
        elif _counts(word.low, low_at(words, i - 1), near):
            return i, i
    return None


def _counts(low: str, before: str, near: set[str]) -> bool:
    if low == "hiv":
        return not near & _TESTED
    if low.startswith("transplant"):
        return before not in ("hair", "skin", "faecal", "fecal") and not near & {"waiting", "list"}
    if near & _OVER or near & _ON_THE_SKIN:
        return False
    return not low.startswith("predniso") or bool(near & _LASTING) and not near & _SHORTLY


def _is_asked(words: list[Word], i: int) -> bool:
    """'what is methotrexate', 'does methotrexate harm the skin?'"""
    for k in range(i, len(words)):
        if words[k].low in (".", "!", ";", "\n"):
            break
        if words[k].low == "?":
            return True
    return bool(lows_around(words, i, before=20, after=0) & {"what", "which", "how", "why"})


_TELLING = re.compile(
    r"methotrexate|(?:cic|cyc)losporine?|azathioprine|imuran|mycophenolate|mycophenolic|tacrolimus"
    r"|sirolimus|everolimus|leflunomide|cyclophosphamide|mercaptopurine|adalimumab|humira"
    r"|etanercept|infliximab|ustekinumab|secukinumab|ixekizumab|guselkumab|risankizumab|rituximab"
    r"|tocilizumab|certolizumab|golimumab|abatacept|tofacitinib|baricitinib|upadacitinib"
    r"|ruxolitinib|biologics?|chemo(?:therapy)?|prednisolone|prednisone|hiv"
    r"|transplant(?:s|ed|ation)?|immunosuppress(?:ed|ants?|ion|ive|ives)|immunocompromised|immune"
)
_WEAK = word_set("weak weakened weaker suppressed compromised low poor deficient deficiency")
_TESTED = word_set("negative test tested tests risk prep")
_OVER = word_set("stopped used ago past until finished previously last came")
_ON_THE_SKIN = word_set("cream creams ointment ointments topical gel drops lotion protopic")
_LASTING = word_set("take takes taking daily every mg day long regular regularly am i'm im on")
_SHORTLY = word_set("week days course short once")
_THOUGHT_OF = word_set(
    "suggested suggests offered offers considering might may could should thinking refused "
    "allergic allergy recommended recommends wants discussed if whether"
)
