"""What a run's network says of photos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inference.preprocessing import InputSpec, normalise
from training.features import FLIPS
from training.photos import Photos
from training.predictions import Predictions

BATCH = 32


@dataclass(frozen=True)
class Answers:
    """Of N photos: what the network answers, and how it sees them."""

    predictions: Predictions
    pixels: np.ndarray  # (N, size, size, 3) uint8
    features: np.ndarray | None  # (N, F) float32; None where the network doesn't give them


def ask(
    network, photos: Photos, labels: tuple[str, ...], spec: InputSpec, *, flips=False
) -> Answers:
    """The answers of a Keras network with an output ``logits`` and perhaps ``features``.

    ``flips``: the mean logits of the photo and its three mirror images.
    """
    turned = [outputs(network, photos.pixels, spec, turn) for turn in (FLIPS if flips else [()])]
    logits = np.mean([one["logits"] for one in turned], axis=0)
    return Answers(
        Predictions(photos.examples, labels, logits), photos.pixels, turned[0].get("features")
    )


def outputs(
    network, pixels: np.ndarray, spec: InputSpec, flip: tuple[int, ...] = ()
) -> dict[str, np.ndarray]:
    """``logits`` and ``features`` of (N, H, W, 3) uint8, turned round over the axes ``flip``."""
    found: dict[str, list[np.ndarray]] = {}
    for batch in _batches(pixels, flip):
        answer = network.predict_on_batch(normalise(batch, spec))
        for name in {"logits", "features"} & set(answer):
            found.setdefault(name, []).append(np.asarray(answer[name], np.float32))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _batches(pixels: np.ndarray, flip: tuple[int, ...]) -> Iterator[np.ndarray]:
    for start in range(0, len(pixels), BATCH):
        yield np.flip(pixels[start : start + BATCH], [axis + 1 for axis in flip])
