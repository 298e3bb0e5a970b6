"""Claim, predict, record, with the released model and the real database."""

import hashlib
import io
import os

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from inference import artifact as artifacts
from inference import tasks
from inference.classifier import Classifier
from inference.fusion import Fusion
from inference.labels import MALIGNANT
from inference.patient import PatientFacts
from portal.audit.models import Entry
from tests import cast
from training.procedural import lesion_photo
from triage import registry, replays
from triage.history import CaseHistory
from triage.models import (
    Assessment,
    Case,
    ModelState,
    ModelVersion,
    Photo,
    Replay,
    ScoringState,
    Worker,
)
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


# -- which model scores ---------------------------------------------------------------------------
def models() -> dict[str, ModelVersion]:
    return {model.state: model for model in ModelVersion.objects.all()}


def on_trial(people: cast.Cast) -> ModelVersion:
    """The lighter of the released models."""
    tasks.register_models()
    lighter = ModelVersion.objects.exclude(state=ModelState.ACTIVE).first()
    return registry.start_shadow(actor=people.administrator, model=lighter, reason="Try it.")


def test_the_registry_has_each_released_model_with_its_card_s_facts(people):
    tasks.register_models()
    active = models()[ModelState.ACTIVE]
    artifact = artifacts.load(active.version)
    assert ModelVersion.objects.count() == len(artifacts.released())
    assert (active.sha256, artifact.role) == (artifact.sha256, "default")
    assert active.facts["thresholds"] == artifact.thresholds


def test_a_model_on_trial_scores_after_the_active_one_and_counts_for_nothing(people, photo):
    trial = on_trial(people)
    case = cast.send_case(people.patient, photo=photo)
    tasks.score_waiting()
    assert Worker.objects.get().model_version == models()[ModelState.ACTIVE].version
    assert case.assessments.get().model_version == models()[ModelState.ACTIVE].version
    said = Assessment.with_shadow.get(shadow=True)
    assert (said.case_id, said.model_version) == (case.pk, trial.version)
    assert said.findings.count() == 0


def test_workers_follow_the_registry_without_a_restart(people, photo):
    trial = on_trial(people)
    ModelVersion.objects.filter(state=ModelState.ACTIVE).update(state=ModelState.RETIRED)
    ModelVersion.objects.filter(pk=trial.pk).update(state=ModelState.ACTIVE)
    case = cast.send_case(people.patient, photo=photo)
    tasks.score_waiting()
    assert case.assessments.get().model_version == trial.version


def test_open_cases_are_scored_again_by_the_new_active_model(people, photo):
    case = cast.send_case(people.patient, photo=photo)
    tasks.score_waiting()
    trial = on_trial(people)
    ModelVersion.objects.filter(state=ModelState.ACTIVE).update(state=ModelState.RETIRED)
    ModelVersion.objects.filter(pk=trial.pk).update(state=ModelState.ACTIVE)
    registry.rescore_open(actor=people.administrator, model=trial, reason="All of them.")
    tasks.score_waiting()
    assert case.assessments.count() == 2
    assert case.assessments.get(model_version=trial.version).findings.count() == 1


def test_a_registered_model_with_other_files_is_not_used(people, photo):
    tasks.register_models()
    ModelVersion.objects.filter(state=ModelState.ACTIVE).update(sha256="f" * 64)
    case = cast.send_case(people.patient, photo=photo)
    tasks.score_waiting()
    case.refresh_from_db()
    assert case.scoring_state == ScoringState.WAITING
    assert "not the one that was registered" in Worker.objects.get().problem
    assert "not the one that was registered" in models()[ModelState.ACTIVE].problem


def test_without_an_active_model_cases_wait_and_the_worker_says_why(people, photo):
    tasks.register_models()
    ModelVersion.objects.update(state=ModelState.CANDIDATE)
    case = cast.send_case(people.patient, photo=photo)
    tasks.score_waiting()
    assert not case.assessments.exists()
    assert "No model is active" in Worker.objects.get().problem


# -- replays ---------------------------------------------------------------------------------------
def scored_with_true_hashes(photo: bytes) -> None:
    """The cast's photos have hashes out of thin air."""
    Photo.objects.update(sha256=hashlib.sha256(photo).hexdigest())
    tasks.score_waiting()


def replayed(people: cast.Cast, case: Case) -> Replay:
    replays.ask(actor=people.administrator, assessment=case.assessments.get())
    tasks.score_waiting()
    return Replay.objects.get()


def test_a_past_assessment_done_again_says_the_same_numbers(people, photo):
    others = [cast.send_case(people.patient, photo=photo) for _ in range(3)]
    case = cast.send_case(people.patient, photo=photo, notes="It bled twice.", itch=False)
    scored_with_true_hashes(photo)
    row = replayed(people, case)
    assert row.problem == ""
    found = replays.lines(case.assessments.get(), row.numbers)
    assert "malignancy risk with history" in {line.name for line in found}
    assert max(line.difference for line in found) <= replays.TOLERANCE
    assert row.engine == case.assessments.get().engine
    assert len(others) == 3


def test_a_photo_that_is_another_one_now_is_found(people, photo):
    case = cast.send_case(people.patient, photo=photo)
    scored_with_true_hashes(photo)
    path = default_storage.path(case.photos.get().file.name)
    with open(path, "ab") as file:
        file.write(b"x")
    assert "its hash differs" in replayed(people, case).problem


def test_the_command_prints_both_and_agrees(people, photo, capsys):
    case = cast.send_case(people.patient, photo=photo)
    scored_with_true_hashes(photo)
    call_command("replay_assessment", case.assessments.get().pk)
    assert "The numbers are the same." in capsys.readouterr().out
    assert Entry.objects.filter(action="assessment.replayed", detail__same=True).exists()


def test_a_photo_that_a_trial_cannot_read_holds_up_neither_the_trial_nor_the_portal(people, photo):
    lost, fine = (cast.send_case(people.patient, photo=photo) for _ in range(2))
    tasks.score_waiting()
    on_trial(people)
    path = break_file(lost)
    tasks.score_waiting()
    tasks.score_waiting()
    assert [row.case_id for row in Assessment.with_shadow.filter(shadow=True)] == [fine.pk]
    assert Worker.objects.get().problem == ""
    mend_file(path)
