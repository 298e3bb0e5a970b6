"""Two engines, one answer."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference import engines, preprocessing
from inference.artifact import OPENVINO_MODEL
from inference.calibration import Calibration
from inference.engines import UnknownEngine

ROOT = Path(engines.__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def keras_engine(released):
    return engines.create(released, "keras")


@pytest.fixture(scope="module")
def openvino_engine(released):
    return engines.create(released, "openvino")


@pytest.fixture(scope="module")
def batch(lesion_jpegs, released):
    return np.stack([preprocessing.prepare(photo, released.input) for photo in lesion_jpegs])


def probabilities(outputs, released):
    return Calibration.of(released).probabilities(outputs)


def test_the_engines_agree_on_generated_photos(keras_engine, openvino_engine, batch, released):
    one = probabilities(keras_engine.run([batch]), released)
    other = probabilities(openvino_engine.run([batch]), released)
    assert np.abs(one - other).max() < 0.02


@pytest.mark.parametrize("data_set", ["pad_ufes_20", "ham10000"])
def test_the_engines_agree_on_real_photos(
    keras_engine, openvino_engine, real_photos, released, data_set
):
    photos = real_photos(data_set, 48)
    batch = np.stack([preprocessing.prepare(photo, released.input) for photo in photos])
    one = probabilities(keras_engine.run([batch]), released)
    other = probabilities(openvino_engine.run([batch]), released)
    assert np.abs(one - other).max() < 0.02


@pytest.mark.parametrize("engine", ["keras_engine", "openvino_engine"])
def test_the_activation_map_is_the_logit_spread_out(engine, batch, request, released):
    outputs = request.getfixturevalue(engine).run([batch])
    layer_bias_included = outputs.evidence.mean((1, 2))
    assert outputs.evidence.shape[-1] == len(released.labels)
    assert np.allclose(layer_bias_included, outputs.logits, atol=0.06)


@pytest.mark.parametrize("engine", ["keras_engine", "openvino_engine"])
def test_batches_change_nothing(engine, batch, request):
    runner = request.getfixturevalue(engine)
    whole = runner.run([batch])
    pieces = runner.run([batch[:1], batch[1:6], batch[6:]])
    assert np.allclose(whole.logits, pieces.logits, atol=0.03)
    assert whole.features.shape == pieces.features.shape == (len(batch), 1024)


def test_nothing_to_run_gives_nothing(openvino_engine, keras_engine):
    assert len(openvino_engine.run([]).logits) == len(keras_engine.run([]).logits) == 0


def test_the_environment_chooses_where_the_caller_does_not(monkeypatch):
    monkeypatch.setenv("INFERENCE_ENGINE", "keras")
    assert engines.choose() == "keras"
    assert engines.choose("openvino") == "openvino"


def test_an_unknown_engine_is_named(monkeypatch):
    monkeypatch.setenv("INFERENCE_ENGINE", "abacus")
    with pytest.raises(UnknownEngine, match="'abacus'; it can be auto, keras, openvino, "):
        engines.choose()


def test_a_model_without_an_8_bit_network_says_so(released):
    files = {name: value for name, value in released.files.items() if "int8" not in name}
    with pytest.raises(UnknownEngine, match="has no 8-bit network; set INFERENCE_ENGINE"):
        engines.create(replace(released, files=files), "openvino-int8")


def test_float32_can_be_asked_for(released, batch, openvino_engine):
    engine = engines.create(released, "openvino-f32")
    assert engine.name == "openvino-f32"
    one, other = (probabilities(each.run([batch]), released) for each in (engine, openvino_engine))
    assert np.abs(one - other).max() < 0.02


def test_a_model_that_does_not_bear_bfloat16_runs_in_float32(released):
    assert engines.create(replace(released, bfloat16=False), "openvino").name == "openvino-f32"


@pytest.mark.parametrize("bears_bfloat16", [True, False])
def test_every_engine_is_there_once_whatever_the_model_is_served_in(released, bears_bfloat16):
    artifact = replace(released, bfloat16=bears_bfloat16)
    names = [engine.name for engine in engines.every(artifact)]
    assert len(names) == len(set(names))
    best = engines.OpenVinoEngine(released.file(OPENVINO_MODEL), released.input.size)
    assert {"openvino-f32", best.name} <= set(names)
    assert any(name.startswith("keras") for name in names)
    assert ("openvino-int8" in names) == released.has_int8


def imported_after(statement: str) -> set[str]:
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(ended.stdout.split())


def test_serving_on_openvino_never_imports_tensorflow():
    modules = imported_after(
        "from inference.classifier import Classifier; Classifier.load(engine='openvino')"
    )
    assert "openvino" in modules
    assert {"tensorflow", "keras", "jax", "torch"} & modules == set()


def test_importing_the_classifier_loads_no_engine():
    modules = imported_after("import inference.classifier, inference.engines, inference.predict")
    assert {"tensorflow", "keras", "openvino", "django"} & modules == set()


@pytest.mark.skipif(any(Path("/dev").glob("nvidia[0-9]*")), reason="this machine has a GPU")
def test_auto_without_a_gpu_is_openvino_and_does_not_ask_tensorflow(monkeypatch):
    monkeypatch.delenv("INFERENCE_ENGINE", raising=False)
    assert engines.choose() == "openvino"
    modules = imported_after("import inference.engines as e; e.choose('auto')")
    assert "tensorflow" not in modules
