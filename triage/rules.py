"""The numbers behind the priority. The clinic owns them; these are only where it starts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta

from triage import conditions
from triage.urgency import Urgency
from triage.words import word_set

MAX_SCORE = 1000


def _default_urgencies() -> Mapping[str, Urgency]:
    return {c.code: c.urgency for c in conditions.CONDITIONS}


@dataclass(frozen=True)
class Rules:
    """Targets, thresholds and points.

    Points are whole numbers of 0 or more, because rules only raise, and together they stay within
    MAX_SCORE. ValueError names what is wrong.
    """

    # Targets: submitted to read (NHS England's urgent pathway and the clinic's own)
    emergency_hours: int = 4
    urgent_cancer_hours: int = 24
    soon_working_days: int = 3  # Saturday and Sunday do not count
    routine_days: int = 7
    advice_days: int = 14

    # What argues for which urgency
    floor: Urgency = Urgency.SOON  # unscored, failed, uncertain, out of domain; risk over limit
    warning_urgency: Urgency = Urgency.ROUTINE  # growing, changing, uneven or bleeding
    seven_point_threshold: int = 3  # NICE NG12, section 1.7
    uncertainty_limit: float = 0.6  # of ModelFinding.uncertainty, 0-1
    class_threshold: float = 0.2  # a class is plausible from here; melanoma has its own
    class_urgency: Mapping[str, Urgency] = field(default_factory=_default_urgencies)
    not_healing_weeks: int = 4  # NHS: a sore that has not healed after 4 weeks is to be seen
    large_lesion_mm: float = 20.0  # BAD: a BCC of 2 cm or more is at high risk
    critical_sites: frozenset[str] = word_set(
        "face nose nasal lip lips mouth eyelid eyelids eye ear ears periocular perioral scalp "
        "forehead cheek temple chin head neck genital genitals hand hands foot feet nail "
        "other unknown"  # not told where: it may matter
    )

    # Points
    red_flag_points: int = 48  # each of five
    risk_points: int = 170  # at a risk of 1
    class_points: Mapping[str, int] = field(  # at a probability of 1
        default_factory=lambda: {"MEL": 100, "SCC": 60, "BCC": 30, "AK": 20}
    )
    fail_safe_points: int = 20
    checklist_points: int = 12  # for each of ten points of the checklist
    warning_points: int = 20  # raised and growing; not healing
    previous_points: int = 40
    immune_points: int = 40
    family_points: int = 30
    skin_type_points: int = 10
    age_from: int = 40
    age_points_per_decade: int = 5
    age_points_limit: int = 20
    waiting_points_per_day: int = 4
    waiting_points_limit: int = 40

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, (int, float)) and not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{item.name} must be 0 or more, not {value}")
        for name in ("uncertainty_limit", "class_threshold"):
            if getattr(self, name) > 1:
                raise ValueError(f"{name} must be from 0 to 1, not {getattr(self, name)}")
        if self.floor > Urgency.SOON:
            raise ValueError(f"floor must be SOON or more urgent, not {self.floor.name}")
        for code, points in self.class_points.items():
            if points < 0:
                raise ValueError(f"class_points of {code} must be 0 or more, not {points}")
        if self.highest_score > MAX_SCORE:
            raise ValueError(f"points add up to {self.highest_score}, over {MAX_SCORE}")

    @property
    def highest_score(self) -> int:
        """The score of a case that everything speaks for."""
        return (
            5 * self.red_flag_points + self.risk_points + sum(self.class_points.values())
            + 2 * self.fail_safe_points + 10 * self.checklist_points + 2 * self.warning_points
            + self.previous_points + self.immune_points + self.family_points
            + self.skin_type_points + self.age_points_limit + self.waiting_points_limit
        )  # fmt: skip

    def target(self, urgency: Urgency) -> timedelta:
        """Time from submitted to read; for SOON in working days, counted as if none were free."""
        return {
            Urgency.EMERGENCY: timedelta(hours=self.emergency_hours),
            Urgency.URGENT_CANCER: timedelta(hours=self.urgent_cancer_hours),
            Urgency.SOON: timedelta(days=self.soon_working_days),
            Urgency.ROUTINE: timedelta(days=self.routine_days),
            Urgency.ADVICE: timedelta(days=self.advice_days),
        }[urgency]


DEFAULT = Rules()
