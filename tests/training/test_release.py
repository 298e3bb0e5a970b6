"""From a run to a model that the product loads, small: a network that has learnt nothing."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from inference import artifact as artifacts
from inference import engines
from inference.calibration import Calibration
from inference.classifier import CasePrediction, Classifier
from inference.labels import ISIC2019
from inference.preprocessing import normalise
from training import datasets, judge, prior
from training import release as making
from training.assessment import calibrate
from training.datasets import HAM, PAD
from training.evaluate import OPENINGS
from training.export import CARD, unfinished
from training.features import network_outputs
from training.presets import MOBILENETV2
from training.procedural import lesion_photo
from training.runs import DESCRIPTION, WEIGHTS, fingerprint, load_run

PRESET = replace(MOBILENETV2, name="tiny", serve_size=64, teachers=(), balance=0.5)
PAD_KINDS = {"ACK": "actinic_like", "BCC": "bcc_like", "MEL": "melanoma_like", "NEV": "naevus"}
HAM_KINDS = {"bkl": "keratosis_like", "nv": "naevus", "mel": "melanoma_like", "bcc": "bcc_like"}
CHOICES = making.Choices(version="tiny", role="default")


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
def folder(tmp_path_factory, data) -> Path:
    """A run's folder: random weights below, a dense layer fitted on what they give."""
    engines.import_tensorflow()
    import keras

    from inference.model import BUILDERS

    keras.utils.set_random_seed(0)
    network = BUILDERS[PRESET.network](classes=len(ISIC2019))
    folder = tmp_path_factory.mktemp("runs") / PRESET.name
    folder.mkdir()
    description = {
        "preset": asdict(PRESET),
        "command": "python -m training.train tiny --data DIR",
        "photos": {"train": 56, "validation": 12, "test": 12},
        "data_sha256": fingerprint(datasets.read(data)),
        "epochs": 1,
    }
    (folder / DESCRIPTION).write_text(json.dumps(description))
    write_weights(network, folder)
    run = load_run(folder)
    train = making.read_parts(datasets.survey(data), run)["train"]
    images = normalise(train.pixels, run.spec)
    for layer in network.layers:  # or untrained layers would let nothing of the photo through
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    network(images, training=True)
    features = network(images)["features"].numpy()
    truth = np.eye(8)[[ISIC2019.index(one.label) for one in train.examples]]
    centre, deviation = features.mean(0), features.std(0) + 1e-6
    scaled = (features - centre) / deviation
    ridge = np.linalg.solve(scaled @ scaled.T + 1000 * np.eye(len(scaled)), truth)
    kernel = scaled.T @ ridge / deviation[:, None]
    network.get_layer("evidence").set_weights([kernel, -centre @ kernel])
    write_weights(network, folder)
    return folder


def write_weights(network, folder: Path) -> None:
    np.savez(folder / WEIGHTS, **{one.path: np.asarray(one) for one in network.weights})


@pytest.fixture(scope="module")
def made(folder, data, tmp_path_factory):
    return making.release(load_run(folder), data, tmp_path_factory.mktemp("out"), CHOICES)


@pytest.fixture(scope="module")
def parts(folder, data):
    return making.read_parts(datasets.survey(data), load_run(folder))


def test_it_is_a_model_that_loads_and_says_where_it_is_from(made, monkeypatch):
    monkeypatch.setenv("MODEL_DIR", str(made.path.parent))
    assert artifacts.load() == made
    assert (made.version, made.role, made.input.size) == ("tiny", "default", 64)
    assert made.training["command"].startswith("python -m training.train tiny")
    assert [path.name for path in made.path.parent.iterdir()] == ["tiny"]


def test_it_predicts(made):
    stream = io.BytesIO()
    lesion_photo(5, size=(160, 120)).save(stream, "JPEG")
    (case,) = Classifier.of(made, engine="openvino").predict_cases([[stream.getvalue()]])
    assert isinstance(case, CasePrediction)
    assert case.model_version == "tiny"


def test_it_gives_what_the_run_gives(made, folder, parts):
    """The released network is the run's, but for rounding and the offset that is put into it."""
    run, test = load_run(folder), parts["test"]
    images = (test.pixels / np.float32(255) - np.float32(run.spec.mean)) / np.float32(run.spec.std)
    logits = run.network(images)["logits"].numpy()
    if power := made.metrics["prior"]["power"]:
        logits = logits + prior.offsets(parts["train"].examples, run.labels, power)
    released = engines.create(made, "openvino-f32").run([images]).logits
    assert np.allclose(released, logits, atol=0.02)


