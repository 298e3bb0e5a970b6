"""A run is judged once on photos it never met, and its folder says so."""

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from inference.labels import ISIC2019
from training import datasets, evaluate
from training.augment import NONE
from training.datasets import HAM, PAD
from training.evaluate import ANSWERS, FIGURES, OPENINGS, REPORT
from training.generated import write_data_set
from training.predictions import OtherPhotos, Predictions
from training.presets import Preset, Stage

PRESET = Preset(
    name="tiny",
    network="c_cnn",
    stages=(Stage(2, 1e-3),),
    size=32,
    serve_size=32,
    batch=8,
    draws=64,
    augmentation=NONE,
    precision="float32",
    labels=tuple(label for label in ISIC2019 if label != "SCC"),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Generated photos in the layouts of PAD-UFES-20 and HAM10000."""
    root = tmp_path_factory.mktemp("data")
    write_data_set(root / "pad", layout="pad", photos=90, size=(120, 120))
    write_data_set(root / "ham", layout="ham", photos=90, size=(120, 90))
    return root


@pytest.fixture(scope="module")
def folder(data, tmp_path_factory) -> Path:
    """A run of two short epochs, judged twice, the second time with its mirror images."""
    from training import train

    runs = tmp_path_factory.mktemp("runs")
    folder = train.train(PRESET, data=data, init=None, runs=runs)
    assert evaluate.main([str(folder), "--data", str(data), "--speed"]) == 0
    (folder / REPORT).rename(folder / "first.html")
    (folder / FIGURES).rename(folder / "first.json")
    again = "python -m training.evaluate tiny --mirrored"
    evaluate.judge(folder, datasets.read(data), command=again, mirror=True, refusing=False)
    return folder


@pytest.fixture(scope="module")
def test_photos(data) -> list:
    return [one for one in datasets.read(data) if one.split == "test"]


def test_every_look_at_the_test_part_is_recorded_and_the_second_is_said(folder, test_photos):
    looks = json.loads((folder / OPENINGS).read_text())
    assert [one["mirrored"] for one in looks] == [False, True]
    assert {one["photos"] for one in looks} == {len(test_photos)}
    assert len({one["data_sha256"] for one in looks}) == 1
    assert "has been opened" not in (folder / "first.html").read_text()
    assert "has been opened 2 times" in (folder / REPORT).read_text()


def test_the_figures_are_of_test_photos_alone(folder, test_photos):
    figures = json.loads((folder / FIGURES).read_text())
    for name in (HAM, PAD):
        found = figures["sets"][name]
        photos = [one for one in test_photos if one.data_set == name]
        assert found["photos"] == len(photos) > 5
        lost = sum(one.label == "SCC" for one in photos)
        assert found["unnamed"] == ({"SCC": lost} if lost else {})
        assert np.sum(found["confusion"]) == len(photos) - lost
    assert figures["sets"][PAD]["unnamed"]
    assert figures["same_data"] is True


def test_what_the_network_said_can_be_read_again(folder, test_photos):
    from training.runs import load_run

    said = Predictions.load(folder / ANSWERS, test_photos)
    assert said.labels == PRESET.labels and len(said) == len(test_photos)
    run = load_run(folder)
    pixels = evaluate.photos.load(test_photos, 32).pixels
    views = [np.flip(pixels, axes) for axes in ((), (1,), (2,), (1, 2))]
    turned = [evaluate.outputs(run.network, view, run.spec) for view in views]
    mean = np.mean([one["logits"] for one in turned], axis=0)
    assert said.logits == pytest.approx(mean, abs=1e-4)
    with pytest.raises(OtherPhotos):
        Predictions.load(folder / ANSWERS, test_photos[1:])


def test_the_cost_is_that_of_the_network(folder):
    report = (folder / "first.html").read_text()
    weights = (folder / "network.weights.npz").stat().st_size
    assert f"{weights / 2**20:.1f} MiB" in report
    assert "Photos a second, keras" in report
    assert "Photos a second" not in (folder / REPORT).read_text()


def test_what_is_refused_is_judged_by_this_networks_features(folder):
    found = json.loads((folder / "first.json").read_text())["refusals"]
    assert set(found["photos"]) == {HAM, PAD, "all of them, underexposed"}
    assert found["not_skin"]["static"] > 0.9
    assert all(found["damaged"].values())
    assert json.loads((folder / FIGURES).read_text())["refusals"] is None


def test_other_data_than_the_run_was_trained_with_are_told(folder, data, tmp_path):
    from training.runs import load_run

    photos = datasets.read(data)
    fewer = [one for one in photos if one is not next(one for one in photos if one.label == "NV")]
    found = evaluate.evaluate(load_run(folder), fewer, command="x", refusing=False)
    assert not found.same_data
    assert len(found.openings) == 3


def test_a_run_or_data_that_are_not_there_are_named_in_one_line(folder, data, tmp_path, capsys):
    for run, photos in ((tmp_path / "gone", data), (folder, tmp_path)):
        assert evaluate.main([str(run), "--data", str(photos)]) == 1
        said = capsys.readouterr().err
        assert str(tmp_path) in said and "Traceback" not in said


class Outline(HTMLParser):
    """What of a page matters to somebody who can't see it."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_report_is_one_small_file_that_anybody_can_read(folder):
    text = (folder / REPORT).read_text()
    assert len(text.encode()) < 3 * 2**20
    outline = Outline(text)
    assert len(outline.all("h1")) == 1
    assert len(outline.all("caption")) == len(outline.all("table")) > 8
    assert all(cell.get("scope") for cell in outline.all("th"))
    assert all(chart["role"] == "img" and chart["aria-label"] for chart in outline.all("svg"))
    assert len(outline.all("svg")) >= 3
    identities = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(identities) == len(set(identities))
    assert not outline.all("script") and not outline.all("link") and not outline.all("img")
    fetched = [one.get("href", one.get("xlink:href", "")) for _, one in outline.tags]
    assert all(address.startswith("#") for address in fetched if address)


def test_the_report_names_no_folder_of_this_machine(folder, data):
    for name in (REPORT, "first.html"):
        assert str(data) not in (folder / name).read_text()
