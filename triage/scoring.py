"""The workers' side of a case: claim, record, fail, requeue.

The row is the work. A claim is a lease with a fencing token; whoever lost the lease cannot record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, prefetch_related_objects
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import entry, record, record_all
from portal.audit.models import Entry
from triage import ranking
from triage.history import CaseHistory, WithHistory
from triage.models import Assessment, Case, PhotoFinding, ScoringState, Worker
from triage.result_hash import result_sha256


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
    attempt: int  # 1 for the first
    photos: tuple[ClaimedPhoto, ...]
    history: CaseHistory = field(repr=False)  # the patient's: never logged


@dataclass(frozen=True)
class PhotoResult:
    photo_id: str
    probabilities: dict[str, float]
    in_domain: bool
    activation_map: tuple[tuple[float, ...], ...]  # rows of 0..1
    activation_label: str
    embedding: bytes = b""  # little-endian float16, of length 1; empty where there is none
    domain_score: float | None = None  # 1 typical, below 0.5 out of domain


@dataclass(frozen=True)
class ScoringResult:
    """One case's prediction, as the domain keeps it; of its photos alone but for `history`."""

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
    history: WithHistory | None = None


def claim_batch(*, worker: str, limit: int | None = None) -> list[Claim]:
    """Take the most urgent waiting cases on a lease, at most `limit` (default SCORING_BATCH).

    A case that has already cost an attempt is claimed alone: if its photo breaks the scorer, no
    other case pays for it. Other workers' claims are skipped, not waited for.
    """
    requeue_stale()
    with transaction.atomic():
        waiting = Case.objects.filter(scoring_state=ScoringState.WAITING)
        locked = waiting.select_for_update(skip_locked=True).by_need()
        cases = list(locked[: limit or settings.SCORING_BATCH])
        if cases and cases[0].scoring_attempts:
            cases = cases[:1]
        else:
            cases = [case for case in cases if not case.scoring_attempts]
        Case.objects.filter(pk__in=[case.pk for case in cases]).update(
            scoring_state=ScoringState.CLAIMED,
            scoring_attempts=F("scoring_attempts") + 1,
            scoring_fence=F("scoring_fence") + 1,
            scoring_lease_until=timezone.now() + settings.SCORING_LEASE,
        )
        record_all([
            entry(actor="worker", action="case.claimed_for_scoring", about=case,
                  patient_id=case.patient_id, worker=worker, attempt=case.scoring_attempts + 1)
            for case in cases
        ])  # fmt: skip
        return claims_of(cases, ahead=1)


def record_assessments(
    *, worker: str, results: Sequence[tuple[Claim, ScoringResult]]
) -> frozenset[int]:
    """Write what the model said of a batch and rank its cases anew, in one transaction.

    Returns the ids of the cases that it was written for: not those whose lease was lost to somebody
    else, nor those of which this model version is already on record.
    """
    with transaction.atomic():
        cases = _still_mine([claim for claim, _ in results])
        mine = [(cases[claim.case_id], claim, said) for claim, said in results
                if claim.case_id in cases]  # fmt: skip
        known = set(
            Assessment.objects.filter(case__in=cases, round=F("case__round")).values_list(
                "case_id", "model_version"
            )
        )
        fresh = [row for row in mine if (row[0].pk, row[2].model_version) not in known]
        write_assessments(fresh)
        before = {case.pk: case.urgency for case in cases.values()}
        ranking.rerank(cases=[case for case, _, _ in fresh])
        Case.objects.filter(pk__in=cases).update(
            scoring_state=ScoringState.SCORED, scoring_lease_until=None, scoring_problem=""
        )
        record_all([scored(worker, *row, before[row[0].pk]) for row in fresh])
    return frozenset(case.pk for case, _, _ in fresh)


def record_assessment(*, worker: str, claim: Claim, result: ScoringResult) -> bool:
    """One case's, in a transaction of its own; False as for record_assessments."""
    return claim.case_id in record_assessments(worker=worker, results=[(claim, result)])


SCORING_FIELDS = ["scoring_state", "scoring_lease_until", "scoring_problem"]


def fail(*, worker: str, claim: Claim, problem: str) -> bool:
    """This attempt failed: wait for the next one, or park the case for a human after the last."""
    with transaction.atomic():
        case = _still_mine([claim]).get(claim.case_id)
        if case is None:
            return False
        _give_up_attempt(case, worker, problem)
    return True


def put_back(*, worker: str, claims: Sequence[Claim]) -> None:
    """Give claimed cases back untried, where something else than the cases is at fault."""
    with transaction.atomic():
        cases = _still_mine(list(claims)).values()
        for case in cases:
            _finish(case, ScoringState.WAITING)
            case.scoring_attempts -= 1
        Case.objects.bulk_update(cases, [*SCORING_FIELDS, "scoring_attempts"])
        record_all([
            entry(actor="worker", action="case.put_back", about=case, patient_id=case.patient_id,
                  worker=worker)
            for case in cases
        ])  # fmt: skip


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


def try_again(*, actor: User) -> int:
    """Let the parked cases of an administrator's clinic wait for the model again; how many.

    For when the cause is mended: they keep their place on the worklist until they are scored.
    """
    with transaction.atomic():
        failed = Case.objects.open().filter(
            scoring_state=ScoringState.FAILED, clinic_id=actor.clinic_id
        )
        cases = list(failed.select_for_update(skip_locked=True))
        Case.objects.filter(pk__in=[case.pk for case in cases]).update(
            scoring_state=ScoringState.WAITING, scoring_attempts=0, scoring_problem=""
        )
        record_all([
            entry(actor=actor, action="case.scoring_asked_again", about=case,
                  patient_id=case.patient_id)
            for case in cases
        ])  # fmt: skip
    return len(cases)


