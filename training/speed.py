"""How many photos a second a network judges here, in each engine, the decoding left out."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.engines import OpenVinoEngine
from training.export import write_openvino

_PHOTOS = 64
_TRIALS = 3  # the best counts: the others were disturbed


@dataclass(frozen=True)
class Speed:
    """One engine's."""

    engine: str  # with its precision
    images_per_second: float


def speeds(network, size: int) -> tuple[Speed, ...]:
    """For a Keras network; OpenVINO too where it has the outputs of `inference.model`."""
    images = np.random.default_rng(0).normal(size=(_PHOTOS, size, size, 3)).astype(np.float32)
    found = [Speed("keras", _rate(lambda: network.predict_on_batch(images)))]
    if set(network.output) == {"logits", "evidence", "features"}:
        with tempfile.TemporaryDirectory() as scratch:
            model = Path(scratch) / "network.xml"
            write_openvino(network, model)
            engines = {
                engine.name: engine
                for engine in (OpenVinoEngine(model, size, "f32"), OpenVinoEngine(model, size))
            }
            for name, engine in engines.items():
                batches = [
                    images[start : start + engine.batch]
                    for start in range(0, _PHOTOS, engine.batch)
                ]
                found.append(Speed(name, _rate(lambda: engine.run(batches))))  # noqa: B023
    return tuple(found)


def _rate(run: Callable[[], object]) -> float:
    run()
    seconds = []
    for _ in range(_TRIALS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return round(_PHOTOS / min(seconds), 1)
