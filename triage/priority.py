"""How urgent a case is, and why. Pure: no database, no clock, no files.

Every fact argues for an urgency, for points, or for both; the most urgent argument wins and the
points are added up. Nothing argues downwards: an unknown answer, a missing score or a reassuring
one can never take away what something else has raised.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from triage import reasons, working_time
from triage.model_risk import ModelFinding
from triage.reasons import PatientRisk, Reason, Source
from triage.rules import DEFAULT, Rules
from triage.symptoms import Answers, evidence, read_notes, red_flags
from triage.urgency import Urgency

__all__ = [
    "DEFAULT", "EMERGENCY_TEXT", "ModelFinding", "PatientRisk", "Priority", "Reason", "Rules",
    "Source", "Urgency", "due_at", "is_emergency", "prioritise",
]  # fmt: skip

# Whoever thinks of self-harm may not say so, or say it in words that are not read.
EMERGENCY_TEXT = format_lazy(
    "{now} {self_harm}",
    now=_(
        "Seek emergency care now. What you describe can be serious and should be seen today. "
        "Call 999 (112 in Europe) or go to the nearest emergency department. "
        "Do not wait for an answer from us."
    ),
    self_harm=_(
        "If you think of harming yourself, call 999 or 112 now, or talk to the Samaritans on "
        "116 123 (United Kingdom, free, day and night)."
    ),
)


Pause = tuple[datetime, datetime]  # from when until when the clock stood still


@dataclass(frozen=True)
class Priority:
    """Where a case stands. `score` is the sum of the reasons' points, 0-1000."""

    urgency: Urgency
    score: int
    due_at: datetime  # aware, UTC
    reasons: tuple[Reason, ...]  # the most urgent argument first, then by points


def prioritise(
    *,
    finding: ModelFinding | None,
    answers: Answers,
    patient: PatientRisk,
    submitted_at: datetime,
    now: datetime,
    failed: bool = False,
    clinician_urgency: Urgency | None = None,
    body_site: str | None = None,
    rules: Rules = DEFAULT,
    pauses: Sequence[Pause] = (),
    holidays: Set[date] = frozenset(),
) -> Priority:
    """Rank a case.

    `finding` is None until the case is scored. Answers are given as ticked: notes are applied here.
    The most urgent argument wins, `clinician_urgency` is one. Waiting never moves the due time.
    Both times must be aware (ValueError); a `now` before `submitted_at` counts as no wait.
    """
    if submitted_at.tzinfo is None or now.tzinfo is None:
        raise ValueError("submitted_at and now must carry a time zone")
    today = submitted_at.astimezone(UTC).date()
    known, reading = evidence(answers, today=today), read_notes(answers.notes, today=today)
    at_risk = reasons.with_notes(patient, reading)
    found = [
        *reasons.from_red_flags(answers, known, reading, rules),
        *reasons.from_model(finding, failed, rules),
        *reasons.from_site_and_history(finding, at_risk, body_site, known, rules),
        *reasons.from_checklist(answers, known, reading, rules),
        *reasons.from_notes(reading),
        *reasons.from_acral_site(body_site, known, reading),
        *reasons.from_warnings(answers, known, reading, rules),
        *reasons.from_patient(finding, patient, reading, rules),
        *reasons.from_waiting(submitted_at, now, rules),
        *reasons.from_clinician(clinician_urgency),
    ]
    found.sort(key=lambda r: (Urgency.ADVICE + 1 if r.urgency is None else r.urgency, -r.points))
    urgency = min((r.urgency for r in found if r.urgency is not None), default=Urgency.ADVICE)
    return Priority(
        urgency=urgency,
        score=sum(r.points for r in found),
        due_at=due_at(submitted_at, urgency, rules=rules, pauses=pauses, holidays=holidays),
        reasons=tuple(found),
    )


def is_emergency(answers: Answers) -> bool:
    """A red flag is answered yes, or the notes tell of one or of another danger: show
    EMERGENCY_TEXT before anything else."""
    return bool(red_flags(evidence(answers)) or read_notes(answers.notes).dangers)


def due_at(
    submitted_at: datetime, urgency: Urgency, *, rules: Rules = DEFAULT,
    pauses: Sequence[Pause] = (), holidays: Set[date] = frozenset(),
) -> datetime:  # fmt: skip
    """When a case of this urgency must have been read, in UTC; working days skip weekends and
    holidays. While it was paused the clock stood still: what was left then is left afterwards.

    Cut down to the full hour, so up to an hour before the target: among cases that are due in the
    same hour the score decides, not the microsecond at which they were sent.
    Never later than a less urgent case of the same moment, whatever targets the clinic sets.
    """
    start = submitted_at.astimezone(UTC)
    due = min(_target(start, each, rules, pauses, holidays) for each in Urgency if each >= urgency)
    return due.replace(minute=0, second=0, microsecond=0)


def _target(
    start: datetime, urgency: Urgency, rules: Rules, pauses: Sequence[Pause], holidays: Set[date]
) -> datetime:
    if urgency is not Urgency.SOON:
        return start + rules.target(urgency) + sum((b - a for a, b in pauses), timedelta())
    due = working_time.days_after(start, rules.soon_working_days, holidays)
    stood = sum(
        (working_time.between(a.astimezone(UTC), b.astimezone(UTC), holidays) for a, b in pauses),
        timedelta(),
    )
    return working_time.later(due, stood, holidays)
