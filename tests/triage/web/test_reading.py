"""The reading page: what is hidden when, the two forms, the signature, what is kept when lost."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from portal.audit.models import Entry
from tests import cast as casting
from tests.triage.test_history import TOLD
from tests.triage.test_reading import MELANOMA
from tests.triage.test_reviews import score
from tests.triage.web.test_worklist import QUERIES, queries, text
from triage import patients, reviews, scoring, worklist
from triage.models import Case, Patient, Review

OPINION = {"first-diagnosis": "NV", "first-urgency": "4", "first-confidence": "2"}


@pytest.fixture
def case(people) -> Case:
    """A case that the model takes for a melanoma."""
    case = casting.send_case(
        people.patient, notes="It grew since May. It does not itch.", grew=True
    )
    score(case, probabilities=MELANOMA, malignancy_risk=0.91, melanoma_risk=0.91)
    case.refresh_from_db()
    return case


@pytest.fixture
def reader(people, browser):
    return browser(people.dermatologist)


@pytest.fixture
def held(people, case) -> Case:
    worklist.claim(actor=people.dermatologist, case=case)
    return case


@pytest.fixture
def opined(reader, held) -> Case:
    assert reader.post(url(held, "opinion"), OPINION).status_code == 302
    return held


def url(case: Case, step: str = "") -> str:
    return f"/worklist/{case.reference}/" + (f"{step}/" if step else "")


def decision(case: Case, **changes: str) -> dict[str, str]:
    usual = {
        "diagnosis": "MEL", "urgency": "1", "outcome": "urgent", "confidence": "3",
        "advice": "Please come to the clinic.", "safety_net": "Call us if it bleeds.",
        **{f"adequate_{photo.pk}": "yes" for photo in case.photos.all()},
    }  # fmt: skip
    return {**usual, **changes}


def lose(case: Case) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Case.objects.filter(pk=case.pk).update(reader_lease_until=past)


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


# ---- the lease -------------------------------------------------------------------------------


def test_the_open_page_keeps_the_case_on_the_desk(reader, opined):
    soon = timezone.now() + timedelta(seconds=30)
    Case.objects.filter(pk=opined.pk).update(reader_lease_until=soon)
    page = reader.get(url(opined)).content.decode()
    assert f'hx-post="{url(opined, "heartbeat")}" hx-trigger="every 60s, leave"' in page
    answer = reader.post(url(opined, "heartbeat"))
    assert "On your desk until" in text(answer)
    opined.refresh_from_db()
    assert opined.reader_lease_until > soon


def test_whoever_lost_the_case_learns_it_and_who_has_it(people, reader, opined):
    lose(opined)
    assert "Claim it again" in text(reader.post(url(opined, "heartbeat")))
    worklist.claim(actor=people.dermatologist2, case=opined)
    shown = text(reader.post(url(opined, "heartbeat")))
    assert "dermatologist2 has this case now" in shown
    assert "Claim it again" not in shown


def test_what_is_typed_is_kept_while_typing(reader, opined):
    shown = text(reader.post(url(opined, "draft"), {"advice": "Half a sen", "urgency": "nonsense"}))
    assert "Saved" in shown
    assert "Half a sen" in reader.get(url(opined)).content.decode()


def test_what_was_typed_survives_the_loss_of_the_case(people, reader, opined):
    lose(opined)
    worklist.claim(actor=people.dermatologist2, case=opined)
    page = reader.post(
        url(opined, "sign"), {**decision(opined, advice="Hours of work"), "confirmed": "1"}
    )
    assert "dermatologist2 has this case now" in text(page)
    assert "Hours of work" in page.content.decode()
    assert not Review.objects.signed().exists()
    worklist.release(actor=people.dermatologist2, case=opined)
    reader.post(url(opined, "claim"))
    assert "Hours of work" in reader.get(url(opined)).content.decode()


def test_a_first_opinion_survives_the_loss_of_the_case(people, reader, held):
    reader.get(url(held))
    lose(held)
    worklist.claim(actor=people.dermatologist2, case=held)
    page = reader.post(url(held, "opinion"), OPINION)
    assert "dermatologist2 has this case now" in text(page)
    assert re.search(r'<option value="NV"\s+selected', page.content.decode())
    assert "What the model said" not in text(page)
    assert not Review.objects.filter(first_committed_at__isnull=False).exists()


# ---- after the signature ---------------------------------------------------------------------


@pytest.fixture
def signed(reader, opined) -> Case:
    reader.post(url(opined, "sign"), {**decision(opined), "confirmed": "1"})
    assert Review.objects.signed().count() == 1
    return opined


@pytest.mark.parametrize(("step", "status"), [("sign", 302), ("draft", 404)])
def test_two_presses_on_sign_at_the_same_moment_make_one_signature(
    people, reader, opined, monkeypatch, step, status
):
    save = reviews.save_draft

    def sign_first(
        *, actor, review, decision, revision
    ):  # the other press, between our look and our write
        known = reviews.Decision("MEL", 1, "urgent", "Please come.", "Call us.", confidence=3)
        reviews.sign(actor=actor, review=review, decision=known)
        save(actor=actor, review=review, decision=decision, revision=revision)

    monkeypatch.setattr(reviews, "save_draft", sign_first)
    answer = reader.post(url(opined, step), {**decision(opined), "confirmed": "1"})
    assert answer.status_code == status
    assert Review.objects.get().advice == "Please come."


def test_a_signed_case_offers_no_form_but_an_amendment(reader, signed):
    page = text(reader.get(url(signed)))
    assert "Amend the answer" in page
    assert "Your decision" not in page
    assert "Claim" not in page


def test_an_amendment_is_a_new_version_beside_the_old_one(people, browser, reader, signed):
    colleague = browser(people.dermatologist2)
    form = colleague.get(url(signed, "amend"))
    assert "Please come to the clinic." in form.content.decode()
    anew = {**decision(signed, advice="Histology: harmless."), "version": "1"}
    assert "Say why you amend" in text(colleague.post(url(signed, "amend"), anew))
    anew["amendment_reason"] = "Histology is back."
    assert "Check before you sign" in text(colleague.post(url(signed, "amend"), anew))
    done = colleague.post(url(signed, "amend"), {**anew, "confirmed": "1"}, follow=True)
    shown = text(done)
    for words in ("version 2", "Histology: harmless.", "Version 1, signed", "Histology is back."):
        assert words in shown
    assert [review.version for review in Review.objects.signed()] == [1, 2]


def test_two_amendments_of_one_version_do_not_both_stand(reader, signed):
    anew = {**decision(signed), "version": "1", "amendment_reason": "More.", "confirmed": "1"}
    reader.post(url(signed, "amend"), anew)
    assert "was amended in the meantime" in text(reader.post(url(signed, "amend"), anew))
    assert Review.objects.signed().count() == 2


def test_what_is_not_answered_cannot_be_amended(reader, opined):
    assert reader.get(url(opined, "amend")).status_code == 404


def test_an_amendment_hides_nothing_from_the_ledger(people, reader, signed):
    anew = {**decision(signed), "version": "1", "amendment_reason": "More.", "confirmed": "1"}
    reader.post(url(signed, "amend"), anew)
    actions = list(Entry.objects.about("case", signed.reference).values_list("action", flat=True))
    for action in ("case.claimed", "review.opened", "review.first_opinion", "assessment.revealed",
                   "review.signed", "review.amended", "case.viewed"):  # fmt: skip
        assert action in actions


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


# ---- two windows, and the time of reading ----------------------------------------------------


def test_what_another_window_saved_is_not_overwritten_unasked(reader, opined):
    reader.post(url(opined, "draft"), {"advice": "From the first window", "revision": "0"})
    shown = reader.post(url(opined, "draft"), {"advice": "From the second", "revision": "0"})
    assert "Not saved." in text(shown) and "Another window saved this case" in text(shown)
    assert 'id="revision"' not in shown.content.decode(), "the next saving is refused as well"
    assert Review.objects.get().advice == "From the first window"
    kept = {"advice": "From the second", "revision": "0", "overwrite": "1"}
    assert "Saved" in text(reader.post(url(opined, "draft"), kept))
    assert Review.objects.get().advice == "From the second"


def test_a_window_that_only_looks_learns_of_it_with_its_heartbeat(reader, opined):
    reader.post(url(opined, "draft"), {"advice": "Elsewhere", "revision": "0"})
    shown = text(reader.post(url(opined, "heartbeat"), {"revision": "0"}))
    assert "Another window saved this case" in shown
    assert "Another window" not in text(reader.post(url(opined, "heartbeat"), {"revision": "1"}))


def test_a_signature_over_another_window_s_words_is_asked_about(reader, opined):
    reader.post(url(opined, "draft"), {"advice": "Elsewhere", "revision": "0"})
    for step in ({}, {"confirmed": "1"}):
        page = reader.post(url(opined, "sign"), {**decision(opined), "revision": "0", **step})
        assert "saved in another window since" in text(page)
        assert 'name="revision" value="1"' in page.content.decode(), "pressed again, it is taken"
    assert not Review.objects.signed().exists()
    again = reader.post(url(opined, "sign"), {**decision(opined), "revision": "1"})
    assert "Check before you sign" in text(again)
    assert 'name="revision" value="2"' in again.content.decode()


@pytest.mark.parametrize("sent", ["", "x", "-1", "1e3", "٣", "9" * 40])
def test_a_count_that_is_none_is_none(reader, opined, sent):
    posted = {"advice": "Words", "revision": sent, "seconds": sent}
    assert "Saved" in text(reader.post(url(opined, "draft"), posted))


def test_the_time_that_the_page_tells_is_kept_and_shown_with_the_signature(reader, opined):
    past = timezone.now() + timedelta(minutes=14)  # a sign of life a minute ago
    for step, sent in (("heartbeat", {}), ("sign", {**decision(opined), "confirmed": "1"})):
        Case.objects.filter(pk=opined.pk).update(reader_lease_until=past)
        reader.post(url(opined, step), {**sent, "seconds": "40"})
    assert Review.objects.get().reading_seconds == 80
    assert "1 min 20 s" in text(reader.get(url(opined)))


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
    page = reader.post(url(opined, "sign"), {"standard": "NV", "confidence": "3", **photos})
    assert "risk of cancer is above its limit" in text(page)
    assert "no single key signs this" in text(page)
    assert 'data-key="s"' not in page.content.decode()
    assert "Urgent suspected cancer" in text(page), "and it makes the case no less urgent"


def test_a_ready_made_decision_that_is_none_changes_nothing(reader, opined):
    shown = text(reader.post(url(opined, "sign"), {"standard": "OTHER"}))
    assert "There is a problem" in shown


def test_what_is_seen_is_kept_for_staff(people, browser, reader, opined):
    sent = {**decision(opined), "findings": "6.2 mm, two colours.", "confirmed": "1"}
    reader.post(url(opined, "sign"), sent)
    assert "6.2 mm, two colours." in text(reader.get(url(opined)))
    patient = browser(people.patient).get(f"/cases/{opined.reference}/", follow=True)
    assert "two colours" not in text(patient)
