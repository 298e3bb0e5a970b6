"""The reading room in a real browser: six keys to a signature, and every tool over the photos."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE

# Run inside the product: moles that the model takes for moles, one lesion that was seen before.
SEED = """
import json
from datetime import date, timedelta
from django.utils import timezone
from tests import cast
from triage import patients, intake, reviews, scoring, snippets, worklist
from triage.models import Worker
from triage.symptoms import Answers

people = cast.gather()
cast.decide(safety_sample_share=0, blinded_share=0)  # no case is read a second time, by chance
Worker.objects.update_or_create(name="w", defaults={"seen_at": timezone.now()})
patient = patients.patient_of(people.patient)

def score(said=None):
    heat = [[max(0, 1 - ((x - 8) ** 2 + (y - 6) ** 2) / 40) for x in range(16)] for y in range(12)]
    for claim in scoring.claim_batch(worker="w"):
        nv = cast.said().probabilities
        seen = tuple(scoring.PhotoResult(p.id, nv, True, heat, "NV") for p in claim.photos)
        result = cast.said(photos=seen, **(said or {}))
        assert scoring.record_assessment(worker="w", claim=claim, result=result)

def send(seed, photos, site="back", lesion=None, **answers):
    uploads = [cast.add_photo(people.patient, cast.lesion_jpeg(seed + n), kind)
               for n, kind in zip(range(photos), ("close_up", "overview"))]
    where = intake.Place(site, "", lesion)
    return intake.submit(actor=people.patient, patient=patient, uploads=uploads, place=where,
        answers=Answers(**answers), idempotency_key=str(seed)).case

def sign(case):
    worklist.claim(actor=people.dermatologist2, case=case)
    review = reviews.open_review(actor=people.dermatologist2, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist2, review=review,
        opinion=reviews.Opinion("NV", 4, 2))
    review = reviews.draft_of(people.dermatologist2, case)
    reviews.sign(actor=people.dermatologist2, review=review, decision=reviews.Decision(
        "NV", case.urgency, "discharge", "All is well.", "Come back.", confidence=2,
        adequate={str(p.pk): True for p in case.photos.all()}))

before = send(11, 2)
score()
sign(before)
for seed in (31, 41):
    send(seed, 2, site="arm", diameter_mm=8.0)
    score()
again = send(21, 2, lesion=before.lesion, diameter_mm=8.0)
score()
for reader, name, text in ((people.dermatologist, "mole", "It is a harmless mole."),
                           (people.dermatologist2, "sun", "Keep out of the sun.")):
    snippets.keep(actor=reader, name=name, text=text, for_clinic=name == "sun")
print("SEED" + json.dumps({"again": again.reference, "people": {
    name: getattr(people, name).email
    for name in ("patient", "dermatologist", "dermatologist2", "administrator")}}))
"""


class Keys:
    """A keyboard that counts, and waits until the page listens to keys."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, []

    def press(self, key: str) -> None:
        expect(self.page.get_by_role("button", name="Keyboard shortcuts: ?")).to_be_visible()
        self.pressed.append(key)
        self.page.keyboard.press(key)


def test_a_routine_case_takes_six_keys_from_the_worklist_to_the_signature(log_in, seeded, portal):
    page = log_in("dermatologist", **DESKTOP)
    page.goto("/worklist/")
    keys = Keys(page)
    keys.press("c")
    expect(page.get_by_role("heading", name="Your first opinion")).to_be_visible()
    assert "What the model said" not in page.inner_text("main")
    keys.press("1")
    expect(page.get_by_label("Diagnosis", exact=True)).to_have_value("NV")
    keys.press("h")
    expect(page.get_by_role("heading", name="What the model said")).to_be_visible()
    keys.press("g")
    expect(page.locator(".desk-thumbs__judged").first).to_have_text("Good enough")
    keys.press("1")
    expect(page.get_by_role("heading", name="Check before you sign")).to_be_visible()
    keys.press("s")
    expect(page.get_by_role("heading", name="The signed answer")).to_be_visible()
    assert len(keys.pressed) == 6, keys.pressed
    reference = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){2}", page.url)[0]
    (row,) = portal.query(
        "SELECT first_diagnosis, first_committed_at <= revealed_at, diagnosis, outcome,"
        " (SELECT bool_and(adequate) AND count(*) = 2 FROM triage_photoadequacy WHERE"
        " review_id = r.id) FROM triage_review r JOIN triage_case c ON c.id = case_id"
        " WHERE c.reference = %s AND signed_at IS NOT NULL", [reference],
    )  # fmt: skip
    assert row == ("NV", True, "NV", "discharge", True)


