"""A patient: registers, sends photos as a phone takes them, follows the case, reads the result."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.product import Product
from training.procedural import lesion_photo
from triage.symptoms import QUESTIONS, Group

PASSWORD = "correct horse battery staple"  # noqa: S105
CAMERA = (4032, 3024)  # 12 megapixels
FLAGS = sum(question.group is Group.RED_FLAG for question in QUESTIONS)


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos of a phone: a JPEG and a HEIC of 12 megapixels, a smaller one, and no photo at all."""
    import pillow_heif

    folder = tmp_path_factory.mktemp("album")
    large = lesion_photo(21, skin_tone=5, size=CAMERA)
    large.save(folder / "IMG_0001.JPG", "JPEG", quality=95)
    pillow_heif.from_pillow(large).save(folder / "IMG_0002.HEIC", quality=80)
    lesion_photo(22, skin_tone=2, size=(1600, 1200)).save(folder / "IMG_0003.jfif", "JPEG")
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
    expect(page.get_by_role("heading", name="My cases")).to_be_visible()


def agree(page: Page) -> None:
    """What is asked before the first photo."""
    page.get_by_role("link", name="Send photos").first.click()
    page.get_by_label("When were you born?").fill("1961-04-09")
    page.get_by_label("I have read this and I agree").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Send photos of one spot")).to_be_visible()


def ready(page: Page, name: str) -> None:
    register(page, name)
    agree(page)


def answer(page: Page) -> None:
    """The answers that the form insists on."""
    flags = page.get_by_role("region", name="Signs of an emergency").get_by_label("No", exact=True)
    assert flags.count() == FLAGS
    for flag in flags.all():
        flag.check()
    page.get_by_label("Where on the body is it?").select_option("Back")


def added(page: Page) -> Locator:
    return page.get_by_role("list", name="Photos that you added").get_by_role("img")


def cases(portal: Product, name: str) -> int:
    found = portal.query(
        "SELECT count(*) FROM triage_case c JOIN triage_patient p ON p.id = c.patient_id"
        " JOIN accounts_user u ON u.id = p.user_id WHERE u.email = %s",
        [f"{name.lower()}@example.org"],
    )
    return found[0][0]


def test_from_registration_to_the_first_impression_on_a_phone(
    portal, open_page, album, looks_right
):
    page = open_page(**PHONE)
    register(page, "Paula")
    looks_right(page)
    page.get_by_role("link", name="Send photos").first.click()
    looks_right(page)
    agree(page)
    looks_right(page)

    names = ["IMG_0001.JPG", "holiday.pdf", "IMG_0003.jfif"]
    page.get_by_label("Close-up").set_input_files([album / name for name in names])
    page.get_by_label("From further away").set_input_files(album / "IMG_0002.HEIC")
    expect(added(page)).to_have_count(3, timeout=30_000)
    refused = page.get_by_role("alert").filter(has_text="holiday.pdf")
    expect(refused).to_contain_text("This kind of picture can't be used")
    looks_right(page)
    page.get_by_role("button", name="Dismiss").click()
    expect(refused).to_have_count(0)

    answer(page)
    emergency = page.get_by_role("heading", name="Seek emergency care now")
    expect(emergency).to_be_hidden()
    fever = page.get_by_role("group", name="Do you have a fever")
    fever.get_by_label("Yes").check()
    expect(emergency).to_be_in_viewport()
    looks_right(page)
    fever.get_by_label("No", exact=True).check()
    expect(emergency).to_be_hidden()
    page.get_by_role("group", name="Does it itch?").get_by_label("Yes").check()
    page.get_by_label("How wide is it").fill("6,5")
    page.get_by_label("Anything else").fill("It has grown since the summer.")

    page.get_by_role("button", name="Send to the clinic").dblclick()
    expect(page.get_by_role("heading", name="Your case: back")).to_be_visible()
    looks_right(page)
    receipt = page.url
    expect(page.get_by_text("This is not a diagnosis.")).to_be_visible(timeout=60_000)
    assert page.url == receipt, "the page followed the case by itself"
    looks_right(page)
    likely = page.get_by_role("region", name="First impression").get_by_role("listitem")
    expect(likely).to_have_count(4)
    assert all(re.search(r"\d+ %", text) for text in likely.all_inner_texts())
    expect(page.get_by_role("heading", name="How soon to be seen")).to_be_visible()
    expect(page.get_by_text("Nobody at the clinic yet.")).to_be_visible()
    assert cases(portal, "Paula") == 1

    likely.first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="When to seek help")).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="My cases").first.click()
    expect(page.get_by_role("main").get_by_role("link", name="Back")).to_be_visible()
    looks_right(page)


