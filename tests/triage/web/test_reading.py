"""The reading page: what is hidden when, the two forms, the signature, ready-made decisions."""

import html
import re

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from tests import cast as casting
from tests.triage.test_history import TOLD
from tests.triage.test_reviews import score
from tests.triage.web.desk import OPINION, decision, suspected, url
from tests.triage.web.test_worklist import QUERIES, queries, text
from triage import patients, reviews, scoring, worklist
from triage.models import Case, Patient, Review


@pytest.fixture
def case(people) -> Case:
    return suspected(people.patient)


def test_an_unclaimed_case_can_be_looked_at_and_claimed(reader, case):
    page = text(reader.get(url(case)))
    assert "Claim this case" in page
    assert "Your first opinion" not in page


def test_what_the_patient_told_stands_there_with_what_counted(reader, case):
    page = text(reader.get(url(case)))
    assert "grew grew" in page  # the word, and what it counted as
    assert "no: itch" in page
    assert "7-point checklist" in page


def test_melanoma_in_the_family_is_marked_where_the_notes_tell_of_it(people, reader):
    patients.patient_of(people.patient)
    Patient.objects.filter(user=people.patient).update(family_melanoma=False)
    case = casting.send_case(people.patient, notes="My dad had melanoma. There since yesterday.")
    page = text(reader.get(url(case)))
    assert "dad had melanoma melanoma in the family" in page
    assert "Melanoma in the family: ticked no, but the notes say ‘dad had melanoma’" in page
    assert "since yesterday less than a week" in page
    assert "0 weeks" not in page


def test_before_the_first_opinion_the_page_gives_nothing_of_the_model_away(reader, held):
    page = reader.get(url(held)).content.decode()
    shown = text(reader.get(url(held)))
    assert "Your first opinion" in shown
    assert "What the model said" not in shown
    assert "activation" not in page
    assert "91.0%" not in shown
    without_form = re.sub(
        r"<select.*?</select>|<button[^>]*data-pick.*?</button>", "", page, flags=re.S
    )
    assert "elanoma" not in without_form.replace("Melanoma in the family", "")
    assert held.get_urgency_display() == "Urgent suspected cancer"
    assert "portal-urgency--1" in page, "urgency and deadline are the case's own, here too"
    assert f"by {date_format(timezone.localtime(held.due_at), 'j M Y, H:i')}" in shown
    assert "may include what the model said" in shown
    assert "Together" not in shown, "the score would tell"


def test_nothing_is_promised_of_a_model_that_said_nothing(people, reader):
    case = casting.send_case(people.patient)
    worklist.claim(actor=people.dermatologist, case=case)
    assert "The model has not scored this case yet" in text(reader.get(url(case)))
    while claims := scoring.claim_batch(worker="w"):
        scoring.fail(worker="w", claim=claims[0], problem="Photo 1 cannot be read as a picture.")
    page = text(reader.get(url(case)))
    assert "could not read these photos" in page
    for promise in ("model’s result is shown", "Commit and see", "may include"):
        assert promise not in page
    shown = text(reader.post(url(case, "opinion"), OPINION, follow=True))
    assert "Photo 1 cannot be read as a picture. Judge the case without it." in shown


def test_after_it_the_model_s_result_and_the_decision_are_there(reader, opined):
    shown = text(reader.get(url(opined)))
    for words in ("What the model said", "Melanoma", "91.0%", "the limit of 15.0%", "test-1",
                  "Your first opinion: Melanocytic naevus", "Your decision"):  # fmt: skip
        assert words in shown
    assert "Commit and see" not in shown
    assert re.search(r'<option value="NV"\s+selected', reader.get(url(opined)).content.decode())


def test_the_patient_s_telephone_number_is_a_link_to_call(people, case, reader):
    assert "The patient gave no telephone number." in reader.get(url(case)).content.decode()
    patients.update_profile(actor=people.patient, patient=case.patient, phone="(01632) 960-002")
    page = reader.get(url(case)).content.decode()
    assert 'href="tel:01632960002"' in page and "(01632) 960-002" in page


def test_what_the_photos_said_and_what_the_history_added_stand_side_by_side(people, reader):
    case = casting.send_case(people.patient, bleed=True)
    score(case, malignancy_risk=0.31, melanoma_risk=0.02, history=TOLD)
    worklist.claim(actor=people.dermatologist, case=case)
    before = text(reader.get(url(case)))
    assert "with history" not in before and "58.0%" not in before
    shown = text(reader.post(url(case, "opinion"), OPINION, follow=True))
    for words in ("Photos alone With history", "the limit of 30.0% 31.0% 58.0%",
                  "Below the limit of 15.0% 2.0% 7.0%", "Basal cell carcinoma 1.0% 50.0%",
                  "made cancer more likely: age 71, bled, grew.", "Less likely: no itch.",
                  "Photo: malignant 31.0%; with history (age 71, bled, grew): 58.0%"):  # fmt: skip
        assert words in shown


