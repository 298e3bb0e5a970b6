"""The same figures for parts of the photos, where there are enough to say anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from inference.patient import REGIONS, site_of
from training import metrics
from training.assessment import figures
from training.datasets import Example
from training.metrics import UNKNOWN, Figure
from training.predictions import Predictions

MIN_PHOTOS = 30  # for any figure
MIN_GROUPS = 10  # patients or lesions, for any figure
MIN_OF_A_KIND = 10  # malignant ones for a sensitivity, others for a specificity, both for an AUC
NOT_RECORDED = "not recorded"

_REGION_NAMES = {
    "head_neck": "head and neck",
    "trunk": "trunk",
    "upper_limb": "arm",
    "lower_limb": "leg",
    "acral": "hand or foot",
}
_SKIN_TYPES = ("I or II", "III or IV", "V or VI")
_BANDS = ((30, "under 30"), (50, "30 to 49"), (70, "50 to 69"), (999, "70 and over"))
FIGURES = (
    "accuracy",
    "balanced_accuracy",
    "malignancy_auc",
    "malignancy_sensitivity",
    "malignancy_specificity",
)


@dataclass(frozen=True)
class Subgroup:
    """Figures of the photos that have one value of one property."""

    scope: str  # the data set, or "" for all photos
    dimension: str  # what they are grouped by
    value: str
    photos: int
    groups: int  # patients or lesions
    malignant: int
    figures: Mapping[str, Figure]  # by the keys of `FIGURES`; unknown: cannot be assessed


def skin_type(example: Example) -> str:
    """The Fitzpatrick types in pairs."""
    return _SKIN_TYPES[(example.skin_type - 1) // 2] if example.skin_type else NOT_RECORDED


def age_band(example: Example) -> str:
    if example.age is None:
        return NOT_RECORDED
    return next(name for limit, name in _BANDS if example.age < limit)


def region(example: Example) -> str:
    """Where on the body, as coarsely as every data set can say it."""
    code = site_of(example.site)
    if code is None:
        return NOT_RECORDED
    code = "trunk" if code == "front" else code
    found = next((name for name in _REGION_NAMES if code in (name, *REGIONS[name])), None)
    return _REGION_NAMES[found] if found else code


def proof(example: Example) -> str:
    if example.proven is None:
        return NOT_RECORDED
    return "biopsied only" if example.proven else "by other means"


_OF_ALL: dict[str, Callable[[Example], str]] = {
    "data set": lambda example: example.data_set,
    "kind of photo": lambda example: example.kind,
}
_OF_EACH: dict[str, Callable[[Example], str]] = {
    "skin type (Fitzpatrick)": skin_type,
    "sex": lambda example: example.sex or NOT_RECORDED,
    "age": age_band,
    "site": region,
    "diagnosis": proof,
}


def subgroups(
    predictions: Predictions,
    thresholds: Mapping[str, float],
    *,
    resamples: int = metrics.RESAMPLES,
) -> tuple[Subgroup, ...]:
    """By data set and kind of photo; then, within each data set, by what is known of the patient.

    Patients of one data set aren't compared with those of another: the photos differ too much. A
    figure that rests on fewer photos than the limits above is unknown.
    """
    found = [
        _subgroup("", dimension, value, part, thresholds, resamples)
        for dimension, of in _OF_ALL.items()
        for value, part in _parts(predictions, of)
    ]
    for scope, photos in predictions.by_data_set().items():
        found += [
            _subgroup(scope, dimension, value, part, thresholds, resamples)
            for dimension, of in _OF_EACH.items()
            for value, part in _parts(photos, of)
        ]
    return tuple(found)


def _parts(
    predictions: Predictions, of: Callable[[Example], str]
) -> Iterator[tuple[str, Predictions]]:
    names = np.array([of(example) for example in predictions.examples], dtype=str)
    shown = set(names) | (set(_SKIN_TYPES) if of is skin_type else set())  # none is a finding too
    order = {name: place for place, (_, name) in enumerate(_BANDS)} | {NOT_RECORDED: 99}
    for name in sorted(shown, key=lambda name: (order.get(name, 0), name)):
        yield str(name), predictions.where(names == name)


def _subgroup(
    scope: str,
    dimension: str,
    value: str,
    part: Predictions,
    thresholds: Mapping[str, float],
    resamples: int,
) -> Subgroup:
    malignant = int(part.positives("malignancy").sum())
    others = int((part.tells("malignancy") & ~part.positives("malignancy")).sum())
    groups = len(set(part.groups))
    found = dict.fromkeys(FIGURES, UNKNOWN)
    if len(part) >= MIN_PHOTOS and groups >= MIN_GROUPS:
        known = figures(part, metrics.draws(part.groups, resamples=resamples), thresholds)
        enough = {
            "malignancy_auc": min(malignant, others) >= MIN_OF_A_KIND,
            "malignancy_sensitivity": malignant >= MIN_OF_A_KIND,
            "malignancy_specificity": others >= MIN_OF_A_KIND,
        }
        found |= {key: known[key] for key in FIGURES if key in known and enough.get(key, True)}
    return Subgroup(scope, dimension, value, len(part), groups, malignant, found)
