"""Read a case: open it, commit a first opinion, sign, amend. Nothing signed changes."""

from dataclasses import dataclass, field, fields
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.ledger import record
from triage import conditions, notifications, ranking, rulebook, second_readings, similar, worklist
from triage.models import (
    Agreement,
    Assessment,
    Case,
    Confidence,
    NotificationKind,
    PhotoAdequacy,
    Review,
    ReviewOutcome,
)
from triage.models.review import LEAVING
from triage.permissions import visible_cases
from triage.urgency import Urgency


class NotYours(Exception):
    """This case is not on your desk. A colleague may have it, or your time with it ran out."""


class OpinionFirst(Exception):
    """Commit your first opinion before you sign: the model's result is shown after it."""


class AlreadyCommitted(Exception):
    """Your first opinion is locked, or the model's result was shown before you gave one."""


class AlreadyAmended(Exception):
    """This review was amended in the meantime; amend its newest version."""


class ChangedElsewhere(Exception):
    """This was saved in another window since. Nothing of it is overwritten unless you say so."""


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
    """What is signed. A draft of it may leave anything out."""

    diagnosis: str = ""  # condition code
    urgency: int | None = None
    outcome: str = ""  # a ReviewOutcome
    advice: str = ""
    safety_net: str = ""
    confidence: int | None = None
    differential: str = ""
    findings: str = ""  # for staff
    destination: str = ""
    urgency_reason: str = ""  # needed where the urgency is lowered
    follow_up_weeks: int | None = None
    adequate: dict[str, bool] = field(default_factory=dict)  # photo id -> good enough to judge by


WRITTEN = ("differential", "findings", "destination", "advice", "safety_net", "reading_seconds")
COLUMNS = [f.name for f in fields(Decision) if f.name != "adequate"]


def open_review(*, actor: User, case: Case) -> Review:
    """The reader's draft for a case on their desk; begun if there is none. Raises NotYours."""
    with transaction.atomic():
        case = _on_desk(actor, case)
        now = timezone.now()
        review, begun = Review.objects.get_or_create(
            case=case, reader=actor, signed_at=None, round=case.round, defaults={"opened_at": now}
        )
        if begun:
            _take_over(review)
            record(actor=actor, action="review.opened", about=case, patient_id=case.patient_id)
        if review.revealed_at is None and not rulebook.current().site.commit_then_reveal:
            _reveal(actor, case, review, now)
    return review


def _take_over(review: Review) -> None:
    """What this reader wrote before new photos came, and for how long; they judge anew."""
    drafts = Review.objects.drafts().filter(case=review.case, reader=review.reader)
    before = drafts.filter(round__lt=review.round).order_by("-round").first()
    if before:
        for name in WRITTEN:
            setattr(review, name, getattr(before, name))
        review.save(update_fields=WRITTEN)


def draft_of(reader: User, case: Case) -> Review | None:
    """What this reader has begun and not signed, on the desk or not; of the photos that are there
    now: for new ones a new first opinion is asked for."""
    return Review.objects.drafts().filter(case=case, reader=reader, round=case.round).first()


def commit_first_opinion(*, actor: User, review: Review, opinion: Opinion) -> Review:
    """Lock the first opinion, then reveal the model's.

    Raises NotYours, Incomplete, AlreadyCommitted.
    """
    _check_opinion(opinion)
    with transaction.atomic():
        case = _on_desk(actor, review.case)
        review = _lock_draft(actor, review)
        if review.first_committed_at or review.revealed_at:
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
        _reveal(actor, case, review, now)
    return review


def save_draft(
    *, actor: User, review: Review, decision: Decision, revision: int | None = None
) -> Review:
    """Keep what was written so far, even where the case has left the desk. Nothing is checked.

    `revision` is the draft's count of savings that the writer started from; where another window
    saved since, ChangedElsewhere. None overwrites. Raises NotYours too.
    """
    with transaction.atomic():
        review = _lock_draft(actor, review)
        if revision is not None and revision != review.draft_revision:
            raise ChangedElsewhere
        _fill(review, decision)
        review.draft_revision += 1
        review.draft_saved_at = timezone.now()
        review.save(update_fields=[*COLUMNS, "draft_revision", "draft_saved_at"])
        _write_adequacy(review, decision.adequate)
    return review


