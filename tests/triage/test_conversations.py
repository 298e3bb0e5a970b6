"""Conversations with the assistant: kept for their patient, handed over, or deleted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast as casting
from triage import conversations, drafts, intake, patients, ranking, rulebook
from triage.conversations import TURNS_KEPT
from triage.models import Conversation, Lesion
from triage.priority import Urgency


@pytest.fixture
def cast(db):
    return casting.gather()


@pytest.fixture
def patient(cast):
    return patients.patient_of(cast.patient)


@pytest.fixture
def say(cast, patient):
    def said(*texts, button=""):
        for text in texts or ("",):
            talk = conversations.say(actor=cast.patient, patient=patient, text=text, button=button)
        return talk

    return said


def test_the_first_turn_begins_a_conversation_on_record(say, cast):
    say("no")
    assert conversations.open_conversation(cast.patient) is not None
    actions = [entry.action for entry in Entry.objects.filter(action__startswith="conversation")]
    assert sorted(actions) == ["conversation.begun", "conversation.said"]


def test_nothing_said_is_no_turn(say):
    with pytest.raises(conversations.NothingSaid):
        say("  ")
    assert not Conversation.objects.exists()


def test_how_soon_is_what_the_portal_says_of_a_case_of_the_same_answers(say, cast, patient):
    talk = say("no", "on my back, it has grown and the edge is ragged, 9 mm")
    now = timezone.now()
    mine = conversations.outcome(patient=patient, talk=talk, now=now)
    case = casting.send_case(
        cast.patient, site="back", grew=True, irregular_shape=True, diameter_mm=9
    )
    theirs = ranking.first_priority(
        patient=patient, answers=case.symptoms.answers, submitted_at=now, lesion=case.lesion,
        rules=rulebook.current().rules,
    )  # fmt: skip
    assert mine.urgency == theirs.urgency == Urgency.URGENT_CANCER


def test_without_photos_it_never_says_that_it_can_wait(say, patient):
    talk = say("no", "on my back, no change")
    outcome = conversations.outcome(patient=patient, talk=talk, now=timezone.now())
    assert outcome.urgency <= Urgency.SOON


def test_a_changing_nail_is_urgent_here_too(say, patient):
    talk = say("no", "a dark stripe under my thumb nail, it has got wider")
    outcome = conversations.outcome(patient=patient, talk=talk, now=timezone.now())
    assert outcome.urgency == Urgency.URGENT_CANCER


def hand_over(cast, patient, **more):
    conversation = conversations.open_conversation(cast.patient)
    return conversations.hand_over(
        actor=cast.patient, patient=patient, conversation=conversation, **more
    )


def test_what_was_said_is_in_the_form(say, cast, patient):
    say("no", "on my left hand, it itches but has not bled, for 3 weeks")
    draft = hand_over(cast, patient)
    answers, place = drafts.answers_of(draft), drafts.place_of(draft)
    assert (answers.itch, answers.bleed, answers.duration_weeks) == (True, False, 3)
    assert (place.body_site, place.side) == ("hand", "left")
    assert answers.notes == "on my left hand, it itches but has not bled, for 3 weeks"


def test_not_sure_of_a_sign_stands_in_the_form_as_not_sure(say, cast, patient):
    say(button="unsure")
    for _ in range(5):
        say(button="unsure")
    say("on my left hand")
    draft = hand_over(cast, patient)
    assert draft.entered["over_half_body"] == "unsure"
    assert drafts.answers_of(draft).emergency_sign_unsure


def test_not_sure_stands_in_the_form_as_not_sure_and_what_was_left_open_as_nothing(
    say, cast, patient
):
    say("no", "on my left hand, 2 years", "not sure", *["lovely weather"] * 3)
    entered = hand_over(cast, patient).entered
    assert entered["grew"] == "unsure"
    assert "changed" not in entered


def test_what_was_told_of_the_patient_waits_in_the_form_for_their_word(say, cast, patient):
    patients.update_profile(actor=cast.patient, patient=patient, previous_skin_cancer=False,
                            family_melanoma=True)  # fmt: skip
    say("no", "My dad had melanoma. I had a basal cell removed in 2015. I take methotrexate.")
    draft = hand_over(cast, patient)
    told = {name: draft.entered[name] for name in drafts.ABOUT if name in draft.entered}
    assert told == {"previous_skin_cancer": "yes", "immunosuppression": "yes"}
    patient.refresh_from_db()
    assert patient.previous_skin_cancer is False, "nobody but the patient changes their profile"


def test_a_place_that_was_not_told_is_asked_by_the_form(say, cast, patient):
    say("no", "it itches")
    draft = hand_over(cast, patient)
    assert drafts.place_of(draft) is None
    assert drafts.answers_of(draft).itch is True


def test_the_genital_area_is_better_seen_in_person(say, cast, patient):
    say("no", "on my penis")
    with pytest.raises(intake.SeeInPerson):
        hand_over(cast, patient)
    assert drafts.open_draft(cast.patient) is None


def test_the_last_turn_can_be_taken_back_until_there_is_none(say, cast, patient):
    say("no", "it bled")
    take = {"actor": cast.patient, "patient": patient}
    assert "bleed" not in conversations.take_back(**take).facts
    assert conversations.take_back(**take).turns == 0
    assert conversations.take_back(**take).turns == 0


def test_past_its_limit_a_conversation_grows_no_more(say, cast):
    say("no")
    conversation = Conversation.objects.get()
    conversation.turns = conversation.turns * TURNS_KEPT
    conversation.save(update_fields=["turns"])
    with pytest.raises(conversations.NoRoom):
        say("it bled")
    assert len(Conversation.objects.get().turns) == TURNS_KEPT


def test_an_hour_allows_so_much_and_no_more(say, monkeypatch):
    monkeypatch.setattr(conversations, "TURNS_AN_HOUR", 2)
    say("no", "it bled")
    with pytest.raises(conversations.TooMuchSaid):
        say("it itches")


def test_old_ones_are_swept_and_those_handed_over_stay(say, cast, patient):
    say("no", "on my back")
    hand_over(cast, patient)
    say("no")
    long_ago = timezone.now() - conversations.KEPT - timedelta(hours=1)
    Conversation.objects.update(said_at=long_ago)
    assert conversations.sweep() == 1
    assert Conversation.objects.get().handed_over_at is not None
    assert Entry.objects.filter(action="conversation.deleted").count() == 1


def test_fresh_ones_are_not_swept(say):
    say("no")
    assert conversations.sweep() == 0


def test_a_patient_has_one_open_conversation_by_the_database_too(patient, say):
    say("no")
    with pytest.raises(IntegrityError):
        Conversation.objects.create(patient=patient)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_two_turns_of_one_conversation():
    user = casting.gather().patient
    patient = patients.patient_of(user)

    def click(text):
        try:
            conversations.say(actor=user, patient=patient, text=text)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(click, ["no", "it bled"]))
    assert len(Conversation.objects.get().turns) == 2


def test_a_place_is_where_the_lesion_would_be(say, patient):
    talk = say("no", "on my left foot")
    assert (
        str(Lesion(patient=patient, body_site=talk.body_site, side=talk.side)) == "Left foot or toe"
    )


def test_melanoma_in_the_family_counts_and_goes_into_the_form_in_the_patients_words(
    say, cast, patient
):
    say("no")
    talk = say("My dad had melanoma")
    told = conversations.outcome(patient=patient, talk=talk, now=timezone.now())
    assert "family_melanoma" in {reason.code for reason in told.reasons}
    assert drafts.answers_of(hand_over(cast, patient)).notes == "My dad had melanoma"
