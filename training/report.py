"""The report of one run as a page: every figure with what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from training import charts, page
from training.assessment import MEASURES, MIN_POSITIVES, STATED_SENSITIVITY, Assessment
from training.calibration_part import calibration_part
from training.metrics import Figure
from training.page import Cell, Markup, Wide, shown
from training.predictions import RISKS
from training.runs import portable
from training.subgroups import FIGURES as OF_SUBGROUPS
from training.subgroups import MIN_GROUPS, MIN_OF_A_KIND, MIN_PHOTOS, Subgroup

if TYPE_CHECKING:
    from training.evaluate import Evaluation

CANNOT = "cannot be assessed"
_GENERAL = tuple(key for key in MEASURES if not key.startswith(RISKS))


def report(evaluation: Evaluation) -> str:
    """The whole page."""
    name = evaluation.run["preset"]["name"]
    title = f"Model {evaluation.release}" if evaluation.release else f"Run {name}"
    met = evaluation.run["preset"].get("start_met")
    return page.document(
        f"{title} on {'the test part' if met else 'photos it never met'}",
        _lead(evaluation),
        [
            ("In short", _summary(evaluation)),
            ("Melanoma and malignancy", _risks(evaluation)),
            ("Condition by condition", _by_label(evaluation)),
            ("Calibration", calibration_part(evaluation)),
            ("Subgroups", _subgroups(evaluation.subgroups)),
            ("What is refused", _refusals(evaluation)),
            ("Training", _training(evaluation)),
            ("Cost", _cost(evaluation)),
            ("What was run", _provenance(evaluation)),
        ],
    )


def _lead(evaluation: Evaluation) -> Iterable[Markup]:
    preset = evaluation.run["preset"]
    photos = sum(one.photos for one in evaluation.sets.values())
    own = "none of its own" if preset.get("start_met") else "no"
    yield page.paragraph(
        f"{preset['network']}, {len(evaluation.labels)} conditions, judged on {photos:,} photos of "
        f"the test part, which {own} training, tuning or choice of a threshold saw. It assists "
        "clinicians and decides nothing by itself. Below each figure: its 95% interval, from "
        "1,000 draws of whole patients or lesions."
    )
    if evaluation.release:
        yield page.paragraph(
            f"This is {preset['name']} as it was released: with the release's temperature and "
            "thresholds, in float32 on OpenVINO."
        )
    looks = len(evaluation.openings)
    if looks > 1:
        yield page.paragraph(
            f"The test part has been opened {looks} times for this run (first on "
            f"{evaluation.openings[0].when} UTC). Whoever changed the run after looking makes "
            "these figures too good.",
            "note",
        )
    if not evaluation.same_data:
        yield page.paragraph(
            "These are not the data that the run was trained with: photos of this test part may "
            "have been in its training.",
            "note",
        )
    if preset.get("start_met"):
        yield page.paragraph(preset["start_met"], "note")


def _summary(evaluation: Evaluation) -> Markup:
    rows: list[list[Cell]] = [
        ["Photos", *(one.photos for one in evaluation.sets.values())],
        ["Patients or lesions", *(one.groups for one in evaluation.sets.values())],
    ]
    rows += [
        [MEASURES[key], *(shown(one[key]) for one in evaluation.sets.values())] for key in _GENERAL
    ]
    parts = [page.table("Figures by data set", ["Figure", *evaluation.sets], rows)]
    for name, one in evaluation.sets.items():
        if one.unnamed:
            lost = ", ".join(f"{label} {count}" for label, count in one.unnamed.items())
            parts.append(
                page.paragraph(
                    f"{name}: the network has no answer for some photos ({lost}). They are left "
                    "out of the figures by condition and kept in those of malignancy.",
                    "note",
                )
            )
    parts.append(
        page.paragraph(
            "Balanced accuracy and macro F1 are means over the conditions that occur. Loss and "
            "calibration error are those after calibration.",
            "soft",
        )
    )
    return page.joined(parts)


def _risks(evaluation: Evaluation) -> Markup:
    parts = [
        page.paragraph(
            f"The thresholds were chosen on {evaluation.calibrated_on:,} photos of the validation "
            f"part for a sensitivity of {STATED_SENSITIVITY:.0%}, the most careful of the data "
            f"sets with at least {MIN_POSITIVES} positives. The points at a given specificity or "
            "sensitivity are read off this test part's own curve."
        )
    ]
    for risk in RISKS:
        sets = {name: one for name, one in evaluation.sets.items() if risk in one.positives}
        if not sets:
            continue
        threshold = evaluation.calibration.thresholds.get(risk)
        keys = [key for key in MEASURES if key.startswith(f"{risk}_")]
        rows: list[list[Cell]] = [
            [f"Photos with {risk}", *(one.positives[risk] for one in sets.values())]
        ]
        rows += [
            [_without(risk, MEASURES[key]), *(shown(one[key]) for one in sets.values())]
            for key in keys
        ]
        if threshold is None:
            rows.append(["Threshold", *(None for _ in sets)])
        else:
            rows.append(["Threshold", *(f"{threshold:.4f}" for _ in sets)])
        parts += [
            page.heading(risk.capitalize()),
            page.side_by_side(_roc(name, one, risk) for name, one in sets.items()),
            page.table(f"{risk.capitalize()} by data set", ["Figure", *sets], rows),
        ]
    return page.joined(parts)


def _without(risk: str, title: str) -> str:
    """A figure's name below a heading that names the risk."""
    rest = title.removeprefix(risk.capitalize()).strip()
    return rest[0].upper() + rest[1:]


