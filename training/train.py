"""Training a preset: ``python -m training.train PRESET --data DIR [--init DIR] [--runs DIR]``.

A run's folder holds all that it is: `run.json` (command, preset, seed, data, machine), `log.csv`
and `tensorboard/` (curves), `network.weights.npz` (what is kept of it) and `state.npz`, from which
the same command goes on after a kill, to the same weights as if nothing had happened.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import logging
import os
import platform
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from inference.engines import assign_weights, import_tensorflow
from inference.preprocessing import InputSpec, normalise
from training import datasets, evaluate, photos
from training.batches import Batches
from training.datasets import Example
from training.head import softmax
from training.photos import Photos
from training.presets import TRAINABLE, Preset, Stage, preset_from
from training.synthetic import photo_size
from training.teachers import Teachers

WEIGHTS, STATE, DESCRIPTION, LOG = "network.weights.npz", "state.npz", "run.json", "log.csv"
AVERAGE_EVERY = 8  # steps between two takings into the averaged weights


class PresetChanged(Exception):
    """This run's folder was begun with another preset or other data: use another --runs folder."""


class InitialWeightsMissing(Exception):
    """The preset starts from a file that isn't in the --init folder."""


@dataclass(frozen=True)
class Run:
    """A trained run, loaded."""

    folder: Path
    preset: Preset
    labels: tuple[str, ...]  # of the network's outputs, in their order
    spec: InputSpec  # at the size of serving
    network: object  # keras.Model with outputs logits, evidence, features; float32
    description: Mapping[str, object]  # run.json


def load_run(folder: Path) -> Run:
    """The run of ``folder`` with its kept weights. Raises ``FileNotFoundError``."""
    import_tensorflow()
    description = json.loads((folder / DESCRIPTION).read_text())
    preset = preset_from(description["preset"])
    network = build(preset)
    with np.load(folder / WEIGHTS) as weights:
        assign_weights(network, weights)
    return Run(folder, preset, preset.labels, spec_of(preset), network, description)


def spec_of(preset: Preset) -> InputSpec:
    return InputSpec(preset.serve_size, preset.mean, preset.std, preset.colour)


def build(preset: Preset, init: Path | None = None):
    """The preset's network; with ``init`` from its initial weights.

    Raises `InitialWeightsMissing`.
    """
    from inference.model import BUILDERS

    weights = None
    if init is not None and preset.initial_weights is not None:
        weights = init / preset.initial_weights
        if not weights.is_file():
            raise InitialWeightsMissing(f"{preset.name} starts from {weights}: no such file.")
    return BUILDERS[preset.network](
        classes=len(preset.labels), weights=None if weights is None else str(weights)
    )


def train(preset: Preset, *, data: Path, init: Path | None, runs: Path) -> Path:
    """Train, or go on training, and return the run's folder.

    Raises `DataMissing`, `InitialWeightsMissing`, `PresetChanged`.
    """
    import_tensorflow()
    import keras

    spread_over_devices()
    examples = [one for one in datasets.read(data) if one.label in preset.labels]
    sizes = {"train": photo_size(preset.synthetic, preset.size), "validation": preset.size}
    parts = {
        split: photos.load([one for one in examples if one.split == split], size, runs / ".cache")
        for split, size in sizes.items()
    }
    folder = runs / preset.name
    begun = _begin(folder, preset, examples)
    keras.utils.set_random_seed(preset.seed)
    keras.config.set_dtype_policy(preset.precision)
    try:
        network = build(preset, init)
        teachers = Teachers([load_teacher(runs / name) for name in preset.teachers], preset.labels)
    finally:
        keras.config.set_dtype_policy("float32")
    Training(preset, network, parts["train"], parts["validation"], teachers, folder).run(begun)
    return folder


def load_teacher(folder: Path) -> Run:
    """`load_run` for a teacher, always in float32. Raises ``FileNotFoundError``."""
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        return load_run(folder)
    finally:
        keras.config.set_dtype_policy(policy)


def spread_over_devices() -> None:
    """Share each batch between the accelerators where there are several (Keras distribution)."""
    import keras

    if keras.backend.backend() == "jax" and len(keras.distribution.list_devices()) > 1:
        keras.distribution.set_distribution(keras.distribution.DataParallel())


