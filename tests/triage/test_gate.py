"""The gate, on comparisons of invented pairs."""

from triage.comparison import Comparison, Pair, of_pairs
from triage.gate import Verdict, assess, verdict_of


def pair(malignant: bool | None, active: bool, trial: bool, **changes) -> Pair:
    usual = {
        "active_risk": 0.9 if active else 0.1, "trial_risk": 0.9 if trial else 0.1,
        "active_call": active, "trial_call": trial, "active_melanoma": active,
        "trial_melanoma": trial, "active_ms": 40, "trial_ms": 40, "malignant": malignant,
        "melanoma": malignant, "by_pathology": False,
    }  # fmt: skip
    return Pair(**usual | changes)


def seen(*groups: tuple[int, Pair]) -> Comparison:
    return of_pairs("old", "new", [one for count, one in groups for _ in range(count)])


def verdicts(comparison: Comparison) -> dict[str, Verdict]:
    return {condition.name: condition.verdict for condition in assess(comparison)}


WELL = (300, pair(False, False, False))


def test_an_equal_model_passes_with_enough_cases():
    found = assess(seen((50, pair(True, True, True)), WELL))
    assert {condition.verdict for condition in found} == {Verdict.PASSES}
    assert verdict_of(found) is Verdict.PASSES


def test_too_few_cancers_cannot_be_assessed():
    found = verdicts(seen((49, pair(True, True, True)), WELL))
    assert found["sensitivity"] is Verdict.UNKNOWN
    assert found["calibration"] is Verdict.PASSES


def test_a_model_that_misses_what_the_active_one_found_fails():
    found = assess(seen((46, pair(True, True, True)), (4, pair(True, True, False)), WELL))
    assert found[0].verdict is Verdict.FAILS
    assert "50 cancers: -8.0 percentage points" in found[0].found
    assert verdict_of(found) is Verdict.FAILS


def test_surely_worse_fails_even_on_few_cancers():
    assert verdicts(seen((20, pair(True, True, False)), WELL))["sensitivity"] is Verdict.FAILS


def test_worse_calibration_fails():
    sure = pair(False, False, False, trial_risk=0.3)
    found = verdicts(seen((50, pair(True, True, True)), (300, sure)))
    assert found["calibration"] is Verdict.FAILS


def test_twice_the_time_fails():
    slow = pair(False, False, False, trial_ms=80)
    found = verdicts(seen((60, slow)))
    assert found["speed"] is Verdict.FAILS
    assert found["calibration"] is Verdict.UNKNOWN


def test_without_any_case_nothing_can_be_assessed():
    found = assess(seen())
    assert {condition.verdict for condition in found} == {Verdict.UNKNOWN}
    assert {condition.found for condition in found} == {"No cases yet"}


def test_unanswered_cases_count_for_agreement_and_speed_alone():
    found = seen((3, pair(None, True, False)), (1, pair(None, True, True)))
    assert (found.cases, found.agreement.count, found.answered.cases) == (4, 1, 0)


def test_pathology_is_judged_apart():
    found = seen((2, pair(True, True, True, by_pathology=True)), (3, pair(True, False, True)))
    assert (found.answered.malignant, found.pathology.malignant) == (5, 2)
    assert (found.answered.active_sensitivity.count, found.answered.trial_sensitivity.count) == (
        2,
        5,
    )
    assert found.answered.sensitivity_difference.value == 0.6
