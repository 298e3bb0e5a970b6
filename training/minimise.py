"""The least value of a smooth function, in float64 and the same on every run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

_MEMORY = 12
_ARMIJO = 1e-4


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
