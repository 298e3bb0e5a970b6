"""A reader's own figures: times, agreement with the model, with second readers and pathology."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests import cast
from tests.triage.test_reviews import decision, score
from triage import my_work, pathology, reviews, second_readings, worklist
from triage.models import Case, Review
from triage.my_work import Share
from triage.urgency import Urgency

pytestmark = pytest.mark.django_db


def read(people, *, first: str, signed: str, seconds: int | None = None, by=None, **said) -> Review:
    """One case, scored, opined and signed by the first dermatologist or another."""
    reader = by or people.dermatologist
    case = cast.send_case(people.patient)
    score(case, **said)
    case.refresh_from_db()
    worklist.claim(actor=reader, case=case)
    review = reviews.open_review(actor=reader, case=case)
    opinion = reviews.Opinion(first, 2, 2)
    review = reviews.commit_first_opinion(actor=reader, review=review, opinion=opinion)
    Review.objects.filter(pk=review.pk).update(reading_seconds=seconds)
    choice = decision(diagnosis=signed, urgency=case.urgency)
    return reviews.sign(actor=reader, review=review, decision=choice)


def mine(people):
    return my_work.signed_by(people.dermatologist)


def test_who_raises_the_urgency_in_time_was_not_late_by_that(people):
    case = cast.send_case(people.patient)
    score(case)
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(
        submitted_at=now - timedelta(days=2), due_at=now + timedelta(days=5)
    )
    case.refresh_from_db()
    worklist.claim(actor=people.dermatologist, case=case)
    review = reviews.open_review(actor=people.dermatologist, case=case)
    opinion = reviews.Opinion("MEL", 1, 2)
    review = reviews.commit_first_opinion(
        actor=people.dermatologist, review=review, opinion=opinion
    )
    choice = decision(diagnosis="MEL", urgency=1, outcome="urgent")
    reviews.sign(actor=people.dermatologist, review=review, decision=choice)
    case.refresh_from_db()
    assert case.urgency == Urgency.URGENT_CANCER
    [row] = my_work.times(mine(people))
    assert (row.cases, row.in_time) == (1, 1)


def test_only_one_s_own_signed_reviews_are_counted_and_an_amendment_is_no_new_one(people):
    own = read(people, first="NV", signed="NV")
    read(people, first="NV", signed="NV", by=people.dermatologist2)
    reviews.amend(actor=people.dermatologist, review=own, decision=decision(), reason="A slip.")
    worklist.claim(actor=people.dermatologist, case=cast.send_case(people.patient))
    assert list(mine(people)) == [own]
    assert not my_work.signed_by(people.administrator).exists()


def test_of_the_median_half_took_less(people):
    for seconds in (10, 40, 90, None):
        read(people, first="NV", signed="NV", seconds=seconds)
    (found,) = my_work.times(mine(people))
    assert (found.cases, found.measured, found.reading_seconds) == (4, 3, 40)
    assert found.urgency == Urgency(Case.objects.first().urgency)
    assert timedelta(0) < found.wait < timedelta(minutes=5)
    assert found.in_time == 4


def test_what_is_signed_after_it_was_due_is_not_in_time(people):
    review = read(people, first="NV", signed="NV")
    Case.objects.filter(pk=review.case_id).update(due_at=review.signed_at - timedelta(hours=1))
    assert my_work.times(mine(people))[0].in_time == 0


def test_times_stand_by_urgency_the_most_urgent_first(people):
    read(people, first="NV", signed="NV")
    read(people, first="MEL", signed="MEL", malignancy_risk=0.9, melanoma_risk=0.9)
    urgencies = [one.urgency for one in my_work.times(mine(people))]
    assert urgencies == sorted(urgencies) and len(urgencies) == 2


def test_agreement_with_the_model_is_told_before_and_after_the_reveal(people):
    read(people, first="NV", signed="NV")  # the model says NV
    read(people, first="BKL", signed="NV")  # came to it
    read(people, first="NV", signed="DF")  # left it
    read(people, first="BKL", signed="BKL")
    found = my_work.agreement(mine(people))
    assert (found.before, found.after) == (Share(2, 4), Share(2, 4))
    assert (found.came, found.left) == (1, 1)


def test_what_the_model_said_is_what_was_revealed_with_the_history(people):
    from tests.triage.test_history import TOLD  # with it the likeliest is BCC, without it NV

    read(people, first="BCC", signed="BCC", history=TOLD)
    assert my_work.agreement(mine(people)).before == Share(1, 1)


def test_a_case_without_a_model_s_result_says_nothing_of_agreement(people):
    case = cast.send_case(people.patient)
    worklist.claim(actor=people.dermatologist, case=case)
    review = reviews.open_review(actor=people.dermatologist, case=case)
    opinion = reviews.Opinion("NV", 2, 2)
    reviews.commit_first_opinion(actor=people.dermatologist, review=review, opinion=opinion)
    reviews.sign(actor=people.dermatologist, review=review, decision=decision())
    assert my_work.agreement(mine(people)).before == Share(0, 0)
    assert Share(0, 0).percent is None and Share(1, 3).percent == 33


def test_second_readers_agree_or_not(people):
    for theirs in ("NV", "MEL"):
        review = read(people, first="NV", signed="NV")
        asked = second_readings.ask(
            actor=people.dermatologist, case=review.case, colleague=people.dermatologist2
        )
        assert my_work.agreement(mine(people)).second_readers.of < 2, "asked is not answered"
        opinion = second_readings.SecondOpinion(theirs, review.urgency, 2)
        second_readings.sign(actor=people.dermatologist2, reading=asked, opinion=opinion)
    assert my_work.agreement(mine(people)).second_readers == Share(1, 2)


def test_pathology_is_the_truth_for_the_diagnosis_and_for_cancer_or_not(people):
    for signed, truth in (("NV", "NV"), ("NV", "MEL"), ("MEL", "SCC")):
        review = read(people, first=signed, signed=signed)
        pathology.enter(
            actor=people.dermatologist, reference=review.case.reference,
            result=pathology.Result(truth, timezone.localdate()),
        )  # fmt: skip
    read(people, first="NV", signed="NV")
    found = my_work.agreement(mine(people))
    assert (found.pathology, found.malignancy) == (Share(1, 3), Share(2, 3))
    assert found.before.of == 4, "the case without a report counts where it can"


def test_every_week_is_there_an_empty_one_too(people):
    read(people, first="NV", signed="NV", seconds=30)
    today = timezone.localdate()
    weeks = my_work.weeks(mine(people), until=today, number=3)
    assert [week.cases for week in weeks] == [0, 0, 1]
    assert weeks[-1].reading_seconds == 30
    assert all(week.begins.weekday() == 0 for week in weeks)
    assert weeks[0].begins == weeks[2].begins - timedelta(weeks=2)
    assert my_work.weeks(mine(people), until=date(2020, 1, 1), number=1)[0].cases == 0


def test_every_figure_costs_one_query(people, django_assert_num_queries):
    read(people, first="NV", signed="NV")
    found = mine(people)
    for ask in (
        my_work.times, my_work.agreement,
        lambda reviews: my_work.weeks(reviews, until=timezone.localdate()),
    ):  # fmt: skip
        with django_assert_num_queries(1):
            ask(found)
