"""How the portal itself does its work: what waits, what is late, what failed, who scores."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Min, Q
from django.utils import timezone

from triage.models import Case, ScoringState, Worker
from triage.urgency import Urgency

DAY = timedelta(days=1)

# Of cases scored in the last day: from sending to the first result, and the model's own part.
SPEED = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds),
       percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms)
FROM (
    SELECT DISTINCT ON (c.id) said.duration_ms,
           extract(epoch FROM said.created_at - c.submitted_at)::float AS seconds
    FROM triage_assessment AS said JOIN triage_case AS c ON c.id = said.case_id
    WHERE NOT said.shadow AND said.round = 1 AND c.submitted_at >= %s
    ORDER BY c.id, said.created_at
) AS first
"""


@dataclass(frozen=True)
class Waiting:
    """Open cases of one urgency."""

    urgency: Urgency
    open: int
    late: int  # past their due time
    oldest: datetime | None  # sent when


@dataclass(frozen=True)
class Operations:
    waiting: tuple[Waiting, ...]
    unscored: int
    oldest_unscored: datetime | None
    failed: int  # open cases that the model gave up on
    sent: int  # in the last day
    failed_of_sent: int
    to_result: float | None  # seconds, median of the last day
    to_result_95: float | None
    model_ms: float | None  # median of a case
    workers: int  # seen lately
    able: int  # of them

    @property
    def open(self) -> int:
        return sum(one.open for one in self.waiting)

    @property
    def late(self) -> int:
        return sum(one.late for one in self.waiting)


def look() -> Operations:
    now = timezone.now()
    unscored = Q(scoring_state__in=[ScoringState.WAITING, ScoringState.CLAIMED])
    failed = Q(scoring_state=ScoringState.FAILED)
    total = Case.objects.aggregate(
        unscored=Count("pk", unscored),
        failed=Count("pk", failed & Q(answered_at__isnull=True)),
        sent=Count("pk", Q(submitted_at__gte=now - DAY)),
        failed_of_sent=Count("pk", failed & Q(submitted_at__gte=now - DAY)),
    )
    oldest = Case.objects.filter(unscored).order_by("submitted_at").values_list("submitted_at")
    first = oldest.first()
    median, slow, model = _speed(now - DAY)
    return Operations(
        waiting=_waiting(now),
        oldest_unscored=first[0] if first else None,
        to_result=median,
        to_result_95=slow,
        model_ms=model,
        workers=Worker.objects.seen_lately().count(),
        able=Worker.objects.able_to_score().count(),
        **total,
    )


def _waiting(now: datetime) -> tuple[Waiting, ...]:
    rows = {
        row["urgency"]: row
        for row in Case.objects.open()
        .filter(paused_at__isnull=True)
        .order_by()
        .values("urgency")
        .annotate(open=Count("pk"), late=Count("pk", Q(due_at__lt=now)), oldest=Min("submitted_at"))
    }
    return tuple(
        Waiting(urgency, row.get("open", 0), row.get("late", 0), row.get("oldest"))
        for urgency in Urgency
        for row in [rows.get(urgency, {})]
    )


def _speed(since: datetime) -> tuple[float | None, float | None, float | None]:
    with connection.cursor() as cursor:
        cursor.execute(SPEED, [since])
        return cursor.fetchone()
