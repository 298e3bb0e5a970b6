"""Reading a case: first opinion, the model's, the signature, amendments, drafts."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from triage import reviews, scoring, worklist
from triage.models import Agreement, Case, PhotoAdequacy, Review, ReviewOutcome
from triage.reviews import Decision, Opinion
from triage.standard_texts import STANDARD_TEXTS

pytestmark = pytest.mark.django_db

OPINION = Opinion(diagnosis="NV", urgency=4, confidence=2)


def decision(**changes: object) -> Decision:
    usual = {
        "diagnosis": "NV", "urgency": 2, "outcome": "routine", "confidence": 3,
        "advice": "We see you in clinic.", "safety_net": "Tell us if it bleeds.",
    }  # fmt: skip
    return Decision(**{**usual, **changes})


@pytest.fixture
def case(people) -> Case:
    """On the first dermatologist's desk, scored as a harmless mole."""
    case = cast.send_case(people.patient)
    score(case)
    case.refresh_from_db()
    assert worklist.claim(actor=people.dermatologist, case=case)
    return case


def score(case: Case, **said: object) -> None:
    (held,) = scoring.claim_batch(worker="w")
    assert scoring.record_assessment(worker="w", claim=held, result=cast.said(**said))


@pytest.fixture
def draft(people, case) -> Review:
    return reviews.open_review(actor=people.dermatologist, case=case)


@pytest.fixture
def committed(people, draft) -> Review:
    return reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)


@pytest.fixture
def signed(people, committed) -> Review:
    return reviews.sign(actor=people.dermatologist, review=committed, decision=decision())


def lose(case: Case) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Case.objects.filter(pk=case.pk).update(reader_lease_until=past)


def refused_by_the_database(change: Callable[[], object], match: str = "written once") -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        change()


# ---- the first opinion -----------------------------------------------------------------------


def test_a_case_that_is_not_on_the_desk_cannot_be_opened(people, case):
    with pytest.raises(reviews.NotYours):
        reviews.open_review(actor=people.dermatologist2, case=case)
    lose(case)
    with pytest.raises(reviews.NotYours):
        reviews.open_review(actor=people.dermatologist, case=case)


def test_opening_twice_goes_on_with_the_same_draft(people, case, draft):
    assert reviews.open_review(actor=people.dermatologist, case=case) == draft
    assert Entry.objects.filter(action="review.opened", object_id=case.reference).count() == 1


def test_nothing_is_revealed_before_the_first_opinion_and_all_at_it(draft, committed):
    assert draft.revealed_at is None
    assert committed.revealed_at is not None
    assert committed.first_committed_at <= committed.revealed_at
    entry = Entry.objects.get(action="assessment.revealed")
    assert entry.detail["model_version"] == "test-1"


def test_the_first_opinion_is_given_once(people, committed):
    other = Opinion("MEL", 1, 3)
    with pytest.raises(reviews.AlreadyCommitted):
        reviews.commit_first_opinion(actor=people.dermatologist, review=committed, opinion=other)
    committed.refresh_from_db()
    assert committed.first_diagnosis == "NV"


@pytest.mark.parametrize("change", [
    {"first_diagnosis": "MEL"}, {"first_urgency": 1}, {"first_confidence": 3},
    {"first_committed_at": None},
])  # fmt: skip
def test_the_database_itself_locks_the_first_opinion(committed, change):
    refused_by_the_database(lambda: Review.objects.filter(pk=committed.pk).update(**change))


@pytest.mark.parametrize("opinion", [
    Opinion("nonsense", 4, 2), Opinion("NV", 5, 2), Opinion("NV", 4, 0),
])  # fmt: skip
def test_an_incomplete_first_opinion_commits_nothing(people, draft, opinion):
    with pytest.raises(reviews.Incomplete) as refused:
        reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=opinion)
    assert len(refused.value.problems) == 1
    draft.refresh_from_db()
    assert draft.first_committed_at is None


