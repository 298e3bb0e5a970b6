"""Photos again: asked for with a reason, waited for with the clock stopped, for the same case.

A case that waits leaves the desk and stands last on the worklist. It comes back when the photos
came, when nobody waits for them any more, or by itself when they did not come in time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.celery import wake
from triage import intake, notifications, patients, ranking, rulebook, worklist
from triage.models import (
    Case,
    ConsentKind,
    Ending,
    NotificationKind,
    Patient,
    PhotoRequest,
    ScoringState,
    Upload,
)
from triage.permissions import visible_cases
from triage.urgency import Urgency

NOTE_LIMIT = 500


@dataclass(frozen=True)
class Reason:
    code: str
    label: str | Promise  # for staff
    advice: str | Promise  # for the patient: what to do differently


REASONS = (
    Reason("blurred", _("Blurred"), _("Hold still, tap on the spot to focus, then take it.")),
    Reason("dark", _("Too dark"), _("Take it in daylight by a window, or under a bright lamp.")),
    Reason("bright", _("Too bright, or glare"), _("Turn the flash off and avoid direct sun.")),
    Reason("far", _("Too far away"), _("Go closer: about 15 cm, so that the spot fills a third of "
                                       "the picture.")),
    Reason("wrong_place", _("Not the place described"),
           _("Photograph the place that you described; point at it with a finger if that helps.")),
    Reason("no_overview", _("No picture from further away"),
           _("Add one picture from an arm’s length, so that we see where on the body it is.")),
    Reason("no_scale", _("Nothing to judge the size by"),
           _("Lay a coin or a ruler beside the spot.")),
    Reason("covered", _("Covered by hair, a plaster or make-up"),
           _("Move hair aside, and take off plasters, make-up and cream first.")),
    Reason("side_view", _("A view from the side is needed"),
           _("Add one picture from the side, so that we see how far it stands out.")),
    Reason("dermoscopic", _("A picture through a dermatoscope is needed"),
           _("Send a picture through a dermatoscope, if you or your doctor have one.")),
    Reason("other", _("Another reason, in the note"), ""),
)  # fmt: skip
BY_CODE = {reason.code: reason for reason in REASONS}


class NotOnDesk(Exception):
    """This case is not on your desk. Claim it first."""


class NotPausable(Exception):
    """This case is ranked as an emergency: its clock is never stopped. Answer it, or call."""


class NoReason(Exception):
    """Say why: choose a reason, and for 'another reason' write a note to the patient."""


class NotWanted(Exception):
    """No new photos are wanted for this case any more."""


def ask(*, actor: User, case: Case, reasons: list[str], note: str = "") -> PhotoRequest:
    """Ask for new photos and stop the clock. Raises NotOnDesk, NotPausable, NoReason."""
    chosen = [code for code in BY_CODE if code in reasons]
    note = note.strip()[:NOTE_LIMIT]
    if not chosen or (chosen == ["other"] and not note):
        raise NoReason
    now = timezone.now()
    with transaction.atomic():
        row = visible_cases(actor).open().select_for_update(of=("self",)).filter(pk=case.pk).first()
        if row is None or not worklist.holds(actor, row):
            raise NotOnDesk
        if row.urgency == Urgency.EMERGENCY:
            raise NotPausable
        request = PhotoRequest.objects.create(
            case=row, asked_by=actor, asked_at=now, reasons=chosen, note=note,
            wanted_by=now + wait_for(row.urgency),
        )  # fmt: skip
        row.reader = row.reader_lease_until = None
        row.paused_at, row.photos_not_sent = now, False
        row.save(update_fields=["reader", "reader_lease_until", "paused_at", "photos_not_sent"])
        notifications.notify(
            user=row.patient.user, kind=NotificationKind.PHOTOS_WANTED,
            key=f"request-{request.pk}", case=row, photo_request=request,
        )  # fmt: skip
        record(actor=actor, action="photos.asked_again", about=row, patient_id=row.patient_id,
               request=request.pk, reasons=chosen, note_given=bool(note),
               left_seconds=int((row.due_at - now).total_seconds()),
               wanted_by=request.wanted_by.isoformat())  # fmt: skip
    return request


def wait_for(urgency: int) -> timedelta:
    """How long photos are waited for at most; the clinic says for urgent cases by themselves."""
    site = rulebook.current().site
    urgent = urgency <= Urgency.URGENT_CANCER
    return timedelta(days=site.urgent_photos_wait_days if urgent else site.photos_wait_days)


def wanted(case: Case) -> PhotoRequest | None:
    """What new photos of this case would answer: the request that is open, or the last that
    nobody answered in time. None where no photos are welcome."""
    if case.answered_at:
        return None
    newest = case.photo_requests.order_by("-asked_at", "-pk").first()
    return newest if newest and newest.welcome else None


def check_may_send(request: PhotoRequest) -> None:
    """Before photos are decoded. Raises NotWanted, intake.ConsentMissing."""
    current = wanted(request.case)
    if current is None:
        raise NotWanted
    if not patients.has_agreed(request.case.patient, ConsentKind.CARE):
        raise intake.ConsentMissing


def send(*, actor: User | str, case: Case, uploads: list[Upload]) -> Case:
    """New photos join the case; its clock goes on, and it is scored and ranked anew.

    Raises NotWanted, intake.ConsentMissing, PhotosMissing, TooManyPhotos; nothing is written then.
    """
    with transaction.atomic():
        # Not the key: who has changed the case twice looks at it when committing.
        patient = Patient.objects.select_for_update(no_key=True).get(pk=case.patient_id)
        row = _lock(case)
        request = wanted(row)
        if request is None:
            raise NotWanted
        if not patients.has_agreed(patient, ConsentKind.CARE):
            raise intake.ConsentMissing
        row.round += 1
        taken = intake.take_photos(case=row, uploads=uploads)
        row.scoring_state, row.scoring_lease_until = ScoringState.WAITING, None
        row.scoring_attempts, row.scoring_problem = 0, ""
        row.scoring_fence += 1  # who scores the old photos now comes too late
        row.save(update_fields=["round", "scoring_state", "scoring_lease_until", "scoring_attempts",
                                "scoring_problem", "scoring_fence"])  # fmt: skip
        _resume(row, request, Ending.SENT)
        record(actor=actor, action="photos.sent_again", about=row, patient_id=patient.pk,
               request=request.pk, round=row.round, photos=[str(one.pk) for one in taken],
               sha256=[one.sha256 for one in taken], due_at=row.due_at.isoformat())  # fmt: skip
        notifications.notify(user=patient.user, kind=NotificationKind.RECEIVED,
                             key=f"case-{row.pk}-{row.round}", case=row)  # fmt: skip
        notifications.notify(user=request.asked_by, kind=NotificationKind.PHOTOS_CAME,
                             key=f"case-{row.pk}-{row.round}", case=row)  # fmt: skip
        transaction.on_commit(wake)
    return row


def withdraw(*, actor: User, case: Case) -> bool:
    """Wait no longer: the case takes its place again. False where it did not wait."""
    with transaction.atomic():
        row = visible_cases(actor).open().filter(pk=case.pk, paused_at__isnull=False).first()
        if row is None or not actor.is_dermatologist:
            return False
        row = _lock(row)
        request = row.photo_requests.open().first()
        if request is None:
            return False
        _resume(row, request, Ending.WITHDRAWN)
        record(actor=actor, action="photos.no_longer_wanted", about=row, patient_id=row.patient_id,
               request=request.pk, due_at=row.due_at.isoformat())  # fmt: skip
    return True


def sweep() -> int:
    """Cases whose photos did not come in time go back among the others, marked. How many."""
    now, came_back = timezone.now(), 0
    for found in _overdue(now).select_related("case").order_by("wanted_by")[:200]:
        came_back += _lapse(found, now)
    return came_back


def _overdue(now: datetime) -> QuerySet[PhotoRequest]:
    """Waited for long enough; of a case that has become urgent since, by what holds for urgent
    ones, and not a moment of one that has become an emergency."""
    urgent = Q(case__urgency__lte=Urgency.URGENT_CANCER)
    return PhotoRequest.objects.open().filter(
        Q(wanted_by__lte=now)
        | urgent & Q(asked_at__lte=now - wait_for(Urgency.URGENT_CANCER))
        | Q(case__urgency=Urgency.EMERGENCY)
    )


def _lapse(found: PhotoRequest, now: datetime) -> bool:
    with transaction.atomic():
        row = _lock(found.case)
        request = _overdue(now).filter(pk=found.pk).first()
        if request is None:  # the photos came, or another sweep was first
            return False
        _resume(row, request, Ending.LAPSED)
        record(actor="scheduler", action="photos.not_sent", about=row, patient_id=row.patient_id,
               request=request.pk, due_at=row.due_at.isoformat())  # fmt: skip
    return True


def _lock(case: Case) -> Case:
    rows = Case.objects.select_for_update(of=("self",))
    return rows.select_related("patient__user", "lesion", "symptoms").get(pk=case.pk)


def _resume(row: Case, request: PhotoRequest, ending: Ending) -> None:
    """The clock goes on with what was left of it; the caller holds the row and records it."""
    now = timezone.now()
    if request.closed_at is None:
        request.closed_at = now
    request.ending = ending
    request.save(update_fields=["closed_at", "ending"])
    row.paused_at = None
    row.photos_not_sent = ending is Ending.LAPSED
    row.save(update_fields=["paused_at", "photos_not_sent"])
    ranking.rerank(cases=[row])
