"""Where to go, for everybody; and the administrator's pages of places."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import cast as casting
from tests.triage.test_place_list import GOOD, HEAD
from tests.triage.test_places import fields
from triage import places
from triage.models import Locality, Place

WHERE = "/where-to-go/"


@pytest.fixture
def cast(db):
    return casting.gather()


@pytest.fixture
def administrator(cast):
    client = Client()
    client.force_login(cast.administrator)
    return client


def add(cast, name, **changes):
    return places.add(actor=cast.administrator, fields=fields(name, **changes))


def test_a_visitor_finds_the_nearest_place(cast):
    add(cast, "Far clinic", latitude=56.0)
    add(cast, "Near clinic", latitude=52.3)
    Locality.objects.create(name="Milton", postcode="MT1", latitude=52.2, longitude=0.16)
    page = Client().post(WHERE, {"near": "milton"}).content.decode()
    assert page.index("Near clinic") < page.index("Far clinic")
    assert "11 km" in page
    assert 'href="tel:01632960001"' in page


def test_where_somebody_looks_from_is_in_no_address(cast):
    add(cast, "Clinic")
    page = Client().get(WHERE).content.decode()
    form = page[page.index('id="where"') :]
    assert 'method="post"' in form[:100]
    assert "Distances are" not in Client().get(WHERE, {"near": "MT1 1AA"}).content.decode()


def test_a_place_that_is_not_known_is_said_and_the_list_stays(cast):
    add(cast, "Clinic")
    answer = Client().post(WHERE, {"near": "Atlantis"})
    assert answer.status_code == 422
    assert "We do not know this place" in answer.content.decode()
    assert "Clinic" in answer.content.decode()


def test_one_of_two_towns_of_a_name_is_chosen(cast):
    add(cast, "Clinic")
    for north in (52.2, 56.0):
        Locality.objects.create(name="Milton", postcode=f"Z{north}", latitude=north, longitude=0)
    page = Client().post(WHERE, {"near": "Milton"}).content.decode()
    assert "Which one do you mean?" in page
    one = Locality.objects.first()
    page = Client().post(WHERE, {"near": "Milton", "locality": one.pk}).content.decode()
    assert "Places near Milton" in page


def test_where_the_browser_is_can_be_sent_instead(cast):
    add(cast, "Clinic", latitude=51.0, longitude=0.0)
    page = Client().post(WHERE, {"latitude": "51.01", "longitude": "0"}).content.decode()
    assert "1.1 km" in page
    assert Client().post(WHERE, {"latitude": "nan", "longitude": "inf"}).status_code in (200, 422)


def test_the_emergency_pages_link_narrows_the_list_without_a_script(cast):
    add(cast, "Hospital", offers=["emergency"])
    add(cast, "Practice", offers=["gp"])
    page = Client().get(WHERE, {"offer": "emergency"}).content.decode()
    assert "Hospital" in page and "Practice" not in page


def test_an_empty_list_says_what_to_do(db):
    assert "Ask your family doctor where to go" in Client().get(WHERE).content.decode()


def test_a_long_list_comes_in_pages(cast):
    for number in range(25):
        add(cast, f"Clinic {number:02}")
    first = Client().get(WHERE).content.decode()
    assert "Clinic 00" in first and "Clinic 24" not in first
    second = Client().post(WHERE, {"near": "MT1 1AA", "walk_in": "", "page": 2}).content.decode()
    assert '<input type="hidden" name="near" value="MT1 1AA">' in second
    assert "Clinic 2" in second and "Page 2 of 2" in second


def test_the_page_takes_few_queries(cast, django_assert_max_num_queries):
    for number in range(25):
        add(cast, f"Clinic {number:02}")
    with django_assert_max_num_queries(12):
        Client().post(WHERE, {"near": "MT1 1AA"})


# -- the administrator's pages --------------------------------------------------------------------
ENTERED = {"name": "New clinic", "address": "2 Road", "postcode": "ab1 2cd", "latitude": "52",
           "longitude": "-1", "offers": ["gp"], "monday": "9 to 5"}  # fmt: skip


def test_an_administrator_adds_and_changes_a_place(administrator):
    assert administrator.post("/places/new/", ENTERED).status_code == 302
    place = Place.objects.get()
    assert (place.postcode, place.opening[0]) == ("AB1 2CD", "9 to 5")
    administrator.post(f"/places/{place.pk}/", ENTERED | {"name": "Newer clinic"})
    assert Place.objects.get().name == "Newer clinic"


def test_what_is_wrong_is_said_beside_its_field(administrator):
    answer = administrator.post("/places/new/", ENTERED | {"latitude": "north"})
    assert answer.status_code == 422
    assert not Place.objects.exists()


def test_a_place_twice_is_refused(administrator):
    administrator.post("/places/new/", ENTERED)
    answer = administrator.post("/places/new/", ENTERED)
    assert answer.status_code == 422
    assert "already" in answer.content.decode()


def test_removing_asks_first_and_can_be_undone(administrator, cast):
    place = add(cast, "Clinic")
    assert (
        "You can put it back" in administrator.get(f"/places/{place.pk}/remove/").content.decode()
    )
    administrator.post(f"/places/{place.pk}/remove/")
    assert "Clinic" not in Client().get(WHERE).content.decode()
    assert "Put back" in administrator.get("/places/", {"removed": "on"}).content.decode()
    administrator.post(f"/places/{place.pk}/put-back/")
    assert "Skin" in Client().get(WHERE).content.decode() or Place.objects.standing().exists()


def test_the_list_is_filtered_and_counted(administrator, cast, django_assert_max_num_queries):
    add(cast, "Alpha clinic", offers=["gp"])
    add(cast, "Beta clinic", offers=["dermatology"])
    with django_assert_max_num_queries(12):
        page = administrator.get("/places/", {"offer": "gp", "text": "alpha"}).content.decode()
    assert "Alpha clinic" in page and "Beta clinic" not in page
    assert "No place found" in administrator.get("/places/", {"text": "gamma"}).content.decode()


def file(text):
    return SimpleUploadedFile("places.csv", text.encode(), "text/csv")


def test_a_file_is_shown_before_it_is_imported(administrator):
    answer = administrator.post("/places/import/", {"kind": "places", "file": file(HEAD + GOOD)})
    page = answer.content.decode()
    assert "New: 1. Changed: 0." in page and "Ashby skin clinic" in page
    assert not Place.objects.exists()
    confirmed = {"kind": "places", "text": HEAD + GOOD, "confirm": "1"}
    answer = administrator.post("/places/import/", confirmed, follow=True)
    assert "1 row added, 0 changed." in answer.content.decode()
    assert Place.objects.count() == 1


def test_problems_are_shown_row_by_row_and_nothing_is_imported(administrator):
    bad = HEAD + GOOD + "X,,,0,0,,,,,\n"
    answer = administrator.post("/places/import/", {"kind": "places", "file": file(bad)})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Nothing was imported" in page and "<td>3</td>" in page
    confirmed = {"kind": "places", "text": bad, "confirm": "1"}
    assert administrator.post("/places/import/", confirmed).status_code == 422
    assert not Place.objects.exists()


def test_a_gazetteer_is_imported_from_the_same_page(administrator):
    text = "name,postcode,latitude,longitude\nMilton,MT1,52.2,0.1\n"
    confirmed = {"kind": "gazetteer", "text": text, "confirm": "1"}
    assert administrator.post("/places/import/", confirmed).status_code == 302
    assert Locality.objects.get().name == "Milton"


def test_no_file_is_no_import(administrator):
    answer = administrator.post("/places/import/", {"kind": "places"})
    assert answer.status_code == 422
    assert "Choose a file." in answer.content.decode()


def test_the_list_can_be_taken_away_as_csv(administrator, cast):
    add(cast, "Clinic")
    answer = administrator.get("/places/export/")
    assert answer["Content-Type"].startswith("text/csv")
    assert b"Clinic" in answer.content