def open_decision(page: Page, reference: str) -> None:
    """The reading page after the reveal, the photo drawn."""
    page.goto(f"/worklist/{reference}/")
    if page.get_by_role("button", name="Claim this case").count():
        page.get_by_role("button", name="Claim this case").click()
    keys = Keys(page)
    expect(page.locator(".openseadragon-canvas canvas").first).to_be_visible()
    if page.get_by_role("heading", name="Your first opinion").count():
        keys.press("1")
        keys.press("m")
    expect(page.get_by_role("heading", name="Your decision")).to_be_visible()
    expect(page.get_by_role("button", name="Keyboard shortcuts: ?")).to_be_visible()
    page.wait_for_load_state("networkidle")


@pytest.fixture
def desk(log_in, seeded) -> Page:
    page = log_in("dermatologist", **DESKTOP)
    open_decision(page, seeded["again"])
    return page


def map_of(page: Page):
    return page.locator("[data-stage] img[src*='/activation/']")


def test_the_map_comes_after_the_reveal_and_stays_on_from_photo_to_photo(log_in, seeded):
    page = log_in("dermatologist", **DESKTOP)
    page.goto(f"/worklist/{seeded['again']}/")
    page.get_by_role("button", name="Claim this case").click()
    expect(page.get_by_role("heading", name="Your first opinion")).to_be_visible()
    expect(page.get_by_role("button", name="Where the model looked")).to_have_count(0)
    assert "activation" not in page.content()
    open_decision(page, seeded["again"])

    page.keyboard.press("m")
    expect(map_of(page)).to_have_count(1)
    caption = page.locator("[data-caption]")
    expect(caption).to_have_text("Photo 1: close-up · Where the model looked: Melanocytic naevus")
    page.keyboard.press(".")
    assert map_of(page).evaluate("e => e.style.opacity") == "0.7"
    first = map_of(page).get_attribute("src")
    page.keyboard.press("n")
    expect(caption).to_contain_text("Photo 2")
    expect(caption).to_contain_text("Melanocytic naevus")
    expect(map_of(page)).to_have_count(1)
    assert map_of(page).get_attribute("src") != first
    assert map_of(page).evaluate("e => e.style.opacity") == "0.7"
    page.get_by_label("How strongly the map is drawn").fill("30")
    assert map_of(page).evaluate("e => e.style.opacity") == "0.3"
    page.locator("h1").click()
    page.keyboard.press("m")
    expect(map_of(page)).to_have_count(0)
    expect(caption).to_have_text("Photo 2: from further away, to show where it is")


def test_brightness_and_contrast_are_of_this_screen_only(desk):
    canvas = desk.locator("[data-stage] canvas").first
    desk.keyboard.press("b")
    desk.keyboard.press("ArrowRight")  # the first slider has the focus
    desk.get_by_label("Contrast").fill("150")
    assert canvas.evaluate("e => e.style.filter") == "brightness(110%) contrast(150%)"
    desk.locator("h1").click()
    desk.keyboard.press("n")
    expect(desk.locator("[data-caption]")).to_contain_text("Photo 2")
    assert canvas.evaluate("e => e.style.filter") == "brightness(110%) contrast(150%)"
    desk.get_by_role("button", name="As it was sent").click()
    assert canvas.evaluate("e => e.style.filter") == "brightness(100%) contrast(100%)"
    desk.reload()
    assert not canvas.evaluate("e => e.style.filter.includes('150')")


def press_at(page: Page, x: float, y: float) -> None:
    """Press on the stage, as parts of its width and height."""
    stage = page.locator("[data-stage]")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    page.wait_for_timeout(400)  # two quick presses would be a double one


