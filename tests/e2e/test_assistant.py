"""A patient asks the assistant, is told how soon to see a doctor, and finds out where to go; an
administrator keeps the places. With and without JavaScript, on a desktop and a telephone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE

SEED = """
import json
from portal.management import sample_places
from tests import cast
from triage import place_list
people = cast.gather()
more = [cast.person(name, "patient", people.clinic).email for name in ("ann", "bea", "cid")]
place_list.import_localities(actor="test", text=sample_places.GAZETTEER)
place_list.import_places(actor="test", text=sample_places.PLACES)
print("SEED" + json.dumps({"people": {"ann": more[0], "bea": more[1], "cid": more[2],
    "administrator": people.administrator.email}}))
"""
STORY = "Brown mole on my left calf, growin since March, about 8 mm. No bleeding"


def choose(page: Page, answer: str) -> None:
    page.get_by_role("group", name="Answers to choose from").get_by_role(
        "button", name=answer, exact=True
    ).click()


@pytest.mark.parametrize(("name", "screen"), [("ann", DESKTOP), ("bea", PHONE)])
def test_from_the_first_question_to_a_form_filled_in(log_in, looks_right, name, screen):
    page = log_in(name, **screen)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Ask", exact=True).click()
    talk, field = page.get_by_role("log"), page.get_by_label("Your answer, or a question")
    expect(page.get_by_text("This is a program, not a doctor.")).to_be_visible()
    looks_right(page)
    choose(page, "No")
    expect(talk).to_contain_text("Tell me about the spot in your own words")
    expect(field).to_be_focused()

    page.keyboard.type(STORY)
    page.keyboard.press("Enter")
    expect(talk).to_contain_text("Noted: it has grown; it has not bled; for 9 months; about 8 mm")
    expect(talk).to_contain_text("Has it changed in shape or colour?")
    page.keyboard.type("what is a melanoma?")
    page.keyboard.press("Enter")
    expect(talk.get_by_role("link", name="Read the page: Melanoma")).to_be_visible()
    looks_right(page)
    for word in ("flibble", "flobble"):
        expect(field).to_be_focused()
        page.keyboard.type(word)
        page.keyboard.press("Enter")
        expect(talk.get_by_text(word, exact=True)).to_be_visible()
    expect(talk).to_contain_text("Please choose one of the answers below.")
    choose(page, "Not sure")
    for asked in ("itch", "hurt", "raised", "uneven", "one colour", "swollen", "crust", "differ"):
        expect(talk.get_by_role("listitem").last).to_contain_text(asked)
        choose(page, "No")

    advice = page.get_by_role("heading", name="My advice")
    expect(advice).to_be_in_viewport()
    expect(page.get_by_text("You wrote:")).to_contain_text(STORY)
    looks_right(page)
    page.get_by_role("button", name="Send photos with these answers").click()
    expect(page).to_have_url(re.compile("/send/"))


def test_an_emergency_comes_into_sight_at_once(log_in, looks_right):
    page = log_in("cid", **PHONE)
    page.goto("/ask/")
    choose(page, "Yes")
    emergency = page.get_by_role("heading", name="Seek emergency care now")
    expect(emergency).to_be_in_viewport()
    expect(page.get_by_role("alert").get_by_role("link", name="Call 999")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Take back my last answer").click()
    expect(emergency).to_be_hidden()
    choose(page, "No")
    page.get_by_role("link", name="Start again").click()
    looks_right(page)
    page.get_by_role("button", name="Delete it and start again").click()
    expect(page.get_by_text("What you told the assistant is deleted.")).to_be_visible()


def test_what_does_not_arrive_is_said_and_stays_in_its_field(log_in):
    page = log_in("cid", **DESKTOP)
    page.goto("/ask/")
    field = page.get_by_role("textbox")
    page.context.set_offline(True)
    field.fill("it itches at night")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That did not arrive.")
    expect(field).to_have_value("it itches at night")
    page.context.set_offline(False)
    field.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("it itches at night")
    expect(page.get_by_text("That did not arrive.")).to_be_hidden()


def test_the_whole_conversation_works_without_javascript(log_in):
    page = log_in("cid", **DESKTOP, java_script_enabled=False)
    page.goto("/ask/")
    choose(page, "No")
    page.get_by_label("Your answer, or a question").fill("on my nose, it bled, 6 months, 5 mm")
    page.get_by_role("button", name="Send", exact=True).click()
    advice = page.get_by_role("heading", name="My advice")
    for _ in range(12):
        if advice.is_visible():
            break
        choose(page, "No")
    expect(page.get_by_text("has not healed in four weeks")).to_be_visible()
    page.get_by_role("button", name="Send photos with these answers").click()
    expect(page).to_have_url(re.compile("/send/"))


@pytest.mark.parametrize("screen", [DESKTOP, PHONE])
def test_a_visitor_finds_the_nearest_emergency_department(open_page, seeded, looks_right, screen):
    page = open_page(**screen)
    page.goto("/where-to-go/")
    looks_right(page)
    page.get_by_label("Near a town or postcode").fill("Wetherfield")
    page.get_by_label("What they offer").select_option("Emergency care")
    page.get_by_role("button", name="Show places").click()
    expect(page.get_by_role("heading", name="Places near Wetherfield")).to_be_visible()
    first = page.get_by_role("heading", level=3).first
    expect(first).to_have_text("Ashcombe General Hospital 14 km")
    assert "Wetherfield" not in page.url
    looks_right(page)
    page.get_by_label("Near a town or postcode").fill("Newby")
    page.get_by_role("button", name="Show places").click()
    page.get_by_role("button", name="Newby QC4").click()
    expect(page.get_by_role("heading", level=3).first).to_contain_text("Port Lannet Hospital")


def test_the_browser_may_say_where_it_is(open_page, seeded):
    where = {"latitude": 53.01, "longitude": -0.36}
    page = open_page(**DESKTOP, geolocation=where, permissions=["geolocation"])
    page.goto("/where-to-go/")
    page.get_by_role("button", name="Use where I am now").click()
    expect(page.get_by_role("heading", name="Places near where you are")).to_be_visible()
    expect(page.get_by_role("heading", level=3).first).to_contain_text("Port Lannet")


def test_an_administrator_imports_places_after_a_look_at_them(log_in, looks_right):
    page = log_in("administrator", **DESKTOP)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Places").click()
    looks_right(page)
    page.get_by_role("link", name="Import a CSV file").click()
    head = "name,address,postcode,latitude,longitude,offers\n"
    bad = head + "New Practice,1 Road,QA1 7ZZ,north,0,gp\n"
    page.get_by_label("CSV file").set_input_files(_file(bad))
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was imported")
    expect(page.get_by_role("cell", name="latitude: write degrees")).to_be_visible()
    looks_right(page)
    page.get_by_label("CSV file").set_input_files(_file(bad.replace("north", "52.6")))
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("New: 1. Changed: 0.")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Import this").click()
    expect(page.get_by_text("1 row added, 0 changed.")).to_be_visible()
    page.get_by_role("link", name=re.compile("Remove.*New Practice")).click()
    looks_right(page)
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("New Practice is off the list.")).to_be_visible()


def _file(text: str) -> dict[str, object]:
    return {"name": "places.csv", "mimeType": "text/csv", "buffer": text.encode()}
