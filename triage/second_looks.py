"""Scoring that no case waits for: by a model on trial, and by a newly active one of open cases.

Found from rows, without leases: one worker at a time does it, and only while nothing waits. What
is lost with a worker is found again.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from portal.audit.ledger import record_all
from triage import ranking
from triage.models import Assessment, Case, ModelVersion, Review, ScoringState
from triage.scoring import Claim, ScoringResult, assessment_of, claims_of, scored, write_assessments

BEFORE_TRIAL = timedelta(days=30)  # cases sent so long before a trial are scored in it too
LOCK = 0x7472_6961  # of Postgres: who holds it looks again

Results = Sequence[tuple[Claim, ScoringResult]]


@contextmanager
def only_worker() -> Iterator[bool]:
    """True where no other worker looks again at the moment; held by the database's session, so
    that it ends with a worker that is lost."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        held = cursor.fetchone()[0]
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def live_cases_wait() -> bool:
    return Case.objects.filter(scoring_state=ScoringState.WAITING).exists()


def left_for_trial(model: ModelVersion) -> QuerySet[Case]:
    """Cases that were scored since 30 days before the trial, and not in it yet."""
    tried = Assessment.with_shadow.filter(
        case=OuterRef("pk"), round=OuterRef("round"), model_version=model.version, shadow=True
    )
    return Case.objects.filter(
        ~Exists(tried), scoring_state=ScoringState.SCORED,
        submitted_at__gte=model.state_since - BEFORE_TRIAL,
    )  # fmt: skip


def scored_by_others(model: ModelVersion) -> QuerySet[Case]:
    """Open cases that stand by the word of another model: what was said last counts."""
    said = Assessment.objects.filter(case=OuterRef("pk"), round=OuterRef("round"))
    last = said.order_by("-created_at", "-pk").values("model_version")[:1]
    scored = Case.objects.open().filter(scoring_state=ScoringState.SCORED)
    return scored.annotate(last_by=Subquery(last)).exclude(last_by=model.version)


def left_to_rescore(model: ModelVersion) -> QuerySet[Case]:
    """Those of them that this model is to score again; not while a reader is busy with them."""
    if not model.rescores_open:
        return Case.objects.none()
    return _on_no_desk(scored_by_others(model))


def _on_no_desk(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Nobody reads them, or has begun to and seen what the model said."""
    revealed = Review.objects.drafts().filter(case=OuterRef("pk"), revealed_at__isnull=False)
    return cases.filter(~Exists(revealed)).exclude(reader_lease_until__gt=timezone.now())


def claims(cases: QuerySet[Case], *, limit: int, without: Collection[int]) -> list[Claim]:
    """The first of these by need, but for those that were tried in vain."""
    return claims_of(list(cases.exclude(pk__in=without).by_need()[:limit]))


def record_trial(*, worker: str, results: Results) -> int:
    """Keep what the model on trial said; nobody's place in the queue changes. Returns how many."""
    with transaction.atomic():
        cases = _unchanged(results)
        rows = [(cases[claim.case_id], claim, said) for claim, said in results
                if claim.case_id in cases]  # fmt: skip
        now = timezone.now()
        Assessment.with_shadow.bulk_create(
            [assessment_of(case, claim, said, now, shadow=True) for case, claim, said in rows],
            ignore_conflicts=True,
        )
        record_all([
            scored(worker, case, claim, said, case.urgency, action="case.scored_in_trial")
            for case, claim, said in rows
        ])  # fmt: skip
    return len(rows)


def record_rescoring(*, worker: str, results: Results) -> int:
    """Keep what the newly active model said of open cases and rank them anew: as ever, nothing
    lowers a clinician's urgency. Returns how many."""
    with transaction.atomic():
        cases = _unchanged(results)
        free = _on_no_desk(Case.objects.open()).filter(pk__in=cases)
        cases = {pk: cases[pk] for pk in free.values_list("pk", flat=True)}
        history = _said_by(cases)
        rows = [
            (cases[claim.case_id], claim, said)
            for claim, said in results
            if claim.case_id in cases and history[claim.case_id][-1:] != [said.model_version]
        ]
        write_assessments(rows, history)
        before = {case.pk: case.urgency for case, _, _ in rows}
        ranking.rerank(cases=[case for case, _, _ in rows])
        record_all([scored(worker, *row, before[row[0].pk], "case.rescored") for row in rows])
    return len(rows)


def _said_by(cases: Collection[int]) -> dict[int, list[str]]:
    """Which models have scored the photos that each case has now, in turn."""
    history: dict[int, list[str]] = {pk: [] for pk in cases}
    rows = Assessment.objects.filter(case__in=cases, round=F("case__round"))
    for pk, version in rows.order_by("created_at", "pk").values_list("case_id", "model_version"):
        history[pk].append(version)
    return history


def _unchanged(results: Results) -> dict[int, Case]:
    """The cases, locked, by id; not those that wait for the model again since they were read."""
    fences = {claim.case_id: claim.fence for claim, _ in results}
    rows = (
        Case.objects.select_for_update(of=("self",))
        .select_related("patient", "lesion", "symptoms")
        .filter(pk__in=fences, scoring_state=ScoringState.SCORED)
        .order_by("pk")
    )
    return {case.pk: case for case in rows if case.scoring_fence == fences[case.pk]}
