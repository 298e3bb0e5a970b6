"""Word to the patient that an answer is there: sent once, tried again, saying nothing clinical."""

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
def case(settings, tmp_path) -> Case:
    """Answered; nobody has told the patient."""
    settings.MEDIA_ROOT = tmp_path
    people = cast.gather()
    case, reader = cast.send_case(people.patient), people.dermatologist
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
