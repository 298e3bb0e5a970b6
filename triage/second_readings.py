"""Second opinions: a colleague asked by name, a reader drawn by lot, the safety sample, a third.

A blinded reader sees photos and history, and neither the model nor another's opinion, until they
have signed their own. An opinion that differs from the answer in a way that matters brings in a
third reader; then somebody settles which holds. Nothing is lowered by itself.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Role, User
from portal.audit.ledger import record
from triage import conditions, notifications, rulebook
from triage.models import (
    Assessment,
    Case,
    Confidence,
    NotificationKind,
    Review,
    SecondReading,
    SecondReadingKind,
    Settlement,
)
from triage.permissions import blind_cases, visible_cases
from triage.urgency import Urgency

TO_READ = timedelta(days=3)  # of a second reading, from when it was asked for
ODDS = 1_000_000  # a share is drawn to this part
SWEPT = 200  # readings that are drawn anew in one sweep


class NobodyElse(Exception):
    """No other dermatologist of this clinic can read the case a second time."""


class NotAsked(Exception):
    """This second reading is not yours, or it is signed already."""


class NotToSettle(Exception):
    """There is nothing to settle here: the opinions agree, or somebody has settled it."""


class Incomplete(Exception):
    """The opinion lacks something; `problems` says what, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(problems)
        self.problems = problems


@dataclass(frozen=True)
class SecondOpinion:
    diagnosis: str  # condition code
    urgency: int | None
    confidence: int | None
    comment: str = ""


def colleagues(reader: User, case: Case) -> QuerySet[User]:
    """Who else could read this case: dermatologists of its clinic who have no part in it yet."""
    taken = Review.objects.filter(case=case).values("reader")
    asked = SecondReading.objects.filter(case=case).values("reader")
    able = User.objects.filter(
        clinic_id=case.clinic_id, role=Role.DERMATOLOGIST, is_active=True
    ).exclude(pk=reader.pk)
    return able.exclude(pk__in=taken).exclude(pk__in=asked).order_by("name", "email")


def ask(
    *, actor: User, case: Case, colleague: User | None, question: str = "", blinded: bool = True
) -> SecondReading:
    """Ask a colleague, or one drawn by lot (None), who is always blinded. Raises NobodyElse."""
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case.pk)
        able = colleagues(actor, case)
        reader = able.filter(pk=colleague.pk).first() if colleague else _drawn(able)
        if reader is None or not visible_cases(actor).filter(pk=case.pk).exists():
            raise NobodyElse
        return _create(
            case, SecondReadingKind.ASKED if colleague else SecondReadingKind.RANDOM,
            reader=reader, actor=actor, question=question.strip(),
            blinded=blinded or colleague is None,
        )  # fmt: skip


def sample(
    *, review: Review, assessment: Assessment | None, low_share: float, share: float
) -> SecondReading | None:
    """Draw a case that was just answered for a blinded second reading, or don't (None).

    Of those that the model thought harmless `low_share` (0 to 1) are drawn, the safety sample; of
    all others `share`. Called in the transaction of the signature. Also None where nobody else
    could read it, which goes on record.
    """
    rules = rulebook.current().rules
    low = assessment is not None and assessment.in_domain and not assessment.over_limit(rules)
    if review.version != 1 or not is_drawn(low_share if low else share):
        return None
    kind = SecondReadingKind.SAMPLE if low else SecondReadingKind.RANDOM
    case = review.case
    reader = _drawn(colleagues(review.reader, case))
    if reader is None:
        return _nobody(case, kind)
    return _create(case, kind, reader=reader, review=review, blinded=True)


def is_drawn(share: float) -> bool:
    """True for this share of all calls, by lot."""
    return secrets.randbelow(ODDS) < share * ODDS


def mine(reader: User) -> QuerySet[SecondReading]:
    """What this reader is asked to read, the soonest due first."""
    waiting = SecondReading.objects.waiting().filter(reader=reader, case__in=visible_cases(reader))
    return waiting.select_related("case__lesion", "asked_by").order_by("due_at", "pk")


def asked_by(reader: User) -> QuerySet[SecondReading]:
    """What this reader has asked others, the newest first."""
    asked = SecondReading.objects.filter(asked_by=reader, case__in=visible_cases(reader))
    return asked.select_related("case__lesion", "reader").order_by("-asked_at", "-pk")


def to_settle(reader: User) -> QuerySet[SecondReading]:
    """Disagreements in this reader's clinic that are theirs or anybody's to settle, oldest first.

    Not before the third reader has signed, if there is one, or should have; never shown to who
    still reads blind.
    """
    open_ones = SecondReading.objects.unsettled().filter(case__in=visible_cases(reader))
    waiting = SecondReading.objects.waiting().filter(
        kind=SecondReadingKind.THIRD, due_at__gt=timezone.now()
    )
    blind = blind_cases(reader)
    return (
        open_ones.exclude(case__in=waiting.values("case")).exclude(case__in=blind)
        .exclude(kind=SecondReadingKind.THIRD)
        .select_related("case__lesion", "reader", "review__reader").order_by("signed_at", "pk")
    )  # fmt: skip


