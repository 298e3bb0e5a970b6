"""The page on several runs: the studies' table, intervals, differences, known lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training import charts, metrics, page
from training.assessment import MEASURES, figures, values
from training.datasets import HAM, PAD
from training.metrics import Figure
from training.networks.catalogue import NETWORKS, Network, Reported
from training.page import Cell, Markup, shown
from training.predictions import RISKS, Predictions, photo_name
from training.published import PUBLISHED, QUICK
from training.runs import portable

_COMPARED = (
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "melanoma_auc",
    "malignancy_auc",
    "calibration_error",
)
_SUBTRACTED = ("accuracy", "balanced_accuracy", "melanoma_auc", "malignancy_auc")
_FOLDERS = re.compile(r"(?<!\S)/(?:[^\s/]+/)*")  # of an absolute path: nobody else has them
_DRAWN = ("balanced_accuracy", "malignancy_auc")


@dataclass(frozen=True)
class Entrant:
    """One finished run with its answers on the test part."""

    run: Mapping[str, Any]  # run.json
    predictions: Predictions  # calibrated
    parameters: int
    log: tuple[Mapping[str, float], ...] = ()
    looks: int = 1  # at the test part

    @property
    def name(self) -> str:
        return self.run["preset"]["name"]

    @property
    def network(self) -> str:
        """Its name in the catalogue of networks."""
        return self.run["preset"]["network"]


class UnknownRun(ValueError):
    """The run to subtract from is not among the finished ones."""


def difference(one: Predictions, other: Predictions) -> dict[str, Figure]:
    """``one`` minus ``other`` by the keys of `assessment.MEASURES`, on the photos of both.

    The same patients or lesions are drawn for both, so what makes a draw easy cancels out. Networks
    with other answers share no figures but those of the risks.
    """
    common = {photo_name(example) for example in one.examples}
    common &= {photo_name(example) for example in other.examples}
    first, second = _ordered(one, common), _ordered(other, common)
    weights = metrics.draws(first.groups)
    mine, theirs = values(first, weights), values(second, weights)
    keys = mine.keys() & theirs.keys()
    if set(one.labels) != set(other.labels):
        keys = {key for key in keys if key.startswith(RISKS)}
    return {key: Figure.of(mine[key] - theirs[key]) for key in keys}


def page_of(
    entrants: Sequence[Entrant],
    *,
    command: str,
    against: str | None = None,
    missing: Mapping[str, str] | None = None,
) -> str:
    """The whole page. ``missing``: presets that could not be run, and why. Raises `UnknownRun`."""
    order = {name: place for place, name in enumerate(reversed(NETWORKS))}
    entrants = sorted(entrants, key=lambda one: (order.get(one.network, len(order)), one.name))
    base = _base(entrants, against)
    return page.document(
        "Networks side by side",
        [
            page.paragraph(
                f"{len(entrants)} runs, judged on the same photos of the test part, split by "
                "patient or lesion, which no training here saw. Below each figure: its 95% "
                "interval, from 1,000 draws of whole patients or lesions."
            ),
            *_shortness(entrants),
            *_met(entrants),
        ],
        [
            ("The studies' table", _studies(entrants)),
            ("Figures with intervals", _figures(entrants)),
            (f"Differences from {base.name}", _differences(entrants, base)),
            ("Published figures to judge against", _published()),
            ("Lines to know", _quick()),
            ("What was run", _provenance(entrants, command, missing or {})),
        ],
    )


def _base(entrants: Sequence[Entrant], against: str | None) -> Entrant:
    by_name = {one.name: one for one in entrants}
    if against is None:
        return by_name.get(
            "densenet121", max(entrants, key=lambda one: len(one.predictions.labels))
        )
    if against not in by_name:
        raise UnknownRun(f"{against} is not one of the finished runs: {', '.join(by_name)}.")
    return by_name[against]


def _shortness(entrants: Sequence[Entrant]) -> Iterable[Markup]:
    epochs = _span([one.run.get("epochs", len(one.log)) for one in entrants])
    photos = _span([_photos_an_epoch(one) for one in entrants])
    yield page.paragraph(
        f"Epochs of training: {epochs}; photos an epoch: {photos}. Longer training would lift most "
        "of them: this page compares recipes at that length, on these photos.",
        "note",
    )


def _met(entrants: Sequence[Entrant]) -> Iterable[Markup]:
    """Whose figures may be too good."""
    for one in entrants:
        if one.run["preset"].get("start_met") and one.run.get("start") != "nothing":
            yield page.paragraph(f"{one.name}: {one.run['preset']['start_met']}", "note")


def _photos_an_epoch(one: Entrant) -> int:
    return one.run["preset"].get("draws") or one.run["photos"]["train"]


def _span(counts: Sequence[int]) -> str:
    least, most = min(counts), max(counts)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _studies(entrants: Sequence[Entrant]) -> Markup:
    columns = ["Network", "Study", "Run", "Answers", "Parameters"]
    for name in ("Train accuracy", "Test accuracy", "Train loss", "Test loss", "Seconds a step"):
        columns += [f"{name}, here", f"{name}, reported"]
    rows: list[list[Cell]] = []
    for network in NETWORKS.values():
        runs = [one for one in entrants if one.network == network.name]
        rows += [_row_of_study(network, one) for one in runs]
        if not runs and network.source != "released":
            rows.append(_row_of_study(network, None))
    rows += [_row_of_study(None, one) for one in entrants if one.network not in NETWORKS]
    return page.joined(
        [
            page.paragraph(
                "Reported figures are the studies' own, on their own photos and classes, most of "
                "them split by photo: lines to beat on the same kind of work, not the same work. "
                "Here, training figures are means over the last epoch on augmented photos, and "
                "test figures are of all test photos together; where targets are softened or "
                "taught, the training loss is against those. A step is one batch; the studies "
                "don't say how large theirs were. Seconds depend on the machine, and on what else "
                "it did meanwhile."
            ),
            page.table("Networks of the studies, and our own", columns, rows, text_columns=3),
            page.items(dict.fromkeys(_remarks())),
        ]
    )


def _remarks() -> Iterable[str]:
    for network in NETWORKS.values():
        if network.reported and network.reported.remark:
            alone = network.reported.test_accuracy is not None
            name = f"{network.source}, {network.title}" if alone else f"Study {network.source}"
            yield f"{name}: {network.reported.remark}."


def _row_of_study(network: Network | None, one: Entrant | None) -> list[Cell]:
    title = network.title if network else one.network
    reported = (network.reported if network else None) or Reported()
    here: dict[str, float] = {}
    if one is not None:
        last = one.log[-1] if one.log else {}
        found = values(one.predictions, np.ones((1, len(one.predictions))))
        here = {
            "train_accuracy": last.get("accuracy"),
            "test_accuracy": float(found["accuracy"][0]),
            "train_loss": last.get("loss"),
            "test_loss": float(found["loss"][0]),
            "seconds_per_step": last.get("seconds_per_step"),
        }
    row: list[Cell] = [
        title,
        network.source if network else "–",
        one.name if one else "not run",
        len(one.predictions.labels if one else network.labels),
        one.parameters if one else network.parameters,
    ]
    for key in ("train_accuracy", "test_accuracy", "train_loss", "test_loss", "seconds_per_step"):
        row += [_number(here.get(key)), _number(getattr(reported, key))]
    return row


def _figures(entrants: Sequence[Entrant]) -> Markup:
    parts = []
    for data_set in _data_sets(entrants):
        found = {one.name: _of(one, data_set) for one in entrants}
        rows = [
            [
                one.name,
                len(one.predictions.labels),
                *(shown(found[one.name].get(key, metrics.UNKNOWN)) for key in _COMPARED),
            ]
            for one in entrants
        ]
        photos = sum(one.data_set == data_set for one in entrants[0].predictions.examples)
        drawn = []
        for key in _DRAWN:
            title = f"{MEASURES[key]}, {data_set}"
            by_run = {name: known[key] for name, known in found.items() if key in known}
            drawn.append(
                page.figure(
                    charts.intervals(title, MEASURES[key], by_run),
                    f"{title}: points with 95% intervals; the numbers are in the table.",
                )
            )
        parts += [
            page.heading(f"{data_set}, {photos:,} photos"),
            page.side_by_side(drawn),
            page.table(
                f"Every run on {data_set}",
                ["Run", "Answers", *(MEASURES[key] for key in _COMPARED)],
                rows,
            ),
        ]
    note = page.paragraph(
        "A network with two answers, benign and malignant, is judged on those: its accuracy is not "
        "that of naming the condition.",
        "soft",
    )
    return page.joined([*parts, note])


def _differences(entrants: Sequence[Entrant], base: Entrant) -> Markup:
    groups = []
    for data_set in _data_sets(entrants):
        rows = []
        for one in entrants:
            if one is base:
                continue
            found = difference(_part(one, data_set), _part(base, data_set))
            cells = [_signed(found.get(key, metrics.UNKNOWN)) for key in _SUBTRACTED]
            rows.append([one.name, *cells])
        groups.append((data_set, rows))
    if len(entrants) < 2:
        return page.paragraph("There is only one run.")
    return page.joined(
        [
            page.paragraph(
                "On the same photos, the same patients or lesions drawn for both. An interval "
                "that holds 0 is no difference that these photos can show; of many such intervals "
                "some miss 0 by chance. Networks with other answers are compared by risks alone."
            ),
            page.table(
                f"Each run minus {base.name}",
                ["Run", *(MEASURES[key] for key in _SUBTRACTED)],
                groups,
            ),
        ]
    )


def _published() -> Markup:
    rows = [[line.work, line.on, line.result, line.caveat, line.source] for line in PUBLISHED]
    return page.table(
        "Published figures",
        ["What", "Photos", "Result", "Why it is another question", "Source"],
        rows,
        text_columns=5,
    )


def _quick() -> Markup:
    rows = []
    for one in QUICK:
        ham = " / ".join(f"{value:.3f}" for value in one.ham) if one.ham else None
        rows.append([one.model, ham, " / ".join(f"{value:.3f}" for value in one.pad), one.caveat])
    return page.joined(
        [
            page.paragraph(
                "What quick models reached on other photos of the same two data sets, kept apart "
                "by patient and lesion. On PAD-UFES-20 the intervals are wide."
            ),
            page.table(
                "Lines to know",
                [
                    "Model",
                    f"{HAM}: accuracy / balanced / melanoma AUC",
                    f"{PAD}: accuracy / balanced / malignancy AUC",
                    "Note",
                ],
                rows,
                text_columns=4,
            ),
        ]
    )


_OF_A_RUN = (
    "Run", "Command", "Starts from", "Epochs", "Photos an epoch", "Pixels", "Seed", "Minutes",
    "Looks at the test part",
)  # fmt: skip


def _provenance(entrants: Sequence[Entrant], command: str, missing: Mapping[str, str]) -> Markup:
    rows = [
        [
            one.name,
            page.code(portable(one.run["command"])),
            one.run.get("start", "–"),
            one.run.get("epochs", len(one.log)),
            _photos_an_epoch(one),
            one.run["preset"].get("size"),
            str(one.run["preset"].get("seed", "–")),
            f"{one.run.get('seconds', 0) / 60:.0f}",
            one.looks,
        ]
        for one in entrants
    ]
    data = sorted({one.run["data_sha256"] for one in entrants})
    parts = [
        page.table(
            "The runs",
            list(_OF_A_RUN),
            rows,
            text_columns=3,
        ),
        page.items([page.joined([Markup("This page: "), page.code(portable(command))])]),
        page.items(
            page.joined([Markup("Data, SHA-256 of names, labels and parts: "), page.code(one)])
            for one in data
        ),
        page.items(f"Not run: {name}. {_FOLDERS.sub('', why)}" for name, why in missing.items()),
    ]
    return page.joined(parts)


def _data_sets(entrants: Sequence[Entrant]) -> list[str]:
    return sorted({str(name) for one in entrants for name in one.predictions.data_sets})


def _part(one: Entrant, data_set: str) -> Predictions:
    return one.predictions.where(one.predictions.data_sets == data_set)


def _of(one: Entrant, data_set: str) -> dict[str, Figure]:
    part = _part(one, data_set)
    return figures(part, metrics.draws(part.groups))


def _ordered(predictions: Predictions, names: set[str]) -> Predictions:
    """Those photos, in the order of their names."""
    places = {photo_name(one): place for place, one in enumerate(predictions.examples)}
    return predictions.at([places[name] for name in sorted(names)])


def _number(value: float | None) -> Cell:
    return None if value is None else f"{value:.3g}" if value >= 10 else f"{value:.3f}"


def _signed(figure: Figure) -> Cell:
    if not figure.known:
        return None
    return Markup(
        f"{figure.value:+.3f}<small>{figure.low:+.3f} to {figure.high:+.3f}</small>".replace(
            "-", "−"
        )
    )
