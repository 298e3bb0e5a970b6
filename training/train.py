"""Training a preset: ``python -m training.train PRESET --data DIR [--init DIR] [--runs DIR]``.

A run's folder holds all that it is: `run.json` (command, preset, seed, data, machine), `log.csv`
and `tensorboard/` (curves), `network.weights.npz` (what is kept of it) and `state.npz`, from which
the same command goes on after a kill, to the same weights as if nothing had happened.
"""

from __future__ import annotations

import argparse
import csv
import io
import logging
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from inference.engines import import_tensorflow
from inference.preprocessing import normalise
from inference.probability import softmax
from training import datasets, photos, zoo
from training.batches import Batches
from training.datasets import DataMissing, Example
from training.metrics import balanced_accuracy
from training.networks import WrongWeights
from training.photos import Photos
from training.presets import TRAINABLE, Preset, Stage
from training.runs import (
    DESCRIPTION,
    LOG,
    STATE,
    WEIGHTS,
    InitialWeightsMissing,
    PresetChanged,
    begin,
    build,
    labelled,
    load_run,
    part_of,
    spec_of,
    start_of,
    write_arrays,
    write_json,
    write_text,
)  # fmt: skip
from training.synthetic import photo_size
from training.teachers import Teachers

AVERAGE_EVERY = 8  # steps between two takings into the averaged weights
WITHOUT_GAIN = 3  # epochs after which "plateau" halves the rate, as study B does


class TeacherMissing(Exception):
    """The preset learns from another run that isn't there yet."""


EXPLAINED = (
    PresetChanged, TeacherMissing, InitialWeightsMissing, DataMissing,
    zoo.StartingWeightsMissing, WrongWeights,
)  # fmt: skip


def train(
    preset: Preset,
    *,
    data: Path,
    runs: Path,
    init: Path | Literal["nothing"] | None = None,
    command: str = "",
) -> Path:
    """Train, or go on training, and return the run's folder.

    ``command`` is what the folder says made it; else it is that of the preset as it stands. Raises
    `DataMissing`, `InitialWeightsMissing`, `TeacherMissing`, `PresetChanged`, and what
    `zoo.build` raises.
    """
    import_tensorflow()
    import keras

    start = start_of(preset, init)
    missing = [name for name in preset.teachers if not (runs / name / WEIGHTS).is_file()]
    if missing:
        raise TeacherMissing(f"{preset.name} learns from {missing[0]}: train that one first.")
    spread_over_devices()
    examples = labelled(datasets.read(data), preset.labels)
    parts = _photos_of(preset, examples, runs / ".cache")
    folder = runs / preset.name
    command = command or shlex.join(
        ["python", "-m", "training.train", preset.name, "--data", str(data), "--runs", str(runs)]
    )
    begun = begin(folder, preset, examples, start, command)
    keras.utils.set_random_seed(preset.seed)
    keras.config.set_dtype_policy(preset.precision)
    try:
        network = build(preset, start)
    finally:
        keras.config.set_dtype_policy("float32")
    runs_of_teachers = [load_run(runs / name) for name in preset.teachers]
    teachers = Teachers(runs_of_teachers, preset.labels, preset.size)
    Training(preset, network, parts["train"], parts["validation"], teachers, folder).run(begun)
    return folder


