"""What rounding to 8 bits costs, and when that is too much."""

from pathlib import Path

import numpy as np
import pytest

from training.datasets import Example
from training.int8 import calibration_photos, cost

LABELS = ("BCC", "MEL", "NV")
TRUTH = ["MEL"] * 10 + ["NV"] * 30 + ["BCC"] * 10


def certain(named: list[str]) -> np.ndarray:
    """Probabilities that name these, not quite surely."""
    return 0.1 + 0.7 * np.array([[label == name for label in LABELS] for name in named])


def test_the_same_answers_cost_nothing():
    same = cost(certain(TRUTH), certain(TRUTH), TRUTH, LABELS)
    assert same.bearable
    assert (same.balanced_accuracy, same.melanoma_auc, same.differ_by_at_most) == (0, 0, 0)


def test_a_lost_melanoma_of_ten_costs_a_thirtieth_of_balanced_accuracy():
    rounded = certain(["NV", *TRUTH[1:]])
    lost = cost(certain(TRUTH), rounded, TRUTH, LABELS)
    assert lost.balanced_accuracy == pytest.approx(100 / 30, abs=0.01)
    assert lost.differ_by_at_most == pytest.approx(0.7)
    assert lost.other_top == pytest.approx(1 / 50)
    assert not lost.bearable


def test_a_worse_order_of_risks_is_too_much_though_every_answer_stays():
    floats, rounded = certain(TRUTH), certain(TRUTH)
    floats[:5] = [0.05, 0.47, 0.48]  # melanomas of a high risk, named NV all the same
    rounded[:5] = [0.2, 0.1, 0.7]
    lost = cost(floats, rounded, TRUTH, LABELS)
    assert lost.balanced_accuracy == 0 and lost.melanoma_auc > 5
    assert not lost.bearable


def test_a_gain_is_no_loss():
    assert cost(certain(["NV", *TRUTH[1:]]), certain(TRUTH), TRUTH, LABELS).bearable


def test_photos_without_a_melanoma_cannot_tell():
    truth = ["NV", "BCC"]
    lost = cost(certain(truth), certain(truth), truth, LABELS)
    assert not lost.bearable
    assert lost.described()["melanoma_auc"] is None


def example(data_set: str, n: int) -> Example:
    return Example(Path(f"{data_set}{n}.jpg"), "NV", data_set, str(n), "train")


def test_photos_are_drawn_from_each_data_set_alike_and_always_the_same():
    examples = [example("large", n) for n in range(900)] + [example("small", n) for n in range(40)]
    places = calibration_photos(examples, 60)
    assert places == calibration_photos(examples, 60)
    assert places == sorted(set(places)) and len(places) == 60
    assert sum(examples[place].data_set == "small" for place in places) == 30


def test_a_small_data_set_is_used_whole():
    examples = [example("large", n) for n in range(50)] + [example("small", n) for n in range(4)]
    places = calibration_photos(examples, 20)
    assert sum(examples[place].data_set == "small" for place in places) == 4
    assert calibration_photos(examples[:3], 20) == [0, 1, 2]
