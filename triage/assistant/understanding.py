"""What a patient's sentence says: facts about the lesion, in the portal's own fields.

Words, denials, times and widths are read by `triage.notes`, as they are in the notes of a case;
here come spelling, the look of the lesion, the place, and what a short answer means to the question
above it. Pure: the same text, question and day always give the same facts. What isn't understood
gives none: the dialogue asks again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from triage.assistant.body import corrects_place, read_place
from triage.assistant.looks import read_looks
from triage.assistant.replies import Reply, read_none_of_them, read_reply
from triage.assistant.spelling import KNOWN, corrected
from triage.dangers import DANGERS
from triage.language import english_text, means_nothing
from triage.measures import LARGEST_MM, read_length_asked, read_thing_asked
from triage.notes import NotesReading, read_notes
from triage.symptoms import QUESTIONS, Group, Kind
from triage.words import Word, split

UNSURE = "unsure"  # said of the asked fact: not known
Value = bool | int | float | str

STORY, SIGNS, SITE, SIDE = "story", "signs", "body_site", "side"
FAMILY, EARLIER, IMMUNITY = "family_melanoma", "previous_skin_cancer", "immunosuppression"
BACKGROUND = (FAMILY, EARLIER, IMMUNITY)  # of the patient, not the lesion
RED_FLAGS = tuple(q.name for q in QUESTIONS if q.group is Group.RED_FLAG)
EMERGENCIES = (*RED_FLAGS, *DANGERS)  # asked; told only
YES_NO = frozenset(q.name for q in QUESTIONS if q.kind is Kind.YES_NO)
LIMIT = 1000  # characters of one message


@dataclass(frozen=True)
class Heard:
    """What was understood. `facts` by name: a field of Answers, body_site, side, signs (the
    question for all emergency signs at once), one of DANGERS or BACKGROUND (told, never asked);
    UNSURE where that was the answer."""

    facts: dict[str, Value] = field(default_factory=dict)
    question: bool = False  # the patient asks something
    nonsense: bool = False  # keys hit at random
    corrects: bool = False  # the place is put right: what was said of it before no longer holds


def understand(text: str, *, asked: str, today: date) -> Heard:
    """Read one message. `asked` names the question that stood above it, STORY for 'tell me'."""
    text = text[:LIMIT]
    plain = _without_double_denials(corrected(english_text(text, split(text))))
    question = is_question(plain)
    signs = read_notes(_without_double_denials(corrected(text)), today=today)
    flags: dict[str, Value] = {n: v for n, v in signs.findings.items() if n in RED_FLAGS}
    flags |= {danger.name: True for danger in signs.dangers}
    told = flags | _background(read_notes(plain, today=today))
    if question and not _TELLS_TOO.search(plain.lower()):
        return Heard(told, question=True)
    own = _own_sentences(plain)
    facts = _read(own, read_notes(own, today=today), asked) | told
    if asked not in facts:
        facts |= _answer(plain, split(own), asked, today)
    return Heard(
        facts, question=question, nonsense=not facts and means_nothing(split(plain), KNOWN),
        corrects=SITE in facts and corrects_place(split(own)),
    )  # fmt: skip


def _background(reading: NotesReading) -> dict[str, Value]:
    told = {
        FAMILY: reading.family_melanoma,
        EARLIER: reading.earlier_cancer,
        IMMUNITY: reading.weak_immunity,
    }
    return {name: True for name, phrase in told.items() if phrase}


def _read(text: str, reading: NotesReading, asked: str) -> dict[str, Value]:
    words = split(text)
    facts: dict[str, Value] = dict(reading.findings)
    for name, value in read_looks(words, asked=asked):
        facts[name] = bool(facts.get(name)) or value
    if reading.duration_weeks is not None:
        facts["duration_weeks"] = reading.duration_weeks
    if reading.diameter_mm is not None:
        facts["diameter_mm"] = reading.diameter_mm
    return facts | read_place(words, asked=asked in (SITE, SIDE))


def _answer(text: str, words: list[Word], asked: str, today: date) -> dict[str, Value]:
    """What a short answer means to the question that was asked, where its words don't say."""
    if asked == STORY:
        return {}
    if asked == "diameter_mm" and (width := _bare_width(words)) is not None:
        return {asked: width}
    if asked == "duration_weeks" and (weeks := read_length_asked(words)) is not None:
        return {asked: weeks}
    if asked in (SIGNS, *RED_FLAGS) and read_none_of_them(text):
        return {asked: False}
    reply = read_reply(text)
    if reply is Reply.UNSURE:
        return {asked: UNSURE}
    if reply is None or asked not in YES_NO | {SIGNS}:
        return {}
    return {asked: reply is Reply.YES}


