"""Pathology results: entered once, corrected by a new one, told by a clinician."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from portal.audit.models import Entry
from tests.triage.records import answer
from tests.triage.test_reviews import OPINION, decision
from triage import pathology, reviews, worklist
from triage.models import Case, Notification, NotificationKind, PathologyResult
from triage.pathology import Result

pytestmark = pytest.mark.django_db

REPORTED = date(2026, 10, 1)


def enter(people, case: Case, **changes: object) -> PathologyResult:
    usual = {"diagnosis": "MEL", "reported_on": REPORTED, "laboratory_number": "P-1"}
    result = Result(**{**usual, **changes})
    return pathology.enter(actor=people.dermatologist, reference=case.reference, result=result)


def test_a_result_belongs_to_the_case_and_its_lesion_and_is_on_record(people, case):
    row = enter(people, case)
    assert (row.case, row.lesion) == (case, case.lesion)
    assert Entry.objects.filter(action="pathology.entered", object_id=case.reference).exists()


def test_only_dermatologists_of_the_clinic_enter_results(people, case):
    for user in (people.outsider, people.administrator, people.patient):
        with pytest.raises(pathology.NoSuchCase):
            pathology.enter(actor=user, reference=case.reference, result=Result("MEL", REPORTED))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"diagnosis": "???"}, "diagnosis"),
        ({"reported_on": None}, "reported_on"),
        ({"reported_on": timezone.localdate() + timedelta(days=1)}, "reported_on"),
        ({"taken_on": date(2026, 11, 1)}, "taken_on"),
        ({"specimen": "leg"}, "specimen"),
        ({"report": "x" * 10_001}, "report"),
        ({"laboratory_number": "x" * 61}, "laboratory_number"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(people, case, changes, field):
    with pytest.raises(pathology.Incomplete) as problem:
        enter(people, case, **changes)
    assert set(problem.value.problems) == {field}


def test_one_laboratory_number_is_one_result_of_a_case(people, case):
    enter(people, case)
    with pytest.raises(pathology.AlreadyThere):
        enter(people, case)
    assert PathologyResult.objects.count() == 1


def test_a_mistake_is_corrected_by_a_new_result_and_both_stay(people, case):
    wrong = enter(people, case)
    right = pathology.correct(
        actor=people.dermatologist2, wrong=wrong, result=Result("NV", REPORTED, report="A mole.")
    )
    assert list(case.pathology.standing()) == [right]
    assert PathologyResult.objects.count() == 2
    with pytest.raises(pathology.AlreadyCorrected):
        pathology.correct(actor=people.dermatologist, wrong=wrong, result=Result("NV", REPORTED))


def test_the_database_itself_keeps_what_was_entered(people, case):
    row = enter(people, case)
    with pytest.raises(DatabaseError), transaction.atomic():
        PathologyResult.objects.filter(pk=row.pk).update(diagnosis="NV")
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


def test_the_patient_reads_what_a_clinician_told_and_only_once_it_is_told(people, case):
    row = enter(people, case)
    assert pathology.told_to_patient(case) == []
    with pytest.raises(pathology.Incomplete):
        pathology.tell(actor=people.dermatologist, result=row, text=" ")
    told = pathology.tell(actor=people.dermatologist, result=row, text="It was a melanoma.")
    assert pathology.told_to_patient(case) == [told]
    with pytest.raises(pathology.AlreadyTold):
        pathology.tell(actor=people.dermatologist, result=row, text="Again.")


def test_a_corrected_result_is_told_in_its_new_form(people, case):
    wrong = enter(people, case)
    right = pathology.correct(
        actor=people.dermatologist, wrong=wrong, result=Result("NV", REPORTED)
    )
    with pytest.raises(pathology.AlreadyTold):
        pathology.tell(actor=people.dermatologist, result=wrong, text="A melanoma.")
    pathology.tell(actor=people.dermatologist, result=right, text="A mole.")


def test_what_is_to_be_told_lists_cancers_first_then_the_oldest(people, case):
    mole = enter(people, case, diagnosis="NV", laboratory_number="1", reported_on=date(2026, 9, 1))
    late = enter(people, case, laboratory_number="2", reported_on=date(2026, 10, 2))
    early = enter(people, case, laboratory_number="3", reported_on=date(2026, 10, 1))
    assert list(pathology.to_do(people.dermatologist)) == [early, late, mole]
    for user in (people.outsider, people.administrator, people.patient):
        assert not pathology.to_do(user).exists()


def test_a_cancer_that_the_answer_did_not_see_is_marked(people, case):
    row = enter(people, case)
    assert pathology.missed(row, "NV")
    assert not pathology.missed(row, "BCC")
    assert not pathology.missed(row, None)
    assert not pathology.missed(enter(people, case, diagnosis="NV", laboratory_number="2"), "MEL")


def test_whoever_answered_the_case_learns_what_was_found(people, case):
    worklist.claim(actor=people.dermatologist2, case=case)
    draft = reviews.open_review(actor=people.dermatologist2, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist2, review=draft, opinion=OPINION)
    reviews.sign(actor=people.dermatologist2, review=draft, decision=decision())
    enter(people, case)
    told = Notification.objects.get(kind=NotificationKind.PATHOLOGY)
    assert (told.user, told.case) == (people.dermatologist2, case)


def test_who_enters_a_result_for_an_own_answer_is_not_told_of_it(people, case):
    enter(people, case)
    assert not Notification.objects.filter(kind=NotificationKind.PATHOLOGY).exists()


@pytest.mark.parametrize(
    ("found", "said", "other"),
    [
        (["MEL"], "NV", True),
        (["MEL"], "OTHER", True),
        (["NV"], "MEL", True),
        (["NV", "SCC"], "BKL", True),  # one cancer among the samples makes it one
        (["NV", "SCC"], "MEL", False),
        (["BCC"], "MEL", False),
        (["BKL"], "NV", False),
        (["OTHER"], "MEL", False),  # neither cancer nor not
        ([], "NV", False),
        (["MEL"], "?", False),
    ],
)
def test_the_laboratory_contradicts_an_answer_by_cancer_or_not(found, said, other):
    assert pathology.contradicts(found, said) is other


def test_what_was_corrected_since_contradicts_nothing(people, case):
    wrong = enter(people, case)
    pathology.tell(actor=people.dermatologist, result=wrong, text="A melanoma.")
    assert pathology.with_found(Case.objects.filter(pk=case.pk)).get().found == ["MEL"]
    assert pathology.found_in(pathology.told_to_patient(case)) == ["MEL"]
    pathology.correct(actor=people.dermatologist, wrong=wrong, result=Result("NV", REPORTED))
    assert pathology.with_found(Case.objects.filter(pk=case.pk)).get().found == []
    assert pathology.found_in(pathology.told_to_patient(case)) == []


def test_that_a_patient_was_called_before_the_answer_is_amended_is_on_record(people, case):
    answer(people, case)
    row = enter(people, case)
    with pytest.raises(pathology.AnswerStands):
        pathology.tell(actor=people.dermatologist, result=row, text="A melanoma.")
    pathology.tell(actor=people.dermatologist, result=row, text="A melanoma.", called=True)
    assert Entry.objects.get(action="pathology.told").detail["called_before_amending"] is True
    assert list(pathology.to_do(people.dermatologist2)) == [row]
