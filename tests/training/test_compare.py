"""Runs are compared on the same photos, and nothing is trained or judged twice."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inference.labels import BINARY
from tests.training import judged
from tests.training.test_evaluate import Outline
from training import compare, datasets, evaluate
from training.augment import NONE
from training.compare import Trial, is_finished, train_missing
from training.comparison import Entrant, UnknownRun, difference, page_of
from training.datasets import HAM, PAD
from training.generated import write_data_set
from training.networks.catalogue import NETWORKS
from training.predictions import Predictions
from training.presets import COMPARED, Stage
from training.published import PUBLISHED, QUICK
from training.runs import DESCRIPTION, WEIGHTS

PHOTOS = [*judged.examples(HAM, 400), *judged.examples(PAD, 120)]


def entrant(name: str, network: str, *, skill: float, seed: int) -> Entrant:
    run = {
        "command": f"python -m training.train {name} --data /somewhere/data --epochs 2",
        "preset": {"name": name, "network": network, "draws": 1000, "size": 128, "seed": 1},
        "photos": {"train": 6700},
        "data_sha256": "ab" * 32,
        "epochs": 2,
        "seconds": 600,
    }
    log = ({"epoch": 2.0, "loss": 1.25, "accuracy": 0.511, "seconds_per_step": 0.417},)
    return Entrant(run, judged.predictions(PHOTOS, skill=skill, seed=seed), 1_620_000, log)


def test_a_network_differs_from_itself_by_nothing():
    one = judged.predictions(PHOTOS)
    shuffled = one.where(np.ones(len(one), bool))
    order = np.random.default_rng(0).permutation(len(one))
    shuffled = replace(one, examples=[PHOTOS[n] for n in order], logits=one.logits[order])
    for key, found in difference(one, shuffled).items():
        assert (found.value, found.low, found.high) == pytest.approx((0, 0, 0), abs=1e-12), key


def test_a_small_difference_shows_when_the_same_patients_are_drawn_for_both():
    one = judged.predictions(PHOTOS)
    better = one.logits.copy()
    wrong = np.flatnonzero(one.probabilities.argmax(1) != one.truth)[:25]
    better[wrong, one.truth[wrong]] += 20
    found = difference(replace(one, logits=better), one)["accuracy"]
    assert found.value == pytest.approx(25 / len(one))
    assert 0 < found.low < found.value < found.high < 0.08
    assert difference(one, replace(one, logits=better))["accuracy"].high < 0


def test_only_the_photos_of_both_are_compared():
    one, other = judged.predictions(PHOTOS), judged.predictions(PHOTOS, skill=0.5, seed=1)
    half = np.arange(len(one)) < 200
    found = difference(one.where(half), other)
    assert found["accuracy"] == difference(one.where(half), other.where(half))["accuracy"]


def test_networks_with_other_answers_are_compared_by_the_risk_alone():
    one = judged.predictions(PHOTOS)
    malignant = one.risks["malignancy"]
    two = Predictions(PHOTOS, BINARY, np.log(np.stack([1 - malignant, malignant], axis=1)))
    found = difference(two, one)
    assert found["malignancy_auc"].value == pytest.approx(0, abs=1e-12)
    assert all(key.startswith("malignancy") for key in found)


@pytest.fixture(scope="module")
def page() -> str:
    runs = [
        entrant("densenet121", "densenet121", skill=2.2, seed=0),
        entrant("compare-a-cnn", "a_cnn", skill=1.0, seed=1),
        entrant("compare-c-cnn", "c_cnn", skill=1.2, seed=2),
    ]
    command = "python -m training.compare --data /somewhere/data --subset 1000 --epochs 2"
    return page_of(
        runs, command=command, missing={"compare-b-vgg16": "it starts from /home/me/vgg16.h5"}
    )


def test_the_studies_table_holds_what_was_measured_beside_what_was_reported(page):
    row = page[page.index('<th scope="row">CNN</th>') :].split("</tr>")[0]
    for figure in ("compare-a-cnn", "0.511", "0.310", "0.280", "1.250", "1.806", "2.100", "58"):
        assert f">{figure}<" in row
    for network in NETWORKS.values():
        if network.source in "ABCD":
            assert network.title in page


def test_every_published_line_stands_with_its_caveat_and_source(page):
    from html import escape

    for line in PUBLISHED:
        for words in (line.work, line.result, line.caveat, line.source):
            assert words and escape(words) in page
    for quick in QUICK:
        assert escape(quick.model) in page and escape(quick.caveat) in page


def test_what_was_run_and_what_was_not_is_written(page):
    assert "Epochs of training: 2; photos an epoch: 1,000" in page
    assert "compare-b-vgg16. it starts from vgg16.h5" in page
    assert "--subset 1000 --epochs 2" in page and "/somewhere" not in page
    assert "densenet121" in page[page.index("Differences from") :][:60]


def test_a_run_whose_start_had_met_the_photos_is_named():
    met = entrant("densenet121", "densenet121", skill=2, seed=0)
    met.run["preset"]["start_met"] = "It had met them."
    other = entrant("compare-a-cnn", "a_cnn", skill=1, seed=1)
    assert "densenet121: It had met them." in page_of([met, other], command="x")
    met.run["start"] = "nothing"
    assert "It had met them." not in page_of([met, other], command="x")


def test_the_page_can_be_read_by_anybody(page):
    outline = Outline(page)
    assert len(outline.all("h1")) == 1 and not outline.all("script")
    assert len(outline.all("caption")) == len(outline.all("table"))
    assert all(cell.get("scope") for cell in outline.all("th"))
    identities = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(identities) == len(set(identities))
    assert len(page.encode()) < 3 * 2**20


def test_an_unknown_run_cannot_be_compared_with():
    with pytest.raises(UnknownRun, match="nosuch"):
        page_of([entrant("a", "a_cnn", skill=1, seed=0)], command="x", against="nosuch")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("data")
    write_data_set(root / "ham", layout="ham", photos=90, size=(64, 48))
    return root


def test_runs_that_are_there_are_neither_trained_nor_judged_again(data, tmp_path, monkeypatch):
    small = next(one for one in COMPARED if one.network == "c_cnn")
    tiny = replace(
        small, stages=(Stage(9, 1e-3),), size=32, serve_size=32, batch=8, augmentation=NONE
    )
    monkeypatch.setattr(compare, "COMPARED", (tiny,))
    given = ["--data", str(data), "--runs", str(tmp_path), "--subset", "32", "--epochs", "1"]
    assert compare.main(given) == 0
    folder = tmp_path / tiny.name
    weights = (folder / WEIGHTS).stat().st_mtime_ns
    assert json.loads((folder / DESCRIPTION).read_text())["epochs"] == 1
    assert compare.main(given) == 0
    assert (folder / WEIGHTS).stat().st_mtime_ns == weights
    assert len(evaluate.openings(folder)) == 1
    page = (tmp_path / compare.PAGE).read_text()
    assert tiny.name in page and "training: 1; photos an epoch: 32" in page
    assert "--subset 32 --epochs 1" in json.loads((folder / DESCRIPTION).read_text())["command"]
    assert (folder / evaluate.REPORT).is_file()


def test_runs_can_be_judged_on_some_photos_of_each_data_set(data, tmp_path, monkeypatch):
    small = next(one for one in COMPARED if one.network == "c_cnn")
    tiny = replace(small, stages=(Stage(1, 1e-3),), size=32, serve_size=32, augmentation=NONE)
    monkeypatch.setattr(compare, "COMPARED", (tiny,))
    given = ["--data", str(data), "--runs", str(tmp_path), "--subset", "32"]
    assert compare.main([*given, "--judge", "5"]) == 0
    folder, examples = tmp_path / tiny.name, datasets.read(data)
    (look,) = evaluate.openings(folder)
    assert look.photos == 5
    assert "--judge 5" in (tmp_path / compare.PAGE).read_text()
    all_of_them = compare.entrants(tmp_path, examples, command="x")[0]
    assert len(all_of_them.predictions) > 5
    (few,) = compare.entrants(tmp_path, examples, command="x", judge_on=5)
    assert len(few.predictions) == 5 and len(evaluate.openings(folder)) == 2, "no third look"


def test_a_short_form_warms_up_in_a_tenth_of_its_steps():
    long = next(one for one in COMPARED if one.network == "b_mobilenet")
    short = Trial(photos_an_epoch=640, epochs_a_stage=2).of(long)
    assert (short.draws, short.warm_up, short.stages[0].epochs) == (640, 4, 2)
    assert Trial().of(long) == long


def test_a_preset_whose_weights_are_not_to_be_had_is_named_and_the_others_run(data, tmp_path):
    backbone = next(one for one in COMPARED if one.network == "b_vgg16")
    missing = train_missing(
        [backbone], Trial(32, 1), data=data, runs=tmp_path, init=tmp_path / "nowhere"
    )
    assert list(missing) == [backbone.name] and "nowhere" in missing[backbone.name]
    assert not is_finished(tmp_path / backbone.name)


def test_what_stops_a_comparison_is_said_in_one_line(data, tmp_path, capsys):
    none = ["--presets"]
    for given, said in (
        (["--data", str(tmp_path), "--runs", str(tmp_path)], "under"),
        (["--data", str(data), "--runs", str(tmp_path)], "no finished run"),
    ):
        assert compare.main([*given, *none]) == 1
        assert said in capsys.readouterr().err