def test_the_back_button_and_a_second_press_make_no_second_case(portal, open_page, album):
    page = open_page(**DESKTOP)
    ready(page, "Bruno")
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    expect(added(page)).to_have_count(1)
    answer(page)
    page.get_by_role("button", name="Send to the clinic").click()
    expect(page.get_by_role("heading", name="Your case: back")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Send photos of one spot")).to_be_visible()
    page.get_by_role("button", name="Send to the clinic").click()
    page.wait_for_load_state()
    assert cases(portal, "Bruno") == 1


def test_pressing_send_while_photos_travel_sends_when_they_are_there(portal, open_page, album):
    page = open_page(**PHONE)
    ready(page, "Wanda")
    answer(page)
    page.route("**/send/photos/", lambda route: (time.sleep(1), route.continue_()))
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    page.get_by_role("button", name="Send to the clinic").click()
    expect(page.get_by_text("Sending as soon as your photos are there")).to_be_visible()
    expect(page.get_by_role("heading", name="Your case: back")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("img", name=re.compile("^Photo 1"))).to_be_visible()


def test_a_lost_connection_costs_nothing_but_a_press(open_page, album):
    page = open_page(**PHONE)
    ready(page, "Lena")
    page.context.set_offline(True)
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    expect(page.get_by_text("The connection was lost.")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(added(page)).to_have_count(1)
    page.get_by_role("button", name="Remove this photo").click()
    expect(added(page)).to_have_count(0)


def test_somebody_logged_out_meanwhile_logs_in_elsewhere_and_goes_on(portal, open_page, album):
    page = open_page(**DESKTOP)
    ready(page, "Otto")
    answer(page)
    page.get_by_label("Anything else").fill("Kept")
    page.context.clear_cookies()
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    expect(page.get_by_text("You were logged out.")).to_be_visible()
    other = page.context.new_page()
    other.goto("/accounts/login/")
    other.get_by_label("E-mail address").fill("otto@example.org")
    other.locator("input[name=password]").fill(PASSWORD)
    other.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    expect(other.get_by_role("heading", name="My cases")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(added(page)).to_have_count(1)
    page.get_by_role("button", name="Send to the clinic").click()
    expect(page.get_by_role("heading", name="Your case: back")).to_be_visible()
    assert cases(portal, "Otto") == 1


def test_without_javascript_the_same_form_does_the_same(portal, open_page, album, looks_right):
    page = open_page(**PHONE, java_script_enabled=False)
    ready(page, "Nora")
    page.get_by_label("Close-up").set_input_files([album / "IMG_0001.JPG", album / "holiday.pdf"])
    page.get_by_label("From further away").set_input_files(album / "IMG_0002.HEIC")
    page.get_by_label("Anything else").fill("Since May")
    answer(page)
    page.get_by_role("button", name="Send to the clinic").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("holiday.pdf: This kind of picture can't be used")
    expect(added(page)).to_have_count(2)
    expect(page.get_by_label("Anything else")).to_have_value("Since May")
    page.get_by_role("button", name="Send to the clinic").click()
    expect(page.get_by_role("heading", name="Your case: back")).to_be_visible()
    expect(page.get_by_text("This is not a diagnosis.")).to_be_visible(timeout=60_000)
    assert cases(portal, "Nora") == 1


def test_an_emergency_is_answered_before_anything_else(open_page, album, looks_right):
    page = open_page(**PHONE)
    ready(page, "Emma")
    answer(page)
    page.get_by_role("group", name="cover more than half").get_by_label("Yes").check()
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    expect(added(page)).to_have_count(1)
    page.get_by_role("button", name="Send to the clinic").click()
    first = page.get_by_role("main").get_by_role("heading").first
    expect(first).to_have_text("Seek emergency care now")
    expect(page.get_by_role("link", name="Call 112")).to_be_in_viewport()
    looks_right(page)


def test_a_wrong_answer_is_put_right_on_the_same_form_with_its_own_photos(
    portal, open_page, album, looks_right
):
    page = open_page(**PHONE)
    ready(page, "Greta")
    page.get_by_label("Close-up").set_input_files(album / "IMG_0001.JPG")
    expect(added(page)).to_have_count(1, timeout=30_000)
    page.get_by_role("link", name="Send photos").first.click()  # that form is abandoned
    expect(page.get_by_text("You added 1 photo before")).to_be_visible()
    expect(added(page)).to_have_count(0)
    looks_right(page)
    page.locator("#id_photos_close_up").set_input_files(album / "IMG_0003.jfif")
    expect(added(page)).to_have_count(1)
    answer(page)
    place = page.get_by_label("Where on the body is it?")
    place.select_option("Genital area")
    page.get_by_label("Anything else").fill("Since May")
    page.get_by_role("button", name="Send to the clinic").click()
    expect(page.get_by_role("heading", name="Please have this seen in person")).to_be_visible()
    expect(added(page)).to_have_count(1)
    expect(page.get_by_label("Anything else")).to_have_value("Since May")
    looks_right(page)
    place.select_option("Back")
    page.get_by_role("button", name="Send to the clinic").click()
    expect(page.get_by_role("heading", name="Your case: back")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Photo "))).to_have_count(1)
    assert cases(portal, "Greta") == 1


def test_the_form_can_be_filled_in_with_the_keyboard_alone(portal, open_page, album):
    page = open_page(**DESKTOP)
    ready(page, "Kai")

    def tab_to(target: Locator) -> None:
        for _ in range(240):  # a page that changes meanwhile may begin anew
            page.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"the Tab key never reaches {target}")

    flags = page.get_by_role("region", name="Signs of an emergency").get_by_label("Yes")
    for flag in flags.all():
        tab_to(flag)
        page.keyboard.press("ArrowDown")  # from yes to no
    expect(page.get_by_role("heading", name="Seek emergency care now")).to_be_hidden()
    tab_to(page.get_by_label("Close-up"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(album / "IMG_0003.jfif")
    expect(added(page)).to_have_count(1)
    tab_to(page.get_by_label("Where on the body is it?"))
    page.keyboard.type("Neck")
    tab_to(page.get_by_label("How wide is it"))
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    assert page.url.endswith("/send/"), "Enter in a line of text sends nothing"
    tab_to(page.get_by_role("button", name="Send to the clinic"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your case: neck")).to_be_visible(timeout=60_000)
    assert cases(portal, "Kai") == 1