def test_a_mirrored_one_gives_the_mean_over_four_mirror_images(folder, data, parts, tmp_path):
    run, pixels = load_run(folder), parts["test"].pixels
    made = making.release(run, data, tmp_path, replace(CHOICES, mirrored=True, prior=0))
    card = (made.path / CARD).read_text()
    assert made.mirrored and "pixels, the mean over its four mirror images" in card
    assert f"validation part ({len(parts['validation'].examples)} pictures) rounding" in card
    assert json.loads((folder / OPENINGS).read_text())[-1]["mirrored"] is True
    views = [np.flip(pixels, axes) for axes in ((), (1,), (2,), (1, 2))]
    logits = [run.network(normalise(view, run.spec))["logits"].numpy() for view in views]
    assert np.abs(logits[0] - logits[3]).max() > 0.1  # or the next lines would say nothing
    for name in ("openvino-f32", "keras"):
        engine = engines.create(made, name)
        upright, turned = (engine.run([normalise(view, run.spec)]) for view in (views[0], views[3]))
        assert np.allclose(upright.logits, np.mean(logits, 0), atol=0.02)
        assert np.allclose(upright.logits, turned.logits, atol=0.01)
        assert np.allclose(upright.evidence, turned.evidence[:, ::-1, ::-1], atol=0.05)
        assert np.allclose(upright.evidence.mean((1, 2)), upright.logits, atol=0.01)


def test_its_figures_are_of_photos_that_it_never_met(made, parts):
    groups = {name: {one.group for one in part.examples} for name, part in parts.items()}
    assert not groups["train"] & groups["test"] and not groups["validation"] & groups["test"]
    for name in (PAD, HAM):
        photos = sum(one.data_set == name for one in parts["test"].examples)
        assert made.metrics["test"][name]["photos"] == photos > 0


def test_every_engine_is_compared_with_the_one_that_was_judged(made):
    names = set(made.metrics["engines"]) | {made.metrics["engine"]}
    assert {name.split("-")[0] for name in names} == {"keras", "openvino"}
    (keras,) = [one for name, one in made.metrics["engines"].items() if "keras" in name]
    assert keras["at_most"] <= judge.FLOATS_AGREE_WITHIN


def test_what_history_adds_is_stored_exactly_where_it_was_measured(made):
    history = made.metrics["history"]
    assert made.has_fusion and history["photos"] == 8
    assert set(history["gained"]) == set(judge.HISTORY_FIGURES)


def test_of_so_few_photos_it_keeps_no_reference_for_drift_and_its_card_says_so(made):
    assert made.reference == {}
    assert "too few photos were kept for validation" in (made.path / "MODEL_CARD.md").read_text()


def test_bfloat16_is_served_only_where_it_was_measured_to_be_close(made):
    measured = {"openvino-bf16": {"at_most": 0.0201}}
    assert not judge.bears_bfloat16({"engines": measured})
    assert not judge.bears_bfloat16({"engines": {}})
    assert judge.bears_bfloat16({"engines": {"openvino-bf16": {"at_most": 0.02}}})
    assert made.bfloat16 == judge.bears_bfloat16(made.metrics)


def test_the_8_bit_network_is_there_exactly_where_it_costs_little(made):
    cost = made.metrics["int8"]
    assert made.has_int8 == cost["released"] == made.file(artifacts.INT8_MODEL).is_file()
    assert ("openvino-int8" in made.metrics["engines"]) == made.has_int8
    assert ("is **not released**" in (made.path / "MODEL_CARD.md").read_text()) != made.has_int8


def test_its_card_gives_use_figures_licences_groups_and_limits(made):
    card = (made.path / "MODEL_CARD.md").read_text()
    for words in (
        "## What it is for",
        "HAM10000 may not be used commercially",
        "CC BY 4.0",
        "Balanced accuracy",
        "Dark skin",
        "ranked by the worse of photo alone and with history",
        "sex: not recorded",
        "too few",
        "rest on the consensus of dermatologists",
        "python -m training.train tiny",
    ):
        assert words in card
    assert "too good" not in card
    assert f"| {made.metrics['test'][HAM]['photos']} |" in card


def test_what_was_chosen_on_validation_is_of_float32_whatever_the_processor_has(made, parts):
    engine = engines.create(made, "openvino-f32")
    validation = parts["validation"]
    outputs = network_outputs(engine, validation.pixels, made.input)
    clinical = Calibration.of(made).kind.clinical(outputs.features)
    said = judge.Predictions(validation.examples, made.labels, outputs.logits)
    found = calibrate(said, clinical)
    assert (found.temperatures, found.thresholds) == (made.temperatures, made.thresholds)


def test_each_kind_of_photo_has_a_temperature_and_the_card_says_how_well_they_are_told_apart(made):
    card = (made.path / "MODEL_CARD.md").read_text()
    for words in (
        f"Temperature {made.temperatures.clinical} for photos by a camera",
        f"{made.temperatures.dermoscopic} for dermoscopic",
        f"on the validation part: {made.metrics['kind_auc']:.3f}",
        "The same by chance alone",
    ):
        assert words in card


def test_what_a_killed_release_left_is_gone_after_the_next_one(tmp_path):
    started = "from pathlib import Path; from training.export import unfinished; import os, signal"
    within = "with unfinished(Path('.')) as f: (f / 'half').touch(); os.kill(os.getpid(), 9)"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    killed = subprocess.run(
        [sys.executable, "-c", f"{started}\n{within}"], cwd=tmp_path, env=environment
    )
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.glob(".release-*/half")
    with unfinished(tmp_path) as mine:
        assert not left.exists() and mine.is_dir()
    assert not list(tmp_path.iterdir())


