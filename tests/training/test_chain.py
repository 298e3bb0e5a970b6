"""The whole chain on generated photos: data, training, judgement, release, serving."""

import json

import numpy as np
import pytest

from inference import artifact as artifacts
from inference import engines
from inference.calibration import Calibration
from inference.classifier import Classifier
from inference.fusion import Fusion
from inference.preprocessing import normalise, read_pixels
from training import evaluate, fusion, generated, release, train
from training.features import network_outputs
from training.runs import load_run


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Data, run and released model, made by the commands that the documentation names."""
    root = tmp_path_factory.mktemp("chain")
    data, runs, models = root / "data", root / "runs", root / "models"
    for layout, photos in (("pad", 160), ("ham", 240)):
        given = ["--out", str(data / layout), "--layout", layout, "--photos", str(photos)]
        assert not generated.main([*given, "--plain"])
    run = runs / "trial"
    assert train.main(["trial", "--data", str(data), "--runs", str(runs)]) == 0
    assert not evaluate.main([str(run), "--data", str(data)])
    assert not fusion.main([str(run), "--data", str(data)])
    given = [str(run), "--data", str(data), "--out", str(models), "--version", "trial"]
    assert not release.main([*given, "--role", "default"])
    return data, run, models / "trial"


def test_a_released_model_says_what_its_run_says(folders):
    data, run, model = folders
    artifact = artifacts.read(model)
    loaded = load_run(run)
    paths = [*sorted(data.rglob("*.jpg"))[:8], *sorted(data.rglob("*.png"))[:4]]
    pixels = np.stack([read_pixels(path.read_bytes(), artifact.input.size) for path in paths])
    own = loaded.network.predict_on_batch(normalise(pixels, loaded.spec))["logits"]
    outputs = network_outputs(engines.create(artifact, "keras"), pixels, artifact.input)
    served = outputs.logits
    # The release may take the training's sampling out of the layer: one number a class.
    offset = (served - own).mean(0)
    assert np.abs(served - own - offset).max() < 0.02 * max(1, np.abs(own).max())
    classifier = Classifier.of(artifact, engine="openvino")
    said = classifier.predict_cases([[path.read_bytes()] for path in paths])
    expected = Calibration.of(artifact).probabilities(outputs)
    for case, probabilities in zip(said, expected, strict=True):
        assert np.abs(np.array(case.photos[0].probabilities) - probabilities).max() < 0.02


def test_the_card_is_of_the_photos_that_the_run_was_judged_on(folders):
    _, run, model = folders
    judged = json.loads((run / "evaluation.json").read_text())["sets"]
    found = artifacts.read(model).metrics["test"]
    assert set(found) == set(judged) and len(found) == 2
    for name, one in found.items():
        assert one["photos"] == judged[name]["photos"] - sum(judged[name]["unnamed"].values()) > 5
        assert one["positives"] == judged[name]["positives"]
    assert (model / "MODEL_CARD.md").read_text().startswith("# Model trial")
    assert "<html" in (run / "report.html").read_text()


def test_every_command_that_opens_the_test_part_says_so(folders):
    _, run, _ = folders
    everything, with_history, at_release = evaluate.openings(run)[:3]
    assert everything.photos == at_release.photos > with_history.photos > 0


def test_what_the_history_adds_is_learned_beside_the_run_and_in_the_release(folders):
    _, run, model = folders
    figures = json.loads((run / fusion.FIGURES).read_text())
    assert figures["photos"] == artifacts.read(model).metrics["history"]["photos"] > 20
    beside, released = (Fusion.load(path) for path in (run / fusion.FILE, model / artifacts.FUSION))
    assert beside.labels == released.labels and set(beside.ratios) == set(released.ratios)


def test_the_report_of_the_released_model_has_the_figures_of_its_card(folders):
    data, run, model = folders
    assert not evaluate.main([str(run), "--data", str(data), "--release", str(model)])
    report = (model / "report.html").read_text()
    assert "Model trial on photos it never met" in report
    assert f"look {len(evaluate.openings(run))}" in report
    for one in artifacts.read(model).metrics["test"].values():
        for key in ("accuracy", "malignancy_auc"):
            value = one["figures"][key][0]
            assert value is None or f"{value:.3f}" in report
