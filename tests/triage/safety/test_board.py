"""The board's figures, against hand-counted cases made through the portal's own code."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import cast
from tests.triage.safety.clinic import answered, scored
from triage import pathology, patients, retakes, worklist
from triage.models import Case
from triage.safety import board

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> cast.Cast:
    found = cast.gather()
    for user, skin_type, sex in ((found.patient, 2, "female"), (found.patient2, 6, "male")):
        patient = patients.patient_of(user)
        patients.update_profile(actor=user, patient=patient, skin_type=skin_type, sex=sex)
    return found


def group(figures: board.Figures, dimension: str, value: str) -> board.Group:
    return next(one for one in figures.of(dimension) if one.value == value)


def test_an_empty_portal_has_a_board_without_figures():
    figures = board.gather(None)
    assert (figures.everything.scored, figures.everything.sensitivity.value) == (0, None)
    assert figures.auc.value is None


def test_sensitivity_and_specificity_by_hand(people):
    """Fair skin: a melanoma found and one missed, two moles left alone. Dark skin: a mole alarmed,
    and a case that nobody has answered."""
    answered(people, alarmed=True, diagnosis="MEL")
    answered(people, alarmed=False, diagnosis="MEL")
    answered(people, alarmed=False, diagnosis="NV")
    answered(people, alarmed=False, diagnosis="NV")
    answered(people, alarmed=True, diagnosis="NV", patient=people.patient2)
    scored(people, alarmed=True, patient=people.patient2)
    figures = board.gather(None)
    everything = figures.everything
    assert (everything.scored, everything.answered) == (6, 5)
    assert (everything.sensitivity.count, everything.sensitivity.of) == (1, 2)
    assert (everything.specificity.count, everything.specificity.of) == (2, 3)
    assert (everything.melanoma.count, everything.melanoma.of) == (1, 2)
    fair, dark = group(figures, "skin_type", "2"), group(figures, "sex", "male")
    assert (fair.specificity.count, fair.specificity.of) == (2, 2)
    assert (dark.scored, dark.specificity.count, dark.specificity.of) == (2, 0, 1)
    assert figures.auc.value == pytest.approx((1 * 2 + 0.5 * 1 + 0.5 * 2) / 6)


def test_pathology_overrules_the_answer(people):
    case = answered(people, alarmed=True, diagnosis="NV")
    result = pathology.Result("MEL", timezone.localdate())
    pathology.enter(actor=people.dermatologist, reference=case.reference, result=result)
    everything = board.gather(None).everything
    assert (everything.sensitivity.count, everything.sensitivity.of) == (1, 1)
    assert (everything.pathology_sensitivity.of, everything.specificity.of) == (1, 0)


def test_an_answer_that_says_nothing_of_cancer_is_no_truth(people):
    answered(people, alarmed=True, diagnosis="OTHER")
    assert board.gather(None).everything.answered == 0


def test_agreement_before_and_after_the_model_was_shown(people):
    """The model says mole. One reader agrees at once, one follows it, one stays with melanoma."""
    answered(people, alarmed=False, diagnosis="NV")
    answered(people, alarmed=False, diagnosis="NV", first="BKL")
    answered(people, alarmed=False, diagnosis="MEL")
    seen = board.gather(None).agreement
    assert (seen.readings, seen.before.count, seen.after.count) == (3, 1, 2)
    assert (seen.towards.count, seen.towards.of, seen.away.count, seen.away.of) == (1, 2, 0, 1)


def test_photos_asked_for_again_are_counted_by_skin_type(people):
    case = scored(people, alarmed=False, patient=people.patient2)
    scored(people, alarmed=False, patient=people.patient2)
    worklist.claim(actor=people.dermatologist, case=case)
    retakes.ask(actor=people.dermatologist, case=case, reasons=["blurred"])
    dark = group(board.gather(None), "skin_type", "6")
    assert (dark.photos_again.count, dark.photos_again.of) == (1, 2)


def test_a_window_counts_the_cases_sent_in_it(people):
    old = scored(people, alarmed=False)
    scored(people, alarmed=False)
    Case.objects.filter(pk=old.pk).update(submitted_at=timezone.now() - timedelta(days=40))
    assert board.gather(board.since("30")).everything.scored == 1
    assert board.gather(board.since("90")).everything.scored == 2


def test_a_rescored_case_counts_once_by_its_newest_word(people):
    from triage import registry, second_looks
    from triage.models import ModelVersion

    scored(people, alarmed=False)
    found = [registry.Found(version, "0" * 64, {}) for version in ("test-1", "test-2")]
    registry.found(worker="w", models=found, default="test-2")
    active = ModelVersion.objects.active()
    active = registry.rescore_open(actor=people.administrator, model=active, reason="All.")
    left = second_looks.left_to_rescore(active)
    (claim,) = second_looks.claims(left, limit=9, without=())
    said = cast.said(model_version="test-2", malignancy_risk=0.9)
    second_looks.record_rescoring(worker="w", results=[(claim, said)])
    assert board.gather(None).everything.scored == 1


def test_the_board_is_kept_for_minutes_and_says_of_when_it_is(people):
    first = board.current("90")
    scored(people, alarmed=False)
    assert board.current("90").as_of == first.as_of


def test_the_time_of_reading_is_that_of_all_readers_by_urgency(people):
    from tests.triage.test_my_work import read

    read(people, first="NV", signed="NV", seconds=30)
    read(people, first="NV", signed="NV", seconds=50, by=people.dermatologist2)
    read(people, first="NV", signed="NV")
    (found,) = board.gather(None).reading
    assert (found.cases, found.measured, found.reading_seconds) == (3, 2, 40)
    assert board.gather(timezone.now() + timedelta(days=1)).reading == ()
