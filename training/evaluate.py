"""Judging a run on the test part: ``python -m training.evaluate RUN --data DIR``.

Temperature and thresholds are chosen on the validation part; then the test part is opened, which
the run's folder records. Writes ``evaluation.json``, ``report.html`` and ``answers.npz`` (what the
network said of each test photo) into the run's folder.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import math
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from inference import artifact as artifacts
from inference.artifact import Artifact, ArtifactCorrupt, ArtifactMissing
from inference.engines import OpenVinoEngine
from training import datasets, photos, refusals, report
from training.answers import Answers, ask, outputs
from training.assessment import Assessment, Calibration, assess, calibrate
from training.datasets import Example
from training.domain import Seen, darkened, fit_domain
from training.features import network_outputs, predictions_of
from training.photos import Photos
from training.predictions import Predictions
from training.refusals import Refusals
from training.runs import DESCRIPTION, LOG, WEIGHTS, Run, fingerprint, is_same_data, load_run
from training.speed import Speed, speeds, speeds_of_release
from training.subgroups import Subgroup, subgroups

ANSWERS, FIGURES, REPORT = "answers.npz", "evaluation.json", "report.html"
OPENINGS = "test_openings.json"
_TYPICAL = 600  # photos of each data set's training part that say what a photo of skin looks like


@dataclass(frozen=True)
class Opening:
    """One look at the test part."""

    when: str  # UTC
    data_sha256: str  # of the test photos' names and labels
    photos: int
    mirrored: bool  # mean of each photo and its mirror images


@dataclass(frozen=True)
class Cost:
    """What a network takes."""

    parameters: int
    files: Mapping[str, int]  # what it is -> bytes
    training_seconds: float | None  # None: the run doesn't say
    speeds: tuple[Speed, ...] = ()  # where they were asked for


@dataclass(frozen=True)
class Evaluation:
    """All that a run's report says."""

    command: str  # that made it
    run: Mapping[str, Any]  # run.json
    labels: tuple[str, ...]
    same_data: bool  # the run was trained with these
    openings: tuple[Opening, ...]  # all looks at the test part, this one last
    calibration: Calibration
    calibrated_on: int  # photos of the validation part
    uncalibrated: Mapping[str, Assessment]  # data set -> figures at temperature 1
    sets: Mapping[str, Assessment]  # data set -> figures
    subgroups: tuple[Subgroup, ...]
    broken: tuple[str, ...]  # files of the test part that can't be read
    cost: Cost
    refusals: Refusals | None = None  # None: not judged, or the network gives no features
    log: tuple[Mapping[str, float], ...] = field(default=())  # rows of log.csv
    release: str | None = None  # version of the model, where it is judged as it was released


def judge(
    folder: Path,
    examples: Sequence[Example],
    *,
    command: str,
    mirror: bool = False,
    speed: bool = False,
    refusing: bool = True,
) -> Evaluation:
    """`evaluate` for a run's folder, written into it as figures and report."""
    found = evaluate(
        load_run(folder), examples, command=command, mirror=mirror, speed=speed, refusing=refusing
    )
    (folder / FIGURES).write_text(json.dumps(plain(found), indent=1) + "\n")
    _write_report(found, folder)
    return found


