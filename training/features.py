"""The network's features of many photos, through the engine that will serve it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from inference.engines import Engine, Outputs
from inference.preprocessing import InputSpec, normalise, read_pixels

FLIPS = ((), (1,), (0,), (0, 1))  # axes of a picture to turn round: itself, and its mirror images


def read_photos(paths: Sequence[Path], size: int) -> np.ndarray:
    """(N, size, size, 3) uint8."""
    with ThreadPoolExecutor() as threads:
        return np.stack(list(threads.map(lambda path: read_pixels(path.read_bytes(), size), paths)))


def network_outputs(
    engine: Engine, pixels: np.ndarray, spec: InputSpec, *, flip: tuple[int, ...] = ()
) -> Outputs:
    """The engine's outputs for ``pixels`` (N, H, W, 3) uint8, turned round over ``flip``."""

    def batches() -> Iterator[np.ndarray]:
        for start in range(0, len(pixels), engine.batch):
            batch = pixels[start : start + engine.batch]
            yield normalise(np.flip(batch, [axis + 1 for axis in flip]), spec)

    return engine.run(batches())
