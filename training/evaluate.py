"""How good a model is: figures that a clinician would ask for, and what was chosen by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inference.labels import ISIC2019, MALIGNANT
from training.head import softmax

_BINS = 10
_RESAMPLES = 400
MELANOMA = ISIC2019.index("MEL")
MALIGNANT_INDICES = [ISIC2019.index(label) for label in MALIGNANT]


@dataclass(frozen=True)
class OperatingPoint:
    """What a threshold does on one set of photos."""

    threshold: float
    sensitivity: float
    specificity: float
    positives: int
    photos: int


def risks(probabilities: np.ndarray) -> dict[str, np.ndarray]:
    """(N,) each: the two risks that have thresholds."""
    return {
        "melanoma": probabilities[:, MELANOMA],
        "malignancy": probabilities[:, MALIGNANT_INDICES].sum(1),
    }


def truths(labels: np.ndarray) -> dict[str, np.ndarray]:
    """(N,) bool each: what the risks are risks of."""
    return {"melanoma": labels == MELANOMA, "malignancy": np.isin(labels, MALIGNANT_INDICES)}


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Area under the ROC curve, ties halved; nan without both kinds."""
    count = int(positive.sum())
    if count in (0, len(positive)):
        return float("nan")
    _, place, number = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(number)
    rank = (last - (number - 1) / 2)[place]
    wins = rank[positive].sum() - count * (count + 1) / 2
    return float(wins / (count * (len(positive) - count)))


def balanced_accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Mean recall over the labels that occur."""
    return float(
        np.mean([(predicted[labels == label] == label).mean() for label in np.unique(labels)])
    )


def calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Expected calibration error of the most probable label, ten bins of equal width."""
    confidence, correct = probabilities.max(1), probabilities.argmax(1) == labels
    place = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    return float(
        sum(
            abs(confidence[place == bin_].mean() - correct[place == bin_].mean())
            * (place == bin_).mean()
            for bin_ in np.unique(place)
        )
    )


def operating_point(risk: np.ndarray, positive: np.ndarray, threshold: float) -> OperatingPoint:
    flagged = risk >= threshold
    return OperatingPoint(
        threshold=threshold,
        sensitivity=float(flagged[positive].mean()) if positive.any() else float("nan"),
        specificity=float((~flagged[~positive]).mean()) if (~positive).any() else float("nan"),
        positives=int(positive.sum()),
        photos=len(positive),
    )


def threshold_for(risk: np.ndarray, positive: np.ndarray, sensitivity: float) -> float:
    """The greatest threshold that still flags this part of the positives."""
    ordered = np.sort(risk[positive])
    missed = int(np.floor((1 - sensitivity) * len(ordered)))
    return float(ordered[missed])


def interval(
    figure: Callable[[np.ndarray], float], groups: Sequence[str], seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval of ``figure(indices)``, drawing whole patients or lesions.

    Draws for which the figure is nan are left out; nan where all are.
    """
    names, place = np.unique(np.asarray(groups), return_inverse=True)
    members = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(_RESAMPLES):
        drawn = rng.integers(0, len(names), len(names))
        values.append(figure(np.concatenate([members[index] for index in drawn])))
    known = np.array(values)[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)


def fit_temperature(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """The temperature of least weighted cross-entropy (golden section over its logarithm)."""

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits / np.exp(log_temperature))[np.arange(len(labels)), labels]
        return float(-(weights * np.log(chosen + 1e-12)).sum())

    low, high, ratio = np.log(0.2), np.log(8.0), (np.sqrt(5) - 1) / 2
    while high - low > 1e-4:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(np.exp((low + high) / 2))


def metrics(
    probabilities: np.ndarray,
    labels: np.ndarray,
    groups: Sequence[str],
    thresholds: Mapping[str, float],
) -> dict[str, object]:
    """Every figure of one set of photos, ready for JSON (rounded; intervals as pairs)."""
    predicted, truth, risk = probabilities.argmax(1), truths(labels), risks(probabilities)
    figures: dict[str, object] = {
        "photos": len(labels),
        "accuracy": float((predicted == labels).mean()),
        "balanced_accuracy": balanced_accuracy(predicted, labels),
        "balanced_accuracy_interval": interval(
            lambda drawn: balanced_accuracy(predicted[drawn], labels[drawn]), groups
        ),
        "calibration_error": calibration_error(probabilities, labels),
        "recall": {
            ISIC2019[label]: float((predicted[labels == label] == label).mean())
            for label in np.unique(labels)
        },
    }
    for name, threshold in thresholds.items():
        point = operating_point(risk[name], truth[name], threshold)
        figures[f"{name}_auc"] = auc(risk[name], truth[name])
        figures[f"{name}_auc_interval"] = interval(
            lambda drawn, name=name: auc(risk[name][drawn], truth[name][drawn]), groups
        )
        figures[f"{name}_sensitivity"] = point.sensitivity
        figures[f"{name}_specificity"] = point.specificity
        figures[f"{name}_positives"] = point.positives
    return _rounded(figures)


def _rounded(value):
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, tuple):
        return [_rounded(inner) for inner in value]
    if isinstance(value, float):
        return None if np.isnan(value) else round(value, 4)
    return value
