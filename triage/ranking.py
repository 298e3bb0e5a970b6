"""Apply triage.priority to rows: gather what is known of a case, write its place in the queue."""

from collections.abc import Set
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import prefetch_related_objects
from django.utils import timezone, translation
from psycopg2.extras import Json

from triage import rulebook
from triage.history import CaseHistory
from triage.models import Assessment, Case, Holiday, Lesion, Patient, ScoringState
from triage.priority import ModelFinding, PatientRisk, Pause, Priority, prioritise
from triage.rules import Rules
from triage.symptoms import Answers, evidence
from triage.urgency import Urgency

# Reasons are kept as written, for whoever reads them later: in one language, not in the sender's.
in_the_portals_language = translation.override(settings.LANGUAGE_CODE)


@in_the_portals_language
def first_priority(
    *, patient: Patient, answers: Answers, submitted_at: datetime, lesion: Lesion, rules: Rules
) -> Priority:
    """From symptoms and history alone, before any model has looked."""
    return prioritise(
        finding=None, answers=answers, patient=risk_of(patient, submitted_at),
        submitted_at=submitted_at, now=submitted_at, body_site=lesion.body_site, rules=rules,
        holidays=days_off(),
    )  # fmt: skip


@in_the_portals_language
def priority_of(case: Case, *, rules: Rules, now: datetime, holidays: Set[date]) -> Priority:
    """From everything on record: symptoms, history, the newest assessment, the signed review, and
    for how long the clock stood still."""
    return prioritise(
        finding=finding_of(case, rules), failed=case.scoring_state == ScoringState.FAILED,
        answers=case.symptoms.answers, patient=risk_of(case.patient, case.submitted_at),
        submitted_at=case.submitted_at, now=now, clinician_urgency=clinician_urgency_of(case),
        body_site=case.lesion.body_site, rules=rules, pauses=pauses_of(case), holidays=holidays,
    )  # fmt: skip


def priorities(*, cases: list[Case], rules: Rules) -> list[Priority]:
    """Where these cases stand by these rules now, in the same order."""
    prefetch_related_objects(cases, "assessments", "reviews", "photo_requests")
    now, holidays = timezone.now(), days_off()
    return [priority_of(case, rules=rules, now=now, holidays=holidays) for case in cases]


def rerank(*, cases: list[Case]) -> None:
    """Write the cases' priorities as they now stand. The caller holds the rows and records why."""
    in_force = rulebook.current()
    ranked = priorities(cases=cases, rules=in_force.rules)
    for case, priority in zip(cases, ranked, strict=True):
        due_at = case.due_at
        for name, value in columns(priority, in_force.version).items():
            setattr(case, name, value)
        if case.answered_at:  # its clock has ended: who raised an urgency was not late by that
            case.due_at = due_at
    rows = [
        {"id": case.pk, "urgency": case.urgency, "due_at": case.due_at.isoformat(),
         "score": case.score, "reasons": case.reasons,
         "rules_version": case.rules_version}
        for case in cases
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [Json(rows)])


# One statement of one parameter for a whole batch: bulk_update() costs eight times as much a case.
WRITE = """
UPDATE triage_case AS c
SET urgency = r.urgency, due_at = r.due_at, score = r.score, reasons = r.reasons,
    rules_version = r.rules_version
FROM jsonb_to_recordset(%s) AS r (
    id bigint, urgency smallint, due_at timestamptz, score integer, reasons jsonb,
    rules_version integer
) WHERE c.id = r.id
"""


def days_off() -> Set[date]:
    """The holidays that the clinic keeps."""
    return frozenset(Holiday.objects.values_list("day", flat=True))


def pauses_of(case: Case) -> list[Pause]:
    """From when until when it waited for photos; the one that it waits in now has no end yet and
    moves nothing until it has."""
    asked = case.photo_requests.all()
    return [(request.asked_at, request.closed_at) for request in asked if request.closed_at]


def columns(priority: Priority, rules_version: int) -> dict[str, Any]:
    """The priority, by that version of the rule book, as columns of a case."""
    return {
        "urgency": int(priority.urgency),
        "due_at": priority.due_at,
        "score": priority.score,
        "reasons": [asdict(reason) for reason in priority.reasons],
        "rules_version": rules_version,
    }


def risk_of(patient: Patient, at: datetime) -> PatientRisk:
    return PatientRisk(
        age=patient.age_on(at.date()),
        previous_skin_cancer=patient.previous_skin_cancer,
        family_melanoma=patient.family_melanoma,
        immunosuppressed=patient.immunosuppression,
        skin_type=patient.skin_type,
    )


def history_of(case: Case) -> CaseHistory:
    """What the model may know besides the photos, as it stood when the case was sent."""
    patient = case.patient
    sent_on = case.submitted_at.astimezone(UTC).date()
    return CaseHistory(
        body_site=case.lesion.body_site,
        answers=evidence(case.symptoms.answers, today=sent_on),
        age=patient.age_on(sent_on),
        sex=patient.sex,
        skin_type=patient.skin_type,
        previous_skin_cancer=patient.previous_skin_cancer,
        family_melanoma=patient.family_melanoma,
        immunosuppressed=patient.immunosuppression,
    )


def finding_of(case: Case, rules: Rules) -> ModelFinding | None:
    """What the newest assessment says."""
    assessments = case.assessments.all()
    newest = max(assessments, key=lambda said: (said.created_at, said.pk), default=None)
    return None if newest is None else finding_from(newest, rules)


def finding_from(newest: Assessment, rules: Rules) -> ModelFinding:
    """Of photos alone and photos with history the worse one counts, for each risk and label.

    Worse is what reaches its own threshold, then what is greater.
    """
    melanoma, malignancy = newest.melanoma(rules), newest.malignancy(rules)
    history = newest.with_history
    worst = newest.probabilities
    if history:
        worst = {code: max(p, history.probabilities.get(code, 0.0)) for code, p in worst.items()}
    return ModelFinding(
        # A distant view must not talk down the melanoma that a close-up shows.
        probabilities=worst | {"MEL": melanoma.value},
        malignancy_risk=malignancy.value,
        uncertainty=newest.uncertainty,
        in_domain=newest.in_domain,
        melanoma_threshold=melanoma.threshold,
        malignancy_threshold=malignancy.threshold,
        model_version=newest.model_version,
        history=history and history.beside(newest.malignancy_risk),
    )


def clinician_urgency_of(case: Case) -> Urgency | None:
    signed = [review for review in case.reviews.all() if review.signed_at]
    return Urgency(max(signed, key=lambda review: review.version).urgency) if signed else None
