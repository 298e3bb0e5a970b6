"""What goes back to the patient: the preliminary result, the answer, and word that it is there."""

import logging
from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from portal.audit.ledger import record
from triage import rulebook
from triage.book import Site
from triage.conditions import Condition, by_code, find
from triage.models import Case, Review, ReviewOutcome, ScoringState
from triage.urgency import Urgency

CANCER_LIKELY_FROM = 0.5  # from here on, "most turn out harmless" would be untrue
log = logging.getLogger(__name__)

TOLD_SUBJECT = "Your photos have been read"
TOLD_TEXT = """A clinician has read the photos that you sent us.

Log in to see the answer:
{address}

For your privacy we say nothing about your skin in e-mails.
"""


@dataclass(frozen=True)
class Likely:
    condition: Condition
    percent: int


@dataclass(frozen=True)
class Preliminary:
    """What the patient may see before a clinician has answered."""

    likely: tuple[Likely, ...]  # at most four, likeliest first; empty when the model had no say
    urgency: Urgency
    in_domain: bool
    suspicious: bool  # the risk of a cancer is at or above the model's threshold
    cancer_likely: bool  # that risk is a half or more
    model_version: str
    made_at: datetime

    @property
    def seriousness(self) -> str:
        """How serious it may be, by the worst that is plausible, in the patient's words."""
        if not self.in_domain:
            return UNKNOWN
        if self.cancer_likely:
            return CANCER_LIKELY
        return SUSPICIOUS if self.suspicious else UNSUSPICIOUS


# "What you sent": the model may have judged photos and answers together.
SUSPICIOUS = (
    "What you sent shows signs that are also seen in skin cancers. This does not mean that you "
    "have one: most spots flagged like this turn out to be harmless. A dermatologist has to look."
)
CANCER_LIKELY = (
    "What you sent shows signs that are also seen in skin cancers. A dermatologist must look at "
    "this soon. The software can be wrong."
)
UNSUSPICIOUS = (
    "What you sent shows no clear signs of skin cancer. Software alone cannot rule it out, so a "
    "dermatologist looks as well."
)
UNKNOWN = "Software cannot say how serious this is. A dermatologist will."


@dataclass(frozen=True)
class Answer:
    """A signed review in the patient's words."""

    condition: Condition
    outcome: str  # code of ReviewOutcome
    what_next: str
    urgency: Urgency
    advice: str
    safety_net: str
    follow_up_weeks: int | None
    reader: str  # who signed
    signed_at: datetime
    version: int


WHAT_NEXT = {
    ReviewOutcome.DISCHARGE: "You need no appointment for this.",
    ReviewOutcome.SELF_CARE: "You can look after this yourself.",
    ReviewOutcome.ROUTINE: "You need a routine appointment.",
    ReviewOutcome.URGENT: "You are referred to a skin specialist urgently.",
    ReviewOutcome.EMERGENCY: "Get emergency care today.",
    ReviewOutcome.PHOTOS_AGAIN: "The dermatologist needs new photos of the same place.",
}


def as_told(review: Review) -> Answer:
    """What a signed review tells the patient; nothing that is for staff only."""
    outcome = ReviewOutcome(review.outcome)
    return Answer(
        condition=_condition(review.diagnosis), outcome=outcome.value, what_next=WHAT_NEXT[outcome],
        urgency=Urgency(review.urgency), advice=review.advice, safety_net=review.safety_net,
        follow_up_weeks=review.follow_up_weeks, reader=str(review.reader),
        signed_at=review.signed_at, version=review.version,
    )  # fmt: skip


def held_back(case: Case, site: Site | None = None) -> bool:
    """Whether the patient has to wait for a clinician before seeing what the model said."""
    site = site or rulebook.current().site
    return not site.preliminary_result_at_once and case.answered_at is None


def preliminary(case: Case) -> Preliminary | None:
    """The model's result in the patient's words, or None while it is held back or not there."""
    assessment = case.assessments.order_by("-created_at", "-pk").first()
    in_force = rulebook.current()
    scored = assessment is not None and case.scoring_state == ScoringState.SCORED
    if not scored or held_back(case, in_force.site):
        return None
    likely = tuple(Likely(_condition(code), round(p * 100)) for code, p in assessment.top)
    return Preliminary(
        likely=likely if assessment.in_domain else (),
        urgency=Urgency(case.urgency),
        in_domain=assessment.in_domain,
        suspicious=assessment.over_limit(in_force.rules),
        cancer_likely=assessment.worst_malignancy_risk >= CANCER_LIKELY_FROM,
        model_version=assessment.model_version,
        made_at=assessment.created_at,
    )


def _condition(code: str) -> Condition:
    """A label that nobody has described yet is "another condition" to the patient."""
    return find(code) or by_code("OTHER")


def signed_answer(case: Case) -> Review | None:
    """The newest signed review."""
    return case.reviews.signed().last()


def tell_patients() -> int:
    """Mail every patient whose answer was signed since; returns how many. No clinical content.

    The rows are the outbox: a mail that fails is tried again at the next sweep.
    """
    told = 0
    # In no order, so that addresses that always fail cannot hold up the others.
    waiting = Review.objects.signed().filter(patient_told_at__isnull=True).order_by("?")
    try:
        for review in waiting.select_related("case__patient__user")[:100]:
            told += _tell(review)
    except OSError as problem:  # the server is away: each more letter would wait for it in vain
        log.error("answers not mailed yet: %s", type(problem).__name__)
    return told


def _tell(review: Review) -> bool:
    """False where this letter was refused. Raises OSError where no mail server answers."""
    patient = review.case.patient
    path = reverse("triage:case", args=[review.case.reference])
    text = TOLD_TEXT.format(address=f"{settings.BASE_URL}{path}")
    try:
        send_mail(TOLD_SUBJECT, text, settings.DEFAULT_FROM_EMAIL, [patient.user.email])
    except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError) as problem:
        log.error("answer to %s not mailed yet: %s", review.case.reference, type(problem).__name__)
        return False
    with transaction.atomic():
        Review.objects.filter(pk=review.pk).update(patient_told_at=timezone.now())
        record(actor="worker", action="patient.told", about=review.case, patient_id=patient.pk,
               version=review.version)  # fmt: skip
    return True
