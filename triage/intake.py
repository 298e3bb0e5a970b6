"""Send a case: from here on it is on record and on the worklist, whatever happens next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.contrib.postgres.search import SearchVector
from django.db import models, transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.celery import wake
from triage import notifications, patients, ranking, rulebook
from triage.models import (
    BodySite,
    Case,
    ConsentKind,
    Lesion,
    NotificationKind,
    Patient,
    Photo,
    Symptoms,
    Upload,
)
from triage.symptoms import Answers


class ConsentMissing(Exception):
    """Agree to the assessment of your photos first: open your profile."""


class QuotaReached(Exception):
    """You have sent as many cases as an hour allows."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after  # seconds


class InPerson(StrEnum):
    """Why somebody is better seen by a clinician in person."""

    YOUNG = "young"  # under 16
    GENITAL = "genital"
    SEVERAL = "several"  # more than three lesions at once


class SeeInPerson(Exception):
    """This is better seen by a clinician in person: patients under 16, and the genital area."""

    def __init__(self, why: InPerson) -> None:
        super().__init__(why)
        self.why = why


class PhotosMissing(Exception):
    """Add at least one photo. Photos that were added before may have been removed since."""


class TooManyPhotos(Exception):
    """A case holds six photos at most."""


@dataclass(frozen=True)
class Place:
    """Where the lesion is; `lesion` when it is one that was sent before."""

    body_site: str
    side: str = ""
    lesion: Lesion | None = None
    region: str = ""  # of triage.body_map, where it is known more finely


@dataclass(frozen=True)
class Submission:
    case: Case
    created: bool  # False: this very submission had arrived before


def submit(
    *, actor: User, patient: Patient, uploads: list[Upload], place: Place, answers: Answers,
    idempotency_key: str,
) -> Submission:  # fmt: skip
    """Make one case of these photos and answers, or find the one already made of them.

    Raises SeeInPerson, ConsentMissing, QuotaReached, PhotosMissing, TooManyPhotos; nothing is
    written then.
    """
    now = timezone.now()
    with transaction.atomic():
        # The patient's row is the lock: a double click waits here, then finds the case below.
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        if earlier := find_earlier(patient=patient, idempotency_key=idempotency_key):
            return Submission(earlier, created=False)
        _check_may_send(patient, place, now)
        case = _write_case(patient, place, answers, idempotency_key, now)
        photos = take_photos(case=case, uploads=uploads)
        notifications.notify(user=patient.user, kind=NotificationKind.RECEIVED,
                             key=f"case-{case.pk}-1", case=case)  # fmt: skip
        record(actor=actor, action="case.submitted", about=case, patient_id=patient.pk,
               photos=[str(upload.pk) for upload in photos],
               sha256=[upload.sha256 for upload in photos], urgency=case.urgency,
               rules_version=case.rules_version)  # fmt: skip
        transaction.on_commit(wake)
    return Submission(case, created=True)


def take_photos(*, case: Case, uploads: list[Upload]) -> list[Upload]:
    """These uploads become photos of the case, of its present round. The caller holds the patient.

    Raises PhotosMissing, TooManyPhotos.
    """
    taken = _lock_uploads(case.patient, uploads)
    first = case.photos.count() if case.round > 1 else 0
    Photo.objects.bulk_create(_photo(case, first + n, upload) for n, upload in enumerate(taken))
    Upload.objects.filter(pk__in=[upload.pk for upload in taken]).delete()
    return taken


def find_earlier(*, patient: Patient, idempotency_key: str) -> Case | None:
    """The case that this submission already became, if it did."""
    return patient.cases.filter(idempotency_key=idempotency_key).first()


def better_in_person(
    patient: Patient, *, body_site: str = "", several: bool = False
) -> InPerson | None:
    """Why photos are the wrong way here, if they are: such patients are shown a better one."""
    if patients.too_young(patient, timezone.localdate()):
        return InPerson.YOUNG
    if several:
        return InPerson.SEVERAL
    return InPerson.GENITAL if body_site == BodySite.GENITAL else None


def check_may_send(patient: Patient, place: Place) -> None:
    """Ask before photos are decoded what `submit` asks again: SeeInPerson, ConsentMissing,
    QuotaReached."""
    _check_may_send(patient, place, timezone.now())


def _check_may_send(patient: Patient, place: Place, now: datetime) -> None:
    if why := better_in_person(patient, body_site=place.body_site):
        raise SeeInPerson(why)
    if not patients.has_agreed(patient, ConsentKind.CARE):
        raise ConsentMissing
    allowed = rulebook.current().site.cases_per_hour
    hour = timedelta(hours=1)
    times = patient.cases.filter(submitted_at__gt=now - hour).order_by("-submitted_at")
    nth = times.values_list("submitted_at", flat=True)[allowed - 1 : allowed].first()
    if nth is not None:
        raise QuotaReached(retry_after=int((nth + hour - now).total_seconds()) + 1)


def _lock_uploads(patient: Patient, uploads: list[Upload]) -> list[Upload]:
    if len(uploads) > settings.PHOTOS_MAX:
        raise TooManyPhotos
    wanted = [upload.pk for upload in uploads]
    held = Upload.objects.select_for_update().filter(patient=patient).in_bulk(wanted)
    if not wanted or len(held) < len(set(wanted)):
        raise PhotosMissing
    return [held[pk] for pk in dict.fromkeys(wanted)]


def _write_case(patient: Patient, place: Place, answers: Answers, key: str, now: datetime) -> Case:
    lesion = place.lesion or Lesion.objects.create(
        patient=patient, body_site=place.body_site, side=place.side, region=place.region,
        first_sent_at=now,
    )  # fmt: skip
    in_force = rulebook.current()
    priority = ranking.first_priority(
        patient=patient, answers=answers, submitted_at=now, lesion=lesion, rules=in_force.rules
    )
    case = Case.objects.create(
        clinic_id=patient.user.clinic_id, patient=patient, lesion=lesion, submitted_at=now,
        idempotency_key=key, **ranking.columns(priority, in_force.version),
    )  # fmt: skip
    Symptoms.objects.create(case=case, **vars(answers))
    Case.objects.filter(pk=case.pk).update(
        notes_index=SearchVector(models.Value(answers.notes), config="simple")
    )
    return case


def _photo(case: Case, position: int, upload: Upload) -> Photo:
    return Photo(
        id=upload.pk, case=case, round=case.round, position=position, kind=upload.kind,
        file=upload.file.name,
        thumbnail=upload.thumbnail.name, width=upload.width, height=upload.height,
        sha256=upload.sha256, sharpness=upload.sharpness, brightness=upload.brightness,
        lesion_share=upload.lesion_share, fingerprint=upload.fingerprint, device=upload.device,
    )  # fmt: skip
