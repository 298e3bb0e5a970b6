"""Places of care: how far, found by what, and kept by whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.models import Entry
from tests import cast as casting
from triage import places
from triage.models import Locality, Offer, Place
from triage.places import Origin, distance_km

LONDON = Origin("London", 51.5074, -0.1278)
OPEN = ["9 to 5"] * 5 + ["closed"] * 2


def fields(name="Skin clinic", **changes):
    usual = {"name": name, "address": "1 High Street, Milton", "postcode": "MT1 1AA",
             "latitude": 52.2, "longitude": 0.16, "phone": "01632 960001", "website": "",
             "opening": OPEN, "offers": [Offer.DERMATOLOGY], "walk_in": False}  # fmt: skip
    return {**usual, **changes}


@pytest.fixture
def cast(db):
    return casting.gather()


@pytest.fixture
def add(cast):
    def added(name, **changes):
        return places.add(actor=cast.administrator, fields=fields(name, **changes))

    return added


def test_the_distance_is_that_of_the_great_circle():
    assert distance_km(LONDON, 48.8566, 2.3522) == pytest.approx(343.6, abs=1)
    assert distance_km(Origin("", 0, 0), 0, 180) == pytest.approx(20015, abs=1)


COORDINATES = st.floats(-90, 90), st.floats(-180, 180)


@given(*COORDINATES, *COORDINATES)
def test_a_distance_is_the_same_both_ways_and_never_negative(north, east, lat, lon):
    there = distance_km(Origin("", north, east), lat, lon)
    assert 0 <= there <= 20016
    assert distance_km(Origin("", lat, lon), north, east) == pytest.approx(there, abs=1e-3)


def test_the_nearest_place_comes_first(add):
    add("Far", latitude=55.0)
    add("Near", latitude=51.6)
    found = places.find(origin=LONDON)
    assert [one.place.name for one in found] == ["Near", "Far"]
    assert found[0].km < found[1].km


def test_without_an_origin_places_are_in_order_of_their_names(add):
    add("B")
    add("A")
    assert [(one.place.name, one.km) for one in places.find()] == [("A", None), ("B", None)]


def test_places_are_found_by_what_they_offer(add):
    add("A", offers=[Offer.EMERGENCY, Offer.GP], walk_in=True)
    add("B", offers=[Offer.DERMOSCOPY])
    assert [one.place.name for one in places.find(offer=Offer.EMERGENCY)] == ["A"]
    assert [one.place.name for one in places.find(walk_in=True)] == ["A"]


@pytest.fixture
def gazetteer(db):
    for name, postcode, latitude, longitude in (
        ("Milton", "MT1", 52.2, 0.1),
        ("Milton", "ZZ9", 56.0, -3.0),
        ("Ashby", "AS2 3BC", 52.7, -1.5),
    ):  # fmt: skip
        Locality.objects.create(
            name=name, postcode=postcode, latitude=latitude, longitude=longitude
        )


@pytest.mark.parametrize("typed", ["ashby", " Ashby ", "as2 3bc", "AS23BC", "ash"])
def test_a_town_or_postcode_is_found_as_people_type_it(gazetteer, typed):
    (origin,) = places.look_up(typed)
    assert origin.latitude == 52.7


def test_a_postcode_that_is_not_listed_is_found_by_its_first_half(gazetteer):
    (origin,) = places.look_up("MT1 4XY")
    assert (origin.name, origin.latitude) == ("MT1", 52.2)


def test_of_two_towns_of_one_name_both_are_offered(gazetteer):
    assert [one.latitude for one in places.look_up("Milton")] == [52.2, 56.0]


def test_the_list_itself_knows_where_its_places_are(add):
    add("Skin clinic", latitude=53.0)
    assert places.look_up("MT11AA")[0].latitude == 53.0
    assert places.look_up("skin clinic")[0].latitude == 53.0


@pytest.mark.parametrize("typed", ["", "   ", "nowhere", "%", "\0", "ZZ1 1ZZ", "'; --"])
def test_what_is_not_known_is_not_guessed(gazetteer, typed):
    assert places.look_up(typed) == []


@given(typed=st.text(max_size=200))
def test_any_text_can_be_looked_up(django_db_setup, django_db_blocker, typed):
    with django_db_blocker.unblock():
        assert places.look_up(typed.replace("\ud800", "")) == []


def test_a_place_is_not_listed_twice(add):
    add("Skin clinic")
    with pytest.raises(places.AlreadyListed):
        add("SKIN CLINIC", postcode="mt11aa")


def test_a_change_is_on_record_with_before_and_after(add, cast):
    place = add("Skin clinic")
    places.change(actor=cast.administrator, place=place, fields=fields(phone="01632 960002"))
    entry = Entry.objects.get(action="place.changed")
    assert entry.detail["changes"] == {"phone": ["01632 960001", "01632 960002"]}


def test_a_removed_place_is_not_found_and_can_be_put_back(add, cast):
    place = add("Skin clinic")
    places.remove(actor=cast.administrator, place=place)
    assert places.find() == []
    places.put_back(actor=cast.administrator, place=place)
    assert len(places.find()) == 1
    actions = ["place.added", "place.removed", "place.put_back"]
    assert [e.action for e in Entry.objects.filter(action__startswith="place.").order_by("pk")] == (
        actions
    )


@pytest.mark.parametrize("who", ["patient", "dermatologist"])
def test_only_an_administrator_keeps_the_list(add, cast, who):
    place, other = add("Skin clinic"), getattr(cast, who)
    for act in (
        lambda: places.add(actor=other, fields=fields("B")),
        lambda: places.change(actor=other, place=place, fields=fields(phone="")),
        lambda: places.remove(actor=other, place=place),
        lambda: places.put_back(actor=other, place=place),
    ):
        with pytest.raises(places.NotAllowed):
            act()
    assert Place.objects.standing().count() == 1
