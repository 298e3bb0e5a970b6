"""To be forgotten: a patient asks, an administrator carries it out unless something stands against
it.

Rows go by `triage_erase` in the database (migration 0008), which alone may delete what is written
once. The ledger stays whole, with what was diagnosed, under numbers; when the account's and the
patient's rows are gone those numbers lead to nobody.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from smtplib import SMTPException

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.audit.models import Entry
from triage import belongings
from triage.models import (
    Case,
    CaseQuerySet,
    Erasure,
    ErasureGround,
    HoldEnd,
    HoldGround,
    LegalHold,
    PathologyResult,
    Patient,
)
from triage.models.pathology import PathologyQuerySet

REASON_LIMIT = 500
log = logging.getLogger(__name__)


class NotAllowed(Exception):
    """A patient asks for themselves alone; an administrator decides."""


class NothingAsked(Exception):
    """No such request stands: it was withdrawn or carried out."""


class HoldStands(Exception):
    """A legal hold stands: the record must be kept."""


class CasesWait(Exception):
    """A case has not been answered yet."""


class ResultWaits(CasesWait):
    """A laboratory result has not been told to the patient yet."""


class WorkedHere(Exception):
    """This account has worked here: what it did is part of other patients' records."""


class UsedSince(Exception):
    """The account was used or opened after the restored backup was made."""


class ReasonMissing(ValueError):
    """Say why: a hold in 500 characters at most, its end by one of the reasons."""


@dataclass(frozen=True)
class Standing:
    """How one patient's wish to be forgotten stands."""

    request: Erasure | None  # asked for, not withdrawn, not carried out
    hold: LegalHold | None  # stands: the record must be kept
    waiting: int  # cases that keep the request from being carried out
    open_cases: int  # all that are not answered
    untold: int  # laboratory results that keep it waiting: no clinician has told the patient

    @property
    def held(self) -> bool:
        return self.hold is not None

    @property
    def ready(self) -> bool:
        """Nothing stands against carrying it out."""
        return self.request is not None and not (self.held or self.waiting or self.untold)


def standing(patient: Patient, request: Erasure | None = None) -> Standing:
    """How it stands with the request that is given, else with the one that there is."""
    if request is None:
        request = Erasure.objects.standing().filter(patient_number=patient.pk).first()
    unanswered = waiting = patient.cases.open().count()
    if unanswered and request is not None and request.open_cases_too:
        waiting = _in_the_way(patient, request).count()
    untold = _untold(patient, request).count()
    return Standing(request, hold_of(patient), waiting, open_cases=unanswered, untold=untold)


def hold_of(patient: Patient) -> LegalHold | None:
    holds = patient.holds.filter(lifted_at__isnull=True)
    return holds.select_related("placed_by").first()


def ask(*, actor: User, patient: Patient, open_cases_too: bool = False) -> Erasure:
    """Ask to be forgotten; asking again keeps the one request and may add `open_cases_too`, by
    which the patient withdraws the cases sent so far that nobody has answered. Raises NotAllowed.
    """
    if actor.pk != patient.user_id:
        raise NotAllowed
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        request = Erasure.objects.standing().filter(patient_number=patient.pk).first()
        if request is None:
            request = Erasure.objects.create(
                patient_number=patient.pk, asked_at=timezone.now(), open_cases_too=open_cases_too
            )
        elif open_cases_too:
            request.open_cases_too, request.asked_at = True, timezone.now()
            request.save(update_fields=["open_cases_too", "asked_at"])
        else:
            return request
        record(actor=actor, action="erasure.asked", about=request, patient_id=patient.pk,
               open_cases_too=open_cases_too)  # fmt: skip
    return request


def withdraw(*, actor: User, patient: Patient) -> bool:
    """Take the request back; False where none stood. Raises NotAllowed."""
    if actor.pk != patient.user_id:
        raise NotAllowed
    with transaction.atomic():
        asked = Erasure.objects.standing().select_for_update().filter(patient_number=patient.pk)
        request = asked.first()
        if request is None:
            return False
        request.withdrawn_at = timezone.now()
        request.save(update_fields=["withdrawn_at"])
        record(actor=actor, action="erasure.withdrawn", about=request, patient_id=patient.pk)
    return True