def sign(*, actor: User, review: Review, decision: Decision) -> Review:
    """Sign the decision and answer the patient. Raises NotYours, OpinionFirst, Incomplete."""
    with transaction.atomic():
        case = _on_desk(actor, review.case)
        review = _lock_draft(actor, review)
        if review.revealed_at is None and rulebook.current().site.commit_then_reveal:
            raise OpinionFirst
        check(decision, case)
        _write_signature(case, review, decision, version=1 + case.reviews.signed().count())
        before = case.urgency
        case.reader = case.reader_lease_until = None
        case.answered_at = case.answered_at or review.signed_at
        case.save(update_fields=["reader", "reader_lease_until", "answered_at"])
        ranking.rerank(cases=[case])
        _tell_the_patient(review)
        _record_signature(actor, "review.signed", case, review, before)
        _look_again(case, review)
    return review


def amend(*, actor: User, review: Review, decision: Decision, reason: str) -> Review:
    """Sign a new version of a signed review. Raises AlreadyAmended, Incomplete, NotYours."""
    with transaction.atomic():
        row = visible_cases(actor).select_for_update(of=("self",)).filter(pk=review.case_id)
        case = row.first() if actor.is_dermatologist else None
        if case is None:
            raise NotYours
        newest = case.reviews.signed().last()
        if newest is None or newest.pk != review.pk:
            raise AlreadyAmended
        if not reason.strip():
            raise Incomplete({"amendment_reason": _("Say why you amend the answer.")})
        check(decision, case)
        amended = Review(case=case, reader=actor, round=case.round, opened_at=timezone.now(),
                         amends=newest,
                         amendment_reason=reason.strip(),
                         revealed_at=newest.revealed_at)  # fmt: skip
        before = newest.urgency
        _write_signature(case, amended, decision, version=newest.version + 1)
        ranking.rerank(cases=[case])
        _tell_the_patient(amended)
        _record_signature(actor, "review.amended", case, amended, before)
        second_readings.follow(amendment=amended)
    return amended


def cautions(
    decision: Decision, assessment: Assessment | None, before: Case | None = None
) -> list[str]:
    """What a second look at a complete decision would ask, before it is signed; `before`: the last
    case of the same lesion, with `answer_diagnosis`."""
    found = []
    leaves = _leaves(decision)
    known = conditions.find(decision.diagnosis)
    if leaves and known and known.is_malignant:
        text = _("You diagnose a cancer (%s) and let the patient go home with it.")
        found.append(text % known.name)
    rules = rulebook.current().rules
    if leaves and assessment and assessment.over_limit(rules):
        found.append(
            _("The model's risk of cancer is above its limit, and you see no need to act.")
        )
    earlier = conditions.find(before.answer_diagnosis or "") if before else None
    if leaves and earlier and earlier.is_malignant:
        text = _("The last answer about this lesion was a cancer (%s), and you see no need to act.")
        found.append(text % earlier.name)
    if leaves and not all(decision.adequate.values()):
        found.append(_("Not every photo was good enough to judge by. Would better photos help?"))
    if decision.outcome == ReviewOutcome.EMERGENCY:
        found.append(
            _("The patient learns this when they next open the portal. Call them as well.")
        )
    return found


def _on_desk(actor: User, case: Case) -> Case:
    row = visible_cases(actor).open().select_for_update(of=("self",)).filter(pk=case.pk).first()
    if row is None or not worklist.holds(actor, row):
        raise NotYours
    return row


def _look_again(case: Case, review: Review) -> None:
    """A signed case is held against what second readers said before, may be drawn for another,
    and others may be compared with it."""
    second_readings.compare(review=review)
    site = rulebook.current().site
    newest = case.assessments.order_by("-created_at", "-pk").first()
    second_readings.sample(
        review=review, assessment=newest,
        low_share=site.safety_sample_share, share=site.blinded_share,
    )  # fmt: skip
    similar.keep(case)


def _lock_draft(actor: User, review: Review) -> Review:
    drafts = Review.objects.drafts().filter(round=F("case__round")).select_for_update(of=("self",))
    draft = drafts.filter(pk=review.pk, reader=actor, case__in=visible_cases(actor)).first()
    if draft is None:
        raise NotYours
    return draft


def _reveal(actor: User, case: Case, review: Review, now: datetime) -> None:
    newest = case.assessments.order_by("-created_at", "-pk").first()
    review.revealed_at = now
    review.save(update_fields=["revealed_at"])
    record(actor=actor, action="assessment.revealed", about=case, patient_id=case.patient_id,
           model_version=newest.model_version if newest else None)  # fmt: skip


def _check_opinion(opinion: Opinion) -> None:
    problems = {}
    if conditions.find(opinion.diagnosis) is None:
        problems["diagnosis"] = _("Choose a diagnosis.")
    if opinion.urgency not in Urgency.__members__.values():
        problems["urgency"] = _("Choose an urgency.")
    if opinion.confidence not in Confidence.values:
        problems["confidence"] = _("Say how sure you are.")
    if problems:
        raise Incomplete(problems)


