"""The engines alone, on arrays that are ready: images per second, and how far they agree.

Of every released model, on every engine that can run it here; float32 is what the others are held
against.
"""

import time
from dataclasses import dataclass

import numpy as np

from inference import artifact, engines, preprocessing
from inference.artifact import Artifact
from inference.calibration import Calibration
from tests.bench.table import Row
from tests.bench.throughput import jpeg
from tests.product import Template

BATCHES = 12
PHOTOS = 32
SEEN_WITH = "openvino-f32"


@dataclass(frozen=True)
class Measured:
    speed: float  # images/s
    probabilities: np.ndarray  # (N, K)


def run(template: Template) -> list[Row]:
    return [row for version in artifact.released() for row in of_model(artifact.load(version))]


def of_model(released: Artifact) -> list[Row]:
    photos = [preprocessing.prepare(jpeg(seed), released.input) for seed in range(PHOTOS)]
    measured = {
        engine.name: measure(engine, np.stack(photos), Calibration.of(released))
        for engine in engines.every(released)
    }
    base = measured[SEEN_WITH]
    rows, views = [], ", 4 views" if released.mirrored else ""
    for name, one in measured.items():
        title = f"{released.version} at {released.input.size}{views}, {name}"
        rows.append(Row(title, one.speed, "images/s", SEEN_WITH, one.speed / base.speed))
        if name != SEEN_WITH:
            apart = np.abs(one.probabilities - base.probabilities).max()
            rows.append(
                Row("  its probabilities differ by at most", 100 * apart, "points", SEEN_WITH)
            )
    return rows


def measure(engine: engines.Engine, photos: np.ndarray, calibration: Calibration) -> Measured:
    batches = [photos[start : start + engine.batch] for start in range(0, PHOTOS, engine.batch)]
    said = engine.run(batches)  # also warms the engine up
    again = (batches * BATCHES)[:BATCHES]
    started = time.perf_counter()
    engine.run(again)
    speed = sum(map(len, again)) / (time.perf_counter() - started)
    return Measured(speed, calibration.probabilities(said))
