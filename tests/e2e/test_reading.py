"""A dermatologist takes the most urgent case, reads, decides and signs; by keyboard alone too."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.product import Product

# Run inside the product: five cases, all but the last scored as the journeys need them.
SEED = """
import json
from django.utils import timezone
from tests import cast
from triage import patients, intake, scoring
from triage.models import Worker
from triage.symptoms import Answers

people = cast.gather()
Worker.objects.update_or_create(name="w", defaults={"seen_at": timezone.now()})

def send(seed, photos, **answers):
    uploads = [cast.add_photo(people.patient, cast.lesion_jpeg(seed + n)) for n in range(photos)]
    return intake.submit(actor=people.patient, patient=patients.patient_of(people.patient),
        uploads=uploads, place=intake.Place("back"), answers=Answers(**answers),
        idempotency_key=str(seed)).case.reference

references = [
    send(1, 2, over_half_body=True, notes="It grew since May. It does not itch."),
    send(3, 1, grew=True, irregular_colour=True),
    send(4, 1, grew=True, irregular_shape=True),
    send(5, 1, grew=True, bleed=True, notes="Itchy"),
]
mel = {"AK": 0, "BCC": 0, "BKL": 0, "DF": 0, "MEL": 0.91, "NV": 0.09, "SCC": 0, "VASC": 0}
heat = [[max(0, 1 - ((x - 8) ** 2 + (y - 6) ** 2) / 40) for x in range(16)] for y in range(16)]
for claim in scoring.claim_batch(worker="w"):
    seen = tuple(scoring.PhotoResult(p.id, mel, True, heat, "MEL") for p in claim.photos)
    said = cast.said(probabilities=mel, melanoma_risk=0.91, malignancy_risk=0.91, photos=seen)
    assert scoring.record_assessment(worker="w", claim=claim, result=said)
references.append(send(6, 1))
print("SEED" + json.dumps({"references": references, "people": {
    name: getattr(people, name).email
    for name in ("patient", "dermatologist", "dermatologist2", "administrator")}}))
"""


def focused(page: Page) -> str:
    """The text or name of what has the focus."""
    return page.evaluate(
        "(document.activeElement.innerText || document.activeElement.name || '').trim()"
    )


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until the control of this name, or with these words, has the focus."""
    for _ in range(most):
        if name in focused(page):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached by Tab; the focus is at {focused(page)!r}")


def let_lapse(portal: Product, reference: str) -> None:
    portal.query(
        "UPDATE triage_case SET reader_lease_until = now() - interval '1 second'"
        " WHERE reference = %s RETURNING id",
        [reference],
    )


def commit(page: Page) -> None:
    page.get_by_label("Diagnosis", exact=True).select_option("Melanoma")
    form = page.get_by_role("region", name="Your first opinion")
    form.get_by_label("Urgent suspected cancer").check()
    form.get_by_label("Moderate").check()
    form.get_by_role("button", name="Commit").click()
    expect(page.get_by_role("heading", name="What the model said")).to_be_visible()


def test_the_whole_journey_by_keyboard_alone(log_in, seeded, looks_right):
    page = log_in("dermatologist", **DESKTOP)
    page.goto("/worklist/")
    looks_right(page)
    page.keyboard.press("j")
    assert focused(page) == seeded["references"][0]
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert focused(page) == seeded["references"][0]
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Your first opinion")).to_be_visible()
    expect(page.locator(".openseadragon-canvas canvas")).to_be_visible()
    looks_right(page)

    page.keyboard.press("f")
    assert focused(page).endswith("diagnosis") or "Choose a diagnosis" in focused(page)
    page.keyboard.type("Mela")
    page.keyboard.press("Tab")  # to the urgencies; an arrow chooses
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    tab_to(page, "Commit and see")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What the model said")).to_be_visible()
    expect(page.get_by_text("Your first opinion: Melanoma")).to_be_visible()
    looks_right(page)

    page.keyboard.press("m")
    expect(page.get_by_text("Where the model looked: Melanoma")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("[data-caption]")).to_contain_text("Photo 2")
    page.keyboard.press("f")
    for _ in range(2):  # both photos are good enough
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    tab_to(page, "diagnosis")
    tab_to(page, "outcome")
    page.keyboard.press("Space")
    for _ in range(4):  # to the emergency
        page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Advice to the patient")).to_have_value(re.compile("seen today"))
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")  # from urgent to emergency
    tab_to(page, "advice")
    page.keyboard.press("Control+End")
    page.keyboard.type(" Ask for the skin doctor; jkc? are letters here.")
    tab_to(page, "Check and sign")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check before you sign")).to_be_focused()
    expect(page.get_by_text("Call them as well.")).to_be_visible()
    expect(page.get_by_text("jkc? are letters here.")).to_be_visible()
    looks_right(page)
    page.keyboard.press("Tab")
    assert focused(page) == "Sign and answer the patient"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The signed answer")).to_be_visible()
    looks_right(page)
    page.keyboard.press("w")
    expect(page.get_by_role("heading", name="Worklist")).to_be_visible()
    assert seeded["references"][0] not in page.inner_text("#worklist")


