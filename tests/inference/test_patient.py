"""One vocabulary for what is known besides the photo."""

import pytest

from inference.patient import REGIONS, SITES, PatientFacts, site_of

PAD = [
    "ARM",
    "NECK",
    "FACE",
    "HAND",
    "FOREARM",
    "CHEST",
    "NOSE",
    "THIGH",
    "SCALP",
    "EAR",
    "BACK",
    "FOOT",
    "ABDOMEN",
    "LIP",
]
HAM = [
    "back",
    "lower extremity",
    "trunk",
    "upper extremity",
    "abdomen",
    "face",
    "chest",
    "foot",
    "neck",
    "scalp",
    "hand",
    "ear",
    "genital",
    "acral",
]
ISIC = [
    "anterior torso",
    "upper extremity",
    "posterior torso",
    "lower extremity",
    "lateral torso",
    "head/neck",
    "palms/soles",
    "oral/genital",
]


@pytest.mark.parametrize("name", [*PAD, *HAM, *ISIC])
def test_every_site_of_the_public_data_sets_has_a_code(name):
    assert site_of(name) in {*SITES, *REGIONS}


@pytest.mark.parametrize("name", ["unknown", "", None, "other", "buttock"])
def test_a_site_that_says_nothing_is_not_known(name):
    assert site_of(name) is None


def test_the_portal_s_own_sites_are_read():
    from triage.models.lesion import BodySite

    silent = {BodySite.OTHER, BodySite.BUTTOCK}  # no data set tells them apart
    assert {site for site in BodySite if site_of(site) is None} == silent


def test_a_region_is_made_of_sites():
    assert all(set(parts) <= set(SITES) for parts in REGIONS.values())


def test_only_what_is_recorded_is_known_and_a_no_is():
    assert PatientFacts().known == ()
    assert PatientFacts(age=0, bleed=False, site="back").known == ("age", "site", "bleed")
