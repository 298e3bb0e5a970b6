"""The course of a conversation: what was said so far -> what is known, and what comes next.

Pure, and replayed from the patient's turns each time, so nothing but those is stored. Emergency
signs come first; what is said already is not asked; what isn't understood is asked again in other
words, then with buttons, and then left at 'not known': no question comes more than three times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from triage.assistant.body import SITES
from triage.assistant.knowledge import Told, tell
from triage.assistant.understanding import (
    BACKGROUND,
    EMERGENCIES,
    RED_FLAGS,
    SIDE,
    SIGNS,
    SITE,
    STORY,
    UNSURE,
    YES_NO,
    Heard,
    Value,
    understand,
)
from triage.notes import NOTES_LIMIT
from triage.priority import is_emergency
from triage.symptoms import QUESTIONS, Answers
from triage.words import split

TRIES = 3  # asked, asked differently, asked with buttons; then left open
TURNS_LIMIT = 80  # after so many turns there is a result, whatever is open
ORDER = (
    SIGNS, STORY, SITE, SIDE, "duration_weeks", "grew", "changed", "bleed", "itch", "hurt",
    "elevation", "irregular_shape", "irregular_colour", "diameter_mm", "inflammation", "oozing",
    "sensation_change",
)  # fmt: skip
NO_SIDE = frozenset(("nose", "lip", "genital", "other"))
_ASKED_IN_FORM = frozenset(q.name for q in QUESTIONS)
# What the buttons mean, by the question they stand under.
YES_NO_BUTTONS: Mapping[str, Value] = {"yes": True, "no": False, UNSURE: UNSURE}
BUTTONS: Mapping[str, Mapping[str, Value]] = {
    STORY: {"skip": UNSURE},
    SIDE: {"left": "left", "right": "right", "middle": "middle", UNSURE: UNSURE},
    "duration_weeks": {"days": 1, "weeks": 6, "months": 26, "year": 52, "years": 156,
                       UNSURE: UNSURE},
    "diameter_mm": {"small": 4.0, "pea": 8.0, "coin": 18.0, "large": 25.0, UNSURE: UNSURE},
}  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """One thing the patient said: words, or the code of a button."""

    text: str
    on: date
    button: str = ""


class Says(StrEnum):
    """What a line of the conversation is."""

    PATIENT = "patient"
    NOTED = "noted"
    LOST = "lost"  # not understood
    LEFT_OPEN = "left_open"
    TOLD = "told"
    EMERGENCY = "emergency"
    ASK = "ask"
    RESULT = "result"


@dataclass(frozen=True)
class Line:
    """One line of the conversation, as it is worded by `triage.assistant.wording`."""

    says: Says
    about: str = ""  # the question asked, noted or left open
    tries: int = 1  # which time it is asked
    turn: Turn | None = None  # of the patient
    facts: Mapping[str, Value] = field(default_factory=dict)  # noted
    told: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Talk:
    """A conversation so far."""

    facts: Mapping[str, Value] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)  # by fact: what the patient wrote
    notes: tuple[str, ...] = ()  # what goes into the case as it was written
    asked: str = SIGNS  # "" once there is a result
    tries: int = 1
    turns: int = 0
    alarmed: bool = False  # an emergency sign was told, in an answer or in the notes
    lines: tuple[Line, ...] = ()

    @property
    def answers(self) -> Answers:
        """Everything said, as the form would hold it."""
        known = {
            name: value
            for name, value in self.facts.items()
            if name in _ASKED_IN_FORM and value != UNSURE
        }
        unsure = self.facts.get(SIGNS) in (True, UNSURE) or any(
            self.facts.get(name) == UNSURE for name in RED_FLAGS
        )
        open_flags = [name for name in RED_FLAGS if name not in known]
        return Answers(
            **known,  # type: ignore[arg-type]  # by the names of the questions
            emergency_sign_unsure=unsure and bool(open_flags),
            notes="\n".join(self.notes),
        )

    @property
    def unsure(self) -> frozenset[str]:
        """Questions answered 'not sure'; not those left open, which nobody answered."""
        left_open = {line.about for line in self.lines if line.says is Says.LEFT_OPEN}
        return frozenset(n for n in YES_NO - left_open if self.facts.get(n) == UNSURE)

    @property
    def background(self) -> tuple[str, ...]:
        """What was told of the patient, by the fields of their profile; each is a yes."""
        return tuple(name for name in BACKGROUND if self.facts.get(name) is True)

    @property
    def body_site(self) -> str:
        return _text(self.facts.get(SITE))

    @property
    def side(self) -> str:
        return _text(self.facts.get(SIDE))

    @property
    def emergency(self) -> bool:
        """Advice is due now: a sign was told, or 'yes' said to all of them together."""
        denied = all(self.facts.get(name) is False for name in RED_FLAGS)
        return self.alarmed or self.facts.get(SIGNS) is True and not denied

    @property
    def over(self) -> bool:
        return not self.asked


def replay(turns: Iterable[Turn]) -> Talk:
    """The conversation that these turns make, from the first question to where it stands."""
    talk = Talk(lines=(Line(Says.ASK, SIGNS),))
    for turn in turns:
        talk = proceed(talk, turn)
    return talk


def buttons(talk: Talk) -> tuple[str, ...]:
    """Codes of the buttons beside the text field: always where there are few answers, else once
    words were not understood. Body sites are chosen from a list."""
    if talk.asked in YES_NO or talk.asked == SIGNS:
        return tuple(YES_NO_BUTTONS)
    if talk.asked in (STORY, SIDE) or talk.tries == TRIES:
        return tuple(BUTTONS.get(talk.asked, ()))
    return (UNSURE,) if talk.asked in BUTTONS else ()


# ---- one turn -----------------------------------------------------------------------------------


def proceed(talk: Talk, turn: Turn) -> Talk:
    """The conversation with one turn more."""
    heard = _heard(talk.asked, turn)
    known = _signs_settled({**talk.facts, **_merged(talk.facts, heard, talk.asked)})
    if heard.corrects and SIDE not in heard.facts and known[SITE] != talk.facts.get(SITE):
        known.pop(SIDE, None)  # it was the other place's
    new = {n: known[n] for n in heard.facts if talk.facts.get(n) != known[n] and n != SIGNS}
    notes = _worth_keeping(heard, talk, turn)
    words = {name: text for text in notes for name, value in new.items() if value != UNSURE}
    after = replace(
        talk, facts=known, words={**talk.words, **words}, turns=talk.turns + 1,
        notes=talk.notes + notes,
    )  # fmt: skip
    after = replace(after, alarmed=_alarmed(talk, after))
    said = [Line(Says.PATIENT, talk.asked, turn=turn)]
    if after.emergency and not talk.emergency:
        said.append(Line(Says.EMERGENCY))
    if new and not (set(new) == {talk.asked} and turn.button):
        said.append(Line(Says.NOTED, talk.asked, facts=new))
    if heard.question:
        said.append(Line(Says.TOLD, told=tell(turn.text)))
    return _go_on(after, heard, said)


def _heard(asked: str, turn: Turn) -> Heard:
    if not turn.button:
        return understand(turn.text, asked=asked or STORY, today=turn.on)
    if asked == SITE:
        return Heard({SITE: turn.button} if turn.button in SITES else {})
    meanings = YES_NO_BUTTONS if asked in YES_NO or asked == SIGNS else BUTTONS.get(asked, {})
    return Heard({asked: meanings[turn.button]} if turn.button in meanings else {})


def _merged(facts: Mapping[str, Value], heard: Heard, asked: str) -> dict[str, Value]:
    """A yes stays a yes and the longer time, the larger width stand, as in `symptoms.evidence`;
    what was not sure is replaced; the place is the one named to its own question, or first, or
    the one that puts it right."""
    merged: dict[str, Value] = {}
    for name, value in heard.facts.items():
        before = facts.get(name)
        if before is None or before == UNSURE:
            merged[name] = value
        elif value == UNSURE:
            continue
        elif isinstance(value, str) or isinstance(before, str):
            merged[name] = value if asked == name or heard.corrects else before
        else:
            merged[name] = max(before, value)
    return merged


def _signs_settled(facts: dict[str, Value]) -> dict[str, Value]:
    """'None of these' is a no to each sign; a sign that was told stands."""
    if facts.get(SIGNS) is False:
        return {**dict.fromkeys(RED_FLAGS, False), **facts}
    return facts


def _alarmed(before: Talk, after: Talk) -> bool:
    """By the portal's own rule, which reads the notes too where there are new ones."""
    if before.alarmed or any(after.facts.get(name) is True for name in EMERGENCIES):
        return True
    return after.notes != before.notes and is_emergency(after.answers)


