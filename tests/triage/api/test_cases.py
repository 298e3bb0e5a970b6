"""Sending and reading cases through the API."""

import io
import json

import pytest

from portal.audit.models import Entry
from tests import cast as casting
from triage import intake, patients, scoring, second_readings, worklist
from triage.models import Case, Consent, Upload

URL = "/api/v1/cases/"


def photo(colour=(190, 140, 120), name="IMG_0001.jpg"):
    file = io.BytesIO(casting.jpeg(colour))
    file.name = name
    return file


def form(**changes):
    fields = {"photos": [photo()], "body_site": "back", "notes": "It bled last week."}
    symptoms = {"itch": True, "bleed": None, "grew": False, "duration_weeks": 6, "diameter_mm": 7.5}
    return fields | {"symptoms": json.dumps(symptoms)} | changes


def score(reference, **changes):
    [claim] = [c for c in scoring.claim_batch(worker="w") if c.reference == reference]
    assert scoring.record_assessment(worker="w", claim=claim, result=casting.said(**changes))


def problem(response, status, kind):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == f"urn:problem:{kind}"
    assert body["status"] == status and body["title"] and body["detail"]
    return body


def test_a_sent_case_is_acknowledged_with_its_place(cast, api):
    answer = api(cast.patient).post(URL, form(), HTTP_IDEMPOTENCY_KEY="first")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert answer["Location"] == f"{URL}{body['reference']}/"
    assert body["status"] == "waiting"
    assert body["urgency"] == "urgent_cancer"
    assert body["assessment"] is None and body["review"] is None
    assert body["symptoms"]["itch"] is True and body["symptoms"]["bleed"] is None
    assert body["symptoms"]["diameter_mm"] == 7.5
    assert len(body["photos"]) == 1
    case = Case.objects.get(reference=body["reference"])
    assert case.patient.user == cast.patient


def test_the_same_key_again_answers_with_the_same_case_and_reads_no_photo(cast, api):
    client = api(cast.patient)
    first = client.post(URL, form(), HTTP_IDEMPOTENCY_KEY="twice")
    again = client.post(URL, {"photos": [io.BytesIO(b"junk")]}, HTTP_IDEMPOTENCY_KEY="twice")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["reference"] == first.json()["reference"]
    assert again.json().keys() == first.json().keys()
    assert Case.objects.count() == 1


def test_the_same_request_twice_at_once_leaves_no_photo_behind(cast, api, monkeypatch):
    client = api(cast.patient)
    first = client.post(URL, form(), HTTP_IDEMPOTENCY_KEY="race")
    find, asked = intake.find_earlier, []

    def find_too_early(**wanted):  # the first time, before the other request has written it
        asked.append(wanted)
        return find(**wanted) if len(asked) > 1 else None

    monkeypatch.setattr(intake, "find_earlier", find_too_early)
    again = client.post(URL, form(), HTTP_IDEMPOTENCY_KEY="race")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["reference"] == first.json()["reference"]
    assert not Upload.objects.exists()


def test_another_patients_same_key_makes_another_case(cast, api):
    first = api(cast.patient).post(URL, form(), HTTP_IDEMPOTENCY_KEY="shared")
    other = api(cast.patient2).post(URL, form(), HTTP_IDEMPOTENCY_KEY="shared")
    assert other.status_code == 201
    assert other.json()["reference"] != first.json()["reference"]


def test_a_bad_photo_is_named_by_its_place_and_nothing_is_kept(cast, api):
    sent = form(photos=[photo(), io.BytesIO(b"<svg/>"), photo()])
    body = problem(api(cast.patient).post(URL, sent), 400, "photos-refused")
    [fault] = body["errors"]
    assert (fault["field"], fault["index"], fault["name"]) == ("photos.1", 1, "Photo 2")
    assert fault["code"] and "JPEG" in fault["message"]
    assert not Case.objects.exists() and not Upload.objects.exists()


def test_a_case_that_is_refused_after_its_photos_were_stored_leaves_none_behind(
    cast, api, monkeypatch
):
    casting.decide(cases_per_hour=1)
    client = api(cast.patient)
    assert client.post(URL, form()).status_code == 201
    monkeypatch.setattr(intake, "check_may_send", lambda *asked: None)  # the other one is faster
    problem(client.post(URL, form()), 429, "quota-reached")
    assert not Upload.objects.exists()


def test_beyond_the_quota_the_answer_says_when_to_come_back(cast, api):
    casting.decide(cases_per_hour=1)
    client = api(cast.patient)
    assert client.post(URL, form()).status_code == 201
    answer = client.post(URL, form())
    problem(answer, 429, "quota-reached")
    assert 0 < int(answer["Retry-After"]) <= 3601
    assert api(cast.patient2).post(URL, form()).status_code == 201


