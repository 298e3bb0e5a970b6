"""Everything of one case that an export holds, read once and put on record as one export."""

from dataclasses import dataclass

from django.core.files.storage import default_storage
from django.db import transaction

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.audit.models import Entry
from triage import pathology, reading
from triage.models import Assessment, Case, Consent, PathologyResult, Photo, Review

ENTRIES = 1_000  # of the ledger, the newest; a case has some dozens


class ReadBlind(Exception):
    """You give a blinded second opinion on this case: sign it first."""


@dataclass(frozen=True)
class CaseFile:
    case: Case  # with patient, lesion, symptoms, clinic
    photos: tuple[Photo, ...]
    assessment: Assessment | None  # None too where this reader may not know of it yet
    reviews: tuple[Review, ...]  # signed, version 1, 2, ...
    pathology: tuple[PathologyResult, ...]  # standing, the newest first
    consents: tuple[Consent, ...]  # all ever given, the oldest first
    entries: tuple[Entry, ...]  # of the ledger about the case and its photos, the oldest first


def gather(*, actor: User, reference: str, form: str) -> CaseFile:
    """For a dermatologist, `form` such as "fhir" goes on record with the export.

    Raises Case.DoesNotExist (a 404), ReadBlind.
    """
    seen = reading.read(actor=actor, reference=reference)
    if seen.blind:
        raise ReadBlind
    case = seen.case
    with transaction.atomic():
        photos = tuple(case.photos.all())
        about = [case.reference, *(str(photo.pk) for photo in photos)]
        entries = Entry.objects.filter(object_id__in=about).newest_first()[:ENTRIES]
        found = CaseFile(
            case, photos, seen.assessment, seen.signed,
            tuple(one for one in pathology.of_case(actor, case) if not hasattr(one, "correction")),
            tuple(case.patient.consents.order_by("granted_at", "pk")),
            tuple(reversed(entries.select_related("actor"))),
        )  # fmt: skip
        record(actor=actor, action="case.exported", about=case, patient_id=case.patient_id,
               form=form, photos=[str(photo.pk) for photo in photos])  # fmt: skip
    return found


def content(photo: Photo) -> bytes:
    """The photo's JPEG. Raises OSError where the storage has lost it."""
    with default_storage.open(photo.file.name) as file:
        return file.read()