class Training:
    """One run under way."""

    def __init__(
        self,
        preset: Preset,
        network,
        train_on: Photos,
        validate_on: Photos,
        teachers: Teachers,
        folder: Path,
    ):
        import keras

        self.preset, self.network, self.folder = preset, network, folder
        self.batches = Batches(preset, train_on, teachers)
        self.validate_on = validate_on
        self.model = keras.Model(network.input, network.output["logits"])
        self.averages = [np.asarray(variable) for variable in network.variables]
        self.taken = 0  # times that the averages took in the weights
        self.best, self.since_best, self.factor = float("inf"), 0, 1.0
        self.stage = -1

    def run(self, description: dict[str, object]) -> None:
        done = self._restore()
        plan = [stage for stage, part in enumerate(self.preset.stages) for _ in range(part.epochs)]
        for epoch in range(done, len(plan)):
            if self.preset.patience and self.since_best >= self.preset.patience:
                break
            self._enter(plan[epoch])
            first = plan.index(plan[epoch])
            row = self._train_epoch(epoch, epoch - first)
            row |= self._validate()
            if self._is_kept(row["validation_loss"]):
                self._write_weights()
            self._log(epoch, row)
            self._save(epoch + 1)
            description |= {"epochs": epoch + 1, "last": row}
            description["seconds"] = round(description.get("seconds", 0) + row["seconds"])
            _write_json(self.folder / DESCRIPTION, description)

    def _enter(self, stage: int) -> None:
        """Compile for ``stage``; the moments of the optimiser start anew with it."""
        import keras

        if stage == self.stage:
            return
        self.stage = stage
        release(self.network, self.preset.stages[stage])
        optimizer = keras.optimizers.AdamW(
            weight_decay=self.preset.weight_decay, clipnorm=self.preset.clip
        )
        optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
        self.model.compile(
            optimizer,
            keras.losses.CategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.CategoricalAccuracy("accuracy")],
            jit_compile=False,
        )
        optimizer.build(self.model.trainable_variables)

    def _train_epoch(self, epoch: int, epoch_of_stage: int) -> dict[str, float]:
        import keras

        steps = len(self.batches)
        bar = keras.utils.Progbar(steps)
        print(f"{self.preset.name}: epoch {epoch + 1}", flush=True)
        started, waited = time.perf_counter(), 0.0
        asked, loss, accuracy = started, 0.0, 0.0
        for step, (images, targets) in enumerate(self.batches.epoch(epoch)):
            waited += time.perf_counter() - asked
            rate = self._rate(epoch_of_stage * steps + step, steps)
            self.model.optimizer.learning_rate.assign(rate)
            self.model.reset_metrics()
            logs = self.model.train_on_batch(images, targets, return_dict=True)
            loss, accuracy = loss + logs["loss"] / steps, accuracy + logs["accuracy"] / steps
            if self.preset.average and (step + 1) % AVERAGE_EVERY == 0:
                self._take_average()
            bar.update(step + 1, list(logs.items()))
            asked = time.perf_counter()
        if not self.preset.average:
            self.averages = [np.asarray(variable) for variable in self.network.variables]
        seconds = time.perf_counter() - started
        return {
            "loss": float(loss),
            "accuracy": float(accuracy),  # against the label that a target holds most of
            "learning_rate": float(rate),
            "seconds": round(seconds, 1),
            "busy": round(1 - waited / seconds, 4),
            "images_per_second": round(self.batches.draws / seconds, 1),
            "seconds_per_step": round(seconds / steps, 4),
        }

    def _rate(self, step: int, steps_an_epoch: int) -> float:
        stage: Stage = self.preset.stages[self.stage]
        warm = min(1.0, (step + 1) / max(1, self.preset.warm_up))
        if self.preset.schedule == "plateau":
            return stage.learning_rate * warm * self.factor
        part = step / (steps_an_epoch * stage.epochs)
        return stage.learning_rate * warm * 0.5 * (1 + np.cos(np.pi * part))

    def _take_average(self) -> None:
        self.taken += 1
        # Few takings: a shorter memory, or the average would still hold the untrained weights.
        keep = min(self.preset.average, self.taken / (self.taken + 9))
        for place, variable in enumerate(self.network.variables):
            value = np.asarray(variable)
            if value.dtype.kind == "f":
                self.averages[place] = keep * self.averages[place] + (1 - keep) * value

    def _validate(self) -> dict[str, float]:
        """Loss and accuracies of the averaged weights on the validation part."""
        own = [np.asarray(variable) for variable in self.network.variables]
        _assign(self.network, self.averages)
        spec, chosen = spec_of(self.preset), self.validate_on
        logits = np.concatenate(
            [
                self.model.predict_on_batch(normalise(chosen.pixels[start : start + 32], spec))
                for start in range(0, len(chosen.pixels), 32)
            ]
        )
        _assign(self.network, own)
        labels = np.array([self.preset.labels.index(one.label) for one in chosen.examples])
        probabilities = softmax(logits.astype(np.float64))
        said = probabilities[np.arange(len(labels)), labels]
        predicted = probabilities.argmax(1)
        return {
            "validation_loss": float(-np.log(np.maximum(said, 1e-12)).mean()),
            "validation_accuracy": float((predicted == labels).mean()),
            "validation_balanced_accuracy": evaluate.balanced_accuracy(predicted, labels),
        }

    def _is_kept(self, loss: float) -> bool:
        better = loss < self.best
        self.best, self.since_best = (loss, 0) if better else (self.best, self.since_best + 1)
        if self.preset.schedule == "plateau" and self.since_best and self.since_best % 2 == 0:
            self.factor /= 2
        return better or self.preset.keep == "last"

    def _write_weights(self) -> None:
        names = [variable.path for variable in self.network.variables]
        _write_arrays(self.folder / WEIGHTS, dict(zip(names, self.averages, strict=True)))

    def _log(self, epoch: int, row: dict[str, float]) -> None:
        import tensorflow as tf

        path = self.folder / LOG
        fresh = not path.exists()
        with path.open("a", newline="") as stream:
            writer = csv.DictWriter(stream, ["epoch", *row])
            if fresh:
                writer.writeheader()
            writer.writerow({"epoch": epoch + 1, **row})
        with tf.summary.create_file_writer(str(self.folder / "tensorboard")).as_default():
            for name, value in row.items():
                tf.summary.scalar(name, value, step=epoch + 1)
        print(", ".join(f"{name} {value:.4g}" for name, value in row.items()), flush=True)

    def _save(self, epochs: int) -> None:
        arrays = {
            "epochs": np.array(epochs),
            "stage": np.array(self.stage),
            "progress": np.array([self.best, self.since_best, self.factor, self.taken]),
        }
        for kind, values in (
            ("network", self.network.variables),
            ("optimizer", self.model.optimizer.variables),
            ("average", self.averages),
        ):
            arrays |= {f"{kind}/{place}": np.asarray(value) for place, value in enumerate(values)}
        _write_arrays(self.folder / STATE, arrays)

    def _restore(self) -> int:
        """Epochs done by an earlier process, with everything as it left it."""
        path = self.folder / STATE
        if not path.is_file():
            return 0
        with np.load(path) as saved:
            self._enter(int(saved["stage"]))
            _assign(self.network, [saved[f"network/{i}"] for i in range(len(self.averages))])
            moments = self.model.optimizer.variables
            for place, variable in enumerate(moments):
                variable.assign(saved[f"optimizer/{place}"])
            self.averages = [saved[f"average/{i}"] for i in range(len(self.averages))]
            self.best, since_best, self.factor, taken = map(float, saved["progress"])
            self.since_best, self.taken = int(since_best), int(taken)
            return int(saved["epochs"])