def thirds(disputed: Iterable[SecondReading]) -> dict[int, SecondReading]:
    """What the third reader of each case said, by case."""
    cases = [row.case_id for row in disputed]
    found = SecondReading.objects.filter(
        case__in=cases, kind=SecondReadingKind.THIRD, signed_at__isnull=False
    )
    return {row.case_id: row for row in found.select_related("reader", "review__reader")}


def waiting_for(reader: User, case: Case) -> SecondReading | None:
    """What this reader is asked to say of this case."""
    return SecondReading.objects.waiting().filter(reader=reader, case=case).first()


def of_case(case: Case) -> list[SecondReading]:
    """The second readings of a case. Whoever reads it blind may be shown none of them."""
    rows = case.second_readings.select_related("reader", "asked_by", "review__reader")
    return list(rows.order_by("asked_at"))


def sign(*, actor: User, reading: SecondReading, opinion: SecondOpinion) -> SecondReading:
    """Sign one's own opinion. Raises NotAsked, Incomplete."""
    _check(opinion)
    with transaction.atomic():
        case = visible_cases(actor).select_for_update(of=("self",)).filter(pk=reading.case_id)
        case = case.first() if actor.is_dermatologist else None
        rows = SecondReading.objects.waiting().select_for_update()
        row = rows.filter(pk=reading.pk, reader=actor).first()
        if case is None or row is None:
            raise NotAsked
        row.diagnosis, row.urgency = opinion.diagnosis, opinion.urgency
        row.confidence, row.comment = opinion.confidence, opinion.comment.strip()
        row.signed_at = timezone.now()
        row.review = case.reviews.signed().last()
        if row.review:
            row.disagrees = differs(row.review, opinion)
        row.save(update_fields=["diagnosis", "urgency", "confidence", "comment", "signed_at",
                                "review", "disagrees"])  # fmt: skip
        record(actor=actor, action="second_reading.signed", about=case,
               patient_id=case.patient_id, kind=row.kind, disagrees=row.disagrees,
               urgency=row.urgency, diagnosis=row.diagnosis)  # fmt: skip
        if row.disagrees and row.kind != SecondReadingKind.THIRD:
            _contest(case, row)
    return row


def compare(*, review: Review) -> None:
    """Hold the opinions that were signed before there was an answer against it. Called in the
    transaction of the signature."""
    early = review.case.second_readings.filter(signed_at__isnull=False, review__isnull=True)
    for row in early.select_for_update().order_by("pk"):
        row.review, row.disagrees = review, differs(review, _said(row))
        row.save(update_fields=["review", "disagrees"])
        record(actor="worker", action="second_reading.compared", about=review.case,
               patient_id=review.case.patient_id, kind=row.kind,
               disagrees=row.disagrees)  # fmt: skip
        if row.disagrees:
            _contest(review.case, row)


def follow(*, amendment: Review) -> SecondReading | None:
    """An amendment that departs from a second opinion which the answer agreed with before is read
    by somebody else, blind; None where it does not, or nobody can. Called in its transaction."""
    given = [_said(row) for row in amendment.case.second_readings.filter(signed_at__isnull=False)]
    if not any(differs(amendment, one) and not differs(amendment.amends, one) for one in given):
        return None
    case, kind = amendment.case, SecondReadingKind.RANDOM
    reader = _drawn(colleagues(amendment.reader, case))
    if reader is None:
        return _nobody(case, kind)
    return _create(case, kind, reader=reader, review=amendment, blinded=True)


def _said(row: SecondReading) -> SecondOpinion:
    return SecondOpinion(row.diagnosis, row.urgency, row.confidence, row.comment)


def differs(review: Review, opinion: SecondOpinion) -> bool:
    """A difference that matters to the patient: cancer or not, urgent or not, or two steps."""
    first, second = conditions.find(review.diagnosis), conditions.find(opinion.diagnosis)
    urgent = [urgency <= Urgency.URGENT_CANCER for urgency in (review.urgency, opinion.urgency)]
    return (
        bool(first and first.is_malignant) != bool(second and second.is_malignant)
        or urgent[0] != urgent[1]
        or abs(review.urgency - opinion.urgency) >= 2
    )


def settle(*, actor: User, reading: SecondReading, keep_because: str = "") -> SecondReading:
    """Say which opinion holds: the answer was amended since, or it is kept, for this reason.

    Raises NotToSettle, and Incomplete where nothing was amended and no reason is given, or where
    who signed the answer would keep it against a colleague and somebody else could say.
    """
    with transaction.atomic():
        rows = to_settle(actor).select_for_update(of=("self",))
        row = rows.filter(pk=reading.pk).first() if actor.is_dermatologist else None
        if row is None:
            raise NotToSettle
        newest = row.case.reviews.signed().last()
        amended = newest.pk != row.review_id and newest.signed_at > row.signed_at
        if not amended and not keep_because.strip():
            raise Incomplete({"reason": _("Amend the answer, or say why it is kept.")})
        if not amended and row.review.reader_id == actor.pk and not _may_stand(row):
            text = _("You signed this answer: amend it, or a colleague says that it is kept.")
            raise Incomplete({"reason": text})
        row.settled_at, row.settled_by = timezone.now(), actor
        row.settlement = Settlement.AMENDED if amended else Settlement.KEPT
        row.settlement_reason = keep_because.strip()
        row.save(update_fields=["settled_at", "settled_by", "settlement", "settlement_reason"])
        record(actor=actor, action="second_reading.settled", about=row.case,
               patient_id=row.case.patient_id, settlement=row.settlement)  # fmt: skip
    return row


