"""The symptom assistant's page."""

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from portal.audit.models import Entry
from tests import cast as casting
from tests.triage.web import journey
from triage import conversations, drafts, patients, rule_changes, rulebook
from triage.models import Conversation

ASK, SAY = "/ask/", "/ask/say/"


@pytest.fixture
def cast(db):
    return casting.gather()


@pytest.fixture
def client(cast):
    client = Client()
    client.force_login(cast.patient)
    return client


def tell(client, *texts, **more):
    for text in texts:
        answer = client.post(SAY, {"text": text, **more}, follow=True)
        assert answer.status_code == 200
    return answer.content.decode()


def choose(client, *codes):
    for code in codes:
        answer = client.post(SAY, {"button": code}, follow=True)
        assert answer.status_code == 200
    return answer.content.decode()


def test_it_begins_with_the_emergency_signs_and_says_that_it_is_no_doctor(client):
    page = client.get(ASK).content.decode()
    assert "not a doctor" in page
    assert "Is any of these happening to you now?" in page
    assert "bleeding that has not stopped after 10 minutes of firm pressure" in page


def test_somebody_who_is_not_logged_in_is_told_why_to_log_in(db):
    page = Client().get(ASK)
    assert page.status_code == 200
    assert "only for people who are logged in" in page.content.decode()


def test_what_was_said_at_once_is_not_asked_again(client):
    page = tell(client, "no", "brown mole on my left calf, 8 mm, growing since March, not itchy")
    assert "Noted: it has grown; it does not itch" in page
    assert "left" in page and "lower leg" in page
    assert "Has it changed in shape or colour?" in page
    assert "Has it grown?" not in page


def test_an_emergency_sign_is_answered_at_once_whatever_was_asked(client):
    page = tell(client, "no", "I have a high fever and the rash is spreading")
    assert page.index("Seek emergency care now") < page.index("Ask about a spot</h1>")
    assert 'href="tel:999"' in page
    entry = Entry.objects.filter(action="conversation.said").order_by("-pk").first()
    assert entry.detail["emergency_advice"] is True


def test_the_clinic_s_own_words_for_an_emergency_are_used(client, cast):
    book = rulebook.current().book
    ours = replace(book, words=replace(book.words, emergency="Come to ward 7. Do it now."))
    rule_changes.adopt(actor=cast.administrator, book=ours, reason="Our ward.", over=0)
    assert choose(client, "yes").count("Come to ward 7") == 2


def test_yes_to_the_signs_is_answered_before_it_is_known_which(client):
    page = choose(client, "yes")
    assert "Seek emergency care now" in page
    assert "Do you have a fever" in page


def test_the_result_says_how_soon_and_why_in_the_patients_words(client):
    page = tell(client, "no", "on my back, 10 mm, for half a year, it has doubled in size")
    page = choose(client, "middle", "yes", "no", "no", "no", "no", "yes", "no", "no", "no", "no")
    assert "My advice" in page
    assert "urgently" in page
    assert "You wrote:" in page and "it has doubled in size" in page


def finish(client):
    tell(client, "no", "on my left thigh, 5 mm, for two years, it bled once")
    return choose(client, *["no"] * 10)


def test_it_hands_over_into_a_form_with_everything_said(client, cast):
    finish(client)
    page = client.post("/ask/send/", follow=True)
    assert "What you told the assistant is filled in" in page.content.decode()
    draft = drafts.open_draft(cast.patient)
    answers, place = drafts.answers_of(draft), drafts.place_of(draft)
    assert (place.body_site, place.side) == ("thigh", "left")
    assert (answers.bleed, answers.grew, answers.diameter_mm) == (True, False, 5)
    assert answers.duration_weeks == 104
    assert answers.over_half_body is False
    assert answers.notes == "on my left thigh, 5 mm, for two years, it bled once"
    assert Conversation.objects.get().handed_over_at is not None
    assert "Is any of these happening" in client.get(ASK).content.decode()


def test_a_form_that_was_begun_is_never_overwritten_without_asking(client, cast):
    patient = patients.patient_of(cast.patient)
    begun = drafts.begin(actor=cast.patient, patient=patient)
    drafts.save(actor=cast.patient, draft=begun, entered={"itch": "yes"}, step="symptoms")
    finish(client)
    answer = client.post("/ask/send/")
    assert answer.status_code == 409
    assert "You have begun a form already" in answer.content.decode()
    assert drafts.open_draft(cast.patient).pk == begun.pk
    assert client.post("/ask/send/", {"instead": "yes"}).status_code == 302
    assert drafts.answers_of(drafts.open_draft(cast.patient)).bleed is True


def test_the_last_answer_can_be_taken_back(client):
    choose(client, "yes")
    page = client.post("/ask/back/", follow=True).content.decode()
    assert "Seek emergency care now" not in page


def test_starting_again_asks_first_and_deletes(client):
    tell(client, "no")
    assert "cannot be undone" in client.get("/ask/again/").content.decode()
    assert Conversation.objects.count() == 1
    client.post("/ask/again/")
    assert Conversation.objects.count() == 0


