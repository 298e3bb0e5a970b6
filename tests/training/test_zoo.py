"""Every network of the studies, exactly, and what learns at which stage."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from inference.engines import import_tensorflow
from training import zoo
from training.networks import UnknownNetwork
from training.zoo import NETWORKS

SMALL_SIZE = 96  # pixels, for a forward pass; Inception v3 takes no less than 75


@pytest.fixture(scope="module", autouse=True)
def _tensorflow():
    import_tensorflow()


@pytest.fixture(scope="module", params=NETWORKS.values(), ids=NETWORKS)
def built(request):
    """Each network as its source has it."""
    return request.param, zoo.build(request.param)


def photos(count: int = 2, size: int = SMALL_SIZE) -> np.ndarray:
    return np.random.default_rng(0).random((count, size, size, 3), np.float32)


def outputs_of(model, images: np.ndarray, *, training: bool = False) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in model(images, training=training).items()}


def test_a_network_has_the_parameters_of_its_source(built):
    network, model = built
    assert model.count_params() == network.parameters


def test_its_stages_train_what_they_say(built):
    network, model = built
    counts = [zoo.release_layers(model, stage) for stage in network.stages]
    assert counts[-1] == network.trainable
    assert counts == sorted(set(counts)), "each stage releases more"


def test_its_outputs_are_one_logit_a_label_and_a_map_where_it_explains(built):
    network, model = built
    assert model.output["logits"].shape == (None, len(network.labels))
    assert len(model.output["features"].shape) == 2
    one_place = (None, 1, 1, len(network.labels))
    places = (None, None, None, len(network.labels))
    assert model.output["evidence"].shape == (places if network.explains else one_place)
    assert model.inputs[0].shape[1] == (
        None if network.backbone or network.is_released else network.size
    )


def test_the_figures_of_the_documents_are_in_the_catalogue():
    told = {
        "a_cnn": (1_621_561, 1_621_561),
        "a_mobilenet": (3_238_089, 3_216_201),
        "a_densenet121": (7_046_729, 6_963_081),
        "c_cnn": (896 + 18_496 + 73_856 + 3_211_392 + 1_161,) * 2,
        # blocks 11 to 13 and the head: depthwise, norms, pointwise
        "b_mobilenet": (
            3_237_064,
            (4_608 + 1_024 + 512 * 512 + 1_024)
            + (4_608 + 1_024 + 512 * 1024 + 2_048)
            + (9_216 + 2_048 + 1024 * 1024 + 2_048)
            + 1025 * 8,
        ),
    }
    assert {name: (NETWORKS[name].parameters, NETWORKS[name].trainable) for name in told} == told


def test_the_small_networks_have_their_layers_in_order():
    def kinds(name: str) -> list[tuple[str, int]]:
        layers = [
            (type(layer).__name__, getattr(layer, "filters", getattr(layer, "units", 0)))
            for layer in zoo.build(NETWORKS[name]).layers
        ]
        return [kind for kind in layers if kind[0] not in ("InputLayer", "Dropout", "Pad")]

    conv, pool, flat, dense = "Conv2D", ("MaxPooling2D", 0), ("Flatten", 0), "Dense"
    assert kinds("a_cnn") == [
        (conv, 8), (conv, 16), pool, (conv, 32), pool, (conv, 32), pool, flat, (dense, 64),
        (dense, 9),
    ]  # fmt: skip
    assert kinds("b_cnn") == [
        (conv, 16), pool, (conv, 32), pool, (conv, 64), pool, flat, (dense, 8),
    ]  # fmt: skip
    assert kinds("c_cnn") == [
        (conv, 32), pool, (conv, 64), pool, (conv, 128), pool, flat, (dense, 128), (dense, 9),
    ]  # fmt: skip
    assert kinds("d_cnn") == [
        (conv, 32), pool, (conv, 64), pool, flat, (dense, 128), (dense, 1),
    ]  # fmt: skip


def test_dropout_stands_where_the_documents_have_it():
    names = {
        name: [type(layer).__name__ for layer in zoo.build(NETWORKS[name]).layers]
        for name in ("a_cnn", "c_cnn", "d_cnn")
    }
    before = {
        name: [kinds[n - 1] for n, kind in enumerate(kinds) if kind == "Dropout"]
        for name, kinds in names.items()
    }
    assert before == {
        "a_cnn": ["MaxPooling2D", "MaxPooling2D", "Dense"],
        "c_cnn": ["Dense"],
        "d_cnn": ["MaxPooling2D", "MaxPooling2D"],
    }


@pytest.mark.parametrize("name", ["a_cnn", "b_cnn", "c_cnn", "d_cnn", "a_mobilenet", "d_resnet50"])
def test_a_training_step_moves_exactly_what_is_released(name):
    import keras

    model = zoo.build(NETWORKS[name], classes=2, size=SMALL_SIZE)
    zoo.release_layers(model, NETWORKS[name].stages[-1])
    before = {one.path: one.value.numpy() for one in model.weights}
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    trained = keras.Model(model.input, model.output["logits"])
    trained.compile(keras.optimizers.Adam(0.01), loss, run_eagerly=True)
    trained.train_on_batch(photos(4), np.array([0, 1, 0, 1]))
    moved = {path for path, was in before.items() if not _same(model, path, was)}
    learning = {variable.path for variable in model.trainable_variables}
    running = {path for path in moved if "moving_" in path}
    assert learning & moved
    assert moved - running <= learning
    assert not running if name == "d_resnet50" else True


def _same(model, path: str, was: np.ndarray) -> bool:
    (variable,) = [one for one in model.weights if one.path == path]
    return np.array_equal(variable.value.numpy(), was)


def test_frozen_batch_normalisation_keeps_its_statistics_in_training():
    model = zoo.build(NETWORKS["b_mobilenet"], classes=3)
    zoo.release_layers(model, "head")
    bare, trained = (
        outputs_of(model, photos(), training=training)["features"] for training in (False, True)
    )
    np.testing.assert_allclose(bare, trained, rtol=1e-5)
    zoo.release_layers(model, "all")
    outputs_of(model, photos(), training=True)
    moving = [one for one in model.non_trainable_variables if "moving_mean" in one.path]
    assert any(variable.value.numpy().any() for variable in moving), "released, they do move"


def test_the_last_23_layers_of_mobilenet_are_its_last_three_blocks_and_the_head():
    model = zoo.build(NETWORKS["b_mobilenet"])
    zoo.release_layers(model, 23)
    learning = {variable.path.split("/")[0] for variable in model.trainable_variables}
    assert learning == {
        f"conv_{kind}_{block}{norm}"
        for kind in ("dw", "pw")
        for block in (11, 12, 13)
        for norm in ("", "_bn")
    } | {"logits"}


def test_more_layers_than_there_are_cannot_be_released():
    model = zoo.build(NETWORKS["c_cnn"], size=32)
    for stage in (12, 0, "conv9", ""):
        with pytest.raises(ValueError, match="has 11 layers; "):
            zoo.release_layers(model, stage)


def test_layers_are_released_from_a_named_one_on():
    model = zoo.build(NETWORKS["c_cnn"], size=32)
    zoo.release_layers(model, "conv128")
    learning = {variable.path.split("/")[0] for variable in model.trainable_variables}
    assert learning == {"conv128", "dense", "logits"}


@pytest.mark.parametrize("name", ["a_mobilenet", "b_mobilenet", "c_cnn", "d_cnn"])
def test_the_mean_of_the_evidence_is_the_logit(name):
    model = zoo.build(NETWORKS[name], classes=2, size=SMALL_SIZE)
    outputs = outputs_of(model, photos())
    places = 3 if NETWORKS[name].explains else 1
    assert outputs["evidence"].shape == (2, places, places, 2)
    np.testing.assert_allclose(outputs["evidence"].mean((1, 2)), outputs["logits"], atol=1e-5)


def test_the_softmax_of_a_binary_network_is_its_sigmoid():
    model = zoo.build(NETWORKS["d_cnn"], size=32)
    logits = outputs_of(model, photos(size=32))["logits"]
    risk = np.exp(logits[:, 1]) / np.exp(logits).sum(1)
    assert (logits[:, 0] == 0).all()
    np.testing.assert_allclose(risk, 1 / (1 + np.exp(-logits[:, 1])), rtol=1e-6)
    assert zoo.build(NETWORKS["d_cnn"], classes=8, size=32).output["logits"].shape == (None, 8)


def test_logits_are_float32_under_mixed_precision():
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        for name in ("c_cnn", "b_mobilenet", "a_mobilenet"):
            model = zoo.build(NETWORKS[name], classes=3, size=32)
            assert model.output["logits"].dtype == "float32"
    finally:
        keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("name", ["b_inceptionv3", "xception"])
def test_names_of_weights_are_the_same_on_every_build(name):
    first, second = (
        [variable.path for variable in zoo.build(NETWORKS[name]).weights] for _ in range(2)
    )
    assert first == second
    assert len(set(first)) == len(first)


def test_blue_first_networks_are_given_red_first_photos():
    model = zoo.build(NETWORKS["b_vgg16"], classes=2)
    plain = _vgg16_with(model)
    image = photos(1, 32)
    np.testing.assert_allclose(
        outputs_of(model, image)["features"],
        plain(image[..., ::-1]).numpy().mean((1, 2)),
        rtol=1e-4,
        atol=1e-6,
    )


def _vgg16_with(model):
    import keras

    plain = keras.applications.VGG16(include_top=False, weights=None, input_shape=(None, None, 3))
    plain.set_weights([one.value.numpy() for one in model.weights if "logits" not in one.path])
    return plain


# The list


def test_the_list_has_every_network_with_its_counts(tmp_path):
    listed = zoo.table().split("\n\n")[0].splitlines()[1:]
    assert [line.split()[0] for line in listed] == list(NETWORKS)
    for line, network in zip(listed, NETWORKS.values(), strict=True):
        assert f"{network.parameters:,}" in line
        assert f"{network.trainable:,}" in line
        assert f"{network.size} x {network.size} x 3" in line
    (tmp_path / "vgg16_imagenet_notop.weights.h5").touch()
    vgg16 = [line for line in zoo.table(tmp_path).splitlines() if line.startswith("b_vgg16 ")]
    assert vgg16[0].endswith("vgg16_imagenet_notop.weights.h5")


def test_the_list_says_where_each_comes_from():
    told = zoo.table()
    for network in NETWORKS.values():
        assert f"\n{network.source}: " in told


def test_no_study_s_network_starts_unasked_from_weights_that_have_met_skin():
    for network in NETWORKS.values():
        assert network.is_released or all("imagenet" in name for name in network.files)


def test_listing_the_networks_imports_no_tensorflow():
    code = (
        "import sys, runpy\n"
        "sys.argv = ['zoo']\n"
        "runpy.run_module('training.zoo', run_name='__main__')\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True)


def test_an_unknown_network_is_said_to_be_one():
    with pytest.raises(UnknownNetwork, match="no network 'resnet'"):
        zoo.network_named("resnet")
