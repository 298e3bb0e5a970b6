"""What the model said of a case, in numbers, and from when on a number counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.rules import Rules


@dataclass(frozen=True)
class ModelFinding:
    """What the model said of one case; of photos alone and with the history the worse."""

    probabilities: Mapping[str, float]  # by label code, 0-1, calibrated
    malignancy_risk: float  # 0-1
    uncertainty: float  # 0 sure, 1 not sure at all
    in_domain: bool  # the photo is of skin, of a kind that the network knows
    melanoma_threshold: float  # from the artifact: 95 % sensitivity on validation data
    malignancy_threshold: float
    model_version: str
    history: str | None = None  # what the photos said and what the history added, in words


_ROUNDING = 1e-3  # sums of float32 probabilities end a little above 1


def probability_of(value: float | None) -> float | None:
    """A number from 0 to 1, or None where it is anything else (missing, NaN, out of range)."""
    if value is None or not -_ROUNDING <= value <= 1 + _ROUNDING:  # NaN fails both
        return None
    return min(max(float(value), 0.0), 1.0)


@dataclass(frozen=True)
class Risk:
    """A probability, and the model's threshold for it."""

    value: float
    threshold: float


def worst_of(risks: Sequence[Risk], share: float, rules: Rules) -> Risk:
    """The greatest of them, with the threshold of one that counts if any does.

    Each risk is held against its own threshold; the greatest is at that of any which reaches its.
    """
    over = [one for one in risks if one.value >= limit_of(one.threshold, share, rules)]
    greatest = max(one.value for one in risks)
    return Risk(greatest, max(over or risks, key=lambda one: one.value).threshold)


def limit_of(threshold: float, share: float, rules: Rules) -> float:
    """From which risk on it counts: the artifact's threshold, or the share of it by which the
    clinic wants to miss fewer; the clinic's own number where the artifact's cannot be used."""
    known = probability_of(threshold)
    return rules.class_threshold if known is None else known * share


def plausible(finding: ModelFinding | None, code: str, rules: Rules) -> bool:
    if finding is None:
        return False
    probability = probability_of(finding.probabilities.get(code, 0.0))
    return probability is not None and probability >= rules.class_threshold