def _may_stand(row: SecondReading) -> bool:
    """Whether its own author may keep the answer: a third reader agreed, or there is none."""
    thirds = row.case.second_readings.filter(kind=SecondReadingKind.THIRD)
    if thirds.filter(signed_at__isnull=False, disagrees=False).exists():
        return True
    readers = User.objects.filter(
        clinic_id=row.case.clinic_id, role=Role.DERMATOLOGIST, is_active=True
    )
    return not readers.exclude(pk__in=(row.reader_id, row.review.reader_id)).exists()


def hand_over(*, actor: User, reading: SecondReading) -> SecondReading:
    """Draw another reader in one's place, for who cannot read it. Raises NotAsked, NobodyElse."""
    with transaction.atomic():
        row = SecondReading.objects.waiting().select_for_update().filter(
            pk=reading.pk, reader=actor
        ).first()  # fmt: skip
        if row is None:
            raise NotAsked
        if not _draw_anew(actor, row):
            raise NobodyElse
    return row


def sweep() -> int:
    """Draw others in place of readers whose account is disabled, or who left the clinic or the
    role, where there is anybody else. How many."""
    here = Q(reader__is_active=True, reader__role=Role.DERMATOLOGIST,
             reader__clinic=F("case__clinic"))  # fmt: skip
    passed_on = 0
    for key in SecondReading.objects.waiting().exclude(here).values_list("pk", flat=True)[:SWEPT]:
        with transaction.atomic():
            rows = SecondReading.objects.waiting().exclude(here).filter(pk=key)
            row = rows.select_for_update(of=("self",)).first()
            passed_on += row is not None and _draw_anew("scheduler", row)
    return passed_on


def _draw_anew(actor: User | str, row: SecondReading) -> bool:
    """Another reader in place of this one, by lot; False where there is nobody else."""
    able = colleagues(row.reader, Case.objects.select_for_update().get(pk=row.case_id))
    reader = _drawn(able.exclude(pk=row.asked_by_id) if row.asked_by_id else able)
    if reader is None:
        return False
    row.reader = reader
    row.save(update_fields=["reader"])
    _tell(row)
    record(actor=actor, action="second_reading.handed_over", about=row.case,
           patient_id=row.case.patient_id, to=reader.pk)  # fmt: skip
    return True


def _contest(case: Case, second: SecondReading) -> None:
    """Tell who answered, and have a third reader look."""
    notifications.notify(user=second.review.reader, kind=NotificationKind.DISAGREEMENT,
                         key=f"second-reading-{second.pk}", case=case)  # fmt: skip
    reader = _drawn(colleagues(second.reader, case))
    if reader is None:
        _nobody(case, SecondReadingKind.THIRD)
    else:
        third = SecondReadingKind.THIRD
        _create(case, third, reader=reader, review=second.review, blinded=True)


def _nobody(case: Case, kind: SecondReadingKind) -> None:
    record(actor="worker", action="second_reading.nobody", about=case,
           patient_id=case.patient_id, kind=kind)  # fmt: skip


def _create(
    case: Case, kind: SecondReadingKind, *, reader: User, blinded: bool,
    actor: User | None = None, review: Review | None = None, question: str = "",
) -> SecondReading:  # fmt: skip
    now = timezone.now()
    row = SecondReading.objects.create(
        case=case, review=review, kind=kind, reader=reader, asked_by=actor, question=question,
        blinded=blinded, asked_at=now, due_at=now + TO_READ,
    )  # fmt: skip
    _tell(row)
    record(actor=actor or "worker", action="second_reading.asked", about=case,
           patient_id=case.patient_id, kind=kind, reader=reader.pk, blinded=blinded)  # fmt: skip
    return row


def _tell(row: SecondReading) -> None:
    notifications.notify(user=row.reader, kind=NotificationKind.SECOND_READING,
                         key=f"second-reading-{row.pk}", case=row.case)  # fmt: skip


def _drawn(able: QuerySet[User]) -> User | None:
    """One of them by lot: whoever asks has no say in who it is."""
    people = list(able)
    return secrets.choice(people) if people else None


def _check(opinion: SecondOpinion) -> None:
    problems = {}
    if conditions.find(opinion.diagnosis) is None:
        problems["diagnosis"] = _("Choose a diagnosis.")
    if opinion.urgency not in Urgency.__members__.values():
        problems["urgency"] = _("Choose an urgency.")
    if opinion.confidence not in Confidence.values:
        problems["confidence"] = _("Say how sure you are.")
    if problems:
        raise Incomplete(problems)
