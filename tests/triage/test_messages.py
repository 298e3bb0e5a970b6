"""Messages between a patient and the clinic: who sees them, what waits, what cannot wait."""

import pytest

from portal.audit.models import Entry
from tests import cast
from triage import duty, messages, second_readings
from triage.models import Case, Message, Notification, NotificationKind, Thread
from triage.unread import unread_of

pytestmark = pytest.mark.django_db


def waiting(reader) -> list[Case]:
    return [thread.case for thread in messages.waiting(reader)]


def test_what_a_patient_writes_waits_until_the_clinic_answers(people, case):
    messages.write(actor=people.patient, case=case, text=" Is it still being read? ")
    assert waiting(people.dermatologist) == waiting(people.dermatologist2) == [case]
    assert unread_of(people.dermatologist).messages == 1
    messages.write(actor=people.dermatologist, case=case, text="Yes, by tomorrow.")
    assert waiting(people.dermatologist) == []
    assert unread_of(people.dermatologist).messages == 0
    assert unread_of(people.patient).messages == 1
    assert [m.text for m in Message.objects.all()][0] == "Is it still being read?"


def test_a_message_about_an_answered_case_waits_too(people, case):
    Case.objects.update(answered_at=case.submitted_at)
    messages.write(actor=people.patient, case=case, text="It bleeds since yesterday.")
    assert waiting(people.dermatologist) == [case]


def test_opening_the_thread_marks_it_read_for_that_side_only(people, case):
    messages.write(actor=people.patient, case=case, text="Hello?")
    messages.write(actor=people.dermatologist, case=case, text="Hello.")
    first = messages.read(actor=people.patient, reference=case.reference)
    assert [m.text for m in first.messages if m.pk in first.unread] == ["Hello."]
    again = messages.read(actor=people.patient, reference=case.reference)
    assert not again.unread
    assert unread_of(people.patient).messages == 0
    theirs = messages.read(actor=people.dermatologist2, reference=case.reference)
    assert len(theirs.unread) == 1


def test_nobody_else_reads_or_writes(people, case):
    messages.write(actor=people.patient, case=case, text="canary")
    for stranger in (people.patient2, people.outsider, people.administrator):
        with pytest.raises(Case.DoesNotExist):
            messages.read(actor=stranger, reference=case.reference)
        with pytest.raises(Case.DoesNotExist):
            messages.write(actor=stranger, case=case, text="Hello")
        assert not messages.all_threads(stranger).exists()
    assert Entry.objects.doing("messages.viewed").ending("denied").count() == 3


def test_the_ledger_says_that_something_was_written_and_not_what(people, case):
    messages.write(actor=people.patient, case=case, text="canary-in-the-message")
    sent = Entry.objects.doing("message.sent").get()
    assert "canary" not in str(sent.detail)
    assert sent.patient_id == case.patient_id


def test_an_emergency_sign_comes_first_and_calls_who_is_on_duty(people, case):
    calm = cast.send_case(people.patient2)
    messages.write(actor=people.patient2, case=calm, text="When will I hear from you?")
    text = "The rash has spread over my whole body and I have a high fever."
    assert messages.tells_emergency(text)
    messages.write(actor=people.patient, case=case, text=text)
    assert waiting(people.dermatologist) == [case, calm]
    told = Notification.objects.filter(kind=NotificationKind.EMERGENCY)
    assert {one.user for one in told} == {people.dermatologist, people.dermatologist2}
    assert messages.settle(actor=people.dermatologist, case=case)
    assert Thread.objects.get(case=case).emergency is False


