"""The administrator's console: found by actor, patient, action and time; nobody else sees it."""

import csv
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record, record_denied
from portal.audit.models import Entry, Result
from portal.audit.reading import PAGE
from tests import cast
from triage.patients import patient_of

LEDGER, EXPORT, VERIFY = "/audit/", "/audit/export/", "/audit/verify/"


@pytest.fixture
def people(database, settings):
    settings.STAFF_MFA_REQUIRED = False
    return cast.gather()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def administrator(people) -> Client:
    return signed_in(people.administrator)


def note(actor, action="case.viewed", **kwargs) -> Entry:
    with transaction.atomic():
        return record(actor=actor, action=action, **kwargs)


def shown(response) -> list[Entry]:
    assert response.status_code == 200, response.content.decode()
    return response.context["entries"]


def asked(client: Client, **fields: str):
    """Fill in the search form, and what it leads to."""
    return client.post(LEDGER, fields, follow=True)


@pytest.mark.parametrize("who", ["patient", "dermatologist"])
def test_whoever_is_no_administrator_finds_no_such_page_and_is_recorded(people, who):
    user = getattr(people, who)
    client = signed_in(user)
    for address, name in ((LEDGER, "search"), (EXPORT, "export"), (VERIFY, "verify")):
        for method in (client.get, client.post, client.delete):
            assert method(address).status_code == 404
            attempt = Entry.objects.newest_first().first()
            assert (attempt.actor, attempt.result) == (user, Result.DENIED)
            assert (attempt.object_type, attempt.object_id) == ("page", f"audit:{name}")


def test_a_stranger_is_asked_to_log_in(database):
    for address in (LEDGER, EXPORT, VERIFY):
        response = Client().get(address)
        assert response.status_code == 302
        assert response.url.startswith(reverse("account_login"))


def test_looking_at_the_ledger_is_in_the_ledger(people, administrator):
    administrator.get(LEDGER, {"patient": 12})
    looked = Entry.objects.newest_first().first()
    assert (looked.actor, looked.action) == (people.administrator, "ledger.listed")
    assert (looked.patient_id, looked.detail["search"]) == (12, {"patient": "12"})


def test_what_cannot_be_recorded_is_not_shown(database, people, administrator):
    columns = "at, actor_id, actor_role, action, patient_id, object_type, object_id, result, detail"
    database.query(f"REVOKE INSERT ({columns}) ON audit_entry FROM lesions_app")
    administrator.raise_request_exception = False
    assert administrator.get(LEDGER).status_code == 500
    assert administrator.get(EXPORT).status_code == 500


def test_a_search_by_e_mail_address_leads_to_an_address_without_it(people, administrator):
    note(people.dermatologist, patient_id=patient_of(people.patient).pk)
    note(people.dermatologist2, patient_id=patient_of(people.patient2).pk)
    response = asked(
        administrator, actor=people.dermatologist.email.upper(), patient=people.patient.email
    )
    number = patient_of(people.patient).pk
    query = {"actor": people.dermatologist.pk, "patient": number}
    assert response.redirect_chain == [(f"{LEDGER}?{urlencode(query)}", 302)]
    assert [entry.actor for entry in shown(response)] == [people.dermatologist]


def test_an_unknown_e_mail_address_is_said_beside_its_field(people, administrator):
    response = asked(administrator, actor="nobody@example.org", patient=people.dermatologist.email)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"actor", "patient"}
    assert "There is a problem" in response.content.decode()


@pytest.mark.parametrize("number", ["0", str(10**19), "9" * 5000], ids=["0", "20 digits", "5000"])
def test_a_number_that_nobody_can_have_is_said_beside_its_field(people, administrator, number):
    for field in ("actor", "patient"):
        response = asked(administrator, **{field: number})
        assert response.status_code == 422
        assert field in response.context["form"].errors


def test_each_filter_narrows_what_is_found(people, administrator):
    wanted = note(
        people.dermatologist, "review.signed", patient_id=5, object_type="case", object_id="K1"
    )
    record_denied(actor=people.patient2, action="case.viewed", object_type="case", object_id="K2")
    for fields in (
        {"actor": str(people.dermatologist.pk)},
        {"patient": "5"},
        {"action": "review.signed"},
        {"object": "K1"},
        {"role": "dermatologist"},
        {"actor": str(people.dermatologist.pk), "patient": "5", "action": "review.signed"},
    ):
        assert [entry.pk for entry in shown(asked(administrator, **fields))] == [wanted.pk], fields
    denied = shown(asked(administrator, result="denied"))
    assert [entry.object_id for entry in denied] == ["K2"]


