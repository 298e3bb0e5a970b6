"""What a model on trial must show before it may be promoted. Pure.

Each condition passes, fails, or cannot be assessed for want of cases. The numbers are starting
points that a clinic must decide on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    PASSES = "passes"
    FAILS = "fails"
    UNKNOWN = "cannot be assessed"


@dataclass(frozen=True)
class Condition:
    """One condition of the gate as it stands."""

    name: str  # sensitivity, calibration, speed
    wanted: str  # what is asked, in a sentence
    found: str  # what was seen, with its numbers
    verdict: Verdict


def verdict_of(conditions: Sequence[Condition]) -> Verdict:
    """Of the whole gate: one failure fails it, one that cannot be assessed leaves it open."""
    verdicts = {condition.verdict for condition in conditions}
    if Verdict.FAILS in verdicts:
        return Verdict.FAILS
    if Verdict.UNKNOWN in verdicts or not conditions:
        return Verdict.UNKNOWN
    return Verdict.PASSES
