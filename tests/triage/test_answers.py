"""Word to the patient that an answer is there: sent once, tried again, saying nothing clinical."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from django.core import mail

from portal.audit.models import Entry
from portal.state import free_port
from tests import cast
from triage import answers, reviews, worklist
from triage.models import Case, Review
from triage.reviews import Decision, Opinion

pytestmark = pytest.mark.django_db

SIGNED = Decision(
    diagnosis="MEL", urgency=1, outcome="urgent", advice="We see you in clinic.",
    safety_net="Call us if it bleeds.", confidence=3,
)  # fmt: skip


@pytest.fixture
def people(db, settings, tmp_path) -> cast.Cast:
    settings.MEDIA_ROOT = tmp_path
    return cast.gather()


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
    return case


def test_the_patient_is_told_once_and_it_is_on_record(case):
    assert answers.tell_patients() == 1
    assert answers.tell_patients() == 0
    (letter,) = mail.outbox
    assert letter.to == [case.patient.user.email]
    assert Review.objects.get().patient_told_at
    assert Entry.objects.about("case", case.reference).doing("patient.told").count() == 1


def test_the_letter_leads_to_the_case_and_says_nothing_clinical(case):
    answers.tell_patients()
    (letter,) = mail.outbox
    assert f"/cases/{case.reference}/" in letter.body
    for secret in ("elanoma", "urgent", "clinic.", "bleeds", case.patient.user.name):
        assert secret not in letter.subject + letter.body


def test_a_mail_server_that_is_away_is_asked_again(case, settings):
    there = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert answers.tell_patients() == 0
    assert Review.objects.get().patient_told_at is None
    assert not Entry.objects.doing("patient.told").exists()
    settings.EMAIL_BACKEND = there
    assert answers.tell_patients() == 1


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
        assert answers.tell_patients() == 1
    assert any(people.patient.email in line for line in heard)
    told = Review.objects.filter(patient_told_at__isnull=False).get()
    assert told.case.patient.user == people.patient2


def test_a_mail_server_that_says_nothing_is_waited_for_once(people, case, settings):
    answered(people.patient2, people.dermatologist)
    settings.EMAIL_TIMEOUT = 0.2
    with mail_server(settings, silent=True) as heard:
        assert answers.tell_patients() == 0
    assert heard == ["CONNECT"]