def test_an_incomplete_opinion_is_shown_again_with_what_is_missing(reader, held):
    answer = reader.post(url(held, "opinion"), {"first-diagnosis": "NV"})
    shown = text(answer)
    assert "There is a problem" in shown
    assert "Say how sure you are." in shown
    assert "What the model said" not in shown


def test_a_second_opinion_changes_nothing(reader, opined):
    answer = reader.post(url(opined, "opinion"), {**OPINION, "first-diagnosis": "MEL"}, follow=True)
    assert "locked before" in text(answer)
    assert Review.objects.get().first_diagnosis == "NV"


def test_a_case_is_signed_only_after_what_is_signed_was_shown(reader, opined):
    first = reader.post(url(opined, "sign"), decision(opined))
    assert "Check before you sign" in text(first)
    assert not Review.objects.signed().exists()
    hidden = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', first.content.decode()
    )
    sent = {name: html.unescape(value) for name, value in hidden if name != "csrfmiddlewaretoken"}
    last = reader.post(url(opined, "sign"), {**sent, "confirmed": "1"}, follow=True)
    shown = text(last)
    assert "You signed case" in shown
    assert "The signed answer" in shown
    signed = Review.objects.signed().get()
    assert (signed.diagnosis, signed.urgency, signed.outcome) == ("MEL", 1, "urgent")
    assert [judged.adequate for judged in signed.adequacies.all()] == [True]


def test_going_back_from_the_check_keeps_everything(reader, opined):
    page = reader.post(
        url(opined, "sign"), {**decision(opined, advice="Dear <b>you</b>"), "change": "1"}
    )
    assert "Your decision" in text(page)
    assert "Dear &lt;b&gt;you&lt;/b&gt;" in page.content.decode()
    assert not Review.objects.signed().exists()


@pytest.mark.parametrize(("change", "words"), [
    ({"diagnosis": ""}, "Choose a diagnosis."),
    ({"advice": ""}, "Write this for the patient."),
    ({"urgency": "3", "outcome": "routine"}, "Say why this is less urgent"),
    ({"urgency": "4", "urgency_reason": "Fine"}, "as soon as what happens next"),
    ({"urgency": "0", "outcome": "routine"}, "An emergency needs"),
    ({"follow_up_weeks": "-1"}, "greater than or equal to 1"),
])  # fmt: skip
@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "1"}])
def test_an_incomplete_decision_is_never_signed(reader, opined, change, words, confirmed):
    shown = text(reader.post(url(opined, "sign"), {**decision(opined, **change), **confirmed}))
    assert "There is a problem" in shown
    assert words in shown
    assert not Review.objects.signed().exists()


def test_every_photo_must_be_judged(reader, opined):
    sent = {k: v for k, v in decision(opined).items() if not k.startswith("adequate_")}
    assert "Say whether photo 1 was good enough." in text(reader.post(url(opined, "sign"), sent))


def test_a_bold_decision_is_questioned_before_it_is_signed(reader, opined):
    bold = decision(
        opined, outcome="discharge", urgency="4", diagnosis="NV", urgency_reason="A mole."
    )
    assert "risk of cancer is above its limit" in text(reader.post(url(opined, "sign"), bold))


def test_nothing_is_signed_without_a_first_opinion(reader, held):
    reader.get(url(held))
    answer = reader.post(url(held, "sign"), {**decision(held), "confirmed": "1"}, follow=True)
    assert "Your first opinion" in text(answer)
    assert not Review.objects.signed().exists()


# ---- who, and what it costs ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["outsider", "patient", "patient2", "administrator"])
def test_nobody_else_has_a_reading_page(people, browser, opined, name):
    client = browser(getattr(people, name))
    assert client.get(url(opined)).status_code == 404
    for step in ("opinion", "sign", "draft", "heartbeat", "amend", "claim", "release"):
        assert client.post(url(opined, step), decision(opined)).status_code == 404
    assert Review.objects.count() == 1


@pytest.mark.parametrize("name", ["AAAA-BBBB-CCCC", "%00", "AAAA-BBBB-CC%00C", "x" * 300, "ÄÄÄÄ"])
def test_a_reference_that_is_none_is_not_found(reader, people, name):
    assert reader.get(f"/worklist/{name}/").status_code == 404
    assert reader.post(f"/worklist/{name}/claim/").status_code == 404


def test_a_reference_may_be_typed_in_small_letters(reader, case):
    assert reader.get(url(case).lower()).status_code == 200


