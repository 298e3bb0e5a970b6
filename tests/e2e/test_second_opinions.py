"""Second opinions, pathology, similar cases and exports in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, PHONE

# Run inside the product: two answered moles that look alike to the network, of two patients who
# agreed to further use, and one open case that looks like them.
SEED = """
import json, struct
from django.utils import timezone
from tests import cast
from triage import patients, reviews, scoring, worklist
from triage.models import ConsentKind, Worker

people = cast.gather()
cast.decide(safety_sample_share=0, blinded_share=0)
Worker.objects.update_or_create(name="w", defaults={"seen_at": timezone.now()})
for user in (people.patient, people.patient2):
    patients.grant_consent(actor=user, patient=patients.patient_of(user),
                           kind=ConsentKind.IMPROVEMENT)

def score():
    for claim in scoring.claim_batch(worker="w"):
        nv = cast.said().probabilities
        seen = tuple(scoring.PhotoResult(p.id, nv, True, [[0.2, 1.0], [0.1, 0.3]], "NV",
                     embedding=struct.pack("<3e", 0.6, 0.8, 0.0)) for p in claim.photos)
        assert scoring.record_assessment(worker="w", claim=claim, result=cast.said(photos=seen))

def answer(case):
    worklist.claim(actor=people.dermatologist, case=case)
    review = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist, review=review,
        opinion=reviews.Opinion("NV", 4, 2))
    reviews.sign(actor=people.dermatologist, review=review, decision=reviews.Decision(
        "NV", case.urgency, "discharge", "All is well.", "Come back.", confidence=2,
        adequate={str(p.pk): True for p in case.photos.all()}))

alike = cast.send_case(people.patient2, photo=cast.jpeg((120, 80, 60)))
disputed = cast.send_case(people.patient, photo=cast.jpeg((90, 60, 50)), notes="A dark spot.")
fresh = cast.send_case(people.patient, photo=cast.jpeg((110, 70, 55)))
score()
for case in (alike, disputed):
    case.refresh_from_db()
    answer(case)
print("SEED" + json.dumps({
    "alike": alike.reference, "disputed": disputed.reference, "fresh": fresh.reference,
    "people": {name: getattr(people, name).email
               for name in ("patient", "dermatologist", "dermatologist2")}}))
"""


def test_a_blinded_colleague_disagrees_and_the_answer_is_kept_with_a_reason(
    log_in, seeded, looks_right
):
    first = log_in("dermatologist", **DESKTOP)
    first.goto(f"/worklist/{seeded['disputed']}/")
    first.get_by_text("Ask for a second opinion").first.click()
    first.get_by_label("Who should read it").select_option(label="dermatologist2")
    first.get_by_label("Your question").fill("Is it regular?")
    looks_right(first)
    first.get_by_role("button", name="Ask", exact=True).click()
    expect(first.get_by_text("is asked.").first).to_be_visible()

    second = log_in("dermatologist2", **PHONE)
    second.goto("/second-readings/")
    looks_right(second)
    second.get_by_role("link", name=seeded["disputed"]).click()
    main = second.get_by_role("main")
    expect(main).to_contain_text("Is it regular?")
    expect(main).not_to_contain_text("All is well.")
    expect(main).not_to_contain_text("What the model said")
    looks_right(second)
    second.get_by_role("button", name="Sign your opinion").click()
    expect(main.get_by_text("Choose an urgency.").first).to_be_visible()
    second.locator("#id_second-diagnosis").select_option("MEL")
    second.locator("input[name=second-urgency][value='1']").check()
    second.locator("input[name=second-confidence][value='3']").check()
    second.get_by_role("button", name="Sign your opinion").click()
    expect(second.get_by_text("It differs from the answer").first).to_be_visible()
    expect(main).to_contain_text("All is well.")

    first.goto("/second-readings/")
    expect(first.get_by_role("heading", name="To be settled")).to_be_visible()
    looks_right(first)
    first.get_by_role("button", name="Settle").click()
    expect(first.get_by_text("say why it is kept").first).to_be_visible()
    first.get_by_label("Why the answer is kept").fill("Biopsied before: a naevus.")
    first.get_by_role("button", name="Settle").click()
    expect(first.get_by_role("heading", name="To be settled")).to_have_count(0)


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pathology_is_entered_told_and_read(log_in, seeded, looks_right, screen):
    reader = log_in("dermatologist", **screen)
    reader.goto("/pathology/")
    looks_right(reader)
    reader.goto(f"/pathology/new/?reference={seeded['disputed']}")
    looks_right(reader)
    reader.get_by_label("What was found").select_option("NV")
    reader.get_by_label("Day of the report").fill("2026-10-01")
    reader.get_by_role("button", name="Put on record").click()
    expect(reader.get_by_text("Now tell the patient").first).to_be_visible()
    looks_right(reader)
    reader.get_by_label("To the patient").fill(f"A harmless mole, read on a {screen['viewport']}.")
    reader.get_by_role("button", name="Tell the patient").click()
    expect(reader.get_by_text("The patient can read it now.").first).to_be_visible()

    patient = log_in("patient", **screen)
    patient.goto(f"/cases/{seeded['disputed']}/")
    expect(patient.get_by_role("main")).to_contain_text(f"read on a {screen['viewport']}")
    looks_right(patient)


def test_a_file_from_the_laboratory_is_looked_at_then_entered(log_in, seeded, looks_right):
    reader = log_in("dermatologist", **DESKTOP)
    reader.goto("/pathology/import/")
    looks_right(reader)
    wrong = "reference,diagnosis,reported_on\n2222-2222-2222,Melanoma,2026-10-01\n"
    right = f"reference,diagnosis,reported_on\n{seeded['alike']},Melanocytic naevus,2026-10-01\n"
    for content, expected in ((wrong, "No case of your clinic"), (right, "1 result would be")):
        reader.get_by_label("File of results").set_input_files(
            {"name": "results.csv", "mimeType": "text/csv", "buffer": content.encode()}
        )
        reader.get_by_role("button", name="Look at it first").click()
        expect(reader.get_by_text(expected).first).to_be_visible()
        looks_right(reader)
    reader.get_by_role("button", name="Enter them").click()
    expect(reader.get_by_text("1 result is on record.").first).to_be_visible()


def test_similar_cases_are_shown_after_the_first_opinion_and_a_case_is_saved(
    log_in, seeded, looks_right
):
    reader = log_in("dermatologist", **DESKTOP)
    reader.goto(f"/worklist/{seeded['fresh']}/")
    reader.get_by_role("button", name="Claim this case").click()
    expect(reader.get_by_role("link", name="Show similar cases")).to_have_count(0)
    reader.locator("select[name=first-diagnosis]").select_option("NV")
    reader.locator("input[name=first-urgency][value='4']").check()
    reader.locator("input[name=first-confidence][value='2']").check()
    reader.get_by_role("button", name="Commit").click()
    reader.get_by_role("link", name="Show similar cases").click()
    expect(reader.locator("#similar")).to_contain_text("Melanocytic naevus")
    expect(reader.locator("#similar")).to_contain_text(
        re.compile("Confirmed by pathology|Signed, without pathology")  # by the tests before
    )
    expect(reader.locator(f"#similar a[href$='{seeded['alike']}/']")).to_be_visible()
    looks_right(reader)
    for name, ending in (("PDF", "pdf"), ("FHIR", "json"), ("DICOM", "zip")):
        with reader.expect_download() as download:
            reader.get_by_role("link", name=name).click()
        assert download.value.suggested_filename == f"{seeded['fresh']}.{ending}"
        assert download.value.path().stat().st_size > 1000
