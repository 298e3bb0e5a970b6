"""The photo's probabilities with the patient's history beside them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.fusion import FACTS, KNOTS, Fusion, levels
from inference.patient import REGIONS, SITES, PatientFacts

LABELS = ("BCC", "MEL", "NV", "SCC")
PHOTO = (0.2, 0.1, 0.6, 0.1)
BLEED = np.array([[0.0, 0.0, 0.1, 0.0], [1.0, 0.0, -1.0, 0.5]])  # rows: no, yes
SITE = np.zeros((len(SITES), len(LABELS)))
SITE[SITES.index("nose")] = [2.0, 0.0, 0.0, 0.0]


@pytest.fixture
def fusion() -> Fusion:
    age = np.zeros((len(KNOTS["age"]), len(LABELS)))
    age[:, 2] = np.linspace(2, -2, len(KNOTS["age"]))  # the older, the less a naevus
    return Fusion(LABELS, {"age": age, "bleed": BLEED, "site": SITE})


facts = st.builds(
    PatientFacts,
    age=st.none() | st.floats(0, 120),
    site=st.none() | st.sampled_from([*SITES, *REGIONS]),
    bleed=st.none() | st.booleans(),
    itch=st.none() | st.booleans(),
    diameter_mm=st.none() | st.floats(0, 500),
)


def test_without_any_fact_the_photo_s_own_probabilities_come_back_unchanged(fusion):
    assert tuple(fusion.probabilities(PHOTO, PatientFacts())) == PHOTO
    assert fusion.fuse([PHOTO], PHOTO, PatientFacts()) is None


def test_a_fact_that_the_fusion_does_not_use_changes_nothing(fusion):
    assert tuple(fusion.probabilities(PHOTO, PatientFacts(skin_type=6, itch=True))) == PHOTO


def test_a_known_fact_multiplies_the_odds_by_its_ratios(fusion):
    said = fusion.probabilities(PHOTO, PatientFacts(bleed=True))
    by_hand = np.array(PHOTO) * np.exp(BLEED[1])
    assert said == pytest.approx(by_hand / by_hand.sum())


def test_facts_add_up_in_any_order(fusion):
    both = fusion.probabilities(PHOTO, PatientFacts(bleed=True, site="nose"))
    one_by_one = fusion.probabilities(
        fusion.probabilities(PHOTO, PatientFacts(bleed=True)), PatientFacts(site="nose")
    )
    assert both == pytest.approx(one_by_one)


@given(known=facts)
def test_probabilities_stay_probabilities(known):
    rng = np.random.default_rng(3)
    ratios = {name: rng.normal(0, 3, (_width(name), len(LABELS))) for name in FACTS}
    said = Fusion(LABELS, ratios).fuse([PHOTO, (1.0, 0.0, 0.0, 0.0)], PHOTO, known)
    if said is None:
        assert known.known == ()
        return
    assert sum(said.probabilities) == pytest.approx(1)
    assert all(0 <= risk <= 1 for risk in (said.melanoma_risk, said.malignancy_risk))


def _width(fact: str) -> int:
    return len(SITES) if fact == "site" else len(KNOTS[fact])


def test_a_number_between_two_knots_speaks_as_a_mixture_of_both():
    at = levels("age", PatientFacts(age=62))
    assert dict(zip(KNOTS["age"], at, strict=True))[60] == pytest.approx(0.8)
    assert dict(zip(KNOTS["age"], at, strict=True))[70] == pytest.approx(0.2)
    assert levels("age", PatientFacts(age=104))[-1] == 1


def test_a_region_speaks_as_the_mean_of_its_sites(fusion):
    assert levels("site", PatientFacts(site="trunk")).sum() == pytest.approx(1)
    head = fusion.terms(PatientFacts(site="head_neck"))["site"]
    assert head == pytest.approx([2 / len(REGIONS["head_neck"]), 0, 0, 0])


@pytest.mark.parametrize(
    ("own", "family", "value"),
    [(True, None, 1), (None, True, 1), (False, True, 1), (False, False, 0), (False, None, 0),
     (None, False, None), (None, None, None)],
)  # fmt: skip
def test_skin_cancer_is_a_yes_if_either_says_so_and_a_no_if_the_patient_does(own, family, value):
    at = levels("skin_cancer", PatientFacts(previous_skin_cancer=own, family_cancer=family))
    assert (None if at is None else at.argmax()) == value


def test_risks_are_those_of_the_worst_photo_and_probabilities_those_of_all(fusion):
    worst = (0.1, 0.7, 0.1, 0.1)
    said = fusion.fuse([PHOTO, worst], PHOTO, PatientFacts(bleed=True))
    assert said.melanoma_risk == pytest.approx(
        fusion.probabilities(worst, PatientFacts(bleed=True))[1]
    )
    assert said.probabilities == pytest.approx(
        tuple(fusion.probabilities(PHOTO, PatientFacts(bleed=True)))
    )


def test_contributions_say_what_each_fact_did_the_greatest_first(fusion):
    known = PatientFacts(bleed=True, site="nose", age=50)
    said = fusion.fuse([PHOTO], PHOTO, known)
    assert [one.fact for one in said.contributions] == ["bleed", "site", "age"]
    without = fusion.fuse([PHOTO], PHOTO, PatientFacts(site="nose", age=50))
    change = _log_odds(said.malignancy_risk) - _log_odds(without.malignancy_risk)
    assert said.contributions[0].malignancy == pytest.approx(change, abs=1e-4)


def _log_odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def test_a_fusion_is_the_same_after_saving_and_loading(fusion, tmp_path):
    fusion.save(tmp_path / "fusion.npz")
    again = Fusion.load(tmp_path / "fusion.npz")
    assert again.labels == LABELS
    known = PatientFacts(bleed=True, site="nose", age=33)
    assert again.fuse([PHOTO], PHOTO, known) == fusion.fuse([PHOTO], PHOTO, known)


def test_a_fusion_made_for_other_values_is_refused(tmp_path):
    Fusion(LABELS, {"bleed": BLEED[:1]}).save(tmp_path / "fusion.npz")
    with pytest.raises(ValueError, match="bleed"):
        Fusion.load(tmp_path / "fusion.npz")
