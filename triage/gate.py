"""What a model on trial must show before it may be promoted: a comparison in, verdicts out.

Each condition passes, fails, or cannot be assessed for want of cases. The numbers are starting
points that a clinic must decide on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from triage.comparison import Comparison


class Verdict(StrEnum):
    PASSES = "passes"
    FAILS = "fails"
    UNKNOWN = "cannot be assessed"


@dataclass(frozen=True)
class Limits:
    least_malignant: int = 50  # cancers that both models have scored
    margin: float = 0.05  # of sensitivity: it may be surely worse by no more than this
    least_answered: int = 200  # cases with an answer, for calibration
    calibration_margin: float = 0.02  # of the expected calibration error, likewise
    least_timed: int = 50  # cases that both have scored
    slower_by: float = 1.5  # a case may take so many times the active model's median


@dataclass(frozen=True)
class Condition:
    """One condition of the gate as it stands."""

    name: str  # sensitivity, calibration, speed
    title: str
    wanted: str  # what is asked, in a sentence
    found: str  # what was seen, with its numbers
    verdict: Verdict


def assess(seen: Comparison, limits: Limits = Limits()) -> tuple[Condition, ...]:  # noqa: B008
    """Every condition, for a comparison of the active model with the one on trial."""
    return _sensitivity(seen, limits), _calibration(seen, limits), _speed(seen, limits)


def verdict_of(conditions: Sequence[Condition]) -> Verdict:
    """Of the whole gate: one failure fails it, one that cannot be assessed leaves it open."""
    verdicts = {condition.verdict for condition in conditions}
    if Verdict.FAILS in verdicts:
        return Verdict.FAILS
    if Verdict.UNKNOWN in verdicts or not conditions:
        return Verdict.UNKNOWN
    return Verdict.PASSES


def _sensitivity(seen: Comparison, limits: Limits) -> Condition:
    """Non-inferior on the same cancers: the interval of the paired difference stays above the
    margin. Surely worse fails even where the cases are too few to pass."""
    found = seen.answered.sensitivity_difference
    if found.n < limits.least_malignant:
        surely_worse = found.high is not None and found.high < -limits.margin
        verdict = Verdict.FAILS if surely_worse else Verdict.UNKNOWN
    else:
        verdict = Verdict.PASSES if found.low >= -limits.margin else Verdict.FAILS
    return Condition(
        "sensitivity",
        _("Sensitivity is not worse"),
        _(
            "On the same cancers, at least %(least)s of them, the 95 %% interval of the difference "
            "lies above minus %(margin)s percentage points."
        )
        % {"least": limits.least_malignant, "margin": f"{limits.margin * 100:g}"},
        _interval(found, _("%(n)s cancers: %(value)s percentage points (%(low)s to %(high)s)")),
        verdict,
    )


def _calibration(seen: Comparison, limits: Limits) -> Condition:
    found = seen.calibration_difference
    if found.n < limits.least_answered:
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.PASSES if found.high <= limits.calibration_margin else Verdict.FAILS
    return Condition(
        "calibration",
        _("Calibration is not worse"),
        _(
            "On the same cases, at least %(least)s of them with an answer, the 95 %% interval of "
            "the difference in calibration error lies below %(margin)s percentage points."
        )
        % {"least": limits.least_answered, "margin": f"{limits.calibration_margin * 100:g}"},
        _interval(found, _("%(n)s cases: %(value)s percentage points (%(low)s to %(high)s)")),
        verdict,
    )


def _speed(seen: Comparison, limits: Limits) -> Condition:
    timed = seen.cases >= limits.least_timed
    if not timed:
        verdict = Verdict.UNKNOWN
    else:
        slow = seen.trial_ms > limits.slower_by * max(seen.active_ms, 1)
        verdict = Verdict.FAILS if slow else Verdict.PASSES
    return Condition(
        "speed",
        _("It is fast enough"),
        _(
            "Over at least %(least)s cases, the median time of a case is at most %(times)s times "
            "the active model's."
        )
        % {"least": limits.least_timed, "times": f"{limits.slower_by:g}"},
        _("%(n)s cases: %(trial)s ms, the active model %(active)s ms")
        % {"n": seen.cases, "trial": f"{seen.trial_ms:g}", "active": f"{seen.active_ms:g}"}
        if seen.cases
        else _("No cases yet"),
        verdict,
    )


def _interval(found, text: str) -> str:
    if found.value is None:
        return _("No cases yet")
    points = {name: f"{getattr(found, name) * 100:+.1f}" for name in ("value", "low", "high")}
    return text % {"n": found.n, **points}
