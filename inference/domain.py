"""Telling what is not skin: two distances from the photos that the model was made with.

- *Features*: how much of the network's pooled features lies outside the subspace that photos of
  skin span (the residual of a principal component analysis).
- *Appearance*: how far the picture's colour, contrast and texture statistics are from those of
  any of the data sets (Mahalanobis). Colour is taken relative to brightness, so that dark skin
  and dark photos are not strange by being dark.

No picture of anything else is needed to fit them, so they don't depend on guessing what people
will send; `training.not_skin` only judges them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

_PIECE = 64  # pictures at a time: a whole data set as floats would take gigabytes


@dataclass(frozen=True)
class Domain:
    """The fitted distances. F features, K components, S statistics, D data sets."""

    mean: np.ndarray  # (F,) of the features
    basis: np.ndarray  # (F, K) orthonormal
    residual_limit: np.ndarray  # () distance beyond which features are foreign
    centres: np.ndarray  # (D, S) of the statistics
    whitening: np.ndarray  # (D, S, S): (statistics - centre) @ whitening has unit variance
    appearance_limit: np.ndarray  # () distance beyond which the appearance is foreign

    def scores(self, pixels: np.ndarray, features: np.ndarray) -> np.ndarray:
        """(N,) from 1, typical, through 0.5, the limit, to 0.

        ``pixels`` is (N, H, W, 3) uint8 before normalising, ``features`` (N, F) float32.
        """
        foreign = np.maximum(
            self.residuals(features) / self.residual_limit,
            self.appearance(pixels) / self.appearance_limit,
        )
        return 1 / (1 + np.square(np.square(foreign)))

    def residuals(self, features: np.ndarray) -> np.ndarray:
        """(N,) length of what the basis doesn't span."""
        centred = features - self.mean
        spanned = centred @ self.basis
        squared = np.square(centred).sum(-1) - np.square(spanned).sum(-1)
        return np.sqrt(np.maximum(squared, 0))

    def appearance(self, pixels: np.ndarray) -> np.ndarray:
        """(N,) distance from the nearest data set."""
        away = statistics(pixels)[:, None, :] - self.centres
        white = np.einsum("nds,dst->ndt", away, self.whitening)
        return np.sqrt(np.square(white).mean(-1)).min(-1)

    def save(self, path: Path) -> None:
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Domain:
        with np.load(path) as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})


def statistics(pixels: np.ndarray) -> np.ndarray:
    """(N, 10) float32: colour, contrast and texture of (N, H, W, 3) uint8 pictures."""
    pieces = [pixels[start : start + _PIECE] for start in range(0, len(pixels), _PIECE)]
    return np.concatenate([_statistics(piece) for piece in pieces])


def _statistics(pixels: np.ndarray) -> np.ndarray:
    # The small constants keep logarithms of flat and of black pictures finite, at about one level
    # of 255.
    image = pixels.astype(np.float32) / 255
    total = image.sum(-1) + 0.02
    red, green = (image[..., 0] + 0.007) / total, (image[..., 1] + 0.007) / total
    light = image @ np.float32([0.30, 0.59, 0.11])
    mean = light.mean((1, 2)) + 0.01
    across = np.abs(np.diff(light, axis=2))
    gradient = (across.mean((1, 2)) + np.abs(np.diff(light, axis=1)).mean((1, 2))) / 2
    middle = 4 * light[:, 1:-1, 1:-1]
    around = light[:, 2:, 1:-1] + light[:, :-2, 1:-1] + light[:, 1:-1, 2:] + light[:, 1:-1, :-2]
    curvature = np.abs(around - middle).mean((1, 2))
    contrast = light.std((1, 2)) / mean + 0.01
    relative = across / mean[:, None, None]
    columns = (
        red.mean((1, 2)),
        green.mean((1, 2)),
        np.log(red.std((1, 2)) + 0.002),
        np.log(green.std((1, 2)) + 0.002),
        np.log(contrast),
        np.log(gradient / mean + 0.003),
        np.log((curvature + 0.0005) / (gradient + 0.0005)),
        (relative < 0.004).mean((1, 2)),  # flat areas, as screens and drawings have
        np.sqrt((relative > 0.15).mean((1, 2))),  # hard edges
        np.log((red.std((1, 2)) + 0.002) / contrast),
    )
    return np.stack(columns, axis=1).astype(np.float32)
