"""Answers questions about conditions in the words of the portal's own pages, and from nowhere else.

The question's words choose a condition and a part of its page; what is told is a quotation of that
page, with the page named so that it can be linked. Nothing found is said as such: there is no
guessing, and never a diagnosis.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from django.utils.translation import override

from triage.assistant.spelling import corrected
from triage.conditions import CONDITIONS, Condition
from triage.words import split, word_set

SENTENCES = 3  # quoted of one page


@dataclass(frozen=True)
class Told:
    """What is answered. Without a condition: nothing is known of that."""

    condition: Condition | None = None
    part: str = ""  # of PageText: what, causes, course, treatment, seek_help, seriousness
    text: str = ""  # quoted from the page
    own_case: bool = False  # the patient asks what they have themselves: only a clinician says


def tell(question: str) -> tuple[Told, ...]:
    """What the pages say to this question: one answer a condition named, two at the most."""
    plain = corrected(question)
    named = _named(plain)
    own = bool(_OWN_CASE.search(plain.lower()))
    if not named:
        found = None if own else _by_words(plain)
        return (Told(found[0], found[1], _quote(found[0], found[1], plain)),) if found else (
            Told(own_case=own),
        )  # fmt: skip
    part = _part(plain)
    return tuple(
        Told(condition, part, _quote(condition, part, plain), own) for condition in named[:2]
    )


_OWN_CASE = re.compile(
    r"\b(?:do i have|have i got|is (?:it|this|mine|my \w+)|could (?:it|this) be|what have i got"
    r"|what (?:is|could) (?:it|this|mine)|what's (?:it|this|wrong)|am i (?:ill|dying|going)"
    r"|should i (?:be )?worr(?:y|ied)|what do i have)\b"
)

# What people call a condition, beside its own name.
_CALLED = {
    "MEL": ("melanoma", "malignant mole"),
    "SCC": ("squamous cell carcinoma", "squamous", "squamous cell", "scc"),
    "BCC": ("basal cell carcinoma", "basal", "basal cell", "bcc", "rodent ulcer"),
    "AK": ("actinic keratosis", "actinic", "solar keratosis", "sun damage", "sun spots",
           "actinic keratoses", "solar keratoses"),
    "ATOPIC": ("atopic dermatitis", "eczema", "atopic", "dermatitis"),
    "TINEA": ("tinea", "candidiasis", "candida", "ringworm", "thrush", "fungal", "fungus",
              "athlete's foot", "yeast"),
    "VASC": ("vascular lesion", "haemangioma", "hemangioma", "angioma", "cherry spot",
             "blood vessels", "vascular"),
    "BKL": ("benign keratosis", "age spot", "seborrhoeic", "seborrheic",
            "seborrhoeic keratosis", "liver spot"),
    "DF": ("dermatofibroma", "firm lump"),
    "NV": ("melanocytic naevus", "naevus", "nevus", "naevi", "mole"),
}  # fmt: skip


def _named(text: str) -> list[Condition]:
    """The conditions that the text names, in the order of the pages."""
    low = f" {' '.join(word.low for word in split(text))} "
    return [
        condition
        for condition in CONDITIONS
        if any(
            f" {name} " in low or f" {name}s " in low for name in _CALLED.get(condition.code, ())
        )
    ]


_PARTS = (  # the first that has a word of the question decides
    ("treatment", "treat treats treated treatment treatments cure cured curable cream creams "
                  "surgery operation operate remove removed removal cut medicine medicines "
                  "tablets laser freeze freezing therapy heal"),
    ("causes", "cause causes caused why catching contagious infectious catch risk risks hereditary "
               "inherited genetic genes sun sunlight sunbed sunbeds prevent come"),
    ("seek_help", "doctor gp soon urgent urgently when worry worried see emergency hospital help "
                  "appointment wait"),
    ("course", "spread spreads spreading last lasts grow grows slowly fast turn turns become die "
               "fatal kill deadly survive outlook prognosis return returns disappear away happens"),
    ("seriousness", "serious dangerous danger harmless bad cancer cancerous malignant benign"),
)  # fmt: skip


def _part(text: str) -> str:
    words = {word.low for word in split(text)}
    return next((part for part, keys in _PARTS if words & word_set(keys)), "what")


def _quote(condition: Condition, part: str, text: str) -> str:
    """The sentences of that part that share most words with the question, in their order."""
    sentences = _sentences(str(getattr(condition.page, part)))
    wanted = _content(text)
    best = sorted(range(len(sentences)), key=lambda n: (-len(_content(sentences[n]) & wanted), n))
    return " ".join(sentences[n] for n in sorted(best[:SENTENCES]))


def _sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.!?])\s+", " ".join(text.split())) if s]


_EMPTY = word_set(
    "a about after all also am an and any are as at be been but by can could did do does doing "
    "for from get gets give go goes going got had has have having he her here hers him his how i "
    "if in into is it it's its just like look looks made make many may me mean means might mine "
    "more most much must my need no not of often on one or other our out over people please put "
    "say see she should skin so some spot spots such take tell than thank thanks that the their "
    "them then there these they thing things think this those to too up us use used very want was "
    "way we well were what what's when where which who why will with would you your it is day "
    "days answer answers know long soon"
)


def _content(text: str) -> frozenset[str]:
    """The words that carry meaning, cut to a stem of a kind."""
    lows = (word.low for word in split(text))
    return frozenset(
        low[:-1] if len(low) > 4 and low.endswith("s") else low
        for low in lows
        if low[0].isalpha() and low not in _EMPTY
    )


def _by_words(text: str) -> tuple[Condition, str] | None:
    """The one part of one page that answers, where the question names no condition.

    At least two words of the question must be in one sentence there, and in no other page's as
    many: else it is not known which page is meant.
    """
    wanted = _content(text)
    if len(wanted) < 2:
        return None
    counts: dict[str, tuple[int, Condition, str]] = {}
    for condition, part, contents in _passages():
        count = max((len(words & wanted) for words in contents), default=0)
        if count > counts.get(condition.code, (0,))[0]:
            counts[condition.code] = (count, condition, part)
    ranked = sorted(counts.values(), key=lambda found: -found[0])
    if not ranked or ranked[0][0] < 2 or len(ranked) > 1 and ranked[1][0] == ranked[0][0]:
        return None
    return ranked[0][1], ranked[0][2]


@cache
def _passages() -> tuple[tuple[Condition, str, tuple[frozenset[str], ...]], ...]:
    """Every part of every page, by the words of its sentences: in English, as questions are."""
    parts = ("what", "causes", "course", "treatment", "seek_help")
    with override("en-gb"):
        return tuple(
            (condition, part, tuple(map(_content, _sentences(str(getattr(condition.page, part))))))
            for condition in CONDITIONS
            if condition.code in _CALLED
            for part in parts
        )