def test_with_the_setting_off_the_model_is_shown_at_once_and_no_first_opinion_is_faked(
    people, case
):
    cast.decide(commit_then_reveal=False)
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    assert draft.revealed_at is not None
    with pytest.raises(reviews.AlreadyCommitted):
        reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    cast.decide(commit_then_reveal=True)  # changed while the case is being read
    signed = reviews.sign(actor=people.dermatologist, review=draft, decision=decision())
    assert signed.first_diagnosis == ""


# ---- the signature ---------------------------------------------------------------------------


def test_nothing_is_signed_before_the_first_opinion(people, draft):
    with pytest.raises(reviews.OpinionFirst):
        reviews.sign(actor=people.dermatologist, review=draft, decision=decision())


def test_a_signature_answers_the_case_and_takes_it_off_the_worklist(people, case, signed):
    case.refresh_from_db()
    assert case.answered_at == signed.signed_at
    assert case.reader is None
    assert not worklist.open_cases(people.dermatologist).exists()
    assert (signed.version, signed.agreement) == (1, Agreement.AGREES)
    entry = Entry.objects.get(action="review.signed")
    assert entry.detail["first_diagnosis"] == "NV"
    assert entry.detail["outcome"] == "routine"


@pytest.mark.parametrize(("diagnosis", "agreement"), [
    ("NV", Agreement.AGREES), ("BKL", Agreement.PARTLY), ("TINEA", Agreement.DISAGREES),
])  # fmt: skip
def test_agreement_with_the_model_is_noted(people, committed, diagnosis, agreement):
    choice = decision(diagnosis=diagnosis)
    signed = reviews.sign(actor=people.dermatologist, review=committed, decision=choice)
    assert signed.agreement == agreement


def test_a_case_that_no_model_has_scored_can_be_signed(people):
    case = cast.send_case(people.patient)
    worklist.claim(actor=people.dermatologist, case=case)
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    signed = reviews.sign(actor=people.dermatologist, review=draft, decision=decision())
    assert signed.agreement == Agreement.NO_MODEL


@pytest.mark.parametrize(("change", "field"), [
    ({"diagnosis": "XYZ"}, "diagnosis"),
    ({"outcome": "forget"}, "outcome"),
    ({"urgency": None}, "urgency"),
    ({"urgency": 9}, "urgency"),
    ({"advice": "  "}, "advice"),
    ({"safety_net": ""}, "safety_net"),
    ({"confidence": 7}, "confidence"),
    ({"outcome": "urgent", "urgency": 3}, "urgency"),
    ({"outcome": "emergency", "urgency": 1}, "urgency"),
    *(({"outcome": slow, "urgency": 0}, "outcome")
      for slow in ("photos_again", "routine", "discharge", "self_care")),
    *(({"outcome": leaves, "urgency": 1}, "urgency") for leaves in ("discharge", "self_care")),
])  # fmt: skip
def test_an_incomplete_decision_is_not_signed(people, case, committed, change, field):
    with pytest.raises(reviews.Incomplete) as refused:
        reviews.sign(actor=people.dermatologist, review=committed, decision=decision(**change))
    assert set(refused.value.problems) == {field}
    case.refresh_from_db()
    assert case.answered_at is None


@pytest.mark.parametrize("outcome", ["emergency", "urgent"])
def test_an_emergency_is_signed_with_an_outcome_that_is_fast(people, committed, outcome):
    fast = decision(urgency=0, outcome=outcome)
    assert reviews.sign(actor=people.dermatologist, review=committed, decision=fast).signed_at


def test_whoever_is_asked_for_new_photos_is_given_no_time_to_wait():
    assert "week" not in STANDARD_TEXTS[ReviewOutcome.PHOTOS_AGAIN].safety_net


def test_lowering_the_urgency_needs_a_reason_and_raising_it_none(people, case, committed):
    Case.objects.filter(pk=case.pk).update(urgency=2)
    lower = decision(urgency=3)
    with pytest.raises(reviews.Incomplete) as refused:
        reviews.sign(actor=people.dermatologist, review=committed, decision=lower)
    assert set(refused.value.problems) == {"urgency_reason"}
    higher = decision(urgency=1, outcome="urgent")
    assert reviews.sign(actor=people.dermatologist, review=committed, decision=higher).signed_at


