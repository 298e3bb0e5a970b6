"""Photos again from the reader's desk to the patient's telephone and back; messages; the clock."""

import io
from datetime import date, timedelta

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e import test_reading
from tests.e2e.conftest import DESKTOP, PHONE, SMALL, run_inside

SEED = test_reading.SEED
# What the mail to the patient would say: the outbox makes the link as it mails.
LINK = """
from triage import links
from triage.models import PhotoRequest
print("LINK" + links.issue(photo_request=PhotoRequest.objects.latest("pk")))
"""


@pytest.fixture
def photo() -> dict:
    stream = io.BytesIO()
    Image.effect_noise((1000, 800), 60).convert("RGB").save(stream, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": stream.getvalue()}


def ask_for_photos(page: Page, reference: str) -> None:
    page.goto(f"/worklist/{reference}/")
    page.get_by_role("button", name="Claim this case").click()
    page.get_by_role("link", name="Photos again").click()
    page.get_by_label("Blurred").check()
    page.get_by_label("Nothing to judge the size by").check()
    page.get_by_label("Note to the patient").fill("A coin will do.")
    page.get_by_role("button", name="Ask for photos and stop the clock").click()
    expect(page.get_by_text("its clock stands still")).to_be_visible()


def test_photos_again_by_the_link_in_the_mail(
    portal, seeded, log_in, open_page, looks_right, photo
):
    reference = seeded["references"][1]
    reader = log_in("dermatologist", **DESKTOP)
    ask_for_photos(reader, reference)
    looks_right(reader)
    reader.get_by_role("link", name="Waiting for photos").click()
    expect(reader.get_by_text(reference)).to_be_visible()
    expect(reader.get_by_text("Clock stopped")).to_be_visible()

    token = run_inside(portal, LINK, "LINK")
    visitor = open_page(**SMALL)
    visitor.goto(f"/link/{token}/")
    looks_right(visitor)
    visitor.get_by_role("button", name="Go on to send photos").click()
    expect(visitor.get_by_text("Lay a coin or a ruler")).to_be_visible()
    assert reference not in visitor.content()
    visitor.get_by_label("Close-up photos").set_input_files([photo])
    visitor.get_by_role("button", name="Add them and look first").click()
    expect(visitor.get_by_text("Photo 1: Close-up")).to_be_visible()
    looks_right(visitor)
    visitor.get_by_role("button", name="Send the photos").click()
    expect(visitor.get_by_role("heading", name="Your photos have arrived")).to_be_visible()
    visitor.goto(f"/link/{token}/")
    expect(visitor.get_by_role("heading", name="Your photos have arrived")).to_be_visible()
    looks_right(visitor)

    reader.goto(f"/worklist/{reference}/")
    expect(reader.get_by_text("Sent again")).to_be_visible()
    expect(reader.get_by_role("button", name="Claim this case")).to_be_visible()


def test_photos_again_logged_in_without_a_script(seeded, log_in, looks_right, photo):
    reference = seeded["references"][2]
    ask_for_photos(log_in("dermatologist", **DESKTOP), reference)
    patient = log_in("patient", **SMALL, java_script_enabled=False)
    patient.goto("/notifications/")
    patient.get_by_role("link", name="Send new photos").first.click()
    expect(patient.get_by_role("heading", name="What to do differently")).to_be_visible()
    patient.get_by_label("Close-up photos").set_input_files([photo])
    patient.get_by_role("button", name="Send the photos").click()
    expect(patient.get_by_text("Your new photos have arrived").first).to_be_visible()


def test_messages_and_an_emergency_sign_in_one(seeded, log_in, looks_right):
    reference = seeded["references"][3]
    patient = log_in("patient", **PHONE)
    patient.goto("/messages/")
    looks_right(patient)
    patient.goto(f"/messages/{reference}/")
    patient.get_by_label("Your message").fill(
        "The rash has spread over my whole body and I have a high fever."
    )
    patient.get_by_role("button", name="Send the message").click()
    expect(patient.get_by_role("heading", name="Seek emergency care now")).to_be_visible()
    looks_right(patient)

    reader = log_in("dermatologist", **DESKTOP)
    reader.get_by_role("link", name="Messages").click()
    expect(reader.get_by_text("Emergency words")).to_be_visible()
    looks_right(reader)
    reader.get_by_role("link", name="Back").first.click()
    reader.get_by_label("Your message").fill("We are calling you now.")
    reader.get_by_role("button", name="Send the message").click()
    looks_right(reader)
    patient.goto("/notifications/")
    patient.get_by_role("link", name="Read the message").first.click()
    expect(patient.get_by_text("We are calling you now.")).to_be_visible()
    looks_right(patient)


def test_the_clock_the_rota_and_the_days_off(seeded, log_in, looks_right):
    reader = log_in("dermatologist", **DESKTOP)
    reader.get_by_role("link", name="Clock").click()
    expect(reader.get_by_role("heading", name="What this assumes")).to_be_visible()
    looks_right(reader)
    reader.get_by_role("link", name="Rota").click()
    reader.get_by_label("Who").select_option(label="dermatologist2")
    reader.get_by_label("From").fill(f"{date.today() - timedelta(days=1)}T08:00")
    reader.get_by_label("Until").fill(f"{date.today() + timedelta(days=300)}T08:00")
    reader.get_by_role("button", name="Put on the rota").click()
    expect(reader.get_by_text("On duty now")).to_be_visible()
    looks_right(reader)
    administrator = log_in("administrator", **SMALL)
    administrator.goto("/clock/days-off/")
    administrator.get_by_label("Day", exact=True).fill("2026-12-25")
    administrator.get_by_label("What it is called").fill("Christmas Day")
    administrator.get_by_role("button", name="Add the day").click()
    expect(administrator.get_by_text("Christmas Day").first).to_be_visible()
    looks_right(administrator)
    administrator.goto("/clock/")
    looks_right(administrator)