def place_hold(*, actor: User, patient: Patient, ground: str, reason: str) -> LegalHold:
    """Keep a record from being erased; one that stands already stays. Its ground, a HoldGround, is
    on record; the reason in words is kept beside the patient's record, not in the ledger, which
    outlives it. Raises NotAllowed, ReasonMissing."""
    _guard(actor)
    reason = reason.strip()
    if ground not in HoldGround.values or not 0 < len(reason) <= REASON_LIMIT:
        raise ReasonMissing
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        if hold := hold_of(patient):
            return hold
        hold = LegalHold.objects.create(
            patient=patient, reason=reason, placed_by=actor, placed_at=timezone.now()
        )
        record(actor=actor, action="hold.placed", about=hold, patient_id=patient.pk,
               reason=ground)  # fmt: skip
    return hold


def lift_hold(*, actor: User, hold: LegalHold, reason: str) -> bool:
    """Lift it for this reason, a HoldEnd, which is on record; False where it was lifted before.
    Raises NotAllowed, ReasonMissing."""
    _guard(actor)
    if reason not in HoldEnd.values:
        raise ReasonMissing
    with transaction.atomic():
        locked = LegalHold.objects.select_for_update().get(pk=hold.pk)
        if locked.lifted_at is not None:
            return False
        locked.lifted_by, locked.lifted_at = actor, timezone.now()
        locked.save(update_fields=["lifted_by", "lifted_at"])
        record(actor=actor, action="hold.lifted", about=locked, patient_id=locked.patient_id,
               reason=reason)  # fmt: skip
    return True


def carry_out(*, actor: User | str, request: Erasure) -> Mapping[str, int]:
    """Erase the patient with all that belongs to them, for good; how many rows of which table.

    `actor` is an administrator, or "scheduler" for the rule of retention. The patient is told by a
    last mail. Raises NotAllowed, NothingAsked, HoldStands, CasesWait or its ResultWaits,
    WorkedHere; nothing is erased then.
    """
    _guard(actor)
    with transaction.atomic():
        patient, request = _ready(request)
        files = belongings.files(belongings.of(patient))
        for session in UserSession.objects.filter(user=patient.user):
            session.end()
        request.approved_by = actor if isinstance(actor, User) else None
        request.approved_at = timezone.now()
        request.save(update_fields=["approved_by", "approved_at"])
        rows = _erase(patient)
        request.carried_out_at, request.rows_erased = timezone.now(), rows
        request.files_left = files
        request.save(update_fields=["carried_out_at", "rows_erased", "files_left"])
        record(actor=actor, action="erasure.carried_out", about=request, patient_id=patient.pk,
               ground=request.ground, rows=sum(rows.values()), files=len(files))  # fmt: skip
        user = patient.user
        transaction.on_commit(partial(_delete_files, request))
        transaction.on_commit(partial(_say_goodbye, user.email, user.language))
    return rows


def because_of_retention(patient: Patient) -> Erasure:
    """The request that the rule of retention makes, or the one that stands."""
    return _request(patient, ground=ErasureGround.RETENTION)


def carry_out_again(*, actor: User | str, patient: Patient, restored: datetime) -> None:
    """Erase somebody whom a backup made at `restored` brought back, with the cases that were open
    in it. Raises UsedSince, and as carry_out does, but for waiting cases."""
    _guard(actor)
    with transaction.atomic():
        patient = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        if used_since(patient, restored):
            raise UsedSince
        request = _request(patient, ground=ErasureGround.AGAIN, open_cases_too=True)
        if request.ground != ErasureGround.AGAIN:  # stood in the backup
            request.ground, request.open_cases_too = ErasureGround.AGAIN, True
            request.asked_at = timezone.now()
            request.save(update_fields=["ground", "open_cases_too", "asked_at"])
        carry_out(actor=actor, request=request)


