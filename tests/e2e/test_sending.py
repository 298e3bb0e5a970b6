"""The guided form when things go wrong, without a script, and with the keyboard alone."""

import re
import time

from playwright.sync_api import FileChooser, Locator, Page, expect

from tests.e2e import guided
from tests.e2e.conftest import DESKTOP, PHONE, tab_to
from tests.e2e.guided import added, agree_and_send, at, cases, go_on, photos_to_review

PROCESSES = ("worker", "scheduler")


def test_the_back_button_and_a_second_press_make_no_second_case(portal, open_page, album):
    page = open_page(**DESKTOP)
    guided.to_photos(page, "Bruno")
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    expect(added(page)).to_have_count(1)
    photos_to_review(page)
    page.go_back()
    at(page, "about")
    page.go_forward()
    at(page, "review")
    agree_and_send(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("back", ignore_case=True)
    sent = page.url
    page.go_back()
    page.wait_for_load_state()
    if page.get_by_role("button", name="Send to the clinic").count():  # kept by the browser
        page.get_by_role("button", name="Send to the clinic").click()
        page.wait_for_url(sent)
    assert cases(portal, "Bruno") == 1


def test_back_leads_to_a_page_that_had_found_a_mistake_with_what_was_entered(open_page):
    page = open_page(**DESKTOP)
    guided.begin(page, "Mila")
    page.get_by_label("Mine").check()
    go_on(page)  # without a date of birth
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    page.get_by_label("When were you born?").fill("1961-04-09")
    go_on(page)
    at(page, "signs")
    page.go_back()
    at(page, "who")
    expect(page.get_by_label("Mine")).to_be_checked()
    page.go_forward()
    at(page, "signs")


def test_going_on_while_photos_travel_waits_until_they_are_there(open_page, album):
    page = open_page(**PHONE)
    guided.to_photos(page, "Wanda")
    page.route("**/send/photos/add/", lambda route: (time.sleep(1), route.continue_()))
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    go_on(page)
    expect(page.get_by_text("Going on as soon as your photos are there")).to_be_visible()
    at(page, "changes")
    page.goto("/send/photos/")
    expect(added(page)).to_have_count(1)


def test_a_lost_connection_costs_nothing_but_a_press(open_page, album):
    page = open_page(**PHONE)
    guided.to_photos(page, "Lena")
    page.context.set_offline(True)
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    expect(page.get_by_text("The connection was lost.")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(added(page)).to_have_count(1)
    page.get_by_role("button", name="Remove this photo").click()
    expect(added(page)).to_have_count(0)


def test_somebody_logged_out_meanwhile_logs_in_and_finds_what_they_entered(
    portal, open_page, album
):
    page = open_page(**DESKTOP)
    guided.to_photos(page, "Otto")
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    expect(page.get_by_text("You were logged out.")).to_be_visible()
    other = page.context.new_page()
    other.goto("/accounts/login/")
    guided.log_in(other, "Otto")
    expect(other.get_by_role("region", name="Continue what you began")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(added(page)).to_have_count(1)
    go_on(page)
    at(page, "changes")
    page.get_by_role("group", name="Has it grown?").get_by_label("Yes").check()
    page.context.clear_cookies(name="sessionid")
    go_on(page)
    guided.log_in(page, "Otto")
    at(page, "changes")
    expect(page.get_by_text("What you entered here is kept")).to_be_visible()
    grown = page.get_by_role("group", name="Has it grown?")
    expect(grown.get_by_label("Yes")).to_be_checked()
    go_on(page)
    for _ in ("looks", "size", "notes", "about"):
        go_on(page)
    agree_and_send(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("back", ignore_case=True)
    assert cases(portal, "Otto") == 1


def test_without_javascript_the_same_pages_do_the_same(portal, open_page, album, looks_right):
    page = open_page(**PHONE, java_script_enabled=False)
    guided.begin(page, "Nora")
    guided.say_who(page)
    guided.say_no_signs(page)
    page.get_by_label("One", exact=True).check()
    go_on(page)
    page.get_by_role("link", name="Back of the hand or fingers, right").click()
    expect(page.get_by_label("Where on the body is it?")).to_have_value("back-hand-right")
    go_on(page)
    go_on(page)
    at(page, "photos")
    page.get_by_label("Close-up").set_input_files([album / "IMG_0001.JPG", album / "holiday.pdf"])
    page.get_by_label("From further away").set_input_files(album / "IMG_0002.HEIC")
    page.get_by_role("button", name="Add these photos and show them").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("holiday.pdf: This kind of picture can't be used")
    expect(added(page)).to_have_count(2)
    photos_to_review(page)
    agree_and_send(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("hand", ignore_case=True)
    assert cases(portal, "Nora") == 1


def _open_files(page: Page, control: Locator) -> FileChooser:
    """Enter opens the list of files. A busy headless Chromium drops one in about a dozen runs of
    all tests, so Enter is pressed again, as a person would."""
    opened: list[FileChooser] = []
    page.once("filechooser", lambda chooser: opened.append(chooser))
    for _ in range(4):
        tab_to(page, control)
        page.keyboard.press("Enter")
        for _ in range(50):
            if opened:
                return opened[0]
            page.wait_for_timeout(100)
    raise AssertionError("Enter never opens the list of files")


def test_the_form_can_be_filled_in_with_the_keyboard_alone_on_a_phone(portal, open_page, album):
    page = open_page(viewport=PHONE["viewport"])
    guided.begin(page, "Kai")

    def leave() -> None:
        tab_to(page, page.get_by_role("button", name=re.compile("^(Save and continue|Continue)$")))
        page.keyboard.press("Enter")

    tab_to(page, page.get_by_label("Mine"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("When were you born?"))
    page.keyboard.type("09041961")
    leave()
    at(page, "signs")
    flags = page.get_by_label("Yes", exact=True).all()
    assert len(flags) == guided.FLAGS
    for flag in flags:
        tab_to(page, flag)
        page.keyboard.press("ArrowDown")  # from yes to no
    expect(page.get_by_role("heading", name="Seek emergency care now")).to_be_hidden()
    leave()
    at(page, "spot")
    tab_to(page, page.get_by_label("One", exact=True))
    page.keyboard.press("Space")
    leave()
    at(page, "place")
    _tap_with_keys(page)
    leave()
    at(page, "camera")
    leave()
    at(page, "photos")
    _open_files(page, page.get_by_label("Close-up")).set_files(album / "IMG_0003.jfif")
    expect(added(page)).to_have_count(1)
    leave()
    for step in ("changes", "looks"):
        at(page, step)
        leave()
    at(page, "size")
    tab_to(page, page.get_by_label("How wide is it"))
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    assert page.url.endswith("/send/size/"), "Enter in a line of text sends nothing"
    leave()
    for step in ("notes", "about", "review"):
        at(page, step)
        leave()
    at(page, "consent")
    tab_to(page, page.get_by_label("I have read this and I agree"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Send to the clinic"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        "neck", ignore_case=True, timeout=60_000
    )
    assert cases(portal, "Kai") == 1


def _tap_with_keys(page: Page) -> None:
    """One stop of the Tab key a picture; the arrows go from there."""
    tab_to(page, page.get_by_role("link", name="Face", exact=True))
    page.keyboard.press("ArrowDown")
    neck = page.get_by_role("link", name="Neck, front")
    expect(neck).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Where on the body is it?")).to_have_value("front-neck")
    expect(neck).to_have_attribute("aria-current", "true")
