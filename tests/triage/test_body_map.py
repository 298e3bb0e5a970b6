"""The regions of the body's drawing."""

import re

import pytest
from django.utils import translation

from triage import body_map
from triage.models import BodySite, Lesion, Side


@pytest.mark.parametrize("language", ["en-gb", "de"])
def test_every_site_is_in_the_list_and_nothing_in_it_twice(language):
    with translation.override(language):
        listed = [choice for _, choices in body_map.listed() for choice in choices]
    assert {body_map.REGIONS[code].body_site for code, _ in listed} == set(BodySite.values)
    labels = [label for _, label in listed]
    assert sorted(labels) == sorted(set(labels))


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
    assert found.body_site == site
    only = [region for region in body_map.REGIONS.values() if region.body_site == site]
    assert found.side in (side, "") or only == [found]


def test_what_was_tapped_counts_before_the_site():
    fine = Lesion(body_site="back", side="left", region="back-lower-left")
    assert body_map.region_of_lesion(fine).code == "back-lower-left"
    coarse = Lesion(body_site="back", side="left")
    assert body_map.region_of_lesion(coarse).code == "back-left", "and no part is made up"
    calf = Lesion(body_site="lower_leg", side="left")
    assert body_map.region_of_lesion(calf).label == "Left lower leg"


@pytest.mark.parametrize("code", body_map.REGIONS)
def test_a_lesion_is_called_as_its_place_was_tapped(code):
    region = body_map.REGIONS[code]
    fine = "" if region.coarse else code
    lesion = Lesion(body_site=region.body_site, side=region.side, region=fine)
    assert str(lesion) == region.label


def test_a_lesion_of_which_only_the_site_is_known_is_called_by_it():
    assert str(Lesion(body_site="arm", side="left")) == "Left upper arm"
    assert str(Lesion(body_site="nose")) == "Nose"
    assert str(Lesion(body_site="back", side="left", region="moon")) == "Left back"


@pytest.mark.parametrize(
    ("place", "codes"),
    [({"body_site": "nose"}, ["face-nose"]),
     ({"body_site": "scalp"}, ["face-scalp", "back-scalp"]),
     ({"body_site": "chest"}, ["front-chest-right", "front-chest-left"]),
     ({"body_site": "chest", "side": "middle"}, ["front-chest-right", "front-chest-left"]),
     ({"body_site": "arm", "side": "left"}, ["front-arm-left", "back-arm-left"]),
     ({"body_site": "back", "region": "back-lower-left"}, ["back-lower-left"]),
     ({"body_site": "nail", "region": "toenail-left"}, ["front-foot-left"]),
     ({"body_site": "nail", "side": "left"}, ["front-foot-left", "back-hand-left"]),
     ({"body_site": "other"}, [])],
)  # fmt: skip
def test_a_place_is_marked_where_it_or_what_is_nearest_is_drawn(place, codes):
    found = body_map.marked(body_map.region_of_lesion(Lesion(**place)))
    assert [region.code for region in found] == codes


@pytest.mark.parametrize("site", [site for site in BodySite if site != BodySite.OTHER])
@pytest.mark.parametrize("side", Side.values)
def test_whatever_is_known_of_a_place_the_drawing_marks_it(site, side):
    found = body_map.marked(body_map.region_of(site, side))
    assert found and all(region.view for region in found)
    assert all(
        side in ("", Side.MIDDLE) or region.side in (side, "", Side.MIDDLE) for region in found
    )
