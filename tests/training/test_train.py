"""Training on generated photos: it learns, and a killed run goes on to the same weights."""

import csv
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from training.augment import NONE
from training.datasets import DataMissing
from training.generated import write_data_set
from training.presets import Preset, Stage
from training.runs import (
    DESCRIPTION,
    LOG,
    STATE,
    WEIGHTS,
    InitialWeightsMissing,
    PresetChanged,
    load_run,
)
from training.train import TeacherMissing, train

ROOT = Path(__file__).resolve().parents[2]
TRIAL = Preset(
    name="trial",
    network="b_mobilenet",  # small, with batch normalisation and dropout
    labels=("DF", "NV", "VASC"),
    stages=(Stage(1, 1e-3, "head"), Stage(2, 1e-3)),
    size=32,
    serve_size=32,
    batch=8,
    draws=64,
    warm_up=0,
    average=0.5,
    augmentation=NONE,
    precision="float32",
)
FIGURES = (
    "loss", "accuracy", "learning_rate", "seconds", "busy", "images_per_second",
    "seconds_per_step", "validation_loss", "validation_accuracy", "validation_balanced_accuracy",
)  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("data")
    write_data_set(root / "ham", layout="ham", photos=160, size=(64, 48))
    return root


@pytest.fixture(scope="module")
def unbroken(data, tmp_path_factory) -> Path:
    """The folder of a run of three epochs."""
    return train(TRIAL, data=data, runs=tmp_path_factory.mktemp("unbroken"))


def rows(folder: Path) -> list[dict[str, float]]:
    with (folder / LOG).open(newline="") as stream:
        return [
            {name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)
        ]


def arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def test_the_loss_falls_on_conditions_that_look_different(data, tmp_path):
    """A flat network: one with batch normalisation needs more steps than a test has."""
    preset = replace(TRIAL, network="c_cnn", stages=(Stage(2, 3e-3),), average=0)
    first, second = rows(train(preset, data=data, runs=tmp_path))
    assert second["loss"] < 0.9 * first["loss"] < 2
    assert second["accuracy"] > max(0.5, first["accuracy"])


def test_every_epoch_is_a_row_of_the_log(unbroken):
    assert (unbroken / LOG).read_text().splitlines()[0].split(",") == ["epoch", *FIGURES]
    assert [row["epoch"] for row in rows(unbroken)] == [1, 2, 3]
    assert all(0 < row["busy"] <= 1 for row in rows(unbroken))
    assert all(0 <= row["validation_balanced_accuracy"] <= 1 for row in rows(unbroken))


def test_the_curves_are_there_for_tensorboard(unbroken):
    from tensorflow.core.util import event_pb2
    from tensorflow.python.lib.io import tf_record

    events = [
        event_pb2.Event.FromString(record)
        for file in sorted((unbroken / "tensorboard").iterdir())
        for record in tf_record.tf_record_iterator(str(file))
    ]
    seen = {(one.step, value.tag) for one in events for value in one.summary.value}
    assert seen == {(epoch, name) for epoch in (1, 2, 3) for name in FIGURES}


def test_the_folder_says_what_made_it(unbroken):
    said = json.loads((unbroken / DESCRIPTION).read_text())
    assert said["preset"]["seed"] == TRIAL.seed and said["preset"]["network"] == TRIAL.network
    assert said["command"].startswith("python -m training.train")
    assert (said["epochs"], said["start"]) == (3, "nothing")
    assert said["photos"]["train"] > 20
    assert said["seconds"] == round(sum(row["seconds"] for row in rows(unbroken)))


def test_only_the_head_learns_in_its_stage_then_all(unbroken, data, tmp_path):
    begun = train(replace(TRIAL, stages=TRIAL.stages[:1]), data=data, runs=tmp_path)
    first, last = arrays(begun / WEIGHTS), arrays(unbroken / WEIGHTS)
    assert first.keys() == last.keys()
    statistics = [name for name in first if name.endswith("moving_mean")]
    assert statistics and all(np.all(first[name] == 0) for name in statistics)
    assert all(np.any(last[name] != 0) for name in statistics)
    assert np.any(first["logits/bias"] != 0)


def test_a_finished_run_is_loaded_with_the_weights_that_were_kept(unbroken):
    run = load_run(unbroken)
    kept = arrays(unbroken / WEIGHTS)
    assert (run.labels, run.spec.size) == (TRIAL.labels, 32)
    assert {one.path for one in run.network.weights} == set(kept)
    assert all(np.array_equal(np.asarray(one), kept[one.path]) for one in run.network.weights)


def test_training_again_leaves_a_finished_run_as_it_is(unbroken, data):
    before = {path.name: path.read_bytes() for path in unbroken.iterdir() if path.is_file()}
    train(TRIAL, data=data, runs=unbroken.parent)
    assert before == {path.name: path.read_bytes() for path in unbroken.iterdir() if path.is_file()}


