"""Drift: steady, watched, alarming, or not to be assessed."""

import numpy as np
import pytest

from tests import cast
from tests.triage.safety.clinic import scored
from triage import registry
from triage.models import ModelVersion
from triage.safety import drift
from triage.safety.drift import Level, compare


def normal(count: int, middle: float = 0.0, seed: int = 0) -> list[float]:
    return np.random.default_rng(seed).normal(middle, 1, count).tolist()


def test_values_from_the_same_source_are_steady():
    found = compare("brightness", None, normal(500), normal(500, seed=1))
    assert found.level is Level.STEADY
    assert sum(found.counts) == 500
    assert len(found.expected) == 10


def test_a_shift_of_half_a_deviation_alarms_and_of_a_third_is_watched():
    assert compare("brightness", None, normal(500), normal(500, 0.6, 1)).level is Level.ALARM
    assert compare("brightness", None, normal(500), normal(500, 0.33, 1)).level is Level.WATCH


def test_too_few_cases_cannot_be_assessed():
    assert compare("brightness", None, normal(500), normal(299, 3, 1)).level is Level.UNKNOWN
    assert compare("brightness", None, normal(299), normal(500, 3, 1)).level is Level.UNKNOWN
    assert compare("brightness", None, [], []).level is Level.UNKNOWN


def test_the_artifact_s_own_reference_is_used_where_it_has_one():
    stored = {"edges": [0.25, 0.5, 0.75], "shares": [0.25, 0.25, 0.25, 0.25], "n": 1438}
    even = [n / 400 for n in range(400)]
    found = compare("malignancy_risk", stored, [], even)
    assert (found.from_artifact, found.reference, found.level) == (True, 1438, Level.STEADY)
    assert found.counts == (100, 100, 100, 100)
    low = compare("malignancy_risk", stored, [], [0.1] * 400)
    assert (low.level, low.gap) == (Level.ALARM, pytest.approx(0.75))


def test_a_constant_quantity_is_one_bin_and_steady():
    found = compare("brightness", None, [0.5] * 400, [0.5] * 400)
    assert found.level is Level.STEADY


def test_bins_say_from_where_to_where():
    found = compare("domain_score", {"edges": [0.5], "shares": [0.4, 0.6]}, [], [0.2, 0.7, 0.9])
    assert found.rows == [("– 0.5", 0.4, 1, 1 / 3), ("0.5 –", 0.6, 2, 2 / 3)]


@pytest.mark.django_db
def test_scores_that_moved_are_found_in_the_rows(monkeypatch):
    """The first 20 cases of a model are its reference, the newest 20 are compared."""
    for name, number in (("REFERENCE", 20), ("RECENT", 20), ("LEAST", 10)):
        monkeypatch.setattr(drift, name, number)
    people = cast.gather()
    cast.decide(cases_per_hour=1000)
    registry.found(worker="w", models=[registry.Found("test-1", "0" * 64, {})], default="test-1")
    for n in range(45):
        shifted = 0.5 if n >= 20 else 0.0
        case = scored(people, alarmed=False, malignancy_risk=shifted + (n % 10) / 100)
        case.photos.update(brightness=0.5 + (n % 10) / 100)
    found = {one.name: one for one in drift.look(ModelVersion.objects.active())}
    risk = found["malignancy_risk"]
    assert (risk.reference, risk.recent, risk.level) == (20, 20, Level.ALARM)
    assert found["brightness"].level is Level.STEADY
