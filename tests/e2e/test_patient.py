"""A patient: registers, sends photos as a phone takes them, follows the case, reads the result."""

import re

from playwright.sync_api import expect

from tests.e2e import guided
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.guided import added, agree_and_send, at, cases, go_on, photos_to_review

PROCESSES = ("worker", "scheduler")


def test_from_registration_to_the_first_impression_on_a_phone(
    portal, open_page, album, looks_right
):
    page = open_page(**PHONE)
    guided.register(page, "Paula")
    looks_right(page)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Send photos").click()
    looks_right(page)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Step 1 of 13")).to_be_visible()
    looks_right(page)
    go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("Choose one of the answers.")
    looks_right(page)
    guided.say_who(page)

    at(page, "signs")
    looks_right(page)
    emergency = page.get_by_role("heading", name="Seek emergency care now")
    expect(emergency).to_be_hidden()
    fever = page.get_by_role("group", name="Do you have a fever")
    fever.get_by_label("Yes").check()
    expect(emergency).to_be_in_viewport()
    looks_right(page)
    fever.get_by_label("No", exact=True).check()
    expect(emergency).to_be_hidden()
    guided.say_no_signs(page)

    at(page, "spot")
    looks_right(page)
    page.get_by_label("One", exact=True).check()
    go_on(page)
    at(page, "place")
    looks_right(page)
    page.get_by_role("link", name="Upper back, left").tap()
    place = page.get_by_label("Where on the body is it?")
    expect(place).to_have_value("back-upper-left")
    looks_right(page)
    go_on(page)
    at(page, "camera")
    looks_right(page)
    go_on(page)

    at(page, "photos")
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
    page.get_by_label("Close-up").set_input_files(album / "IMG_0004.JPG")
    expect(page.get_by_text("This photo is too dark.")).to_be_visible()
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    expect(page.get_by_text("IMG_0003.jfif is here already.")).to_be_attached()
    expect(added(page)).to_have_count(4)
    looks_right(page)
    go_on(page)

    at(page, "changes")
    looks_right(page)
    page.get_by_role("group", name="Does it itch?").get_by_label("Yes").check()
    go_on(page)
    at(page, "looks")
    looks_right(page)
    go_on(page)
    at(page, "size")
    page.get_by_label("How wide is it").fill("6,5")
    looks_right(page)
    go_on(page)
    page.get_by_label("Anything else").fill("It has grown since the summer.")
    looks_right(page)
    go_on(page)
    at(page, "about")
    looks_right(page)
    go_on(page)
    at(page, "review")
    expect(page.get_by_text("Upper back, left")).to_be_visible()
    looks_right(page)
    go_on(page)
    at(page, "consent")
    looks_right(page)
    page.get_by_label("I have read this and I agree").check()
    page.get_by_role("button", name="Send to the clinic").dblclick()

    expect(page.get_by_role("heading", level=1)).to_contain_text("back", ignore_case=True)
    looks_right(page)
    receipt = page.url
    expect(page.get_by_text("This is not a diagnosis.")).to_be_visible(timeout=60_000)
    assert page.url == receipt, "the page followed the case by itself"
    looks_right(page)
    impression = page.get_by_role("region", name="First impression")
    likely = impression.get_by_role("listitem").filter(has=page.get_by_role("link"))
    expect(likely).to_have_count(4)
    assert all(re.search(r"\d+ %", text) for text in likely.all_inner_texts())
    expect(page.get_by_role("heading", name="How soon to be seen")).to_be_visible()
    assert cases(portal, "Paula") == 1

    likely.first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="When to seek help")).to_be_visible()
    looks_right(page)


def test_what_was_begun_on_a_phone_goes_on_at_the_desk(portal, open_page, album, looks_right):
    phone = open_page(**PHONE)
    guided.to_photos(phone, "Rita", "Chest, left")
    phone.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    expect(added(phone)).to_have_count(1)
    phone.close()

    desk = open_page(**DESKTOP)
    desk.goto("/accounts/login/")
    guided.log_in(desk, "Rita")
    begun = desk.get_by_role("region", name="Continue what you began")
    expect(begun).to_contain_text("Chest, left")
    looks_right(desk)
    begun.get_by_role("link", name="Continue").click()
    at(desk, "photos")
    expect(added(desk)).to_have_count(1)
    photos_to_review(desk)
    desk.get_by_role("link", name="Change Where is it?").click()
    desk.get_by_label("Where on the body is it?").select_option("Belly, right")
    go_on(desk)
    at(desk, "review")
    looks_right(desk)
    agree_and_send(desk)
    expect(desk.get_by_role("heading", level=1)).to_contain_text("abdomen", ignore_case=True)
    assert cases(portal, "Rita") == 1


def test_an_emergency_is_answered_before_anything_else(open_page, album, looks_right):
    page = open_page(**PHONE)
    guided.begin(page, "Emma")
    guided.say_who(page)
    at(page, "signs")
    for flag in page.get_by_label("No", exact=True).all():
        flag.check()
    page.get_by_role("group", name="cover more than half").get_by_label("Yes").check()
    go_on(page)
    first = page.get_by_role("main").get_by_role("heading").first
    expect(first).to_have_text("Seek emergency care now")
    expect(page.get_by_role("link", name="Call 112")).to_be_in_viewport()
    looks_right(page)
    page.get_by_role("link", name="go on with the form").click()
    guided.say_where(page)
    page.get_by_label("Close-up").set_input_files(album / "IMG_0003.jfif")
    expect(added(page)).to_have_count(1)
    photos_to_review(page)
    expect(first).to_have_text("Seek emergency care now")
    agree_and_send(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("back", ignore_case=True)
    expect(first).to_have_text("Seek emergency care now")
    looks_right(page)


def test_a_wrong_answer_is_put_right_and_what_was_begun_thrown_away(portal, open_page, looks_right):
    page = open_page(**PHONE)
    guided.begin(page, "Greta")
    page.get_by_label("That of somebody I care for").check()
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("They need an account of their own")
    looks_right(page)
    page.get_by_role("link", name="I chose the wrong answer").click()
    guided.say_who(page)
    guided.say_no_signs(page)
    page.get_by_label("One", exact=True).check()
    go_on(page)
    page.get_by_label("Where on the body is it?").select_option("Genital area")
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Please have this seen in person")
    looks_right(page)
    page.get_by_role("link", name="I chose the wrong answer").click()
    at(page, "place")
    page.get_by_role("link", name="Throw it away").click()
    expect(page.get_by_text("This cannot be undone.")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_text("What you had begun is deleted.")).to_be_visible()
    assert cases(portal, "Greta") == 0
