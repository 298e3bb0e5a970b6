"""The workers' side of a case: claim, record, fail, requeue.

The row is the work. A claim is a lease with a fencing token; whoever lost the lease cannot record.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.audit.ledger import record
from triage import ranking
from triage.models import Assessment, Case, PhotoFinding, ScoringState, Worker


@dataclass(frozen=True)
class ClaimedPhoto:
    id: str
    file: str  # name in the default storage
    sha256: str


@dataclass(frozen=True)
class Claim:
    case_id: int
    reference: str
    fence: int  # the token that record_assessment() and fail() must still find on the row
    photos: tuple[ClaimedPhoto, ...]


@dataclass(frozen=True)
class PhotoResult:
    photo_id: str
    probabilities: dict[str, float]
    in_domain: bool
    activation_map: tuple[tuple[float, ...], ...]  # rows of 0..1
    activation_label: str


@dataclass(frozen=True)
class ScoringResult:
    """One case's prediction, as the domain keeps it."""

    model_version: str
    artifact_sha256: str
    preprocessing_version: str
    engine: str
    probabilities: dict[str, float]
    melanoma_risk: float  # of the photo where it is greatest, as is the next
    malignancy_risk: float
    uncertainty: float
    in_domain: bool
    domain_score: float
    melanoma_threshold: float
    malignancy_threshold: float
    duration_ms: int
    photos: tuple[PhotoResult, ...] = field(default=())


def claim_batch(*, worker: str, limit: int | None = None) -> list[Claim]:
    """Take the most urgent waiting cases on a lease, at most `limit` (default SCORING_BATCH).

    A case that has already cost an attempt is claimed alone: if its photo breaks the scorer, no
    other case pays for it. Other workers' claims are skipped, not waited for.
    """
    requeue_stale()
    now = timezone.now()
    with transaction.atomic():
        waiting = Case.objects.filter(scoring_state=ScoringState.WAITING)
        locked = waiting.select_for_update(skip_locked=True).by_need()
        cases = list(locked[: limit or settings.SCORING_BATCH])
        if cases and cases[0].scoring_attempts:
            cases = cases[:1]
        else:
            cases = [case for case in cases if not case.scoring_attempts]
        for case in cases:
            case.scoring_state = ScoringState.CLAIMED
            case.scoring_attempts += 1
            case.scoring_fence += 1
            case.scoring_lease_until = now + settings.SCORING_LEASE
        Case.objects.bulk_update(cases, SCORING_FIELDS)
        claims = _claims(cases)
        for case in cases:
            record(actor="worker", action="case.claimed_for_scoring", about=case,
                   patient_id=case.patient_id, worker=worker,
                   attempt=case.scoring_attempts)  # fmt: skip
    return claims


SCORING_FIELDS = [
    "scoring_state", "scoring_attempts", "scoring_fence", "scoring_lease_until", "scoring_problem",
]  # fmt: skip


def record_assessment(*, worker: str, claim: Claim, result: ScoringResult) -> bool:
    """Write what the model said and rank the case anew, in one transaction.

    False where the lease was lost to somebody else, or this model version is already on record.
    """
    with transaction.atomic():
        case = _still_mine(claim)
        if case is None:
            return False
        if case.assessments.filter(model_version=result.model_version).exists():
            _finish(case, ScoringState.SCORED)
            return False
        assessment = _write_assessment(case, claim, result)
        before = case.urgency
        ranking.rerank(case=case)
        _finish(case, ScoringState.SCORED)
        record(actor="worker", action="case.scored", about=case, patient_id=case.patient_id,
               worker=worker, model_version=result.model_version,
               artifact_sha256=result.artifact_sha256, engine=result.engine,
               preprocessing=result.preprocessing_version,
               thresholds=[result.melanoma_threshold, result.malignancy_threshold],
               photos=assessment.photo_sha256s, probabilities=result.probabilities,
               melanoma_risk=result.melanoma_risk,
            malignancy_risk=result.malignancy_risk, in_domain=result.in_domain,
               duration_ms=result.duration_ms,
               urgency=[before, case.urgency])  # fmt: skip
    return True


