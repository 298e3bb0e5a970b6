"""Places and the gazetteer as CSV: whole or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.models import Entry
from tests import cast as casting
from triage import place_list, places
from triage.models import Locality, Place

HEAD = "name,address,postcode,latitude,longitude,phone,website,monday,offers,walk_in\n"
GOOD = (
    'Ashby skin clinic,"1 High Street, Ashby",AS2 3BC,52.7,-1.5,01632 960001,'
    "https://ashby.example,9 to 5,dermatology; dermoscopy,no\n"
)


@pytest.fixture
def administrator(db):
    return casting.gather().administrator


def problems(text):
    return [(problem.row, problem.text) for problem in place_list.read_places(text).problems]


def test_a_good_file_is_imported(administrator):
    done = place_list.import_places(actor=administrator, text=HEAD + GOOD)
    assert len(done.new) == 1
    place = Place.objects.get()
    assert (place.name, place.address) == ("Ashby skin clinic", "1 High Street, Ashby")
    assert place.opening == ["9 to 5", "", "", "", "", "", ""]
    assert place.offers == ["dermatology", "dermoscopy"]
    assert not place.walk_in
    assert Entry.objects.get(action="places.imported").detail == {"added": 1, "changed": 0}


def test_a_spreadsheet_s_semicolons_and_decimal_commas_are_read(administrator):
    text = "name;address;postcode;latitude;longitude;offers\nB;1 Road;B1;52,5;-1,25;gp\n"
    place_list.import_places(actor=administrator, text=text)
    assert Place.objects.get().longitude == -1.25


def test_each_problem_is_named_with_its_row(db):
    bad = (
        "No number,Road,P1,north,-1,,,,gp,no\n" + GOOD + ",Road,P2,91,0,,ftp:/x,,surfing,perhaps\n"
    )
    found = problems(HEAD + bad)
    assert found[0] == (2, "latitude: write degrees from -90 to 90, such as 51.5.")
    of_row_4 = " ".join(text for row, text in found if row == 4)
    for word in ("name:", "latitude:", "website:", "surfing", "walk_in:"):
        assert word in of_row_4
    assert not [row for row, _ in found if row == 3]


def test_a_row_that_repeats_another_is_a_problem(db):
    assert problems(HEAD + GOOD + GOOD) == [(3, "It repeats row 2.")]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        ("name,latitude\n", "longitude"),
        ("name,latitude,longitude,moon\n", "moon"),
        ("x" * 200_000, "not a CSV file"),
    ],
)
def test_a_file_that_is_something_else_is_refused(db, text, word):
    ((_, said),) = problems(text)
    assert word in said


def test_with_one_problem_nothing_is_imported(administrator):
    with pytest.raises(place_list.NotImported):
        place_list.import_places(actor=administrator, text=HEAD + GOOD + "X,,,0,0,,,,,\n")
    assert not Place.objects.exists()
    assert not Entry.objects.filter(action__startswith="place").exists()


def test_reading_alone_changes_nothing(administrator):
    reading = place_list.read_places(HEAD + GOOD)
    assert (len(reading.new), len(reading.changed), len(reading.same)) == (1, 0, 0)
    assert not Place.objects.exists()


def test_importing_again_changes_only_what_differs(administrator):
    place_list.import_places(actor=administrator, text=HEAD + GOOD)
    again = place_list.read_places(HEAD + GOOD)
    assert (len(again.changed), len(again.same)) == (0, 1)
    place_list.import_places(actor=administrator, text=HEAD + GOOD.replace("9 to 5", "8 to 4"))
    assert Place.objects.get().opening[0] == "8 to 4"


def test_importing_a_removed_place_puts_it_back(administrator):
    place_list.import_places(actor=administrator, text=HEAD + GOOD)
    places.remove(actor=administrator, place=Place.objects.get())
    place_list.import_places(actor=administrator, text=HEAD + GOOD)
    assert Place.objects.standing().count() == 1


def test_what_is_written_out_is_read_again_as_it_was(administrator):
    place_list.import_places(actor=administrator, text=HEAD + GOOD)
    again = place_list.read_places(place_list.write_places())
    assert not again.problems and len(again.same) == 1


def test_no_spreadsheet_calculates_what_is_written_out_and_it_is_still_read_as_it_was(
    administrator,
):
    row = "=cmd|' /C calc'!A0,1 High Street,AS2,52.7,-1.5,+44 1632 960001,,9 to 5,dermatology,no\n"
    place_list.import_places(actor=administrator, text=HEAD + row)
    written = place_list.write_places()
    assert "\n'=cmd|" in written and ",'+44 1632 960001," in written and ",-1.5," in written
    again = place_list.read_places(written)
    assert not again.problems and len(again.same) == 1


def test_a_gazetteer_is_imported_and_corrected(administrator):
    head = "name,postcode,latitude,longitude\n"
    place_list.import_localities(actor=administrator, text=head + "Ashby,AS2,52.7,-1.5\n")
    done = place_list.import_localities(
        actor=administrator, text=head + "Ashby,AS2,52.8,-1.5\nMilton,,52.2,0.1\n"
    )
    assert (len(done.new), len(done.changed)) == (1, 1)
    assert Locality.objects.get(name="Ashby").latitude == 52.8


def test_only_an_administrator_imports(db):
    patient = casting.gather().patient
    with pytest.raises(places.NotAllowed):
        place_list.import_places(actor=patient, text=HEAD + GOOD)
    with pytest.raises(places.NotAllowed):
        place_list.import_localities(actor=patient, text="name,latitude,longitude\n")


@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_file_can_be_read(django_db_setup, django_db_blocker, content):
    with django_db_blocker.unblock():
        text = place_list.text_of(content)
        place_list.read_places(text)
        place_list.read_places(HEAD + text)
        place_list.read_localities("name,postcode,latitude,longitude\n" + text)
