"""Administrators govern the models and watch the safety board, with a real worker behind them."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, SMALL

# Run inside the product: cases for the real worker, and answered ones enough for a few figures.
SEED = """
import json
from tests import cast
from tests.triage.safety.clinic import answered
from portal.accounts.models import Role
from triage import patients
from triage.models import Photo

people = cast.gather()
second = cast.person("administrator2", Role.ADMINISTRATOR, people.clinic)
cast.decide(cases_per_hour=10_000)
for user, skin_type, sex in ((people.patient, 2, "female"), (people.patient2, 6, "male")):
    patient = patients.patient_of(user)
    patients.update_profile(actor=user, patient=patient, skin_type=skin_type, sex=sex)
for n in range(26):
    answered(people, alarmed=n % 8 != 0, diagnosis="MEL", model_version="seeded")
    answered(people, alarmed=n % 5 == 0, diagnosis="NV", model_version="seeded",
             patient=people.patient2 if n % 2 else people.patient)

import hashlib
for n in range(3):
    content = cast.lesion_jpeg(n, size=(640, 480))
    case = cast.send_case(people.patient, photo=content, notes="It bled twice.")
    case.photos.update(sha256=hashlib.sha256(content).hexdigest())
print("SEED" + json.dumps({
    "reference": case.reference,
    "people": {"administrator": people.administrator.email, "second": second.email},
}))
"""


def test_two_administrators_try_and_promote_a_model_and_one_rolls_back(
    portal, seeded, log_in, look, looks_right
):
    portal.begin("worker", "scheduler")
    portal.wait_until_ready()
    page = log_in("administrator", **DESKTOP)
    page.get_by_role("link", name="Models").first.click()
    expect(page.get_by_text("Active: its results are used")).to_be_visible()
    look(page, "models")
    page.get_by_role("row", name="Candidate").get_by_role("link").first.click()
    version = page.locator("h1").inner_text()
    look(page, "model")
    page.get_by_role("link", name="Try as a shadow").click()
    page.get_by_role("button", name="Start the trial").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    looks_right(page)
    page.get_by_label("Reason").fill("It is lighter.")
    page.get_by_role("button", name="Start the trial").click()
    expect(page.get_by_text("The trial has begun")).to_be_visible()

    until = time.monotonic() + 120  # the scheduler rings; the worker has the rest of the portal too
    while "3 cases were scored by both" not in page.locator("main").inner_text():
        assert time.monotonic() < until
        page.wait_for_timeout(2000)
        page.reload()
    look(page, "trial")
    for name in ("administrator", "second"):
        approver = page if name == "administrator" else log_in(name, **SMALL)
        approver.goto(f"/models/of/{version}/")
        look(approver, f"trial-{name}")
        approver.get_by_role("link", name="Approve for promotion").click()
        look(approver, f"approve-{name}")
        approver.get_by_label("Reason").fill("A study at another hospital.")
        approver.get_by_label("although the gate cannot be assessed").check()
        approver.get_by_role("button", name="Approve").click()
    expect(approver.get_by_text("The model is active.")).to_be_visible()
    page.goto("/models/")
    look(page, "models-promoted")
    page.get_by_label("Reason").fill("Slower than we thought.")
    page.get_by_role("button", name="Roll back to").click()
    expect(page.get_by_text("is active again")).to_be_visible()


def test_a_past_assessment_is_replayed_to_the_same_numbers(
    portal, seeded, log_in, look, looks_right
):
    page = log_in("administrator", **DESKTOP)
    number = portal.query(
        "SELECT a.id FROM triage_assessment a JOIN triage_case c ON c.id = a.case_id "
        "WHERE c.reference = %s AND NOT a.shadow",
        [seeded["reference"]],
    )[0][0]
    page.goto("/models/")
    page.get_by_role("link", name="Replay a past assessment").click()
    looks_right(page)
    page.get_by_label("Number of an assessment").fill(str(number))
    page.get_by_role("button", name="Find").click()
    look(page, "replays")
    page.get_by_role("button", name=f"Replay assessment {number}").click()
    expect(page.get_by_text("The same")).to_be_visible(timeout=60_000)
    look(page, "replay")


@pytest.mark.parametrize("screen", [DESKTOP, SMALL], ids=["desktop", "narrow"])
def test_the_safety_board(log_in, look, screen):
    page = log_in("administrator", **screen)
    page.goto("/safety/")
    expect(page.get_by_role("heading", name="Safety board")).to_be_visible()
    page.get_by_label("Cases sent in the last").select_option("30 days")
    with page.expect_navigation():
        page.get_by_role("button", name="Show").click()
    folded, plots = page.locator("details").all(), page.locator("img.board-plot").all()
    assert folded and plots
    for details in folded:
        details.locator("summary").click()
    for plot in plots:
        plot.scroll_into_view_if_needed()
        plot.evaluate("image => image.decode()")
        assert plot.evaluate("image => image.naturalWidth") > 0
    look(page, "safety")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert "sensitivity" in Path(download.value.path()).read_text()
