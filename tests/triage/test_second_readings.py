"""Second opinions: asked, drawn, blinded, third, settled."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from portal.accounts.models import Role, User
from portal.audit.models import Entry
from tests import cast
from tests.triage.test_reviews import OPINION, decision, score
from triage import reading, reviews, second_readings, worklist
from triage.models import (
    Case,
    Notification,
    NotificationKind,
    Review,
    SecondReading,
    SecondReadingKind,
    Settlement,
)
from triage.permissions import visible_activations
from triage.second_readings import SecondOpinion

pytestmark = pytest.mark.django_db

SAME = SecondOpinion("NV", 2, 3)
WORSE = SecondOpinion("MEL", 1, 2, "Look at the border.")


@pytest.fixture
def third(people):
    return cast.person("dermatologist3", Role.DERMATOLOGIST, people.clinic)


@pytest.fixture
def case(people) -> Case:
    case = cast.send_case(people.patient)
    score(case)
    case.refresh_from_db()
    assert worklist.claim(actor=people.dermatologist, case=case)
    return case


@pytest.fixture
def answered(people, case) -> Review:
    """Signed by the first dermatologist as a mole, soon."""
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    return reviews.sign(actor=people.dermatologist, review=draft, decision=decision())


def sampled(review: Review) -> SecondReading | None:
    newest = review.case.assessments.last()
    return second_readings.sample(review=review, assessment=newest, low_share=1, share=0)


def read(user, case: Case) -> reading.Reading:
    return reading.read(actor=user, reference=case.reference)


def test_a_colleague_who_is_asked_finds_the_case_with_the_question(people, case):
    asked = second_readings.ask(
        actor=people.dermatologist, case=case, colleague=people.dermatologist2, question="Naevus?"
    )
    assert list(second_readings.mine(people.dermatologist2)) == [asked]
    assert list(second_readings.asked_by(people.dermatologist)) == [asked]
    assert Entry.objects.filter(action="second_reading.asked", object_id=case.reference).exists()


def test_somebody_of_another_clinic_is_not_asked(people, case):
    with pytest.raises(second_readings.NobodyElse):
        second_readings.ask(actor=people.dermatologist, case=case, colleague=people.outsider)


def test_nobody_is_asked_for_a_second_look_at_their_own_answer(people, answered):
    with pytest.raises(second_readings.NobodyElse):
        second_readings.ask(
            actor=people.dermatologist2, case=answered.case, colleague=people.dermatologist
        )


def test_who_is_drawn_is_always_blinded(people, case):
    drawn = second_readings.ask(
        actor=people.dermatologist, case=case, colleague=None, blinded=False
    )
    assert drawn.blinded
    assert drawn.kind == SecondReadingKind.RANDOM
    assert drawn.reader == people.dermatologist2


def test_a_blinded_reader_sees_neither_answer_nor_model_until_they_have_signed(people, answered):
    sampled(answered)
    reader = people.dermatologist2
    seen = read(reader, answered.case)
    assert seen.blind
    assert (seen.signed, seen.assessment, seen.model_shown, seen.opinions) == ((), None, False, ())
    assert not visible_activations(reader).exists()
    second_readings.sign(actor=reader, reading=seen.second, opinion=SAME)
    seen = read(reader, answered.case)
    assert not seen.blind
    assert seen.signed == (answered,)
    assert seen.model_shown
    assert len(seen.opinions) == 1


def test_a_blinded_reader_learns_nothing_from_the_patient_s_other_cases(people, answered):
    sampled(answered)
    other = cast.send_case(people.patient)
    seen = read(people.dermatologist2, other)
    assert answered.case not in seen.earlier and seen.earlier_hidden
    assert read(people.dermatologist2, answered.case).earlier_hidden
    seen = read(people.dermatologist, other)
    assert answered.case in seen.earlier and not seen.earlier_hidden


def test_a_colleague_asked_openly_sees_what_there_is(people, answered):
    second_readings.ask(
        actor=people.dermatologist, case=answered.case, colleague=people.dermatologist2,
        blinded=False,
    )  # fmt: skip
    seen = read(people.dermatologist2, answered.case)
    assert seen.second
    assert not seen.blind
    assert seen.signed == (answered,)


def test_the_safety_sample_takes_what_the_model_thought_harmless(people, answered):
    assert second_readings.sample(
        review=answered, assessment=answered.case.assessments.last(), low_share=0, share=1
    ) is None  # fmt: skip
    drawn = sampled(answered)
    assert drawn.kind == SecondReadingKind.SAMPLE
    assert drawn.blinded
    assert drawn.reader == people.dermatologist2


def test_with_nobody_else_to_read_that_goes_on_record(people, answered):
    people.dermatologist2.is_active = False
    people.dermatologist2.save()
    assert sampled(answered) is None
    assert Entry.objects.filter(action="second_reading.nobody").count() == 1


@pytest.mark.parametrize(
    ("opinion", "differs"),
    [
        (SecondOpinion("NV", 2, 3), False),
        (SecondOpinion("BKL", 3, 3), False),  # another harmless one, a step apart
        (SecondOpinion("NV", 4, 3), True),  # two steps
        (SecondOpinion("BCC", 2, 3), True),  # a cancer
        (SecondOpinion("NV", 1, 3), True),  # urgent
    ],
)
def test_what_counts_as_a_disagreement(people, answered, opinion, differs):
    signed = second_readings.sign(
        actor=people.dermatologist2, reading=sampled(answered), opinion=opinion
    )
    assert signed.disagrees is differs


def test_a_disagreement_goes_to_a_third_reader_and_waits_for_them(people, third, answered):
    second = sampled(answered)
    other = {people.dermatologist2.pk: third, third.pk: people.dermatologist2}[second.reader_id]
    second_readings.sign(actor=second.reader, reading=second, opinion=WORSE)
    called = SecondReading.objects.get(kind=SecondReadingKind.THIRD)
    assert (called.reader, called.blinded) == (other, True)
    assert not second_readings.to_settle(people.dermatologist).exists()
    second_readings.sign(actor=other, reading=called, opinion=WORSE)
    assert list(second_readings.to_settle(people.dermatologist)) == [second]


def test_a_disagreement_is_settled_by_an_amendment_or_a_reason(people, answered):
    second = second_readings.sign(
        actor=people.dermatologist2, reading=sampled(answered), opinion=WORSE
    )
    with pytest.raises(second_readings.Incomplete):
        second_readings.settle(actor=people.dermatologist, reading=second)
    reviews.amend(
        actor=people.dermatologist, review=answered, reason="Read twice.",
        decision=decision(diagnosis="MEL", urgency=1, outcome="urgent"),
    )  # fmt: skip
    settled = second_readings.settle(actor=people.dermatologist, reading=second)
    assert settled.settlement == Settlement.AMENDED
    with pytest.raises(second_readings.NotToSettle):
        second_readings.settle(actor=people.dermatologist, reading=second, keep_because="No.")


def test_an_answer_is_kept_only_with_a_reason(people, answered):
    second = second_readings.sign(
        actor=people.dermatologist2, reading=sampled(answered), opinion=WORSE
    )
    settled = second_readings.settle(
        actor=people.dermatologist, reading=second, keep_because="Biopsied in 2024: a naevus."
    )
    assert settled.settlement == Settlement.KEPT


@pytest.mark.parametrize(("said", "stands"), [(SAME, True), (WORSE, False)])
def test_who_signed_an_answer_keeps_it_only_if_a_third_reader_agrees(
    people, answered, third, said, stands
):
    second = sampled(answered)
    second_readings.sign(actor=second.reader, reading=second, opinion=WORSE)
    called = SecondReading.objects.get(kind=SecondReadingKind.THIRD)
    second_readings.sign(actor=called.reader, reading=called, opinion=said)
    keep = partial(second_readings.settle, reading=second, keep_because="Biopsied in 2024.")
    if not stands:
        with pytest.raises(second_readings.Incomplete) as refused:
            keep(actor=people.dermatologist)
        assert "colleague" in refused.value.problems["reason"]
        assert keep(actor=called.reader).settlement == Settlement.KEPT
    else:
        assert keep(actor=people.dermatologist).settlement == Settlement.KEPT


def test_a_signed_opinion_is_never_changed_by_the_database_either(people, answered):
    signed = second_readings.sign(
        actor=people.dermatologist2, reading=sampled(answered), opinion=WORSE
    )
    with pytest.raises(second_readings.NotAsked):
        second_readings.sign(actor=people.dermatologist2, reading=signed, opinion=SAME)
    with pytest.raises(DatabaseError), transaction.atomic():
        SecondReading.objects.filter(pk=signed.pk).update(diagnosis="NV")
    with pytest.raises(DatabaseError), transaction.atomic():
        signed.delete()


def test_only_who_was_asked_may_sign(people, answered):
    drawn = sampled(answered)
    for user in (people.dermatologist, people.outsider, people.administrator, people.patient):
        with pytest.raises(second_readings.NotAsked):
            second_readings.sign(actor=user, reading=drawn, opinion=SAME)


def test_an_opinion_says_everything(people, answered):
    with pytest.raises(second_readings.Incomplete) as problem:
        second_readings.sign(
            actor=people.dermatologist2, reading=sampled(answered),
            opinion=SecondOpinion("", None, None),
        )  # fmt: skip
    assert set(problem.value.problems) == {"diagnosis", "urgency", "confidence"}


def test_who_cannot_read_hands_over_to_one_drawn_by_lot(people, third, answered):
    drawn = sampled(answered)
    before = drawn.reader
    handed = second_readings.hand_over(actor=before, reading=drawn)
    assert handed.reader in {people.dermatologist2, third} - {before}
    with pytest.raises(second_readings.NotAsked):
        second_readings.hand_over(actor=before, reading=drawn)


def test_who_is_asked_and_whose_answer_is_disputed_are_told(people, answered):
    second_readings.sign(actor=people.dermatologist2, reading=sampled(answered), opinion=WORSE)
    told = {(one.user, one.kind) for one in Notification.objects.filter(case=answered.case)}
    assert (people.dermatologist2, NotificationKind.SECOND_READING) in told
    assert (people.dermatologist, NotificationKind.DISAGREEMENT) in told


def test_nobody_is_the_first_and_a_blind_second_reader_of_a_case(people, case):
    asked = second_readings.ask(
        actor=people.dermatologist, case=case, colleague=people.dermatologist2
    )
    worklist.release(actor=people.dermatologist, case=case)
    assert not worklist.claim(actor=people.dermatologist2, case=case)
    assert worklist.claim_next(actor=people.dermatologist2) is None
    assert worklist.claim_next(actor=people.dermatologist) == case
    worklist.release(actor=people.dermatologist, case=case)
    second_readings.sign(actor=people.dermatologist2, reading=asked, opinion=SAME)
    assert worklist.claim_next(actor=people.dermatologist2) == case


def test_who_reads_blind_sees_only_what_was_sent_before(people, answered):
    row = sampled(answered)
    earlier = read(row.reader, row.case).earlier
    later = cast.send_case(people.patient, lesion_of=row.case)
    assert later not in read(row.reader, row.case).earlier == earlier
    assert later in read(people.dermatologist, row.case).earlier


def test_an_opinion_given_before_the_answer_is_held_against_it(people, case, third):
    asked = second_readings.ask(
        actor=people.dermatologist, case=case, colleague=people.dermatologist2
    )
    second_readings.sign(actor=people.dermatologist2, reading=asked, opinion=WORSE)
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    review = reviews.sign(actor=people.dermatologist, review=draft, decision=decision())
    asked.refresh_from_db()
    assert (asked.review, asked.disagrees) == (review, True)
    called = SecondReading.objects.get(kind=SecondReadingKind.THIRD)
    assert called.reader == third
    told = Notification.objects.filter(kind=NotificationKind.DISAGREEMENT)
    assert [one.user for one in told] == [people.dermatologist]
    second_readings.sign(actor=third, reading=called, opinion=WORSE)
    assert list(second_readings.to_settle(people.dermatologist)) == [asked]


def test_an_early_opinion_is_compared_once_and_its_words_never_change(people, case):
    asked = second_readings.ask(
        actor=people.dermatologist, case=case, colleague=people.dermatologist2
    )
    second_readings.sign(actor=people.dermatologist2, reading=asked, opinion=SAME)
    with pytest.raises(DatabaseError), transaction.atomic():
        SecondReading.objects.filter(pk=asked.pk).update(diagnosis="MEL")
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    reviews.sign(actor=people.dermatologist, review=draft, decision=decision())
    with pytest.raises(DatabaseError), transaction.atomic():
        SecondReading.objects.filter(pk=asked.pk).update(disagrees=True)


def test_what_a_reader_who_left_was_asked_is_drawn_anew(people, answered, third):
    row = sampled(answered)
    gone = row.reader
    other = third if gone == people.dermatologist2 else people.dermatologist2
    assert second_readings.sweep() == 0
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert second_readings.sweep() == 1
    row.refresh_from_db()
    assert row.reader == other
    assert list(second_readings.mine(other)) == [row]
    User.objects.filter(pk=other.pk).update(clinic=people.other_clinic)
    assert second_readings.sweep() == 0  # nobody else is left
    row.refresh_from_db()
    assert row.reader == other


def test_a_third_reader_who_is_late_holds_up_no_settlement(people, answered, third):
    row = sampled(answered)
    second_readings.sign(actor=row.reader, reading=row, opinion=WORSE)
    waiting = SecondReading.objects.filter(kind=SecondReadingKind.THIRD)
    assert waiting.exists()
    assert list(second_readings.to_settle(people.dermatologist)) == []
    waiting.update(due_at=timezone.now() - timedelta(hours=1))
    assert list(second_readings.to_settle(people.dermatologist)) == [row]


def test_a_signature_draws_from_the_safety_sample(people, case):
    cast.decide(safety_sample_share=1.0, blinded_share=1.0)
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    reviews.sign(actor=people.dermatologist, review=draft, decision=decision())
    drawn = SecondReading.objects.get()
    assert (drawn.reader, drawn.blinded) == (people.dermatologist2, True)


def test_an_amendment_away_from_an_opinion_that_agreed_is_read_by_somebody_else(
    people, answered, third
):
    row = sampled(answered)
    second_readings.sign(actor=row.reader, reading=row, opinion=SAME)
    other = third if row.reader == people.dermatologist2 else people.dermatologist2
    same = reviews.amend(
        actor=people.dermatologist, review=answered, decision=decision(), reason="A word."
    )
    assert not SecondReading.objects.waiting().exists()
    melanoma = decision(diagnosis="MEL", urgency=1, outcome="urgent")
    amended = reviews.amend(
        actor=people.dermatologist, review=same, decision=melanoma, reason="Seen again."
    )
    asked = SecondReading.objects.waiting().get()
    assert (asked.reader, asked.review, asked.blinded) == (other, amended, True)
