"""A case as a FHIR bundle: valid for the library, each reference leads somewhere."""

import base64
import json

import pytest
from fhir.resources.R4B.bundle import Bundle

from portal.accounts.models import Clinic
from portal.audit.models import Entry
from tests import cast
from tests.triage.test_reviews import score
from triage import patients, second_readings
from triage.exports import case_file, fhir
from triage.models import Case

pytestmark = pytest.mark.django_db

ALL = {"Organization", "Patient", "Practitioner", "BodyStructure", "ServiceRequest",
       "QuestionnaireResponse", "Media", "Device", "Observation", "DiagnosticReport", "Provenance",
       "Consent", "AuditEvent"}  # fmt: skip


def exported(people, case: Case) -> dict:
    file = case_file.gather(actor=people.dermatologist, reference=case.reference, form="fhir")
    return json.loads(fhir.bundle(file))


def of_kind(bundle: dict, kind: str) -> list[dict]:
    found = [entry["resource"] for entry in bundle["entry"]]
    return [resource for resource in found if resource["resourceType"] == kind]


def references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for inner in value.values() for found in references(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in references(inner)]
    return []


def test_the_library_takes_the_bundle_back_and_it_holds_every_kind(people, case):
    bundle = exported(people, case)
    Bundle.model_validate(bundle)
    assert {entry["resource"]["resourceType"] for entry in bundle["entry"]} == ALL


def test_both_can_be_called(people, case):
    patients.update_profile(actor=people.patient, patient=case.patient, phone="01632 960 002")
    Clinic.objects.filter(pk=people.clinic.pk).update(phone="01632 960 001")
    bundle = exported(people, case)
    [patient], [clinic] = of_kind(bundle, "Patient"), of_kind(bundle, "Organization")
    assert patient["telecom"][0] == {"system": "phone", "value": "01632 960 002"}
    assert clinic["telecom"] == [{"system": "phone", "value": "01632 960 001"}]


def test_every_reference_leads_to_a_resource_of_the_bundle_and_no_address_comes_twice(people, case):
    bundle = exported(people, case)
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(addresses) == len(set(addresses))
    assert set(references(bundle)) <= set(addresses)


def test_the_model_is_preliminary_and_the_reader_final_then_amended(people, case):
    reports = of_kind(exported(people, case), "DiagnosticReport")
    found = {report["code"]["text"]: [] for report in reports}
    for report in reports:
        found[report["code"]["text"]].append(report["status"])
    assert found == {
        "Preliminary result by software": ["preliminary"],
        "Teledermatology report": ["final", "amended"],
        "Pathology": ["final"],
    }


def test_answers_are_carried_as_given_and_what_was_not_answered_is_not_there(people, case):
    (told,) = of_kind(exported(people, case), "QuestionnaireResponse")
    answers = {item["linkId"]: item["answer"][0] for item in told["item"]}
    assert answers == {
        "grew": {"valueBoolean": True}, "itch": {"valueBoolean": False},
        "diameter_mm": {"valueDecimal": 7.5}, "duration_weeks": {"valueInteger": 8},
        "notes": {"valueString": "It grew. <b>Look</b> & see."},
    }  # fmt: skip


def test_the_photo_inside_is_the_photo_that_is_kept(people, case):
    (media,) = of_kind(exported(people, case), "Media")
    photo = case.photos.get()
    assert base64.b64decode(media["content"]["data"]) == case_file.content(photo)
    assert media["identifier"][0]["value"] == photo.sha256


def test_a_withdrawn_consent_is_told_as_one(people, case):
    states = {
        (consent["category"][0]["text"][:3], consent["status"])
        for consent in of_kind(exported(people, case), "Consent")
    }
    assert states == {("Ass", "active"), ("Use", "inactive")}


def test_before_the_first_opinion_nothing_of_the_model_is_exported(people):
    case = cast.send_case(people.patient)
    score(case)
    bundle = exported(people, case)
    assert not of_kind(bundle, "Observation")
    assert not of_kind(bundle, "Device")


def test_an_export_is_on_record_and_for_dermatologists_of_the_clinic_alone(people, case):
    exported(people, case)
    assert Entry.objects.get(action="case.exported").detail["form"] == "fhir"
    for user in (people.outsider, people.administrator, people.patient):
        with pytest.raises(Case.DoesNotExist):
            case_file.gather(actor=user, reference=case.reference, form="fhir")


def test_who_reads_it_blind_may_not_export_it(people):
    case = cast.send_case(people.patient)
    second_readings.ask(actor=people.dermatologist, case=case, colleague=people.dermatologist2)
    with pytest.raises(case_file.ReadBlind):
        case_file.gather(actor=people.dermatologist2, reference=case.reference, form="fhir")
