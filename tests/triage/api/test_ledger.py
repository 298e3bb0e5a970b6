"""The ledger through the API."""

import pytest

from portal.audit.models import Entry
from tests import cast as casting
from tests.triage.api.test_cases import URL, problem

AUDIT = "/api/v1/audit/"


def test_an_administrator_asks_by_actor_patient_action_object_and_time(cast, api):
    case = casting.send_case(cast.patient)
    casting.send_case(cast.patient2)
    api(cast.dermatologist).get(f"{URL}{case.reference}/")
    client = api(cast.administrator)
    viewed = Entry.objects.doing("case.viewed").get()

    def found(**query):
        return {row["id"] for row in client.get(AUDIT, query).json()["results"]}

    assert found(actor=cast.dermatologist.pk, action="case.viewed") == {viewed.pk}
    assert viewed.pk in found(patient=case.patient_id)
    assert found(object=case.reference, action="case.viewed") == {viewed.pk}
    assert found(object=case.reference.lower(), action="case.viewed") == {viewed.pk}
    at = viewed.at.isoformat()
    assert viewed.pk in found(since=at) and viewed.pk not in found(until=at)
    assert found(action="case.viewed", result="denied") == set()


def test_reading_the_ledger_is_on_record(cast, api):
    api(cast.administrator).get(AUDIT, {"patient": 7})
    entry = Entry.objects.doing("ledger.listed").get()
    assert entry.actor_id == cast.administrator.pk and entry.patient_id == 7


def test_the_pages_of_the_ledger_miss_nothing_that_was_there(cast, api):
    for _ in range(20):
        casting.send_case(cast.patient) if _ < 10 else casting.add_photo(cast.patient2)
    for _ in range(60):
        casting.add_photo(cast.patient2, content=b"x")
    there = set(Entry.objects.values_list("pk", flat=True))
    client, url, seen = api(cast.administrator), AUDIT, []
    while url:
        page = client.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) and there <= set(seen)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"actor": "me"}, "actor"),
        ({"patient": "-1"}, "patient"),
        ({"patient": "9" * 30}, "patient"),
        ({"since": "then"}, "since"),
        ({"since": "0001-01-01T00:00:00+19:29"}, "since"),
        ({"action": "case.eaten"}, "action"),
        ({"object": "a\0"}, "object"),
        ({"before": "x"}, "before"),
        ({"before": "9" * 30}, "before"),
    ],
)
def test_a_question_that_is_wrong_is_named(cast, api, query, field):
    body = problem(api(cast.administrator).get(AUDIT, query), 400, "invalid")
    assert [fault["field"] for fault in body["errors"]] == [field]


def test_a_number_beyond_all_rows_finds_nothing(cast, api):
    query = {"actor": 2**63 - 1, "patient": 2**63 - 1, "since": "0253-05-21T05:06:34+19:29"}
    answer = api(cast.administrator).get(AUDIT, query)
    assert answer.status_code == 200 and answer.json()["results"] == []


def test_nobody_else_finds_a_ledger(cast, api):
    for user in (cast.patient, cast.dermatologist):
        problem(api(user).get(AUDIT), 404, "not-found")
    problem(api(None).get(AUDIT), 401, "not-authenticated")