def _roc(name: str, one: Assessment, risk: str) -> Markup:
    points = {
        "At the threshold": (one[f"{risk}_sensitivity"], one[f"{risk}_specificity"]),
        "At 95% sensitivity": (0.95, one[f"{risk}_specificity_at_95"]),
        "At 90% specificity": (one[f"{risk}_sensitivity_at_90"], 0.90),
    }
    pairs = {
        label: tuple(value.value if isinstance(value, Figure) else value for value in pair)
        for label, pair in points.items()
    }
    known = {label: pair for label, pair in pairs.items() if not any(v != v for v in pair)}
    rows = [[label, f"{pair[0]:.3f}", f"{pair[1]:.3f}"] for label, pair in known.items()]
    curve = one.curves[risk]
    steps = range(0, len(curve.sensitivity), max(1, len(curve.sensitivity) // 20))
    rows += [
        ["Curve", f"{curve.sensitivity[step]:.3f}", f"{1 - curve.false_positives[step]:.3f}"]
        for step in steps
    ]
    title = f"ROC curve, {risk}, {name}"
    area = one[f"{risk}_auc"]
    caption = f"{title}. " + (
        f"Area {area.value:.3f} ({area.low:.3f} to {area.high:.3f})."
        if area.known
        else f"It {CANNOT}: it takes photos with and without."
    )
    if not area.known:
        return Markup(f"<p>{caption}</p>")
    data = page.table(title, ["Point", "Sensitivity", "Specificity"], rows)
    return page.figure(charts.roc(title, curve, known), caption, data)


def _by_label(evaluation: Evaluation) -> Markup:
    parts = []
    for name, one in evaluation.sets.items():
        rows = [
            [
                label.label,
                label.photos,
                shown(label.precision) if label.photos else None,
                shown(label.recall),
                shown(label.auc),
            ]
            for label in one.by_label
        ]
        counts = one.confusion.tolist()
        parts += [
            page.heading(name),
            page.table(
                f"Each condition against all others, {name}",
                ["Condition", "Photos", "Precision", "Recall", "AUC"],
                rows,
            ),
            page.matrix(
                f"Confusion matrix, {name}, parts of each row",
                evaluation.labels,
                counts,
                parts=True,
            ),
            page.matrix(
                f"Confusion matrix, {name}, photos", evaluation.labels, counts, parts=False
            ),
        ]
    return page.joined(parts)


def _subgroups(found: Iterable[Subgroup]) -> Markup:
    groups: dict[str, list[list[Cell]]] = {}
    for one in found:
        title = f"{one.scope}: {one.dimension}" if one.scope else one.dimension.capitalize()
        figures: list[Cell] = [
            shown(one.figures[key]) if one.figures[key].known else CANNOT for key in OF_SUBGROUPS
        ]
        if not any(figure.known for figure in one.figures.values()):
            figures = [Wide(CANNOT.capitalize(), len(OF_SUBGROUPS))]
        row = [one.value, one.photos, one.groups, one.malignant, *figures]
        groups.setdefault(title, []).append(row)
    columns = ["Subgroup", "Photos", "Patients or lesions", "Malignant"]
    return page.joined(
        [
            page.paragraph(
                f"A figure needs {MIN_PHOTOS} photos of {MIN_GROUPS} patients or lesions; "
                f"sensitivity needs {MIN_OF_A_KIND} malignant ones, specificity {MIN_OF_A_KIND} "
                f"others, AUC both. Below that it {CANNOT}. Where no photo is of skin type V or "
                "VI, nothing here says how the network does on dark skin."
            ),
            page.table(
                "Figures by subgroup",
                [*columns, *(MEASURES[key] for key in OF_SUBGROUPS)],
                list(groups.items()),
            ),
        ]
    )


def _refusals(evaluation: Evaluation) -> Markup:
    found = evaluation.refusals
    if found is None:
        return page.paragraph(
            "Not judged here: it was left out, or the network gives no features to judge by.",
            "note",
        )
    few = [("Photos that should pass", _parts(found.photos))]
    few.append(("Generated lesions, half of them underexposed", _parts(found.skin_types)))
    many = [[kind, f"{part:.1%}"] for kind, part in found.not_skin.items()]
    damaged = [[kind, "refused" if refused else "taken"] for kind, refused in found.damaged.items()]
    return page.joined(
        [
            page.paragraph(
                "A picture is marked out of domain where its features or its colours and texture "
                "are far from those of the training photos. Things that aren't skin are drawn by "
                "the program and were not used in the fit."
            ),
            page.table("Refused by mistake: less is better", ["Pictures", "Refused"], few),
            page.table("Not skin: more is better", ["Pictures", "Refused"], many),
            page.table("Damaged and unsuitable files", ["File", "Answer"], damaged),
        ]
    )


def _parts(rates: Mapping[str, float]) -> list[list[Cell]]:
    return [[name, f"{part:.1%}"] for name, part in rates.items()]


def _training(evaluation: Evaluation) -> Markup:
    log = evaluation.log
    if not log:
        return page.paragraph("The run's folder has no log.csv.", "note")
    lines = {
        "Loss": {"training": "loss", "validation": "validation_loss"},
        "Accuracy": {
            "training": "accuracy",
            "validation": "validation_accuracy",
            "validation, balanced": "validation_balanced_accuracy",
        },
    }
    columns = [name for name in log[0] if name != "epoch"]
    return page.joined(
        [
            page.side_by_side(
                page.figure(
                    charts.curves(
                        f"{title} by epoch",
                        title,
                        {
                            name: [row[key] for row in log if key in row]
                            for name, key in keys.items()
                        },
                    ),
                    f"{title} by epoch. Training is measured on augmented photos while the network "
                    "changes, so it can be below validation.",
                )
                for title, keys in lines.items()
            ),
            page.table(
                "Epochs",
                ["Epoch", *(name.replace("_", " ") for name in columns)],
                [[int(row["epoch"]), *(f"{row[name]:.4g}" for name in columns)] for row in log],
            ),
        ]
    )


def _cost(evaluation: Evaluation) -> Markup:
    cost = evaluation.cost
    seconds = cost.training_seconds
    rows: list[list[Cell]] = [
        ["Parameters", cost.parameters],
        *([title, f"{size / 2**20:.1f} MiB"] for title, size in cost.files.items()),
        ["Training", None if seconds is None else f"{seconds / 60:.0f} minutes"],
        *(
            [f"Photos a second, {one.engine}", f"{one.images_per_second:.1f}"]
            for one in cost.speeds
        ),
    ]
    note = "" if cost.speeds else " Add --speed to measure photos a second in each engine."
    machine = evaluation.run.get("machine", "an unnamed machine")
    return page.joined(
        [
            page.table("What it takes", ["What", "How much"], rows),
            page.paragraph(f"Trained on {machine}.{note}", "soft"),
        ]
    )


def _provenance(evaluation: Evaluation) -> Markup:
    run, last = evaluation.run, evaluation.openings[-1]
    preset = run["preset"]
    rows: list[list[Cell]] = [
        ["Trained by", page.code(portable(run["command"]))],
        ["Judged by", page.code(portable(evaluation.command))],
        ["Seed", str(preset.get("seed", "–"))],
        ["Epochs done", str(run.get("epochs", "–"))],
        ["Data of the training, SHA-256", page.code(run["data_sha256"])],
        ["Photos by part", ", ".join(f"{name} {n:,}" for name, n in run["photos"].items())],
        ["Test part opened", f"{last.when} UTC, look {len(evaluation.openings)}"],
        ["Test part, SHA-256", page.code(last.data_sha256)],
        ["Mirror images averaged", "yes, four" if last.mirrored else "no"],
        ["Files that can't be read", ", ".join(evaluation.broken) or "none"],
    ]
    settings = [[name, page.code(str(value))] for name, value in preset.items()]
    return page.joined(
        [
            page.table("This run", ["What", "Value"], rows, text_columns=2),
            Markup("<details><summary>Every setting of the preset</summary>"),
            page.table("Preset", ["Setting", "Value"], settings, text_columns=2),
            Markup("</details>"),
        ]
    )
