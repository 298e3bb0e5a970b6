"""Reading, as pages and API do it: fetched and put on record in one transaction, or not at all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef
from django.db.models.functions import TruncDate

from portal.accounts.models import User
from portal.audit.ledger import record, record_denied
from portal.audit.models import Entry
from triage.models import Case, CaseQuerySet, Photo, PhotoFinding, Upload
from triage.permissions import visible_activations, visible_cases, visible_photos, visible_uploads


def read_case(*, actor: User, reference: str, action: str = "case.viewed") -> Case:
    """A case that this user may see, with what its pages need. Raises Case.DoesNotExist (a 404)."""
    with transaction.atomic():
        case = (
            visible_cases(actor)
            .select_related("patient__user", "lesion", "symptoms", "reader", "clinic")
            .prefetch_related("photos")
            .annotate(sent_again=_another_of_its_lesion())
            .filter(reference=reference.replace("\0", ""))
            .first()
        )
        if case is not None:
            record(actor=actor, action=action, about=case, patient_id=case.patient_id)
    if case is None:
        record_denied(actor=actor, action=action, object_type="case", object_id=reference)
        raise Case.DoesNotExist
    return case


def _another_of_its_lesion() -> Exists:
    others = Case.objects.filter(lesion=OuterRef("lesion")).exclude(pk=OuterRef("pk"))
    return Exists(others)


def find_case(*, actor: User, reference: str, action: str) -> Case:
    """A case to act on; the act itself puts it on record. Raises Case.DoesNotExist (a 404)."""
    case = visible_cases(actor).filter(reference=reference.replace("\0", "")).first()
    if case is None:
        record_denied(actor=actor, action=action, object_type="case", object_id=reference)
        raise Case.DoesNotExist
    return case


def read_photo(*, actor: User, photo_id: str, size: str = "full") -> Photo:
    """A photo of a case that this user may see. Raises Photo.DoesNotExist (a 404).

    `size` is what is shown of it, full or thumbnail; either is a view of the photo.
    """
    with transaction.atomic():
        photo = visible_photos(actor).select_related("case").filter(pk=photo_id).first()
        if photo is not None:
            record(actor=actor, action="photo.viewed", about=photo, size=size,
                   patient_id=photo.case.patient_id, case=photo.case.reference)  # fmt: skip
    if photo is None:
        record_denied(actor=actor, action="photo.viewed", object_type="photo", object_id=photo_id)
        raise Photo.DoesNotExist
    return photo


def read_activation(*, actor: User, photo_id: str) -> PhotoFinding:
    """Where the newest model looked in a photo. Raises PhotoFinding.DoesNotExist (a 404), before
    this reader may know what the model said too."""
    with transaction.atomic():
        findings = visible_activations(actor).filter(photo_id=photo_id)
        finding = findings.select_related("photo__case", "assessment").order_by(
            "-assessment__created_at", "-pk"
        ).first()  # fmt: skip
        if finding is not None:
            case = finding.photo.case
            record(actor=actor, action="activation.viewed", about=finding.photo,
                   patient_id=case.patient_id, case=case.reference,
                   model_version=finding.assessment.model_version)  # fmt: skip
    if finding is None:
        record_denied(
            actor=actor, action="activation.viewed", object_type="photo", object_id=photo_id
        )
        raise PhotoFinding.DoesNotExist
    return finding


def read_upload(*, actor: User, upload_id: str) -> Upload:
    """A photo of this patient's that is not sent yet. Raises Upload.DoesNotExist (a 404)."""
    with transaction.atomic():
        upload = visible_uploads(actor).filter(pk=upload_id).first()
        if upload is not None:
            record(actor=actor, action="upload.viewed", about=upload, patient_id=upload.patient_id)
    if upload is None:
        record_denied(
            actor=actor, action="upload.viewed", object_type="upload", object_id=upload_id
        )
        raise Upload.DoesNotExist
    return upload


@dataclass(frozen=True)
class Look:
    """One member of staff who has looked at the photos of a case."""

    who: User
    days: int  # on how many: a visit opens many files
    last: datetime


def looks_at(case: Case) -> list[Look]:
    """Who of the staff has looked at the photos of this case, the latest first."""
    views = (
        Entry.objects.looks_at_photos(case.patient_id)
        .filter(detail__case=case.reference, actor__isnull=False)
        .order_by()
        .values("actor_id", "actor__name", "actor__email", "actor__role")
        .annotate(days=Count(TruncDate("at"), distinct=True), last=Max("at"))
    )
    looks = [Look(_as_named(view), view["days"], view["last"]) for view in views]
    return sorted(looks, key=lambda look: look.last, reverse=True)


def _as_named(view: dict[str, Any]) -> User:
    """A colleague as far as they are named, without asking for the rest."""
    return User(
        pk=view["actor_id"], name=view["actor__name"], email=view["actor__email"],
        role=view["actor__role"],
    )  # fmt: skip


def read_list(*, actor: User, cases: CaseQuerySet, action: str, **detail: object) -> list[Case]:
    """The cases of one list or page, the view of them on record with the references shown."""
    with transaction.atomic():
        found = list(cases)
        record(actor=actor, action=action, object_type="case",
               references=[case.reference for case in found], **detail)  # fmt: skip
    return found