def test_nobody_is_sent_home_on_photos_that_were_all_inadequate(people, case, committed):
    photo = str(case.photos.get().pk)
    home = decision(outcome="discharge", urgency=4, adequate={photo: False}, urgency_reason="Mole")
    with pytest.raises(reviews.Incomplete) as refused:
        reviews.sign(actor=people.dermatologist, review=committed, decision=home)
    assert "outcome" in refused.value.problems
    visit = decision(outcome="routine", adequate={photo: False})
    reviews.sign(actor=people.dermatologist, review=committed, decision=visit)
    assert PhotoAdequacy.objects.get().adequate is False


def test_adequacy_is_kept_for_photos_of_this_case_only(people, case, committed):
    foreign = cast.send_case(people.patient2).photos.get()
    mine = case.photos.get()
    choice = decision(adequate={str(mine.pk): True, str(foreign.pk): False})
    signed = reviews.sign(actor=people.dermatologist, review=committed, decision=choice)
    assert list(signed.adequacies.values_list("photo", flat=True)) == [mine.pk]


def test_whoever_lost_the_case_cannot_sign_it(people, case, committed):
    lose(case)
    with pytest.raises(reviews.NotYours):
        reviews.sign(actor=people.dermatologist, review=committed, decision=decision())
    worklist.claim(actor=people.dermatologist2, case=case)
    with pytest.raises(reviews.NotYours):
        reviews.sign(actor=people.dermatologist, review=committed, decision=decision())


def test_nobody_signs_with_somebody_else_s_draft(people, case, committed):
    worklist.release(actor=people.dermatologist, case=case)
    worklist.claim(actor=people.dermatologist2, case=case)
    with pytest.raises(reviews.NotYours):
        reviews.sign(actor=people.dermatologist2, review=committed, decision=decision())


def test_nothing_is_signed_twice(people, signed):
    with pytest.raises(reviews.NotYours):
        reviews.sign(actor=people.dermatologist, review=signed, decision=decision(diagnosis="MEL"))
    assert Review.objects.signed().count() == 1


def test_the_database_itself_keeps_what_was_signed(people, case, signed):
    PhotoAdequacy.objects.bulk_create(
        [PhotoAdequacy(review=signed, photo=case.photos.get(), adequate=True)]
    )
    own = Review.objects.filter(pk=signed.pk)
    for change in (
        lambda: own.update(diagnosis="MEL"),
        lambda: own.update(advice="Something else"),
        lambda: own.update(signed_at=None, version=None),
        lambda: own._raw_delete("default"),
        lambda: PhotoAdequacy.objects.update(adequate=False),
        lambda: PhotoAdequacy.objects.all()._raw_delete("default"),
    ):
        refused_by_the_database(change)
    own.update(patient_told_at=timezone.now())  # the one thing that happens to it later


def test_the_database_itself_refuses_half_a_signature(committed):
    own = Review.objects.filter(pk=committed.pk)
    refused_by_the_database(
        lambda: own.update(signed_at=timezone.now()), match="review_signed_is_complete"
    )


# ---- drafts ----------------------------------------------------------------------------------


def test_a_draft_may_be_incomplete_and_is_found_again(people, case, committed):
    photo = str(case.photos.get().pk)
    half = Decision(advice="So far", adequate={photo: True})
    reviews.save_draft(actor=people.dermatologist, review=committed, decision=half)
    half = Decision(advice="So far, so good", adequate={photo: False})
    reviews.save_draft(actor=people.dermatologist, review=committed, decision=half)
    kept = reviews.draft_of(people.dermatologist, case)
    assert kept.advice == "So far, so good"
    assert [a.adequate for a in kept.adequacies.all()] == [False]


def test_a_draft_is_kept_even_after_the_case_was_lost(people, case, committed):
    lose(case)
    worklist.claim(actor=people.dermatologist2, case=case)
    reviews.save_draft(
        actor=people.dermatologist, review=committed, decision=Decision(advice="Not lost")
    )
    assert reviews.draft_of(people.dermatologist, case).advice == "Not lost"
    assert reviews.draft_of(people.dermatologist2, case) is None


