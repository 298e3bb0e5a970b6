"""Reading through the API: the list, the desk, the first opinion, the signature."""

import base64
import json

import pytest

from portal.audit.models import Entry
from tests import cast as casting
from tests.triage.api.test_cases import URL, problem, score
from tests.triage.test_history import TOLD
from triage import messages
from triage.models import Case, Review

WORKLIST = "/api/v1/worklist/"
CLAIM = "/api/v1/worklist/claim/"
OPINION = {"diagnosis": "NV", "urgency": "advice", "confidence": 2}
DECISION = {
    "diagnosis": "NV",
    "urgency": "advice",
    "urgency_reason": "A plain mole on good photos.",
    "outcome": "discharge",
    "advice": "This is a harmless mole.",
    "safety_net": "Come back if it changes.",
    "confidence": 3,
}


@pytest.fixture
def case(cast) -> Case:
    return casting.send_case(cast.patient)


@pytest.fixture
def reader(cast, api):
    return api(cast.dermatologist)


def test_a_reader_gets_the_photos_alone_and_with_the_history_and_the_patient_one_result(
    cast, api, reader, case
):
    score(case.reference, malignancy_risk=0.31, history=TOLD)
    assert claim(reader, reference=case.reference).status_code == 200
    before = reader.get(f"{URL}{case.reference}/").json()
    assert before["assessment"] is None and "with history" not in json.dumps(before)
    review(reader, case, first_opinion=OPINION)
    said = reader.get(f"{URL}{case.reference}/").json()["assessment"]
    assert said["malignancy_risk"] == said["history"]["malignancy_risk"] == 0.58
    assert said["history"]["photo_malignancy_risk"] == 0.31
    assert said["history"]["moved"][0] == {
        "fact": "age", "words": "age 71", "melanoma": 0.1, "malignancy": 1.2
    }  # fmt: skip
    assert said["top"][0]["condition"] == "BCC"
    patient = api(cast.patient).get(f"{URL}{case.reference}/").json()
    assert patient["assessment"]["history"] is None
    assert "with history" not in json.dumps(patient)


def claim(client, **body):
    return client.post(CLAIM, body, format="json")


def review(client, case, **body):
    url = f"{URL}{case.reference}/reviews/"
    return client.post(url, json.dumps(body), content_type="application/json")


def test_the_list_is_ordered_by_need_and_put_on_record(cast, reader):
    calm = casting.send_case(cast.patient)
    urgent = casting.send_case(cast.patient2, bleed=True, irregular_colour=True)
    rows = reader.get(WORKLIST).json()["results"]
    assert [row["reference"] for row in rows] == [urgent.reference, calm.reference]
    assert rows[0]["urgency"] == "urgent_cancer" and rows[0]["status"] == "waiting"
    entry = Entry.objects.doing("worklist.viewed").get()
    assert entry.detail["references"] == [urgent.reference, calm.reference]


def test_an_emergency_told_in_a_message_is_marked_for_staff_alone(cast, reader, api):
    case = casting.send_case(cast.patient)
    messages.write(actor=cast.patient, case=case, text="Now I have a fever and it spreads fast.")
    (row,) = reader.get(WORKLIST).json()["results"]
    assert row["emergency_told"] is True
    (mine,) = api(cast.patient).get("/api/v1/cases/").json()["results"]
    assert mine["emergency_told"] is None


def test_the_pages_put_together_are_the_open_cases(cast, reader):
    casting.decide(cases_per_hour=500)
    sent = {casting.send_case(cast.patient).reference for _ in range(30)}
    url, seen = WORKLIST, []
    while url:
        page = reader.get(url).json()
        seen += [row["reference"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == 30 and set(seen) == sent


def test_filters_go_along_to_the_next_page(cast, reader):
    casting.decide(cases_per_hour=500)
    for n in range(27):
        casting.send_case(cast.patient, site="face" if n else "back")
    page = reader.get(WORKLIST, {"body_site": "face", "state": "unscored"}).json()
    assert len(page["results"]) == 25
    rest = reader.get(page["next"]).json()
    assert [row["body_site"] for row in rest["results"]] == ["face"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"urgency": "now"}, "urgency"),
        ({"state": "lost"}, "state"),
        ({"body_site": "tail"}, "body_site"),
        ({"cursor": "not-a-cursor"}, "cursor"),
    ],
)
def test_a_filter_that_is_wrong_is_named(reader, query, field):
    body = problem(reader.get(WORKLIST, query), 400, "invalid")
    assert [fault["field"] for fault in body["errors"]] == [field]


