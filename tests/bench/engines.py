"""The engines alone, on arrays that are ready: images per second, and whether they agree."""

import time

import numpy as np

from inference import artifact, engines, preprocessing
from tests.bench.table import Row
from tests.bench.throughput import jpeg
from tests.product import Template

BATCHES = 12


def run(template: Template) -> list[Row]:
    released = artifact.load()
    photos = np.stack([preprocessing.prepare(jpeg(seed), released.input) for seed in range(8)])
    said, speed = {}, {}
    for name in engines.NAMES:
        engine = engines.create(released, name)
        said[engine.name] = softmax(engine.run([photos]).logits / released.temperature)
        started = time.perf_counter()
        engine.run([photos] * BATCHES)
        speed[engine.name] = len(photos) * BATCHES / (time.perf_counter() - started)
    (one, two) = said
    rows = [Row(f"engine {name}", speed[name], "images/s", one, speed[name] / speed[one])
            for name in speed]  # fmt: skip
    apart = float(np.abs(said[one] - said[two]).max())
    return [*rows, Row("probabilities differ by at most", apart * 100, "points of 100")]


def softmax(logits: np.ndarray) -> np.ndarray:
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)
