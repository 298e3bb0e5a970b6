"""An administrator changes the rules after a look at the queue, goes back to what held before, and
looks after people; with and without JavaScript, on a desktop and a telephone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, tab_to

PROCESSES = ("worker", "scheduler")

SEED = """
import json
from tests import cast
people = cast.gather()
cases = [cast.send_case(people.patient).reference for _ in range(3)]
second = cast.person("second", "administrator", people.clinic)
print("SEED" + json.dumps({"cases": cases, "clinic": people.clinic.name, "people": {
    "administrator": people.administrator.email, "second": second.email,
    "dermatologist": people.dermatologist.email}, "number": people.dermatologist.pk}))
"""


def change(page: Page, label: str, value: str) -> None:
    page.goto("/rules/")
    page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()


def confirm(page: Page, reason: str) -> None:
    page.get_by_label("Why is this changed?").fill(reason)
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("is in force. Open cases are being ranked anew.")).to_be_visible()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_rules_are_changed_after_a_look_and_brought_back_in_one_click(log_in, look, seeded, screen):
    page = log_in("administrator", **screen)
    page.goto("/rules/")
    look(page, "rules")
    page.get_by_label("Emergency: read within (hours)").fill("0")
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    look(page, "rules-wrong")

    page.goto("/rules/")
    page.get_by_label("Fail-safe urgency").select_option("Urgent suspected cancer")
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_text("Nothing has changed yet.")).to_be_visible()
    moved = page.get_by_role("row").filter(has_text="more urgent").get_by_role("cell").nth(1)
    assert int(moved.inner_text()) >= len(seeded["cases"])
    for reference in seeded["cases"]:
        expect(page.get_by_text(reference)).to_have_count(0)
    look(page, "rules-preview")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("link", name=re.compile("Why is this changed"))).to_be_visible()
    confirm(page, "The clinic wants unscored cases read within a day.")
    look(page, "rules-adopted")
    expect(page.get_by_text("still stand")).to_have_count(0)  # the worker has ranked them anew

    page.get_by_role("link", name="History, import and export").click()
    look(page, "rules-history")
    here = page.get_by_role("row").filter(has_text="In force")
    number = int(re.search(r"Version (\d+)", here.inner_text())[1])
    page.goto(f"/rules/versions/{number - 1}/")
    look(page, "rules-version")
    page.get_by_role("button", name="Go back to this version").click()
    expect(page.get_by_label("Why is this changed?")).to_have_value(f"Back to version {number - 1}")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text(f"Version {number + 1} is in force", exact=False).first).to_be_visible()


def test_of_two_who_edit_at_once_the_later_is_told_and_keeps_what_they_wrote(log_in, look):
    first, second = log_in("administrator", **DESKTOP), log_in("second", **DESKTOP)
    second.goto("/rules/")
    second.get_by_label("Routine: read within (days)").fill("6")
    change(first, "Advice: read within (days)", "12")
    confirm(first, "Shorter for all.")
    second.get_by_role("button", name="See what would change").click()
    expect(second.get_by_text("Somebody else has changed the rules")).to_be_visible()
    expect(second.get_by_label("Routine: read within (days)")).to_have_value("6")
    expect(second.get_by_label("Advice: read within (days)")).to_have_value("12")
    look(second, "rules-overtaken")
    second.get_by_role("button", name="See what would change").click()
    confirm(second, "Routine too.")


def test_rules_are_changed_without_javascript(log_in):
    page = log_in("administrator", **DESKTOP, java_script_enabled=False)
    change(page, "Routine: read within (days)", "5")
    confirm(page, "Read sooner.")


def test_the_rules_are_changed_by_keyboard_alone(log_in):
    page = log_in("administrator", **DESKTOP)
    page.goto("/rules/")
    tab_to(page, page.get_by_label("Soon: read within (working days)"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    tab_to(page, page.get_by_label("Why is this changed?"))
    page.keyboard.type("Two days are enough.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("is in force. Open cases are being ranked anew.")).to_be_visible()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_people_are_found_changed_with_a_reason_and_their_history_tells(
    log_in, look, seeded, screen
):
    page = log_in("administrator", **screen)
    look(page, "people")
    page.get_by_label("State").select_option("Disabled")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="dermatologist", exact=True)).to_have_count(0)
    page.goto("/people/")
    page.get_by_role("link", name="dermatologist", exact=True).click()
    look(page, "person")
    page.get_by_role("link", name="Disable this account").click()
    expect(page.get_by_text("You can enable it again at any time.")).to_be_visible()
    look(page, "person-act")
    page.get_by_role("button", name="Disable this account").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    look(page, "person-act-wrong")
    page.get_by_label("No longer works here").check()
    page.get_by_role("button", name="Disable this account").click()
    history = page.get_by_role("region", name="History of the account")
    expect(history).to_contain_text("No longer works here")
    page.get_by_role("link", name="Enable this account").click()
    page.get_by_label("Works here again").check()
    page.get_by_role("button", name="Enable this account").click()
    expect(history).to_contain_text("Works here again")
    look(page, "person-changed")


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_clinic_is_made_and_renamed(log_in, look, screen):
    page = log_in("administrator", **screen)
    page.get_by_role("link", name="Clinics").click()
    look(page, "clinics")
    page.get_by_role("link", name="New clinic").click()
    look(page, "clinic")
    name = f"North clinic {page.viewport_size['width']}"
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("Taken")
    row.get_by_role("link").click()
    page.get_by_label("Name").fill(f"{name} and west")
    page.get_by_label("The clinic was reorganised").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text=f"{name} and west")).to_be_visible()
