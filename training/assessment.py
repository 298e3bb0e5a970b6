"""Every figure of one set of photos, with intervals, from `Predictions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from inference.probability import Temperatures
from training import metrics
from training.metrics import UNKNOWN, Confusion, Figure, Reliability, Roc
from training.predictions import Predictions

SPECIFICITIES = (0.80, 0.90, 0.95)
STATED_SENSITIVITY = 0.95
MIN_POSITIVES = 20  # fewer in a data set say nothing about a threshold

MEASURES: dict[str, str] = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "kappa": "Cohen's kappa",
    "top_2": "Truth among the first 2",
    "top_3": "Truth among the first 3",
    "loss": "Loss (cross-entropy)",
    "calibration_error": "Expected calibration error",
    **{
        f"{risk}_{key}": f"{risk.capitalize()} {title}"
        for risk in ("melanoma", "malignancy")
        for key, title in (
            ("auc", "AUC"),
            *(
                (f"sensitivity_at_{at * 100:.0f}", f"sensitivity at {at:.0%} specificity")
                for at in SPECIFICITIES
            ),
            ("specificity_at_95", "specificity at 95% sensitivity"),
            ("sensitivity", "sensitivity at the threshold"),
            ("specificity", "specificity at the threshold"),
        )
    },
}
"""Key of each figure -> its name for a reader. Thresholds are those chosen on validation."""


@dataclass(frozen=True)
class Calibration:
    """What is chosen on the validation part before the test part is opened."""

    temperatures: Temperatures = Temperatures()
    thresholds: Mapping[str, float] = field(default_factory=dict)  # risk -> threshold on it

    def calibrated(self, said: Predictions, clinical: np.ndarray | float = 0.5) -> Predictions:
        """The answers to photos that are ``clinical`` (N,) or all alike, at their temperatures."""
        return replace(said, temperature=self.temperatures.mixed(clinical))


@dataclass(frozen=True)
class LabelFigures:
    """One label against all others."""

    label: str
    photos: int
    precision: Figure
    recall: Figure
    auc: Figure


@dataclass(frozen=True)
class Curve:
    """A ROC curve of at most a few hundred points."""

    false_positives: tuple[float, ...]
    sensitivity: tuple[float, ...]


@dataclass(frozen=True)
class Bin:
    """One bin of the reliability plot."""

    photos: int
    confidence: float
    correct: Figure


@dataclass(frozen=True)
class Assessment:
    """Every figure of one set of photos."""

    photos: int
    groups: int  # patients or lesions
    positives: Mapping[str, int]  # risk -> photos that have it
    unnamed: Mapping[str, int]  # label -> photos left out: the network has no output for it
    figures: Mapping[str, Figure]  # by the keys of `MEASURES`
    by_label: tuple[LabelFigures, ...]
    confusion: np.ndarray  # (K, K) photos, the truth in rows
    reliability: tuple[Bin, ...]
    calibration_noise: float  # the calibration error that so few photos show by chance
    curves: Mapping[str, Curve]  # by risk

    def __getitem__(self, key: str) -> Figure:
        return self.figures.get(key, UNKNOWN)


def calibrate(validation: Predictions, clinical: np.ndarray | None = None) -> Calibration:
    """Temperatures, and the thresholds on the calibrated risks for `STATED_SENSITIVITY`.

    ``clinical`` (N,), 0 to 1, is how far each photo is of that kind; without it both kinds have
    one temperature. Each data set counts the same for the temperatures. Each threshold is the most
    careful of the data sets that have enough positives to say; a risk without positives has none.
    """
    shares = np.full(len(validation), 0.5) if clinical is None else clinical
    named = validation.where(validation.truth >= 0)
    if not len(named):
        return Calibration()
    names, place, photos = np.unique(named.data_sets, return_inverse=True, return_counts=True)
    temperatures = metrics.fit_temperatures(
        named.logits, named.truth, 1 / photos[place], shares[validation.truth >= 0]
    )
    calibrated = Calibration(temperatures).calibrated(validation, shares)
    thresholds = {}
    for risk in calibrated.risks:
        sets = list(calibrated.by_data_set().values())
        telling = [one for one in sets if one.positives(risk).sum() >= MIN_POSITIVES]
        found = [
            metrics.threshold_for(one.risks[risk], one.positives(risk), STATED_SENSITIVITY)
            for one in telling or [calibrated]
            if one.positives(risk).any()
        ]
        if found:
            thresholds[risk] = rounded_down(min(found))
    return Calibration(temperatures, thresholds)


def rounded_down(threshold: float) -> float:
    """To four places: never less careful."""
    return float(np.floor(threshold * 1e4) / 1e4)


def assess(
    predictions: Predictions,
    thresholds: Mapping[str, float] | None = None,
    *,
    resamples: int = metrics.RESAMPLES,
) -> Assessment:
    """Every figure, at the ``thresholds`` by risk. Intervals draw whole patients or lesions."""
    weights = metrics.draws(predictions.groups, resamples=resamples)
    named = predictions.truth >= 0
    known, known_weights = predictions.where(named), weights[:, named]
    confusion = _confusion(known, known_weights)
    reliability = Reliability.of(known.probabilities, known.truth, known_weights)
    return Assessment(
        photos=len(predictions),
        groups=len(set(predictions.groups)),
        positives={risk: int(predictions.positives(risk).sum()) for risk in predictions.risks},
        unnamed=predictions.unnamed,
        figures=figures(predictions, weights, thresholds),
        by_label=_by_label(known, known_weights, confusion),
        confusion=confusion.counts[0].astype(int),
        reliability=tuple(
            Bin(int(photos), float(confidence), Figure.of(correct))
            for photos, confidence, correct in zip(
                reliability.photos[0],
                reliability.confidence[0],
                reliability.correct.T,
                strict=True,
            )
        ),
        calibration_noise=metrics.calibration_noise(known.probabilities),
        curves={risk: _curve(predictions, risk) for risk in predictions.risks},
    )


def figures(
    predictions: Predictions,
    weights: np.ndarray,
    thresholds: Mapping[str, float] | None = None,
) -> dict[str, Figure]:
    """`values` with their intervals."""
    independent = {}
    for risk in predictions.risks:
        positive, tells = predictions.positives(risk), predictions.tells(risk)
        with_it = _groups(predictions, positive & tells)
        without = _groups(predictions, ~positive & tells)
        independent |= {f"{risk}_sensitivity": with_it, f"{risk}_specificity": without}
        independent[f"{risk}_auc"] = min(with_it, without)
    everybody = _groups(predictions)
    return {
        key: Figure.of(drawn, independent.get(key.partition("_at_")[0], everybody))
        for key, drawn in values(predictions, weights, thresholds).items()
    }


def values(
    predictions: Predictions,
    weights: np.ndarray,
    thresholds: Mapping[str, float] | None = None,
) -> dict[str, np.ndarray]:
    """(D,) of each figure by the keys of `MEASURES`, for ``weights`` (D, N) of `metrics.draws`."""
    named = predictions.truth >= 0
    known, known_weights = predictions.where(named), weights[:, named]
    confusion = _confusion(known, known_weights)
    answers = (known.probabilities, known.truth, known_weights)
    found = {
        "accuracy": confusion.accuracy(),
        "balanced_accuracy": confusion.balanced_accuracy(),
        "macro_f1": confusion.macro_f1(),
        "kappa": confusion.kappa(),
        "top_2": metrics.top_k(*answers, 2),
        "top_3": metrics.top_k(*answers, 3),
        "loss": metrics.log_loss(*answers),
        "calibration_error": Reliability.of(*answers).error(),
    }
    for risk in predictions.risks:
        found |= _of_risk(predictions, risk, weights, (thresholds or {}).get(risk))
    return found


def _of_risk(
    predictions: Predictions, risk: str, weights: np.ndarray, threshold: float | None
) -> dict[str, np.ndarray]:
    tells = predictions.tells(risk)
    score, positive = predictions.risks[risk][tells], predictions.positives(risk)[tells]
    weights = weights[:, tells]
    roc = Roc.of(score, positive, weights)
    found = {f"{risk}_auc": roc.auc()}
    for at in SPECIFICITIES:
        found[f"{risk}_sensitivity_at_{at * 100:.0f}"] = roc.sensitivity_at(at)
    found[f"{risk}_specificity_at_95"] = roc.specificity_at(STATED_SENSITIVITY)
    if threshold is not None:
        found[f"{risk}_sensitivity"] = metrics.flagged(score, positive, threshold, weights)
        found[f"{risk}_specificity"] = 1 - metrics.flagged(score, ~positive, threshold, weights)
    return found


def _confusion(known: Predictions, weights: np.ndarray) -> Confusion:
    predicted = known.probabilities.argmax(1)
    return Confusion.of(predicted, known.truth, weights, len(known.labels))


def _by_label(
    known: Predictions, weights: np.ndarray, confusion: Confusion
) -> tuple[LabelFigures, ...]:
    precision, recall = confusion.precision(), confusion.recall()
    answer = known.probabilities.argmax(1)
    return tuple(
        LabelFigures(
            label=label,
            photos=int((known.truth == place).sum()),
            precision=Figure.of(precision[:, place], _groups(known, answer == place)),
            recall=Figure.of(recall[:, place], _groups(known, known.truth == place)),
            auc=Figure.of(
                Roc.of(known.probabilities[:, place], known.truth == place, weights).auc()
            ),
        )
        for place, label in enumerate(known.labels)
    )


def _groups(predictions: Predictions, chosen: np.ndarray | None = None) -> int:
    """Patients or lesions of all, or of the (N,) bool ``chosen``, photos."""
    groups = np.array(predictions.groups, dtype=str)
    return len(np.unique(groups if chosen is None else groups[chosen]))


def _curve(predictions: Predictions, risk: str) -> Curve:
    tells = predictions.tells(risk)
    one = np.ones((1, int(tells.sum())))
    roc = Roc.of(predictions.risks[risk][tells], predictions.positives(risk)[tells], one)
    steps = np.unique(np.linspace(0, len(roc.thresholds) - 1, 300).astype(int))
    return Curve(
        (0.0, *(round(float(rate), 4) for rate in roc.false_positives[0][steps])),
        (0.0, *(round(float(rate), 4) for rate in roc.sensitivity[0][steps])),
    )
