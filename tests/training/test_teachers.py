"""Teachers: a student's targets are the stated blend, on the very views that it sees."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.preprocessing import normalise
from inference.probability import softmax
from training import datasets, photos
from training.augment import Augmentation
from training.batches import Batches
from training.generated import write_data_set
from training.photos import Photos
from training.presets import Preset, Stage
from training.runs import Run, load_run
from training.teachers import Teachers
from training.train import train

LABELS = ("DF", "NV", "VASC")
TEACHER = Preset(
    name="teacher",
    network="b_mobilenet",  # takes any size
    labels=LABELS,
    stages=(Stage(1, 1e-3),),
    size=32,
    serve_size=32,
    batch=8,
    draws=16,
    warm_up=0,
    average=0,
    precision="float32",
)
STUDENT = replace(
    TEACHER,
    name="student",
    network="c_cnn",
    labels=("VASC", "NV", "MEL", "DF"),
    mean=(0.0, 0.0, 0.0),
    std=(1 / 255, 1 / 255, 1 / 255),  # so that the student's images are its views' pixels
    teachers=("teacher",),
    teaching=0.6,
    smoothing=0.1,
    balance=0.0,
    smartphone_share=0.0,
    augmentation=Augmentation(),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("data")
    write_data_set(root / "isic", layout="isic", photos=160, size=(64, 48))
    return root


@pytest.fixture(scope="module")
def runs(data, tmp_path_factory) -> Path:
    runs = tmp_path_factory.mktemp("runs")
    train(TEACHER, data=data, runs=runs)
    return runs


@pytest.fixture(scope="module")
def teacher(runs) -> Run:
    return load_run(runs / TEACHER.name)


@pytest.fixture(scope="module")
def shown(data) -> Photos:
    known = [one for one in datasets.read(data) if one.label in STUDENT.labels]
    return photos.load(known[:16], 40)


def said_by(run: Run, views: np.ndarray) -> np.ndarray:
    logits = run.network.predict_on_batch(normalise(views, run.spec))["logits"]
    return softmax(np.asarray(logits, np.float64))


def test_targets_are_the_stated_blend_on_the_same_views(teacher, shown):
    batches = Batches(STUDENT, shown, Teachers([teacher], STUDENT.labels, STUDENT.size))
    alone = Batches(replace(STUDENT, teachers=()), shown, Teachers([], STUDENT.labels, 32))
    for (images, targets), (same, labels) in zip(batches.epoch(1), alone.epoch(1), strict=True):
        assert np.array_equal(images, same)
        views = np.rint(images).astype(np.uint8)
        by_teacher = np.zeros_like(targets)
        by_teacher[:, [3, 1, 0]] = said_by(teacher, views)  # in the order of the student's labels
        # smoothing 0.1 over four labels: 0.925 for the photo's own, 0.025 for each other
        assert np.allclose(np.sort(labels, axis=1), [0.025, 0.025, 0.025, 0.925])
        assert np.allclose(targets, 0.6 * by_teacher + 0.4 * labels, atol=0.02)
        assert np.allclose(targets.sum(1), 1, atol=1e-5)
        assert np.abs(targets - labels).max() > 0.1


def test_several_teachers_are_averaged(teacher, shown):
    views = shown.pixels[:8, :32, :32]
    surer = load_run(teacher.folder)
    layer = surer.network.get_layer("logits")
    layer.set_weights([weight * 3 for weight in layer.get_weights()])
    found = Teachers([teacher, surer], LABELS, 32).probabilities(views)
    expected = (said_by(teacher, views) + said_by(surer, views)) / 2
    assert np.allclose(found, expected, atol=0.02)
    assert np.allclose(found.sum(1), 1)


def test_a_teacher_looks_at_the_students_size_of_view(teacher, shown):
    found = Teachers([teacher], LABELS, 40).probabilities(shown.pixels)
    assert np.allclose(found, said_by(teacher, shown.pixels), atol=0.02)


def test_what_a_teacher_says_of_labels_that_its_student_lacks_is_left_out(teacher, shown):
    views = shown.pixels[:8, :32, :32]
    found = Teachers([teacher], ("NV", "DF"), 32).probabilities(views)
    expected = said_by(teacher, views)[:, [1, 0]]
    assert np.allclose(found, expected / expected.sum(1, keepdims=True), atol=0.02)


def test_a_teacher_that_knows_none_of_the_labels_is_refused(teacher):
    with pytest.raises(ValueError, match="teacher knows none of MEL, BCC"):
        Teachers([teacher], ("MEL", "BCC"), 32)


def test_a_network_of_one_size_only_teaches_at_no_other(runs, data):
    fixed = replace(TEACHER, name="fixed", network="c_cnn")
    run = load_run(train(fixed, data=data, runs=runs))
    views = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    found = Teachers([run], LABELS, 32).probabilities(views)
    assert np.allclose(found, said_by(run, views), atol=0.02)
    with pytest.raises(ValueError, match="size is fixed"):
        Teachers([run], LABELS, 48)


def test_a_student_learns_from_a_run_beside_its_own(runs, data):
    run = load_run(train(STUDENT, data=data, runs=runs))
    assert run.labels == STUDENT.labels
    assert run.description["preset"]["teachers"] == ["teacher"]
    assert np.isfinite(run.description["last"]["loss"])
