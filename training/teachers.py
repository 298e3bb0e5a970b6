"""Networks that another one learns from: their mean probabilities on the same views."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inference.engines import OpenVinoEngine, choose
from inference.preprocessing import normalise
from inference.probability import softmax
from training.export import write_openvino

if TYPE_CHECKING:
    from training.runs import Run


class Teachers:
    """Any number of trained runs, each on the engine that is fastest here; none is false.

    They look at the student's views, of ``size`` pixels, whatever size they learnt from. Where a
    teacher knows fewer labels than its student, it says nothing for the others; more: they are
    left out. Raises ``ValueError`` for a teacher whose network takes another size only, and for one
    that knows none of the labels.
    """

    def __init__(self, runs: Sequence[Run], labels: tuple[str, ...], size: int):
        for run in runs:
            if not set(run.labels) & set(labels):
                raise ValueError(f"{run.preset.name} knows none of {', '.join(labels)}.")
        self._labels = labels
        self._teachers = [(run, _called(run, size)) for run in runs]

    def __bool__(self) -> bool:
        return bool(self._teachers)

    def probabilities(self, views: np.ndarray) -> np.ndarray:
        """(N, labels) the teachers' mean for ``views`` (N, H, W, 3) uint8."""
        total = np.zeros((len(views), len(self._labels)))
        for run, logits in self._teachers:
            said = softmax(logits(normalise(views, run.spec)).astype(np.float64))
            for place, label in enumerate(run.labels):
                if label in self._labels:
                    total[:, self._labels.index(label)] += said[:, place]
        return total / total.sum(1, keepdims=True)


def _called(run: Run, size: int):
    """The run's network as a function from images of ``size`` pixels to logits."""
    if run.network.input_shape[1] not in (None, size):
        raise ValueError(f"{run.preset.name} can't teach at {size} pixels: its size is fixed.")
    if choose() == "keras" or "evidence" not in run.network.output:  # the engine asks for it
        return lambda images: np.asarray(run.network.predict_on_batch(images)["logits"])
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "teacher.xml"
        write_openvino(run.network, path)
        engine = OpenVinoEngine(path, size)

    def batches(images: np.ndarray) -> Iterator[np.ndarray]:
        for start in range(0, len(images), engine.batch):
            yield images[start : start + engine.batch]

    return lambda images: engine.run(batches(images)).logits
