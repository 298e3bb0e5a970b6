"""Fitting `inference.calibration.Kind`: which kind of photo the network's features are of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inference.calibration import Kind
from training import metrics
from training.datasets import Example
from training.minimise import minimise

PULL = 1e-3  # on the squared weights of features of unit variance


def fit_kind(features: np.ndarray, examples: Sequence[Example]) -> Kind:
    """From (N, F) features of the training part; both kinds count the same.

    Photos of an unknown kind are left out. Where there is one kind only, nothing tells them apart:
    the answer is then 0.5 for every photo.
    """
    clinical, known = _kinds(examples)
    if len(set(clinical[known])) < 2:
        return Kind(np.zeros(features.shape[1], np.float32), np.float32(0))
    values, truth = features[known].astype(np.float64), clinical[known].astype(np.float64)
    mean, deviation = values.mean(0), values.std(0) + 1e-6
    scaled = (values - mean) / deviation
    weights = np.where(truth == 1, 0.5 / truth.sum(), 0.5 / (1 - truth).sum())

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        slopes, said = point[:-1], scaled @ point[:-1] + point[-1]
        # log(1 + exp(x)) without overflow: the cross-entropy of a logit
        value = weights @ (np.logaddexp(0, said) - truth * said) + PULL * slopes @ slopes
        away = weights * (1 / (1 + np.exp(-np.clip(said, -50, 50))) - truth)
        return float(value), np.append(scaled.T @ away + 2 * PULL * slopes, away.sum())

    point = minimise(loss, np.zeros(scaled.shape[1] + 1), steps=300)
    slopes = point[:-1] / deviation
    return Kind(slopes.astype(np.float32), np.float32(point[-1] - mean @ slopes))


def told_apart(clinical: np.ndarray, examples: Sequence[Example]) -> float:
    """Area under the ROC curve of the (N,) answers of a `Kind`; nan without both kinds."""
    truth, known = _kinds(examples)
    return metrics.auc(clinical[known], truth[known])


def _kinds(examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """(N,) bool each: clinical, and whether the kind is known."""
    kinds = np.array([one.kind for one in examples], dtype=str)
    return kinds == "clinical", np.isin(kinds, ("clinical", "dermoscopic"))
