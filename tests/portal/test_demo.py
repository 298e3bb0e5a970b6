"""The demonstration's accounts and cases."""

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from portal.accounts.models import User
from portal.management.commands import demo
from triage import patients, rulebook
from triage.models import (
    Case,
    Lesion,
    PathologyResult,
    Photo,
    Review,
    SecondReading,
    Thread,
)
from triage.urgency import Urgency


@pytest.fixture
def demonstration(db, settings):
    settings.DEMO = True
    settings.DEMO_PASSWORD = "first passphrase"
    settings.STAFF_MFA_REQUIRED = False


def test_where_there_may_be_real_patients_it_refuses(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo")
    assert not User.objects.exists()


def test_without_a_password_it_says_what_to_set(demonstration, settings):
    settings.DEMO_PASSWORD = ""
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        call_command("demo")


def test_it_makes_people_who_can_log_in_and_cases_that_are_ranked(
    demonstration, settings, client, capsys
):
    call_command("demo")
    for person in demo.PEOPLE:
        answer = client.post(
            "/api/v1/token/",
            {"email": person.email, "password": "first passphrase"},
            content_type="application/json",
        )
        assert answer.status_code == 201, person.email
    first = User.objects.get(email="patient@example.org")
    assert set(patients.consents(patients.patient_of(first))) == {"care", "improvement"}
    assert rulebook.current().site.cases_per_hour == 500
    assert Case.objects.count() == len(demo.SAMPLES)
    assert Photo.objects.count() == sum(len(sample.photos) for sample in demo.SAMPLES)
    assert Case.objects.filter(urgency=Urgency.EMERGENCY).count() == 1
    assert len(set(Case.objects.values_list("urgency", flat=True))) >= 3

    capsys.readouterr()
    settings.DEMO_PASSWORD = "second passphrase"
    references = set(Case.objects.values_list("reference", flat=True))
    patients.withdraw_consent(actor=first, patient=first.patient, kind="improvement")
    call_command("demo")
    assert set(Case.objects.values_list("reference", flat=True)) == references
    assert set(patients.consents(first.patient)) == {"care"}
    assert User.objects.get(pk=first.pk).check_password("second passphrase")
    assert "New password for patient@example.org" in capsys.readouterr().out


def test_the_clinic_has_lived_a_few_days(demonstration):
    call_command("demo")
    assert Review.objects.signed().count() == 2
    assert Case.objects.filter(paused_at__isnull=False).count() == 1
    assert SecondReading.objects.waiting().count() >= 1
    assert PathologyResult.objects.filter(told_at__isnull=False).count() == 1
    assert Thread.objects.filter(waiting_since__isnull=False).count() == 1
    lesions = Lesion.objects.annotate(sent=Count("cases")).filter(sent=2)
    assert lesions.count() == 1, "one mole was sent twice"
