"""Questions to the ledger."""

from datetime import timedelta

import pytest
from django.db import transaction

from portal.audit.ledger import record, record_denied
from portal.audit.models import Entry
from tests import cast


@pytest.fixture
def people(database):
    return cast.gather()


def note(actor, action, **kwargs) -> Entry:
    with transaction.atomic():
        return record(actor=actor, action=action, **kwargs)


def test_a_patient_learns_who_else_has_looked_at_the_photos(people):
    photo = {"object_type": "photo", "object_id": "p1", "patient_id": 5, "case": "K1"}
    first = note(people.dermatologist, "photo.viewed", **photo)
    note(people.patient, "photo.viewed", **photo)
    note(people.dermatologist, "case.viewed", patient_id=5)
    note(people.dermatologist, "photo.viewed", **{**photo, "patient_id": 6})
    record_denied(actor=people.outsider, action="photo.viewed", patient_id=5)
    second = note(people.dermatologist2, "photo.viewed", **photo)
    looks = Entry.objects.looks_at_photos(5)
    assert [(look.pk, look.actor.name, look.detail["case"]) for look in looks] == [
        (second.pk, "dermatologist2", "K1"),
        (first.pk, "dermatologist", "K1"),
    ]


def test_the_history_of_a_case_is_what_names_it(people):
    note("worker", "case.scored", object_type="case", object_id="K1")
    note("worker", "case.scored", object_type="case", object_id="K2")
    note("worker", "photo.viewed", object_type="photo", object_id="K1")
    assert Entry.objects.about("case", "K1").count() == 1


def test_an_entry_outlives_the_account_of_its_actor(database, people):
    entry = note(people.outsider, "case.viewed")
    database.tamper("DELETE FROM accounts_user WHERE id = %s", (people.outsider.pk,))
    kept = Entry.objects.select_related("actor").get(pk=entry.pk)
    assert (kept.actor, kept.actor_id) == (None, people.outsider.pk)


def test_a_range_holds_its_beginning_and_not_its_end(database):
    at = note("worker", "case.scored").at
    tick = timedelta(microseconds=1)
    assert Entry.objects.between(at, at + tick).exists()
    assert not Entry.objects.between(at - tick, at).exists()
    assert Entry.objects.between(None, None).exists()


def test_the_known_actions_are_listed_once_each(database):
    assert Entry.objects.actions() == []
    for action in ("case.viewed", "case.scored", "case.viewed", "a.first"):
        note("worker", action)
    assert Entry.objects.actions() == ["a.first", "case.scored", "case.viewed"]


@pytest.fixture(scope="module")
def much(shared_database):
    shared_database.tamper(
        "INSERT INTO audit_entry (at, actor_id, actor_role, action, patient_id, object_type,"
        " object_id, result, detail) SELECT timestamptz '2026-01-01' + n * interval '1 second',"
        " n % 500, 'patient', 'case.viewed', n % 700, 'case', 'K' || n % 900, 'done', '{}'"
        " FROM generate_series(1, 20000) AS n"
    )
    shared_database.query("ANALYZE audit_entry")


@pytest.mark.parametrize(
    ("question", "index"),
    [
        (lambda found: found, "audit_entry_at"),
        (lambda found: found.by(3), "audit_entry_actor"),
        (lambda found: found.of_patient(3), "audit_entry_patient"),
        (lambda found: found.doing("rare.done"), "audit_entry_action"),
        (lambda found: found.about("case", "K7"), "audit_entry_object"),
        (lambda found: found.ending("denied"), "audit_entry_result"),
    ],
)
def test_each_question_reads_its_index_not_the_table(much, question, index):
    middle = Entry.objects.all()[10000]
    plan = question(Entry.objects.all()).older_than(middle).newest_first()[:51].explain()
    assert index in plan
    assert "Seq Scan" not in plan