@pytest.mark.parametrize(
    "place",
    [
        [0, 0, "0253-05-21T05:06:34+19:29", 0, 0],
        [0, 0, "0001-01-01T00:00:00+19:29", 0, 0],
        [0, 0, "2026-01-01T00:00:00", 0, 0],
        [0, 2**40, "2026-01-01T00:00:00+00:00", 0, 0],
        [0, 0, "2026-01-01T00:00:00+00:00", float("inf"), 0],
        [0],
    ],
)
def test_a_made_up_cursor_breaks_nothing(cast, reader, place):
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    assert reader.get(WORKLIST, {"cursor": cursor}).status_code in (200, 400)


def test_claim_next_takes_the_neediest_and_then_says_that_none_is_left(cast, reader, api):
    calm = casting.send_case(cast.patient)
    urgent = casting.send_case(cast.patient2, bleed=True, irregular_colour=True)
    assert claim(reader).json()["reference"] == urgent.reference
    second = claim(api(cast.dermatologist2))
    assert (second.status_code, second.json()["reference"]) == (200, calm.reference)
    assert second.json()["desk"]["yours"] is True
    assert claim(reader).status_code == 204


def test_this_case_can_be_claimed_unless_a_colleague_has_it(cast, case, reader, api):
    assert claim(reader, reference=case.reference).status_code == 200
    assert claim(reader, reference=case.reference).status_code == 200
    colleague = api(cast.dermatologist2)
    problem(claim(colleague, reference=case.reference), 409, "conflict")
    assert reader.post(f"{URL}{case.reference}/release/").status_code == 204
    problem(reader.post(f"{URL}{case.reference}/release/"), 409, "not-on-your-desk")
    assert claim(colleague, reference=case.reference).status_code == 200


def test_a_claim_of_what_is_not_there_or_misspelt_is_refused(reader):
    problem(claim(reader, reference="2222-2222-2222"), 404, "not-found")
    problem(claim(reader, reference="a\0"), 400, "invalid")
    problem(claim(reader, refrence="2222-2222-2222"), 400, "invalid")
    problem(reader.post(CLAIM, "[1]", content_type="application/json"), 400, "invalid")


def test_a_heartbeat_keeps_the_case(case, reader):
    problem(reader.post(f"{URL}{case.reference}/heartbeat/"), 409, "not-on-your-desk")
    first = claim(reader, reference=case.reference).json()["desk"]["until"]
    assert reader.post(f"{URL}{case.reference}/heartbeat/").json()["until"] > first


def test_the_models_result_is_withheld_until_the_first_opinion(case, reader):
    score(case.reference, malignancy_risk=0.9, probabilities={"MEL": 0.9, "NV": 0.1})
    before = claim(reader, reference=case.reference)
    assert before.json()["withheld"] == "commit your first opinion first"
    assert before.json()["assessment"] is None
    assert "Melanoma" not in before.content.decode() and "model_" not in before.content.decode()
    seen = before.json()
    assert seen["urgency"] == "urgent_cancer" and seen["how_soon"], "there is one urgency"
    assert seen["priority"]["score"] is None
    [row] = reader.get(WORKLIST).json()["results"]
    assert (row["urgency"], row["due_at"]) == (seen["urgency"], seen["priority"]["due_at"])
    assert row["score"] is None
    committed = review(reader, case, first_opinion=OPINION)
    assert committed.status_code == 200, committed.content
    body = committed.json()
    assert body["withheld"] is None
    assert body["urgency"] == "urgent_cancer"
    assert body["priority"]["due_at"] == seen["priority"]["due_at"]
    assert body["priority"]["score"] > 0
    assert body["assessment"]["top"][0] == {
        "condition": "MEL", "name": "Melanoma", "probability": 0.9,
    }  # fmt: skip
    assert "model_MEL" in [reason["code"] for reason in body["reasons"]]
    assert body["my_review"]["first_diagnosis"] == "NV"


def test_a_decision_before_the_opinion_is_refused(case, reader):
    problem(review(reader, case, decision=DECISION), 409, "not-on-your-desk")
    claim(reader, reference=case.reference)
    problem(review(reader, case, decision=DECISION), 409, "opinion-first")


def test_both_steps_in_one_request_answer_the_patient(cast, case, reader, api):
    claim(reader, reference=case.reference)
    signed = review(reader, case, first_opinion=OPINION, decision=DECISION)
    assert signed.status_code == 201, signed.content
    body = api(cast.patient).get(f"{URL}{case.reference}/").json()
    assert body["status"] == "answered"
    assert body["review"]["advice"] == DECISION["advice"]
    assert body["review"]["diagnosis"] == {"code": "NV", "name": "Melanocytic naevus"}
    assert body["review"]["urgency"] == "advice" and body["review"]["version"] == 1
    assert body["review"]["reader"] == "dermatologist" and body["review_for_staff"] is None
    assert signed.json()["review_for_staff"]["first_diagnosis"] == "NV"
    problem(review(reader, case, first_opinion=OPINION), 409, "not-on-your-desk")


