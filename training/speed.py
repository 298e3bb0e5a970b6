"""How many photos a second a network judges here, in each engine, the decoding left out."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from inference import engines
from inference.artifact import Artifact
from inference.engines import Engine, OpenVinoEngine
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
    images = _images(size)
    found = [Speed("keras", _rate(lambda: network.predict_on_batch(images)))]
    if set(network.output) == {"logits", "evidence", "features"}:
        with tempfile.TemporaryDirectory() as scratch:
            model = Path(scratch) / "network.xml"
            write_openvino(network, model)
            found += _of_engines(
                [OpenVinoEngine(model, size, "f32"), OpenVinoEngine(model, size)], size
            )
    return tuple(found)


def speeds_of_release(artifact: Artifact) -> tuple[Speed, ...]:
    """Of a released model in every engine that serves it."""
    return tuple(_of_engines(engines.every(artifact), artifact.input.size))


def _of_engines(found: Sequence[Engine], size: int) -> list[Speed]:
    images = _images(size)
    measured = {}
    for engine in {engine.name: engine for engine in found}.values():
        batches = [images[at : at + engine.batch] for at in range(0, _PHOTOS, engine.batch)]
        measured[engine.name] = _rate(partial(engine.run, batches))
    return [Speed(name, rate) for name, rate in measured.items()]


def _images(size: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(_PHOTOS, size, size, 3)).astype(np.float32)


def _rate(run: Callable[[], object]) -> float:
    run()
    seconds = []
    for _ in range(_TRIALS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return round(_PHOTOS / min(seconds), 1)
