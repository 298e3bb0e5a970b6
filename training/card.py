"""The model card that travels with a released model."""

from __future__ import annotations

from typing import Any

from inference.artifact import Artifact
from inference.labels import MALIGNANT
from training.datasets import HAM, PAD
from training.presets import HeadPreset

DATA = (
    {
        "name": PAD,
        "licence": "CC BY 4.0",
        "citation": (
            "Pacheco AGC et al. PAD-UFES-20: a skin lesion dataset composed of patient data and "
            "clinical images collected from smartphones. Data in Brief 32 (2020). "
            "doi:10.17632/zr7vgbcyr2.1"
        ),
    },
    {
        "name": HAM,
        "licence": "CC BY-NC 4.0",
        "citation": (
            "Tschandl P, Rosendahl C, Kittler H. The HAM10000 dataset, a large collection of "
            "multi-source dermatoscopic images of common pigmented skin lesions. Scientific Data 5 "
            "(2018). doi:10.7910/DVN/DBW86T"
        ),
    },
)

_FIGURES = (
    ("photos", "Photos"),
    ("accuracy", "Accuracy"),
    ("balanced_accuracy", "Balanced accuracy"),
    ("calibration_error", "Expected calibration error"),
    ("melanoma_auc", "Melanoma AUC"),
    ("melanoma_positives", "Melanomas"),
    ("melanoma_sensitivity", "Melanoma sensitivity at the threshold"),
    ("melanoma_specificity", "Melanoma specificity at the threshold"),
    ("malignancy_auc", "Malignancy AUC"),
    ("malignancy_positives", "Malignant"),
    ("malignancy_sensitivity", "Malignancy sensitivity at the threshold"),
    ("malignancy_specificity", "Malignancy specificity at the threshold"),
)

_CARD = """# Model {version}

{network} at {size} by {size} pixels, {labels} ({malignant} count as malignant; AK is premalignant
and is shown, not counted). Temperature {temperature}. It assists clinicians and decides nothing by
itself.

## Made from
{data}

HAM10000 may not be used commercially, and so neither may this model. HAM10000's `akiec` holds
Bowen's disease (squamous cell carcinoma in situ) beside actinic keratosis; both are called AK here.

Only the dense layer was fitted for this release, on a part of the photos split by patient
(PAD-UFES-20) and by lesion (HAM10000); temperature and thresholds come from a second part, the
figures below from a third.

## Figures
{table}

Brackets: 95 % intervals, by bootstrap over patients or lesions. Thresholds: melanoma
{melanoma_threshold}, malignancy {malignancy_threshold}, for a sensitivity of 95 %. The engines'
probabilities differ by at most {engines_differ_by}.

**Read them with care.**
- **They are too good.** The network below the dense layer has learnt from these same data sets,
  the photos of the test part among them. On photos that it never met it was published as: HAM10000
  accuracy 0.730, balanced 0.646, melanoma AUC 0.847; PAD-UFES-20 accuracy 0.709, balanced 0.636,
  malignancy AUC 0.896 (128 px, with its own dense layer). Expect that. The thresholds are set more
  carefully than the validation part alone would ask, to allow for it.
- **Dark skin.** {dark_photos} of the test photos are known to be of Fitzpatrick type V or VI: no
  figure here says anything about dark skin.
- PAD-UFES-20 has few melanomas, so its melanoma figures are little more than anecdotes.
- HAM10000 is dermoscopic and mostly naevi; a photo by telephone is nearer to PAD-UFES-20, whose
  photos are cropped to the lesion. A lesion that is small in the picture is outside of both.

## What it refuses
A photo that doesn't look like skin is marked out of domain. Rejected, by part of all:

{domain}

The things that aren't skin are drawn by the program and were not used in the fit. Wood, fur or
cloth of the colour of skin may still pass.
"""


def model_card(artifact: Artifact, preset: HeadPreset) -> str:
    """MODEL_CARD.md for an artifact with metrics, as `training.release` makes them."""
    sets = [row["name"] for row in artifact.data if row["name"] in artifact.metrics]
    domain = artifact.metrics["domain"]
    return _CARD.format(
        version=artifact.version,
        network=preset.network,
        size=artifact.input.size,
        labels=" ".join(artifact.labels),
        malignant=", ".join(MALIGNANT),
        temperature=artifact.temperature,
        data="\n".join(f"- {row['citation']} {row['licence']}." for row in artifact.data),
        table=_table(artifact.metrics, sets),
        melanoma_threshold=artifact.thresholds["melanoma"],
        malignancy_threshold=artifact.thresholds["malignancy"],
        engines_differ_by=artifact.metrics["engines_differ_by"],
        dark_photos=artifact.metrics["photos_of_skin_type_5_or_6"],
        domain=_domain_table(domain),
    )


def _table(metrics: dict[str, Any], sets: list[str]) -> str:
    rows = [["", *sets], ["---"] * (len(sets) + 1)]
    for key, title in _FIGURES:
        cells = []
        for name in sets:
            cell, bounds = _number(metrics[name][key]), metrics[name].get(f"{key}_interval")
            cells.append(f"{cell} [{_number(bounds[0])}, {_number(bounds[1])}]" if bounds else cell)
        rows.append([title, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _domain_table(domain: dict[str, Any]) -> str:
    rows = [("Pictures", "Rejected"), ("---", "---")]
    rows += [(f"{name}, test part", _number(part)) for name, part in domain["rejected"].items()]
    rows.append(("the same, underexposed", _number(domain["rejected_darkened"])))
    for tone, part in domain["rejected_generated_by_skin_type"].items():
        rows.append((f"generated lesions, skin type {tone}, half underexposed", _number(part)))
    rows += [(kind, _number(part)) for kind, part in domain["rejected_not_skin"].items()]
    return "\n".join(f"| {left} | {right} |" for left, right in rows)


def _number(value: float | int | None) -> str:
    if value is None:
        return "not known"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
