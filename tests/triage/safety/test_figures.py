"""The formulas, against numbers worked by hand or taken from their sources."""

import math
import random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.safety import figures


def test_a_rate_with_wilson_s_interval_as_in_newcombe_s_example():
    """Newcombe 1998, Stat Med 17:857, table I: 81 of 263 gives 0.2553 to 0.3662, 0 of 20 gives 0
    to 0.1611."""
    some, none = figures.rate(81, 263), figures.rate(0, 20)
    assert (some.low, some.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert (none.low, none.high) == pytest.approx((0, 0.1611), abs=5e-5)


def test_nothing_counted_is_no_rate():
    assert figures.rate(0, 0).value is None


@given(st.integers(1, 500), st.data())
def test_a_rate_lies_in_its_interval(of, data):
    count = data.draw(st.integers(0, of))
    found = figures.rate(count, of)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_a_paired_difference_worked_by_hand():
    """Of 50 pairs 3 gained and 1 lost: cells 3.5 and 1.5 of 52, difference 2/52, standard error
    sqrt(5 - 4/52) / 52 = 0.04266."""
    found = figures.paired_difference(3, 1, 50)
    assert found.value == pytest.approx(0.04)
    assert found.low == pytest.approx(2 / 52 - 1.959964 * math.sqrt(5 - 4 / 52) / 52)
    assert found.high == pytest.approx(2 / 52 + 1.959964 * math.sqrt(5 - 4 / 52) / 52)


def test_auc_counts_pairs_and_half_of_each_tie():
    """Positives 0.9 and 0.5, negatives 0.5 and 0.1: of four pairs three are right, one is a tie."""
    found = figures.auc([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    assert found.value == pytest.approx(3.5 / 4)
    assert found.low <= found.value <= found.high


def test_auc_s_interval_as_hanley_and_mcneil_give_it():
    """Hanley and McNeil 1982, table I's rating data: 51 positives, 58 negatives, area 0.893,
    standard error 0.032."""
    normal = [33, 6, 6, 11, 2]
    abnormal = [3, 2, 2, 11, 33]
    scores, truth = [], []
    for rating, (no, yes) in enumerate(zip(normal, abnormal, strict=True)):
        scores += [rating] * (no + yes)
        truth += [False] * no + [True] * yes
    found = figures.auc(scores, truth)
    assert found.value == pytest.approx(0.893, abs=5e-4)
    assert (found.high - found.value) / figures.Z == pytest.approx(0.032, abs=1e-3)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_auc_is_what_counting_all_pairs_gives(rows):
    scores, truth = [s for s, _ in rows], [t for _, t in rows]
    pairs = [(a > b) + (a == b) / 2 for a, t in rows if t for b, u in rows if not u]
    found = figures.auc(scores, truth).value
    assert found is None if not pairs else found == pytest.approx(sum(pairs) / len(pairs))


def test_kappa_of_a_textbook_table():
    """Two judges of 50 grants: both yes 20, both no 15, only the first 5, only the second 10:
    agreed 0.7, by chance 0.5, kappa 0.4."""
    table = {("yes", "yes"): 20, ("no", "no"): 15, ("yes", "no"): 5, ("no", "yes"): 10}
    found = figures.kappa(table)
    assert found.value == pytest.approx(0.4)
    half = 1.959964 * math.sqrt(0.7 * 0.3 / (50 * 0.25))
    assert (found.low, found.high) == pytest.approx((0.4 - half, 0.4 + half))


def test_kappa_says_nothing_where_both_always_say_the_same_word():
    assert figures.kappa({("NV", "NV"): 9}).value is None


def test_what_chance_makes_of_the_calibration_error_is_what_true_risks_show():
    risks = [0.03] * 40 + [0.21] * 30 + [0.47] * 20 + [0.88] * 20
    draws = random.Random(1)
    shown = [
        figures.calibration_error(risks, [draws.random() < risk for risk in risks])
        for _ in range(2000)
    ]
    assert figures.calibration_noise(risks) == pytest.approx(mean(shown), rel=0.05)
    assert figures.calibration_noise([0.0, 1.0]) == 0
    assert figures.calibration_noise([]) is None


def test_calibration_error_worked_by_hand():
    """Two cases at 0.9 of which one is positive, two at 0.1 of which none: errors 0.4 and 0.1."""
    risks, truth = [0.9, 0.9, 0.1, 0.1], [True, False, False, False]
    assert figures.calibration_error(risks, truth) == pytest.approx(0.25)
    bins = figures.calibration(risks, truth)
    assert (bins[9].n, bins[9].predicted, bins[9].observed) == (2, pytest.approx(0.9), 0.5)
    assert bins[5].predicted is None


def test_a_worse_calibrated_model_shows_in_the_paired_difference():
    truth = [n % 2 == 0 for n in range(200)]
    good, bad = [0.55] * 200, [0.95] * 200
    found = figures.calibration_difference(good, bad, truth)
    assert found.value == pytest.approx(0.40)
    assert found.low > 0.3
    assert figures.calibration_difference(good, good, truth).value == 0


def test_the_bootstrap_gives_the_same_numbers_each_time():
    truth = [n % 3 == 0 for n in range(90)]
    one, other = [n / 90 for n in range(90)], [0.3] * 90
    assert figures.calibration_difference(one, other, truth) == figures.calibration_difference(
        one, other, truth
    )


def test_stability_worked_by_hand():
    """Half and half expected, 80 and 20 seen: 0.3 ln 1.6 - 0.3 ln 0.4 = 0.4159."""
    assert figures.population_stability([0.5, 0.5], [80, 20]) == pytest.approx(0.41589, abs=1e-5)
    assert figures.population_stability([0.5, 0.5], [50, 50]) == 0
    assert figures.largest_gap([0.5, 0.5], [80, 20]) == pytest.approx(0.3)
    assert figures.population_stability([0.5, 0.5], [0, 0]) is None
