"""Runs side by side: ``python -m training.compare --data DIR [--runs DIR] [--subset N] ...``.

Trains the studies' presets whose runs aren't there yet, judges on the test part what hasn't been
judged, and writes ``RUNS/compare.html`` on every finished run. After a kill the same command goes
on. ``make compare DATA=DIR`` does the same, on few photos and epochs.
"""

from __future__ import annotations

import argparse
import json
import logging
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from training import datasets, evaluate, train
from training.comparison import Entrant, UnknownRun, page_of
from training.datasets import Example
from training.networks import StartingWeightsMissing, WrongWeights
from training.predictions import OtherPhotos, Predictions, photo_name
from training.presets import COMPARED, Preset
from training.runs import DESCRIPTION, WEIGHTS, drawn

_NOT_TO_BE_HAD = (StartingWeightsMissing, WrongWeights)
log = logging.getLogger(__name__)

PAGE = "compare.html"


class NothingToCompare(Exception):
    """There is no finished run in the --runs folder."""


@dataclass(frozen=True)
class Trial:
    """How much of each preset is run, for speed; None: as the preset says."""

    photos_an_epoch: int | None = None  # drawn anew each epoch
    epochs_a_stage: int | None = None  # at most

    def of(self, preset: Preset) -> Preset:
        """The preset so shortened; its warm-up is at most a tenth of it."""
        short = train.shortened(preset, epochs=self.epochs_a_stage, draws=self.photos_an_epoch)
        if short.draws is None:
            return short
        steps = short.draws // short.batch * sum(stage.epochs for stage in short.stages)
        return replace(short, warm_up=min(short.warm_up, steps // 10))


def train_missing(
    presets: Iterable[Preset],
    trial: Trial,
    *,
    data: Path,
    runs: Path,
    init: Path | Literal["nothing"] | None = None,
    command: str = "",
) -> dict[str, str]:
    """Train each preset whose run isn't finished. Gives those that could not be, and why.

    ``command`` is what their folders say made them. Raises `DataMissing`, and `PresetChanged` for
    an unfinished run begun in another way.
    """
    missing = {}
    for preset in presets:
        if is_finished(runs / preset.name):
            continue
        try:
            train.train(trial.of(preset), data=data, runs=runs, init=init, command=command)
        except (train.InitialWeightsMissing, train.TeacherMissing, *_NOT_TO_BE_HAD) as error:
            log.warning("%s is left out: %s", preset.name, error)
            missing[preset.name] = str(error)
    return missing


def is_finished(folder: Path) -> bool:
    """Whether a run did all epochs of its own preset, or stopped early as that allows."""
    if not (folder / WEIGHTS).is_file() or not (folder / DESCRIPTION).is_file():
        return False
    description = json.loads((folder / DESCRIPTION).read_text())
    if "members" in description:  # an ensemble is made at once
        return True
    preset = description["preset"]
    planned = sum(stage["epochs"] for stage in preset["stages"])
    return description.get("epochs", 0) >= planned or _stopped_early(folder, preset["patience"])


def entrants(
    runs: Path, examples: Sequence[Example], *, command: str, judge_on: int | None = None
) -> list[Entrant]:
    """Every finished run under ``runs``, judged on the test part of ``examples`` if it wasn't.

    With ``judge_on``, for speed: on so many photos of each data set, and calibrated on as many.
    """
    chosen = list(examples) if judge_on is None else _some(examples, judge_on)
    folders = sorted(path.parent for path in runs.glob(f"*/{DESCRIPTION}"))
    finished = [folder for folder in folders if is_finished(folder)]
    return [_entrant(folder, examples, chosen, command) for folder in finished]


def _some(examples: Sequence[Example], count: int) -> list[Example]:
    parts: dict[tuple[str, str], list[Example]] = {}
    for one in examples:
        parts.setdefault((one.data_set, one.split), []).append(one)
    return [one for part in parts.values() for one in drawn(part, count)]


def _entrant(
    folder: Path, examples: Sequence[Example], chosen: Sequence[Example], command: str
) -> Entrant:
    test = [one for one in examples if one.split == "test"]
    asked = [one for one in chosen if one.split == "test"]
    try:
        said = _answers(folder, test, asked)
    except (FileNotFoundError, OtherPhotos) as error:
        log.warning("%s is judged now: %s", folder.name, error)
        evaluate.judge(folder, chosen, command=command, refusing=False)
        said = _answers(folder, test, asked)
    figures = json.loads((folder / evaluate.FIGURES).read_text())
    return Entrant(
        run=figures["run"],
        predictions=said,
        parameters=figures["cost"]["parameters"],
        log=evaluate.log_of(folder),
        looks=len(evaluate.openings(folder)),
    )


def _answers(folder: Path, test: Sequence[Example], asked: Sequence[Example]) -> Predictions:
    """Stored answers to the photos ``asked`` of the test part by the weights that are there now.

    Raises ``FileNotFoundError`` or `OtherPhotos`.
    """
    path = folder / evaluate.ANSWERS
    if not path.is_file() or path.stat().st_mtime < (folder / WEIGHTS).stat().st_mtime:
        raise FileNotFoundError("no answers by its present weights")
    said = Predictions.load(path, test)
    broken = json.loads((folder / evaluate.FIGURES).read_text())["broken"]
    wanted = {photo_name(one) for one in asked if one.path.name not in broken}
    if wanted - {photo_name(one) for one in said.examples}:
        raise OtherPhotos("its answers are not of every photo that is asked about")
    return said.where(np.array([photo_name(one) in wanted for one in said.examples], dtype=bool))


def _stopped_early(folder: Path, patience: int) -> bool:
    losses = [row["validation_loss"] for row in evaluate.log_of(folder)]
    return bool(patience) and len(losses) - 1 - int(np.argmin(losses or [0])) >= patience


def main(arguments: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(prog="python -m training.compare", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument(
        "--init",
        type=lambda text: text if text == "nothing" else Path(text),
        help="folder of the initial weights; 'nothing': start without any",
    )
    parser.add_argument("--subset", type=int, help="photos an epoch, for speed")
    parser.add_argument("--epochs", type=int, help="at most so many a stage, for speed")
    parser.add_argument("--judge", type=int, help="photos of each data set to judge on, for speed")
    parser.add_argument("--presets", nargs="*", metavar="NAME", help="of those to train")
    parser.add_argument("--against", help="the run that the others are subtracted from")
    chosen = parser.parse_args(given)
    logging.basicConfig(format="%(message)s")
    command = shlex.join(["python", "-m", "training.compare", *given])
    try:
        print(compared(chosen, command))
    except (*train.EXPLAINED, NothingToCompare, UnknownRun) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def compared(chosen: argparse.Namespace, command: str) -> Path:
    """Do what was asked for; gives the page's file."""
    presets = [one for one in COMPARED if chosen.presets is None or one.name in chosen.presets]
    missing = train_missing(
        presets,
        Trial(chosen.subset, chosen.epochs),
        data=chosen.data,
        runs=chosen.runs,
        init=chosen.init,
        command=command,
    )
    examples = datasets.read(chosen.data)
    found = entrants(chosen.runs, examples, command=command, judge_on=chosen.judge)
    if not found:
        raise NothingToCompare(f"There is no finished run in {chosen.runs}.")
    page = page_of(found, against=chosen.against, command=command, missing=missing)
    (chosen.runs / PAGE).write_text(page)
    return chosen.runs / PAGE


if __name__ == "__main__":
    raise SystemExit(main())