def used_since(patient: Patient, moment: datetime) -> bool:
    """Whether somebody was here by this account after that; then it isn't one that only a backup
    knows. A number is given again when the one who had it came after the backup."""
    user = patient.user
    return (
        user.date_joined > moment
        or (user.last_login is not None and user.last_login > moment)
        or patient.cases.filter(submitted_at__gt=moment).exists()
        or Entry.objects.by(user.pk).filter(at__gt=moment).exists()
    )


def _request(patient: Patient, **how: object) -> Erasure:
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        standing = Erasure.objects.standing().filter(patient_number=patient.pk).first()
        return standing or Erasure.objects.create(
            patient_number=patient.pk, asked_at=timezone.now(), **how
        )


def sweep_files() -> int:
    """Delete files that an erasure left behind when it was interrupted. Returns how many."""
    left = Erasure.objects.filter(carried_out_at__isnull=False).exclude(files_left=[])
    return sum(_delete_files(request) for request in left)


def _guard(actor: User | str) -> None:
    if isinstance(actor, User) and not (actor.is_active and actor.is_administrator):
        raise NotAllowed


def _in_the_way(patient: Patient, request: Erasure | None) -> CaseQuerySet:
    """Unanswered cases, but for those that the patient withdrew."""
    waiting = Case.objects.open().filter(patient=patient)
    if request is not None and request.open_cases_too:
        waiting = waiting.filter(submitted_at__gt=request.asked_at)
    return waiting


def _untold(patient: Patient, request: Erasure | None) -> PathologyQuerySet:
    """Results that no clinician has told, but for those that came for a case after the patient
    withdrew it unanswered, or that were erased with the record before."""
    results = PathologyResult.objects.unanswered().filter(case__patient=patient)
    if request is None or not request.open_cases_too:
        return results
    if request.ground == ErasureGround.AGAIN:
        return results.none()
    withdrawn = Q(case__answered_at__isnull=True, case__submitted_at__lte=request.asked_at)
    return results.exclude(withdrawn, entered_at__gt=request.asked_at)


def _ready(request: Erasure) -> tuple[Patient, Erasure]:
    """Both locked, or why it cannot be done."""
    patients = Patient.objects.select_for_update(of=("self",)).select_related("user")
    patient = patients.filter(pk=request.patient_number).first()
    request = Erasure.objects.standing().select_for_update().filter(pk=request.pk).first()
    if patient is None or request is None:
        raise NothingAsked
    if hold_of(patient):
        raise HoldStands
    if _in_the_way(patient, request).exists():
        raise CasesWait
    if _untold(patient, request).exists():
        raise ResultWaits
    if worked_here(patient.user):
        raise WorkedHere
    return patient, request


def worked_here(user: User) -> bool:
    """Whether this account was ever one of the staff's; asked by the database itself again."""
    own = Entry.objects.by(user.pk)
    return not user.is_patient or own.exclude(actor_role="patient").exists()


def _erase(patient: Patient) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM jsonb_each_text(triage_erase(%s))", [patient.pk])
        return {table: int(rows) for table, rows in cursor.fetchall()}


def _delete_files(request: Erasure) -> int:
    for name in request.files_left:
        default_storage.delete(name)
    gone = len(request.files_left)
    Erasure.objects.filter(pk=request.pk).update(files_left=[])
    return gone


def _say_goodbye(address: str, language: str) -> None:
    """The one mail that cannot be tried again: where it was to go is known nowhere any more."""
    with translation.override(language or settings.LANGUAGE_CODE):
        subject, text = _("Your data have been erased"), _(GOODBYE)
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [address])
    except (SMTPException, OSError) as problem:
        log.error("a patient was not told of their erasure: %s", type(problem).__name__)


GOODBYE = """Your account in the portal and everything that belonged to it have been erased.

What we still hold is the record of who did what here, in which your name no longer is.

You can sign up again at any time; nothing from before will be there.
"""