def test_slices_and_shuffled_photos_are_learnt_from_and_originals_validated_on(data, tmp_path):
    preset = replace(
        TRIAL, network="c_cnn", stages=(Stage(1, 1e-3),), average=0, synthetic="all", draws=None
    )
    folder = train(preset, data=data, runs=tmp_path)
    said = json.loads((folder / DESCRIPTION).read_text())
    [row] = rows(folder)
    drawn = row["images_per_second"] * row["seconds"]
    assert drawn == pytest.approx(said["photos"]["train"] * 6, rel=0.1)
    validated = row["validation_accuracy"] * said["photos"]["validation"]
    assert validated == pytest.approx(round(validated), abs=1e-6)


KILLED = """
import os, signal
from training import train as training

class Batches(training.Batches):
    def epoch(self, number):
        for place, batch in enumerate(super().epoch(number)):
            if (number, place) == (2, 4):
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch

training.Batches = Batches
"""
SUBPROCESS = """
import json, sys
from pathlib import Path
from training.presets import preset_from
from training.train import train
train(preset_from(json.loads(sys.argv[1])), data=Path(sys.argv[2]), runs=Path(sys.argv[3]))
"""


def test_a_run_killed_in_the_middle_of_an_epoch_goes_on_to_the_same_weights(
    unbroken, data, tmp_path
):
    """Killed by the signal itself, at the fifth batch of the third epoch."""
    arguments = [json.dumps(asdict(TRIAL)), str(data), str(tmp_path)]
    ended = subprocess.run([sys.executable, "-c", KILLED + SUBPROCESS, *arguments], cwd=ROOT)
    assert ended.returncode == -signal.SIGKILL
    folder = tmp_path / TRIAL.name
    assert int(arrays(folder / STATE)["epochs"]) == 2
    train(TRIAL, data=data, runs=tmp_path)
    for file in (WEIGHTS, STATE):
        expected, found = arrays(unbroken / file), arrays(folder / file)
        assert expected.keys() == found.keys()
        assert [name for name in expected if not np.array_equal(expected[name], found[name])] == []
    assert [row["epoch"] for row in rows(folder)] == [1, 2, 3]
    for name in ("loss", "validation_loss", "learning_rate"):
        assert [row[name] for row in rows(folder)] == [row[name] for row in rows(unbroken)]


def test_another_preset_or_other_data_are_not_mixed_into_a_run(unbroken, data, tmp_path):
    with pytest.raises(PresetChanged, match="another preset"):
        train(replace(TRIAL, seed=2), data=data, runs=unbroken.parent)
    write_data_set(tmp_path / "ham", layout="ham", photos=110, size=(64, 48))
    with pytest.raises(PresetChanged, match="other data"):
        train(TRIAL, data=tmp_path, runs=unbroken.parent)


def test_a_preset_that_gained_a_field_goes_on(unbroken, data, tmp_path):
    folder = tmp_path / TRIAL.name
    folder.mkdir()
    for file in unbroken.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    said = json.loads((folder / DESCRIPTION).read_text())
    del said["preset"]["synthetic"], said["preset"]["augmentation"]["shear"]
    (folder / DESCRIPTION).write_text(json.dumps(said))
    assert train(TRIAL, data=data, runs=tmp_path) == folder


def test_a_missing_file_to_start_from_is_named_with_what_to_do(data, tmp_path):
    preset = replace(TRIAL, initial_weights="start.weights.h5")
    with pytest.raises(InitialWeightsMissing, match=r"start\.weights\.h5.*no such file"):
        train(preset, data=data, init=tmp_path, runs=tmp_path)
    with pytest.raises(InitialWeightsMissing, match="--init"):
        train(preset, data=data, runs=tmp_path)
    assert not (tmp_path / TRIAL.name).exists()


def test_a_missing_teacher_is_named(data, tmp_path):
    with pytest.raises(TeacherMissing, match="xception"):
        train(replace(TRIAL, teachers=("xception",)), data=data, runs=tmp_path)


def test_labels_of_which_there_are_no_photos_are_named(data, tmp_path):
    with pytest.raises(DataMissing, match="TINEA"):
        train(replace(TRIAL, labels=("TINEA", "ATOPIC")), data=data, runs=tmp_path)


def test_several_devices_share_a_batch_and_learn_what_one_does(data, tmp_path):
    pytest.importorskip("jax", reason="JAX, which several devices need, is not installed")
    preset = replace(TRIAL, network="c_cnn", stages=(Stage(1, 1e-3),), average=0, validate_on=5)
    losses = []
    for devices in (1, 2):
        folder = tmp_path / str(devices)
        count = f"--xla_force_host_platform_device_count={devices}"
        preset_and_places = [json.dumps(asdict(preset)), str(data), str(folder)]
        subprocess.run(
            [sys.executable, "-c", SUBPROCESS, *preset_and_places],
            cwd=ROOT,
            check=True,
            env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "XLA_FLAGS": count},
        )
        assert "jax" in json.loads((folder / "trial" / DESCRIPTION).read_text())["keras"]
        losses.append(rows(folder / "trial")[0]["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