# The least urgent category that an outcome goes with.
_AT_LEAST = {
    ReviewOutcome.EMERGENCY: Urgency.EMERGENCY,
    ReviewOutcome.URGENT: Urgency.URGENT_CANCER,
}


def check(decision: Decision, case: Case) -> None:
    """May this be signed? Raises Incomplete."""
    problems = {}
    if conditions.find(decision.diagnosis) is None:
        problems["diagnosis"] = _("Choose a diagnosis.")
    if decision.confidence not in (None, *Confidence.values):
        problems["confidence"] = _("Say how sure you are.")
    if decision.outcome not in ReviewOutcome.values:
        problems["outcome"] = _("Choose what happens next.")
    elif decision.outcome == ReviewOutcome.PHOTOS_AGAIN:
        problems["outcome"] = _("Ask for photos under 'Photos again': the case stays open.")
    elif decision.urgency == Urgency.EMERGENCY and decision.outcome not in _AT_LEAST:
        problems["outcome"] = _("An emergency needs a same-day visit or an urgent referral.")
    elif _leaves(decision) and decision.adequate and not any(decision.adequate.values()):
        problems["outcome"] = _("No photo was good enough to judge by: ask for photos or a visit.")
    for name, text in (("advice", decision.advice), ("safety_net", decision.safety_net)):
        if not text.strip():
            problems[name] = _("Write this for the patient.")
    if problems := _about_urgency(decision, case) | problems:
        raise Incomplete(problems)


def _about_urgency(decision: Decision, case: Case) -> dict[str, str]:
    if decision.urgency not in Urgency.__members__.values():
        return {"urgency": _("Choose an urgency.")}
    if decision.urgency > _AT_LEAST.get(decision.outcome, Urgency.ADVICE):
        return {"urgency": _("Choose an urgency that is as soon as what happens next.")}
    if _leaves(decision) and decision.urgency == Urgency.URGENT_CANCER:
        text = _("With this outcome nobody sees the patient: choose another one, or a later "
                 "urgency with your reason.")  # fmt: skip
        return {"urgency": text}
    if decision.urgency > case.urgency and not decision.urgency_reason.strip():
        return {"urgency_reason": _("Say why this is less urgent than it was ranked.")}
    return {}


def _leaves(decision: Decision) -> bool:
    """Nobody will see the patient."""
    return decision.outcome in LEAVING


def _fill(review: Review, decision: Decision) -> None:
    for name in COLUMNS:
        setattr(review, name, getattr(decision, name))


def _write_signature(case: Case, review: Review, decision: Decision, *, version: int) -> None:
    newest = case.assessments.order_by("-created_at", "-pk").first()
    _fill(review, decision)
    review.agreement = _agreement(newest, decision.diagnosis)
    if review.pk:  # a draft: what hangs on it is written while it is still one
        _write_adequacy(review, decision.adequate)
    fresh = review.pk is None
    review.version = version
    review.signed_at = timezone.now()
    review.save()
    if fresh:
        _write_adequacy(review, decision.adequate)


def _write_adequacy(review: Review, adequate: dict[str, bool]) -> None:
    """One row a photo of this case; ids of other photos are passed over."""
    photos = review.case.photos.values_list("pk", flat=True)
    rows = [
        PhotoAdequacy(review=review, photo_id=pk, adequate=adequate[str(pk)])
        for pk in photos
        if str(pk) in adequate
    ]
    PhotoAdequacy.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["review", "photo"], update_fields=["adequate"]
    )


def _agreement(assessment: Assessment | None, diagnosis: str) -> Agreement:
    if assessment is None:
        return Agreement.NO_MODEL
    codes = [code for code, _ in assessment.top]
    if diagnosis == codes[0]:
        return Agreement.AGREES
    return Agreement.PARTLY if diagnosis in codes else Agreement.DISAGREES


def _tell_the_patient(review: Review) -> None:
    """In the portal now, by mail from the outbox: whatever is signed is told."""
    kind = NotificationKind.AMENDED if review.amends_id else NotificationKind.ANSWERED
    notifications.notify(
        user=review.case.patient.user, kind=kind, key=f"review-{review.pk}", case=review.case
    )


def _record_signature(actor: User, action: str, case: Case, review: Review, before: int) -> None:
    record(actor=actor, action=action, about=case, patient_id=case.patient_id,
           version=review.version, first_diagnosis=review.first_diagnosis,
           diagnosis=review.diagnosis, outcome=review.outcome, agreement=review.agreement,
           urgency=[before, review.urgency], reason_given=bool(review.urgency_reason),
           reading_seconds=review.reading_seconds,
           open_seconds=int((review.signed_at - review.opened_at).total_seconds()))  # fmt: skip