def _bare_width(words: list[Word]) -> float | None:
    """'8', 'about 8 or so', 'a pea'."""
    numbers = [word.low for word in words if word.low[0].isdigit()]
    letters = [word for word in words if word.low[0].isalpha()]
    if len(numbers) == 1 and len(letters) <= 3:
        try:
            width = float(numbers[0].replace(",", "."))
        except ValueError:  # digits of a script that float does not know
            return None
        return width if 0 < width <= LARGEST_MM else None
    return read_thing_asked(words)


# ---- questions --------------------------------------------------------------------------------

_ASKS = re.compile(
    r"^(?:(?:and|but|so|ok|well|please)[\s,]+)*(?:what|how|why|who|whose|which|(?:when|where)\s+"
    r"(?:is|are|do|does|should|can|will|would|did)|(?:is|are|does|do|can|could|should|will|would)"
    r"\s+(?!not\b)\w+|tell me (?:about|more|what|how)|explain)\b"
)
_STATES = re.compile(
    r"^(?:is|are|does|do|can|could|should|will|would)\s+(?:bleed|itch|hurt|sore|red)"
)
_TELLS_TOO = re.compile(r"\b(?:that|because|now that|since)\s+(?:it|my|the)\b")


def is_question(text: str) -> bool:
    """Whether the patient asks something: 'what is a melanoma', 'is eczema catching?'"""
    low = text.strip().lower()
    if low.endswith("?") and len(low) > 1:
        return True
    return bool(_ASKS.match(low)) and not _STATES.match(low)


# ---- denials of denials, and other people's skin ------------------------------------------------

_NOT = r"(?:doesn'?t|does not|isn'?t|is not|never|hasn'?t|has not|didn'?t|did not|not|no)"
_DOUBLE = (
    (re.compile(rf"\bnot that (?:it|they|there) {_NOT}\b", re.I), "it does"),
    (
        re.compile(
            rf"\b(?:can'?t|cannot|couldn'?t|wouldn'?t|would not|could not|don'?t|do not|not) "
            rf"(?:say|saying|claim|deny|denying) (?:that )?(?:it |there is |there's |i )?{_NOT}\b",
            re.I,
        ),
        "it does",
    ),
    (re.compile(r"\b(?:isn'?t|is not|doesn'?t|hasn'?t|never|not) not\b", re.I), "it is"),
    (re.compile(r"\bnot without\b", re.I), "with"),
    (re.compile(r"\b(?:wouldn'?t|would not|couldn'?t|can'?t|cannot) (?:say|claim)\b", re.I), "not"),
)


def _without_double_denials(text: str) -> str:
    """'it's not that it doesn't itch' says that it itches."""
    plain = text.translate(str.maketrans("’`´", "'''"))
    for pattern, instead in _DOUBLE:
        plain = pattern.sub(instead, plain)
    return plain


_SOMEBODY_ELSE = re.compile(
    r"\b(?:my|our|the) (?:dog|cat|horse|rabbit|pet|mother|mum|mom|father|dad|son|daughter|brother"
    r"|sister|aunt|uncle|grand\w+|friend|neighbour|husband|wife|partner)(?:'s)? (?:has|had|have"
    r"|got|gets|is|was|did|died)\b",
    re.I,
)
_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;\n]*")
# 'My dad had melanoma and mine is growing': from here on it is the patient's own again.
_MINE_AGAIN = re.compile(
    r"(?:,|\b(?:and|but|so)\b)\s+(?=(?:and |but |so )?(?:mine|this|my (?:own )?(?:mole|spot|mark"
    r"|lump|patch|skin|lesion)|i(?:'ve|'m)?) )",
    re.I,
)


def _own_sentences(text: str) -> str:
    """Without what is told of others ('my mother had ...'); 'my partner says it grew' stays."""
    sentences = (
        [part for sentence in _SENTENCE.findall(text) for part in _MINE_AGAIN.split(sentence)]
        if _SOMEBODY_ELSE.search(text)
        else [text]
    )
    return ". ".join(part for part in sentences if not _SOMEBODY_ELSE.search(part))
