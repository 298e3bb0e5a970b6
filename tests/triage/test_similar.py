"""Similar cases: signed, consented, of the same clinic, nearest first."""

import struct

import pytest

from portal.audit.models import Entry
from tests import cast
from tests.triage.test_reviews import OPINION, decision
from triage import patients, reviews, scoring, similar, worklist
from triage.models import Assessment, Case, ConsentKind, PhotoEmbedding

pytestmark = pytest.mark.django_db

MOLE, SAME_MOLE, SPOT = (1.0, 0.0, 0.0), (0.99, 0.14, 0.0), (0.0, 1.0, 0.0)


@pytest.fixture
def people(people) -> cast.Cast:
    for user in (people.patient, people.patient2):
        agree(user)
    return people


def agree(user) -> None:
    patients.grant_consent(
        actor=user, patient=patients.patient_of(user), kind=ConsentKind.IMPROVEMENT
    )


def scored(user, place: tuple[float, ...], **said: object) -> Case:
    case = cast.send_case(user)
    found = scoring.PhotoResult(
        str(case.photos.get().pk), {"NV": 1.0}, True, [[0.5]], "NV",
        embedding=struct.pack(f"<{len(place)}e", *place),
    )  # fmt: skip
    (claim,) = scoring.claim_batch(worker="w")
    result = cast.said(photos=(found,), **said)
    assert scoring.record_assessment(worker="w", claim=claim, result=result)
    return case


def signed(people, user, place: tuple[float, ...], reader=None, **changes: object) -> Case:
    reader = reader or people.dermatologist
    case = scored(user, place)
    worklist.claim(actor=reader, case=case)
    draft = reviews.open_review(actor=reader, case=case)
    reviews.commit_first_opinion(actor=reader, review=draft, opinion=OPINION)
    reviews.sign(actor=reader, review=draft, decision=decision(**changes))
    return case


def like(people, case: Case, reader=None) -> list[similar.Similar]:
    newest = Assessment.objects.get(case=case)
    return similar.find(actor=reader or people.dermatologist, case=case, assessment=newest)


def test_the_most_alike_signed_case_comes_first_with_its_outcome(people):
    far = signed(people, people.patient2, SPOT, diagnosis="VASC")
    near = signed(people, people.patient2, SAME_MOLE)
    found = like(people, scored(people.patient, MOLE))
    assert [one.case for one in found] == [near, far]
    assert found[0].similarity == pytest.approx(0.99, abs=0.005)
    assert (found[0].diagnosis, found[1].diagnosis) == ("NV", "VASC")
    assert Entry.objects.filter(action="similar.viewed").exists()


def test_unsigned_cases_and_the_patient_s_own_are_not_shown(people):
    scored(people.patient2, SAME_MOLE)
    signed(people, people.patient, SAME_MOLE)
    assert like(people, scored(people.patient, MOLE)) == []


def test_without_consent_a_case_is_never_shown(people):
    case = signed(people, people.patient2, SAME_MOLE)
    query = scored(people.patient, MOLE)
    assert like(people, query)
    patient = patients.patient_of(people.patient2)
    patients.withdraw_consent(actor=people.patient2, patient=patient, kind=ConsentKind.IMPROVEMENT)
    assert like(people, query) == []
    assert not PhotoEmbedding.objects.exists(), "nothing of it is kept where neighbours are sought"
    agree(people.patient2)
    assert [one.case for one in like(people, query)] == [case]


def test_consent_is_asked_of_the_database_even_where_a_place_was_left(people):
    signed(people, people.patient2, SAME_MOLE)
    query = scored(people.patient, MOLE)
    patients.patient_of(people.patient2).consents.filter(kind=ConsentKind.IMPROVEMENT).delete()
    assert like(people, query) == []


def test_another_clinic_s_cases_are_not_shown(people):
    signed(people, people.patient2, SAME_MOLE)
    query = scored(people.patient, MOLE)
    assert like(people, query, reader=people.outsider) == []


def test_two_networks_places_are_not_compared(people):
    signed(people, people.patient2, SAME_MOLE)
    assert like(people, scored(people.patient, MOLE, model_version="another")) == []
