"""A patient in a real browser: registers, and goes through the guided form page by page."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.product import Product
from training.procedural import lesion_photo
from triage.symptoms import QUESTIONS, Group

PASSWORD = "correct horse battery staple"  # noqa: S105
CAMERA = (4032, 3024)  # 12 megapixels
FLAGS = sum(question.group is Group.RED_FLAG for question in QUESTIONS)
TITLES = {
    "who": "Who is this for?", "signs": "Signs of an emergency", "spot": "Which spot is it about?",
    "place": "Where is it?", "camera": "How to take the photos", "photos": "Your photos",
    "changes": "What you noticed", "looks": "What it looks like", "size": "How long, and how wide",
    "notes": "In your own words", "about": "About you", "review": "Check your answers",
    "consent": "What you agree to",
}  # fmt: skip


def album(folder: Path) -> Path:
    """Photos of a phone: a JPEG and a HEIC of 12 megapixels, a smaller one, and no photo at all."""
    import pillow_heif

    large = lesion_photo(21, skin_tone=5, size=CAMERA)
    large.save(folder / "IMG_0001.JPG", "JPEG", quality=95)
    other = lesion_photo(23, skin_tone=5, size=CAMERA)
    pillow_heif.from_pillow(other).save(folder / "IMG_0002.HEIC", quality=80)
    lesion_photo(22, skin_tone=2, size=(1600, 1200)).save(folder / "IMG_0003.jfif", "JPEG")
    dark = lesion_photo(24, skin_tone=2, size=(1600, 1200)).point(lambda level: level // 12)
    dark.save(folder / "IMG_0004.JPG", "JPEG")
    (folder / "holiday.pdf").write_bytes(b"%PDF-1.7 not a photo")
    return folder


def register(page: Page, name: str) -> None:
    """Sign up, confirm the address through the mailbox page, and come back logged in."""
    page.goto("/accounts/signup/")
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail address").fill(f"{name.lower()}@example.org")
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.goto("/mailbox/")
    letter = page.get_by_role("article").filter(has_text=f"{name.lower()}@example.org").first
    letter.get_by_role("link").first.click()
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_text("You have not sent anything yet")).to_be_visible()


def log_in(page: Page, name: str) -> None:
    page.get_by_label("E-mail address").fill(f"{name.lower()}@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()


def at(page: Page, step: str) -> None:
    """The page is this one of the form, and its scripts have run."""
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[step])
    page.wait_for_load_state()


def go_on(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^(Save and continue|Continue)$")).click()


def begin(page: Page, name: str) -> None:
    register(page, name)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Send photos").click()
    page.get_by_role("button", name="Begin").click()
    at(page, "who")


def say_who(page: Page) -> None:
    expect(page.get_by_label("When were you born?")).to_be_hidden()
    page.get_by_label("Mine").check()
    page.get_by_label("When were you born?").fill("1961-04-09")
    go_on(page)


def say_no_signs(page: Page) -> None:
    at(page, "signs")
    flags = page.get_by_label("No", exact=True)
    assert flags.count() == FLAGS
    for flag in flags.all():
        flag.check()
    go_on(page)


def say_where(page: Page, place: str = "Back") -> None:
    at(page, "spot")
    page.get_by_label("One", exact=True).check()
    go_on(page)
    at(page, "place")
    page.get_by_label("Where on the body is it?").select_option(place)
    go_on(page)
    at(page, "camera")
    go_on(page)
    at(page, "photos")


def to_photos(page: Page, name: str, place: str = "Back") -> None:
    """Everything before the photos, as somebody with nothing special answers it."""
    begin(page, name)
    say_who(page)
    say_no_signs(page)
    say_where(page, place)


def photos_to_review(page: Page) -> None:
    """Every page after the photos, with nothing answered."""
    for step in ("photos", "changes", "looks", "size", "notes", "about"):
        at(page, step)
        go_on(page)
    at(page, "review")


def agree_and_send(page: Page) -> None:
    go_on(page)
    at(page, "consent")
    page.get_by_label("I have read this and I agree").check()
    page.get_by_role("button", name="Send to the clinic").click()


def added(page: Page) -> Locator:
    return page.get_by_role("list", name="Photos that you added").get_by_role("img")


def cases(portal: Product, name: str) -> int:
    found = portal.query(
        "SELECT count(*) FROM triage_case c JOIN triage_patient p ON p.id = c.patient_id"
        " JOIN accounts_user u ON u.id = p.user_id WHERE u.email = %s",
        [f"{name.lower()}@example.org"],
    )
    return found[0][0]
