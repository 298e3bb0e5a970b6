"""What tells photos by telephone from dermoscopic ones."""

from pathlib import Path

import numpy as np
import pytest

from training.datasets import Example
from training.kind import fit_kind, told_apart


def of_kind(kind: str) -> Example:
    return Example(
        path=Path("x.jpg"), label="NV", data_set="x", group="x:1", split="train", kind=kind
    )


def made(count: int, seed: int) -> tuple[np.ndarray, list[Example]]:
    """Three features, of which the second says the kind, with noise; the third is of no use."""
    rng = np.random.default_rng(seed)
    kinds = ["clinical" if n % 5 == 0 else "dermoscopic" for n in range(count)]
    told = np.array([4.0 if kind == "clinical" else 0.0 for kind in kinds])
    noise = rng.normal(0, 1, (count, 3))
    features = np.stack([100 + noise[:, 0], told + noise[:, 1], 0 * noise[:, 2]], 1)
    return features, [of_kind(kind) for kind in kinds]


def test_the_kinds_are_told_apart_on_photos_that_were_not_learnt_from():
    kind = fit_kind(*made(500, 1))
    features, examples = made(500, 2)
    found = kind.clinical(features)
    assert told_apart(found, examples) > 0.97
    assert np.abs(kind.weights[1]) > 5 * np.abs(kind.weights[0])


def test_a_rare_kind_counts_as_much_as_a_common_one():
    """Half-way between the two, where four of five are dermoscopic, it can be either."""
    kind = fit_kind(*made(2000, 1))
    between = np.array([[100.0, 2.0, 0.0]])
    assert kind.clinical(between)[0] == pytest.approx(0.5, abs=0.1)


def test_photos_of_an_unknown_kind_are_not_learnt_from():
    features, examples = made(300, 1)
    strange = np.concatenate([features, 50 * features])
    mixed = [*examples, *[of_kind("unknown")] * 300]
    assert np.array_equal(fit_kind(strange, mixed).weights, fit_kind(features, examples).weights)


@pytest.mark.parametrize("only", ["clinical", "dermoscopic", "unknown"])
def test_with_one_kind_alone_nothing_is_told_apart(only):
    features, examples = made(50, 1)
    kind = fit_kind(features, [of_kind(only)] * 50)
    assert set(kind.clinical(features)) == {0.5}
    assert np.isnan(told_apart(kind.clinical(features), [of_kind(only)] * 50))
