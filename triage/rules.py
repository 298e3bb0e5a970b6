"""The numbers behind the priority. The clinic owns them (triage/rulebook.py); these are only where
it starts, and the limits within which it may move them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta

from django.utils.translation import gettext as _

from triage import conditions
from triage.conditions import Malignancy
from triage.urgency import Urgency
from triage.words import word_set

MAX_SCORE = 1000
RED_FLAGS_COUNTED = 5  # what gives points; every one makes an emergency

# The least and the greatest value of each number; what is not here has 0 and no upper limit of its
# own. A guideline's number may be made more careful, not less.
LIMITS: Mapping[str, tuple[float, float]] = {
    "emergency_hours": (1, 24),  # the same day
    "urgent_cancer_hours": (1, 28 * 24),  # Faster Diagnosis Standard: 28 days to a yes or no
    "soon_working_days": (1, 30),
    "routine_days": (1, 18 * 7),  # England: 18 weeks to treatment
    "advice_days": (1, 18 * 7),
    "seven_point_threshold": (1, 3),  # NICE NG12: 3
    "melanoma_limit_share": (0, 1),
    "malignancy_limit_share": (0, 1),
    "uncertainty_limit": (0, 1),
    "class_threshold": (0, 0.5),  # what is likelier than not always counts
    "not_healing_weeks": (0, 1000),
    "large_lesion_mm": (0, 1000),
    "age_from": (0, 150),
}

# Places where a delay can cost function or looks; a clinic can add to them.
CRITICAL_SITES = word_set(
    "face nose nasal lip lips mouth eyelid eyelids eye ear ears periocular perioral scalp "
    "forehead cheek temple chin head neck genital genitals hand hands foot feet nail "
    "other unknown"  # not told where: it may matter
)
SITE_WORDS = CRITICAL_SITES | word_set(  # every word that a place is ever told by
    "chest abdomen back shoulder arm forearm thigh lower leg buttock"
)


class InvalidRules(ValueError):
    """Numbers that could lower or hide a case; `problems` says what of each, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name} {what}".strip() for name, what in problems.items()))
        self.problems = problems  # under "": what concerns several fields


def _default_urgencies() -> Mapping[str, Urgency]:
    return {c.code: c.urgency for c in conditions.CONDITIONS}


@dataclass(frozen=True)
class Rules:
    """Targets, thresholds and points.

    Points are whole numbers of 0 or more, because rules only raise, and together they stay within
    MAX_SCORE. InvalidRules names what is wrong.
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
    # Shares of the model's own thresholds: below 1 more photos count as suspicious, never fewer
    melanoma_limit_share: float = 1.0
    malignancy_limit_share: float = 1.0
    uncertainty_limit: float = 0.6  # of ModelFinding.uncertainty, 0-1
    class_threshold: float = 0.2  # a class is plausible from here; melanoma has its own
    class_urgency: Mapping[str, Urgency] = field(default_factory=_default_urgencies)
    not_healing_weeks: int = 4  # NHS: a sore that has not healed after 4 weeks is to be seen
    large_lesion_mm: float = 20.0  # BAD: a BCC of 2 cm or more is at high risk
    critical_sites: frozenset[str] = CRITICAL_SITES  # of SITE_WORDS

    # Points
    red_flag_points: int = 48  # each of RED_FLAGS_COUNTED
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
        problems = _wrong_numbers(self) | _wrong_urgencies(self) | _wrong_sites(self)
        for code, points in self.class_points.items():
            if points < 0:
                problems["class_points"] = f"of {code} must be 0 or more, not {points}"
        if not problems and self.highest_score > MAX_SCORE:
            problems[""] = f"points add up to {self.highest_score}, over {MAX_SCORE}"
        if problems:
            raise InvalidRules(problems)

    @property
    def highest_score(self) -> int:
        """The score of a case that everything speaks for."""
        return (
            RED_FLAGS_COUNTED * self.red_flag_points + self.risk_points
            + sum(self.class_points.values())
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


def _wrong_numbers(rules: Rules) -> dict[str, str]:
    wrong = {}
    for item in fields(rules):
        value = getattr(rules, item.name)
        if not isinstance(value, (int, float)) or isinstance(value, Urgency):
            continue
        low, high = LIMITS.get(item.name, (0, math.inf))
        if not (math.isfinite(value) and value >= low):
            wrong[item.name] = f"must be {low} or more, not {value}"
        elif value > high:
            wrong[item.name] = f"must be from {low} to {high}, not {value}"
    return wrong


def _wrong_urgencies(rules: Rules) -> dict[str, str]:
    wrong = {}
    if rules.floor > Urgency.SOON:
        wrong["floor"] = f"must be SOON or more urgent, not {rules.floor.name}"
    if rules.warning_urgency > Urgency.ROUTINE:
        wrong["warning_urgency"] = (
            f"must be ROUTINE or more urgent, not {rules.warning_urgency.name}"
        )
    for code, urgency in rules.class_urgency.items():
        least = least_urgency(code)
        if urgency > least:
            wrong["class_urgency"] = f"of {code} must be {least.name} or more urgent"
    return wrong


def _wrong_sites(rules: Rules) -> dict[str, str]:
    unknown = rules.critical_sites - SITE_WORDS
    missing = CRITICAL_SITES - rules.critical_sites
    wrong = []
    if unknown:
        wrong.append(
            _("has words that the portal knows no place by: %(unknown)s. You can add: %(known)s.")
            % {"unknown": _listed(unknown), "known": _listed(SITE_WORDS - CRITICAL_SITES)}
        )
    if missing:
        wrong.append(
            _("must keep the places that it is delivered with; missing: %(missing)s.")
            % {"missing": _listed(missing)}
        )
    return {"critical_sites": " ".join(wrong)} if wrong else {}


def _listed(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))


def least_urgency(code: str) -> Urgency:
    """The least urgent category that a condition may be given: a cancer's, and that of what nobody
    knows, can be made more urgent only."""
    known = conditions.find(code)
    if known is None or known.malignancy in (Malignancy.MALIGNANT, Malignancy.UNKNOWN):
        return known.urgency if known else Urgency.SOON
    return Urgency.ADVICE


DEFAULT = Rules()
