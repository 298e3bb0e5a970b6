"""Trials and rescoring: seen by nobody, in nobody's way."""

import pytest
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from triage import comparison, ranking, registry, reviews, scoring, second_looks, worklist
from triage.models import Assessment, Case, ModelVersion, ScoringState
from triage.urgency import Urgency

pytestmark = pytest.mark.django_db
ALARMING = {**cast.said().probabilities, "MEL": 0.7, "NV": 0.2}


@pytest.fixture
def models(people) -> registry.Serving:
    """test-1 is active, test-2 on trial."""
    found = [registry.Found(version, "0" * 64, {}) for version in ("test-1", "test-2")]
    registry.found(worker="w", models=found, default="test-1")
    trial = ModelVersion.objects.get(version="test-2")
    registry.start_shadow(actor=people.administrator, model=trial, reason="Try it.")
    return registry.serving()


def score(case: Case, **said: object) -> None:
    (claim,) = [c for c in scoring.claim_batch(worker="w") if c.case_id == case.pk]
    assert scoring.record_assessment(worker="w", claim=claim, result=cast.said(**said))
    case.refresh_from_db()


def alarm(version: str = "test-2") -> scoring.ScoringResult:
    return cast.said(
        model_version=version, probabilities=ALARMING, malignancy_risk=0.75, melanoma_risk=0.7
    )


def look(left, keep, version: str = "test-2") -> int:
    claims = second_looks.claims(left, limit=10, without=())
    return keep(worker="w", results=[(claim, alarm(version)) for claim in claims])


def try_out(models) -> int:
    return look(second_looks.left_for_trial(models.shadow), second_looks.record_trial)


def test_a_trial_takes_each_scored_case_once(people, models):
    score(cast.send_case(people.patient))
    cast.send_case(people.patient)  # not scored yet: the active model comes first
    assert try_out(models) == 1
    assert try_out(models) == 0


def test_what_a_trial_says_moves_no_case_and_is_in_the_ledger(people, models):
    case = cast.send_case(people.patient)
    score(case)
    before = (case.urgency, case.score, case.reasons)
    try_out(models)
    case.refresh_from_db()
    assert (case.urgency, case.score, case.reasons) == before
    ranking.rerank(cases=[Case.objects.select_related("patient", "lesion", "symptoms").get()])
    case.refresh_from_db()
    assert case.urgency == before[0]
    entry = Entry.objects.get(action="case.scored_in_trial")
    assert entry.detail["model_version"] == "test-2"


def test_nobody_is_shown_what_a_trial_says(people, models, client):
    case = cast.send_case(people.patient)
    score(case)
    try_out(models)
    assert Assessment.with_shadow.count() == 2
    assert [row.model_version for row in case.assessments.all()] == ["test-1"]
    worklist.claim(actor=people.dermatologist, case=case)
    review = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(
        actor=people.dermatologist, review=review, opinion=reviews.Opinion("NV", 4, 2)
    )
    for person, address in (
        (people.patient, reverse("triage:case", args=[case.reference])),
        (people.dermatologist, reverse("triage:reading", args=[case.reference])),
        (people.dermatologist, reverse("triage:worklist")),
        (people.dermatologist, reverse("api:case", args=[case.reference])),
    ):
        client.force_login(person)
        answer = client.get(address)
        assert answer.status_code == 200
        assert "test-2" not in answer.content.decode()


def test_a_case_that_came_back_meanwhile_is_left_alone(people, models):
    case = cast.send_case(people.patient)
    score(case)
    claims = second_looks.claims(second_looks.left_for_trial(models.shadow), limit=10, without=())
    Case.objects.filter(pk=case.pk).update(scoring_state=ScoringState.WAITING)
    assert second_looks.record_trial(worker="w", results=[(claims[0], alarm())]) == 0


def test_one_worker_at_a_time_looks_again(people, django_db_blocker):
    from django.db import connection

    with second_looks.only_worker() as first:
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [second_looks.LOCK])
            taken = cursor.fetchone()[0]
        other.close()
    assert (first, taken) == (True, False)


def promote(people, models) -> ModelVersion:
    """test-2 becomes active, as two administrators would have it."""
    ModelVersion.objects.filter(version="test-1").update(state="retired")
    ModelVersion.objects.filter(version="test-2").update(state="active")
    active = ModelVersion.objects.active()
    return registry.rescore_open(actor=people.administrator, model=active, reason="All of them.")


