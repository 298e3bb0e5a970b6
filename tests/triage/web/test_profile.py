"""The patient's profile and consents."""

from datetime import date

import pytest

from portal.audit.models import Entry
from triage import patients
from triage.models import Consent, ConsentKind
from triage.models.consent import CURRENT_VERSION

pytestmark = pytest.mark.django_db

PROFILE = {
    "birth_date": "1970-03-31",
    "sex": "female",
    "skin_type": "5",
    "medication": "CANARY-DRUG",
    "previous_skin_cancer": "yes",
    "family_melanoma": "no",
    "immunosuppression": "unsure",
}


def test_a_profile_is_saved_with_unknown_apart_from_no(people, browser):
    client = browser(people.patient)
    assert client.post("/profile/", PROFILE).status_code == 302
    patient = patients.patient_of(people.patient)
    assert (patient.birth_date, patient.sex, patient.skin_type) == (date(1970, 3, 31), "female", 5)
    assert patient.previous_skin_cancer is True
    assert patient.family_melanoma is False
    assert patient.immunosuppression is None and patient.sun_exposure is None
    page = client.get("/profile/").content.decode()
    assert 'value="1970-03-31"' in page and "CANARY-DRUG" in page
    assert page.count(" checked") == 2


def test_the_ledger_names_what_changed_and_not_what_it_says(people, browser):
    browser(people.patient).post("/profile/", PROFILE)
    entry = Entry.objects.get(action="patient.updated")
    assert "medication" in entry.detail["fields"] and "CANARY" not in str(entry.detail)


@pytest.mark.parametrize("born", ["", "1970-02-30", "2999-01-01", "1850-01-01", "yesterday"])
def test_an_impossible_birth_date_is_refused(people, browser, born):
    answer = browser(people.patient).post("/profile/", PROFILE | {"birth_date": born})
    assert answer.status_code == 422
    assert 'href="#id_birth_date"' in answer.content.decode()


def test_consent_is_withdrawn_and_given_again_separately(people, browser):
    client = browser(people.patient)
    patient = patients.patient_of(people.patient)
    client.post("/profile/consents/improvement/", {"answer": "agree"})
    client.post("/profile/consents/care/", {"answer": "withdraw"})
    assert set(patients.consents(patient)) == {ConsentKind.IMPROVEMENT}
    client.post("/profile/consents/care/", {"answer": "agree"})
    assert set(patients.consents(patient)) == set(ConsentKind)
    assert patient.consents.count() == 3, "what was withdrawn stays on record"
    actions = Entry.objects.filter(object_type="consent").values_list("action", flat=True)
    assert list(actions.order_by("pk"))[-3:] == [
        "consent.granted", "consent.withdrawn", "consent.granted",
    ]  # fmt: skip


def test_an_answer_that_is_none_changes_nothing(people, browser):
    client = browser(people.patient)
    client.post("/profile/consents/care/", {"answer": "perhaps"})
    assert Consent.objects.get(patient=patients.patient_of(people.patient)).withdrawn_at is None
    assert client.post("/profile/consents/everything/", {"answer": "agree"}).status_code == 404


def test_a_new_wording_is_asked_for(people, browser):
    patient = patients.patient_of(people.patient)
    patient.consents.update(version="2020-01")
    client = browser(people.patient)
    assert "The wording has changed" in client.get("/my-data/consents/").content.decode()
    client.post("/profile/consents/care/", {"answer": "agree"})
    standing = patients.consents(patient)[ConsentKind.CARE]
    assert standing.version == CURRENT_VERSION[ConsentKind.CARE]
    assert "The wording has changed" not in client.get("/my-data/consents/").content.decode()


def test_a_profile_is_for_patients(people, browser, client):
    for user in (people.dermatologist, people.administrator):
        assert browser(user).get("/profile/").status_code == 404
    assert client.get("/profile/").status_code == 302