def test_a_case_is_found_by_its_reference_however_it_is_written(people, administrator):
    photo = "0f8fad5b-d9cb-469f-a165-70867728950e"
    case = note(people.dermatologist, object_type="case", object_id="Z44F-GVCD-7RSQ")
    upload = note(people.patient, "photo.viewed", object_type="photo", object_id=photo)
    for written in ("z44f-gvcd-7rsq", " Z44f-GVCD-7rsq ", "Z44F-GVCD-7RSQ"):
        assert [e.pk for e in shown(asked(administrator, object=written))] == [case.pk]
    assert [e.pk for e in shown(asked(administrator, object=photo))] == [upload.pk]


def test_times_are_searched_from_and_before(people, administrator):
    note("worker", "first.done")
    now = timezone.localtime()
    for since, until, found in (
        (now - timedelta(hours=1), now + timedelta(hours=1), True),
        (now + timedelta(hours=1), now + timedelta(hours=2), False),
        (now - timedelta(hours=2), now - timedelta(hours=1), False),
    ):
        times = {"since": f"{since:%Y-%m-%dT%H:%M}", "until": f"{until:%Y-%m-%dT%H:%M}"}
        actions = [entry.action for entry in shown(asked(administrator, **times))]
        assert ("first.done" in actions) is found


def test_a_time_range_that_ends_before_it_begins_is_refused(people, administrator):
    response = asked(administrator, since="2026-02-01T10:00", until="2026-01-01T10:00")
    assert response.status_code == 422
    assert "until" in response.context["form"].errors


def test_an_address_that_asks_nothing_sensible_is_a_bad_request(administrator):
    for query in ("actor=x", "result=maybe", "since=never", f"patient={10**19}", f"actor={10**19}"):
        assert administrator.get(f"{LEDGER}?{query}").status_code == 400, query


def test_a_page_after_an_entry_that_never_was_is_not_found(people, administrator):
    for number in ("999999999", "9" * 30, "9" * 5000, "-1", "x"):
        assert administrator.get(LEDGER, {"before": number}).status_code == 404, number


def test_the_pages_put_together_are_exactly_what_matches(people, administrator):
    with transaction.atomic():
        wanted = [record(actor="worker", action="many.done").pk for _ in range(2 * PAGE + 7)]
    found, address = [], f"{LEDGER}?action=many.done"
    while address:
        response = administrator.get(address)
        found.append([entry.pk for entry in shown(response)])
        note("worker", "many.done")  # what comes in meanwhile moves nothing
        address = response.context["older"]
    assert [len(page) for page in found] == [PAGE, PAGE, 7]
    assert sum(found, []) == sorted(wanted, reverse=True)


def test_the_number_of_queries_does_not_grow_with_the_page(
    people, administrator, django_assert_max_num_queries
):
    with transaction.atomic():
        for _ in range(PAGE):
            record(actor=people.patient, action="case.viewed", patient_id=1)
    administrator.get(LEDGER)
    with django_assert_max_num_queries(12):
        administrator.get(LEDGER)


def test_the_chain_is_verified_on_demand_and_the_finding_shown(database, people, administrator):
    assert "Not verified yet" in administrator.get(LEDGER).content.decode()
    page = administrator.post(VERIFY, follow=True).content.decode()
    assert "The ledger is intact" in page
    entry = Entry.objects.doing("ledger.verified").get()
    assert (entry.actor, entry.result) == (people.administrator, Result.DONE)
    number = Entry.objects.order_by("id").first().pk
    database.tamper("UPDATE audit_entry SET patient_id = 99 WHERE id = %s", (number,))
    page = administrator.post(VERIFY, follow=True).content.decode()
    assert f"NOT intact, position 1, entry {number}" in page


def test_verifying_takes_a_post(people, administrator):
    assert administrator.get(VERIFY).status_code == 405


def test_the_export_holds_what_matches_and_its_hashes_and_is_recorded(people, administrator):
    wanted = note(people.dermatologist, "review.signed", patient_id=5, before=1, after=2)
    note("worker", "case.scored", patient_id=6)
    response = administrator.get(EXPORT, {"patient": 5})
    rows = list(csv.DictReader(response.getvalue().decode().splitlines()))
    listed = [row for row in rows if row["action"] != "ledger.exported"]
    assert [row["number"] for row in listed] == [str(wanted.pk)]
    assert listed[0]["actor"] == people.dermatologist.name
    assert listed[0]["detail"] == '{"after": 2, "before": 1}'
    assert re.fullmatch("[0-9a-f]{64}", listed[0]["hash"])
    exported = Entry.objects.doing("ledger.exported").get()
    assert (exported.actor, exported.patient_id) == (people.administrator, 5)
    assert "attachment" in response["Content-Disposition"]


def test_the_pages_stay_out_of_caches_and_escape_what_strangers_typed(people, administrator):
    record_denied(actor="anonymous", action="case.viewed", object_id="<script>alert(1)</script>")
    response = administrator.get(LEDGER)
    assert "no-store" in response["Cache-Control"]
    assert "<script>alert" not in response.content.decode()