def test_lengths_are_measured_against_a_known_one_and_written_down(desk):
    desk.keyboard.press("r")
    says = desk.locator("[data-measure-says]")
    expect(says).to_have_text("Mark one end of the known length.")
    press_at(desk, 0.3, 0.3)
    expect(says).to_have_text("Mark its other end.")
    press_at(desk, 0.5, 0.3)
    expect(says).to_have_text("The scale is set. Mark one end of what you want to measure.")
    press_at(desk, 0.3, 0.6)
    press_at(desk, 0.4, 0.6)
    expect(says).to_have_text("5.0 mm")  # half as long as the ruler's 10 mm
    expect(desk.locator("[data-measure-source]")).to_have_text("Photo 1, scale: Ruler: 10 mm.")
    desk.get_by_role("button", name="Write it under What you see").click()
    written = desk.get_by_label("What you see")
    expect(written).to_have_value("5.0 mm. Photo 1, scale: Ruler: 10 mm.")

    desk.locator("h1").click()
    desk.keyboard.press("n")
    expect(says).to_have_text("Mark one end of the known length.")  # each photo has its own scale
    desk.get_by_label("Known length in the photo").select_option(
        label="The lesion, 8 mm as the patient told"
    )
    for x in (0.3, 0.5, 0.3, 0.4):
        press_at(desk, x, 0.5)
    expect(says).to_have_text("4.0 mm")
    told = "Photo 2, scale: what the patient told, not a measurement."
    expect(desk.locator("[data-measure-source]")).to_have_text(told)
    desk.get_by_role("button", name="New scale").click()
    expect(says).to_have_text("Mark one end of the known length.")


def test_lengths_are_measured_by_keyboard_alone(desk):
    desk.keyboard.press("r")
    says = desk.locator("[data-measure-says]")
    for move in ("", "ArrowRight", "", "ArrowRight"):
        for _ in range(3 if move else 0):
            desk.keyboard.press(move)
            desk.wait_for_timeout(1200)  # the viewer glides
        desk.keyboard.press("Enter")
    expect(says).to_have_text(re.compile(r"^(9|10)\.\d mm$"))  # as far as the ruler was long


def test_the_last_photos_of_the_lesion_move_in_step(desk):
    before = desk.locator("[data-stage-before]")
    expect(before).to_be_hidden()
    desk.keyboard.press("v")
    expect(before.locator("canvas").first).to_be_visible()
    expect(before).to_have_attribute("aria-label", re.compile("^Photo 1 of .*close-up$"))
    desk.wait_for_load_state("networkidle")
    desk.wait_for_timeout(1500)
    plain = before.screenshot()
    desk.locator("h1").click()
    desk.keyboard.press("+")
    desk.keyboard.press("+")
    desk.wait_for_timeout(2000)
    zoomed = before.screenshot()
    assert zoomed != plain
    desk.get_by_label("Move and zoom both together").uncheck()
    desk.locator("h1").click()
    desk.keyboard.press("o")
    desk.wait_for_timeout(2000)
    assert before.screenshot() == zoomed
    desk.locator("[data-before]").nth(1).click()
    expect(before).to_have_attribute("aria-label", re.compile("^Photo 2 of"))


