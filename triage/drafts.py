"""The form that a patient has begun: saved as it goes, resumed on any device, sent as a case.

`Draft.entered` holds what was entered by the name of its field, as the form shows it again: "yes",
"no" or "unsure" for a yes-no question (no entry: not answered), a number for a measure, a region of
`triage.body_map`, the number of an earlier lesion. What the assistant was told of the patient
stands there by the names of ABOUT until they confirm it, which puts it into their profile. Photos
are `Upload` rows that name the draft.
"""

from collections.abc import Collection, Mapping, Set
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from triage import body_map, intake, photos
from triage.intake import Place, Submission
from triage.models import Draft, Lesion, Patient, Upload
from triage.permissions import visible_drafts
from triage.symptoms import QUESTIONS, Answers, Group, Kind

FIRST_STEP = "who"
KEPT = timedelta(days=30)  # after the last time that it was saved
YES, NO, UNSURE = "yes", "no", "unsure"
NEW_PLACE = "new"
ABOUT = ("previous_skin_cancer", "family_melanoma", "immunosuppression")
_HEARD = {YES: True, NO: False}
_SAID = {True: YES, False: NO}


class DraftGone(Exception):
    """This form was sent or thrown away, perhaps in another tab."""


class AlreadyBegun(Exception):
    """You have begun a form already. Send it or throw it away before you begin another one."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.draft = draft


def open_draft(actor: User) -> Draft | None:
    """What this patient has begun and not sent."""
    return visible_drafts(actor).select_related("patient").first()


def begin(
    *, actor: User, patient: Patient, answers: Answers | None = None, place: Place | None = None,
    lesion: Lesion | None = None, unsure: Set[str] = frozenset(), about: Collection[str] = (),
    instead: bool = False,
) -> Draft:  # fmt: skip
    """Open a form with what is known filled in, or go on with the one that is open.

    An open form in which something stands is never mixed with what is given here, for it may be
    about another spot: that raises AlreadyBegun, unless it is to be thrown away for this one
    (`instead`). Without anything given, or with nothing entered yet, it is simply gone on with.
    `unsure` names questions answered 'not sure', `about` those of ABOUT that were told.
    """
    known = _known(answers, place, lesion or (place.lesion if place else None))
    known |= dict.fromkeys(unsure, UNSURE)
    known |= {name: YES for name in about if getattr(patient, name) is not True}
    if instead and (former := patient.drafts.first()):
        throw_away(actor=actor, draft=former)
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        draft = patient.drafts.first()
        if draft and known and not is_empty(draft):
            raise AlreadyBegun(draft)
        if draft and known:
            return save(actor=actor, draft=draft, entered=known, step=draft.step)
        if draft:
            return draft
        draft = Draft.objects.create(patient=patient, entered=known, step=FIRST_STEP)
        record(actor=actor, action="draft.begun", about=draft, patient_id=patient.pk,
               filled_in=sorted(known))  # fmt: skip
    return draft


def save(*, actor: User, draft: Draft, entered: Mapping[str, Any], step: str) -> Draft:
    """Keep what a page of the form says, and where to go on. None takes an answer back.

    What other pages said stays, so that two tabs lose nothing. Raises DraftGone.
    """
    with transaction.atomic():
        kept = Draft.objects.select_for_update().filter(pk=draft.pk).first()
        if kept is None:
            raise DraftGone
        both = {**kept.entered, **entered}
        kept.entered = {name: value for name, value in both.items() if value not in (None, "")}
        kept.step, kept.saved_at = step, timezone.now()
        kept.save(update_fields=["entered", "step", "saved_at"])
        record(actor=actor, action="draft.saved", about=kept, patient_id=kept.patient_id,
               fields=sorted(entered))  # fmt: skip
    return kept


def throw_away(*, actor: User | str, draft: Draft) -> bool:
    """Delete the form with its photos, for good. False where it was gone already."""
    for upload in draft.uploads.all():
        photos.discard(actor=actor, upload=upload)
    with transaction.atomic():
        gone, _ = Draft.objects.filter(pk=draft.pk).delete()
        if gone:
            record(actor=actor, action="draft.discarded", about=draft, patient_id=draft.patient_id)
    return bool(gone)


def send(*, actor: User, patient: Patient, draft_id: UUID) -> Submission:
    """Make the case. The same form again finds the case that it made.

    Raises DraftGone, PlaceMissing and what `intake.submit` raises; nothing is written then.
    """
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        if earlier := intake.find_earlier(patient=patient, idempotency_key=str(draft_id)):
            return Submission(earlier, created=False)
        draft = patient.drafts.filter(pk=draft_id).first()
        if draft is None:
            raise DraftGone
        place = place_of(draft)
        if place is None:
            raise PlaceMissing
        sent = intake.submit(
            actor=actor, patient=patient, uploads=photos_of(draft), place=place,
            answers=answers_of(draft), idempotency_key=str(draft_id),
        )  # fmt: skip
        draft.delete()
    return sent


class PlaceMissing(Exception):
    """Say where on the body it is."""


def sweep() -> int:
    """Throw away the forms that nobody has gone on with. Returns how many."""
    stale = Draft.objects.filter(saved_at__lt=timezone.now() - KEPT)
    return sum(throw_away(actor="scheduler", draft=draft) for draft in stale.iterator())


# -- what a draft says ----------------------------------------------------------------------------
def photos_of(draft: Draft) -> list[Upload]:
    """In the order in which they were added."""
    return list(draft.uploads.order_by("arrived_at", "pk"))


def is_empty(draft: Draft) -> bool:
    """Whether there is nothing in it that throwing it away could lose."""
    return not draft.entered and not draft.uploads.exists()


def answers_of(draft: Draft) -> Answers:
    """What was answered so far; what was not is unknown, as 'not sure' is."""
    said = draft.entered
    heard = {
        q.name: _HEARD.get(said.get(q.name)) if q.kind is Kind.YES_NO else said.get(q.name)
        for q in QUESTIONS
    }
    unsure = any(said.get(q.name) == UNSURE for q in QUESTIONS if q.group is Group.RED_FLAG)
    return Answers(**heard, notes=said.get("notes", ""), emergency_sign_unsure=unsure)


def lesion_of(draft: Draft) -> Lesion | None:
    """The earlier lesion that it is about, if it was sent before."""
    earlier = draft.entered.get("lesion", NEW_PLACE)
    return None if earlier == NEW_PLACE else draft.patient.lesions.filter(pk=earlier).first()


def place_of(draft: Draft) -> Place | None:
    """Where it is, as soon as that is known."""
    if lesion := lesion_of(draft):
        return Place(lesion.body_site, lesion.side, lesion, lesion.region)
    region = body_map.REGIONS.get(draft.entered.get("region", ""))
    if region is None:
        return None
    return Place(region.body_site, region.side, region="" if region.coarse else region.code)


def _known(answers: Answers | None, place: Place | None, lesion: Lesion | None) -> dict[str, Any]:
    """What is given, as the form's fields. That somebody was unsure of some emergency sign says not
    of which: the form asks."""
    given = asdict(answers) if answers else {}
    given.pop("emergency_sign_unsure", None)
    known = {
        name: _SAID[value] if isinstance(value, bool) else value
        for name, value in given.items()
        if value not in (None, "")
    }
    if lesion:
        known["lesion"] = str(lesion.pk)
    elif place:
        region = place.region or body_map.region_of(place.body_site, place.side).code
        known["region"] = region
    return known
