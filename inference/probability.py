"""From a network's logits to probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Temperatures:
    """What logits are divided by before the softmax, for each kind of photo."""

    clinical: float = 1.0  # by a camera or telephone
    dermoscopic: float = 1.0

    def mixed(self, clinical: np.ndarray | float) -> np.ndarray:
        """(N,) for photos that are ``clinical`` (N,) of 0 to 1: weighted in the logarithms."""
        share = np.asarray(clinical, dtype=np.float64)
        return np.exp(share * np.log(self.clinical) + (1 - share) * np.log(self.dermoscopic))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)
