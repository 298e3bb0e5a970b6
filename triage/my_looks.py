"""Who at the clinic has looked at a patient's cases and photos, from the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case as When
from django.db.models import CharField, Count, F, Max, Q, Value
from django.db.models import When as If
from django.db.models.fields.json import KT
from django.db.models.functions import TruncDate

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.audit.models import Entry
from triage.models import Case, Patient


@dataclass(frozen=True)
class Visit:
    """What one person looked at of one case on one day."""

    who: str
    role: str  # code of Role
    clinic: str
    last: datetime  # the last look of that day
    case: Case | None  # None: a case that is no longer here
    photos: int  # how many different ones


def of(patient: Patient) -> Sequence[Mapping[str, Any]]:
    """The visits of everybody but the patient, the latest first: to be paged."""
    reference = When(
        If(object_type="case", then=F("object_id")), default=KT("detail__case"),
        output_field=CharField(),
    )  # fmt: skip
    looked = (
        Entry.objects.of_patient(patient.pk)
        .filter(actor_id__isnull=False, result="done", action__endswith=".viewed")
        .exclude(actor_id=patient.user_id)
    )
    return (
        looked.annotate(day=TruncDate("at"), reference=reference)
        .values("actor_id", "actor_role", "day", "reference")
        .annotate(
            last=Max("at"),
            photos=Count("object_id", distinct=True, filter=Q(action="photo.viewed")),
        )
        .order_by("-last", Value(1))
    )


def read(*, actor: User, patient: Patient, visits: Iterable[Mapping[str, Any]]) -> list[Visit]:
    """The visits of one page with names, that they were read on record."""
    with transaction.atomic():
        rows = list(visits)
        people = User.objects.select_related("clinic").in_bulk({row["actor_id"] for row in rows})
        cases = patient.cases.select_related("lesion").filter(
            reference__in={row["reference"] for row in rows}
        )
        by_reference = {case.reference: case for case in cases}
        record(actor=actor, action="looks.listed", about=patient, patient_id=patient.pk,
               shown=len(rows))  # fmt: skip
    return [_visit(row, people.get(row["actor_id"]), by_reference) for row in rows]


def _visit(row: Mapping[str, Any], who: User | None, cases: dict[str, Case]) -> Visit:
    return Visit(
        who=str(who or ""), role=row["actor_role"], clinic=str(who.clinic) if who else "",
        last=row["last"], case=cases.get(row["reference"]), photos=row["photos"],
    )  # fmt: skip