def _photos_of(preset: Preset, examples: Sequence[Example], cache: Path) -> dict[str, Photos]:
    """What is learnt from and what is validated on. Raises `DataMissing`."""
    sizes = {"train": photo_size(preset.synthetic, preset.size), "validation": preset.size}
    parts = {
        split: photos.load(part_of(examples, split, preset), size, cache)
        for split, size in sizes.items()
    }
    for split, part in parts.items():
        if not part.examples:
            raise DataMissing(f"No photo of {', '.join(preset.labels)} is for {split}.")
    return parts


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
            seconds = self._log(epoch, row)
            description |= {"epochs": epoch + 1, "last": row, "seconds": round(seconds)}
            write_json(self.folder / DESCRIPTION, description)
            self._save(epoch + 1)  # last: an epoch that it doesn't know of is done again

    def _enter(self, stage: int) -> None:
        """Compile for ``stage``; the moments of the optimiser start anew with it."""
        import keras

        if stage == self.stage:
            return
        self.stage = stage
        zoo.release_layers(self.network, self.preset.stages[stage].layers)
        optimizer = keras.optimizers.AdamW(
            weight_decay=self.preset.weight_decay, clipnorm=self.preset.clip
        )
        optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
        self.model.compile(
            optimizer,
            keras.losses.CategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.CategoricalAccuracy("accuracy")],
            jit_compile=keras.backend.backend() == "jax",  # which computes step by step without
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
            "validation_balanced_accuracy": balanced_accuracy(predicted, labels),
        }

    def _is_kept(self, loss: float) -> bool:
        better = loss < self.best
        self.best, self.since_best = (loss, 0) if better else (self.best, self.since_best + 1)
        if (
            self.preset.schedule == "plateau"
            and self.since_best
            and self.since_best % WITHOUT_GAIN == 0
        ):
            self.factor /= 2
        return better or self.preset.keep == "last"

    def _write_weights(self) -> None:
        kept = {id(weight) for weight in self.network.weights}  # without the seeds of dropout
        arrays = {
            variable.path: average
            for variable, average in zip(self.network.variables, self.averages, strict=True)
            if id(variable) in kept
        }
        write_arrays(self.folder / WEIGHTS, arrays)

    def _log(self, epoch: int, row: dict[str, float]) -> float:
        """Write the epoch's figures; gives the seconds of all epochs till now."""
        import tensorflow as tf

        path, rows = self.folder / LOG, []
        if path.exists():
            with path.open(newline="") as stream:
                rows = list(csv.DictReader(stream))[:epoch]  # this one, if it is done again, anew
        rows.append({"epoch": epoch + 1, **row})
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[-1]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_text(path, text.getvalue())
        with tf.summary.create_file_writer(str(self.folder / "tensorboard")).as_default():
            for name, value in row.items():
                tf.summary.scalar(name, value, step=epoch + 1)
        print(", ".join(f"{name} {value:.4g}" for name, value in row.items()), flush=True)
        return sum(float(one["seconds"]) for one in rows)

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
        write_arrays(self.folder / STATE, arrays)

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


def shortened(preset: Preset, *, epochs: int | None, draws: int | None) -> Preset:
    """The preset for a trial: at most ``epochs`` a stage and ``draws`` photos an epoch."""
    stages = tuple(
        replace(stage, epochs=min(stage.epochs, epochs or stage.epochs)) for stage in preset.stages
    )
    return replace(
        preset,
        stages=stages,
        draws=draws or preset.draws,
        validate_on=preset.validate_on if draws is None else max(draws // 2, 1),
    )


def _assign(network, values: Sequence[np.ndarray]) -> None:
    for variable, value in zip(network.variables, values, strict=True):
        variable.assign(value)


def main(arguments: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("preset", choices=sorted(TRAINABLE))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--init",
        type=lambda given: given if given == "nothing" else Path(given),
        help="folder of the initial weights; 'nothing': start without, whatever the preset says",
    )
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--epochs", type=int, help="at most so many a stage, for a trial")
    parser.add_argument("--draws", type=int, help="at most so many photos an epoch, for a trial")
    chosen = parser.parse_args(given)
    logging.basicConfig(format="%(message)s")
    command = shlex.join(["python", "-m", "training.train", *given])
    preset = shortened(TRAINABLE[chosen.preset], epochs=chosen.epochs, draws=chosen.draws)
    try:
        folder = train(
            preset, data=chosen.data, init=chosen.init, runs=chosen.runs, command=command
        )
    except EXPLAINED as problem:
        print(problem, file=sys.stderr)
        return 1
    print(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