def release(network, stage: Stage) -> None:
    """Let the layers from the stage's first one on learn, and keep those before it as they are.

    A kept batch normalisation also keeps its statistics. Raises ``ValueError`` for an unknown one.
    """
    names = [layer.name for layer in network.layers]
    first = next((i for i, name in enumerate(names) if name.startswith(stage.first_layer)), None)
    if first is None:
        raise ValueError(f"{network.name} has no layer {stage.first_layer!r}.")
    for place, layer in enumerate(network.layers):
        layer.trainable = place >= first


def _begin(folder: Path, preset: Preset, examples: Sequence[Example]) -> dict[str, object]:
    """run.json, new or as an earlier process left it. Raises `PresetChanged`."""
    import keras

    counts = {
        split: sum(one.split == split for one in examples)
        for split in ("train", "validation", "test")
    }
    description = {
        "command": shlex.join(["python", "-m", "training.train", *sys.argv[1:]]),
        "preset": asdict(preset),
        "data_sha256": fingerprint(examples),
        "photos": counts,
        "machine": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "keras": f"{keras.__version__} on {keras.backend.backend()}",
    }
    description = json.loads(json.dumps(description))
    path = folder / DESCRIPTION
    if path.is_file():
        before = json.loads(path.read_text())
        # Compared as presets: one that was stored before a field came in has its default.
        if preset_from(before["preset"]) != preset:
            raise PresetChanged(f"{folder} was begun with another preset.")
        if before["data_sha256"] != description["data_sha256"]:
            raise PresetChanged(f"{folder} was begun with other data.")
        return before
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(path, description)
    return description


def fingerprint(examples: Sequence[Example]) -> str:
    """SHA-256 over every photo's name, label and part: which data a run has met, and as what."""
    lines = sorted(f"{one.data_set} {one.path.stem} {one.label} {one.split}" for one in examples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def shortened(preset: Preset, *, epochs: int | None, draws: int | None) -> Preset:
    """The preset for a trial: at most ``epochs`` a stage and ``draws`` photos an epoch."""
    stages = tuple(
        replace(stage, epochs=min(stage.epochs, epochs or stage.epochs)) for stage in preset.stages
    )
    return replace(preset, stages=stages, draws=draws or preset.draws)


def _assign(network, values: Sequence[np.ndarray]) -> None:
    for variable, value in zip(network.variables, values, strict=True):
        variable.assign(value)


def _write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as stream:
        np.savez(stream, **arrays)
    unfinished.rename(path)


def _write_json(path: Path, value: object) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(value, indent=1) + "\n")
    unfinished.rename(path)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("preset", choices=sorted(TRAINABLE))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--init", type=Path, help="folder of the initial weights")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--epochs", type=int, help="at most so many a stage, for a trial")
    parser.add_argument("--draws", type=int, help="at most so many photos an epoch, for a trial")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    preset = shortened(TRAINABLE[chosen.preset], epochs=chosen.epochs, draws=chosen.draws)
    print(train(preset, data=chosen.data, init=chosen.init, runs=chosen.runs))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
