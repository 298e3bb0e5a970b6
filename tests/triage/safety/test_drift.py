"""Drift: steady, watched, alarming, or not to be assessed."""

import numpy as np
import pytest

from tests import cast
from tests.triage.safety.clinic import scored
from triage import registry
from triage.models import ModelVersion, PhotoKind
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


@pytest.fixture
def small(db, monkeypatch):
    """20 photos are a reference, 20 the newest."""
    for name, number in (("REFERENCE", 20), ("RECENT", 20), ("LEAST", 10)):
        monkeypatch.setattr(drift, name, number)
    cast.decide(cases_per_hour=1000)
    return cast.gather()


def registered(facts: dict) -> ModelVersion:
    registry.found(worker="w", models=[registry.Found("test-1", "0" * 64, facts)], default="test-1")
    return ModelVersion.objects.active()


def said(n: int, risk: float) -> dict:
    """What a model might say of a photo, a little different each time."""
    cancer = risk + (n % 10) / 100
    return {"MEL": cancer / 2, "BCC": cancer / 2, "NV": 1 - cancer}


def test_scores_that_moved_are_found_in_the_rows(small):
    """The first 20 photos of a model are its reference, the newest 20 are compared."""
    model = registered({})
    for n in range(45):
        case = scored(small, alarmed=False, probabilities=said(n, 0.5 if n >= 20 else 0.0))
        case.photos.update(brightness=0.5 + (n % 10) / 100)
    found = {one.name: one for one in drift.look(model)}
    for name in ("malignancy_risk", "melanoma_risk"):
        risk = found[name]
        assert (risk.reference, risk.recent, risk.level) == (20, 20, Level.ALARM)
        assert not risk.from_artifact
    assert found["brightness"].level is Level.STEADY


def test_against_the_artifact_s_reference_the_first_photos_count_already(small):
    """What the artifact has no reference of waits until there are photos besides the first 20."""
    halves = {"kind": "clinical", "n": 92, "shares": [0.5, 0.5]}
    model = registered(
        {
            "reference": {
                "brightness": {**halves, "edges": [0.5]},
                "malignancy_risk": {**halves, "edges": [0.045]},
                "domain_score": {**halves, "edges": [0.95]},
            }
        }
    )
    for n in range(20):
        case = scored(small, alarmed=False, probabilities=said(n, 0.0))
        case.photos.update(brightness=0.4 + 0.2 * (n % 2))
    found = {one.name: one for one in drift.look(model)}
    for name, counts, level in (
        ("brightness", (10, 10), Level.STEADY),
        ("malignancy_risk", (10, 10), Level.STEADY),
        ("domain_score", (20, 0), Level.ALARM),  # 0.9 of each
    ):
        one = found[name]
        assert (one.from_artifact, one.reference, one.counts, one.level) == (
            True, 92, counts, level,
        )  # fmt: skip
    assert (found["sharpness"].from_artifact, found["sharpness"].recent) == (False, 0)


def test_only_close_ups_are_compared(small):
    model = registered({})
    for kind in (PhotoKind.OVERVIEW, PhotoKind.DERMOSCOPIC, PhotoKind.CLOSE_UP):
        scored(small, alarmed=False).photos.update(kind=kind)
    assert [one.reference for one in drift.look(model)] == [1] * len(drift.QUANTITIES)


def test_each_photo_counts_by_itself_not_as_its_case_s_worst(small):
    """The case's own risk is 0.9; those of the one photo that it has are compared."""
    halves = {"kind": "clinical", "n": 92, "edges": [0.5], "shares": [0.5, 0.5]}
    model = registered({"reference": {"melanoma_risk": halves, "domain_score": halves}})
    mild = {"MEL": 0.1, "NV": 0.9}
    scored(small, alarmed=False, probabilities=mild, melanoma_risk=0.9, domain_score=0.9)
    found = {one.name: one for one in drift.look(model)}
    assert found["melanoma_risk"].counts == (1, 0)
    assert found["domain_score"].counts == (0, 1)
