"""The whole making of a model, small: from folders of photos to an artifact that predicts."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference import artifact as artifacts
from inference import engines
from inference.classifier import CasePrediction, Classifier
from training import release as making
from training.datasets import HAM, PAD
from training.presets import DENSENET121_HEAD
from training.procedural import lesion_photo

PRESET = replace(DENSENET121_HEAD, version="tiny", size=64, initial_weights="start.weights.h5")
PAD_KINDS = {"ACK": "actinic_like", "BCC": "bcc_like", "MEL": "melanoma_like", "NEV": "naevus"}
HAM_KINDS = {"bkl": "keratosis_like", "nv": "naevus", "mel": "melanoma_like", "bcc": "bcc_like"}


def write_set(root: Path, columns: tuple[str, ...], rows: list[tuple], kinds: list[str]) -> None:
    (root / "images").mkdir(parents=True)
    with (root / "metadata.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])
    for n, (row, kind) in enumerate(zip(rows, kinds, strict=True)):
        photo = lesion_photo(n, skin_tone=1 + n % 4, kind=kind, size=(160, 120))
        photo.save(root / "images" / f"{Path(row[1]).stem}.jpg", quality=90)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """80 generated photos under two real data sets' layouts."""
    root = tmp_path_factory.mktemp("data")
    pad = [(f"PAT_{n}", f"PAT_{n}_1_{n}.png", list(PAD_KINDS)[n % 4], "3.0") for n in range(40)]
    write_set(
        root / "pad",
        ("patient_id", "img_id", "diagnostic", "fitspatrick"),
        pad,
        [PAD_KINDS[row[2]] for row in pad],
    )
    ham = [(f"HAM_{n}", f"ISIC_{n}", list(HAM_KINDS)[n % 4], "histo") for n in range(40)]
    write_set(
        root / "ham",
        ("lesion_id", "image_id", "dx", "dx_type"),
        ham,
        [HAM_KINDS[row[2]] for row in ham],
    )
    return root


@pytest.fixture(scope="module")
def init(tmp_path_factory) -> Path:
    """Random weights: what is tested is the making, not the learning."""
    engines.import_tensorflow()
    import keras

    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("init")
    network = keras.applications.DenseNet121(
        include_top=False, weights=None, input_shape=(None, None, 3)
    )
    network.save_weights(folder / PRESET.initial_weights)
    return folder


@pytest.fixture(scope="module")
def made(data, init, tmp_path_factory):
    return making.release(data, init, tmp_path_factory.mktemp("out"), PRESET)


def test_it_is_a_model_that_loads_and_says_where_it_is_from(made, monkeypatch):
    monkeypatch.setenv("MODEL_DIR", str(made.path.parent))
    assert artifacts.load() == made
    assert made.version == "tiny" and made.input.size == 64
    assert [path.name for path in made.path.parent.iterdir()] == ["tiny"]


def test_it_predicts(made):
    stream = io.BytesIO()
    lesion_photo(5, size=(160, 120)).save(stream, "JPEG")
    (case,) = Classifier.of(made, engine="openvino").predict_cases([[stream.getvalue()]])
    assert isinstance(case, CasePrediction)
    assert case.model_version == "tiny"


def test_its_figures_are_of_photos_that_the_layer_never_met(made, data):
    parts = making.read_parts(data, 64)
    groups = {name: set(part.groups) for name, part in parts.items()}
    assert not groups["train"] & groups["test"] and not groups["validation"] & groups["test"]
    for name in (PAD, HAM):
        assert made.metrics[name]["photos"] == (parts["test"].data_sets == name).sum() > 0
    assert made.metrics["engines_differ_by"] <= making.ENGINES_AGREE_WITHIN


def test_its_card_gives_figures_licences_and_limits(made):
    card = (made.path / "MODEL_CARD.md").read_text()
    for words in ("CC BY-NC 4.0", "CC BY 4.0", "Balanced accuracy", "Dark skin", "Read them with"):
        assert words in card
    assert str(made.metrics[HAM]["photos"]) in card


def test_the_same_data_give_the_same_files(made, data, init, tmp_path):
    again = making.release(data, init, tmp_path, PRESET)
    assert again.files == made.files
    assert again.sha256 == made.sha256


def test_engines_that_disagree_are_not_released(made, data):
    test = making.read_parts(data, 64)["test"]
    wrong = np.full((len(test.examples), 8), 1 / 8)
    with pytest.raises(making.EnginesDisagree, match="differ by up to"):
        making.compare_engines(made, wrong, test)


def test_a_weight_too_large_for_half_precision_is_refused(made):
    from inference.model import densenet121
    from training.export import round_to_half

    network = densenet121(classes=8)
    layer = network.get_layer("evidence")
    layer.set_weights([np.full((1024, 8), 1e6, np.float32), np.zeros(8, np.float32)])
    with pytest.raises(ValueError, match="evidence/kernel can't be stored"):
        round_to_half(network)


def test_photos_by_telephone_weigh_what_the_preset_says(data):
    part = making.read_parts(data, 64)["train"]
    weights = making.weights_of(part, replace(PRESET, smartphone_share=0.4))
    assert weights[part.data_sets == PAD].sum() / weights.sum() == pytest.approx(0.4)


def test_the_description_is_plain_json(made):
    fields = json.loads((made.path / artifacts.FILE).read_text())
    assert fields["preprocessing"] == "1" and fields["format"] == 1
    assert list(fields["labels"]) == ["AK", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "VASC"]
