"""Photos again, messages and notifications through the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.audit.models import Entry
from tests import cast as casting
from triage import messages, worklist
from triage.models import Case


@pytest.fixture
def case(cast) -> Case:
    return casting.send_case(cast.patient)


def url(case: Case, what: str) -> str:
    return f"/api/v1/cases/{case.reference}/{what}/"


def test_photos_are_asked_for_and_sent(cast, api, case):
    reader, patient = api(cast.dermatologist), api(cast.patient)
    early = reader.post(url(case, "photos-again"), {"reasons": ["dark"]}, format="json")
    assert (early.status_code, early.json()["type"]) == (409, "urn:problem:not-on-your-desk")
    worklist.claim(actor=cast.dermatologist, case=case)
    bad = reader.post(url(case, "photos-again"), {"reasons": ["ugly"]}, format="json")
    assert bad.status_code == 400
    asked = reader.post(
        url(case, "photos-again"), {"reasons": ["dark", "far"], "note": "Closer."}, format="json"
    )
    assert (asked.status_code, asked.json()["reasons"]) == (201, ["dark", "far"])
    waits = patient.get(f"/api/v1/cases/{case.reference}/").json()
    assert waits["waits_for_photos_since"]
    photo = SimpleUploadedFile("p.jpg", casting.jpeg(), "image/jpeg")
    sent = patient.post(url(case, "photos"), {"photos": [photo]}, format="multipart")
    assert (sent.status_code, len(sent.json()["photos"])) == (200, 2)
    assert sent.json()["waits_for_photos_since"] is None
    photo = SimpleUploadedFile("p.jpg", casting.jpeg(), "image/jpeg")
    again = patient.post(url(case, "photos"), {"photos": [photo]}, format="multipart")
    assert (again.status_code, again.json()["type"]) == (409, "urn:problem:photos-not-wanted")


def test_an_emergency_is_answered_with_what_to_do_at_once(cast, api, case):
    patient = api(cast.patient)
    calm = patient.post(url(case, "messages"), {"text": "Thank you."}, format="json").json()
    assert calm["emergency"] is None
    text = "The rash has spread over my whole body and I have a high fever."
    told = patient.post(url(case, "messages"), {"text": text}, format="json").json()
    assert "Seek emergency care now" in told["emergency"]


def test_messages_are_written_and_read(cast, api, case):
    patient, reader = api(cast.patient), api(cast.dermatologist)
    assert patient.post(url(case, "messages"), {"text": "Hello?"}, format="json").status_code == 201
    (heard,) = reader.get(url(case, "messages")).json()["results"]
    assert (heard["text"], heard["from_patient"]) == ("Hello?", True)
    assert reader.get(url(case, "messages") + "?before=x").status_code == 400
    empty = patient.post(url(case, "messages"), {"text": " "}, format="json")
    assert empty.status_code == 400
    assert Entry.objects.doing("messages.viewed").count() == 1


def test_who_writes_too_much_is_told_when_to_go_on(cast, api, case, monkeypatch):
    monkeypatch.setattr(messages, "AN_HOUR", 1)
    patient = api(cast.patient)
    patient.post(url(case, "messages"), {"text": "Hello?"}, format="json")
    much = patient.post(url(case, "messages"), {"text": "Hello?"}, format="json")
    assert much.status_code == 429
    assert 0 < int(much["Retry-After"]) <= 3601


def test_a_person_s_own_notifications_are_listed_and_marked(cast, api, case):
    patient = api(cast.patient)
    (told,) = patient.get("/api/v1/notifications/").json()
    assert (told["kind"], told["case"], told["read_at"]) == ("received", case.reference, None)
    assert patient.post("/api/v1/notifications/").status_code == 204
    (told,) = patient.get("/api/v1/notifications/").json()
    assert told["read_at"]
    assert api(cast.patient2).get("/api/v1/notifications/").json() == []
