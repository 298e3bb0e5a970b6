"""A run's folder: what a training leaves behind, and how it is taken up again.

It holds all that a run is: `run.json` (command, preset, seed, data, machine), `log.csv` and
`tensorboard/` (curves), `network.weights.npz` (what is kept of it) and `state.npz`, from which
`training.train` goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePath
from typing import Literal

import numpy as np

from inference.engines import assign_weights, import_tensorflow
from inference.labels import BINARY, OTHER, binary
from inference.preprocessing import InputSpec
from training import zoo
from training.datasets import Example, Split
from training.presets import IMAGENET, Preset, preset_from

WEIGHTS, STATE, DESCRIPTION, LOG = "network.weights.npz", "state.npz", "run.json", "log.csv"


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
    if "members" in description:
        from training.ensembles import load_ensemble

        return load_ensemble(folder, description)
    preset = preset_from(description["preset"])
    network = build(preset)
    with np.load(folder / WEIGHTS) as weights:
        assign_weights(network, weights)
    return Run(folder, preset, preset.labels, spec_of(preset), network, description)


def spec_of(preset: Preset) -> InputSpec:
    return InputSpec(preset.serve_size, preset.mean, preset.std, preset.colour)


def build(preset: Preset, start: zoo.Start = None):
    """The preset's network from ``start`` (see `start_of`); from nothing without it."""
    return zoo.build(
        zoo.network_named(preset.network),
        classes=len(preset.labels),
        size=preset.size,
        start=start,
    )


def start_of(preset: Preset, init: Path | Literal["nothing"] | None) -> zoo.Start:
    """What the preset starts from, its file looked for in ``init``.

    Weights that Keras can fetch are fetched where no folder is given. Raises
    `InitialWeightsMissing`.
    """
    named = preset.initial_weights
    if named is None or init == "nothing":
        return None
    if named == IMAGENET and init is None:
        return IMAGENET
    if init is None:
        raise InitialWeightsMissing(f"{preset.name} starts from {named}: pass its folder as --init")
    file = init if named == IMAGENET else init / named
    if not file.exists():
        raise InitialWeightsMissing(f"{preset.name} starts from {file}: there is no such file.")
    return file


def begin(
    folder: Path, preset: Preset, examples: Sequence[Example], start: zoo.Start, command: str
) -> dict[str, object]:
    """run.json, new or as an earlier process left it. Raises `PresetChanged`."""
    import keras

    counts = {
        split: sum(one.split == split for one in examples)
        for split in ("train", "validation", "test")
    }
    description = {
        "command": command,
        "preset": asdict(preset),
        "start": start.name if isinstance(start, Path) else start or "nothing",
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
    write_json(path, description)
    return description


def fingerprint(examples: Sequence[Example]) -> str:
    """SHA-256 over every photo's name, label and part: which data a run has met, and as what."""
    lines = sorted(f"{one.data_set} {one.path.stem} {one.label} {one.split}" for one in examples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def is_same_data(
    description: Mapping[str, object], labels: tuple[str, ...], examples: Sequence[Example]
) -> bool:
    """Whether the run of ``description`` was begun with these: else it may have met any of them."""
    return fingerprint(labelled(examples, labels)) == description.get("data_sha256")


def labelled(examples: Iterable[Example], labels: tuple[str, ...]) -> list[Example]:
    """The examples that a network with these labels can learn from, labelled in its words."""
    if labels == BINARY:
        known = [one for one in examples if one.label != OTHER]
        return [replace(one, label=binary(one.label)) for one in known]
    return [one for one in examples if one.label in labels]


def part_of(examples: Iterable[Example], split: Split, preset: Preset) -> list[Example]:
    """The examples of one side of the split; of the validation part no more than are asked."""
    part = [one for one in examples if one.split == split]
    if split != "validation" or preset.validate_on is None:
        return part
    return drawn(part, preset.validate_on)


def drawn(examples: Iterable[Example], count: int) -> list[Example]:
    """At most ``count`` of them, by a hash of each photo's name: always the same ones."""
    by_hash = sorted(examples, key=lambda one: hashlib.sha256(one.path.stem.encode()).digest())
    return by_hash[:count]


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """An .npz that is there whole or not at all, also after a kill."""
    unfinished = path.with_suffix(f"{path.suffix}.unfinished")
    with unfinished.open("wb") as stream:
        np.savez(stream, **arrays)
    unfinished.rename(path)


def write_json(path: Path, value: object) -> None:
    write_text(path, json.dumps(value, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """A file that is there whole or not at all, also after a kill."""
    unfinished = path.with_suffix(f"{path.suffix}.unfinished")
    unfinished.write_text(text)
    unfinished.rename(path)


def portable(command: str) -> str:
    """The command without this machine's folders: an absolute path becomes its last name."""
    words = shlex.split(command)
    return shlex.join(PurePath(word).name if word.startswith("/") else word for word in words)