def _worth_keeping(heard: Heard, talk: Talk, turn: Turn) -> tuple[str, ...]:
    """The patient's own words for the notes: not a bare answer, which stands in its field, nor a
    question, which says nothing of the lesion; nor nonsense, nor what the notes have no room for.
    """
    text = " ".join(turn.text.split())
    if turn.button or not text or heard.nonsense or heard.question and not heard.facts:
        return ()
    if sum(map(len, talk.notes)) + len(talk.notes) + len(text) > NOTES_LIMIT:
        return ()
    bare = len(split(text)) <= 4 and set(heard.facts) <= {talk.asked}
    return () if bare and talk.asked != STORY else (text,)


def _go_on(talk: Talk, heard: Heard, said: list[Line]) -> Talk:
    """Ask the next question, the same one again, or come to the result."""
    asked = talk.asked
    understood = asked in heard.facts or asked == STORY and bool(heard.facts)
    if asked and not (understood or talk.alarmed or heard.question):
        if talk.tries < TRIES:
            if not heard.facts:
                said.append(Line(Says.LOST, asked, talk.tries))
            return _ask(talk, asked, talk.tries + 1, said)
        said.append(Line(Says.LEFT_OPEN, asked))
        talk = replace(talk, facts={**talk.facts, asked: UNSURE})
    elif not asked and not heard.facts and not heard.question:
        said.append(Line(Says.LOST))
    following = _next(talk, asked if understood or not heard.question else "")
    if following == asked and heard.question:
        return _ask(talk, asked, talk.tries, said)
    return _ask(talk, following, 1, said)


def _ask(talk: Talk, asked: str, tries: int, said: list[Line]) -> Talk:
    line = Line(Says.ASK, asked, tries) if asked else Line(Says.RESULT)
    return replace(talk, asked=asked, tries=tries, lines=(*talk.lines, *said, line))


def _next(talk: Talk, done: str) -> str:
    """The first question without an answer; "" when there is none, or an emergency, or too many
    turns. `done` was answered or left open just now."""
    facts = talk.facts
    if talk.alarmed or talk.turns >= TURNS_LIMIT:
        return ""
    if SIGNS not in facts:
        return SIGNS
    for name in RED_FLAGS:
        if name not in facts:
            return name
    settled = {*facts, done, *(line.about for line in talk.lines if line.says is Says.ASK)}
    settled -= {talk.asked} - {*facts, done}
    if facts.get(SITE) in NO_SIDE or facts.get(SITE) == UNSURE:
        settled.add(SIDE)
    return next((name for name in ORDER if name not in settled), "")


def _text(value: Value | None) -> str:
    return value if isinstance(value, str) and value != UNSURE else ""
