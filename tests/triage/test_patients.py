"""The patient's own record: what changes with it."""

import pytest

from portal.audit.models import Entry
from tests import cast
from tests.triage.test_reviews import decision, score
from triage import patients, reviews, worklist
from triage.models import Case
from triage.reviews import Opinion
from triage.urgency import Urgency

pytestmark = pytest.mark.django_db

BCC = {"BCC": 0.6, "NV": 0.4}


@pytest.fixture
def case(people) -> Case:
    case = cast.send_case(people.patient, site="back")
    score(case, probabilities=BCC)
    case.refresh_from_db()
    return case


def tell(people, **history: object) -> None:
    patient = patients.patient_of(people.patient)
    patients.update_profile(actor=people.patient, patient=patient, **history)


def test_history_told_after_sending_raises_the_case_that_waits(people, case):
    assert case.urgency == Urgency.ROUTINE
    tell(people, immunosuppression=True)
    before, case = case, Case.objects.get(pk=case.pk)
    assert case.urgency == Urgency.SOON and case.score > before.score
    assert case.due_at < before.due_at
    assert "history_BCC" in {reason["code"] for reason in case.reasons}


def test_an_answered_case_stays_as_it_is(people, case):
    reader = people.dermatologist
    worklist.claim(actor=reader, case=case)
    draft = reviews.open_review(actor=reader, case=case)
    reviews.commit_first_opinion(actor=reader, review=draft, opinion=Opinion("BCC", 3, 2))
    reviews.sign(
        actor=reader, review=draft, decision=decision(diagnosis="BCC", urgency=3, outcome="routine")
    )
    before = Case.objects.get(pk=case.pk)
    tell(people, immunosuppression=True)
    after = Case.objects.get(pk=case.pk)
    assert (after.place, after.reasons) == (before.place, before.reasons)


def test_a_change_is_on_record_by_name_and_what_changes_nothing_is_not(people, case):
    for _ in range(2):
        tell(people, medication="Azathioprine", immunosuppression=True)
    entry = Entry.objects.doing("patient.updated").get()
    assert sorted(entry.detail["fields"]) == ["immunosuppression", "medication"]
    assert "Azathioprine" not in str(entry.detail)
