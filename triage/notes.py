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

from triage.alarms import Alarm, read_dark_band, read_emergencies, read_suspicion
from triage.background import Span, read_earlier_cancer, read_family_melanoma
from triage.bleeding import read_bled_once
from triage.dangers import read_dangers
from triage.denial import NO, NOT_SAID, YES, continues_list, judge, low_at, rest_of_sentence
from triage.immunity import read_weak_immunity
from triage.language import english, unreadable
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
    dangers: tuple[Phrase, ...] = ()  # emergencies that no question asks for, each once
    suspected: Phrase | None = None  # another clinician suspects cancer
    family_melanoma: Phrase | None = None  # of a parent, brother, sister or child
    earlier_cancer: Phrase | None = None  # of the patient's own skin
    weak_immunity: Phrase | None = None  # of the patient, by medicines or an illness
    dark_band: Phrase | None = None  # a dark stripe, as under a nail
    palm_or_sole: bool = False  # mentioned at all
    unreadable: bool = False  # not English, or not all of it, as far as one can tell
    bled_once: bool = False  # after a knock or for once, and stopped: no sore that does not heal

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

    `today` is the day of writing; without it 'since 2019' and 'since May' are passed over. Of what
    is not English only emergency signs are taken.
    """
    said = split(text)
    words = english(said)
    phrases = list(_symptoms(text, words))
    for measure in read_durations(words, today=today):
        phrases.append(_phrase(text, "duration_weeks", measure.value, measure.start, measure.end))
    for measure in read_diameters(words):
        phrases.append(_phrase(text, "diameter_mm", measure.value, measure.start, measure.end))
    for alarm in read_emergencies(said):
        phrases.append(_phrase(text, alarm.name, True, alarm.start, alarm.end))
    dangers = [_phrase(text, d.name, True, d.start, d.end) for d in read_dangers(said)]
    bled = [p.start for p in phrases if p.name == "bleed" and p.value is True]
    return NotesReading(
        tuple(sorted(phrases, key=lambda p: (p.start, p.end, p.name))),
        dangers=tuple({p.name: p for p in reversed(dangers)}.values()),
        suspected=_alarm(text, read_suspicion(words)),
        family_melanoma=_span(text, words, "family_melanoma", read_family_melanoma(words)),
        earlier_cancer=_span(text, words, "previous_skin_cancer", read_earlier_cancer(words)),
        weak_immunity=_span(text, words, "immunosuppression", read_weak_immunity(words)),
        dark_band=_alarm(text, read_dark_band(words)),
        palm_or_sole=any(word.low in _PALM_OR_SOLE for word in words),
        unreadable=unreadable(said),
        bled_once=read_bled_once(words, bled),
    )


_PALM_OR_SOLE = word_set("palm palms sole soles heel heels underneath")


def _alarm(text: str, alarm: Alarm | None) -> Phrase | None:
    return _phrase(text, alarm.name, True, alarm.start, alarm.end) if alarm else None


def _span(text: str, words: list[Word], name: str, span: Span | None) -> Phrase | None:
    return _phrase(text, name, True, words[span[0]].start, words[span[1]].end) if span else None


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
    "itch": (
        r"itch(?:s|es|y|ey|ie|ed|in|ing|iness)?|ich(?:es|y|ey|ed|in|ing)|itcy|prurit(?:us|ic)"
    ),
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

_A_STING = word_set("a the bee wasp hornet insect nettle jellyfish")


def _symptom(words: list[Word], i: int) -> tuple[str, ...]:
    """The symptoms that word `i` names in its surroundings: as a rule one or none."""
    low = _spelt(words[i].low)
    match = _SYMPTOM_OF.fullmatch(low)
    if match is None:
        return _named_by_two_words(words, i)
    name = str(match.lastgroup)
    before, after = low_at(words, i - 1), low_at(words, i + 1)
    if low == "blood" and after in _BLOOD_OTHERWISE or low == "bloody" and after not in _FLUIDS:
        return ()
    if low in ("pain", "pains") and after in ("killer", "killers", "relief", "medication"):
        return ()
    if low == "sore" and before in _A_SORE or low == "burns" and before == "sun":
        return ()
    if low in ("sting", "stings") and before in _A_STING:
        return ()
    if low.startswith("gr") and (after in ("up", "ups") or before in ("hair", "hairs")):
        return ()
    if low in _COMPARATIVES and after == "than":
        return (name,) if low_at(words, i + 2) in _COMPARED_WITH_BEFORE else ()
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
    nearby = rest_of_sentence(words, i)
    if _NOT_THE_LESION & set(nearby[:2]) or nearby[:2] == ["of", "clothes"]:
        return ()
    if "size" not in nearby[:5]:
        return ("changed",)
    return ("grew", "changed") if _LOOKS & set(nearby) else ("grew",)


_LOOKS = word_set("shape colour color colours border edge edges")


def _named_by_two_words(words: list[Word], i: int) -> tuple[str, ...]:
    """'turned black', 'went darker', 'increased in size', 'rapid growth'."""
    low, near = words[i].low, {low_at(words, i + 1), low_at(words, i + 2)}
    if low in ("turned", "turning", "gone", "going", "went") and _COLOURS & near:
        return () if _skin_around(words, i) else ("changed",)
    if low in ("increase", "increased", "increasing", "increases") and "size" in near:
        return ("grew",)
    if low == "growth" and low_at(words, i - 1) in ("rapid", "fast", "quick", "recent", "sudden"):
        return ("grew",)
    return ()


def _skin_around(words: list[Word], i: int) -> bool:
    """'the skin around it has gone black' is not said of the lesion."""
    before: set[str] = set()
    for k in range(i - 1, max(-1, i - 8), -1):
        if words[k].low in _CLAUSE_STARTS:
            break
        before.add(words[k].low)
    return "skin" in before and bool(before & _AROUND)


_AROUND = word_set("around round surrounding surrounds near beside next")
_CLAUSE_STARTS = word_set(". ! ? ; : , and but") | {"\n"}


def _symptoms(text: str, words: list[Word]) -> Iterator[Phrase]:
    last_no: tuple[int, int] | None = None  # the last denied word and its 'not'
    for i, word in enumerate(words):
        names = _symptom(words, i)
        if not names:
            continue
        verdict, at = judge(words, i)
        if verdict == YES and last_no and continues_list(words, last_no, i):
            verdict, at = NO, last_no[1]
        if verdict == NO:
            last_no = (i, at)
        if verdict != NOT_SAID:
            start, end = min(words[at].start, word.start), max(words[at].end, word.end)
            for name in names:
                yield _phrase(text, name, verdict == YES, start, end)
