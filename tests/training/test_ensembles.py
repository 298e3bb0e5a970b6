"""Several runs as one: averaged answers, averaged weights, specialists."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from inference.preprocessing import normalise
from inference.probability import softmax
from training import datasets, ensembles, photos
from training.answers import ask
from training.ensembles import (
    INITIAL,
    DifferentRuns,
    averaged,
    greedy_soup,
    retrained,
    specialists_of,
    train_specialists,
    write_average,
    write_ensemble,
)
from training.generated import write_data_set
from training.presets import Preset, Stage
from training.runs import DESCRIPTION, WEIGHTS, build, load_run, write_arrays, write_json
from training.teachers import Teachers

SMALL = Preset(
    name="small",
    network="c_cnn",
    labels=("DF", "NV", "VASC"),
    stages=(Stage(1, 1e-3),),
    size=32,
    serve_size=32,
    batch=8,
    draws=16,
    warm_up=0,
    average=0,
    precision="float32",
)
COMMAND = "python -m training.ensembles"


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("data")
    write_data_set(root / "isic", layout="isic", photos=240, size=(64, 48))
    return root


@pytest.fixture(scope="module")
def shown(data):
    chosen = [one for one in datasets.read(data) if one.label in SMALL.labels]
    return photos.load(chosen[:10], 32)


def written(runs: Path, preset: Preset, *, bias: tuple[float, ...] = (), seed: int = 0) -> Path:
    """A run whose weights are drawn by ``seed``; with ``bias`` its head says only that."""
    import keras

    keras.utils.set_random_seed(seed)
    network = build(preset)
    if bias:
        head = network.get_layer("logits")
        head.set_weights([np.zeros_like(head.get_weights()[0]), np.array(bias)])
    folder = runs / preset.name
    folder.mkdir(parents=True)
    write_arrays(folder / WEIGHTS, {one.path: np.asarray(one) for one in network.weights})
    description = {
        "preset": asdict(preset),
        "command": f"python -m training.train {preset.name}",
        "data_sha256": "ab" * 32,
        "photos": {"train": 7, "validation": 2, "test": 2},
        "machine": "here",
        "keras": "3",
        "seconds": 10,
    }
    write_json(folder / DESCRIPTION, description)
    return folder


def probabilities(run, shown) -> np.ndarray:
    return ask(run.network, shown, run.labels, run.spec).predictions.probabilities


def test_answers_are_the_mean_of_the_members_probabilities(tmp_path, shown):
    other = replace(
        SMALL, name="other", labels=("VASC", "DF", "NV"), mean=(0.5, 0.5, 0.5), std=(0.2, 0.3, 0.4)
    )
    folders = [written(tmp_path, SMALL), written(tmp_path, other, seed=1)]
    write_ensemble(folders, tmp_path / "both", command=COMMAND)
    run = load_run(tmp_path / "both")
    one, two = (probabilities(load_run(folder), shown) for folder in folders)
    assert (run.labels, run.spec.size) == (SMALL.labels, 32)
    assert np.abs(one - two[:, [1, 2, 0]]).max() > 0.01
    assert np.allclose(probabilities(run, shown), (one + two[:, [1, 2, 0]]) / 2, atol=1e-5)


def test_an_ensemble_says_what_it_is_made_of_and_holds_it(tmp_path, shown):
    folders = [written(tmp_path, replace(SMALL, name=name)) for name in ("first", "second")]
    write_ensemble(folders, tmp_path / "both", command=COMMAND)
    before = probabilities(load_run(tmp_path / "both"), shown)
    for folder in folders:
        (folder / WEIGHTS).unlink()
    run = load_run(tmp_path / "both")
    assert np.array_equal(probabilities(run, shown), before)
    assert [one["preset"]["name"] for one in run.description["members"]] == ["first", "second"]
    assert (run.description["seconds"], run.description["command"]) == (20, COMMAND)
    assert run.network.count_params() == 2 * build(SMALL).count_params()


def test_a_member_made_for_smaller_photos_sees_smaller_ones(tmp_path, shown, data):
    larger = replace(SMALL, name="larger", size=48, serve_size=48)
    folders = [written(tmp_path, SMALL), written(tmp_path, larger)]
    write_ensemble(folders, tmp_path / "both", command=COMMAND)
    run = load_run(tmp_path / "both")
    assert run.spec.size == 48
    at_48 = photos.load(shown.examples, 48)
    expected = probabilities(load_run(folders[0]), shown) + probabilities(
        load_run(folders[1]), at_48
    )
    assert np.allclose(probabilities(run, at_48), expected / 2, atol=0.02)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (replace(SMALL, labels=("DF", "NV", "MEL")), "labels"),
        (replace(SMALL, colour="white_patch"), "colour constancy"),
    ],
)
def test_runs_that_do_not_fit_make_no_ensemble(tmp_path, other, named):
    folders = [written(tmp_path, SMALL), written(tmp_path, replace(other, name="other"))]
    with pytest.raises(DifferentRuns, match=named):
        write_ensemble(folders, tmp_path / "both", command=COMMAND)


def test_an_ensemble_can_teach(tmp_path, shown):
    folders = [written(tmp_path, replace(SMALL, name=name), seed=7) for name in ("one", "two")]
    write_ensemble(folders, tmp_path / "both", command=COMMAND)
    teachers = Teachers([load_run(tmp_path / "both")], ("NV", "DF", "VASC", "MEL"), 32)
    said = teachers.probabilities(shown.pixels)
    alone = probabilities(load_run(folders[0]), shown)
    assert np.allclose(said[:, :3], alone[:, [1, 0, 2]], atol=1e-5)
    assert np.all(said[:, 3] == 0)


def test_averaged_weights_as_computed_by_hand():
    one = {"a": np.float32([1, 2]), "b": np.float32([[0.5]])}
    other = {"a": np.float32([3, -2]), "b": np.float32([[1.0]])}
    mean = averaged([one, other, other])
    assert np.allclose(mean["a"], [7 / 3, -2 / 3]) and np.allclose(mean["b"], [[2.5 / 3]])
    assert mean["a"].dtype == np.float32
    with pytest.raises(DifferentRuns, match="arrays"):
        averaged([one, {"a": one["a"]}])


def test_averaged_runs_of_the_same_labels_are_a_run_and_a_start(tmp_path):
    folders = [
        written(tmp_path, replace(SMALL, name=name), seed=seed)
        for seed, name in enumerate(("one", "two"))
    ]
    assert write_average(folders, tmp_path / "mean", command=COMMAND) == folders
    one, two, mean = (
        {weight.path: np.asarray(weight) for weight in load_run(folder).network.weights}
        for folder in (*folders, tmp_path / "mean")
    )
    assert all(np.allclose(mean[path], (one[path] + two[path]) / 2, atol=1e-7) for path in mean)
    begun = build(SMALL, tmp_path / "mean" / INITIAL)
    assert all(np.array_equal(np.asarray(each), mean[each.path]) for each in begun.weights)
    assert load_run(tmp_path / "mean").description["averaged"] == ["one", "two"]


def test_heads_of_other_labels_are_left_out_of_the_average(tmp_path):
    pairs = (("DF", "NV"), ("BCC", "MEL"))
    folders = [
        written(tmp_path, replace(SMALL, name=pair[0], labels=pair), seed=seed)
        for seed, pair in enumerate(pairs)
    ]
    write_average(folders, tmp_path / "mean", command=COMMAND)
    with np.load(tmp_path / "mean" / INITIAL) as stored:
        assert "dense/kernel" in stored.files
        assert not [name for name in stored.files if name.startswith("logits")]
        kernel = stored["dense/kernel"]
    begun = build(replace(SMALL, labels=("DF", "NV", "BCC", "MEL")), tmp_path / "mean" / INITIAL)
    assert np.array_equal(begun.get_layer("dense").get_weights()[0], kernel)
    assert begun.get_layer("logits").get_weights()[0].shape[-1] == 4
    assert not (tmp_path / "mean" / WEIGHTS).exists()


def test_other_networks_are_not_averaged(tmp_path):
    folders = [
        written(tmp_path, SMALL),
        written(tmp_path, replace(SMALL, name="other", network="b_cnn")),
    ]
    with pytest.raises(DifferentRuns, match="network"):
        write_average(folders, tmp_path / "mean", command=COMMAND)


def test_a_soup_takes_only_what_helps_on_validation(tmp_path, data):
    """Each of the first two leans too far to one side; the third is sure and wrong."""
    biases = {"left": (2.0, 0.0, 0.0), "right": (-2.0, 0.0, 0.0), "wrong": (0.0, 0.0, 30.0)}
    folders = [
        written(tmp_path, replace(SMALL, name=name), bias=bias) for name, bias in biases.items()
    ]
    taken, losses = greedy_soup(folders, data)
    assert sorted(one.name for one in taken) == ["left", "right"]
    mixed = " + ".join(one.name for one in taken)
    assert losses[mixed] == pytest.approx(np.log(3), abs=1e-6)
    assert losses[mixed] < min(losses["left"], losses["right"]) < losses["wrong"]
    assert losses[f"{mixed} + wrong"] > losses[mixed]


def test_the_soup_that_was_chosen_is_what_is_written(tmp_path, data, capsys):
    biases = {"left": (2.0, 0.0, 0.0), "right": (-2.0, 0.0, 0.0), "wrong": (0.0, 0.0, 30.0)}
    folders = [
        written(tmp_path, replace(SMALL, name=name), bias=bias) for name, bias in biases.items()
    ]
    out = tmp_path / "soup"
    ensembles.main(["average", *map(str, folders), "--out", str(out), "--data", str(data)])
    run = load_run(out)
    assert np.allclose(run.network.get_layer("logits").get_weights()[1], 0)
    assert sorted(run.description["averaged"]) == ["left", "right"]
    assert run.description["validation_losses"]["wrong"] > 5
    assert "left" in capsys.readouterr().out


def test_the_specialists_know_two_conditions_each_and_all_eight_together():
    preset = replace(SMALL, labels=Preset.__dataclass_fields__["labels"].default)
    parts = specialists_of(preset)
    assert [len(one.labels) for one in parts] == [2, 2, 2, 2]
    assert sorted(label for one in parts for label in one.labels) == sorted(preset.labels)
    assert len({one.name for one in parts}) == 4
    assert retrained(preset).labels == preset.labels


def test_specialists_are_trained_averaged_and_retrained_on_all(data, tmp_path):
    preset = replace(SMALL, labels=Preset.__dataclass_fields__["labels"].default)
    folder = train_specialists(preset, data=data, init=None, runs=tmp_path, command=COMMAND)
    run = load_run(folder)
    assert run.labels == preset.labels
    assert run.description["start"] == INITIAL
    assert run.description["command"] == COMMAND
    parts = [load_run(tmp_path / one.name) for one in specialists_of(preset)]
    assert all(part.network.output["logits"].shape[-1] == 2 for part in parts)
    with np.load(tmp_path / "small-specialists" / INITIAL) as stored:
        expected = np.mean([part.network.get_layer("dense").get_weights()[0] for part in parts], 0)
        assert np.allclose(stored["dense/kernel"], expected, atol=1e-6)
    moved = run.network.get_layer("dense").get_weights()[0] - expected
    assert 0 < np.abs(moved).max() < 0.05


def test_the_command_makes_a_run_that_is_judged_like_any_other(tmp_path, shown):
    folders = [written(tmp_path, replace(SMALL, name=name)) for name in ("one", "two")]
    ensembles.main(["answers", *map(str, folders), "--out", str(tmp_path / "both")])
    run = load_run(tmp_path / "both")
    logits = run.network.predict_on_batch(normalise(shown.pixels, run.spec))["logits"]
    assert np.allclose(np.exp(logits).sum(1), 1, atol=1e-5)
    assert np.allclose(softmax(np.asarray(logits)), np.exp(logits), atol=1e-6)
    said = json.loads((tmp_path / "both" / DESCRIPTION).read_text())
    assert said["command"].startswith("python -m training.ensembles answers")


def test_what_cannot_be_put_together_is_said_in_a_line(tmp_path, capsys):
    other = replace(SMALL, name="other", network="b_cnn")
    folders = [written(tmp_path, SMALL), written(tmp_path, other)]
    out = ["--out", str(tmp_path / "mean")]
    assert ensembles.main(["average", *map(str, folders), *out]) == 1
    assert ensembles.main(["average", str(tmp_path / "nowhere"), *out]) == 1
    said = capsys.readouterr().err
    assert "The runs differ in their network." in said and "nowhere" in said
