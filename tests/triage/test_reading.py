"""What a clinician is shown of a case: not the model's part before their own first opinion."""

import json

import pytest

from portal.audit.models import Entry
from tests import cast
from tests.triage.test_reviews import OPINION, decision, score
from triage import reading, reviews, scoring, worklist
from triage.models import Case
from triage.priority import Source
from triage.urgency import Urgency

pytestmark = pytest.mark.django_db

MELANOMA = {"AK": 0, "BCC": 0, "BKL": 0, "DF": 0, "MEL": 0.91, "NV": 0.09, "SCC": 0, "VASC": 0}


@pytest.fixture
def case(people) -> Case:
    """The symptoms say little, the model says melanoma."""
    case = cast.send_case(people.patient, itch=True)
    score(case, probabilities=MELANOMA, malignancy_risk=0.91, melanoma_risk=0.91)
    case.refresh_from_db()
    assert case.urgency == Urgency.URGENT_CANCER
    return case


def read(user, case: Case) -> reading.Reading:
    return reading.read(actor=user, reference=case.reference)


def commit(user, case: Case) -> None:
    worklist.claim(actor=user, case=case)
    draft = reviews.open_review(actor=user, case=case)
    reviews.commit_first_opinion(actor=user, review=draft, opinion=OPINION)


def test_before_the_first_opinion_nothing_of_the_model_is_there(people, case):
    worklist.claim(actor=people.dermatologist, case=case)
    seen = read(people.dermatologist, case)
    assert not seen.model_shown
    assert seen.assessment is None
    assert {reason.source for reason in seen.reasons} <= {Source.CHECKLIST, Source.PATIENT}
    assert seen.model_waits
    assert seen.case.urgency == Urgency.URGENT_CANCER, "there is one urgency and one deadline"
    assert seen.case.due_at == case.due_at


def test_the_reasons_shown_are_the_same_whatever_the_model_said(people):
    told = []
    for probability in (0.01, 0.5, 0.99):
        case = cast.send_case(people.patient, itch=True, site="nose")
        said = {**MELANOMA, "BCC": probability, "MEL": 0.0, "NV": 1 - probability}
        score(case, probabilities=said, malignancy_risk=probability, melanoma_risk=0.0)
        seen = read(people.dermatologist, case)
        told.append(seen.reasons)
    assert told[0] == told[1] == told[2]


def test_after_it_everything_is_shown_to_this_reader_alone(people, case):
    commit(people.dermatologist, case)
    seen = read(people.dermatologist, case)
    assert seen.assessment.malignancy_risk == 0.91
    assert not seen.model_waits
    assert Source.MODEL in {reason.source for reason in seen.reasons}
    other = read(people.dermatologist2, case)
    assert seen.model_shown and not other.model_shown
    assert other.assessment is None


def test_once_answered_every_dermatologist_of_the_clinic_sees_it(people, case):
    commit(people.dermatologist, case)
    draft = reviews.draft_of(people.dermatologist, case)
    choice = decision(diagnosis="MEL", urgency=1, outcome="urgent")
    reviews.sign(actor=people.dermatologist, review=draft, decision=choice)
    seen = read(people.dermatologist2, case)
    assert seen.answered
    assert seen.assessment is not None
    assert [review.diagnosis for review in seen.signed] == ["MEL"]


def test_a_clinic_may_show_the_model_at_once(people, case):
    cast.decide(commit_then_reveal=False)
    assert read(people.dermatologist, case).assessment is not None


def test_a_case_that_failed_or_waits_says_so_before_the_first_opinion(people):
    case = cast.send_case(people.patient)
    assert [reason.code for reason in read(people.dermatologist, case).reasons] == ["unscored"]
    assert not read(people.dermatologist, case).model_waits, "there is nothing to promise"
    for _ in range(3):
        (held,) = scoring.claim_batch(worker="w")
        scoring.fail(worker="w", claim=held, problem="broken")
    assert [reason.code for reason in read(people.dermatologist, case).reasons] == ["failed"]


def test_the_look_is_on_record_with_what_of_the_model_was_seen(people, case):
    def last() -> Entry:
        return Entry.objects.filter(action="case.viewed").latest("id")

    read(people.dermatologist, case)
    assert last().detail["model_version"] is None
    assert last().patient_id == case.patient_id
    commit(people.dermatologist, case)
    read(people.dermatologist, case)
    assert last().detail["model_version"] == "test-1"


def test_the_patient_s_other_cases_are_shown_with_their_answers(people, case):
    earlier = cast.send_case(people.patient)
    cast.send_case(people.patient2)
    commit(people.dermatologist, earlier)
    draft = reviews.draft_of(people.dermatologist, earlier)
    reviews.sign(actor=people.dermatologist, review=draft, decision=decision())
    seen = read(people.dermatologist, case)
    assert seen.earlier == (earlier,)
    assert seen.earlier[0].answer_outcome == "routine"
    entry = Entry.objects.filter(action="case.viewed").latest("id")
    assert entry.detail["earlier"] == [earlier.reference]


@pytest.mark.parametrize("name", ["outsider", "patient", "patient2", "administrator"])
def test_others_are_told_that_there_is_no_such_case_and_it_is_recorded(people, case, name):
    user = getattr(people, name)
    with pytest.raises(Case.DoesNotExist):
        read(user, case)
    denied = Entry.objects.filter(action="case.viewed", result="denied").latest("id")
    assert (denied.actor_id, denied.object_id) == (user.pk, case.reference)


def test_nothing_of_the_model_is_in_the_whole_reading_before_the_first_opinion(people, case):
    seen = read(people.dermatologist, case)
    words = json.dumps([reason.text for reason in seen.reasons])
    assert "elanoma" not in words
    assert "91" not in words
