"""What a run's network says of photos."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.preprocessing import InputSpec, normalise
from training.photos import Photos
from training.predictions import Predictions

BATCH = 32


@dataclass(frozen=True)
class Answers:
    """Of N photos: what the network answers, and how it sees them."""

    predictions: Predictions
    pixels: np.ndarray  # (N, size, size, 3) uint8
    features: np.ndarray | None  # (N, F) float32; None where the network doesn't give them


def ask(network, photos: Photos, labels: tuple[str, ...], spec: InputSpec) -> Answers:
    """The answers of a Keras network with an output ``logits`` and perhaps ``features``."""
    found = outputs(network, photos.pixels, spec)
    said = Predictions(photos.examples, labels, found["logits"])
    return Answers(said, photos.pixels, found.get("features"))


def outputs(network, pixels: np.ndarray, spec: InputSpec) -> dict[str, np.ndarray]:
    """``logits`` and ``features`` of (N, H, W, 3) uint8."""
    found: dict[str, list[np.ndarray]] = {}
    for start in range(0, len(pixels), BATCH):
        answer = network.predict_on_batch(normalise(pixels[start : start + BATCH], spec))
        for name in {"logits", "features"} & set(answer):
            found.setdefault(name, []).append(np.asarray(answer[name], np.float32))
    return {name: np.concatenate(parts) for name, parts in found.items()}