def test_without_consent_the_answer_says_how_to_give_it(cast, api):
    patient = patients.patient_of(cast.patient)
    patients.withdraw_consent(actor=cast.patient, patient=patient, kind="care")
    client = api(cast.patient)
    body = problem(client.post(URL, form()), 403, "consent-missing")
    assert "/api/v1/consents/" in body["detail"]
    assert not Upload.objects.exists()
    assert client.post("/api/v1/consents/", {"kind": "care"}, format="json").status_code == 201
    assert Consent.objects.filter(patient=patient, withdrawn_at=None).count() == 1
    assert client.post(URL, form()).status_code == 201


@pytest.mark.parametrize(
    ("symptoms", "field"),
    [
        ('{"itch": "yes"}', "symptoms.itch"),
        ('{"bleed": 1}', "symptoms.bleed"),
        ('{"duration_weeks": 1e999}', "symptoms.duration_weeks"),
        ('{"duration_weeks": NaN}', "symptoms"),
        ('{"duration_weeks": -1}', "symptoms.duration_weeks"),
        ('{"duration_weeks": 99999999999999999999}', "symptoms.duration_weeks"),
        ('{"diameter_mm": "7"}', "symptoms.diameter_mm"),
        (f'{{"diameter_mm": 1{"0" * 400}}}', "symptoms.diameter_mm"),
        ('{"bleeding": true}', "symptoms.bleeding"),
        ("[1]", "symptoms"),
        ("[" * 100_000, "symptoms"),
        ("{", "symptoms"),
        ("null", "symptoms"),
    ],
)
def test_symptoms_that_cannot_be_meant_are_refused_by_name(cast, api, symptoms, field):
    body = problem(api(cast.patient).post(URL, form(symptoms=symptoms)), 400, "invalid")
    assert [fault["field"] for fault in body["errors"]] == [field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"body_site": "tail"}, "body_site"),
        ({"body_side": "up"}, "body_side"),
        ({"notes": "nul \0 byte"}, "notes"),
        ({"notes": "x" * 5001}, "notes"),
        ({"photos": []}, "photos"),
        ({"photos": "words"}, "photos.0"),
        ({"photo_kinds": ["selfie"]}, "photo_kinds.0"),
        ({"follows": "2222-2222-2222"}, "follows"),
    ],
)
def test_a_field_that_is_wrong_is_named(cast, api, changes, field):
    body = problem(api(cast.patient).post(URL, form(**changes)), 400, "invalid")
    assert [fault["field"] for fault in body["errors"]] == [field]


def test_seven_photos_are_refused_before_any_is_read(cast, api):
    sent = form(photos=[io.BytesIO(b"never decoded") for _ in range(7)])
    body = problem(api(cast.patient).post(URL, sent), 400, "invalid")
    assert body["errors"][0]["field"] == "photos"


def test_too_many_files_and_too_large_a_body_are_refused_early(cast, api):
    client = api(cast.patient)
    sent = form(photos=[io.BytesIO(b"x") for _ in range(31)])
    problem(client.post(URL, sent), 413, "too-large")
    problem(client.post(URL, form(), CONTENT_LENGTH=str(10**9)), 413, "too-large")


@pytest.mark.parametrize("key", ["x" * 65, "tab\tinside", "ümlaut"])
def test_an_idempotency_key_is_short_visible_ascii(cast, api, key):
    answer = api(cast.patient).post(URL, form(), HTTP_IDEMPOTENCY_KEY=key)
    assert problem(answer, 400, "invalid")["errors"][0]["field"] == "Idempotency-Key"


def test_kinds_go_with_the_photos_in_order(cast, api):
    sent = form(photos=[photo(), photo((90, 60, 50))], photo_kinds=["overview"])
    body = api(cast.patient).post(URL, sent).json()
    assert [shown["kind"] for shown in body["photos"]] == ["overview", "close_up"]


def test_a_follow_up_is_about_the_same_lesion(cast, api):
    client = api(cast.patient)
    first = client.post(URL, form()).json()["reference"]
    second = client.post(URL, form(follows=first)).json()["reference"]
    lesions = Case.objects.filter(reference__in=[first, second]).values_list("lesion", flat=True)
    assert len(set(lesions)) == 1
    other = casting.send_case(cast.patient2)
    problem(client.post(URL, form(follows=other.reference)), 400, "invalid")


def test_red_flags_answer_with_what_to_do_now(cast, api):
    symptoms = json.dumps({"black_or_dead_skin": True})
    body = api(cast.patient).post(URL, form(symptoms=symptoms)).json()
    assert body["urgency"] == "emergency"
    assert body["emergency"].startswith("Seek emergency care now")


def test_not_sure_of_an_emergency_sign_is_soon_and_one_not_asked_adds_nothing(cast, api):
    client = api(cast.patient)
    said = client.post(URL, form(symptoms=json.dumps({"emergency_sign_unsure": True}))).json()
    silent = client.post(URL, form(symptoms="{}")).json()
    codes = [
        [reason["code"] for reason in Case.objects.get(reference=body["reference"]).reasons]
        for body in (said, silent)
    ]
    assert ["red_flag_unsure" in each for each in codes] == [True, False]


