"""The reading room in a real browser: six keys to a signature, and every tool over the photos."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE
from tests.product import Product

PASSWORD = "a long enough passphrase"  # noqa: S105  (that of tests.cast)

# Run inside the product: moles that the model takes for moles, one lesion that was seen before.
SEED = """
import io, json
from datetime import date, timedelta
from django.utils import timezone
from tests import cast
from training.procedural import lesion_photo
from triage import patients, intake, reviews, scoring, snippets, worklist
from triage.models import Worker
from triage.symptoms import Answers

people = cast.gather()
Worker.objects.update_or_create(name="w", defaults={"seen_at": timezone.now()})
patient = patients.patient_of(people.patient)

def photo(seed):
    stream = io.BytesIO()
    lesion_photo(seed, skin_tone=1 + seed % 6, size=(900, 700)).convert("RGB").save(stream, "JPEG")
    return stream.getvalue()

def score(said=None):
    heat = [[max(0, 1 - ((x - 8) ** 2 + (y - 6) ** 2) / 40) for x in range(16)] for y in range(12)]
    for claim in scoring.claim_batch(worker="w"):
        nv = cast.said().probabilities
        seen = tuple(scoring.PhotoResult(p.id, nv, True, heat, "NV") for p in claim.photos)
        result = cast.said(photos=seen, **(said or {}))
        assert scoring.record_assessment(worker="w", claim=claim, result=result)

def send(seed, photos, site="back", lesion=None, **answers):
    uploads = [cast.add_photo(people.patient, photo(seed + n), kind)
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
again = send(21, 2, lesion=before.lesion, diameter_mm=8.0)
score()
for seed in (31, 41, 51, 61):
    send(seed, 2, site="arm")
    score()
snippets.keep(actor=people.dermatologist, name="mole", text="It is a harmless mole.", for_clinic=False)
snippets.keep(actor=people.dermatologist2, name="sun", text="Keep out of the sun.", for_clinic=True)
print("SEED" + json.dumps({"again": again.reference, "people": {
    name: getattr(people, name).email
    for name in ("patient", "dermatologist", "dermatologist2", "administrator")}}))
"""


@pytest.fixture(scope="module")
def portal(chromium, start_product: Callable[..., Product]):
    yield start_product("web")


@pytest.fixture(scope="module")
def seeded(portal: Product) -> dict:
    printed = portal.manage("shell", "-v", "0", "-c", SEED)
    return json.loads(printed.split("SEED", 1)[1].splitlines()[0])


@pytest.fixture
def log_in(open_page, seeded) -> Callable[..., Page]:
    def as_person(name: str, **options: object) -> Page:
        page = open_page(**options)
        page.goto("/accounts/login/")
        page.get_by_label("E-mail address").fill(seeded["people"][name])
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
        expect(page.get_by_role("button", name="Log out").first).to_be_visible()
        return page

    return as_person


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, []

    def press(self, key: str) -> None:
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
