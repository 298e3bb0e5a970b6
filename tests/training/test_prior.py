"""Undoing the balanced drawing of classes."""

from pathlib import Path

import numpy as np
import pytest

from training import prior
from training.datasets import Example
from training.predictions import Predictions

LABELS = ("MEL", "NV")


def example(label: str, n: int = 0, data_set: str = "set") -> Example:
    return Example(Path(f"{label}{n}.jpg"), label, data_set, f"{label}{n}", "train")


def photos(melanomas: int, naevi: int) -> list[Example]:
    return [example("MEL", n) for n in range(melanomas)] + [example("NV", n) for n in range(naevi)]


def test_the_offset_is_the_logarithm_of_the_share_to_the_power():
    melanoma, naevus = prior.offsets(photos(10, 90), LABELS, 0.5)
    assert naevus - melanoma == pytest.approx(0.5 * np.log(9))
    assert melanoma + naevus == pytest.approx(0)


def test_no_power_moves_nothing():
    assert np.array_equal(prior.offsets(photos(10, 90), LABELS, 0), [0, 0])


def test_a_label_that_was_never_met_gets_a_finite_offset():
    assert np.isfinite(prior.offsets(photos(0, 5), LABELS, 1)).all()


def test_where_rare_ones_were_called_too_often_the_offset_has_the_greater_merit():
    """The network answers as if both were as common: everything doubtful is called melanoma."""
    validation = photos(20, 180)
    logits = np.zeros((200, 2))
    logits[:20, 0] = 2.0  # melanomas, seen clearly
    logits[20:80, 0] = 0.2  # doubtful naevi
    logits[80:, 1] = 2.0
    said = Predictions(validation, LABELS, logits)
    found = prior.variants(said, photos(100, 900), (0.0, 0.5))
    none, half = (variant.figures["set"] for variant in found)
    assert none["accuracy"] == pytest.approx(0.7) and half["accuracy"] == 1.0
    assert prior.best(found).power == 0.5


def test_of_equals_the_one_without_an_offset_is_taken():
    logits = np.array([[9.0, 0.0], [0.0, 9.0]])
    said = Predictions([example("MEL"), example("NV")], LABELS, logits)
    assert prior.best(prior.variants(said, photos(5, 6), (0.0, 0.5))).power == 0.0


def variant(power: float, accuracy: float, calibration_error: float) -> prior.Variant:
    figures = {"accuracy": accuracy, "balanced_accuracy": accuracy}
    return prior.Variant(power, {"set": {**figures, "calibration_error": calibration_error}})


def test_a_point_of_calibration_error_above_the_limit_outweighs_half_a_point_of_accuracy():
    well, ill = variant(0.0, 0.800, 0.05), variant(0.5, 0.805, 0.06)
    assert prior.best([ill, well]) is well


def test_below_the_limit_calibration_does_not_count():
    assert prior.best([variant(0.0, 0.80, 0.01), variant(0.5, 0.81, 0.05)]).power == 0.5