def fail(*, worker: str, claim: Claim, problem: str) -> bool:
    """This attempt failed: wait for the next one, or park the case for a human after the last."""
    with transaction.atomic():
        case = _still_mine(claim)
        if case is None:
            return False
        _give_up_attempt(case, worker, problem)
    return True


def requeue_stale() -> int:
    """Put back what a lost worker held. Returns how many cases."""
    with transaction.atomic():
        stale = Case.objects.select_for_update(skip_locked=True).filter(
            scoring_state=ScoringState.CLAIMED, scoring_lease_until__lt=timezone.now()
        )
        cases = list(stale)
        for case in cases:
            _give_up_attempt(case, "", "The worker was lost while it had this case.")
    return len(cases)


def report(*, worker: str, engine: str = "", model_version: str = "", problem: str = "") -> None:
    """A worker says that it lives, with what, or why it cannot score."""
    Worker.objects.update_or_create(
        name=worker,
        defaults={"seen_at": timezone.now(), "engine": engine, "model_version": model_version,
                  "problem": problem[:300]},
    )  # fmt: skip


def waiting() -> bool:
    """Is there anything left to claim?"""
    return Case.objects.filter(
        Q(scoring_state=ScoringState.WAITING)
        | Q(scoring_state=ScoringState.CLAIMED, scoring_lease_until__lt=timezone.now())
    ).exists()


def oldest_waiting_age() -> timedelta | None:
    """How long the longest-waiting unscored case has waited."""
    first = (
        Case.objects.filter(scoring_state__in=[ScoringState.WAITING, ScoringState.CLAIMED])
        .order_by("submitted_at")
        .values_list("submitted_at", flat=True)
        .first()
    )
    return None if first is None else timezone.now() - first


def _claims(cases: list[Case]) -> list[Claim]:
    found = Case.objects.filter(pk__in=[case.pk for case in cases]).prefetch_related("photos")
    photos = {case.pk: case.photos.all() for case in found}
    return [
        Claim(
            case.pk, case.reference, case.scoring_fence,
            tuple(ClaimedPhoto(str(p.pk), p.file.name, p.sha256) for p in photos[case.pk]),
        )
        for case in cases
    ]  # fmt: skip


def _still_mine(claim: Claim) -> Case | None:
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("patient", "lesion", "symptoms")
        .filter(pk=claim.case_id, scoring_fence=claim.fence, scoring_state=ScoringState.CLAIMED)
        .first()
    )


def _finish(case: Case, state: ScoringState, problem: str = "") -> None:
    case.scoring_state = state
    case.scoring_lease_until = None
    case.scoring_problem = problem[:300]
    case.save(update_fields=SCORING_FIELDS)


def _give_up_attempt(case: Case, worker: str, problem: str) -> None:
    last = case.scoring_attempts >= settings.SCORING_ATTEMPTS
    _finish(case, ScoringState.FAILED if last else ScoringState.WAITING, problem)
    if last:
        ranking.rerank(case=case)
    record(actor="worker", action="case.scoring_failed", about=case, patient_id=case.patient_id,
           result="failed", worker=worker, attempt=case.scoring_attempts,
           problem=problem[:300], parked=last)  # fmt: skip


def _write_assessment(case: Case, claim: Claim, result: ScoringResult) -> Assessment:
    fields = {name: getattr(result, name) for name in ScoringResult.__dataclass_fields__}
    photos = fields.pop("photos")
    assessment = Assessment.objects.create(
        case=case, created_at=timezone.now(),
        photo_sha256s=[photo.sha256 for photo in claim.photos], **fields,
    )  # fmt: skip
    PhotoFinding.objects.bulk_create(
        PhotoFinding(
            assessment=assessment, photo_id=photo.photo_id, probabilities=photo.probabilities,
            in_domain=photo.in_domain, activation_map=photo.activation_map,
            activation_label=photo.activation_label,
        )
        for photo in photos
    )  # fmt: skip
    return assessment
