"""A few days in the demonstration's clinic: answers, photos asked for again, a second opinion, a
laboratory's result, messages, a rota. Everything goes the way that its page goes."""

from datetime import timedelta

from django.utils import timezone

from portal.accounts.models import User
from triage import (
    duty,
    messages,
    pathology,
    patients,
    retakes,
    reviews,
    second_readings,
    snippets,
    worklist,
)
from triage.models import Case, Review
from triage.standard_texts import STANDARD_TEXTS

PATIENT, PATIENT2 = "patient@example.org", "patient2@example.org"
READER, COLLEAGUE = "dermatologist@example.org", "dermatologist2@example.org"


def live(users: dict[str, User]) -> None:
    """Once, after the sample cases are there."""
    reader, colleague = users[READER], users[COLLEAGUE]
    chest = _case(users, PATIENT, "chest")
    _answer(colleague, chest, "NV", "discharge", urgency=4, weeks=12)
    messages.write(
        actor=users[PATIENT], case=chest, text="Thank you. Does it matter that I swim in the sea?"
    )
    keratosis = _case(users, PATIENT, "back", "right")
    _answer(colleague, keratosis, "BKL", "routine", urgency=3)
    _from_the_laboratory(colleague, keratosis)
    nose = _case(users, PATIENT, "nose")
    second_readings.ask(
        actor=colleague, case=nose, colleague=reader, question="Would you biopsy this one?"
    )
    dark = _case(users, PATIENT2, "abdomen")
    worklist.claim(actor=colleague, case=dark)
    retakes.ask(actor=colleague, case=dark, reasons=["dark"], note="Daylight by a window is best.")
    now = timezone.now()
    duty.add(actor=reader, user=reader, starts_at=now, ends_at=now + timedelta(days=7))
    snippets.keep(
        actor=reader, name="sun", for_clinic=True,
        text="Protect your skin from the sun: shade, a hat, and sunscreen of factor 30 or more.",
    )  # fmt: skip


def _case(users: dict[str, User], sender: str, site: str, side: str = "") -> Case:
    patient = patients.patient_of(users[sender])
    found = patient.cases.filter(lesion__body_site=site)
    return (found.filter(lesion__side=side) if side else found).earliest("submitted_at")


def _answer(
    reader: User, case: Case, diagnosis: str, outcome: str, *, urgency: int,
    weeks: int | None = None,
) -> Review:  # fmt: skip
    worklist.claim(actor=reader, case=case)
    draft = reviews.open_review(actor=reader, case=case)
    opinion = reviews.Opinion(diagnosis=diagnosis, urgency=urgency, confidence=3)
    reviews.commit_first_opinion(actor=reader, review=draft, opinion=opinion)
    text = STANDARD_TEXTS[outcome]
    return reviews.sign(actor=reader, review=draft, decision=reviews.Decision(
        diagnosis=diagnosis, urgency=urgency, outcome=outcome, advice=text.advice,
        safety_net=text.safety_net, confidence=3, follow_up_weeks=weeks,
        urgency_reason="The photos show nothing that hurries.",
        adequate={str(photo.pk): True for photo in case.photos.all()},
    ))  # fmt: skip


def _from_the_laboratory(reader: User, case: Case) -> None:
    found = pathology.Result(
        diagnosis="BKL", reported_on=timezone.localdate(), specimen="shave",
        report="Seborrhoeic keratosis, completely removed.", laboratory_number="DEMO-1",
    )  # fmt: skip
    result = pathology.enter(actor=reader, reference=case.reference, result=found)
    pathology.tell(
        actor=reader, result=result,
        text="The laboratory confirms a harmless keratosis. Nothing more needs to be done.",
    )  # fmt: skip
