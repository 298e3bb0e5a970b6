"""Undoing the balanced drawing of classes, by an offset to each logit.

A network that met rare conditions more often than they occur expects them too often. Adding
``power * log(share of the class)`` takes that back: wholly where the power is that of the drawing
(`Preset.balance`). It improves accuracy and costs balanced accuracy. None, half and all of it are
measured on the validation part, and the best is released with the offset in its dense layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.assessment import calibrate, values
from training.datasets import Example
from training.predictions import Predictions

CALIBRATED = 0.05  # an expected calibration error up to this is well enough
FIGURES = (
    "accuracy",
    "balanced_accuracy",
    "calibration_error",
    "melanoma_auc",
    "melanoma_sensitivity_at_95",
    "malignancy_auc",
    "malignancy_sensitivity_at_95",
)


@dataclass(frozen=True)
class Variant:
    """One power, and what it does on the validation part, calibrated anew."""

    power: float
    figures: Mapping[str, Mapping[str, float]]  # data set -> key of `FIGURES` -> figure

    @property
    def merit(self) -> float:
        """Mean of accuracy and balanced accuracy, less what the calibration error is too great.

        Each data set counts the same.
        """
        right, too_great = [], []
        for one in self.figures.values():
            right += [one["accuracy"], one["balanced_accuracy"]]
            too_great.append(max(0.0, one["calibration_error"] - CALIBRATED))
        return float(np.mean(right) - np.mean(too_great))


def offsets(examples: Sequence[Example], labels: Sequence[str], power: float) -> np.ndarray:
    """(K,) to add to the logits; ``examples`` are those of the training part.

    The mean offset is 0, as only differences matter. A label without examples counts as one.
    """
    counts = np.array([sum(one.label == label for one in examples) for label in labels])
    shares = power * np.log(np.maximum(counts, 1) / max(1, counts.sum()))
    return shares - shares.mean()


def variants(
    validation: Predictions,
    train: Sequence[Example],
    powers: Sequence[float],
    clinical: np.ndarray | None = None,
) -> list[Variant]:
    """What each power does to the network's answers on the validation part.

    ``clinical``: see `training.assessment.calibrate`.
    """
    found = []
    for power in powers:
        moved = validation.logits + offsets(train, validation.labels, power)
        predictions = replace(validation, logits=moved, temperature=1.0)
        predictions = calibrate(predictions, clinical).calibrated(
            predictions, 0.5 if clinical is None else clinical
        )
        figures = {}
        for name, part in predictions.by_data_set().items():
            drawn = values(part, np.ones((1, len(part))))
            figures[name] = {key: float(drawn[key][0]) for key in FIGURES if key in drawn}
        found.append(Variant(power, figures))
    return found


def best(found: Sequence[Variant]) -> Variant:
    """The one of greatest merit; the first of equals."""
    return max(found, key=lambda variant: variant.merit)