def test_what_was_typed_is_there_after_the_case_was_lost_and_claimed_again(
    log_in, seeded, portal, looks_right
):
    reference = seeded["references"][1]
    page = log_in("dermatologist", **PHONE)
    page.goto(f"/worklist/{reference}/")
    looks_right(page)
    page.get_by_role("button", name="Claim this case").click()
    commit(page)
    looks_right(page)
    page.get_by_label("Advice to the patient").fill("Words that took an hour.")
    expect(page.locator("#save-state")).to_contain_text("Saved")

    let_lapse(portal, reference)
    colleague = log_in("dermatologist2", **PHONE)
    colleague.goto(f"/worklist/{reference}/")
    colleague.get_by_role("button", name="Claim this case").click()
    expect(colleague.get_by_role("heading", name="Your first opinion")).to_be_visible()
    expect(colleague.get_by_label("Diagnosis", exact=True)).to_have_value("")
    expect(colleague.get_by_role("heading", name="What the model said")).to_have_count(0)
    reasons = colleague.get_by_role("region", name="Why it is ranked so")
    expect(reasons).to_contain_text("the model’s are shown after your first opinion")
    expect(reasons).not_to_contain_text("Melanoma")

    page.get_by_label("What to look out for").fill("And these, too.")
    expect(page.get_by_role("alert")).to_contain_text("dermatologist2 has this case now")
    expect(page.get_by_label("Advice to the patient")).to_have_value("Words that took an hour.")
    looks_right(page)
    colleague.get_by_role("button", name="Put it back").click()
    page.reload()
    page.get_by_role("button", name="Claim this case").click()
    expect(page.get_by_label("Advice to the patient")).to_have_value("Words that took an hour.")
    expect(page.get_by_label("What to look out for")).to_have_value("And these, too.")

    page.get_by_label("What to look out for").fill("Typed a moment before.")
    page.get_by_role("link", name="Photos again").click()
    page.get_by_role("link", name="Back to the case").click()
    expect(page.get_by_label("What to look out for")).to_have_value("Typed a moment before.")
    page.get_by_role("button", name="Put it back").click()


def test_a_lost_race_is_explained_with_ways_on(log_in, seeded, looks_right):
    reference = seeded["references"][2]
    first, second = log_in("dermatologist", **DESKTOP), log_in("dermatologist2", **PHONE)
    for page in (first, second):
        page.goto("/worklist/")
    first.get_by_role("button", name=f"Claim case {reference}").click()
    second.get_by_role("button", name=f"Claim case {reference}").click()
    expect(second.get_by_role("heading", name="dermatologist has this case")).to_be_visible()
    looks_right(second)
    second.get_by_role("link", name="Back to the worklist").click()
    expect(second.get_by_role("row").filter(has_text=reference)).to_contain_text("dermatologist")
    first.get_by_role("button", name="Put it back").click()


def test_the_list_refreshes_itself_and_the_focus_stays(log_in, seeded, portal):
    reference = seeded["references"][4]
    page = log_in("dermatologist", **DESKTOP)
    page.goto("/worklist/")
    link = page.get_by_role("link", name=reference, exact=True)
    link.focus()
    before = page.locator("#worklist-version").input_value()
    look = "document.dispatchEvent(new Event('visibilitychange'))"
    with page.expect_response(lambda r: "/worklist/?" in r.url) as unchanged:
        page.evaluate(look)
    assert unchanged.value.status == 204
    portal.query(
        "UPDATE triage_case SET due_at = now() - interval '2 hours' WHERE reference = %s"
        " RETURNING id",
        [reference],
    )
    page.evaluate(look)
    expect(page.get_by_role("row").filter(has_text=reference)).to_contain_text("Overdue by 2")
    assert page.locator("#worklist-version").input_value() != before
    expect(link).to_be_focused()