def test_a_draft_is_its_writer_s_alone(people, committed):
    for user in (people.dermatologist2, people.outsider, people.patient):
        with pytest.raises(reviews.NotYours):
            reviews.save_draft(actor=user, review=committed, decision=Decision(advice="Mine"))


def test_a_draft_saved_late_changes_nothing_that_was_signed(people, signed):
    with pytest.raises(reviews.NotYours):
        reviews.save_draft(
            actor=people.dermatologist, review=signed, decision=Decision(advice="Too late")
        )


# ---- amendments ------------------------------------------------------------------------------


def test_an_amendment_is_a_new_version_and_the_old_one_stays(people, case, signed):
    amended = reviews.amend(
        actor=people.dermatologist2, review=signed, reason="Histology is back.",
        decision=decision(diagnosis="MEL", urgency=1, outcome="urgent"),
    )  # fmt: skip
    assert (amended.version, amended.amends) == (2, signed)
    first, second = case.reviews.signed()
    assert (first.diagnosis, second.diagnosis) == ("NV", "MEL")
    assert second.agreement == Agreement.PARTLY
    entry = Entry.objects.get(action="review.amended")
    assert entry.detail["urgency"] == [2, 1]


def test_the_chain_of_amendments_does_not_branch(people, signed):
    def amend(review: Review) -> Review:
        return reviews.amend(
            actor=people.dermatologist, review=review, decision=decision(), reason="More."
        )

    second = amend(signed)
    with pytest.raises(reviews.AlreadyAmended):
        amend(signed)
    assert amend(second).version == 3


def test_an_amendment_needs_a_reason_and_a_complete_decision(people, signed):
    for reason, choice in (("  ", decision()), ("Because", decision(advice=""))):
        with pytest.raises(reviews.Incomplete):
            reviews.amend(actor=people.dermatologist, review=signed, decision=choice, reason=reason)
    assert Review.objects.signed().count() == 1


def test_an_amendment_can_lower_the_urgency_only_with_a_reason(people, case, signed):
    Case.objects.filter(pk=case.pk).update(urgency=1)
    lower = decision(urgency=3)
    with pytest.raises(reviews.Incomplete):
        reviews.amend(actor=people.dermatologist, review=signed, decision=lower, reason="More.")


def test_only_dermatologists_of_the_clinic_amend(people, signed):
    for user in (people.outsider, people.patient, people.administrator):
        with pytest.raises(reviews.NotYours):
            reviews.amend(actor=user, review=signed, decision=decision(), reason="I want to.")


def test_the_database_itself_refuses_a_second_version_that_amends_nothing(people, signed):
    def forge() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO triage_review SELECT (jsonb_populate_record(r, %s::jsonb)).* "
                "FROM triage_review r WHERE id = %s",
                ['{"id": 99999999, "version": 2}', signed.pk],
            )

    refused_by_the_database(forge, match="review_amends_its_forerunner")


# ---- cautions --------------------------------------------------------------------------------


def test_a_second_look_is_asked_for_where_a_decision_is_bold(case):
    assessment = case.assessments.get()
    calm = decision(outcome="discharge", urgency=4)
    assert reviews.cautions(calm, assessment) == []
    assert len(reviews.cautions(decision(outcome="self_care", diagnosis="MEL"), None)) == 1
    assessment.malignancy_risk = 0.9
    assert len(reviews.cautions(calm, assessment)) == 1
    assert reviews.cautions(decision(outcome="routine"), assessment) == []


def test_a_second_look_is_asked_for_where_the_same_lesion_was_a_cancer(case):
    before = case
    before.answer_diagnosis = "MEL"
    calm = decision(outcome="discharge", urgency=4)
    (asked,) = reviews.cautions(calm, None, before)
    assert "Melanoma" in asked
    before.answer_diagnosis = "NV"
    assert reviews.cautions(calm, None, before) == []
