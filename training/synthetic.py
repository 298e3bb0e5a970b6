"""Synthetic samples: a photo cut into four slices, which are shuffled and joined again.

Study B trained on the photos alone, on slices only, on shuffled photos only, and on all of them
with the originals, each time validated on originals: `Preset.synthetic`. It cut photos of twice
the network's size, so a slice keeps the photo's resolution and the other kinds are shrunk to half.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Literal

import numpy as np

Experiment = Literal["none", "slices", "shuffled", "all"]
Piece = Literal[0, 1, 2, 3, "whole", "shuffled"]  # a number: that slice, in reading order

_SLICES: tuple[Piece, ...] = (0, 1, 2, 3)
PIECES: dict[Experiment, tuple[Piece, ...]] = {
    "none": ("whole",),
    "slices": _SLICES,
    "shuffled": ("shuffled",),
    "all": ("whole", *_SLICES, "shuffled"),
}
"""Experiment -> the samples that it makes of each photo."""

_ORDERS = tuple(permutations(range(4)))[1:]  # without the one that leaves all as it was


def photo_size(experiment: Experiment, size: int) -> int:
    """Pixels of the photos that views of ``size`` are made from.

    Without synthetic samples a quarter more than the view, for zoomed views to stay sharp.
    """
    return size * 5 // 4 if experiment == "none" else size * 2


def cut(photos: np.ndarray) -> np.ndarray:
    """(4, N, S, S, 3) slices in reading order of ``photos`` (N, 2 S, 2 S, 3)."""
    return np.stack(
        [half for row in np.split(photos, 2, axis=1) for half in np.split(row, 2, axis=2)]
    )


def joined(slices: np.ndarray) -> np.ndarray:
    """The reverse of `cut`: (N, 2 S, 2 S, 3) photos of ``slices`` (4, N, S, S, 3)."""
    top = np.concatenate([slices[0], slices[1]], axis=2)
    bottom = np.concatenate([slices[2], slices[3]], axis=2)
    return np.concatenate([top, bottom], axis=1)


def halved(photos: np.ndarray) -> np.ndarray:
    """(N, S, S, 3) uint8: the mean of each four pixels of ``photos`` (N, 2 S, 2 S, 3)."""
    count, size = photos.shape[0], photos.shape[1] // 2
    blocks = photos.reshape(count, size, 2, size, 2, 3).astype(np.uint16)
    return ((blocks.sum((2, 4)) + 2) // 4).astype(np.uint8)


def shuffled(photos: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each of ``photos`` (N, 2 S, 2 S, 3) with its slices in another order, drawn for it alone."""
    orders = np.array([_ORDERS[draw] for draw in rng.integers(len(_ORDERS), size=len(photos))])
    slices = cut(photos)
    moved = [slices[orders[:, place], np.arange(len(photos))] for place in range(4)]
    return joined(np.stack(moved))


def made(photos: np.ndarray, pieces: Sequence[Piece], rng: np.random.Generator) -> np.ndarray:
    """(N, S, S, 3) uint8 samples of ``photos`` (N, 2 S, 2 S, 3) uint8, each the piece said."""
    slices, mixed, whole = cut(photos), halved(shuffled(photos, rng)), halved(photos)
    samples = np.empty_like(whole)
    for place, piece in enumerate(pieces):
        if piece == "whole":
            samples[place] = whole[place]
        elif piece == "shuffled":
            samples[place] = mixed[place]
        else:
            samples[place] = slices[piece, place]
    return samples
