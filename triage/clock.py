"""The clinic's clock: what is due, what was missed and who is told of it, what will be missed.

Due times are written with a case's place (triage/ranking.py). Pauses are triage/retakes.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef
from django.utils import timezone

from portal.accounts.models import Clinic, User
from portal.audit.ledger import entry, record, record_all
from portal.celery import wake
from triage import duty, notifications, priority, ranking, reranking, rulebook
from triage.forecast import Day, Group, Rates, forecast
from triage.models import Breach, Case, Holiday, NotificationKind, Review
from triage.urgency import Urgency

MEASURED = timedelta(days=14)  # over which rates are measured
AT_ONCE = 500  # cases in one escalation


class NotAllowed(Exception):
    """Only an administrator keeps the holidays."""


class KnownDay(Exception):
    """This day is on the list already."""


@dataclass(frozen=True)
class Row:
    """One urgency on the clock page; numbers of cases."""

    urgency: Urgency
    breached: int
    today: int  # due, and still to be read in time
    tomorrow: int
    later: int
    paused: int  # wait for photos

    @property
    def open(self) -> int:
        return self.breached + self.today + self.tomorrow + self.later + self.paused


@dataclass(frozen=True)
class Clock:
    """Everything that the clock page shows; no case of it."""

    rows: tuple[Row, ...]
    days: tuple[Day, ...]
    rates: Rates
    measured_days: int  # over which the rates were measured
    since: datetime  # the first of those
    breaches: int  # noticed since then


def look(*, actor: User, now: datetime | None = None) -> Clock:
    """The clock of the reader's clinic. For staff; numbers only."""
    now = now or timezone.now()
    groups = [
        (Group(urgency, due_at, count), paused)
        for paused, urgency, due_at, count in _open(actor.clinic_id)
        .order_by("paused", "urgency", "due_at")
        .values_list("paused", "urgency", "due_at")
        .annotate(count=Count("pk"))
    ]
    queue = [group for group, paused in groups if not paused]
    rates, days = _rates(actor.clinic_id, now)
    rules, holidays = rulebook.current().rules, ranking.days_off()
    expected = forecast(
        queue, rates, now=now, zone=timezone.get_current_timezone(),
        due=lambda at, urgency: priority.due_at(at, urgency, rules=rules, holidays=holidays),
    )  # fmt: skip
    since = now - timedelta(days=days)
    missed = Breach.objects.filter(case__clinic_id=actor.clinic_id, noticed_at__gte=since)
    return Clock(rows_of(groups, now), expected, rates, days, since, missed.count())


def rows_of(groups: Sequence[tuple[Group, bool]], now: datetime) -> tuple[Row, ...]:
    """Counts by urgency; a group comes with whether it waits for photos."""
    today = timezone.localtime(now).date()
    found = {urgency: dict.fromkeys(_WHEN, 0) for urgency in Urgency}
    for group, paused in groups:
        found[Urgency(group.urgency)][_when(group, paused, now, today)] += group.count
    return tuple(Row(urgency, **counts) for urgency, counts in found.items())


_WHEN = ("breached", "today", "tomorrow", "later", "paused")


def _when(group: Group, paused: bool, now: datetime, today: date) -> str:
    if paused:
        return "paused"
    if group.due_at < now:
        return "breached"
    ahead = (timezone.localtime(group.due_at).date() - today).days
    return ("today", "tomorrow")[ahead] if ahead < 2 else "later"


def escalate() -> int:
    """Tell who is on duty of each case that is past its time, once for each due time. How many."""
    now, noticed = timezone.now(), 0
    late = _late(now).filter(clinic=OuterRef("pk"))
    for clinic_id in Clinic.objects.filter(Exists(late)).values_list("pk", flat=True):
        with transaction.atomic():
            clinic = Clinic.objects.filter(pk=clinic_id)
            # The clinic's row is the lock: another sweep passes it by.
            if clinic.select_for_update(skip_locked=True, no_key=True).first():
                noticed += _escalate(clinic_id, now)
    return noticed


def _escalate(clinic_id: int, now: datetime) -> int:
    cases = list(_late(now).filter(clinic_id=clinic_id).by_need()[:AT_ONCE])
    if not cases:
        return 0
    breaches = Breach.objects.bulk_create(
        Breach(case=case, due_at=case.due_at, urgency=case.urgency, noticed_at=now)
        for case in cases
    )
    called = duty.on_duty(clinic_id, now) or duty.administrators(clinic_id)
    notifications.notify_all(
        users=called, kind=NotificationKind.BREACH, key=f"breach-{breaches[-1].pk}",
        count=len(breaches),
    )  # fmt: skip
    record_all([
        entry(actor="scheduler", action="case.breached", about=case, patient_id=case.patient_id,
              due_at=case.due_at.isoformat(), urgency=case.urgency,
              told=[user.pk for user in called])
        for case in cases
    ])  # fmt: skip
    return len(breaches)


def _late(now: datetime):
    known = Breach.objects.filter(case=OuterRef("pk"), due_at=OuterRef("due_at"))
    late = Case.objects.open().filter(paused=False, due_at__lt=now)
    return late.exclude(Exists(known)).defer("notes_index")


def _open(clinic_id: int):
    return Case.objects.open().filter(clinic_id=clinic_id)


def _rates(clinic_id: int, now: datetime) -> tuple[Rates, int]:
    """And over how many days they were measured: not from before there was a case."""
    came = Case.objects.filter(clinic_id=clinic_id, submitted_at__gte=now - MEASURED).order_by()
    arrivals = list(
        came.values_list("urgency").annotate(count=Count("pk"), first=Min("submitted_at"))
    )
    first = min((since for _, _, since in arrivals), default=now)
    days = max(1, min(MEASURED.days, -(-(now - first) // timedelta(days=1))))
    signed = Review.objects.signed().filter(version=1, case__clinic_id=clinic_id)
    read = signed.filter(signed_at__gte=now - timedelta(days=days)).order_by().count()
    return Rates(read / days, {urgency: count / days for urgency, count, _ in arrivals}), days


def add_holiday(*, actor: User, day: date, name: str) -> Holiday:
    """A day more that is no working day; open cases get the time when they are ranked anew, within
    a minute. Raises NotAllowed, KnownDay."""
    if not (actor.is_active and actor.is_administrator):
        raise NotAllowed
    with transaction.atomic():
        holiday, added = Holiday.objects.get_or_create(day=day, defaults={"name": name.strip()})
        if not added:
            raise KnownDay
        moved = _rank_anew(day)
        record(actor=actor, action="holiday.added", about=holiday, day=day.isoformat(),
               cases=moved)  # fmt: skip
    return holiday


def remove_holiday(*, actor: User, holiday_id: int) -> bool:
    """A working day after all. False where it was gone before. Raises NotAllowed."""
    if not (actor.is_active and actor.is_administrator):
        raise NotAllowed
    with transaction.atomic():
        holiday = Holiday.objects.select_for_update().filter(pk=holiday_id).first()
        if holiday is None:
            return False
        day = holiday.day
        record(actor=actor, action="holiday.removed", about=holiday, day=day.isoformat())
        holiday.delete()
        _rank_anew(day)
    return True


def _rank_anew(day: date) -> int:
    """Soon, due times of the open cases that the day lies in; only 'soon' counts working days."""
    transaction.on_commit(partial(wake, "triage.tasks.rank_anew"))
    return reranking.soon(
        Case.objects.filter(
            urgency__lte=Urgency.SOON, submitted_at__date__lte=day, due_at__date__gte=day
        )
    )
