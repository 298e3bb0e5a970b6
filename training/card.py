"""The model card that travels with a released model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inference.artifact import Artifact, Spread
from inference.labels import MALIGNANT
from training.licences import KNOWN
from training.subgroups import MIN_PHOTOS

_FIGURES = (
    ("accuracy", "Accuracy"),
    ("balanced_accuracy", "Balanced accuracy"),
    ("macro_f1", "Macro F1"),
    ("calibration_error", "Expected calibration error"),
    ("melanoma_auc", "Melanoma AUC"),
    ("melanoma_sensitivity", "Melanoma sensitivity at the threshold"),
    ("melanoma_specificity", "Melanoma specificity at the threshold"),
    ("melanoma_sensitivity_at_95", "Melanoma sensitivity at 95 % specificity"),
    ("malignancy_auc", "Malignancy AUC"),
    ("malignancy_sensitivity", "Malignancy sensitivity at the threshold"),
    ("malignancy_specificity", "Malignancy specificity at the threshold"),
    ("malignancy_sensitivity_at_95", "Malignancy sensitivity at 95 % specificity"),
)

_CARD = """# Model {version}

{network} at {input}, {labels} ({malignant} count as malignant; AK is premalignant
and is shown, not counted). Temperature {clinical} for photos by a camera or telephone and
{dermoscopic} for dermoscopic ones, mixed by how far a photo looks like either to the network (area
under the curve for telling them apart on the validation part: {kind_auc}).

## What it is for
Ordering the photos of lesions that patients send to a dermatology clinic, so that the likely
cancers are read first, and showing the clinician what it saw where. It assists clinicians: it
decides nothing by itself, closes no case and reassures no patient. It is not for photos that no
clinician will answer, nor for screening the whole skin, for rashes, nails, hair or mucosa. It was
not judged on children. It is not a medical device.

## Made from
{data}
{commercial}
{start}
Patients (PAD-UFES-20) and lesions (HAM10000) lie on one side of the split only: {photos}.
The network learnt from the first part; {chosen} come from the second, the figures below from the
third.

## Figures
{table}

Brackets: 95 % intervals, by bootstrap over patients or lesions. Thresholds: melanoma
{melanoma_threshold}, malignancy {malignancy_threshold}, chosen on the validation part for a
sensitivity of at least 95 %.

Recall by diagnosis (photos of the test part in brackets):

{recall}

## By group
A figure is given from 30 photos and 10 patients or lesions on, an area or a sensitivity from 10
malignant ones on.

{subgroups}

## Read them with care
{warnings}

## As found, or each diagnosis alike
{prior}

## With the patient's history
{history}

## Engines
On the test part, against {engine}, which gave the figures above:

{engines}

{bfloat16}

{int8}

## What it refuses
A photo that doesn't look like skin is marked out of domain. Rejected, by part of all:

{refused}

The things that aren't skin are drawn by the program and were not used in the fit. Wood, fur or
cloth of the colour of skin may still pass.

## What drift is measured against
{reference}

Photos of the validation part, taken in as an upload is and scored one by one. Whatever isn't in the
table has a portal's first cases as its reference: so has sharpness where photos are smaller than
the 512 pixels that it is measured at. Data sets hold more cancers than patients send: where only
the risks move, it is the patients who differ.

