"""What a network starts from: a file, a run, ImageNet weights, or nothing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from inference.engines import import_tensorflow
from inference.probability import softmax
from tests.inference.shared import ROOT
from tests.training.test_zoo import outputs_of, photos
from training import zoo
from training.networks import StartingWeightsMissing, WrongWeights
from training.zoo import NETWORKS

SHARED = ROOT / "weights"


@pytest.fixture(scope="module", autouse=True)
def _tensorflow():
    import_tensorflow()


def from_shared(name: str) -> Path:
    if not (SHARED / name).is_file():
        pytest.skip(f"no shared weights {name} here")
    return SHARED / name


def save_run(model, file: Path) -> Path:
    np.savez(file, **{variable.path: variable.value.numpy() for variable in model.variables})
    return file


def test_a_backbone_file_starts_the_network(tmp_path):
    import keras

    body = keras.applications.MobileNet(include_top=False, weights=None, pooling="avg")
    file = tmp_path / "mobilenet_imagenet_notop.weights.h5"
    body.save_weights(file)
    for start in (file, tmp_path):  # by name, and found in its folder
        model = zoo.build(NETWORKS["b_mobilenet"], start=start)
        image = photos(1, 224)
        np.testing.assert_allclose(
            outputs_of(model, image)["features"], body(image).numpy(), rtol=1e-4, atol=1e-6
        )


def test_the_weights_of_another_network_are_refused_in_one_line(tmp_path):
    import keras

    file = tmp_path / "other.weights.h5"
    keras.applications.MobileNetV2(include_top=False, weights=None).save_weights(file)
    with pytest.raises(WrongWeights, match="260 arrays, not 135") as refused:
        zoo.build(NETWORKS["b_mobilenet"], start=file)
    assert "\n" not in str(refused.value)
    (tmp_path / "text.weights.h5").write_text("nothing of the kind")
    with pytest.raises(WrongWeights):
        zoo.build(NETWORKS["b_mobilenet"], start=tmp_path / "text.weights.h5")


def test_a_run_for_other_classes_keeps_its_backbone_and_gets_a_new_head(tmp_path):
    run = zoo.build(NETWORKS["b_mobilenet"], classes=3)
    file = save_run(run, tmp_path / "network.weights.npz")
    image = photos(1)
    same = zoo.build(NETWORKS["b_mobilenet"], classes=3, start=file)
    other = zoo.build(NETWORKS["b_mobilenet"], classes=5, start=file)
    expected = outputs_of(run, image)
    np.testing.assert_array_equal(outputs_of(same, image)["logits"], expected["logits"])
    np.testing.assert_array_equal(outputs_of(other, image)["features"], expected["features"])
    assert outputs_of(other, image)["logits"].shape == (1, 5)


def test_a_run_starts_a_released_network_too(tmp_path):
    run = zoo.build(NETWORKS["mobilenetv2"], classes=3)
    file = save_run(run, tmp_path / "network.weights.npz")
    other = zoo.build(NETWORKS["mobilenetv2"], classes=4, start=file)
    expected = outputs_of(run, photos())["features"]
    np.testing.assert_array_equal(outputs_of(other, photos())["features"], expected)


def test_a_run_of_another_network_changes_nothing(tmp_path):
    file = save_run(zoo.build(NETWORKS["c_cnn"], size=32), tmp_path / "network.weights.npz")
    with pytest.raises(WrongWeights, match="differs"):
        zoo.build(NETWORKS["d_cnn"], size=32, start=file)


def test_a_folder_without_a_fitting_file_says_which_it_wants(tmp_path):
    with pytest.raises(StartingWeightsMissing, match="vgg16_imagenet_notop.weights.h5"):
        zoo.build(NETWORKS["b_vgg16"], start=tmp_path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(StartingWeightsMissing, match=r"no file .*gone\.weights\.h5"):
        zoo.build(NETWORKS["b_vgg16"], start=tmp_path / "gone.weights.h5")


def test_weights_that_cannot_be_fetched_are_asked_for_in_one_line(tmp_path):
    """In a process of its own, with an empty cache and no way out."""
    code = (
        "from training import zoo\n"
        "from training.networks import StartingWeightsMissing\n"
        "try:\n"
        "    zoo.build(zoo.NETWORKS['b_mobilenet'], start='imagenet')\n"
        "except StartingWeightsMissing as missing:\n"
        "    print('SAID', missing)\n"
    )
    unreachable = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **unreachable, "KERAS_HOME": str(tmp_path), "no_proxy": ""},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    (said,) = [line for line in done.stdout.splitlines() if line.startswith("SAID")]
    assert "MobileNet could not be fetched" in said
    assert said.endswith("pass a file with them by --init.")


@pytest.mark.parametrize("name", ["c_cnn", "mobilenetv2"])
def test_imagenet_weights_that_do_not_exist_are_not_looked_for(name):
    with pytest.raises(StartingWeightsMissing, match=name):
        zoo.build(NETWORKS[name], start="imagenet")


def test_the_shared_xception_starts_ours():
    import keras

    file = from_shared("xception_imagenet_notop.weights.h5")
    plain = keras.applications.Xception(include_top=False, weights=None, pooling="avg")
    plain.load_weights(file)
    ours = zoo.build(NETWORKS["xception"], start=SHARED)
    image = photos(1, 299)
    np.testing.assert_allclose(
        outputs_of(ours, image)["features"], plain(image).numpy(), rtol=1e-3, atol=1e-4
    )


def test_the_shared_mobilenetv2_starts_ours_with_the_same_features():
    import keras

    file = from_shared("mobilenetv2_torchvision_imagenet_1000.keras")
    whole = keras.models.load_model(file, compile=False)
    ours = zoo.build(NETWORKS["mobilenetv2"], start=SHARED)
    mean, std = NETWORKS["mobilenetv2"].scaling
    image = (photos(size=224) - np.float32(mean)) / np.float32(std)
    kernel, bias = whole.get_weights()[-2:]
    expected = np.asarray(whole(image))
    features = outputs_of(ours, image)["features"]
    said = softmax(features @ kernel + bias)
    np.testing.assert_allclose(said, expected, rtol=1e-2, atol=1e-5)
    with pytest.raises(WrongWeights, match="it takes .h5 or .npz"):
        zoo.build(NETWORKS["mobilenetv2_keras"], start=file)


def test_the_shared_densenet_starts_the_released_form_and_seed_a_s_alike():
    file = from_shared("densenet121_derm_backbone.weights.h5")
    released, of_a, fresh = (
        outputs_of(zoo.build(NETWORKS[name], start=start), photos(1))["features"]
        for name, start in (("densenet121", file), ("a_densenet121", file), ("densenet121", None))
    )
    np.testing.assert_allclose(released, of_a, rtol=1e-3, atol=1e-4)
    assert not np.allclose(released, fresh, atol=1e-2)
