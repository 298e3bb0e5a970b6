"""Records go when their time is over, and not a day before; holds and open cases keep them."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import Role, User
from portal.audit.models import Entry
from tests import cast
from tests.triage.records import answer
from triage import erasure, patients, retention
from triage.models import Case, Erasure, ErasureGround, Patient, Review
from triage.tasks import keep_no_longer

pytestmark = pytest.mark.django_db


def last_here(user: User, years_ago: float) -> Patient:
    """As if this patient had not been here for so long."""
    then = timezone.now() - timedelta(days=365.25 * years_ago)
    User.objects.filter(pk=user.pk).update(date_joined=then, last_login=then)
    patient = patients.patient_of(user)
    patient.cases.update(submitted_at=then)
    return patient


def over() -> list[Patient]:
    return list(retention.due(by=timezone.localdate()))


def test_a_record_is_over_its_time_eight_years_after_the_last_contact(people):
    patient = last_here(people.patient, 8.1)
    last_here(people.patient2, 7.9)
    assert over() == [patient]


def test_the_clinic_decides_how_many_years(people):
    patient = last_here(people.patient, 8.1)
    cast.decide(keep_records_years=10)
    assert over() == []
    cast.decide(keep_records_years=3)
    later = timezone.localdate() + retention.NOTICE + timedelta(days=1)
    assert list(retention.due(by=later)) == [patient]


def test_a_shorter_time_erases_nothing_before_there_was_time_to_undo_it(people):
    patient = last_here(people.patient, 5)
    cast.decide(keep_records_years=1)
    assert retention.carry_out_due() == 0
    first = timezone.localdate() + retention.NOTICE + timedelta(days=1)
    assert retention.shortened() == (1, first)
    ahead = timezone.localdate() + retention.AHEAD
    [due] = retention.read_due(actor=people.administrator, patients=list(retention.due(by=ahead)))
    assert (due.patient_number, due.on, due.over) == (patient.pk, first, False)
    cast.decide(keep_records_years=8)
    assert retention.shortened() is None
    assert list(retention.due(by=ahead)) == []


def test_the_list_says_from_when_on_a_shorter_time_holds(people, client):
    client.force_login(people.administrator)
    address = reverse("triage:retention")
    assert "Until then it can be undone" not in client.get(address).content.decode()
    cast.decide(keep_records_years=3)
    page = client.get(address).content.decode()
    assert "it is 3 years, as the rules now say" in page


@pytest.mark.parametrize("contact", ["log-in", "sending", "answer"])
def test_every_contact_counts(people, contact):
    case = cast.send_case(people.patient)
    answer(people, case)
    patient = last_here(people.patient, 9)
    long_ago = timezone.now() - timedelta(days=365 * 9)
    if contact != "answer":  # signed now, unless this is what counts
        pretend_signed(case, long_ago)
        assert over() == [patient]
    if contact == "log-in":
        User.objects.filter(pk=people.patient.pk).update(last_login=timezone.now())
    if contact == "sending":
        Case.objects.filter(pk=case.pk).update(submitted_at=timezone.now())
    assert over() == []


def pretend_signed(case: Case, when: datetime) -> None:
    """What the database refuses for good reason: only a test may turn back time."""
    from django.db import connection

    table = Review._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER review_signed_is_final")
        Review.objects.filter(case=case).update(signed_at=when)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER review_signed_is_final")


def test_a_young_patient_s_record_is_kept_until_they_are_twenty_five(people):
    patient = last_here(people.patient, 8.1)
    today = timezone.localdate()
    Patient.objects.filter(pk=patient.pk).update(birth_date=date(today.year - 24, 1, 1))
    assert over() == []
    Patient.objects.filter(pk=patient.pk).update(birth_date=date(today.year - 26, 1, 1))
    assert over() == [patient]


def test_the_list_says_the_day_and_what_keeps_a_record_without_a_clinical_word(people):
    patient = last_here(people.patient, 8.1)
    cast.send_case(people.patient)
    last_here(people.patient, 8.1)
    erasure.place_hold(
        actor=people.administrator, patient=patient, ground="claim", reason="A claim"
    )
    [due] = retention.read_due(actor=people.administrator, patients=over())
    assert due.over and due.held and due.waiting and due.cases == 1
    assert due.on == date(due.last_contact.year + 8, due.last_contact.month, due.last_contact.day)
    assert Entry.objects.get(action="retention.listed").detail["patients"] == [patient.pk]


def test_the_list_looks_ahead(people):
    last_here(people.patient, 7.9)
    ahead = timezone.localdate() + retention.AHEAD
    [due] = retention.read_due(actor=people.administrator, patients=list(retention.due(by=ahead)))
    assert not due.over


def test_what_is_over_its_time_is_erased_by_the_scheduler_and_told(
    people, mailoutbox, django_capture_on_commit_callbacks
):
    patient = last_here(people.patient, 8.1)
    with django_capture_on_commit_callbacks(execute=True):
        keep_no_longer()
    assert not Patient.objects.filter(pk=patient.pk).exists()
    assert Patient.objects.count() == 1
    done = Erasure.objects.get()
    assert (done.ground, done.approved_by) == (ErasureGround.RETENTION, None)
    assert Entry.objects.get(action="erasure.carried_out").actor_role == "scheduler"
    assert len(mailoutbox) == 1


def test_holds_and_unanswered_cases_keep_a_record(people):
    held = last_here(people.patient, 9)
    erasure.place_hold(actor=people.administrator, patient=held, ground="claim", reason="A claim")
    cast.send_case(people.patient2)
    last_here(people.patient2, 9)
    assert retention.carry_out_due() == 0
    assert Patient.objects.count() == 2
    assert not Erasure.objects.exists(), "nothing stands that would be carried out later unasked"


def test_a_result_that_nobody_told_keeps_a_record(people):
    from tests.triage.test_erasure import result_for

    case = cast.send_case(people.patient)
    answer(people, case)
    result_for(case, people.dermatologist)
    last_here(people.patient, 9)
    pretend_signed(case, timezone.now() - timedelta(days=365 * 9))
    [due] = retention.read_due(actor=people.administrator, patients=over())
    assert due.waiting
    assert retention.carry_out_due() == 0
    assert not Erasure.objects.exists()


def test_an_account_that_has_worked_here_is_left_to_people(people):
    patient = last_here(people.patient, 9)
    Entry.objects.bulk_create(
        [Entry(actor_id=people.patient.pk, actor_role="dermatologist", action="case.viewed")]
    )
    assert retention.carry_out_due() == 0
    assert Patient.objects.filter(pk=patient.pk).exists()


def test_one_run_erases_a_few_the_longest_over_first(people, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    users = [people.patient, people.patient2, cast.person("p3", Role.PATIENT, people.clinic)]
    kept, *gone = [last_here(user, years) for user, years in zip(users, (9, 10, 11), strict=True)]
    assert retention.carry_out_due() == 2
    assert set(Patient.objects.values_list("pk", flat=True)) == {kept.pk}
    assert retention.carry_out_due() == 1
