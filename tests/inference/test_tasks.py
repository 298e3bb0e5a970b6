"""Claim, predict, record, with the released model and the real database."""

import io
import os

import numpy as np
import pytest
from django.core.files.storage import default_storage

from inference import tasks
from inference.classifier import Classifier
from inference.fusion import Fusion
from inference.labels import MALIGNANT
from inference.patient import PatientFacts
from tests import cast
from training.procedural import lesion_photo
from triage.history import CaseHistory
from triage.models import Assessment, Case, ScoringState, Worker
from triage.symptoms import Answers

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def photo() -> bytes:
    stream = io.BytesIO()
    lesion_photo(5, skin_tone=2, size=(640, 480)).save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def people(settings, tmp_path) -> cast.Cast:
    settings.MEDIA_ROOT = tmp_path
    return cast.gather()


def test_everything_that_waits_is_scored_and_the_worker_says_with_what(people, photo):
    cases = [cast.send_case(people.patient, photo=photo) for _ in range(3)]
    tasks.score_waiting()
    assert Case.objects.filter(scoring_state=ScoringState.SCORED).count() == 3
    said = cases[0].assessments.get()
    assert abs(sum(said.probabilities.values()) - 1) < 1e-3
    assert said.findings.get().photo_id == cases[0].photos.get().pk
    assert Worker.objects.get().model_version == said.model_version


def test_a_photo_that_is_no_photo_fails_alone_and_ends_with_a_human(people, photo):
    broken = cast.send_case(people.patient, photo=b"never a photo")
    fine = cast.send_case(people.patient, photo=photo)
    for _attempt in range(3):
        tasks.score_waiting()
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.scoring_state, broken.scoring_attempts) == (ScoringState.FAILED, 3)
    assert fine.scoring_state == ScoringState.SCORED


def test_a_photo_that_is_missing_fails_its_case(people, photo):
    case = cast.send_case(people.patient, photo=photo)
    default_storage.delete(case.photos.get().file.name)
    for _attempt in range(3):
        tasks.score_waiting()
    case.refresh_from_db()
    assert case.scoring_state == ScoringState.FAILED


def break_file(case: Case) -> str:
    """Reading the case's photo now fails as a broken disk would, and not as a missing file."""
    path = default_storage.path(case.photos.get().file.name)
    os.rename(path, f"{path}.away")
    os.mkdir(path)
    return path


def mend_file(path: str) -> None:
    os.rmdir(path)
    os.rename(f"{path}.away", path)


@pytest.mark.parametrize("waiting", [1, 5])
def test_a_storage_that_does_not_answer_costs_no_attempt(people, photo, settings, waiting):
    settings.SCORING_BATCH = 2  # the second batch is claimed before the first is known to fail
    cases = [cast.send_case(people.patient, photo=photo) for _ in range(waiting)]
    paths = [break_file(case) for case in cases]
    tasks.score_waiting()
    state = Case.objects.values_list("scoring_state", "scoring_attempts")
    assert set(state) == {(ScoringState.WAITING, 0)}
    assert "storage does not answer" in Worker.objects.get().problem
    for path in paths:
        mend_file(path)
    tasks.score_waiting()
    assert Assessment.objects.count() == waiting


def test_one_file_that_cannot_be_read_holds_up_no_other_case(people, photo):
    broken = cast.send_case(people.patient, photo=photo, over_half_body=True)  # always the first
    others = [cast.send_case(people.patient, photo=photo) for _ in range(2)]
    break_file(broken)
    for _attempt in range(3):
        tasks.score_waiting()
    broken.refresh_from_db()
    assert (broken.scoring_state, broken.scoring_attempts) == (ScoringState.FAILED, 3)
    assert "could not be read" in broken.scoring_problem
    assert all(case.assessments.count() == 1 for case in others)


def bleeding_counts(artifact) -> Fusion:
    """Bleeding makes each malignancy likelier; nothing else is read."""
    ratios = np.zeros((2, len(artifact.labels)))
    ratios[1, [label in MALIGNANT for label in artifact.labels]] = 4.0
    return Fusion(artifact.labels, {"bleed": ratios})


def test_the_notes_join_the_photo_and_both_results_are_kept(people, photo):
    tasks.register_models()
    plain = tasks.active()
    joined = Classifier(
        plain.artifact, plain.engine, plain._domain, bleeding_counts(plain.artifact)
    )
    silent = cast.send_case(people.patient, photo=photo)
    bled = cast.send_case(people.patient, photo=photo, notes="It bled twice.", itch=False)
    tasks.score_for(joined, 60)
    one, other = silent.assessments.get(), bled.assessments.get()
    assert one.with_history is None
    assert other.probabilities == pytest.approx(one.probabilities, abs=0.02)
    assert other.with_history.malignancy_risk > other.malignancy_risk
    assert other.facts == {"site": "back", "itch": False, "bleed": True}
    bled.refresh_from_db()
    silent.refresh_from_db()
    assert bled.urgency <= silent.urgency
    assert any("with history (bled)" in reason["text"] for reason in bled.reasons)


def test_everything_that_is_told_reaches_the_model_in_its_own_words():
    told = CaseHistory(
        body_site="nail", age=40, sex="other", skin_type=5, previous_skin_cancer=False,
        family_melanoma=True, immunosuppressed=False,
        answers=Answers(itch=True, grew=False, hurt=None, changed=True, bleed=False,
                        elevation=True, diameter_mm=7.5),
    )  # fmt: skip
    assert tasks.facts_of(told) == PatientFacts(
        age=40, sex=None, site="acral", itch=True, grew=False, hurt=None, changed=True,
        bleed=False, elevation=True, diameter_mm=7.5, previous_skin_cancer=False,
        family_cancer=True, immunosuppressed=False, skin_type=5,
    )  # fmt: skip


def test_nothing_told_is_nothing_known():
    assert tasks.facts_of(CaseHistory(body_site="other")).known == ()