def test_the_page_costs_few_queries_at_every_step(people, reader):
    """With a case of the same lesion to compare with, and others of the patient."""
    first = casting.send_case(people.patient)
    case = casting.send_case(people.patient, lesion_of=first)
    casting.send_case(people.patient)
    score_all()
    worklist.claim(actor=people.dermatologist, case=case)
    reader.get(url(case))  # opens the draft
    counts = {"opinion": queries(lambda: reader.get(url(case)))}
    reader.post(url(case, "opinion"), OPINION)
    counts["decision"] = queries(lambda: reader.get(url(case)))
    reader.post(url(case, "sign"), {**decision(case), "confirmed": "1"})
    counts["signed"] = queries(lambda: reader.get(url(case)))
    assert "The same lesion on" in text(reader.get(url(case)))
    assert {step: len(asked) for step, asked in counts.items() if len(asked) > QUERIES} == {}


def score_all() -> None:
    while claims := scoring.claim_batch(worker="w"):
        for held in claims:
            photos = tuple(
                scoring.PhotoResult(photo.id, {"NV": 1.0}, True, [[0.5]], "NV")
                for photo in held.photos
            )
            said = casting.said(photos=photos)
            assert scoring.record_assessment(worker="w", claim=held, result=said)


def test_a_photo_that_may_be_poor_is_pointed_out(people, reader, case):
    case.photos.update(sharpness=1.0)
    assert "may be blurred" in text(reader.get(url(case)))
    case.photos.update(brightness=0.05)
    assert "dark" in text(reader.get(url(case)))


def test_a_review_that_the_api_began_goes_on_here(people, reader, held):
    draft = reviews.open_review(actor=people.dermatologist, case=held)
    opinion = reviews.Opinion("BKL", 4, 1)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=opinion)
    assert "Your first opinion: Benign keratosis" in text(reader.get(url(held)))


def test_the_last_case_of_the_lesion_stands_beside_this_one(people, reader, signed):
    again = casting.send_case(people.patient, lesion_of=signed)
    elsewhere = casting.send_case(people.patient)
    page = reader.get(url(again))
    shown = text(page)
    assert "The same lesion on" in shown and "Melanoma, urgent suspected-cancer referral" in shown
    assert f"/photos/{signed.photos.get().pk}/" in page.content.decode()
    assert "The same lesion on" not in text(reader.get(url(elsewhere)))
    assert "The same lesion on" not in text(reader.get(url(signed))), "there is none before it"


# ---- a ready-made decision -------------------------------------------------------------------


def test_a_ready_made_decision_leads_to_the_check_once_the_photos_are_judged(reader, opined):
    photos = {f"adequate_{photo.pk}": "yes" for photo in opined.photos.all()}
    pressed = {"standard": "MEL", "confidence": "3"}
    shown = text(reader.post(url(opined, "sign"), pressed))
    assert "Say whether photo 1 was good enough." in shown
    shown = text(reader.post(url(opined, "sign"), {**pressed, **photos}))
    assert "Check before you sign" in shown
    assert "Urgent suspected-cancer referral" in shown
    assert not Review.objects.signed().exists()


def test_a_bold_ready_made_decision_is_questioned_and_no_single_key_signs_it(reader, opined):
    photos = {f"adequate_{photo.pk}": "yes" for photo in opined.photos.all()}
    sent = {"standard": "NV", "confidence": "3", **photos}
    page = reader.post(url(opined, "sign"), sent)
    assert "With this outcome nobody sees the patient" in text(page)
    (kept,) = re.findall(r'<input[^>]*name="urgency"[^>]*checked[^>]*>', page.content.decode())
    assert 'value="1"' in kept, "it makes the case no less urgent"
    sure = {**decision(opined), **photos, "outcome": "discharge", "diagnosis": "NV", "urgency": "4",
            "urgency_reason": "An even mole, unchanged for years."}  # fmt: skip
    page = reader.post(url(opined, "sign"), sure)
    assert "risk of cancer is above its limit" in text(page)
    assert "no single key signs this" in text(page)
    assert 'data-key="s"' not in page.content.decode()


def test_a_ready_made_decision_that_is_none_changes_nothing(reader, opined):
    shown = text(reader.post(url(opined, "sign"), {"standard": "OTHER"}))
    assert "There is a problem" in shown


def test_what_is_seen_is_kept_for_staff(people, browser, reader, opined):
    sent = {**decision(opined), "findings": "6.2 mm, two colours.", "confirmed": "1"}
    reader.post(url(opined, "sign"), sent)
    assert "6.2 mm, two colours." in text(reader.get(url(opined)))
    patient = browser(people.patient).get(f"/cases/{opined.reference}/", follow=True)
    assert "two colours" not in text(patient)
