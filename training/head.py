"""The dense layer on fixed features: multinomial logistic regression, fitted to its optimum.

Full-batch L-BFGS in float64, so that the same features give the same layer on every run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_MEMORY = 12
_ARMIJO = 1e-4


@dataclass(frozen=True)
class Head:
    """A dense layer."""

    kernel: np.ndarray  # (features, labels) float32
    bias: np.ndarray  # (labels,) float32

    def logits(self, features: np.ndarray) -> np.ndarray:
        return features @ self.kernel + self.bias


def fit_head(
    features: np.ndarray,
    labels: np.ndarray,
    *,
    classes: int,
    weights: np.ndarray,
    decay: float,
    steps: int = 200,
) -> Head:
    """The layer of least weighted cross-entropy plus ``decay``/2 times its squared norm.

    ``features`` (N, F); ``labels`` (N,) int; ``weights`` (N,), any scale. The norm is that of the
    layer on standardised features, so that one ``decay`` suits networks of any scale.
    """
    mean, deviation = features.mean(0, dtype=np.float64), features.std(0, dtype=np.float64) + 1e-6
    x = np.concatenate(
        [(features - mean) / deviation, np.ones((len(features), 1))], axis=1, dtype=np.float32
    )
    target = np.eye(classes, dtype=np.float32)[labels]
    share = (weights / weights.sum()).astype(np.float32)[:, None]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        layer = flat.reshape(x.shape[1], classes)
        probabilities = softmax(x @ layer.astype(np.float32))
        likelihood = -(share * target * np.log(probabilities + 1e-12)).sum(dtype=np.float64)
        gradient = (x.T @ (share * (probabilities - target))).astype(np.float64)
        gradient[:-1] += decay * layer[:-1]
        return float(likelihood + decay / 2 * (layer[:-1] ** 2).sum()), gradient.ravel()

    layer = minimise(loss, np.zeros(x.shape[1] * classes), steps=steps).reshape(-1, classes)
    kernel = layer[:-1] / deviation[:, None]
    bias = layer[-1] - mean @ kernel
    return Head(kernel.astype(np.float32), bias.astype(np.float32))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def minimise(
    loss: Callable[[np.ndarray], tuple[float, np.ndarray]], start: np.ndarray, *, steps: int
) -> np.ndarray:
    """L-BFGS with backtracking (Nocedal and Wright, algorithms 7.4 and 3.1).

    ``loss`` gives the value and the gradient. Stops after ``steps`` or when no step helps.
    """
    point, (value, gradient) = start, loss(start)
    history: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=_MEMORY)
    for _ in range(steps):
        if not gradient.any():
            return point  # at the optimum, where there is no direction to go
        direction = -_inverse_hessian_times(gradient, history)
        slope, length = (
            float(gradient @ direction),
            1.0 if history else 1.0 / np.abs(gradient).max(),
        )
        while length > 1e-8:
            trial = point + length * direction
            trial_value, trial_gradient = loss(trial)
            if trial_value <= value + _ARMIJO * length * slope:
                break
            length /= 2
        else:
            return point
        move, change = trial - point, trial_gradient - gradient
        if move @ change > 1e-12:
            history.append((move, change))
        settled = value - trial_value < 1e-9 * max(1.0, abs(value))
        point, value, gradient = trial, trial_value, trial_gradient
        if settled:
            return point
    return point


def _inverse_hessian_times(
    vector: np.ndarray, history: deque[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    result, factors = vector.copy(), []
    for move, change in reversed(history):
        factor = (move @ result) / (move @ change)
        result -= factor * change
        factors.append(factor)
    if history:
        move, change = history[-1]
        result *= (move @ change) / (change @ change)
    for (move, change), factor in zip(history, reversed(factors), strict=True):
        result += move * (factor - (change @ result) / (move @ change))
    return result
