"""The workers' side of a case: claim, record, fail, requeue."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from triage import scoring
from triage.models import Assessment, Case, ScoringState
from triage.urgency import Urgency

pytestmark = pytest.mark.django_db


def claim(**options) -> list[scoring.Claim]:
    return scoring.claim_batch(worker="w", **options)


def lose_lease(*cases: Case) -> None:
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(
        scoring_lease_until=timezone.now() - timedelta(seconds=1)
    )


def test_a_batch_is_claimed_most_urgent_first(people):
    calm = cast.send_case(people.patient)
    alarm = cast.send_case(people.patient, over_half_body=True)
    assert [c.case_id for c in claim()] == [alarm.pk, calm.pk]


def test_a_claimed_case_is_not_claimed_again(people):
    cast.send_case(people.patient)
    assert len(claim()) == 1
    assert claim() == []


def test_a_claim_names_every_photo_with_its_hash(people):
    case = cast.send_case(people.patient)
    (only,) = claim()
    photo = case.photos.get()
    assert only.photos == (scoring.ClaimedPhoto(str(photo.pk), photo.file.name, photo.sha256),)


def test_recording_writes_the_assessment_and_ranks_the_case_anew(people):
    case = cast.send_case(people.patient)
    (held,) = claim()
    alarming = {**cast.said().probabilities, "MEL": 0.7, "NV": 0.2}
    said = cast.said(probabilities=alarming, malignancy_risk=0.72)
    assert scoring.record_assessment(worker="w", claim=held, result=said)
    case.refresh_from_db()
    assert case.scoring_state == ScoringState.SCORED
    assert case.urgency == Urgency.URGENT_CANCER
    assert case.assessments.get().photo_sha256s == [case.photos.get().sha256]
    entry = Entry.objects.get(action="case.scored")
    assert entry.detail["artifact_sha256"] == "0" * 64


def test_a_clearly_benign_finding_leaves_the_floor_of_the_unscored(people):
    case = cast.send_case(people.patient)
    scoring.record_assessment(worker="w", claim=claim()[0], result=cast.said())
    case.refresh_from_db()
    assert case.urgency == Urgency.ADVICE


def test_whoever_lost_the_lease_cannot_record(people):
    case = cast.send_case(people.patient)
    (first,) = claim()
    lose_lease(case)
    (second,) = claim()
    assert second.fence > first.fence
    assert not scoring.record_assessment(worker="w", claim=first, result=cast.said())
    assert scoring.record_assessment(worker="w2", claim=second, result=cast.said())
    assert not scoring.fail(worker="w", claim=first, problem="late")
    assert Assessment.objects.count() == 1
    case.refresh_from_db()
    assert case.scoring_state == ScoringState.SCORED


def test_one_model_version_scores_a_case_once(people):
    case = cast.send_case(people.patient)
    scoring.record_assessment(worker="w", claim=claim()[0], result=cast.said())
    Case.objects.filter(pk=case.pk).update(scoring_state=ScoringState.WAITING)
    assert not scoring.record_assessment(worker="w", claim=claim()[0], result=cast.said())
    assert Assessment.objects.count() == 1
    case.refresh_from_db()
    assert case.scoring_state == ScoringState.SCORED


def test_a_failing_case_is_parked_for_a_human_after_its_last_attempt(people):
    case = cast.send_case(people.patient)
    for attempt in range(1, settings.SCORING_ATTEMPTS + 1):
        (held,) = claim()
        assert scoring.fail(worker="w", claim=held, problem="cannot be read")
        case.refresh_from_db()
        assert case.scoring_attempts == attempt
    assert case.scoring_state == ScoringState.FAILED
    assert case.scoring_problem == "cannot be read"
    assert case.urgency <= Urgency.SOON
    assert claim() == []


def test_a_case_that_cost_an_attempt_is_claimed_alone(people):
    poison, mate = cast.send_case(people.patient), cast.send_case(people.patient)
    assert len(claim()) == 2
    lose_lease(poison, mate)
    assert [len(claim()), len(claim()), len(claim())] == [1, 1, 0]


def test_new_cases_are_not_held_up_by_one_that_waits_for_its_next_attempt(people):
    again = cast.send_case(people.patient, over_half_body=True)
    scoring.fail(worker="w", claim=claim()[0], problem="broken")
    fresh = cast.send_case(people.patient)
    assert [c.case_id for c in claim()] == [again.pk]
    assert [c.case_id for c in claim()] == [fresh.pk]


def test_a_lost_worker_s_cases_go_back_and_in_the_end_to_a_human(people):
    case = cast.send_case(people.patient)
    for _ in range(settings.SCORING_ATTEMPTS):
        assert len(claim()) == 1
        lose_lease(case)
    assert claim() == []
    case.refresh_from_db()
    assert case.scoring_state == ScoringState.FAILED
    assert "lost" in case.scoring_problem
    assert any(reason["code"] == "failed" for reason in case.reasons)


def test_cases_put_back_have_lost_no_attempt(people):
    case = cast.send_case(people.patient)
    held = claim()
    scoring.put_back(worker="w", claims=held)
    case.refresh_from_db()
    assert (case.scoring_state, case.scoring_attempts) == (ScoringState.WAITING, 0)
    assert not scoring.fail(worker="w", claim=held[0], problem="late"), "the lease is gone"
    assert len(claim()) == 1


def test_one_result_that_the_database_refuses_leaves_its_batch_unrecorded(people):
    good, bad = cast.send_case(people.patient), cast.send_case(people.patient)
    held = {c.case_id: c for c in claim()}
    said = [(held[good.pk], cast.said()), (held[bad.pk], cast.said(malignancy_risk=2.0))]
    with pytest.raises(IntegrityError), transaction.atomic():
        scoring.record_assessments(worker="w", results=said)
    assert Assessment.objects.count() == 0
    assert scoring.record_assessment(worker="w", claim=held[good.pk], result=cast.said())


def test_what_was_scored_is_never_changed(people):
    cast.send_case(people.patient)
    scoring.record_assessment(worker="w", claim=claim()[0], result=cast.said())
    for change in (
        lambda: Assessment.objects.update(malignancy_risk=0),
        lambda: Assessment.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            change()