## How it was made
{training}
"""


_BFLOAT16 = {
    True: "A processor that has bfloat16 serves it in that, others in float32.",
    False: "It is served in float32: bfloat16 is too far away, or could not be tried.",
}


def model_card(artifact: Artifact) -> str:
    """MODEL_CARD.md for an artifact with metrics, as `training.release` makes them."""
    metrics = artifact.metrics
    return _CARD.format(
        version=artifact.version,
        network=artifact.network,
        input=f"{artifact.input.size} by {artifact.input.size} pixels"
        + (", the mean over its four mirror images" if artifact.mirrored else ""),
        labels=" ".join(artifact.labels),
        malignant=", ".join(label for label in MALIGNANT if label in artifact.labels),
        clinical=artifact.temperatures.clinical,
        dermoscopic=artifact.temperatures.dermoscopic,
        kind_auc=_number(metrics["kind_auc"]),
        data="\n".join(
            f"- {row['name']}: {row['citation']}. {row['licence']}." for row in artifact.data
        ),
        commercial=_commercial(artifact.data),
        start=_start(artifact.training),
        photos=", ".join(f"{n} {part}" for part, n in artifact.training["photos"].items()),
        chosen=(
            "temperatures, thresholds and the offset named below"
            if metrics["prior"]["power"]
            else "temperatures and thresholds"
        ),
        table=_figures(metrics["test"]),
        recall=_recall(metrics["test"], artifact.labels),
        melanoma_threshold=artifact.thresholds["melanoma"],
        malignancy_threshold=artifact.thresholds["malignancy"],
        subgroups=_subgroups(metrics["subgroups"]),
        warnings="\n".join(f"- {line}" for line in _warnings(artifact)),
        prior=_prior(metrics["prior"]),
        history=_history(metrics["history"]),
        engine=metrics["engine"],
        engines=_engines(metrics["engines"]),
        bfloat16=_BFLOAT16[artifact.bfloat16],
        int8=_int8(metrics["int8"], "" if artifact.mirrored else " and its mirror images"),
        refused=_refused(metrics["refused"]),
        reference=_reference(artifact.reference),
        training=_training(artifact.training),
    )


def _commercial(data: Sequence[Mapping[str, str]]) -> str:
    bound = [row["name"] for row in data if "NC" in row["licence"]]
    if not bound:
        return ""
    return (
        f"\n{' and '.join(bound)} may not be used commercially, and so neither may these weights: "
        "they are for research and teaching, and for use that isn't primarily for commercial "
        "advantage; whether a clinic's use is must be asked before it starts. Whoever needs other "
        "weights can train them on data that allow it, with the same commands.\n"
    )


def _start(training: Mapping[str, Any]) -> str:
    if not training["start"]:
        return "\nIt learnt from nothing but these.\n"
    return f"\nIt began from `{training['start']}`. {training['start_met']}".rstrip() + "\n"


def _figures(test: Mapping[str, Any]) -> str:
    rows = [
        ["", *test],
        ["Photos", *(str(part["photos"]) for part in test.values())],
        ["Patients or lesions", *(str(part["groups"]) for part in test.values())],
        ["Melanomas", *(str(part["positives"]["melanoma"]) for part in test.values())],
        ["Malignant", *(str(part["positives"]["malignancy"]) for part in test.values())],
    ]
    for key, title in _FIGURES:
        rows.append([title, *(_figure(part["figures"].get(key)) for part in test.values())])
        if key == "calibration_error":
            noise = [_number(part["calibration_noise"]) for part in test.values()]
            rows.append(["The same by chance alone, were it perfectly calibrated", *noise])
    return _table(rows)


def _recall(test: Mapping[str, Any], labels: Sequence[str]) -> str:
    rows = [["", *test]]
    for label in labels:
        cells = [part["recall"].get(label) for part in test.values()]
        if any(cells):
            rows.append(
                [
                    label,
                    *(
                        f"{_number(one['recall'][0])} ({one['photos']})" if one else ""
                        for one in cells
                    ),
                ]
            )
    return _table(rows)


def _subgroups(found: Sequence[Mapping[str, Any]]) -> str:
    keys = {
        "balanced_accuracy": "Balanced accuracy",
        "malignancy_auc": "Malignancy AUC",
        "malignancy_sensitivity": "Sensitivity for malignancy",
    }
    rows = [["Data set", "Group", "Photos", "Malignant", *keys.values()]]
    for one in found:
        if not one["photos"] and one["value"] != "V or VI":
            continue
        name = f"{one['dimension']}: {one['value']}"
        figures = [_figure(one["figures"].get(key), too_few=True) for key in keys]
        rows.append(
            [one["scope"] or "all", name, str(one["photos"]), str(one["malignant"]), *figures]
        )
    return _table(rows)


def _warnings(artifact: Artifact) -> list[str]:
    dark = artifact.metrics["photos_of_skin_type_5_or_6"]
    says = "see the figures by skin type" if dark >= MIN_PHOTOS else "no figure says anything of it"
    lines = [
        f"**Dark skin.** {dark} of the test photos are known to be of Fitzpatrick type V or VI: "
        f"{says}.",
        *(KNOWN[row["name"]] for row in artifact.data if row["name"] in KNOWN),
        "The photos come from few clinics in few countries. A lesion that is small in the picture, "
        "a diagnosis that is not in the list above, or two lesions in one photo are outside of "
        "what it was judged on.",
    ]
    if not artifact.training["same_data"]:
        lines.insert(
            0,
            "**They may be too good.** The network was trained with other data than these: photos "
            "of the test part may have been in its training.",
        )
    if met := artifact.training["teachers_met"]:
        lines.insert(
            0,
            f"**They may be a little too good.** {' and '.join(met)}, which it learnt from on "
            "photos of the training part, had begun from weights that had met all photos.",
        )
    if artifact.training["start_met"]:
        lines.insert(
            0,
            "**They may be too good.** The network began from weights that had learnt from photos "
            "of the validation and test parts too; expect less on photos that it never met, also "
            "of the thresholds.",
        )
    return lines


def _prior(found: Mapping[str, Any]) -> str:
    rows = [["Offset", "Data set", "Accuracy", "Balanced accuracy", "Calibration error"]]
    rows[0] += ["Melanoma sensitivity at 95 % specificity"]
    keys = ("accuracy", "balanced_accuracy", "calibration_error", "melanoma_sensitivity_at_95")
    for variant in found["validation"]:
        for name, figures in variant["figures"].items():
            released = " (released)" if variant["power"] == found["power"] else ""
            cells = [_number(figures.get(key)) for key in keys]
            rows.append([f"{variant['power']:g}{released}", name, *cells])
    return (
        "Rare diagnoses were drawn more often in training than they occur. An offset of the "
        "logits by the logarithm of each diagnosis's share, to the power below, takes that back: "
        "it improves accuracy and costs balanced accuracy. Released is the best mean of both, "
        "calibrated to within 0.05 if possible. On the validation part:\n\n"
        f"{_table(rows)}"
    )


def _history(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "None was learnt: no photo came with one."
    columns = {
        "accuracy": "Accuracy",
        "balanced_accuracy": "Balanced accuracy",
        "malignancy_auc": "Malignancy AUC",
        "malignancy_sensitivity_at_95": "Malignancy sensitivity at 95 % specificity",
        "calibration_error": "Calibration error",
    }
    rows = [["", *columns.values()]]
    for key in ("photo_alone", "history_alone", "with_history", "gained"):
        title = key.replace("_", " ").capitalize()
        rows.append([title, *(_figure(found[key].get(column)) for column in columns)])
    cost = [["Left out", "Known", "Strength", *columns.values()]]
    for fact, lost in found["lost_without"].items():
        known, strength = found["known"][fact], found["strengths"][fact]
        cells = [_figure(lost.get(column)) for column in columns]
        cost.append([fact.replace("_", " "), f"{known:.0%}", f"{strength:.2f}", *cells])
    return (
        "At scoring, age, sex, site and what the patient says join the photo "
        "(`inference/fusion.py`); what is not known says nothing. Fitted and judged out of fold "
        f"on {found['photos']} photos of {found['patients']} patients that the network did not "
        "train on, those of the test part among them:\n\n"
        f"{_table(rows)}\n\n{_ranked(found)}What is lost by leaving one fact out:\n\n{_table(cost)}"
    )


def _ranked(found: Mapping[str, Any]) -> str:
    alone, ranked = found["photo_alone"], found["as_ranked"]
    if "malignancy_sensitivity" not in ranked:
        return ""
    limits = " and ".join(
        f"{value:g} for {risk} (by {found['chosen_on'][risk]} photos that have it)"
        for risk, value in found["thresholds"].items()
    )
    return (
        "A case is ranked by the worse of photo alone and with history, each against its own "
        f"threshold: with history {limits}. They were chosen on the validation photos among these "
        "for a sensitivity of 95 %; what the photo alone flags is flagged in any case, so they "
        "decide what a history adds. On all these photos, for malignancy: "
        f"sensitivity {_figure(ranked['malignancy_sensitivity'])} "
        f"(photo alone {_figure(alone['malignancy_sensitivity'])}), specificity "
        f"{_figure(ranked['malignancy_specificity'])} (photo alone "
        f"{_figure(alone['malignancy_specificity'])}); for melanoma: sensitivity "
        f"{_figure(ranked['melanoma_sensitivity'])}, specificity "
        f"{_figure(ranked['melanoma_specificity'])} (photo alone "
        f"{_figure(alone['melanoma_specificity'])}).\n\n"
    )


def _engines(found: Mapping[str, Any]) -> str:
    rows = [["Engine", "Probabilities differ by at most", "on average", "Another first answer"]]
    for name, one in found.items():
        rows.append([name, *(f"{one[key]:.4f}" for key in ("at_most", "mean", "other_top"))])
    return _table(rows)


def _int8(cost: Mapping[str, Any], images: str) -> str:
    lost = (
        f"On the validation part{images} ({cost['photos']} pictures) rounding to 8 bits costs "
        f"{_points(cost['balanced_accuracy'])} of balanced accuracy (below 0: it gains), of AUC "
        f"{_points(cost['melanoma_auc'])} (melanoma) and {_points(cost['malignancy_auc'])} (cancer)"
    )
    if cost["released"]:
        return f"{lost}; `INFERENCE_ENGINE=openvino-int8` runs it."
    return f"{lost}. That is more than 0.5 points, so the 8-bit network is **not released**."


def _points(value: float | None) -> str:
    return "an unknown part" if value is None else f"{value:.2f} points of 100"


def _refused(refused: Mapping[str, Any]) -> str:
    rows = [["Pictures", "Rejected"]]
    rows += [[f"{name}, test part", _number(part)] for name, part in refused["photos"].items()]
    for tone, part in refused["skin_types"].items():
        rows.append([f"generated lesions, skin {tone}, half underexposed", _number(part)])
    rows += [[kind, _number(part)] for kind, part in refused["not_skin"].items()]
    passed = [kind for kind, is_refused in refused["damaged"].items() if not is_refused]
    damaged = f"all but {', '.join(passed)}" if passed else "all"
    return f"{_table(rows)}\n\nDamaged files that are refused before the network: {damaged}."


def _reference(found: Mapping[str, Spread]) -> str:
    rows = [["", "Photos", "Parted at", "Shares"]]
    for name, one in found.items():
        parts = [", ".join(f"{value:g}" for value in values) for values in (one.edges, one.shares)]
        rows.append([name.capitalize().replace("_", " "), f"{one.n} {one.kind}", *parts])
    return _table(rows) if found else "No quantity: too few photos were kept for validation."


def _training(training: Mapping[str, Any]) -> str:
    names = {
        "command": "Command",
        "seed": "Seed",
        "epochs": "Epochs",
        "seconds": "Seconds",
        "teachers": "Learnt also from",
        "machine": "Machine",
        "keras": "Keras",
        "data_sha256": "SHA-256 over the photos' names, labels and parts",
    }
    lines = []
    for key, title in names.items():
        if value := training.get(key):
            shown = ", ".join(value) if isinstance(value, (list, tuple)) else value
            lines.append(f"- {title}: `{shown}`")
    return "\n".join(lines)


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _figure(figure: Sequence[float | None] | None, *, too_few: bool = False) -> str:
    if figure is None or figure[0] is None:
        return "too few" if too_few else "not known"
    value, low, high = figure
    if low is None or high is None:
        return _number(value)
    return f"{_number(value)} [{_number(low)}, {_number(high)}]"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"
