"""Read a case: open, commit a first opinion, see the model's, sign, amend. Nothing signed changes."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from triage import ranking, worklist
from triage.conditions import by_code
from triage.models import Agreement, Case, PhotoAdequacy, Review, SiteSettings
from triage.permissions import visible_cases


class NotYours(Exception):
    """This case is not on your desk. A colleague may have it, or your time with it ran out."""


class OpinionFirst(Exception):
    """Commit your first opinion before you sign: the model's result is shown after it."""


class AlreadyCommitted(Exception):
    """Your first opinion is locked and cannot be changed."""


class AlreadyAmended(Exception):
    """This review was amended in the meantime; amend its newest version."""


class Incomplete(Exception):
    """The decision lacks something; `problems` says what, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(problems)
        self.problems = problems


@dataclass(frozen=True)
class Opinion:
    diagnosis: str  # condition code
    urgency: int
    confidence: int


@dataclass(frozen=True)
class Decision:
    diagnosis: str  # condition code
    urgency: int
    outcome: str
    advice: str
    safety_net: str
    confidence: int | None = None
    differential: str = ""
    destination: str = ""
    urgency_reason: str = ""  # needed where the urgency is lowered
    follow_up_weeks: int | None = None
    adequate: dict[str, bool] = field(default_factory=dict)  # photo id -> good enough to judge by


def open_review(*, actor: User, case: Case) -> Review:
    """The reader's draft for a case on their desk; begun if there is none. Raises NotYours."""
    with transaction.atomic():
        case = _on_desk(actor, case)
        now = timezone.now()
        review, begun = Review.objects.get_or_create(
            case=case, reader=actor, signed_at=None, defaults={"opened_at": now}
        )
        if begun:
            record(actor=actor, action="review.opened", about=case, patient_id=case.patient_id)
        if not SiteSettings.current().commit_then_reveal and review.revealed_at is None:
            _reveal(actor, case, review, now)
    return review


def commit_first_opinion(*, actor: User, review: Review, opinion: Opinion) -> Review:
    """Lock the first opinion, then reveal the model's. Raises NotYours, AlreadyCommitted."""
    _check_opinion(opinion)
    with transaction.atomic():
        case = _on_desk(actor, review.case)
        review = Review.objects.drafts().select_for_update().get(pk=review.pk, reader=actor)
        if review.first_committed_at:
            raise AlreadyCommitted
        now = timezone.now()
        review.first_diagnosis = opinion.diagnosis
        review.first_urgency = opinion.urgency
        review.first_confidence = opinion.confidence
        review.first_committed_at = now
        review.save(update_fields=["first_diagnosis", "first_urgency", "first_confidence",
                                   "first_committed_at"])  # fmt: skip
        record(actor=actor, action="review.first_opinion", about=case, patient_id=case.patient_id,
               diagnosis=opinion.diagnosis, urgency=opinion.urgency,
               confidence=opinion.confidence)  # fmt: skip
        if review.revealed_at is None:
            _reveal(actor, case, review, now)
    return review


def sign(*, actor: User, review: Review, decision: Decision) -> Review:
    """Sign the decision and answer the patient. Raises NotYours, OpinionFirst, Incomplete."""
    with transaction.atomic():
        case = _on_desk(actor, review.case)
        review = Review.objects.drafts().select_for_update().get(pk=review.pk, reader=actor)
        if review.first_committed_at is None and SiteSettings.current().commit_then_reveal:
            raise OpinionFirst
        _check_decision(decision, case)
        _write_signature(review, decision, version=1 + case.reviews.signed().count())
        before = case.urgency
        case.reader = case.reader_lease_until = None
        case.answered_at = case.answered_at or review.signed_at
        case.save(update_fields=["reader", "reader_lease_until", "answered_at"])
        ranking.rerank(case=case)
        _record_signature(actor, "review.signed", case, review, before)
    return review