def test_a_release_that_is_being_made_beside_another_is_left_alone(tmp_path):
    with unfinished(tmp_path) as one:
        with unfinished(tmp_path) as other:
            assert one.is_dir() and other.is_dir() and one != other
        assert one.is_dir()


def test_a_start_that_had_met_the_photos_is_said_on_the_card(made, folder):
    met = replace(load_run(folder), preset=replace(PRESET, start_met="It had met them."))
    artifact = replace(made, training=made.training | making.provenance(met))
    assert "The network began from weights that had learnt" in making.model_card(artifact)


def test_a_release_names_no_folder_of_the_machine_it_was_made_on(folder):
    run = load_run(folder)
    command = "python -m training.train x --data /home/me/photos --init runs"
    said = making.provenance(replace(run, description={**run.description, "command": command}))
    assert said["command"] == "python -m training.train x --data photos --init runs"


def test_other_data_than_the_run_was_trained_with_are_said_on_the_card(made):
    assert made.training["same_data"] is True
    other = replace(made, training={**made.training, "same_data": False})
    words = "photos of the test part may have been in its training"
    assert words in making.model_card(other)
    assert words not in making.model_card(made)


def test_teachers_that_had_met_the_photos_are_named_however_far_back(made, folder, tmp_path):
    """`old` had met them and taught `young`, who taught this one; `clean` had not."""
    for name, changes in {
        "old": {"start_met": "It had met them."}, "young": {"teachers": ("old",)}, "clean": {},
    }.items():  # fmt: skip
        (tmp_path / name).mkdir()
        preset = asdict(replace(PRESET, name=name, **changes))
        (tmp_path / name / DESCRIPTION).write_text(json.dumps({"preset": preset}))
    preset = replace(PRESET, teachers=("clean", "young"))
    said = making.provenance(replace(load_run(folder), folder=tmp_path / "tiny", preset=preset))
    assert said["teachers_met"] == ["young"]
    card = making.model_card(replace(made, training=made.training | said))
    assert "a little too good.** young, which it learnt from" in card
    assert "a little too good" not in making.model_card(made)


def test_a_run_that_was_told_to_start_from_nothing_does_not_claim_another_start(folder):
    run = load_run(folder)
    said = making.provenance(replace(run, description={**run.description, "start": "nothing"}))
    assert (said["start"], said["start_met"]) == (None, "")
    assert making.provenance(run)["start"] == PRESET.initial_weights


def test_the_same_run_and_data_give_the_same_files(made, folder, data, tmp_path):
    again = making.release(load_run(folder), data, tmp_path, CHOICES)
    assert again.files == made.files
    assert again.sha256 == made.sha256


def test_releasing_again_replaces_the_model(made, folder, data, tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "stale").touch()
    making.publish(copy_of(made, tmp_path / ".new" / "tiny"), tmp_path)
    assert artifacts.read(tmp_path / "tiny").sha256 == made.sha256
    assert not (tmp_path / "tiny" / "stale").exists()


def copy_of(made, path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(made.path, path))


def test_engines_that_disagree_are_not_released(made, parts):
    test = parts["test"]
    sure = np.tile(50 * np.eye(8)[0], (len(test.examples), 1))
    wrong = judge.Predictions(test.examples, made.labels, sure)
    with pytest.raises(judge.EnginesDisagree, match="differ by up to"):
        judge.compare(made, wrong, test)


def test_without_a_melanoma_to_validate_on_there_is_no_threshold(folder, parts):
    run, validation = load_run(folder), parts["validation"]
    chosen = [one for one in validation.examples if one.label != "MEL"]
    said = judge.Predictions(chosen, run.labels, np.zeros((len(chosen), 8)))
    with pytest.raises(making.CannotCalibrate, match="melanoma"):
        making._calibration(said, np.full(len(chosen), 0.5))


def test_data_that_are_not_there_release_nothing_and_are_named(folder, tmp_path, capsys):
    given = [str(folder), "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    assert making.main(given) == 1
    assert str(tmp_path) in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_weight_too_large_for_half_precision_is_refused(folder):
    network = load_run(folder).network
    layer = network.get_layer("evidence")
    layer.set_weights([np.full((1280, 8), 1e6, np.float32), np.zeros(8, np.float32)])
    with pytest.raises(ValueError, match="evidence/kernel can't be stored"):
        making.round_to_half(network)


def test_a_lighter_network_is_not_the_default(folder):
    run = load_run(folder)
    assert making.role_of(run) == "lighter"
    assert making.role_of(replace(run, preset=replace(PRESET, network="densenet121"))) == "default"


def test_the_description_is_plain_json(made):
    fields = json.loads((made.path / artifacts.FILE).read_text())
    assert fields["preprocessing"] == "1" and fields["format"] == artifacts.FORMAT
    assert list(fields["labels"]) == ["AK", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "VASC"]
