"""From a network's answers to calibrated probabilities, by the kind of photo.

A network that learnt from many dermoscopic photos and few by telephone is too little sure of the
one kind and too sure of the other, so each kind has a temperature of its own. Which kind a photo
is of is read off the network's own features; between the kinds the temperatures are mixed, so
that nothing hangs on a yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference import artifact as artifacts
from inference.artifact import Artifact
from inference.engines import Outputs
from inference.probability import Temperatures, softmax


@dataclass(frozen=True)
class Kind:
    """Tells photos by a camera or telephone from dermoscopic ones: a logistic regression."""

    weights: np.ndarray  # (F,) on the pooled features
    bias: np.ndarray  # ()

    def clinical(self, features: np.ndarray) -> np.ndarray:
        """(N,) from 0, surely dermoscopic, to 1, for (N, F) features."""
        said = features.astype(np.float64) @ self.weights + self.bias
        return 1 / (1 + np.exp(-np.clip(said, -50, 50)))

    def save(self, path: Path) -> None:
        np.savez(path, weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, path: Path) -> Kind:
        with np.load(path) as stored:
            return cls(stored["weights"], stored["bias"])


@dataclass(frozen=True)
class Calibration:
    """What an artifact's answers are divided by."""

    temperatures: Temperatures
    kind: Kind

    @classmethod
    def of(cls, artifact: Artifact) -> Calibration:
        return cls(artifact.temperatures, Kind.load(artifact.file(artifacts.KIND)))

    def temperature(self, features: np.ndarray) -> np.ndarray:
        """(N,) each photo's own, for (N, F) features."""
        return self.temperatures.mixed(self.kind.clinical(features))

    def probabilities(self, outputs: Outputs) -> np.ndarray:
        """(N, K) float64; rows sum to 1."""
        own = self.temperature(outputs.features)[:, None]
        return softmax(outputs.logits.astype(np.float64) / own)
