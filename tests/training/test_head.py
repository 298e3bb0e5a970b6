"""The dense layer is fitted to its optimum."""

import numpy as np
import pytest

from training.head import fit_head, minimise, softmax


def clusters(seed: int = 0, count: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Three overlapping clusters of unequal size in 5 dimensions, on very unequal scales."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, count, p=[0.7, 0.2, 0.1])
    centres = np.random.default_rng(99).normal(0, 1.5, (3, 5))
    features = (centres[labels] + rng.normal(0, 1, (count, 5))) * [1, 10, 0.01, 1, 100]
    return features.astype(np.float32), labels


def test_a_bowl_is_minimised():
    scale = np.array([1.0, 100.0, 0.01])
    target = np.array([3.0, -2.0, 5.0])
    found = minimise(
        lambda at: (0.5 * float((scale * (at - target) ** 2).sum()), scale * (at - target)),
        np.zeros(3),
        steps=200,
    )
    assert found == pytest.approx(target, abs=1e-2)


def test_unseen_points_are_told_apart():
    features, labels = clusters(0)
    head = fit_head(features, labels, classes=3, weights=np.ones(len(labels)), decay=1e-3)
    others, truth = clusters(1)
    assert (head.logits(others).argmax(1) == truth).mean() > 0.85


def test_the_fit_is_at_an_optimum():
    """No small change of the bias lowers the loss."""
    features, labels = clusters()
    head = fit_head(features, labels, classes=3, weights=np.ones(len(labels)), decay=1e-3)

    def loss(bias: np.ndarray) -> float:
        chosen = softmax(head.logits(features) + bias)[np.arange(len(labels)), labels]
        return -float(np.log(chosen).mean())

    nudges = [0.05 * np.eye(3)[n] * sign for n in range(3) for sign in (1, -1)]
    assert all(loss(nudge) >= loss(np.zeros(3)) - 1e-6 for nudge in nudges)


def test_weights_move_the_layer_towards_what_counts_more():
    features, labels = clusters()
    even = fit_head(features, labels, classes=3, weights=np.ones(len(labels)), decay=1e-3)
    rare = fit_head(features, labels, classes=3, weights=1.0 + 9 * (labels == 2), decay=1e-3)

    def recall(head) -> float:
        return (head.logits(features).argmax(1)[labels == 2] == 2).mean()

    assert recall(rare) > recall(even)


def test_more_decay_gives_a_smaller_layer():
    features, labels = clusters()
    small, large = (
        fit_head(features, labels, classes=3, weights=np.ones(len(labels)), decay=decay)
        for decay in (1.0, 1e-4)
    )
    assert np.abs(small.kernel).sum() < np.abs(large.kernel).sum()


def test_the_same_features_give_the_same_layer():
    features, labels = clusters()
    one, other = (
        fit_head(features, labels, classes=3, weights=np.ones(len(labels)), decay=1e-2)
        for _ in range(2)
    )
    assert np.array_equal(one.kernel, other.kernel) and np.array_equal(one.bias, other.bias)


def test_minimising_from_the_optimum_stays_there():
    def bowl(at):
        return float(at @ at), 2 * at

    assert minimise(bowl, np.zeros(3), steps=5).tolist() == [0, 0, 0]