def test_a_photo_that_cannot_be_opened_is_said_to_be_so(log_in, seeded):
    page = log_in("dermatologist", **DESKTOP)
    page.goto("/worklist/")
    link = page.get_by_role("link", name=seeded["references"][3], exact=True)
    page.route(re.compile(r"/photos/[0-9a-f-]+/$"), lambda route: route.abort())
    link.click()
    expect(page.get_by_text("This photo cannot be shown.")).to_be_visible()
    expect(page.get_by_text("[object")).to_have_count(0)


def test_single_keys_are_listed_and_can_be_switched_off(log_in, seeded, looks_right):
    page = log_in("dermatologist", **DESKTOP)
    page.goto("/worklist/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    looks_right(page)
    dialog.get_by_label("Use these single keys").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("j")
    assert "desk-rows__reference" not in page.evaluate("document.activeElement.className")


def test_photos_zoom_by_button_and_key_and_the_map_is_drawn_over_them(log_in, seeded):
    reference = seeded["references"][1]
    page = log_in("dermatologist", **DESKTOP)
    page.goto(f"/worklist/{reference}/")
    if page.get_by_role("button", name="Claim this case").count():
        page.get_by_role("button", name="Claim this case").click()
    if page.get_by_role("button", name="Commit").count():
        commit(page)
    stage = page.locator("[data-stage]")
    expect(page.locator(".openseadragon-canvas canvas")).to_be_visible()
    page.wait_for_load_state("networkidle")
    whole = stage.screenshot()
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_timeout(1500)  # the viewer glides
    assert stage.screenshot() != whole
    page.locator("h1").click()
    page.keyboard.press("o")
    page.wait_for_timeout(1500)
    plain = stage.screenshot()
    with page.expect_response(re.compile("/activation/")) as drawn:
        page.get_by_role("button", name="Where the model looked").click()
    assert drawn.value.status == 200
    page.wait_for_timeout(1500)
    mapped = stage.screenshot()
    assert mapped != plain
    page.get_by_role("button", name="Where the model looked").click()
    page.wait_for_timeout(500)
    assert stage.screenshot() != mapped
    page.get_by_role("button", name="Put it back").click()


def test_a_case_is_read_and_signed_without_javascript(log_in, seeded):
    reference = seeded["references"][3]
    page = log_in("dermatologist2", **PHONE, java_script_enabled=False)
    page.goto(f"/worklist/{reference}/")
    page.get_by_role("button", name="Claim this case").click()
    commit(page)
    form = page.get_by_role("region", name="Your decision")
    form.get_by_label("Yes").check()
    form.get_by_label("Urgent suspected-cancer referral").check()
    form.get_by_label("Advice to the patient").fill("Please come to the clinic.")
    form.get_by_label("What to look out for").fill("Call us if it bleeds.")
    form.get_by_role("button", name="Check and sign").click()
    page.get_by_role("button", name="Change something").click()
    expect(page.get_by_label("Advice to the patient")).to_have_value("Please come to the clinic.")
    page.get_by_role("button", name="Check and sign").click()
    page.get_by_role("button", name="Sign and answer").click()
    expect(page.get_by_role("heading", name="The signed answer")).to_be_visible()
    page.get_by_role("link", name="Amend the answer").click()
    page.get_by_label("Why you amend the answer").fill("The histology is back.")
    page.get_by_label("Advice to the patient").fill("It was harmless.")
    page.get_by_role("button", name="Check and sign").click()
    page.get_by_role("button", name="Sign and answer").click()
    expect(page.get_by_role("heading", name="The signed answer, version 2")).to_be_visible()


def test_the_system_page_looks_right(log_in, seeded, looks_right):
    for size in (DESKTOP, PHONE):
        page = log_in("administrator", **size)
        page.goto("/system/")
        expect(page.get_by_role("heading", name="Workers")).to_be_visible()
        looks_right(page)