def test_with_htmx_only_what_is_new_comes_back(client):
    seen = client.get(ASK).context["seen"]
    answer = client.post(SAY, {"text": "no", "seen": seen}, headers={"HX-Request": "true"})
    part = answer.content.decode()
    assert "<h1>" not in part
    assert "Is any of these happening" not in part
    assert "Tell me about the spot" in part


def test_saying_nothing_is_pointed_out(client):
    answer = client.post(SAY, {"text": "  "})
    assert answer.status_code == 422
    assert "Write an answer" in answer.content.decode()


def test_with_htmx_a_mistake_is_shown_in_place(client):
    seen = client.get(ASK).context["seen"]
    answer = client.post(SAY, {"text": "", "seen": seen}, headers={"HX-Request": "true"})
    assert answer.status_code == 200  # htmx shows nothing else
    assert "Write an answer" in answer.content.decode()
    assert "portal-bubble" not in answer.content.decode()


def test_whoever_says_too_much_is_told_when_to_go_on(client, monkeypatch):
    monkeypatch.setattr(conversations, "TURNS_AN_HOUR", 1)
    tell(client, "no")
    answer = client.post(SAY, {"text": "it itches"})
    assert answer.status_code == 429
    assert "Try again in an hour" in answer.content.decode()


def test_a_question_is_answered_from_a_page_with_the_page_linked(client):
    page = tell(client, "no", "how is melanoma treated?")
    assert reverse("triage:condition", args=["melanoma"]) in page
    assert "cut out" in page


def test_what_it_does_not_know_it_says(client):
    assert "I do not know that" in tell(client, "no", "who won the football?")


def test_it_never_says_what_it_is(client):
    assert "Only a clinician who has looked at it can" in tell(client, "no", "is it cancer?")


def test_nobody_else_reads_a_conversation(client, cast):
    tell(client, "no", "canary on my back")
    for other in (cast.patient2, cast.dermatologist, cast.administrator):
        theirs = Client()
        theirs.force_login(other)
        assert b"canary" not in theirs.get(ASK, follow=True).content
        assert conversations.open_conversation(other) is None


def test_what_is_said_is_in_no_ledger(client):
    tell(client, "no", "canary on my back")
    assert not any("canary" in str(entry.detail) for entry in Entry.objects.all())


def test_a_page_takes_few_queries(client, django_assert_max_num_queries):
    finish(client)
    with django_assert_max_num_queries(12):
        client.get(ASK)


def test_in_another_language_it_says_that_it_understands_english_only(client):
    assert client.get(ASK, headers={"Accept-Language": "de"}).context["understands_only_english"]
    assert not client.get(ASK).context["understands_only_english"]


def test_a_language_changed_halfway_changes_every_line(client):
    """Only what the patient said is kept, so the assistant's lines are worded anew."""
    choose(client, "no", "skip")
    bubbles = client.get(ASK, headers={"Accept-Language": "de"}).context["bubbles"]
    assert [bubble.by for bubble in bubbles].count("patient") == 2


def test_somebody_under_sixteen_is_sent_to_a_clinician(client, cast):
    patient = patients.patient_of(cast.patient)
    patients.update_profile(actor=cast.patient, patient=patient, birth_date=date.today())
    page = finish(client)
    assert "better seen by a clinician in person" in page
    assert "Send photos with these answers" not in page


def test_what_was_told_of_the_patient_is_filled_in_under_about_you_for_them_to_confirm(
    sender, people
):
    patient = patients.patient_of(people.patient)
    patients.update_profile(actor=people.patient, patient=patient, previous_skin_cancer=False)
    tell(sender, "no", "I had a basal cell removed in 2015", "My dad had melanoma")
    sender.post("/ask/send/")
    for page in ("who", "signs", "spot", "place"):
        journey.post(sender, page)
    journey.add_photo(people.patient, drafts.open_draft(people.patient))
    for page in ("photos", "changes", "looks", "size", "notes"):
        journey.post(sender, page)
    assert sender.get("/send/review/").headers["Location"] == "/send/about/"
    form = sender.get("/send/about/").context["form"]
    told = {name: form[name].value() for name in drafts.ABOUT}
    assert told == {"previous_skin_cancer": "yes", "family_melanoma": "yes",
                    "immunosuppression": None}  # fmt: skip

    journey.post(sender, "about", previous_skin_cancer="yes", family_melanoma="no")
    patient.refresh_from_db()
    assert (patient.previous_skin_cancer, patient.family_melanoma) == (True, False)
    answers = {q: a for section in sender.get("/send/review/").context["sections"]
               for q, a in section.rows}  # fmt: skip
    assert answers["Have you had skin cancer before?"] == "Yes"
    assert answers["Has a parent, brother, sister or child of yours had melanoma?"] == "No"
    assert sender.get("/send/about/").context["form"]["family_melanoma"].value() == "no"
