"""Alarms: raised once, cleared when it is over, both in the ledger."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role, User
from portal.audit.models import Entry
from portal.state import free_port
from tests import cast
from tests.triage.safety.clinic import answered, scored
from triage import notifications, outbox, registry
from triage.models import (
    Case,
    Notification,
    NotificationKind,
    SafetyAlarm,
    ScoringState,
    Worker,
)
from triage.safety import board, watch

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> cast.Cast:
    """A clinic with an active model and a worker that can score."""
    found = cast.gather()
    cast.decide(cases_per_hour=1000)
    registry.found(worker="w", models=[registry.Found("test-1", "0" * 64, {})], default="test-1")
    Worker.objects.create(name="north", seen_at=timezone.now())
    return found


def standing() -> set[str]:
    return set(SafetyAlarm.objects.standing().values_list("name", flat=True))


def test_where_all_is_well_no_alarm_stands(people):
    scored(people, alarmed=False)
    watch.sweep()
    assert standing() == set()


def test_a_case_that_waits_too_long_raises_one_alarm_that_clears_when_it_is_scored(people):
    case = cast.send_case(people.patient)
    Case.objects.filter(pk=case.pk).update(submitted_at=timezone.now() - timedelta(minutes=3))
    watch.sweep()
    watch.sweep()
    assert standing() == {"stalled"}
    assert SafetyAlarm.objects.count() == 1
    Case.objects.filter(pk=case.pk).update(scoring_state=ScoringState.SCORED)
    watch.sweep()
    assert standing() == set()
    actions = Entry.objects.filter(action__startswith="safety.").order_by("pk")
    assert [entry.action for entry in actions] == ["safety.alarm_raised", "safety.alarm_cleared"]


def test_administrators_are_told_of_an_alarm_once_without_its_figures(people):
    cast.send_case(people.patient)
    Case.objects.update(submitted_at=timezone.now() - timedelta(minutes=3))
    watch.sweep()
    watch.sweep()
    told = Notification.objects.get(kind=NotificationKind.ALARM)
    assert told.user == people.administrator
    seen = notifications.line(told, people.administrator)
    assert (seen.text, seen.url) == ("The safety board raised an alarm.", reverse("triage:safety"))
    letter = outbox.letter_of(told)
    assert "/safety/" in letter.text
    assert "not scored" not in letter.text


def test_no_worker_and_no_model_are_alarms():
    watch.sweep()
    assert standing() == {"no-worker", "model"}


def test_many_failures_of_a_day_are_an_alarm(people):
    for _ in range(3):
        cast.send_case(people.patient)
    Case.objects.update(scoring_state=ScoringState.FAILED)
    watch.sweep()
    assert standing() == {"failures"}


def test_sensitivity_that_is_surely_too_low_is_an_alarm(people):
    for n in range(board.LEAST):
        answered(people, alarmed=n % 2 == 0, diagnosis="MEL")
    watch.sweep()
    assert standing() == {"sensitivity"}
    assert "10 of 20 cancers" in SafetyAlarm.objects.get().found


def test_every_alarm_that_can_be_raised_has_a_title(people):
    assert set(watch.look()) <= set(watch.titles())


def test_the_database_lets_one_alarm_of_a_name_stand(people):
    now = timezone.now()
    SafetyAlarm.objects.create(name="stalled", found="", raised_at=now)
    with pytest.raises(IntegrityError, match="safety_alarm_one_standing"), transaction.atomic():
        SafetyAlarm.objects.create(name="stalled", found="", raised_at=now)


def test_mails_that_do_not_go_out_raise_an_alarm_until_they_do(people, settings):
    there = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    scored(people, alarmed=False)
    Notification.objects.update(created_at=timezone.now() - timedelta(hours=1))
    watch.sweep()
    assert "mails" not in standing()  # nobody has tried yet
    assert outbox.deliver() == 0
    watch.sweep()
    assert "mails" in standing()
    settings.EMAIL_BACKEND = there
    outbox.deliver()
    watch.sweep()
    assert "mails" not in standing()


def test_open_cases_where_nobody_can_read_are_an_alarm_until_somebody_can(people):
    case = cast.send_case(people.patient)
    watch.sweep()
    assert not any(name.startswith(watch.NOBODY_READS) for name in standing())
    readers = User.objects.filter(clinic=people.clinic, role=Role.DERMATOLOGIST)
    readers.update(is_active=False)
    watch.sweep()
    watch.sweep()
    name = f"{watch.NOBODY_READS}{people.clinic.pk}"
    alarm = SafetyAlarm.objects.get(name=name)
    assert people.clinic.name in alarm.found and "open cases 1" in alarm.found
    told = Notification.objects.filter(kind=NotificationKind.ALARM, key=f"alarm-{alarm.pk}")
    assert [one.user for one in told] == [people.administrator]
    client = Client()
    client.force_login(people.administrator)
    shown = client.get(reverse("triage:safety")).content.decode()
    assert "Open cases lie in a clinic where nobody can read" in shown
    readers.update(is_active=True)
    watch.sweep()
    assert name not in standing() and case.answered_at is None
