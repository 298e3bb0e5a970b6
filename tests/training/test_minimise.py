"""The least value of a smooth function is found."""

import numpy as np
import pytest

from training.minimise import minimise


def test_a_bowl_is_minimised():
    scale = np.array([1.0, 100.0, 0.01])
    target = np.array([3.0, -2.0, 5.0])
    found = minimise(
        lambda at: (0.5 * float((scale * (at - target) ** 2).sum()), scale * (at - target)),
        np.zeros(3),
        steps=200,
    )
    assert found == pytest.approx(target, abs=1e-2)


def test_minimising_from_the_optimum_stays_there():
    def bowl(at):
        return float(at @ at), 2 * at

    assert minimise(bowl, np.zeros(3), steps=5).tolist() == [0, 0, 0]
