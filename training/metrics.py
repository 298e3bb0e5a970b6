"""Figures of a classifier, each with its 95 % bootstrap interval; numpy alone.

Every figure is computed from ``weights`` (D, N), what each of N photos counts in each of D draws.
Row 0 is all ones, so a figure's first value is the figure itself; in the other rows whole patients
or lesions have been drawn with replacement (`draws`). Two networks judged with the same weights
are compared by subtracting their values draw by draw. A figure that a draw can't give (an AUC
without positives) is nan there and is left out of the interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inference.probability import Temperatures, softmax
from training.minimise import minimise

RESAMPLES = 1000
BINS = 10  # of equal width, for the calibration error and the reliability plot
_ROUNDING = 1e-9  # a rate that misses the one asked for by less than this has reached it
_MILD = 1e-6  # pull of a temperature towards 1, so that one without a photo of its kind is known


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval; nan where it can't be known."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, values: np.ndarray, independent: int | None = None) -> Figure:
        """From (D,) values, the first of which is the figure itself.

        Where all of a few are right, every draw says 1, which would claim a certainty that isn't
        there. For a part of ``independent`` patients or lesions the bound is then the exact one
        (Clopper and Pearson 1934), and alike where none are.
        """
        value = float(values[0])
        drawn = values[1:][~np.isnan(values[1:])]
        if np.isnan(value) or not len(drawn):
            return cls(value, float("nan"), float("nan"))
        low, high = (float(bound) for bound in np.quantile(drawn, [0.025, 0.975]))
        if independent and low == high == value and value in (0.0, 1.0):
            missed = 1 - 0.025 ** (1 / independent)
            low, high = max(0.0, value - missed), min(1.0, value + missed)
        return cls(value, low, high)

    @property
    def known(self) -> bool:
        return not np.isnan(self.value)


UNKNOWN = Figure(float("nan"), float("nan"), float("nan"))


def draws(groups: Sequence[str], *, resamples: int = RESAMPLES, seed: int = 0) -> np.ndarray:
    """(1 + resamples, N) weights: ones, then how often each photo's patient or lesion is drawn."""
    names, place = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    if not len(names):
        return np.ones((1, 0))
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), resamples)
    return np.concatenate([np.ones((1, len(place))), counts[:, place]])


@dataclass(frozen=True)
class Confusion:
    """What was called what: ``counts`` (D, K, K), the truth in rows, the answer in columns."""

    counts: np.ndarray

    @classmethod
    def of(
        cls, predicted: np.ndarray, truth: np.ndarray, weights: np.ndarray, classes: int
    ) -> Confusion:
        """From (N,) label indices each."""
        cells = np.zeros((len(truth), classes * classes))
        cells[np.arange(len(truth)), truth * classes + predicted] = 1
        return cls((weights @ cells).reshape(-1, classes, classes))

    @cached_property
    def _hits(self) -> np.ndarray:
        return np.diagonal(self.counts, axis1=1, axis2=2)

    def accuracy(self) -> np.ndarray:
        """(D,)"""
        return _ratio(self._hits.sum(1), self.counts.sum((1, 2)))

    def recall(self) -> np.ndarray:
        """(D, K); nan for a label that doesn't occur."""
        return _ratio(self._hits, self.counts.sum(2))

    def precision(self) -> np.ndarray:
        """(D, K); nan for a label that is never answered."""
        return _ratio(self._hits, self.counts.sum(1))

    def balanced_accuracy(self) -> np.ndarray:
        """(D,) mean recall over the labels that occur."""
        return _mean_of_known(self.recall())

    def macro_f1(self) -> np.ndarray:
        """(D,) mean F1 over the labels that occur."""
        occurring = self.counts.sum(2)
        f1 = _ratio(2 * self._hits, occurring + self.counts.sum(1))
        return _mean_of_known(np.where(occurring > 0, f1, np.nan))

    def kappa(self) -> np.ndarray:
        """(D,) Cohen's kappa: agreement beyond that of chance. nan where chance agrees wholly."""
        total = self.counts.sum((1, 2))
        by_chance = _ratio((self.counts.sum(2) * self.counts.sum(1)).sum(1), total**2)
        return _ratio(self.accuracy() - by_chance, 1 - by_chance)


