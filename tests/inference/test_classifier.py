"""A case's photos in, one calibrated and explained prediction out."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from inference import artifact as artifacts
from inference.artifact import ArtifactCorrupt, file_sha256
from inference.classifier import CasePrediction, Classifier, PhotoError, PhotoPrediction
from inference.fusion import Fusion
from inference.labels import MALIGNANT
from inference.patient import PatientFacts
from inference.preprocessing import VERSION
from tests.inference.conftest import encoded
from training.not_skin import picture


@pytest.fixture(scope="module")
def predictions(classifier, lesion_jpegs):
    return classifier.predict_cases([[photo] for photo in lesion_jpegs])


def test_probabilities_are_probabilities(predictions, released):
    for case in predictions:
        assert len(case.probabilities) == len(released.labels)
        assert sum(case.probabilities) == pytest.approx(1, abs=1e-6)
        assert case.by_label[case.top[0][0]] == max(case.probabilities)
        assert [p for _, p in case.top] == sorted((p for _, p in case.top), reverse=True)
        assert len(case.top) == 4


def test_one_photos_risks_are_sums_of_its_probabilities(predictions):
    for case in predictions:
        said = case.by_label
        assert case.melanoma_risk == pytest.approx(said["MEL"], abs=1e-6)
        malignant = said["BCC"] + said["MEL"] + said["SCC"]
        assert case.malignancy_risk == pytest.approx(malignant, abs=1e-6)
        assert 0 <= case.uncertainty <= 1


def test_every_result_can_be_accounted_for(predictions, released, classifier):
    case = predictions[0]
    assert case.model_version == released.version
    assert case.artifact_sha256 == released.sha256
    assert case.preprocessing_version == VERSION
    assert case.engine == classifier.engine.name
    assert dict(case.thresholds) == dict(released.thresholds)
    assert dict(case.history_thresholds) == dict(released.history_thresholds)


def test_each_photo_has_a_map_of_what_was_seen(predictions, released):
    for case in predictions:
        shown = np.array(case.photos[0].activation_map)
        assert shown.shape == (5, 5)
        assert shown.min() >= 0 and shown.max() == pytest.approx(1)
        assert case.photos[0].explained in released.labels


def test_a_worrying_case_is_explained_by_what_worries(predictions, released):
    worrying = [
        case for case in predictions if case.malignancy_risk >= released.thresholds["malignancy"]
    ]
    assert worrying
    assert {case.photos[0].explained for case in worrying} <= {"BCC", "MEL", "SCC"}


def test_the_map_of_a_lone_lesion_points_at_it(classifier, lesion):
    """Move the lesion from one corner to the other: the map's weight follows."""
    from PIL import Image

    small = lesion.crop((120, 60, 360, 300)).resize((200, 200))
    skin = lesion.crop((0, 0, 40, 40)).resize((600, 600))
    weights = []
    for corner in ((40, 40), (360, 360)):
        canvas = Image.new("RGB", (600, 600))
        canvas.paste(skin)
        canvas.paste(small, corner)
        (case,) = classifier.predict_cases([[encoded(canvas)]])
        shown = np.array(case.photos[0].activation_map)
        weights.append((shown[:3, :3].sum() - shown[2:, 2:].sum()) / shown.sum())
    assert weights[0] > weights[1]


def test_photos_of_one_case_are_combined(classifier, lesion_jpegs, predictions):
    (case,) = classifier.predict_cases([lesion_jpegs[:3]])
    alone = np.array([one.probabilities for one in predictions[:3]])
    mean = np.exp(np.log(alone).mean(0))
    assert case.probabilities == pytest.approx(tuple(mean / mean.sum()), abs=0.01)
    assert len(case.photos) == 3


def test_a_harmless_photo_cannot_talk_down_a_worrying_one(classifier, lesion_jpegs, predictions):
    order = np.argsort([case.malignancy_risk for case in predictions])
    least, most = int(order[0]), int(order[-1])
    (case,) = classifier.predict_cases([[lesion_jpegs[least], lesion_jpegs[most]]])
    assert case.malignancy_risk == pytest.approx(predictions[most].malignancy_risk, abs=0.01)
    assert case.malignancy_risk > predictions[least].malignancy_risk


def test_a_photo_of_something_else_does_not_count_beside_one_of_skin(classifier, lesion_jpegs):
    page = encoded(picture("page", 3))
    both, alone = classifier.predict_cases([[lesion_jpegs[0], page], [lesion_jpegs[0]]])
    assert [photo.in_domain for photo in both.photos] == [True, False]
    assert both.in_domain
    assert both.probabilities == pytest.approx(alone.probabilities, abs=0.01)


def test_a_case_without_a_photo_of_skin_is_out_of_domain_and_still_answered(classifier):
    (case,) = classifier.predict_cases([[encoded(picture("page", 3))]])
    assert isinstance(case, CasePrediction)
    assert not case.in_domain and case.domain_score < 0.5


