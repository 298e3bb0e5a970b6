"""The network's features of many photos, through the engine that will serve it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inference.artifact import Artifact
from inference.calibration import Calibration
from inference.engines import Engine, Outputs
from inference.preprocessing import InputSpec, normalise
from training.datasets import Example
from training.predictions import Predictions

FLIPS = ((), (1,), (0,), (0, 1))  # axes of a picture to turn round: itself, and its mirror images


def network_outputs(
    engine: Engine, pixels: np.ndarray, spec: InputSpec, *, flip: tuple[int, ...] = ()
) -> Outputs:
    """The engine's outputs for ``pixels`` (N, H, W, 3) uint8, turned round over ``flip``."""

    def batches() -> Iterator[np.ndarray]:
        for start in range(0, len(pixels), engine.batch):
            batch = pixels[start : start + engine.batch]
            yield normalise(np.flip(batch, [axis + 1 for axis in flip]), spec)

    return engine.run(batches())


def predictions_of(
    artifact: Artifact, examples: Sequence[Example], outputs: Outputs
) -> Predictions:
    """What the artifact's network said of photos, calibrated as it is served."""
    temperature = Calibration.of(artifact).temperature(outputs.features)
    return Predictions(examples, artifact.labels, outputs.logits, temperature)