def report(*, worker: str, engine: str = "", model_version: str = "", problem: str = "") -> None:
    """A worker says that it lives, with what, or why it cannot score."""
    Worker.objects.update_or_create(
        name=worker,
        defaults={"seen_at": timezone.now(), "engine": engine, "model_version": model_version,
                  "problem": problem[:300]},
    )  # fmt: skip


def oldest_waiting_age() -> timedelta | None:
    """How long the longest-waiting unscored case has waited."""
    first = (
        Case.objects.filter(scoring_state__in=[ScoringState.WAITING, ScoringState.CLAIMED])
        .order_by("submitted_at")
        .values_list("submitted_at", flat=True)
        .first()
    )
    return None if first is None else timezone.now() - first


def claims_of(cases: list[Case], *, ahead: int = 0) -> list[Claim]:
    """What a worker needs of each case; `ahead`: by how much the rows' fences and attempts have
    grown since the cases were read."""
    prefetch_related_objects(cases, "photos", "patient", "lesion", "symptoms")
    return [
        Claim(
            case.pk, case.reference, case.scoring_fence + ahead, case.scoring_attempts + ahead,
            tuple(ClaimedPhoto(str(p.pk), p.file.name, p.sha256) for p in case.photos.all()),
            ranking.history_of(case),
        )
        for case in cases
    ]  # fmt: skip


def _still_mine(claims: list[Claim]) -> dict[int, Case]:
    """The claimed cases, locked, by id; not those that somebody else has claimed since."""
    fences = {claim.case_id: claim.fence for claim in claims}
    rows = (
        Case.objects.select_for_update(of=("self",))
        .select_related("patient", "lesion", "symptoms")
        .filter(pk__in=fences, scoring_state=ScoringState.CLAIMED)
        .order_by("pk")  # two workers lock in one order
    )
    return {case.pk: case for case in rows if case.scoring_fence == fences[case.pk]}


def _finish(case: Case, state: ScoringState, problem: str = "") -> None:
    case.scoring_state = state
    case.scoring_lease_until = None
    case.scoring_problem = problem[:300]


def _give_up_attempt(case: Case, worker: str, problem: str) -> None:
    last = case.scoring_attempts >= settings.SCORING_ATTEMPTS
    _finish(case, ScoringState.FAILED if last else ScoringState.WAITING, problem)
    case.save(update_fields=SCORING_FIELDS)
    if last:
        ranking.rerank(cases=[case])
    record(actor="worker", action="case.scoring_failed", about=case, patient_id=case.patient_id,
           result="failed", worker=worker, attempt=case.scoring_attempts,
           problem=problem[:300], parked=last)  # fmt: skip


def write_assessments(
    rows: Sequence[tuple[Case, Claim, ScoringResult]],
    history: Mapping[int, list[str]] | None = None,
) -> None:
    """With a finding for each photo; the caller holds the cases and records it. `history`: which
    models have scored each case before."""
    now, before = timezone.now(), history or {}
    assessments = Assessment.objects.bulk_create(
        assessment_of(
            case, claim, said, now, again=before.get(case.pk, []).count(said.model_version)
        )
        for case, claim, said in rows
    )
    PhotoFinding.objects.bulk_create(
        PhotoFinding(
            assessment=assessment, photo_id=photo.photo_id, probabilities=photo.probabilities,
            in_domain=photo.in_domain, activation_map=photo.activation_map,
            activation_label=photo.activation_label, embedding=photo.embedding,
            domain_score=photo.domain_score,
        )
        for assessment, (_, _, said) in zip(assessments, rows, strict=True)
        for photo in said.photos
    )  # fmt: skip


def assessment_of(
    case: Case, claim: Claim, said: ScoringResult, now: datetime, *, shadow: bool = False,
    again: int = 0,
) -> Assessment:  # fmt: skip
    """The row that is not written yet."""
    names = ScoringResult.__dataclass_fields__.keys() - {"photos", "history"}
    return Assessment(
        case=case, round=case.round, created_at=now, shadow=shadow, again=again,
        photo_sha256s=[photo.sha256 for photo in claim.photos],
        **{name: getattr(said, name) for name in names}, **_history_columns(said.history),
    )  # fmt: skip


def _history_columns(said: WithHistory | None) -> dict[str, object]:
    if said is None:
        return {}
    return {
        "facts": said.facts,
        "history_probabilities": said.probabilities,
        "history_melanoma_risk": said.melanoma_risk,
        "history_malignancy_risk": said.malignancy_risk,
        "history_melanoma_threshold": said.melanoma_threshold,
        "history_malignancy_threshold": said.malignancy_threshold,
        "history_moved": [[one.fact, one.melanoma, one.malignancy] for one in said.moved],
    }


def scored(
    worker: str,
    case: Case,
    claim: Claim,
    said: ScoringResult,
    before: int,
    action: str = "case.scored",
) -> Entry:
    """The ledger's entry on a result, not written yet: nothing clinical, see `result_sha256`."""
    return entry(
        actor="worker", action=action, about=case, patient_id=case.patient_id,
        worker=worker, model_version=said.model_version, artifact_sha256=said.artifact_sha256,
        engine=said.engine, preprocessing=said.preprocessing_version,
        thresholds=[said.melanoma_threshold, said.malignancy_threshold],
        photos=[photo.sha256 for photo in claim.photos],
        result_sha256=result_sha256(said, said.history), duration_ms=said.duration_ms,
        urgency=[before, case.urgency], rules_version=case.rules_version,
    )  # fmt: skip