@dataclass(frozen=True)
class Roc:
    """What every threshold on a risk does, from the greatest risk to the least: (D, U) each."""

    thresholds: np.ndarray  # (U,) the distinct risks, descending; flagged: risk >= threshold
    sensitivity: np.ndarray  # (D, U)
    false_positives: np.ndarray  # (D, U) part of the negatives that is flagged

    @classmethod
    def of(cls, risk: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> Roc:
        """From (N,) risks and (N,) bool."""
        if not len(risk):
            empty = np.full((len(weights), 1), np.nan)
            return cls(np.full(1, np.nan), empty, empty)
        order = np.argsort(-risk, kind="stable")
        ordered = risk[order]
        starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        weights, positive = weights[:, order], positive[order]

        def rate(chosen: np.ndarray) -> np.ndarray:
            steps = np.add.reduceat(weights * chosen, starts, axis=1)
            return _ratio(np.cumsum(steps, axis=1), steps.sum(1, keepdims=True))

        return cls(ordered[starts], rate(positive), rate(~positive))

    def auc(self) -> np.ndarray:
        """(D,) chance that a positive has the greater risk than a negative, ties halved."""
        width = np.diff(self.false_positives, axis=1, prepend=0)
        before = np.concatenate([np.zeros((len(width), 1)), self.sensitivity[:, :-1]], axis=1)
        return (width * (self.sensitivity + before) / 2).sum(1)

    def sensitivity_at(self, specificity: float) -> np.ndarray:
        """(D,) the greatest sensitivity of a threshold with at least this specificity."""
        allowed = self.false_positives <= 1 - specificity + _ROUNDING
        best = np.where(allowed, self.sensitivity, 0).max(1)
        return np.where(self._unknown, np.nan, best)

    def specificity_at(self, sensitivity: float) -> np.ndarray:
        """(D,) the greatest specificity of a threshold with at least this sensitivity."""
        reached = self.sensitivity >= sensitivity - _ROUNDING
        best = 1 - np.where(reached, self.false_positives, 1).min(1)
        return np.where(self._unknown, np.nan, best)

    @cached_property
    def _unknown(self) -> np.ndarray:
        return np.isnan(self.sensitivity[:, -1] + self.false_positives[:, -1])


@dataclass(frozen=True)
class Reliability:
    """Confidence in the first answer against how often it is right: (D, `BINS`) each."""

    photos: np.ndarray
    confidence: np.ndarray  # mean in the bin; nan where it holds nothing
    correct: np.ndarray

    @classmethod
    def of(cls, probabilities: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> Reliability:
        confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
        place = np.minimum((confidence * BINS).astype(int), BINS - 1)
        members = np.eye(BINS)[place]  # (N, BINS)
        photos = weights @ members
        return cls(
            photos,
            _ratio(weights @ (members * confidence[:, None]), photos),
            _ratio(weights @ (members * right[:, None]), photos),
        )

    def error(self) -> np.ndarray:
        """(D,) expected calibration error: the mean gap, each bin by its photos."""
        gaps = np.nan_to_num(np.abs(self.confidence - self.correct))
        return _ratio((gaps * self.photos).sum(1), self.photos.sum(1))


def top_k(probabilities: np.ndarray, truth: np.ndarray, weights: np.ndarray, k: int) -> np.ndarray:
    """(D,) how often the truth is among the k most probable labels."""
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return _mean((order == truth[:, None]).any(1), weights)


def log_loss(probabilities: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(D,) mean cross-entropy in nats."""
    chosen = probabilities[np.arange(len(truth)), truth]
    return _mean(-np.log(np.maximum(chosen, 1e-12)), weights)


def flagged(risk: np.ndarray, chosen: np.ndarray, threshold: float, weights: np.ndarray):
    """(D,) part of the ``chosen`` (N,) bool photos whose risk reaches the threshold."""
    return _mean((risk >= threshold)[chosen], weights[:, chosen])


def auc(risk: np.ndarray, positive: np.ndarray) -> float:
    """The area under the ROC curve of (N,) risks alone; nan without both kinds."""
    return float(Roc.of(risk, positive, np.ones((1, len(risk)))).auc()[0])


def balanced_accuracy(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Mean recall over the labels that occur, of (N,) label indices alone."""
    classes = int(max(predicted.max(initial=0), truth.max(initial=0))) + 1
    weights = np.ones((1, len(truth)))
    return float(Confusion.of(predicted, truth, weights, classes).balanced_accuracy()[0])


def threshold_for(risk: np.ndarray, positive: np.ndarray, sensitivity: float) -> float:
    """The greatest threshold that still flags this part of the positives; there is at least one."""
    ordered = np.sort(risk[positive])
    missed = int(np.floor((1 - sensitivity) * len(ordered) + _ROUNDING))
    return float(ordered[min(missed, len(ordered) - 1)])


def fit_temperatures(
    logits: np.ndarray, truth: np.ndarray, weights: np.ndarray, clinical: np.ndarray
) -> Temperatures:
    """Those of least weighted cross-entropy, from (N, K) logits and (N,) each.

    ``clinical``, 0 to 1, is how far a photo is of that kind. Where it is 0.5 for all, nothing tells
    the kinds apart and both temperatures are the same.
    """
    shares = np.stack([clinical, 1 - clinical])
    rows, weights = np.arange(len(truth)), weights / weights.sum()

    def loss(logarithms: np.ndarray) -> tuple[float, np.ndarray]:
        scaled = logits / np.exp(logarithms @ shares)[:, None]
        scaled = scaled - scaled.max(1, keepdims=True)
        said, scale = softmax(scaled), np.log(np.exp(scaled).sum(1))
        # What the loss gains by a little more heat: how far the answer's own score is above the
        # mean one that it expects.
        gain = scaled[rows, truth] - (said * scaled).sum(1)
        value = weights @ (scale - scaled[rows, truth]) + _MILD * (logarithms**2).sum()
        return float(value), shares @ (weights * gain) + 2 * _MILD * logarithms

    found = np.exp(np.clip(minimise(loss, np.zeros(2), steps=100), np.log(0.2), np.log(8.0)))
    return Temperatures(*(round(float(one), 4) for one in found))


def calibration_noise(probabilities: np.ndarray, *, resamples: int = RESAMPLES) -> float:
    """The calibration error that answers like these (N, K) show on average if they are honest.

    The first answer is right with just the probability that it states; with few photos the bins
    still miss it. An error below this can't be told from none.
    """
    if not len(probabilities):
        return float("nan")
    confidence = probabilities.max(1)
    members = np.eye(BINS)[np.minimum((confidence * BINS).astype(int), BINS - 1)]
    right = np.random.default_rng(0).random((resamples, len(confidence))) < confidence
    return float(np.abs((right - confidence) @ members).sum(1).mean() / len(confidence))


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return _ratio(weights @ values.astype(np.float64), weights.sum(1))


def _mean_of_known(values: np.ndarray) -> np.ndarray:
    known = ~np.isnan(values)
    return _ratio(np.where(known, values, 0).sum(1), known.sum(1))


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)
