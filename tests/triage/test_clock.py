"""The clinic's clock: what is due, days off, and cases past their time told once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from portal.accounts.models import Role, User
from portal.audit.models import Entry
from tests import cast
from triage import clock, duty, outbox, reranking, retakes, worklist
from triage.models import Breach, Case, Notification, NotificationKind

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def case(people, *, due: datetime, **fields: object) -> Case:
    sent = cast.send_case(people.patient)
    Case.objects.filter(pk=sent.pk).update(due_at=due, **fields)
    return Case.objects.get(pk=sent.pk)


def told(user) -> int:
    return Notification.objects.filter(user=user, kind=NotificationKind.BREACH).count()


def test_a_missed_time_is_told_once_to_who_is_on_duty(people):
    now = timezone.now()
    duty.add(actor=people.dermatologist, user=people.dermatologist2, starts_at=now - HOUR,
             ends_at=now + HOUR)  # fmt: skip
    late = case(people, due=now - HOUR)
    case(people, due=now + HOUR)
    assert clock.escalate() == 1
    assert clock.escalate() == 0
    assert (told(people.dermatologist), told(people.dermatologist2)) == (0, 1)
    assert Breach.objects.get().case == late
    entry = Entry.objects.doing("case.breached").get()
    assert entry.detail["told"] == [people.dermatologist2.pk]


def test_with_nobody_on_duty_every_dermatologist_of_the_clinic_is_told(people):
    case(people, due=timezone.now() - HOUR)
    case(people, due=timezone.now() - HOUR)
    assert clock.escalate() == 2
    assert told(people.dermatologist) == told(people.dermatologist2) == 1  # of both, in one
    assert told(people.outsider) == 0
    assert Notification.objects.filter(user=people.dermatologist).get().count == 2


def test_where_nobody_reads_any_more_administrators_are_told(people):
    case(people, due=timezone.now() - HOUR)
    User.objects.filter(role=Role.DERMATOLOGIST, clinic=people.clinic).update(is_active=False)
    assert clock.escalate() == 1
    assert told(people.administrator) == 1
    assert told(people.outsider) == 0


def test_the_mail_of_a_missed_time_says_nothing_of_the_case(people):
    late = case(people, due=timezone.now() - HOUR)
    Notification.objects.all().delete()
    clock.escalate()
    outbox.deliver()
    for letter in mail.outbox:
        assert late.reference not in letter.body
        assert people.patient.name not in letter.subject + letter.body
        assert "/clock/" in letter.body


def test_another_due_time_that_is_missed_is_told_again(people):
    late = case(people, due=timezone.now() - 3 * HOUR)
    clock.escalate()
    Case.objects.filter(pk=late.pk).update(due_at=timezone.now() - HOUR)
    assert clock.escalate() == 1
    assert Breach.objects.count() == 2


def test_a_case_that_waits_for_photos_misses_nothing(people):
    sent = case(people, due=timezone.now() + HOUR)
    worklist.claim(actor=people.dermatologist, case=sent)
    retakes.ask(actor=people.dermatologist, case=sent, reasons=["dark"])
    Case.objects.update(due_at=timezone.now() - HOUR)
    assert clock.escalate() == 0


def test_the_page_counts_each_open_case_once(people):
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    case(people, due=noon - HOUR, urgency=1)
    case(people, due=noon + HOUR, urgency=2)
    case(people, due=noon + timedelta(days=1), urgency=2)
    case(people, due=noon + timedelta(days=3), urgency=3)
    case(people, due=noon - HOUR, urgency=3, paused_at=noon)
    case(people, due=noon - HOUR, urgency=4, answered_at=noon)
    seen = clock.look(actor=people.dermatologist, now=noon)
    facts = {row.urgency: (row.breached, row.today, row.tomorrow, row.later, row.paused)
             for row in seen.rows if row.open}  # fmt: skip
    assert facts == {1: (1, 0, 0, 0, 0), 2: (0, 1, 1, 0, 0), 3: (0, 0, 0, 1, 1)}
    assert sum(row.open for row in seen.rows) == Case.objects.open().count()
    assert len(clock.look(actor=people.outsider, now=noon).rows) == 5
    assert not any(row.open for row in clock.look(actor=people.outsider, now=noon).rows)


def test_a_day_off_gives_open_cases_the_time_and_takes_it_back(people):
    sent = case(people, due=timezone.now())
    friday = datetime(2026, 11, 6, 12, 30, tzinfo=UTC)
    wednesday = datetime(2026, 11, 11, 12, tzinfo=UTC)
    Case.objects.filter(pk=sent.pk).update(submitted_at=friday, urgency=2, due_at=wednesday)
    holiday = clock.add_holiday(actor=people.administrator, day=date(2026, 11, 9), name="Jubilee")
    assert reranking.rank_anew() == 1
    assert Case.objects.get().due_at == datetime(2026, 11, 12, 12, tzinfo=UTC)
    assert clock.remove_holiday(actor=people.administrator, holiday_id=holiday.pk)
    assert reranking.rank_anew() == 1
    assert Case.objects.get().due_at == wednesday
    assert reranking.rank_anew() == 0
    with pytest.raises(clock.NotAllowed):
        clock.add_holiday(actor=people.dermatologist, day=date(2026, 11, 9), name="Jubilee")


def test_a_day_off_is_on_the_list_once(people):
    clock.add_holiday(actor=people.administrator, day=date(2026, 12, 25), name="Christmas Day")
    with pytest.raises(clock.KnownDay):
        clock.add_holiday(actor=people.administrator, day=date(2026, 12, 25), name="Again")
