"""The numbers that a clinic ranks by: they count, and none of them can lower or hide a case."""

import math
from datetime import timedelta

import pytest

from tests.triage.any_case import CODES, RED_FLAGS, SIGNS
from tests.triage.test_priority import FRIDAY, finding, rank
from triage.priority import DEFAULT, PatientRisk, Rules, Urgency, prioritise
from triage.symptoms import Answers


def test_the_clinics_numbers_are_the_ones_that_count():
    strict = Rules(seven_point_threshold=2, urgent_cancer_hours=12)
    priority = rank(answers=Answers(grew=True), rules=strict)
    assert priority.urgency is Urgency.URGENT_CANCER
    assert priority.due_at == FRIDAY + timedelta(hours=12)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"red_flag_points": -1}, "red_flag_points must be 0 or more"),
        ({"risk_points": 2000}, "points add up to 2830, over 1000"),
        ({"class_points": {"MEL": -5}}, "class_points of MEL must be 0 or more"),
        ({"class_threshold": 1.5}, "class_threshold must be from 0 to 0.5"),
        ({"emergency_hours": 25}, "emergency_hours must be from 1 to 24"),
        ({"uncertainty_limit": math.nan}, "uncertainty_limit must be 0 or more"),
        ({"floor": Urgency.ROUTINE}, "floor must be SOON or more urgent"),
    ],
)
def test_rules_that_could_lower_or_hide_a_case_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Rules(**wrong)


def test_the_highest_score_is_reached_by_a_case_that_everything_speaks_for():
    worst = prioritise(
        finding=finding(p=dict.fromkeys(CODES, 1.0), malignancy_risk=1.0, uncertainty=1.0),
        failed=True,
        answers=Answers(**dict.fromkeys(SIGNS + RED_FLAGS, True), duration_weeks=9, diameter_mm=9),
        patient=PatientRisk(80, True, True, True, 1),
        submitted_at=FRIDAY,
        now=FRIDAY + timedelta(days=100),
    )
    assert worst.score == DEFAULT.highest_score == 1000