def test_a_bad_photo_costs_its_own_case_alone(classifier, lesion_jpegs, predictions, caplog):
    answers = classifier.predict_cases(
        [[lesion_jpegs[0]], [lesion_jpegs[1], b"not a photo"], [lesion_jpegs[2]]]
    )
    assert isinstance(answers[1], PhotoError)
    assert answers[1].photo == 1
    assert answers[1].message == "Photo 2 cannot be read as a picture."
    assert "cannot identify image file" in caplog.text, "the decoder's words are in the log"
    assert answers[0].probabilities == pytest.approx(predictions[0].probabilities, abs=0.01)
    assert answers[2].probabilities == pytest.approx(predictions[2].probabilities, abs=0.01)


def test_only_bad_photos_give_only_errors(classifier):
    assert [type(answer) for answer in classifier.predict_cases([[b""], [b"x"]])] == [
        PhotoError
    ] * 2


def test_no_cases_give_no_answers(classifier):
    assert classifier.predict_cases([]) == []


def test_a_case_without_photos_is_a_mistake(classifier):
    with pytest.raises(ValueError, match="at least one photo"):
        classifier.predict_cases([[]])


def test_many_cases_come_back_in_order(classifier, lesion_jpegs, predictions):
    answers = classifier.predict_cases([[lesion_jpegs[n % 12]] for n in range(100)])
    for n, answer in enumerate(answers):
        assert answer.probabilities == pytest.approx(predictions[n % 12].probabilities, abs=0.02)


def test_other_preprocessing_is_refused(released, monkeypatch):
    from inference import preprocessing

    monkeypatch.setattr(preprocessing, "VERSION", "0")
    with pytest.raises(ArtifactCorrupt, match="was made with preprocessing 1"):
        Classifier.of(released, engine="openvino")


def with_fusion(classifier: Classifier) -> Classifier:
    """Where bleeding makes every malignancy more likely and nothing else is told."""
    labels = classifier.artifact.labels
    ratios = np.zeros((2, len(labels)))
    ratios[1, [label in MALIGNANT for label in labels]] = 1.5
    fusion = Fusion(labels, {"bleed": ratios})
    return Classifier(classifier.artifact, classifier.engine, classifier._domain, fusion)


def test_history_is_told_beside_the_photo_and_changes_nothing_that_the_photo_said(
    classifier, lesion_jpegs
):
    both = with_fusion(classifier)
    alone, bled, told_nothing = both.predict_cases(
        [[lesion_jpegs[0]]] * 3, [PatientFacts(), PatientFacts(bleed=True), PatientFacts(age=50)]
    )
    assert alone.with_history is None and told_nothing.with_history is None
    assert bled.probabilities == pytest.approx(alone.probabilities, abs=0.01)
    assert bled.malignancy_risk == pytest.approx(alone.malignancy_risk, abs=0.01)
    assert bled.with_history.malignancy_risk > bled.malignancy_risk
    assert [one.fact for one in bled.with_history.contributions] == ["bleed"]


def test_what_is_known_of_the_patient_is_not_in_the_text_of_a_prediction(classifier, lesion_jpegs):
    (said,) = classifier.predict_cases([[lesion_jpegs[0]]], [PatientFacts(age=71.5)])
    assert "71.5" not in repr(said)


def test_every_case_needs_its_own_history(classifier, lesion_jpegs):
    with pytest.raises(ValueError):
        classifier.predict_cases([[lesion_jpegs[0]]], [PatientFacts(), PatientFacts()])


@pytest.mark.parametrize("labels", [("BCC", "NV"), None])
def test_an_artifact_whose_fusion_does_not_fit_is_refused(released, tmp_path, labels):
    folder = shutil.copytree(released.path, tmp_path / released.version)
    if labels:
        Fusion(labels, {"bleed": np.zeros((2, len(labels)))}).save(folder / artifacts.FUSION)
    else:
        np.savez(folder / artifacts.FUSION, nothing=np.zeros(1))
    files = {**released.files, artifacts.FUSION: file_sha256(folder / artifacts.FUSION)}
    with pytest.raises(ArtifactCorrupt):
        Classifier.of(replace(released, path=folder, files=files), engine="openvino")


def test_an_artifact_s_fusion_is_used(released, tmp_path, lesion_jpegs, classifier):
    folder = shutil.copytree(released.path, tmp_path / released.version)
    with_fusion(classifier).fusion.save(folder / artifacts.FUSION)
    files = {**released.files, artifacts.FUSION: file_sha256(folder / artifacts.FUSION)}
    loaded = Classifier.of(replace(released, path=folder, files=files), engine="openvino")
    (said,) = loaded.predict_cases([[lesion_jpegs[0]]], [PatientFacts(bleed=True)])
    assert said.with_history is not None


def test_a_risk_is_never_below_what_the_photos_say_together(classifier):
    """Photos that disagree can leave more for a third condition than each of them gave it."""
    photos = [
        PhotoPrediction(tuple(row), True, 1.0, ((0.0,),), "NV")
        for row in ([0.001, 0.9, 0, 0, 0.05, 0.049, 0, 0], [0.001, 0.01, 0, 0, 0.05, 0.939, 0, 0])
    ]
    said = classifier._combine(photos, PatientFacts())
    assert said.by_label["MEL"] > 0.05
    assert said.melanoma_risk == said.by_label["MEL"]
