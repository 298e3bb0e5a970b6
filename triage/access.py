"""Reading, as pages and API do it: fetched and put on record in one transaction, or not at all."""

from django.db import transaction

from portal.accounts.models import User
from portal.audit.ledger import record, record_denied
from triage.models import Case, CaseQuerySet, Photo
from triage.permissions import visible_cases, visible_photos


def read_case(*, actor: User, reference: str, action: str = "case.viewed") -> Case:
    """A case that this user may see, with what its pages need. Raises Case.DoesNotExist (a 404)."""
    with transaction.atomic():
        case = (
            visible_cases(actor)
            .select_related("patient__user", "lesion", "symptoms", "reader", "clinic")
            .prefetch_related("photos")
            .filter(reference=reference)
            .first()
        )
        if case is not None:
            record(actor=actor, action=action, about=case, patient_id=case.patient_id)
    if case is None:
        record_denied(actor=actor, action=action, object_type="case", object_id=reference)
        raise Case.DoesNotExist
    return case


def read_photo(*, actor: User, photo_id: str, action: str = "photo.viewed") -> Photo:
    """A photo of a case that this user may see. Raises Photo.DoesNotExist (a 404)."""
    with transaction.atomic():
        photo = visible_photos(actor).select_related("case").filter(pk=photo_id).first()
        if photo is not None:
            record(actor=actor, action=action, about=photo, patient_id=photo.case.patient_id,
                   case=photo.case.reference)  # fmt: skip
    if photo is None:
        record_denied(actor=actor, action=action, object_type="photo", object_id=str(photo_id))
        raise Photo.DoesNotExist
    return photo


def read_list(*, actor: User, cases: CaseQuerySet, action: str, **detail: object) -> list[Case]:
    """The cases of one list or page, the view of them on record with the references shown."""
    with transaction.atomic():
        found = list(cases)
        record(actor=actor, action=action, object_type="case",
               references=[case.reference for case in found], **detail)  # fmt: skip
    return found