def evaluate(
    run: Run,
    examples: Sequence[Example],
    *,
    command: str,
    mirror: bool = False,
    speed: bool = False,
    refusing: bool = True,
) -> Evaluation:
    """Judge ``run`` on the test part of ``examples``, write its answers, record the opening.

    ``mirror``: as `inference.model.mirrored`; ``speed``: measure it; ``refusing``: judge what is
    refused as not skin, which costs as much again.
    """
    if mirror:
        from inference.model import mirrored  # Keras, which a loaded run has imported

        run = replace(run, network=mirrored(run.network))
    parts = {
        split: _part(examples, split, run.spec.size, run.folder) for split in ("validation", "test")
    }
    validation = ask(run.network, parts["validation"], run.labels, run.spec)
    calibration = calibrate(validation.predictions)
    opened = record_opening(run.folder, parts["test"].examples, mirrored=mirror)
    test = ask(run.network, parts["test"], run.labels, run.spec)
    predictions = calibration.calibrated(test.predictions)
    predictions.save(run.folder / ANSWERS)
    return Evaluation(
        command=command,
        run=run.description,
        same_data=is_same_data(run.description, run.labels, examples),
        openings=opened,
        calibrated_on=len(validation.predictions),
        broken=tuple(path.name for path in parts["test"].broken),
        cost=cost_of(run, speed=speed),
        refusals=_refusals(run, examples, validation, test) if refusing else None,
        log=log_of(run.folder),
        **_figures(predictions, calibration),
    )


def evaluate_release(
    artifact: Artifact, folder: Path, examples: Sequence[Example], *, command: str, speed: bool
) -> Evaluation:
    """Judge a released model with its own temperature and thresholds, in float32 on OpenVINO.

    ``folder`` is that of the run it was made from, which gives the curves and keeps the record of
    looks. What is refused is taken from the release.
    """
    description = json.loads((folder / DESCRIPTION).read_text())
    test = _part(examples, "test", artifact.input.size, folder)
    engine = OpenVinoEngine(
        artifact.file(artifacts.OPENVINO_MODEL), artifact.input.size, precision="f32"
    )
    opened = record_opening(folder, test.examples, mirrored=artifact.mirrored)
    outputs = network_outputs(engine, test.pixels, artifact.input)
    refused = artifact.metrics.get("refused")
    return Evaluation(
        command=command,
        run=description,
        release=artifact.version,
        same_data=is_same_data(description, artifact.labels, examples),
        openings=opened,
        calibrated_on=description["photos"]["validation"],
        broken=tuple(path.name for path in test.broken),
        cost=cost_of_release(artifact, description, speed=speed),
        refusals=Refusals(**refused) if refused else None,
        log=log_of(folder),
        **_figures(
            predictions_of(artifact, test.examples, outputs),
            Calibration(artifact.temperatures, artifact.thresholds),
        ),
    )


def cost_of_release(
    artifact: Artifact, description: Mapping[str, Any], *, speed: bool = False
) -> Cost:
    with np.load(artifact.file(artifacts.KERAS_WEIGHTS)) as weights:
        parameters = sum(weights[name].size for name in weights.files)
    kinds = {
        "Weights for Keras, float16": artifacts.KERAS_WEIGHTS,
        "Weights for OpenVINO, float16": artifacts.OPENVINO_WEIGHTS,
        "Weights for OpenVINO, 8 bits": artifacts.INT8_WEIGHTS,
    }
    return Cost(
        parameters=parameters,
        files={
            title: artifact.file(name).stat().st_size
            for title, name in kinds.items()
            if name in artifact.files
        },
        training_seconds=description.get("seconds"),
        speeds=speeds_of_release(artifact) if speed else (),
    )


def cost_of(run: Run, *, speed: bool = False) -> Cost:
    return Cost(
        parameters=run.network.count_params(),
        files={"Weights, float32": (run.folder / WEIGHTS).stat().st_size},
        training_seconds=run.description.get("seconds"),
        speeds=speeds(run.network, run.spec.size) if speed else (),
    )


def log_of(folder: Path) -> tuple[dict[str, float], ...]:
    """The rows of a run's log.csv; none where it has none."""
    path = folder / LOG
    if not path.is_file():
        return ()
    with path.open(newline="") as stream:
        return tuple(
            {name: float(value) for name, value in row.items() if value}
            for row in csv.DictReader(stream)
        )


def openings(folder: Path) -> tuple[Opening, ...]:
    """Every look that was taken at the test part for this run, oldest first."""
    path = folder / OPENINGS
    return tuple(Opening(**one) for one in json.loads(path.read_text())) if path.is_file() else ()