def test_diagnoses_come_by_typing_and_texts_by_their_name(desk):
    field = desk.get_by_role("combobox", name="Differential diagnosis")
    field.fill("")
    field.press_sequentially("kera")
    listbox = desk.get_by_role("listbox", name="Suggestions")
    expect(listbox.get_by_role("option")).to_have_text(["Actinic keratosis", "Benign keratosis"])
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(listbox.get_by_role("option", selected=True)).to_have_text("Benign keratosis")
    field.press("Enter")
    expect(field).to_have_value("Benign keratosis, ")
    field.press_sequentially("mel")
    field.press("Escape")
    expect(listbox).to_be_hidden()
    field.press_sequentially("a")
    field.press("Tab")
    expect(field).to_have_value("Benign keratosis, Melanoma, ")
    expect(field).to_be_focused()

    advice = desk.get_by_label("Advice to the patient")
    with desk.expect_response(re.compile("/texts/all/")):
        advice.fill("Good news. ")
    advice.press_sequentially("/su")
    expect(desk.get_by_role("listbox", name="Suggestions").get_by_role("option")).to_contain_text(
        "/sun"
    )
    advice.press("Enter")
    expect(advice).to_have_value("Good news. Keep out of the sun.")
    advice.press_sequentially(" and/or not")
    expect(desk.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    expect(desk.locator("#save-state")).to_contain_text("Saved")


def test_photos_are_judged_by_key_and_the_strip_says_so(desk):
    strip = desk.locator("[data-judged]")
    desk.keyboard.press("x")
    expect(strip.nth(0)).to_have_text("Not good enough")
    desk.keyboard.press("g")
    expect(strip.nth(0)).to_have_text("Not good enough")
    expect(strip.nth(1)).to_have_text("Good enough")
    desk.keyboard.press("x")
    expect(strip.nth(0)).to_have_text("Good enough")
    expect(desk.locator("#save-state")).to_contain_text("Saved")


def test_what_cannot_be_saved_is_said_and_tried_again(desk):
    desk.route(re.compile("/draft/$"), lambda route: route.abort())
    desk.get_by_label("What you see").fill("Written without a connection")
    state = desk.locator("#save-state")
    expect(state).to_have_text("Not saved: no connection. Trying again …")
    desk.unroute(re.compile("/draft/$"))
    expect(state).to_contain_text(re.compile(r"Saved \d\d:\d\d"))
    desk.reload()
    expect(desk.get_by_label("What you see")).to_have_value("Written without a connection")


def test_two_windows_of_one_case_warn_each_other(log_in, seeded, looks_right):
    windows = [log_in("dermatologist", **DESKTOP) for _ in range(2)]
    for page in windows:
        open_decision(page, seeded["again"])
    first, second = windows
    first.get_by_label("What you see").fill("From the first")
    expect(first.locator("#save-state")).to_contain_text("Saved")
    second.get_by_label("What you see").fill("From the second")
    expect(second.locator("#save-state")).to_contain_text("Another window saved this case")
    looks_right(second)
    second.get_by_role("button", name="Keep what stands here").click()
    expect(second.locator("#save-state")).to_contain_text("Saved")
    first.reload()
    expect(first.get_by_label("What you see")).to_have_value("From the second")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_with_every_tool_open_the_page_is_whole(log_in, seeded, looks_right, size):
    page = log_in("dermatologist", **size)
    open_decision(page, seeded["again"])
    page.keyboard.press("m")
    for tool in ("Brightness", "Measure", "Compare"):
        page.get_by_role("button", name=tool, exact=True).click()
    page.get_by_text("Texts to insert").click()
    page.get_by_role("combobox", name="Differential diagnosis").press_sequentially("a")
    looks_right(page)
    page.get_by_role("combobox", name="Differential diagnosis").press("Escape")
    page.get_by_label("Advice to the patient").press_sequentially(" /")
    expect(
        page.get_by_role("listbox", name="Suggestions").get_by_role("option").first
    ).to_be_visible()
    looks_right(page)
    page.get_by_label("Advice to the patient").press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    looks_right(page)


def test_a_caution_is_signed_by_no_single_key(desk):
    desk.keyboard.press("x")
    expect(desk.locator("[data-judged]").first).to_have_text("Not good enough")
    desk.keyboard.press("g")
    desk.keyboard.press("1")
    expect(desk.get_by_text("Not every photo was good enough")).to_be_visible()
    keys = Keys(desk)
    keys.press("s")
    desk.wait_for_timeout(500)
    expect(desk.get_by_role("heading", name="Check before you sign")).to_be_visible()
    keys.press("e")
    expect(desk.get_by_role("heading", name="Your decision")).to_be_visible()
    desk.get_by_role("button", name="Put it back").click()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_my_work_and_my_texts_look_right(log_in, looks_right, size):
    page = log_in("dermatologist2", **size)
    page.goto("/my-work/")
    expect(page.get_by_role("heading", name="1 case read")).to_be_visible()
    page.get_by_text("The same as a table").click()
    looks_right(page)
    page.get_by_role("link", name="Your texts to insert").click()
    expect(page.get_by_text("Keep out of the sun.")).to_be_visible()
    looks_right(page)
    page.get_by_role("link", name="Write a new text").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Give the text a name.")
    looks_right(page)
    page.goto("/my-work/?diagnosis=MEL")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    looks_right(page)


def test_the_time_of_reading_is_counted_and_kept(log_in, portal, seeded):
    page = log_in("dermatologist", **DESKTOP)
    open_decision(page, seeded["again"])
    for _ in range(4):
        page.mouse.move(200 + 10 * _, 300)
        page.wait_for_timeout(1000)
    page.get_by_label("What you see").fill("Seen long enough")
    expect(page.locator("#save-state")).to_contain_text("Saved")
    ((seconds,),) = portal.query(
        "SELECT reading_seconds FROM triage_review r JOIN triage_case c ON c.id = case_id"
        " WHERE c.reference = %s AND signed_at IS NULL", [seeded["again"]],
    )  # fmt: skip
    assert seconds >= 3
    page.get_by_role("button", name="Put it back").click()
