"""How urgent a case is, and why. Pure: no database, no clock, no files.

Every fact argues for an urgency, for points, or for both; the most urgent argument wins and the
points are added up. Nothing argues downwards: an unknown answer, a missing score or a reassuring
one can never take away what something else has raised.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from triage import conditions
from triage.rules import DEFAULT, Rules
from triage.symptoms import Answers, disagreements, evidence, red_flags, seven_point
from triage.urgency import Urgency

__all__ = [
    "DEFAULT", "EMERGENCY_TEXT", "ModelFinding", "PatientRisk", "Priority", "Reason", "Rules",
    "Source", "Urgency", "due_at", "is_emergency", "prioritise",
]  # fmt: skip

EMERGENCY_TEXT = (
    "Seek emergency care now. What you describe can be serious and should be seen today. "
    "Call 999 (112 in Europe) or go to the nearest emergency department. "
    "Do not wait for an answer from us."
)


@dataclass(frozen=True)
class ModelFinding:
    """What the network said of the photos of one case."""

    probabilities: Mapping[str, float]  # by label code, 0-1, calibrated
    malignancy_risk: float  # 0-1
    uncertainty: float  # 0 sure, 1 not sure at all
    in_domain: bool  # the photo is of skin, of a kind that the network knows
    melanoma_threshold: float  # from the artifact: 95 % sensitivity on validation data
    malignancy_threshold: float
    model_version: str


@dataclass(frozen=True)
class PatientRisk:
    """What is known of the patient. `None` is 'not known'."""

    age: float | None = None  # years
    previous_skin_cancer: bool | None = None
    family_melanoma: bool | None = None
    immunosuppressed: bool | None = None
    skin_type: int | None = None  # Fitzpatrick, 1-6


class Source(StrEnum):
    """Where a reason comes from."""

    MODEL = "model"
    CHECKLIST = "checklist"
    RED_FLAG = "red_flag"
    PATIENT = "patient"
    WAITING = "waiting"
    FAIL_SAFE = "fail_safe"
    CLINICIAN = "clinician"


@dataclass(frozen=True)
class Reason:
    """One contribution to the priority."""

    code: str
    source: Source
    text: str  # plain English, for staff and patient alike
    points: int = 0
    urgency: Urgency | None = None  # what it argues for, None: it only adds points


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
) -> Priority:
    """Rank a case.

    `finding` is None until the case is scored, and stays None where scoring `failed`. Answers may
    be given as ticked: the notes are applied here. The urgency is the most urgent argument of all
    reasons, `clinician_urgency` among them. Waiting raises the score, never the due time.
    Both times must be aware (ValueError); a `now` before `submitted_at` counts as no wait.
    """
    if submitted_at.tzinfo is None or now.tzinfo is None:
        raise ValueError("submitted_at and now must carry a time zone")
    known = evidence(answers, today=submitted_at.date())
    reasons = [
        *_red_flags(known, rules),
        *_model(finding, failed, rules),
        *_site_and_history(finding, patient, body_site, known, rules),
        *_checklist(answers, known, submitted_at, rules),
        *_patient(patient, rules),
        *_waiting(submitted_at, now, rules),
        *_clinician(clinician_urgency),
    ]
    reasons.sort(key=lambda r: (Urgency.ADVICE + 1 if r.urgency is None else r.urgency, -r.points))
    urgency = min((r.urgency for r in reasons if r.urgency is not None), default=Urgency.ADVICE)
    return Priority(
        urgency=urgency,
        score=sum(r.points for r in reasons),
        due_at=due_at(submitted_at, urgency, rules=rules),
        reasons=tuple(reasons),
    )


def is_emergency(answers: Answers) -> bool:
    """A red flag is answered yes: show EMERGENCY_TEXT before anything else."""
    return bool(red_flags(answers))


def due_at(submitted_at: datetime, urgency: Urgency, *, rules: Rules = DEFAULT) -> datetime:
    """When a case of this urgency must have been read, in UTC; working days skip weekends."""
    start = submitted_at.astimezone(UTC)
    if urgency is not Urgency.SOON:
        return start + rules.target(urgency)
    due, left = start, rules.soon_working_days
    while left:
        due += timedelta(days=1)
        left -= due.weekday() < 5
    return due


# ---- the arguments ---------------------------------------------------------------------------


def _red_flags(known: Answers, rules: Rules) -> Iterator[Reason]:
    for flag in red_flags(known):
        yield Reason(
            f"red_flag_{flag.name}",
            Source.RED_FLAG,
            f"Emergency sign: {_RED_FLAG_TEXT[flag.name]}",
            rules.red_flag_points,
            Urgency.EMERGENCY,
        )


_RED_FLAG_TEXT = {
    "fever_with_spreading_rash": "fever with a fast-spreading rash",
    "mucosal_or_blistering": "sores in mouth, eyes or genitals, or blistering or peeling skin",
    "black_or_dead_skin": "black or dead-looking skin",
    "over_half_body": "over half of the body is affected",
}


def _probability(value: float) -> float | None:
    """A number from 0 to 1, or None where it is anything else (NaN, infinite, out of range)."""
    return float(value) if math.isfinite(value) and 0 <= value <= 1 else None


def _model(finding: ModelFinding | None, failed: bool, rules: Rules) -> Iterator[Reason]:
    if failed:
        yield _fail_safe("failed", "The photos could not be scored: a person must look", rules)
    if finding is None:
        if not failed:
            yield _fail_safe("unscored", "Not scored yet", rules)
        return
    yield from _doubts(finding, rules)
    risk = _probability(finding.malignancy_risk)
    if risk is not None:
        limit = _threshold(finding.malignancy_threshold, rules)
        over = risk >= limit
        yield Reason(
            "model_risk",
            Source.MODEL,
            f"Risk of a malignant lesion {risk:.0%}, "
            f"{'at or above' if over else 'below'} the limit of {limit:.0%}",
            round(rules.risk_points * risk),
            rules.floor if over else None,
        )
    for code, value in finding.probabilities.items():
        probability = _probability(value)
        if probability is not None:
            yield from _class(code, probability, finding, rules)


def _fail_safe(code: str, text: str, rules: Rules) -> Reason:
    return Reason(code, Source.FAIL_SAFE, text, rules.fail_safe_points, rules.floor)


def _doubts(finding: ModelFinding, rules: Rules) -> Iterator[Reason]:
    """At most one, so that the points of the fail-safe count once."""
    numbers = [
        *finding.probabilities.values(), finding.malignancy_risk, finding.uncertainty,
        finding.melanoma_threshold, finding.malignancy_threshold,
    ]  # fmt: skip
    if not finding.probabilities or any(_probability(n) is None for n in numbers):
        yield _fail_safe("unusable_score", "The score cannot be used: a person must look", rules)
    elif not finding.in_domain:
        yield _fail_safe("out_of_domain", "The model does not know this kind of photo", rules)
    elif finding.uncertainty >= rules.uncertainty_limit:
        yield _fail_safe("uncertain", "The model is not sure", rules)


def _threshold(value: float, rules: Rules) -> float:
    """The artifact's threshold, or the clinic's where that one cannot be used."""
    known = _probability(value)
    return rules.class_threshold if known is None else known


def _class(code: str, probability: float, finding: ModelFinding, rules: Rules) -> Iterator[Reason]:
    """The worst plausible class wins, so each class argues for itself, however likely others are.

    A class that nobody described argues for the floor: what is not known is not benign.
    """
    limit = (
        _threshold(finding.melanoma_threshold, rules) if code == "MEL" else rules.class_threshold
    )
    plausible = probability >= limit
    points = round(rules.class_points.get(code, 0) * probability)
    if plausible or points:
        known = conditions.find(code)
        yield Reason(
            f"model_{code}",
            Source.MODEL,
            f"{known.name if known else code}: {probability:.0%}",
            points,
            rules.class_urgency.get(code, rules.floor) if plausible else None,
        )


def _plausible(finding: ModelFinding | None, code: str, rules: Rules) -> bool:
    if finding is None:
        return False
    probability = _probability(finding.probabilities.get(code, 0.0))
    return probability is not None and probability >= rules.class_threshold


def _site_and_history(
    finding: ModelFinding | None,
    patient: PatientRisk,
    body_site: str | None,
    known: Answers,
    rules: Rules,
) -> Iterator[Reason]:
    """What site, size and history make of a suspected keratinocyte cancer (BCC, AK).

    NG12 1.7.4-1.7.5: a BCC is urgent only where site or size makes delay matter; an unknown site
    counts as one that does. In immunosuppressed people squamous cell carcinoma is common, looks
    like its milder relatives and spreads sooner (BAD guideline on SCC, 2020), so the suspicion
    moves one category up. A previous skin cancer moves it up to 'soon', no further: many patients
    with one BCC grow another, and most of those can wait.
    """
    for code in ("BCC", "AK"):
        if not _plausible(finding, code, rules):
            continue
        urgency = rules.class_urgency.get(code, rules.floor)
        name = conditions.by_code(code).name
        if code == "BCC" and _delay_matters(body_site, known.diameter_mm, rules):
            urgency = min(urgency, Urgency.SOON)
            yield Reason(
                "delay_matters", Source.MODEL,
                f"{name} where site or size may make delay matter", urgency=urgency,
            )  # fmt: skip
        if patient.previous_skin_cancer is True or patient.immunosuppressed is True:
            immune = patient.immunosuppressed is True
            bound = Urgency.URGENT_CANCER if immune else Urgency.SOON
            history = "a weakened immune system" if immune else "an earlier skin cancer"
            yield Reason(
                f"history_{code}", Source.PATIENT, f"{name} with {history}",
                urgency=urgency.raised(no_further_than=bound),
            )  # fmt: skip


def _delay_matters(body_site: str | None, diameter_mm: float | None, rules: Rules) -> bool:
    if body_site is None or not body_site.strip():
        return True
    parts = set("".join(c if c.isalpha() else " " for c in body_site.lower()).split())
    large = diameter_mm is not None and diameter_mm >= rules.large_lesion_mm
    return large or bool(parts & rules.critical_sites)


def _checklist(
    answers: Answers, known: Answers, submitted_at: datetime, rules: Rules
) -> Iterator[Reason]:
    """The 7-point checklist, item by item, and what else the symptoms argue for."""
    quoted = {p.name: p.text for p in disagreements(answers, today=submitted_at.date())}
    checklist = seven_point(known)
    for item in checklist.items:
        against_box = [quoted[name] for name in item.because if name in quoted]
        text = f"{item.text} ({item.points} of the 7-point checklist)"
        if against_box:
            text += f"; ticked no, but the notes say ‘{against_box[0]}’"
        warns = item.points == 2 or item.code == "oozing"
        yield Reason(
            f"checklist_{item.code}",
            Source.CHECKLIST,
            text,
            item.points * rules.checklist_points,
            rules.warning_urgency if warns else None,
        )
    if checklist.score >= rules.seven_point_threshold:
        yield Reason(
            "seven_point",
            Source.CHECKLIST,
            f"7-point checklist {checklist.score}, {rules.seven_point_threshold} or more",
            urgency=Urgency.URGENT_CANCER,
        )
    if known.elevation is True and known.grew is True:
        yield Reason(
            "raised_and_growing", Source.CHECKLIST,
            "Raised and growing: nodular melanoma can look harmless",
            rules.warning_points, rules.floor,
        )  # fmt: skip
    weeks = known.duration_weeks
    sore = known.bleed is True or known.oozing is True
    if sore and weeks is not None and weeks >= rules.not_healing_weeks:
        yield Reason(
            "not_healing", Source.CHECKLIST, f"Bleeds or weeps, for {weeks} weeks",
            rules.warning_points, rules.floor,
        )  # fmt: skip


def _patient(patient: PatientRisk, rules: Rules) -> Iterator[Reason]:
    if patient.previous_skin_cancer is True:
        yield Reason(
            "previous_skin_cancer", Source.PATIENT, "Earlier skin cancer", rules.previous_points
        )
    if patient.immunosuppressed is True:
        yield Reason(
            "immunosuppressed", Source.PATIENT, "Weakened immune system", rules.immune_points
        )
    if patient.family_melanoma is True:
        yield Reason(
            "family_melanoma", Source.PATIENT, "Melanoma in the family", rules.family_points
        )
    if patient.skin_type in (1, 2):
        yield Reason("skin_type", Source.PATIENT, "Fair skin that burns", rules.fair_skin_points)
    if patient.age is not None and math.isfinite(patient.age):
        decades = int(max(patient.age - rules.age_from, 0) // 10)
        points = min(decades * rules.age_points_per_decade, rules.age_points_limit)
        if points:
            yield Reason("age", Source.PATIENT, f"Age {patient.age:.0f}", points)


def _waiting(submitted_at: datetime, now: datetime, rules: Rules) -> Iterator[Reason]:
    hours = max((now - submitted_at) / timedelta(hours=1), 0.0)
    points = int(min(hours / 24 * rules.waiting_points_per_day, rules.waiting_points_limit))
    if points:
        wait = f"{int(hours)} hours" if hours < 48 else f"{int(hours // 24)} days"
        yield Reason("waiting", Source.WAITING, f"Waiting for {wait}", points)


def _clinician(urgency: Urgency | None) -> Iterator[Reason]:
    if urgency is not None:
        yield Reason(
            "clinician", Source.CLINICIAN, f"Set by a clinician: {urgency.label}", urgency=urgency
        )
