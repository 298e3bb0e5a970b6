"""Make a released model from a run, in one command: ``python -m training.release RUN --data DIR``.

``RUN`` is a folder that `training.train` has written, ``DIR`` holds the data sets that it learnt
from (see `training.datasets`). Writes ``OUT/<version>/``: the network for both engines in float
and, where that costs little, in 8 bits; what tells skin from other things; ``artifact.json`` and
``MODEL_CARD.md``. Everything is written beside, loaded again and compared before it takes its
place. The same run and data give the same files.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import get_args

import numpy as np

from inference import artifact as artifacts
from inference.artifact import Artifact, Role
from inference.calibration import Calibration, Kind
from inference.engines import Engine, OpenVinoEngine
from inference.preprocessing import normalise
from training import assessment, datasets, photos, prior
from training.card import model_card
from training.datasets import DataMissing, Survey
from training.domain import Seen, darkened, fit_domain
from training.evaluate import record_opening
from training.export import (
    CARD,
    Description,
    describe,
    publish,
    round_to_half,
    unfinished,
    write_network,
)
from training.features import FLIPS, network_outputs
from training.int8 import calibration_photos, cost, write_int8
from training.judge import (
    EnginesDisagree,
    bears_bfloat16,
    judge,
    known,
    learn_history,
    of_history,
)
from training.kind import fit_kind, told_apart
from training.licences import data_rows
from training.photos import Photos
from training.predictions import Predictions
from training.presets import preset_from
from training.reference import reference
from training.runs import DESCRIPTION, Run, is_same_data, load_run, portable

log = logging.getLogger(__name__)

DEFAULT_NETWORK = "densenet121"


class CannotCalibrate(Exception):
    """The validation part has no melanoma or no malignant photo, so there are no thresholds."""


EXPLAINED = (CannotCalibrate, DataMissing, EnginesDisagree, FileNotFoundError)


@dataclass(frozen=True)
class Choices:
    """What may be said about a release besides its run; None is decided by the run."""

    version: str | None = None  # also the folder's name; None: today and the preset's name
    role: Role | None = None  # None: a DenseNet-121 is the default, any other is lighter
    mirrored: bool = False  # served as `inference.model.mirrored`, at four times the work
    prior: float | None = None  # see `training.prior`; None: the better one on validation


def release(run: Run, data: Path, out: Path, choices: Choices | None = None) -> Artifact:
    """Calibrate, export, reload, compare, judge, write. Returns the artifact as read back.

    Raises `DataMissing`, `CannotCalibrate`, `EnginesDisagree`; nothing is then released.
    """
    choices = choices or Choices()
    version = choices.version or f"{date.today():%Y.%m.%d}-{run.preset.name}"
    found = datasets.survey(data)
    datasets.name_left_out(found)
    parts = read_parts(found, run)
    with unfinished(out) as scratch:
        folder = scratch / version
        folder.mkdir()
        drafted = draft(run, parts, folder, choices)
        same_data = is_same_data(run.description, run.labels, found.examples)
        drafted = replace(drafted, training={**drafted.training, "same_data": same_data})
        artifact = describe(folder, drafted)
        log.info("Judging on the test part.")
        record_opening(run.folder, parts["test"].examples, mirrored=choices.mirrored)
        metrics = {**drafted.metrics, **judge(artifact, parts["test"])}
        like_patients = reference(artifact, parts["validation"].examples)
        records = [record for one in found.sets for record in one.records]
        learned = learn_history(artifact, (parts["validation"], parts["test"]), records)
        if learned:
            learned.fusion.save(folder / artifacts.FUSION)
        metrics["history"] = of_history(learned) if learned else None
        finished = replace(
            drafted,
            metrics=metrics,
            bfloat16=bears_bfloat16(metrics),
            history_thresholds=learned.thresholds if learned else {},
            reference=like_patients,
        )
        artifact = describe(folder, finished)
        (folder / CARD).write_text(model_card(artifact))
        return publish(folder, out)


def read_parts(found: Survey, run: Run) -> dict[str, Photos]:
    """train, validation and test at the size of serving: the photos that the run can name."""
    examples = [one for one in found.examples if one.label in run.labels]
    return {
        split: photos.load([one for one in examples if one.split == split], run.spec.size)
        for split in ("train", "validation", "test")
    }


def draft(run: Run, parts: Mapping[str, Photos], folder: Path, choices: Choices) -> Description:
    """Write every file but the description and the card; nothing of the test part is looked at."""
    train, validation = parts["train"], parts["validation"]
    log.info("Exporting %s.", run.preset.name)
    round_to_half(run.network)
    write_network(run.network, folder, mirror=choices.mirrored)
    log.info("Learning what skin looks like, and of which kind a photo is.")
    seen = _seen(run, validation, folder)
    kind = _learn(run, train, seen, folder)
    clinical = kind.clinical(seen.features)
    measured = {"kind_auc": known(told_apart(clinical, validation.examples))}
    measured["prior"] = _undo_balancing(run, parts, folder, choices, clinical)
    calibration = _calibration(_said(run, validation, folder), clinical)
    log.info("Rounding to 8 bits.")
    served = Calibration(calibration.temperatures, kind)
    measured["int8"] = _write_int8(
        run, parts, served, folder, FLIPS[:1] if choices.mirrored else FLIPS
    )
    return Description(
        version=folder.name,
        role=choices.role or role_of(run),
        network=run.preset.network,
        mirrored=choices.mirrored,
        labels=run.labels,
        input=run.spec,
        temperatures=calibration.temperatures,
        thresholds=dict(calibration.thresholds),
        metrics=measured,
        training=provenance(run),
        data=data_rows(train.examples),
    )


def role_of(run: Run) -> Role:
    return "default" if run.preset.network == DEFAULT_NETWORK else "lighter"


def provenance(run: Run) -> dict[str, object]:
    """How the network came to be, for the artifact and its card."""
    kept = ("epochs", "seconds", "photos", "data_sha256", "machine", "keras")
    begun = run.description.get("start") != "nothing"  # else --init nothing overruled the preset
    return {
        "run": run.preset.name,
        "seed": run.preset.seed,
        "start": run.preset.initial_weights if begun else None,
        "start_met": run.preset.start_met if begun else "",
        "teachers": list(run.preset.teachers),
        "teachers_met": [
            name for name in run.preset.teachers if has_met_test(run.folder.parent / name)
        ],
        **{name: run.description[name] for name in kept if name in run.description},
        "command": portable(str(run.description.get("command", ""))),
    }


def has_met_test(folder: Path) -> bool:
    """Whether the run of ``folder``, or one that taught it, began from weights that had.

    A run that isn't there any more can't say.
    """
    if not (folder / DESCRIPTION).is_file():
        return False
    preset = preset_from(json.loads((folder / DESCRIPTION).read_text())["preset"])
    return bool(preset.start_met) or any(
        has_met_test(folder.parent / name) for name in preset.teachers
    )


def _float32(network: Path, run: Run) -> OpenVinoEngine:
    """What temperature, thresholds and figures are of, whatever this machine would serve with."""
    return OpenVinoEngine(network, run.spec.size, "f32")


def _said(run: Run, photos: Photos, folder: Path) -> Predictions:
    engine = _float32(folder / artifacts.OPENVINO_MODEL, run)
    outputs = network_outputs(engine, photos.pixels, run.spec)
    return Predictions(photos.examples, run.labels, outputs.logits)


def _seen(run: Run, photos: Photos, folder: Path) -> Seen:
    engine = _float32(folder / artifacts.OPENVINO_MODEL, run)
    return Seen(photos.pixels, network_outputs(engine, photos.pixels, run.spec).features)


def _undo_balancing(
    run: Run,
    parts: Mapping[str, Photos],
    folder: Path,
    choices: Choices,
    clinical: np.ndarray,
) -> dict[str, object]:
    """Put the better offset into the dense layer; returns what was measured, for the card."""
    train, said = parts["train"].examples, _said(run, parts["validation"], folder)
    power = choices.prior
    powers = sorted({0.0, run.preset.balance / 2, run.preset.balance, power or 0.0})
    found = prior.variants(said, train, powers, clinical)
    chosen = prior.best(found).power if power is None else power
    if chosen:
        layer = run.network.get_layer("evidence")
        kernel, bias = layer.get_weights()
        layer.set_weights([kernel, bias + prior.offsets(train, run.labels, chosen)])
        round_to_half(run.network)
        write_network(run.network, folder, mirror=choices.mirrored)
    return {"power": chosen, "validation": [asdict(variant) for variant in found]}


def _calibration(validation: Predictions, clinical: np.ndarray) -> assessment.Calibration:
    """Raises `CannotCalibrate`."""
    found = assessment.calibrate(validation, clinical)
    if missing := {"melanoma", "malignancy"} - set(found.thresholds):
        raise CannotCalibrate(f"No validation photo says anything of {' or '.join(missing)}.")
    return found


def _learn(run: Run, train: Photos, validation: Seen, folder: Path) -> Kind:
    """What tells skin from other things, and the kinds of photo from each other; writes both."""
    # As fast as this machine can: twice all photos, of which only the main directions are kept.
    engine = OpenVinoEngine(folder / artifacts.OPENVINO_MODEL, run.spec.size)

    def seen(pixels: np.ndarray) -> Seen:
        return Seen(pixels, network_outputs(engine, pixels, run.spec).features)

    as_they_are = seen(train.pixels)
    fit_domain(
        train=as_they_are,
        train_darkened=seen(darkened(train.pixels)),
        data_set=[one.data_set for one in train.examples],
        validation=validation,
    ).save(folder / artifacts.DOMAIN)
    kind = fit_kind(as_they_are.features, train.examples)
    kind.save(folder / artifacts.KIND)
    return kind


def _write_int8(
    run: Run,
    parts: Mapping[str, Photos],
    calibration: Calibration,
    folder: Path,
    views: Sequence[tuple[int, ...]],
) -> dict[str, object]:
    """Keep the 8-bit network only where it costs little; returns what it costs, for the card.

    ``views`` are how photos are turned to have more of them, as axes of a picture.
    """
    train, validation = parts["train"], parts["validation"]
    chosen = calibration_photos(train.examples)
    rounded, floats = folder / artifacts.INT8_MODEL, folder / artifacts.OPENVINO_MODEL
    write_int8(floats, rounded, normalise(train.pixels[chosen], run.spec))

    def said(engine: Engine) -> np.ndarray:
        seen = [network_outputs(engine, validation.pixels, run.spec, flip=flip) for flip in views]
        return np.concatenate([calibration.probabilities(one) for one in seen])

    lost = cost(
        said(OpenVinoEngine(floats, run.spec.size)),
        said(OpenVinoEngine(rounded, run.spec.size, "int8")),
        [one.label for one in validation.examples] * len(views),
        run.labels,
    )
    if not lost.bearable:
        for name in artifacts.INT8_FILES:
            (folder / name).unlink()
    return {"released": lost.bearable, "calibration_photos": len(chosen), **lost.described()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.release", description=__doc__)
    parser.add_argument("run", type=Path, help="folder that training.train has written")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=artifacts.directory())
    parser.add_argument("--version", help="name of the model; default: today and the preset's name")
    parser.add_argument("--role", choices=get_args(Role), help="default: a DenseNet-121 is default")
    parser.add_argument(
        "--mirrored", action="store_true", help="serve the mean over four mirror images"
    )
    parser.add_argument(
        "--prior", type=float, help="power of the classes' shares; default: better on validation"
    )
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    choices = Choices(chosen.version, chosen.role, chosen.mirrored, chosen.prior)
    try:
        artifact = release(load_run(chosen.run), chosen.data, chosen.out, choices)
    except EXPLAINED as problem:
        print(problem, file=sys.stderr)
        return 1
    print((artifact.path / CARD).read_text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
