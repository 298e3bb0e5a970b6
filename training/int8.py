"""Rounding an exported network to 8 bits for CPUs: weights and activations of its convolutions.

The ranges to round in are learnt from photos of the training part (post-training quantisation);
no weight is trained. Whether the result may be released is `training.release`'s to judge.
"""

from __future__ import annotations

import hashlib
import logging
import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from inference.labels import MALIGNANT
from training.datasets import Example
from training.export import write_named_anew
from training.metrics import Roc

CALIBRATION_PHOTOS = 300
MOST_LOST = 0.5  # points of balanced accuracy, or of either area under the curve


def calibration_photos(examples: Sequence[Example], count: int = CALIBRATION_PHOTOS) -> list[int]:
    """Places of ``count`` examples (of all where there are fewer), the same on every run.

    Drawn by the hash of the file's name, from each data set alike, in ascending order.
    """
    drawn = sorted(
        range(len(examples)),
        key=lambda place: hashlib.sha256(examples[place].path.name.encode()).digest(),
    )
    by_set: dict[str, list[int]] = {}
    for place in drawn:
        by_set.setdefault(examples[place].data_set, []).append(place)
    rank = {place: turn for places in by_set.values() for turn, place in enumerate(places)}
    return sorted(sorted(drawn, key=rank.__getitem__)[:count])


def write_int8(network: Path, path: Path, images: np.ndarray) -> None:
    """Write the exported ``network`` (.xml), rounded to 8 bits, as ``path`` and the .bin beside it.

    ``images`` (N, H, W, 3) float32 are as the network expects them; the result takes this size
    only. What stays in float was measured: the first convolution sees the widest range; the dense
    layer is what the activation map is made of; and where a normalisation's factors would be
    rounded, one range would have to hold channels of very different scales.
    """
    import nncf
    import openvino

    nncf.set_log_level(logging.WARNING)
    model = openvino.Core().read_model(network)
    model.reshape([-1, *images.shape[1:]])
    kinds: dict[str, list[str]] = {}
    for operation in model.get_ordered_ops():
        kinds.setdefault(operation.get_type_name(), []).append(operation.get_friendly_name())
    rounded = nncf.quantize(
        model,
        nncf.Dataset([images[place : place + 1] for place in range(len(images))]),
        preset=nncf.QuantizationPreset.PERFORMANCE,
        subset_size=len(images),
        fast_bias_correction=True,
        ignored_scope=nncf.IgnoredScope(
            names=[*kinds["MatMul"], kinds["Convolution"][0]],
            types=["Multiply", "Add"],
            validate=False,  # MobileNetV2 has no such factors of their own
        ),
    )
    with tempfile.TemporaryDirectory() as scratch:
        compressed = Path(scratch) / path.name
        openvino.save_model(rounded, compressed, compress_to_fp16=True)
        write_named_anew(compressed, path)


@dataclass(frozen=True)
class Cost:
    """What rounding to 8 bits changed on photos that nothing was learnt from."""

    photos: int
    balanced_accuracy: float  # lost, in points of 100, over all these photos
    melanoma_auc: float  # lost, in points of 100
    malignancy_auc: float  # lost, in points of 100
    differ_by_at_most: float  # probabilities, 0 to 1
    differ_by_mean: float  # probabilities, 0 to 1
    other_top: float  # part of the photos whose most probable label changed

    @property
    def bearable(self) -> bool:
        """False also where the photos can't tell (nan)."""
        losses = (self.balanced_accuracy, self.melanoma_auc, self.malignancy_auc)
        return all(loss <= MOST_LOST for loss in losses)

    def described(self) -> dict[str, float | None]:
        """For JSON, which has no nan."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self).items()}


def cost(
    floats: np.ndarray, rounded: np.ndarray, truth: Sequence[str], labels: Sequence[str]
) -> Cost:
    """What ``rounded`` loses against ``floats``, both (N, K) probabilities of the same photos.

    ``truth`` (N,) are the photos' codes, ``labels`` (K,) those of the columns.
    """
    codes, truth = np.asarray(labels), np.asarray(truth)

    def figures(probabilities: np.ndarray) -> np.ndarray:
        named = codes[probabilities.argmax(1)]
        recalls = [(named[truth == code] == code).mean() for code in np.unique(truth)]
        areas = [
            Roc.of(
                probabilities[:, np.isin(codes, risky)].sum(1),
                np.isin(truth, risky),
                np.ones((1, len(truth))),
            ).auc()[0]
            for risky in (("MEL",), MALIGNANT)
        ]
        return 100 * np.array([np.mean(recalls), *areas])

    lost = [round(float(loss), 2) for loss in figures(floats) - figures(rounded)]
    apart = np.abs(floats - rounded)
    other = floats.argmax(1) != rounded.argmax(1)
    spread = (float(value) for value in (apart.max(), apart.mean(), other.mean()))
    return Cost(len(truth), *lost, *(round(value, 4) for value in spread))
