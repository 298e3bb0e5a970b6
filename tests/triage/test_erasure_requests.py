"""Asking for an erasure, taking it back; a legal hold and its end: who may, and for what reason."""

import json

import pytest

from portal.audit.models import Entry
from tests import cast
from tests.triage.test_erasure import asked
from triage import erasure, patients
from triage.models import Case, Erasure, HoldEnd, Patient

pytestmark = pytest.mark.django_db


# -- asking ---------------------------------------------------------------------------------------
def test_asking_twice_is_one_request_and_it_can_be_taken_back(people):
    patient = patients.patient_of(people.patient)
    assert asked(people) == asked(people)
    assert erasure.withdraw(actor=people.patient, patient=patient)
    assert not erasure.withdraw(actor=people.patient, patient=patient)
    assert erasure.standing(patient).request is None
    assert asked(people).withdrawn_at is None, "one can change one's mind again"


def test_nobody_asks_for_somebody_else(people):
    patient = patients.patient_of(people.patient)
    for other in (people.patient2, people.dermatologist, people.administrator):
        with pytest.raises(erasure.NotAllowed):
            erasure.ask(actor=other, patient=patient)
        with pytest.raises(erasure.NotAllowed):
            erasure.withdraw(actor=other, patient=patient)
    assert not Erasure.objects.exists()


def test_only_an_administrator_holds_lifts_and_carries_out(people):
    patient = patients.patient_of(people.patient)
    request = asked(people)
    hold = erasure.place_hold(
        actor=people.administrator, patient=patient, ground="claim", reason="Claim 17"
    )
    for other in (people.patient, people.dermatologist):
        with pytest.raises(erasure.NotAllowed):
            erasure.place_hold(actor=other, patient=patient, ground="claim", reason="x")
        with pytest.raises(erasure.NotAllowed):
            erasure.lift_hold(actor=other, hold=hold, reason="closed")
        with pytest.raises(erasure.NotAllowed):
            erasure.carry_out(actor=other, request=request)
    assert Patient.objects.filter(pk=patient.pk).exists()


def test_an_open_case_waits_for_its_answer_unless_the_patient_withdraws_it(people):
    case = cast.send_case(people.patient)
    request = asked(people)
    with pytest.raises(erasure.CasesWait):
        erasure.carry_out(actor=people.administrator, request=request)
    assert Case.objects.filter(pk=case.pk).exists()
    request = asked(people, open_cases_too=True)
    erasure.carry_out(actor=people.administrator, request=request)
    assert not Case.objects.filter(pk=case.pk).exists()


def test_what_was_withdrawn_or_done_is_not_done_again(people):
    request = asked(people)
    erasure.withdraw(actor=people.patient, patient=patients.patient_of(people.patient))
    with pytest.raises(erasure.NothingAsked):
        erasure.carry_out(actor=people.administrator, request=request)
    request = asked(people)
    erasure.carry_out(actor=people.administrator, request=request)
    with pytest.raises(erasure.NothingAsked):
        erasure.carry_out(actor=people.administrator, request=request)


# -- legal holds ----------------------------------------------------------------------------------
def test_a_legal_hold_keeps_the_record_until_it_is_lifted(people):
    patient = patients.patient_of(people.patient)
    request = asked(people)
    hold = erasure.place_hold(
        actor=people.administrator, patient=patient, ground="claim", reason="CANARY-CLAIM"
    )
    with pytest.raises(erasure.HoldStands):
        erasure.carry_out(actor=people.administrator, request=request)
    assert erasure.lift_hold(actor=people.administrator, hold=hold, reason="closed")
    assert erasure.carry_out(actor=people.administrator, request=request)["triage_patient"] == 1
    details = json.dumps(list(Entry.objects.values_list("detail", flat=True)))
    assert "CANARY" not in details, "the reason went with the record"


def test_a_hold_needs_a_reason(people):
    patient = patients.patient_of(people.patient)
    with pytest.raises(erasure.ReasonMissing):
        erasure.place_hold(actor=people.administrator, patient=patient, ground="", reason="Claim")
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(erasure.ReasonMissing):
            erasure.place_hold(
                actor=people.administrator, patient=patient, ground="claim", reason=reason
            )


def test_lifting_a_hold_needs_a_reason_that_is_on_record(people):
    patient = patients.patient_of(people.patient)
    hold = erasure.place_hold(
        actor=people.administrator, patient=patient, ground="claim", reason="Claim 17"
    )
    for reason in ("", "because"):
        with pytest.raises(erasure.ReasonMissing):
            erasure.lift_hold(actor=people.administrator, hold=hold, reason=reason)
    assert erasure.hold_of(patient) == hold
    assert erasure.lift_hold(actor=people.administrator, hold=hold, reason=HoldEnd.MISTAKE)
    assert Entry.objects.get(action="hold.lifted").detail["reason"] == "mistake"
    assert not erasure.lift_hold(actor=people.administrator, hold=hold, reason=HoldEnd.CLOSED)