def amend(*, actor: User, review: Review, decision: Decision, reason: str) -> Review:
    """Sign a new version of a signed review. Raises AlreadyAmended, Incomplete, NotYours."""
    with transaction.atomic():
        case = (
            visible_cases(actor).select_for_update(of=("self",)).filter(pk=review.case_id).first()
        )
        if case is None or not actor.is_dermatologist:
            raise NotYours
        newest = case.reviews.signed().last()
        if newest is None or newest.pk != review.pk:
            raise AlreadyAmended
        if not reason.strip():
            raise Incomplete({"amendment_reason": "Say why you amend the answer."})
        _check_decision(decision, case)
        amended = Review(case=case, reader=actor, opened_at=timezone.now(), amends=newest,
                         amendment_reason=reason.strip(),
                         revealed_at=newest.revealed_at)  # fmt: skip
        before = case.urgency
        _write_signature(amended, decision, version=newest.version + 1)
        ranking.rerank(case=case)
        _record_signature(actor, "review.amended", case, amended, before)
    return amended


def _on_desk(actor: User, case: Case) -> Case:
    row = visible_cases(actor).open().select_for_update(of=("self",)).filter(pk=case.pk).first()
    if row is None or not worklist.holds(actor, row):
        raise NotYours
    return row


def _reveal(actor: User, case: Case, review: Review, now) -> None:
    newest = case.assessments.order_by("-created_at", "-pk").first()
    review.revealed_at = now
    review.save(update_fields=["revealed_at"])
    record(actor=actor, action="assessment.revealed", about=case, patient_id=case.patient_id,
           model_version=newest.model_version if newest else None)  # fmt: skip


def _check_opinion(opinion: Opinion) -> None:
    problems = {}
    if by_code(opinion.diagnosis) is None:
        problems["first_diagnosis"] = "Choose a diagnosis."
    if opinion.urgency not in range(5):
        problems["first_urgency"] = "Choose an urgency."
    if opinion.confidence not in (1, 2, 3):
        problems["first_confidence"] = "Say how sure you are."
    if problems:
        raise Incomplete(problems)


def _check_decision(decision: Decision, case: Case) -> None:
    problems = {}
    if by_code(decision.diagnosis) is None:
        problems["diagnosis"] = "Choose a diagnosis."
    if decision.outcome not in dict(Review._meta.get_field("outcome").choices):
        problems["outcome"] = "Choose what happens next."
    if decision.urgency not in range(5):
        problems["urgency"] = "Choose an urgency."
    elif decision.urgency > case.urgency and not decision.urgency_reason.strip():
        problems["urgency_reason"] = "Say why this is less urgent than it was ranked."
    for name, text in (("advice", decision.advice), ("safety_net", decision.safety_net)):
        if not text.strip():
            problems[name] = "Write this for the patient."
    if problems:
        raise Incomplete(problems)


def _write_signature(review: Review, decision: Decision, *, version: int) -> None:
    newest = review.case.assessments.order_by("-created_at", "-pk").first()
    for name in ("diagnosis", "urgency", "outcome", "advice", "safety_net", "confidence",
                 "differential", "destination", "urgency_reason", "follow_up_weeks"):  # fmt: skip
        setattr(review, name, getattr(decision, name))
    review.agreement = _agreement(newest, decision.diagnosis)
    review.version = version
    review.signed_at = timezone.now()
    review.save()
    photos = {str(photo.pk): photo for photo in review.case.photos.all()}
    PhotoAdequacy.objects.bulk_create(
        PhotoAdequacy(review=review, photo=photos[key], adequate=adequate)
        for key, adequate in decision.adequate.items()
        if key in photos
    )


def _agreement(assessment, diagnosis: str) -> Agreement:
    if assessment is None:
        return Agreement.NO_MODEL
    codes = [code for code, _ in assessment.top]
    if diagnosis == codes[0]:
        return Agreement.AGREES
    return Agreement.PARTLY if diagnosis in codes else Agreement.DISAGREES


def _record_signature(actor: User, action: str, case: Case, review: Review, before: int) -> None:
    record(actor=actor, action=action, about=case, patient_id=case.patient_id,
           version=review.version, first_diagnosis=review.first_diagnosis,
           diagnosis=review.diagnosis, outcome=review.outcome, agreement=review.agreement,
           urgency=[before, review.urgency], reason_given=bool(review.urgency_reason),
           reading_seconds=int((review.signed_at - review.opened_at).total_seconds()))  # fmt: skip