def test_what_is_better_seen_in_person_is_not_taken(cast, api):
    client = api(cast.patient)
    problem(client.post(URL, form(body_site="genital")), 403, "see-in-person")
    client.patch("/api/v1/profile/", {"birth_date": "2020-01-01"}, format="json")
    problem(client.post(URL, form()), 403, "see-in-person")
    assert not Case.objects.exists()


def test_a_patient_reads_the_result_at_once(cast, api):
    case = casting.send_case(cast.patient)
    score(case.reference)
    body = api(cast.patient).get(f"{URL}{case.reference}/").json()
    assert body["status"] == "scored" and body["withheld"] is None
    assert body["assessment"]["model_version"] == "test-1"
    assert [likely["condition"] for likely in body["assessment"]["top"]] == [
        "NV",
        "BKL",
        "MEL",
        "AK",
    ]
    assert body["assessment"]["top"][0]["probability"] == 0.88
    assert body["assessment"]["malignancy_risk"] == 0.04
    assert body["assessment"]["in_domain"] is True
    assert body["priority"]["due_at"] and isinstance(body["priority"]["score"], int)
    assert {"model_risk"} <= {reason["code"] for reason in body["reasons"]}


def test_a_result_that_is_held_back_shows_nothing_of_the_model(cast, api):
    casting.decide(preliminary_result_at_once=False)
    case = casting.send_case(cast.patient)
    score(case.reference, malignancy_risk=0.9, probabilities={"MEL": 0.9, "NV": 0.1})
    body = api(cast.patient).get(f"{URL}{case.reference}/").json()
    assert body["assessment"] is None and body["withheld"]
    assert body["urgency"] is None and body["priority"] == {"score": None, "due_at": None}
    assert "elanoma" not in json.dumps(body["reasons"])
    [row] = api(cast.patient).get(URL).json()["results"]
    assert row["urgency"] is None and row["score"] is None


def test_labels_of_an_unknown_kind_of_photo_are_no_result_for_a_patient(cast, api):
    case = casting.send_case(cast.patient)
    score(case.reference, in_domain=False)
    body = api(cast.patient).get(f"{URL}{case.reference}/").json()
    assert body["assessment"]["in_domain"] is False
    assert body["assessment"]["top"] == []


def test_ones_own_cases_come_in_pages_that_miss_none(cast, api):
    casting.decide(cases_per_hour=500)
    sent = [casting.send_case(cast.patient).reference for _ in range(27)]
    casting.send_case(cast.patient2)
    client, url, seen = api(cast.patient), URL, []
    while url:
        page = client.get(url).json()
        seen += [row["reference"] for row in page["results"]]
        url = page["next"]
    assert seen == sent[::-1]


def test_a_place_in_the_list_that_is_not_ours_is_a_fault_of_the_request(cast, api):
    problem(api(cast.patient).get(URL, {"after": "nothing\0"}), 400, "invalid")


def test_each_look_at_a_case_a_list_and_a_photo_is_on_record(cast, api):
    case = casting.send_case(cast.patient)
    client = api(cast.dermatologist)
    client.get(URL)
    shown = client.get(f"{URL}{case.reference}/").json()["photos"][0]
    assert client.get(shown["url"])["Content-Type"] == "image/jpeg"
    answer = client.get(shown["thumbnail_url"])
    assert answer["Cache-Control"] == "no-store, private"
    done = Entry.objects.by(cast.dermatologist.pk).order_by("pk").values_list("action", flat=True)
    assert list(done) == [
        "token.issued", "case.listed", "case.viewed", "photo.viewed", "photo.viewed",
    ]  # fmt: skip


def test_a_patient_sees_who_has_looked_at_the_photos(cast, api):
    case = casting.send_case(cast.patient)
    url = f"{URL}{case.reference}/"
    [shown] = api(cast.dermatologist).get(url).json()["photos"]
    api(cast.dermatologist).get(shown["url"])
    [look] = api(cast.patient).get(url).json()["looks"]
    assert (look["who"], look["days"]) == ("dermatologist", 1)
    assert api(cast.dermatologist).get(url).json()["looks"] is None


def test_a_case_on_the_desk_shows_whose(cast, api):
    case = casting.send_case(cast.patient)
    worklist.claim(actor=cast.dermatologist2, case=case)
    desk = api(cast.dermatologist).get(f"{URL}{case.reference}/").json()["desk"]
    assert desk["reader"] == "dermatologist2" and desk["yours"] is False
    assert api(cast.patient).get(f"{URL}{case.reference}/").json()["desk"] is None


def test_a_list_does_not_tell_a_blind_second_reader_what_others_found(cast, api):
    case = casting.send_case(cast.patient)
    score(case.reference)
    second_readings.ask(actor=cast.dermatologist, case=case, colleague=cast.dermatologist2)
    for address in (URL, "/api/v1/worklist/"):
        [told] = api(cast.dermatologist).get(address).json()["results"]
        assert told["urgency"] and told["due_at"]
        [row] = api(cast.dermatologist2).get(address).json()["results"]
        assert row["reference"] == case.reference
        assert [row[name] for name in ("urgency", "how_soon", "due_at", "score")] == [None] * 4
