"""Several trained runs as one: averaged answers, averaged weights, study B's specialists.

- ``python -m training.ensembles answers RUN RUN ... --out FOLDER`` makes a run whose probabilities
  are the mean of theirs; it is judged like any other.
- ``python -m training.ensembles average RUN RUN ... --out FOLDER [--data DIR]`` averages the
  weights of runs of one network into `INITIAL`, which a preset can start from. With ``--data`` a
  run is added only where that doesn't raise the loss on the validation part (a greedy soup,
  Wortsman et al. 2022). Runs of the same labels give a whole run, those of others a backbone.
- ``python -m training.ensembles specialists PRESET --data DIR [--init DIR] [--runs DIR]`` trains
  four networks of two conditions each, averages them, and trains the average on all eight.
"""

from __future__ import annotations

import argparse
import json
import logging
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Literal

import numpy as np

from inference.engines import assign_weights, import_tensorflow
from training import datasets, photos
from training.answers import ask
from training.metrics import log_loss
from training.networks import is_head
from training.presets import TRAINABLE, Preset, preset_from
from training.runs import (
    DESCRIPTION,
    WEIGHTS,
    Run,
    build,
    labelled,
    load_run,
    spec_of,
    write_arrays,
    write_json,
)
from training.train import EXPLAINED, shortened, train

log = logging.getLogger(__name__)

INITIAL = "initial.weights.npz"
ENSEMBLE = "ensemble"  # the network that an ensemble's preset names

SPECIALITIES = (("NV", "MEL"), ("BKL", "BCC"), ("SCC", "VASC"), ("DF", "AK"))
"""The study doesn't say which two; these are neighbours in its list of conditions."""


class DifferentRuns(Exception):
    """These runs can't be put together; says what differs."""


# --- averaged answers ---------------------------------------------------------------------------


def write_ensemble(folders: Sequence[Path], out: Path, *, command: str) -> None:
    """Make ``out`` a run of its own: the members' weights, and what they are.

    Raises `DifferentRuns` where their labels, colour constancy or data differ.
    """
    members = [_description(folder) for folder in folders]
    presets = [preset_from(member["preset"]) for member in members]
    _same("labels", [set(preset.labels) for preset in presets])
    _same("colour constancy", [preset.colour for preset in presets])
    _same("data", [member["data_sha256"] for member in members])
    weights = {}
    for place, folder in enumerate(folders):
        weights |= {f"{place}/{path}": array for path, array in _weights(folder).items()}
    preset = Preset(
        name=out.name,
        network=ENSEMBLE,
        stages=(),
        start_met=" ".join(sorted({one.start_met for one in presets} - {""})),
        labels=presets[0].labels,
        size=max(one.size for one in presets),
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        colour=presets[0].colour,
        serve_size=max(one.serve_size for one in presets),
    )
    _write_run(out, preset, weights, members, command=command, members=members)


def load_ensemble(folder: Path, description: Mapping[str, object]) -> Run:
    """The run that `write_ensemble` made. Its network's only output is ``logits``.

    They are the logarithm of the members' mean probabilities. Its input is a photo on 0 to 1; a
    member that was made for smaller photos sees a smaller one.
    """
    preset = preset_from(description["preset"])
    with np.load(folder / WEIGHTS) as stored:
        members = []
        for place, one in enumerate(description["members"]):
            of_member = f"{place}/"
            weights = {
                name.removeprefix(of_member): stored[name]
                for name in stored.files
                if name.startswith(of_member)
            }
            member = preset_from(one["preset"])
            network = build(member)
            assign_weights(network, weights)
            members.append((member, network))
    return Run(
        folder, preset, preset.labels, spec_of(preset), _joined(preset, members), description
    )


