"""The regions of the body's drawing."""

import re

import pytest

from triage import body_map
from triage.models import BodySite, Lesion, Side


def test_every_site_is_in_the_list_and_in_it_once():
    listed = [code for _, choices in body_map.listed() for code, _ in choices]
    assert set(BodySite.values) <= set(listed)
    assert len(listed) == len(set(listed))


def test_every_region_that_is_drawn_is_listed_too():
    listed = {code for _, choices in body_map.listed() for code, _ in choices}
    assert listed == set(body_map.REGIONS)


def test_the_whole_comes_before_its_parts():
    arms = dict(body_map.listed())["Arms and hands"]
    hands = [label for code, label in arms if body_map.REGIONS[code].body_site == "hand"]
    assert hands[0] == "Hand or finger" and "Palm or fingers, inside, left" in hands[1:]


def test_the_person_s_right_is_on_the_left_in_front_and_on_the_right_behind():
    drawn = {region.code: region.mirrored for region in body_map.REGIONS.values() if region.view}
    assert (drawn["front-hand-right"], drawn["front-hand-left"]) == (False, True)
    assert (drawn["back-hand-right"], drawn["back-hand-left"]) == (True, False)
    assert drawn["face-nose"] is False


@pytest.mark.parametrize("view", body_map.VIEWS, ids=lambda view: view.code)
def test_shapes_stay_in_their_picture(view):
    for region in body_map.drawn(view):
        numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", region.path)]
        assert len(numbers) > 5 and max(numbers) < 400


def test_codes_fit_their_column_and_labels_name_the_side():
    for region in body_map.REGIONS.values():
        assert len(region.code) <= Lesion._meta.get_field("region").max_length
    assert body_map.REGIONS["front-chest-left"].label == "Chest, left"
    assert body_map.REGIONS["face-nose"].label == "Nose"


@pytest.mark.parametrize("site", BodySite.values)
@pytest.mark.parametrize("side", Side.values)
def test_any_site_and_side_has_a_region(site, side):
    found = body_map.region_of(site, side)
    assert found.body_site == site and found.side in (side, "")


def test_what_was_tapped_counts_before_the_site():
    fine = Lesion(body_site="back", side="left", region="back-lower-left")
    assert body_map.region_of_lesion(fine).code == "back-lower-left"
    coarse = Lesion(body_site="back", side="left")
    assert body_map.region_of_lesion(coarse).code == "back-upper-left"
