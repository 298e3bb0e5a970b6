"""The outbox: each letter mailed once, tried until it is taken, saying nothing clinical."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from django.core import mail
from django.utils import timezone, translation

from portal.audit.models import Entry
from portal.state import free_port
from tests import cast
from triage import notifications, outbox, reviews, worklist
from triage.models import Case, Notification, NotificationKind, Review
from triage.reviews import Decision, Opinion

pytestmark = pytest.mark.django_db

SIGNED = Decision(
    diagnosis="MEL", urgency=1, outcome="urgent", advice="We see you in clinic.",
    safety_net="Call us if it bleeds.", confidence=3,
)  # fmt: skip


@pytest.fixture
def case(people) -> Case:
    """Answered; nobody has told the patient."""
    return answered(people.patient, people.dermatologist)


def answered(sender, reader) -> Case:
    case = cast.send_case(sender)
    assert worklist.claim(actor=reader, case=case)
    draft = reviews.open_review(actor=reader, case=case)
    opinion = Opinion(diagnosis="MEL", urgency=1, confidence=3)
    draft = reviews.commit_first_opinion(actor=reader, review=draft, opinion=opinion)
    reviews.sign(actor=reader, review=draft, decision=SIGNED)
    Notification.objects.exclude(kind=NotificationKind.ANSWERED).delete()
    return case


def test_the_patient_is_told_once_and_it_is_on_record(case):
    assert outbox.deliver() == 1
    assert outbox.deliver() == 0
    (letter,) = mail.outbox
    assert letter.to == [case.patient.user.email]
    assert Review.objects.get().patient_told_at
    assert Entry.objects.about("case", case.reference).doing("patient.told").count() == 1


def test_the_letter_leads_to_the_case_and_says_nothing_clinical(case):
    outbox.deliver()
    (letter,) = mail.outbox
    assert f"/cases/{case.reference}/" in letter.body
    for secret in ("elanoma", "urgent", "clinic.", "bleeds", case.patient.user.name):
        assert secret not in letter.subject + letter.body


def test_a_changed_answer_is_announced_as_one_in_the_portal_and_by_mail(people, case):
    outbox.deliver()
    reviews.amend(
        actor=people.dermatologist, review=Review.objects.get(), decision=SIGNED, reason="Histology"
    )
    assert outbox.deliver() == 1
    first, second = mail.outbox
    assert first.subject == "Your photos have been read"
    assert second.subject == "The answer about your photos was changed"
    assert f"/cases/{case.reference}/" in second.body
    for secret in ("elanoma", "urgent", "istology", case.patient.user.name):
        assert secret not in second.subject + second.body
    told = Notification.objects.filter(user=people.patient).order_by("pk")
    lines = [notifications.line(one, people.patient) for one in told]
    assert lines[1].text == "The answer about your photos was changed. Please read it."
    assert lines[1].url == lines[0].url and lines[1].text != lines[0].text
    assert not Review.objects.filter(patient_told_at=None).exists()
    assert Entry.objects.about("case", case.reference).doing("patient.told").count() == 2


def test_a_mail_server_that_is_away_is_asked_again(case, settings):
    there = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert outbox.deliver() == 0
    assert Review.objects.get().patient_told_at is None
    assert not Entry.objects.doing("patient.told").exists()
    settings.EMAIL_BACKEND = there
    assert outbox.deliver() == 1


@contextmanager
def mail_server(settings, *, refuses: str = "", silent: bool = False) -> Iterator[list[str]]:
    """A server that takes letters, but not to the address that it refuses; what it was told."""
    heard: list[str] = []

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            heard.append("CONNECT")
            if silent:
                self.rfile.readline()  # until the sender has had enough
                return
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline().decode().strip("\r\n"):
                heard.append(line)
                if refuses and refuses in line:
                    self.wfile.write(b"550 nobody here\r\n")
                elif line.lower() == "data":
                    self.wfile.write(b"354 go on\r\n")
                    while self.rfile.readline() != b".\r\n":
                        pass
                    self.wfile.write(b"250 taken\r\n")
                else:
                    self.wfile.write(b"221 bye\r\n" if line.lower() == "quit" else b"250 fine\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        yield heard
        server.shutdown()


def test_an_address_that_is_refused_holds_up_no_other(people, case, settings):
    answered(people.patient2, people.dermatologist)
    with mail_server(settings, refuses=people.patient.email) as heard:
        assert outbox.deliver() == 1
    assert any(people.patient.email in line for line in heard)
    told = Review.objects.filter(patient_told_at__isnull=False).get()
    assert told.case.patient.user == people.patient2


def test_a_mail_server_that_says_nothing_is_waited_for_once(people, case, settings):
    answered(people.patient2, people.dermatologist)
    settings.EMAIL_TIMEOUT = 0.2
    with mail_server(settings, silent=True) as heard:
        assert outbox.deliver() == 0
    assert heard == ["CONNECT"]


def test_two_sweeps_at_once_mail_a_letter_once(case):
    first = outbox._claim()
    assert first is not None
    assert outbox._claim() is None  # claimed, though nothing is mailed yet
    assert outbox.deliver() == 0
    Notification.objects.update(mail_after=timezone.now())  # the claim ran out
    assert outbox.deliver() == 1


def test_who_wants_no_mail_reads_it_in_the_portal(people):
    notifications.prefer_mail(actor=people.patient, mail=False)
    case = answered(people.patient, people.dermatologist)
    assert outbox.deliver() == 0
    (line,) = notifications.read_page(
        actor=people.patient, notifications=Notification.objects.filter(user=people.patient)
    )
    assert line.url == f"/cases/{case.reference}/"
    notifications.prefer_mail(actor=people.patient, mail=True)
    assert outbox.deliver() == 0  # what was told in the portal is not mailed afterwards


def test_an_address_that_keeps_refusing_is_shown_to_the_clinic_and_tried_on(people, case, settings):
    with mail_server(settings, refuses=people.patient.email):
        for _ in range(outbox.SEEN_FROM):
            assert not outbox.undelivered(people.clinic.pk)
            Notification.objects.update(mail_after=timezone.now())
            assert outbox.deliver() == 0
    (found,) = outbox.undelivered(people.clinic.pk)
    assert (found.case, found.mail_problem) == (case, "SMTPRecipientsRefused")
    assert not outbox.undelivered(people.other_clinic.pk)
    assert found.mail_after > timezone.now()  # and it is tried again later
    assert not outbox.told_otherwise(actor=people.outsider, notification=found)
    assert outbox.told_otherwise(actor=people.dermatologist, notification=found)
    assert not outbox.undelivered(people.clinic.pk)


def test_who_moved_is_reached_by_the_clinic_that_has_their_case(people, case):
    people.patient.clinic = people.other_clinic
    people.patient.save(update_fields=["clinic"])
    Notification.objects.update(mail_attempts=outbox.SEEN_FROM)
    assert [one.case for one in outbox.undelivered(people.clinic.pk)] == [case]
    assert not outbox.undelivered(people.other_clinic.pk)


def test_nobody_whose_account_is_disabled_is_mailed(people, case):
    people.patient.is_active = False
    people.patient.save(update_fields=["is_active"])
    assert outbox.deliver() == 0


def test_a_letter_is_in_the_language_of_its_reader(people, case):
    people.patient.language = "de"
    people.patient.save(update_fields=["language"])
    with translation.override("en-gb"):
        assert outbox.deliver() == 1
    with translation.override("de"):
        assert mail.outbox[0].subject == translation.gettext("Your photos have been read")
