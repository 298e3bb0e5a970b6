"""What the patient tells us: the questions, the answers, the 7-point checklist.

Free notes are read by `triage.notes`; `evidence` puts the two together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from triage.notes import NOTES_LIMIT, NotesReading, Phrase, read_notes

__all__ = [
    "NOTES_LIMIT", "QUESTIONS", "Answers", "ChecklistItem", "Group", "Kind", "NotesReading",
    "Phrase", "Question", "SevenPoint", "evidence", "question", "read_notes",
    "red_flags", "seven_point", "unsure_red_flags",
]  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """What is known of the lesion. `None` is 'not known' and never counts as 'no'."""

    itch: bool | None = None
    bleed: bool | None = None  # has bled, even if it has stopped
    grew: bool | None = None
    changed: bool | None = None  # in shape or colour
    hurt: bool | None = None
    elevation: bool | None = None  # raised above the skin
    irregular_shape: bool | None = None
    irregular_colour: bool | None = None
    inflammation: bool | None = None
    oozing: bool | None = None
    sensation_change: bool | None = None
    fever_with_spreading_rash: bool | None = None
    mucosal_or_blistering: bool | None = None  # mouth, eyes, genitals; blisters or peeling
    black_or_dead_skin: bool | None = None
    over_half_body: bool | None = None
    bleeding_not_stopping: bool | None = None
    emergency_sign_unsure: bool = False  # said 'not sure' to an emergency sign, not just nothing
    duration_weeks: int | None = None
    diameter_mm: float | None = None  # the largest
    notes: str = ""  # free text, read up to NOTES_LIMIT characters


class Group(StrEnum):
    """Where a question stands on the form."""

    RED_FLAG = "red_flag"
    SYMPTOM = "symptom"
    CHECKLIST = "checklist"
    MEASURE = "measure"


class Kind(StrEnum):
    """What an answer looks like. A yes/no question may also be left at 'not sure'."""

    YES_NO = "yes_no"
    NUMBER = "number"


@dataclass(frozen=True)
class Question:
    """One question to the patient; form, API and documentation are all made from it."""

    name: str  # the field of Answers
    text: str
    help: str
    group: Group
    kind: Kind = Kind.YES_NO


QUESTIONS: tuple[Question, ...] = (
    Question(
        "fever_with_spreading_rash",
        _("Do you have a fever and a rash or redness that is spreading fast?"),
        _("Fast means over hours or a few days."),
        Group.RED_FLAG,
    ),
    Question(
        "mucosal_or_blistering",
        _("Do you have new sores in the mouth, eyes or genitals, or skin that blisters or peels?"),
        _("Say no to a cold sore or mouth ulcer that you know well."),
        Group.RED_FLAG,
    ),
    Question(
        "black_or_dead_skin",
        _("Has skin turned black or purple and dead-looking, or is it very painful and spreading?"),
        _("Say no to a dark mole: this is about skin that is dying."),
        Group.RED_FLAG,
    ),
    Question(
        "over_half_body",
        _("Does a rash or redness cover more than half of your body?"),
        _("For scale: one arm with the hand is about a tenth."),
        Group.RED_FLAG,
    ),
    Question(
        "bleeding_not_stopping",
        _("Is it bleeding now and has not stopped after 10 minutes of firm pressure?"),
        _("Say no if it bled and has stopped."),
        Group.RED_FLAG,
    ),
    Question("itch", _("Does it itch?"), _("Now, or on and off."), Group.SYMPTOM),
    Question(
        "bleed", _("Has it bled?"), _("Even once, and even if it has stopped since."), Group.SYMPTOM
    ),
    Question("grew", _("Has it grown?"), _("Bigger or thicker than it was before."), Group.SYMPTOM),
    Question(
        "changed",
        _("Has it changed in shape or colour?"),
        _("Compare with an old photo if you have one."),
        Group.SYMPTOM,
    ),
    Question("hurt", _("Does it hurt?"), _("Sore, tender or burning."), Group.SYMPTOM),
    Question(
        "elevation",
        _("Is it raised?"),
        _("Close your eyes and run a finger over it: can you feel an edge?"),
        Group.SYMPTOM,
    ),
    Question(
        "irregular_shape",
        _("Is its shape uneven?"),
        _("The two halves do not match, or the edge is ragged."),
        Group.CHECKLIST,
    ),
    Question(
        "irregular_colour",
        _("Does it have more than one colour?"),
        _("For example two browns, or brown with black, red, blue or white."),
        Group.CHECKLIST,
    ),
    Question("inflammation", _("Is the skin around it red or swollen?"), "", Group.CHECKLIST),
    Question(
        "oozing", _("Does it weep or crust?"), _("Fluid, pus or a crust on top."), Group.CHECKLIST
    ),
    Question(
        "sensation_change",
        _("Does it feel different from before?"),
        _("For example numb or tingling."),
        Group.CHECKLIST,
    ),
    Question(
        "duration_weeks",
        _("For how many weeks have you had it?"),
        _("A month is about 4 weeks, a year 52. A guess will do."),
        Group.MEASURE,
        Kind.NUMBER,
    ),
    Question(
        "diameter_mm",
        _("How wide is it in millimetres, at its widest?"),
        _("The rubber on a pencil is about 6 mm wide."),
        Group.MEASURE,
        Kind.NUMBER,
    ),
)

_BY_NAME = {q.name: q for q in QUESTIONS}


def question(name: str) -> Question:
    """The question behind a field of `Answers`; KeyError if there is none."""
    return _BY_NAME[name]


def red_flags(answers: Answers) -> tuple[Question, ...]:
    """The red-flag questions answered yes, in the order of the form."""
    return tuple(
        q for q in QUESTIONS if q.group is Group.RED_FLAG and getattr(answers, q.name) is True
    )


def unsure_red_flags(answers: Answers) -> tuple[Question, ...]:
    """The red-flag questions that the patient could not answer; none where they were not asked."""
    open_ones = (
        q for q in QUESTIONS if q.group is Group.RED_FLAG and getattr(answers, q.name) is None
    )
    return tuple(open_ones) if answers.emergency_sign_unsure else ()


@dataclass(frozen=True)
class ChecklistItem:
    """One item of the 7-point checklist that is present."""

    code: str
    text: str
    points: int  # 2 major, 1 minor
    because: tuple[str, ...]  # fields of Answers that say so


@dataclass(frozen=True)
class SevenPoint:
    """The weighted 7-point checklist: 0-10, the sum over the items that are present."""

    score: int
    items: tuple[ChecklistItem, ...]


# code, text, points, the answers that make it present
_ITEMS = (
    ("size", "Change in size", 2, ("grew",)),
    ("shape", "Irregular shape", 2, ("irregular_shape",)),
    ("colour", "Irregular colour", 2, ("irregular_colour",)),
    ("inflammation", "Inflammation", 1, ("inflammation",)),
    ("oozing", "Oozing or bleeding", 1, ("oozing", "bleed")),
    ("sensation", "Change in sensation", 1, ("sensation_change", "itch", "hurt")),
)
_SHAPE_OR_COLOUR = ChecklistItem("shape_or_colour", "Change in shape or colour", 2, ("changed",))
LARGE_MM = 7.0  # NICE NG12: largest diameter 7 mm or more


def seven_point(answers: Answers) -> SevenPoint:
    """Score the weighted 7-point checklist of NICE NG12 (section 1.7).

    Where our questions and its items differ, the older Glasgow list behind it (MacKie 1990)
    decides: its major items are *change* in size, shape and colour, its minor ones include
    'crusting or bleeding' and 'sensory change'. So
    - a change in shape or colour counts as one major item, unless an irregular shape or colour
      is ticked and counts already;
    - bleeding counts as oozing; both together are one item;
    - itch and pain count as a change in sensation; all together are one item.
    Unknown answers count nothing. Notes are not read here: pass `evidence(answers)`.
    """
    items = []
    for code, text, points, names in _ITEMS:
        because = tuple(name for name in names if getattr(answers, name) is True)
        if because:
            items.append(ChecklistItem(code, text, points, because))
    if answers.changed is True and not {"shape", "colour"} & {item.code for item in items}:
        items.append(_SHAPE_OR_COLOUR)
    if answers.diameter_mm is not None and answers.diameter_mm >= LARGE_MM:
        items.append(ChecklistItem("diameter", "7 mm or wider", 1, ("diameter_mm",)))
    return SevenPoint(score=sum(item.points for item in items), items=tuple(items))


def evidence(answers: Answers, *, today: date | None = None) -> Answers:
    """The answers with the notes applied; applying it twice changes nothing.

    Notes only add. A yes in the notes makes the answer yes, even against a 'no' in the box; a no
    in the notes fills a blank and never undoes a yes. Of two lengths of time or two widths the
    larger one stands. `today` (the day of writing) is needed only for 'since 2019' or 'since May'.
    """
    reading = read_notes(answers.notes, today=today)
    known = replace(
        answers,
        duration_weeks=_longer(answers.duration_weeks, reading.duration_weeks),
        diameter_mm=_wider(answers.diameter_mm, reading.diameter_mm),
    )
    for name, value in reading.findings.items():
        if value or getattr(answers, name) is None:
            known = replace(known, **{name: value})  # type: ignore[arg-type]  # all of them bool
    return known


def _longer(given: int | None, read: int | None) -> int | None:
    return max((n for n in (given, read) if n is not None), default=None)


def _wider(given: float | None, read: float | None) -> float | None:
    known = (n for n in (given, read) if n is not None and math.isfinite(n))
    return max(known, default=None)
