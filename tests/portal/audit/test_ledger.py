"""What is recorded, when it is refused, and that nothing happens when it can't be."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, InternalError, ProgrammingError, transaction
from django.utils import timezone

from portal.accounts.models import Clinic, Role
from portal.audit.ledger import NotInTransaction, record, record_denied
from portal.audit.models import Entry, Link, Result
from tests.cast import person


@pytest.fixture
def clinic(database):
    return Clinic.objects.create(name="North")


def test_an_entry_says_who_did_what_to_what(clinic):
    user = person("dermatologist", Role.DERMATOLOGIST, clinic)
    with transaction.atomic():
        record(actor=user, action="clinic.viewed", about=clinic, patient_id=7, before=1, after=None)
    entry = Entry.objects.get()
    assert (entry.actor, entry.actor_role) == (user, "dermatologist")
    assert (entry.object_type, entry.object_id) == ("clinic", str(clinic.pk))
    assert (entry.action, entry.patient_id, entry.result) == ("clinic.viewed", 7, Result.DONE)
    assert entry.detail == {"before": 1, "after": None}


def test_a_part_of_the_system_and_a_stranger_are_named_by_role(database):
    with transaction.atomic():
        record(actor="worker", action="case.scored")
        record(actor=AnonymousUser(), action="case.viewed")
    found = Entry.objects.order_by("id").values_list("actor_id", "actor_role")
    assert list(found) == [(None, "worker"), (None, "anonymous")]


def test_outside_a_transaction_nothing_is_recorded(database):
    with pytest.raises(NotInTransaction):
        record(actor="worker", action="case.scored")
    assert not Entry.objects.exists()


def test_an_entry_goes_when_its_transaction_does(clinic):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(actor="worker", action="case.scored")
        raise ZeroDivisionError
    assert not Entry.objects.exists()
    assert not Link.objects.exists()


def test_the_database_sets_the_time_whatever_is_sent(database):
    before = timezone.now()
    with transaction.atomic():
        returned = Entry.objects.create(
            at=before.replace(year=2001), actor_role="worker", action="case.scored"
        )
    kept = Entry.objects.get(pk=returned.pk).at
    assert abs((kept - before).total_seconds()) < 60


def test_the_time_that_record_returns_is_the_one_kept(database):
    with transaction.atomic():
        returned = record(actor="worker", action="case.scored")
    assert returned.at == Entry.objects.get().at


@pytest.mark.parametrize("action", ["", "viewed", "Case.Viewed", "case viewed", "case."])
def test_an_action_is_a_noun_and_a_verb(database, action):
    with pytest.raises(DatabaseError), transaction.atomic():
        record(actor="worker", action=action)


def test_failed_access_stays_on_record_though_the_request_fails(database):
    record_denied(actor="anonymous", action="case.viewed", object_type="case", object_id="ABC")
    entry = Entry.objects.get()
    assert (entry.result, entry.object_id) == (Result.DENIED, "ABC")
    assert Link.objects.get().entry_id == entry.pk


def test_failed_access_is_not_recorded_where_it_would_be_rolled_back(database):
    with pytest.raises(RuntimeError), transaction.atomic():
        record_denied(actor="anonymous", action="case.viewed")


def test_a_made_up_address_of_any_length_is_recorded(database):
    record_denied(actor="anonymous", action="case.viewed", object_id="A\0" + "x" * 500)
    assert Entry.objects.get().object_id == "A" + "x" * 63


def rename(clinic: Clinic) -> None:
    """Any change of the product: the row and its entry in one transaction."""
    with transaction.atomic():
        clinic.name = "South"
        clinic.save(update_fields=["name"])
        record(actor="worker", action="clinic.renamed", about=clinic)


def test_a_change_that_cannot_be_recorded_does_not_happen(database, clinic):
    database.query("REVOKE INSERT ON audit_entry FROM lesions_app", role="lesions_owner")
    database.query(
        "REVOKE INSERT (at, actor_id, actor_role, action, patient_id, object_type, object_id,"
        " result, detail) ON audit_entry FROM lesions_app",
        role="lesions_owner",
    )
    with pytest.raises(ProgrammingError, match="permission denied"):
        rename(clinic)
    clinic.refresh_from_db()
    assert clinic.name == "North"


def test_a_change_that_cannot_be_chained_does_not_happen(database, clinic):
    database.tamper("DELETE FROM audit_head")
    with pytest.raises((InternalError, DatabaseError), match="no rows"):
        rename(clinic)
    clinic.refresh_from_db()
    assert clinic.name == "North"
    assert not Entry.objects.exists()
