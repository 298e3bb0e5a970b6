"""Generated data sets look like the published ones, and are made to try the chain with."""

import csv
import hashlib
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from inference import engines
from inference.preprocessing import read_pixels
from training import data_report
from training.datasets import SPLITS, read, survey
from training.generated import PAD_COLUMNS, Layout, write_data_set
from training.layouts import find

SMALL = {"photos": 60, "size": (96, 72), "plain": True}


@pytest.mark.parametrize("layout", get_args(Layout))
def test_each_layout_is_read_whole_with_each_label_on_each_side(layout, tmp_path):
    write_data_set(tmp_path / "set", layout=layout, **SMALL)
    found = survey(tmp_path)
    assert len(found.photos) == len(found.examples) == 60
    labels = {one.label for one in found.examples}
    assert len(labels) == {"pad": 6, "ham": 7}.get(layout, 8)
    for split in SPLITS:
        assert {one.label for one in found.examples if one.split == split} == labels


def test_several_photos_are_of_one_lesion_and_several_lesions_of_one_patient(tmp_path):
    write_data_set(tmp_path / "set", layout="pad", **SMALL)
    records = find(tmp_path)[0].records
    lesions = {(one.patient, one.lesion) for one in records}
    assert len({one.patient for one in records}) < len(lesions) < len(records)


def test_the_pad_layout_has_the_columns_and_the_missing_values_of_the_real_one(tmp_path):
    write_data_set(tmp_path / "set", layout="pad", photos=400, size=(48, 36), plain=True)
    with (tmp_path / "set" / "metadata.csv").open() as stream:
        assert tuple(csv.DictReader(stream).fieldnames) == PAD_COLUMNS and len(PAD_COLUMNS) == 26
    (found,) = find(tmp_path)
    missing = data_report.missing_by_label(found)
    for column in ("gender", "fitspatrick", "skin_cancer_history", "diameter_1"):
        parts = missing[column]
        assert parts["BCC"] == parts["SCC"] == parts["MEL"] == 0
        assert min(parts["AK"], parts["NV"], parts["BKL"]) > 0.4
    assert missing["grew"]["SCC"] > 0.2 and missing["grew"]["AK"] == 0


def test_the_same_arguments_give_the_same_files(tmp_path):
    def written(name: str, seed: int) -> dict[str, str]:
        write_data_set(tmp_path / name, layout="ham", photos=10, size=(96, 72), seed=seed)
        return {
            path.relative_to(tmp_path / name).as_posix(): hashlib.sha256(
                path.read_bytes()
            ).hexdigest()
            for path in sorted((tmp_path / name).rglob("*.*"))
        }

    first = written("first", 1)
    assert first == written("again", 1)
    assert not set(first.values()) & set(written("other", 2).values())


def test_copies_are_the_first_lesions_mirrored(tmp_path):
    write_data_set(tmp_path / "set", layout="ham", **SMALL, copies=4)
    found = survey(tmp_path)
    lesions = [
        {found.photos[one].record.lesion, found.photos[other].record.lesion}
        for one, other in found.same
    ]
    assert len({frozenset(pair) for pair in lesions if len(pair) == 2}) == 4


def test_every_photo_says_that_it_is_generated(tmp_path):
    for name, plain in (("drawn", False), ("plain", True)):
        write_data_set(tmp_path / name, layout="folders", photos=3, size=(160, 120), plain=plain)
        photos = list((tmp_path / name).rglob("*.jpg"))
        assert photos
        for path in photos:
            corner = np.asarray(Image.open(path).convert("L"))[-16:, -66:]
            assert corner.max() > 230 and corner.min() < 40


def test_a_tiny_network_tells_plain_ones_apart_after_two_epochs(tmp_path):
    engines.import_tensorflow()
    import keras

    write_data_set(tmp_path / "set", layout="pad", photos=240, plain=True)
    examples = read(tmp_path)
    labels = sorted({one.label for one in examples})
    pixels = np.stack([read_pixels(one.path.read_bytes(), 48) for one in examples]) / 255 - 0.5
    truth = np.array([labels.index(one.label) for one in examples])
    train = np.array([one.split == "train" for one in examples])
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.layers.Input((48, 48, 3)),
            keras.layers.Conv2D(16, 5, 2, activation="relu"),
            keras.layers.Conv2D(32, 3, 2, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(len(labels)),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(5e-3), loss)
    network.fit(pixels[train], truth[train], batch_size=4, epochs=2, verbose=0)
    answers = network.predict(pixels[~train], verbose=0).argmax(1)
    assert (answers == truth[~train]).mean() > 0.9


def test_it_is_a_command(tmp_path):
    command = [sys.executable, "-m", "training.generated", "--out", str(tmp_path / "new")]
    asked = ["--layout", "isic", "--photos", "4", "--width", "96", "--height", "72"]
    subprocess.run([*command, *asked], check=True, cwd=Path(__file__).parents[2])
    assert len(list((tmp_path / "new").rglob("*.jpg"))) == 4
