"""The reader's desk over time: the lease, what was typed, a second window, amendments."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.audit.models import Entry
from tests.triage.web.desk import OPINION, decision, lose, suspected, url
from tests.triage.web.test_worklist import text
from triage import reviews, worklist
from triage.models import Case, Review


@pytest.fixture
def case(people) -> Case:
    return suspected(people.patient)


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


# ---- after the signature ---------------------------------------------------------------------


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