def _joined(preset: Preset, members: Sequence[tuple[Preset, object]]):
    import keras
    from keras import ops

    any_size = all(network.input_shape[1] is None for _, network in members)
    any_size = any_size and len({member.serve_size for member, _ in members}) == 1
    size = None if any_size else preset.serve_size
    photo = keras.Input((size, size, 3))
    probabilities = []
    for place, (member, network) in enumerate(members):
        seen = photo
        if member.serve_size != preset.serve_size:
            seen = keras.layers.Resizing(
                member.serve_size, member.serve_size, interpolation="bilinear", antialias=True
            )(seen)
        seen = (seen - np.float32(member.mean)) / np.float32(member.std)
        alone = keras.Model(network.input, network.output["logits"], name=f"member_{place}")
        order = [member.labels.index(label) for label in preset.labels]
        probabilities.append(ops.take(ops.softmax(alone(seen)), np.array(order), axis=-1))
    mean = ops.mean(ops.stack(probabilities), axis=0)
    logits = ops.log(ops.maximum(mean, 1e-12))
    return keras.Model(photo, {"logits": logits}, name=ENSEMBLE)


# --- averaged weights ---------------------------------------------------------------------------


def averaged(members: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The mean of each array of ``members``, by path.

    Batch normalisation's statistics are averaged like the rest, which suits runs from one start.
    Raises `DifferentRuns` where the arrays aren't the same ones.
    """
    _same("arrays", [{name: array.shape for name, array in one.items()} for one in members])
    return {
        name: np.mean([one[name] for one in members], axis=0, dtype=np.float64).astype(np.float32)
        for name in members[0]
    }


def write_average(
    folders: Sequence[Path], out: Path, *, command: str, data: Path | None = None
) -> list[Path]:
    """Average runs of one network; gives those taken, which without ``data`` are all.

    Where their labels are the same ``out`` is a run too; else the heads, which mean other things,
    are left out. Raises `DifferentRuns`, `DataMissing`.
    """
    descriptions = [_description(folder) for folder in folders]
    presets = [preset_from(one["preset"]) for one in descriptions]
    _same("network", [preset.network for preset in presets])
    if len({preset.labels for preset in presets}) > 1:
        if data is not None:
            raise DifferentRuns("Runs of other labels can't be compared on the same photos.")
        arrays = averaged([_weights(folder, head=False) for folder in folders])
        out.mkdir(parents=True, exist_ok=True)
        write_arrays(out / INITIAL, arrays)
        return list(folders)
    losses: dict[str, float] = {}
    taken = list(folders)
    if data is not None:
        taken, losses = greedy_soup(folders, data)
    arrays = averaged([_weights(folder) for folder in taken])
    preset = replace(presets[0], name=out.name)
    own = {"averaged": [folder.name for folder in taken], "validation_losses": losses}
    _write_run(out, preset, arrays, descriptions, command=command, **own)
    write_arrays(out / INITIAL, arrays)
    return taken


def greedy_soup(folders: Sequence[Path], data: Path) -> tuple[list[Path], dict[str, float]]:
    """The runs whose averaged weights have the least loss on the validation part, found greedily.

    From the best run on, each is added where that doesn't raise the loss. Gives them and the loss
    of each run and each mixture tried, by name. Raises `DataMissing`.
    """
    run = load_run(folders[0])
    chosen = [one for one in labelled(datasets.read(data), run.labels) if one.split == "validation"]
    shown = photos.load(chosen, run.spec.size, folders[0].parent / ".cache")

    def loss(parts: Sequence[Path]) -> float:
        assign_weights(run.network, averaged([_weights(folder) for folder in parts]))
        said = ask(run.network, shown, run.labels, run.spec).predictions
        return float(log_loss(said.probabilities, said.truth, np.ones((1, len(said))))[0])

    losses = {folder: loss([folder]) for folder in folders}
    found = {folder.name: value for folder, value in losses.items()}
    best, *others = sorted(folders, key=losses.__getitem__)
    taken, least = [best], losses[best]
    for folder in others:
        tried = loss([*taken, folder])
        found[" + ".join(one.name for one in (*taken, folder))] = tried
        if tried <= least:
            taken, least = [*taken, folder], tried
    for name, value in found.items():
        log.info("validation loss %.4f: %s", value, name)
    return taken, found


# --- study B's specialists ----------------------------------------------------------------------


def specialists_of(preset: Preset) -> tuple[Preset, ...]:
    """The preset for each pair of `SPECIALITIES`."""
    return tuple(
        replace(preset, name=f"{preset.name}-{'-'.join(pair).lower()}", labels=pair, teachers=())
        for pair in SPECIALITIES
    )


def retrained(preset: Preset) -> Preset:
    """The preset on all its labels, started from its specialists' averaged weights."""
    start = f"{_average_of(preset)}/{INITIAL}"
    return replace(preset, name=f"{preset.name}-of-specialists", initial_weights=start)


def train_specialists(
    preset: Preset,
    *,
    data: Path,
    runs: Path,
    init: Path | Literal["nothing"] | None = None,
    command: str,
) -> Path:
    """Train the specialists, average them, train the average on all labels; gives that run.

    Only the backbone is averaged: two outputs of one specialist aren't those of another. Goes on
    where it was killed. Raises what `training.train.train` does.
    """
    places = {"data": data, "runs": runs, "command": command}
    folders = [train(one, init=init, **places) for one in specialists_of(preset)]
    write_average(folders, runs / _average_of(preset), command=command)
    return train(retrained(preset), init=runs, **places)


def _average_of(preset: Preset) -> str:
    return f"{preset.name}-specialists"


def _description(folder: Path) -> dict[str, object]:
    return json.loads((folder / DESCRIPTION).read_text())


def _weights(folder: Path, *, head: bool = True) -> dict[str, np.ndarray]:
    with np.load(folder / WEIGHTS) as stored:
        return {
            path: stored[path] for path in stored.files if head or not is_head(path.split("/")[0])
        }


def _write_run(
    out: Path,
    preset: Preset,
    weights: Mapping[str, np.ndarray],
    parts: Sequence[Mapping[str, object]],
    *,
    command: str,
    **own: object,
) -> None:
    """A run's folder without curves; it took as long as its parts."""
    out.mkdir(parents=True, exist_ok=True)
    write_arrays(out / WEIGHTS, weights)
    description = {
        **{name: parts[0][name] for name in ("data_sha256", "photos", "machine", "keras")},
        "command": command,
        "preset": asdict(preset),
        "start": ", ".join(part["preset"]["name"] for part in parts),
        "seconds": sum(part.get("seconds", 0) for part in parts),
        **own,
    }
    write_json(out / DESCRIPTION, description)


def _same(what: str, values: Sequence[object]) -> None:
    if any(value != values[0] for value in values):
        raise DifferentRuns(f"The runs differ in their {what}.")


def main(arguments: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(prog="python -m training.ensembles", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    for name in ("answers", "average"):
        step = steps.add_parser(name)
        step.add_argument("runs", type=Path, nargs="+")
        step.add_argument("--out", type=Path, required=True)
        if name == "average":
            step.add_argument("--data", type=Path, help="choose among the runs on validation")
    step = steps.add_parser("specialists")
    step.add_argument("preset", choices=sorted(TRAINABLE))
    step.add_argument("--data", type=Path, required=True)
    step.add_argument("--init", type=lambda one: one if one == "nothing" else Path(one))
    step.add_argument("--runs", type=Path, default=Path("runs"))
    step.add_argument("--epochs", type=int, help="at most so many a stage, for a trial")
    step.add_argument("--draws", type=int, help="at most so many photos an epoch, for a trial")
    chosen = parser.parse_args(given)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    command = shlex.join(["python", "-m", "training.ensembles", *given])
    import_tensorflow()
    try:
        print(_done(chosen, command))
    except (DifferentRuns, FileNotFoundError, *EXPLAINED) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _done(chosen: argparse.Namespace, command: str) -> str:
    """Do what was asked for; gives what to say of it."""
    if chosen.step == "answers":
        write_ensemble(chosen.runs, chosen.out, command=command)
        return str(chosen.out)
    if chosen.step == "average":
        taken = write_average(chosen.runs, chosen.out, command=command, data=chosen.data)
        return f"{chosen.out}: {', '.join(folder.name for folder in taken)}"
    preset = shortened(TRAINABLE[chosen.preset], epochs=chosen.epochs, draws=chosen.draws)
    places = {"data": chosen.data, "init": chosen.init, "runs": chosen.runs}
    return str(train_specialists(preset, **places, command=command))


if __name__ == "__main__":
    raise SystemExit(main())