def test_an_answered_case_is_as_urgent_as_was_signed(cast, case, reader, api):
    score(case.reference, malignancy_risk=0.9, probabilities={"MEL": 0.9, "NV": 0.1})
    claim(reader, reference=case.reference)
    review(reader, case, first_opinion=OPINION, decision=DECISION)
    patient = api(cast.patient)
    [row] = patient.get(URL).json()["results"]
    for told in (row, patient.get(f"{URL}{case.reference}/").json()):
        assert told["urgency"] == "advice"
        assert told["how_soon"].startswith("You may not need an appointment")


def test_an_incomplete_decision_undoes_the_opinion_sent_with_it(case, reader):
    claim(reader, reference=case.reference)
    lacking = DECISION | {"urgency_reason": ""}
    body = problem(review(reader, case, first_opinion=OPINION, decision=lacking), 400, "invalid")
    assert [fault["field"] for fault in body["errors"]] == ["urgency_reason"]
    assert not Review.objects.exists()


def test_a_first_opinion_is_locked(case, reader):
    claim(reader, reference=case.reference)
    assert review(reader, case, first_opinion=OPINION).status_code == 200
    problem(review(reader, case, first_opinion=OPINION), 409, "already-committed")


def test_a_signed_answer_is_amended_by_a_new_version(case, reader):
    amendment = {"decision": DECISION | {"advice": "Better advice."}, "amendment_reason": "Typo."}
    claim(reader, reference=case.reference)
    problem(review(reader, case, **amendment), 409, "conflict")
    assert review(reader, case, first_opinion=OPINION, decision=DECISION).status_code == 201
    amended = review(reader, case, **amendment)
    assert amended.status_code == 201, amended.content
    assert amended.json()["review"]["version"] == 2
    assert amended.json()["review"]["advice"] == "Better advice."
    both = review(reader, case, **amendment, first_opinion=OPINION)
    problem(both, 400, "invalid")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, ""),
        ({"first_opinion": {}}, "first_opinion.diagnosis"),
        ({"first_opinion": OPINION | {"diagnosis": "XX"}}, "first_opinion.diagnosis"),
        ({"first_opinion": OPINION | {"urgency": 3}}, "first_opinion.urgency"),
        ({"first_opinion": [1]}, "first_opinion"),
        ({"decision": DECISION | {"follow_up_weeks": 10**30}}, "decision.follow_up_weeks"),
        ({"decision": DECISION | {"adequate": {"x": "maybe"}}}, "decision.adequate.x"),
        ({"decision": DECISION | {"advice": "\ud800"}}, "decision.advice"),
        ({"decision": DECISION | {"sincerely": True}}, "decision.sincerely"),
    ],
)
def test_what_is_wrong_in_a_review_is_named(case, reader, body, field):
    claim(reader, reference=case.reference)
    faults = problem(review(reader, case, **body), 400, "invalid")["errors"]
    assert field in [fault["field"] for fault in faults]


def test_other_clinics_patients_and_administrators_find_nothing(cast, case, api):
    for user in (cast.outsider, cast.administrator, cast.patient2):
        client = api(user)
        problem(client.get(f"{URL}{case.reference}/"), 404, "not-found")
        problem(review(client, case, first_opinion=OPINION), 404, "not-found")
        problem(client.post(f"{URL}{case.reference}/release/"), 404, "not-found")
    for user in (cast.administrator, cast.patient):
        problem(api(user).get(WORKLIST), 404, "not-found")
        problem(claim(api(user)), 404, "not-found")
    assert api(cast.outsider).get(WORKLIST).json()["results"] == []
    denied = Entry.objects.ending("denied")
    assert denied.by(cast.outsider.pk).about("case", case.reference).count() == 3
    assert denied.by(cast.administrator.pk).about("address", "api:worklist").count() == 1


def test_no_call_costs_more_queries_for_more_cases(cast, api, django_assert_max_num_queries):
    casting.decide(cases_per_hour=500, preliminary_result_at_once=False)
    for _ in range(12):
        case = casting.send_case(cast.patient)
    for user, url in [
        (cast.dermatologist, WORKLIST),
        (cast.dermatologist, f"{URL}{case.reference}/"),
        (cast.patient, f"{URL}{case.reference}/"),
        (cast.patient, URL),
    ]:
        client = api(user)
        with django_assert_max_num_queries(14):  # the token, savepoints and the ledger included
            assert client.get(url).status_code == 200