def plain(value: Any) -> Any:
    """``value`` as JSON has it: fields by name, no nan, five places."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 5)
    return value


def _part(examples: Sequence[Example], split: str, size: int, folder: Path) -> Photos:
    chosen = [one for one in examples if one.split == split]
    return photos.load(chosen, size, folder.parent / ".cache")


def _figures(predictions: Predictions, calibration: Calibration) -> dict[str, Any]:
    """The fields of `Evaluation` that come from the answers alone."""
    return {
        "labels": predictions.labels,
        "calibration": calibration,
        "uncalibrated": _by_data_set(replace(predictions, temperature=1.0), calibration),
        "sets": _by_data_set(predictions, calibration),
        "subgroups": subgroups(predictions, calibration.thresholds),
    }


def _by_data_set(predictions: Predictions, calibration: Calibration) -> dict[str, Assessment]:
    return {
        name: assess(part, calibration.thresholds)
        for name, part in predictions.by_data_set().items()
    }


def record_opening(
    folder: Path, examples: Sequence[Example], *, mirrored: bool = False
) -> tuple[Opening, ...]:
    """Write down one more look at the test part; returns all of them."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    looks = (*openings(folder), Opening(now, fingerprint(examples), len(examples), mirrored))
    (folder / OPENINGS).write_text(json.dumps([asdict(one) for one in looks], indent=1) + "\n")
    return looks


def _refusals(
    run: Run, examples: Sequence[Example], validation: Answers, test: Answers
) -> Refusals | None:
    if test.features is None or validation.features is None:
        return None

    def features_of(pixels: np.ndarray) -> np.ndarray:
        return outputs(run.network, pixels, run.spec)["features"]

    train = _part(_typical(examples), "train", run.spec.size, run.folder)
    dark = darkened(train.pixels)
    domain = fit_domain(
        train=Seen(train.pixels, features_of(train.pixels)),
        train_darkened=Seen(dark, features_of(dark)),
        data_set=[one.data_set for one in train.examples],
        validation=Seen(validation.pixels, validation.features),
    )
    return refusals.judge(
        domain,
        features_of,
        pixels=test.pixels,
        features=test.features,
        data_sets=test.predictions.data_sets,
    )


def _typical(examples: Sequence[Example]) -> list[Example]:
    """Some of the training part, of each data set, evenly over its names."""
    train = [one for one in examples if one.split == "train"]
    names = sorted({one.data_set for one in train})
    parts = [[one for one in train if one.data_set == name] for name in names]
    return [one for part in parts for one in part[:: len(part) // _TYPICAL + 1]]


def main(arguments: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("run", type=Path, help="the run's folder")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--mirrored", action="store_true", help="mean over four mirror images")
    parser.add_argument("--speed", action="store_true", help="measure images a second per engine")
    parser.add_argument(
        "--release", type=Path, help="folder of the model released from it: judge that instead"
    )
    chosen = parser.parse_args(given)
    logging.basicConfig(format="%(message)s")
    command = shlex.join(["python", "-m", "training.evaluate", *given])
    try:
        _judge_as_asked(chosen, command)
    except (datasets.DataMissing, FileNotFoundError, ArtifactMissing, ArtifactCorrupt) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _judge_as_asked(chosen: argparse.Namespace, command: str) -> None:
    examples = datasets.read(chosen.data)
    if not chosen.release:
        judge(chosen.run, examples, command=command, mirror=chosen.mirrored, speed=chosen.speed)
        return
    artifact = artifacts.read(chosen.release)
    found = evaluate_release(artifact, chosen.run, examples, command=command, speed=chosen.speed)
    _write_report(found, artifact.path)


def _write_report(found: Evaluation, folder: Path) -> None:
    (folder / REPORT).write_text(report.report(found))
    print(folder / REPORT)


if __name__ == "__main__":
    raise SystemExit(main())