def test_who_is_on_the_rota_is_called_alone(people, case):
    from datetime import timedelta

    from django.utils import timezone

    now = timezone.now()
    duty.add(actor=people.administrator, user=people.dermatologist2,
             starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))  # fmt: skip
    assert duty.on_duty(people.clinic.pk, now) == [people.dermatologist2]
    assert duty.on_duty(people.clinic.pk, now + timedelta(hours=2)) == [
        people.dermatologist, people.dermatologist2
    ]  # fmt: skip
    for wrong in (people.patient, people.outsider):
        with pytest.raises((duty.NotYourRota, duty.NotOnTheRota)):
            duty.add(actor=wrong, user=people.dermatologist, starts_at=now,
                     ends_at=now + timedelta(hours=1))  # fmt: skip


def test_empty_long_and_too_many_messages_are_refused(people, case, monkeypatch):
    with pytest.raises(messages.Empty):
        messages.write(actor=people.patient, case=case, text="  \n")
    with pytest.raises(messages.TooLong):
        messages.write(actor=people.patient, case=case, text="x" * 2001)
    monkeypatch.setattr(messages, "AN_HOUR", 1)
    messages.write(actor=people.patient, case=case, text="Once")
    with pytest.raises(messages.TooManyMessages):
        messages.write(actor=people.patient, case=case, text="Twice")
    messages.write(actor=people.dermatologist, case=case, text="The clinic may go on.")


def test_a_long_thread_has_pages(people, case, monkeypatch):
    for n in range(5):
        messages.write(actor=people.patient, case=case, text=f"message {n}")
    latest = messages.read(actor=people.dermatologist, reference=case.reference, size=2)
    assert [m.text for m in latest.messages] == ["message 3", "message 4"]
    assert latest.older
    before = messages.read(
        actor=people.dermatologist, reference=case.reference, size=3, before=latest.messages[0].pk
    )
    assert [m.text for m in before.messages] == ["message 0", "message 1", "message 2"]
    assert not before.older


EMERGENCY = "The rash has spread over my whole body and I have a high fever."


def test_what_the_patient_wrote_meanwhile_is_neither_settled_nor_answered(people, case):
    messages.write(actor=people.patient, case=case, text="Thank you.")
    seen = messages.read(actor=people.dermatologist, reference=case.reference).newest
    later = messages.write(actor=people.patient, case=case, text=EMERGENCY)
    with pytest.raises(messages.WrittenSince):
        messages.settle(actor=people.dermatologist, case=case, seen=seen)
    messages.write(actor=people.dermatologist, case=case, text="You are welcome.", seen=seen)
    thread = Thread.objects.get()
    assert (thread.emergency, thread.waiting_since) == (True, later.sent_at)
    assert thread.unread_by_clinic == 1
    seen = messages.read(actor=people.dermatologist, reference=case.reference).newest
    assert messages.settle(actor=people.dermatologist, case=case, seen=seen)
    assert waiting(people.dermatologist) == []


def test_before_the_first_message_nothing_has_been_seen(people, case):
    seen = messages.read(actor=people.dermatologist, reference=case.reference).newest
    messages.write(actor=people.patient, case=case, text=EMERGENCY)
    messages.write(actor=people.dermatologist, case=case, text="How are you?", seen=seen)
    assert Thread.objects.get().emergency


def test_an_emergency_is_hidden_from_nobody_who_reads_the_case_blind(people, case):
    second_readings.ask(actor=people.dermatologist, case=case, colleague=people.dermatologist2)
    messages.write(actor=people.patient, case=case, text="When will I hear from you?")
    assert waiting(people.dermatologist2) == []
    assert unread_of(people.dermatologist2).messages == 0
    with pytest.raises(Case.DoesNotExist):
        messages.read(actor=people.dermatologist2, reference=case.reference)
    messages.write(actor=people.patient, case=case, text=EMERGENCY)
    assert waiting(people.dermatologist2) == [case]
    assert unread_of(people.dermatologist2).messages == 1
    assert messages.read(actor=people.dermatologist2, reference=case.reference).emergency
    messages.write(actor=people.dermatologist2, case=case, text="Please call 999 now.")
    assert waiting(people.dermatologist2) == []
    with pytest.raises(Case.DoesNotExist):
        messages.read(actor=people.dermatologist2, reference=case.reference)
