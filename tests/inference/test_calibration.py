"""Probabilities at the temperature of each photo's kind, computed by hand."""

from dataclasses import replace

import numpy as np
import pytest

from inference import engines
from inference.calibration import Calibration, Kind
from inference.classifier import Classifier
from inference.engines import Outputs
from inference.preprocessing import prepare
from inference.probability import Temperatures

ONE_FEATURE = Kind(np.float32([2.0]), np.float32(-1.0))


def test_a_kind_is_the_logistic_of_its_features():
    found = ONE_FEATURE.clinical(np.float32([[0.5], [1.0], [-1000.0], [1000.0]]))
    assert found == pytest.approx([0.5, 1 / (1 + np.exp(-1)), 0, 1])


def test_temperatures_are_mixed_in_their_logarithms():
    mixed = Temperatures(clinical=4.0, dermoscopic=1.0).mixed(np.array([0, 0.5, 1]))
    assert mixed == pytest.approx([1, 2, 4])
    assert Temperatures().mixed(0.3) == pytest.approx(1)


def test_logits_are_divided_by_their_own_photo_s_temperature():
    calibration = Calibration(Temperatures(clinical=4.0, dermoscopic=1.0), ONE_FEATURE)
    features = np.float32([[-1000], [0.5], [1000]])  # dermoscopic, between, clinical
    logits = np.float32([[np.log(16), 0]] * 3)
    found = calibration.probabilities(Outputs(logits, np.zeros((3, 1, 1, 2)), features))
    assert found[:, 0] == pytest.approx([16 / 17, 4 / 5, 2 / 3])


def test_a_kind_comes_back_as_it_was_written(tmp_path):
    ONE_FEATURE.save(tmp_path / "kind.npz")
    loaded = Kind.load(tmp_path / "kind.npz")
    assert (loaded.weights, loaded.bias) == (ONE_FEATURE.weights, ONE_FEATURE.bias)


@pytest.mark.parametrize("engine", ["keras", "openvino-f32", "openvino-int8"])
def test_every_engine_serves_at_the_photo_s_temperature(released, lesion_jpegs, engine):
    """Ten times as warm a model says what its logits say at ten times the temperature."""
    heat = released.temperatures
    warm = replace(released, temperatures=Temperatures(10 * heat.clinical, 10 * heat.dermoscopic))
    (said,) = Classifier.of(warm, engine=engine).predict_cases([[lesion_jpegs[0]]])
    batch = prepare(lesion_jpegs[0], released.input)[None]
    outputs = engines.create(released, engine).run([batch])
    own = Calibration.of(released).temperature(outputs.features)[0]
    scaled = np.exp(outputs.logits[0].astype(float) / (10 * own))
    assert said.photos[0].probabilities == pytest.approx(tuple(scaled / scaled.sum()), abs=0.01)


@pytest.mark.parametrize(("data_set", "clinical"), [("pad_ufes_20", True), ("ham10000", False)])
def test_real_photos_are_told_apart(released, real_photos, data_set, clinical):
    batch = np.stack([prepare(one, released.input) for one in real_photos(data_set, 40)])
    features = engines.create(released, "openvino").run([batch]).features
    found = Calibration.of(released).kind.clinical(features)
    assert ((found > 0.5) == clinical).mean() >= 0.9
