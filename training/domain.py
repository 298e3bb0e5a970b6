"""Fitting `inference.domain` to the photos that a model is made with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inference.domain import Domain, statistics

COMPONENTS = 64
FALSE_REJECTION = 0.0075  # of validation photos, for each of the two distances
_RIDGE = 1e-3
_DARKEST, _LIGHTEST = 0.08, 0.7  # part of the light that is left in a darkened copy


def darkened(pixels: np.ndarray, seed: int = 0) -> np.ndarray:
    """Underexposed copies of (N, H, W, 3) uint8, each by its own factor."""
    factor = np.random.default_rng(seed).uniform(_DARKEST, _LIGHTEST, (len(pixels), 1, 1, 1))
    return (pixels * factor).astype(np.uint8)


@dataclass(frozen=True)
class Seen:
    """Photos with the network's features of them."""

    pixels: np.ndarray  # (N, H, W, 3) uint8
    features: np.ndarray  # (N, F) float32


def fit_domain(
    *, train: Seen, train_darkened: Seen, data_set: Sequence[str], validation: Seen
) -> Domain:
    """The distances fitted on the training part, their limits set on the validation part.

    ``train_darkened`` are underexposed copies of ``train``, so that neither a dark photo nor dark
    skin is foreign; ``data_set`` (N,) names where each photo comes from. Each data set, as it is
    and darkened, has a centre of its own in appearance, and counts the same in the features'
    subspace however many photos it has.
    """
    names = np.asarray(data_set)
    parts = [
        (seen.features[names == name], statistics(seen.pixels[names == name]))
        for seen in (train, train_darkened)
        for name in sorted(set(data_set))
    ]
    mean, basis = _subspace([features for features, _ in parts])
    fits = [_whitened(appearance) for _, appearance in parts]
    unlimited = Domain(
        mean=mean.astype(np.float32),
        basis=basis.astype(np.float32),
        residual_limit=np.float32(1),
        centres=np.stack([centre for centre, _ in fits]).astype(np.float32),
        whitening=np.stack([whitening for _, whitening in fits]).astype(np.float32),
        appearance_limit=np.float32(1),
    )
    return replace(
        unlimited,
        residual_limit=_limit(unlimited.residuals(validation.features)),
        appearance_limit=_limit(unlimited.appearance(validation.pixels)),
    )


def _subspace(parts: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    mean = np.mean([part.mean(0, dtype=np.float64) for part in parts], axis=0)
    scatter = sum((part - mean).T @ (part - mean) / len(part) for part in parts)
    _, vectors = np.linalg.eigh(scatter)
    return mean, vectors[:, ::-1][:, :COMPONENTS]


def _whitened(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre, and the matrix that gives the values unit variance in every direction."""
    centre = values.mean(0, dtype=np.float64)
    variances, vectors = np.linalg.eigh(np.cov(values.T.astype(np.float64)))
    return centre, vectors / np.sqrt(variances + _RIDGE * variances.mean())


def _limit(distances: np.ndarray) -> np.ndarray:
    return np.float32(np.quantile(distances, 1 - FALSE_REJECTION))