def test_open_cases_are_scored_again_by_a_new_active_model_when_asked(people, models):
    case = cast.send_case(people.patient)
    score(case)
    assert case.urgency == Urgency.ADVICE
    active = promote(people, models)
    assert look(second_looks.left_to_rescore(active), second_looks.record_rescoring) == 1
    case.refresh_from_db()
    assert (case.urgency, case.scoring_state) == (Urgency.URGENT_CANCER, ScoringState.SCORED)
    assert Entry.objects.get(action="case.rescored").detail["urgency"] == [4, 1]
    assert not second_looks.left_to_rescore(active).exists()


def test_a_roll_back_brings_back_what_the_earlier_model_says(people, models):
    case = cast.send_case(people.patient)
    (claim,) = scoring.claim_batch(worker="w")
    scoring.record_assessment(worker="w", claim=claim, result=alarm("test-1"))
    harmless = promote(people, models)
    ModelVersion.objects.filter(version="test-1").update(active_before=timezone.now())
    calm = cast.said(model_version="test-2")
    claims = second_looks.claims(second_looks.left_to_rescore(harmless), limit=9, without=())
    second_looks.record_rescoring(worker="w", results=[(claim, calm) for claim in claims])
    case.refresh_from_db()
    assert case.urgency == Urgency.ADVICE

    back = registry.roll_back(actor=people.administrator, reason="It misses too much.")
    left = second_looks.left_to_rescore(back)
    claims = second_looks.claims(left, limit=9, without=())
    said = [(claim, alarm("test-1")) for claim in claims]
    assert second_looks.record_rescoring(worker="w", results=said) == 1
    assert second_looks.record_rescoring(worker="w2", results=said) == 0
    case.refresh_from_db()
    assert case.urgency == Urgency.URGENT_CANCER
    assert [(a.model_version, a.again) for a in case.assessments.order_by("pk")] == [
        ("test-1", 0), ("test-2", 0), ("test-1", 1),
    ]  # fmt: skip
    assert not second_looks.left_to_rescore(back).exists()


def test_rescoring_leaves_alone_what_is_answered_or_on_a_desk(people, models):
    busy, answered = cast.send_case(people.patient), cast.send_case(people.patient)
    for claim in scoring.claim_batch(worker="w"):
        scoring.record_assessment(worker="w", claim=claim, result=cast.said())
    worklist.claim(actor=people.dermatologist, case=busy)
    Case.objects.filter(pk=answered.pk).update(answered_at=answered.submitted_at)
    assert not second_looks.left_to_rescore(promote(people, models)).exists()


def test_rescoring_changes_nothing_for_who_took_the_case_meanwhile(people, models):
    case = cast.send_case(people.patient)
    score(case)
    left = second_looks.left_to_rescore(promote(people, models))
    claims = second_looks.claims(left, limit=10, without=())
    results = [(claim, alarm()) for claim in claims]
    assert worklist.claim(actor=people.dermatologist, case=case)
    assert second_looks.record_rescoring(worker="w", results=results) == 0
    worklist.release(actor=people.dermatologist, case=case)
    assert second_looks.record_rescoring(worker="w", results=results) == 1


def test_rescoring_never_lowers_a_clinician_s_urgency(people, models):
    case = cast.send_case(people.patient)
    score(case)
    worklist.claim(actor=people.dermatologist, case=case)
    review = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(
        actor=people.dermatologist, review=review, opinion=reviews.Opinion("MEL", 1, 3)
    )
    decision = reviews.Decision("MEL", 1, "urgent", "Advice.", "Come back.", confidence=3)
    reviews.sign(actor=people.dermatologist, review=review, decision=decision)
    Case.objects.filter(pk=case.pk).update(answered_at=None)  # as if it had come back
    (claim,) = second_looks.claims(
        second_looks.left_to_rescore(promote(people, models)), limit=1, without=()
    )
    harmless = cast.said(model_version="test-2")
    assert second_looks.record_rescoring(worker="w", results=[(claim, harmless)]) == 1
    case.refresh_from_db()
    assert case.urgency == Urgency.URGENT_CANCER


def test_the_comparison_counts_each_case_once_by_its_newest_photos(people, models):
    for _ in range(2):
        score(cast.send_case(people.patient))
    try_out(models)
    seen = comparison.compare(models.active, models.shadow)
    assert (seen.cases, seen.agreement.count, seen.answered.cases) == (2, 0, 0)
    assert (seen.active_ms, seen.trial_ms) == (5, 5)
