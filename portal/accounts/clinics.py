"""The clinics of the portal: opened, renamed, closed to new patients; each with its reason."""

from django.db import IntegrityError, transaction

from portal.accounts.models import Clinic, User
from portal.accounts.people import NotAllowed
from portal.audit import ledger


class NameTaken(Exception):
    """A clinic of this name is there already."""


class NobodyWouldTakePatients(Exception):
    """This is the last clinic that is offered to new patients: nobody could sign up any more."""


def create(
    *, actor: User | str, name: str, takes_new_patients: bool, reason: str, phone: str = ""
) -> Clinic:
    """Raises NotAllowed, NameTaken."""
    _guard(actor)
    with transaction.atomic():
        try:
            with transaction.atomic():
                clinic = Clinic.objects.create(
                    name=name.strip(), takes_new_patients=takes_new_patients, phone=phone
                )
        except IntegrityError as taken:
            raise NameTaken from taken
        ledger.record(actor=actor, action="clinic.created", about=clinic, reason=reason,
                      takes_new_patients=takes_new_patients)  # fmt: skip
    return clinic


def change(
    *, actor: User, clinic: Clinic, name: str, takes_new_patients: bool, reason: str,
    phone: str | None = None,
) -> Clinic:  # fmt: skip
    """Raises NotAllowed, NameTaken, NobodyWouldTakePatients."""
    _guard(actor)
    wanted = {"name": name.strip(), "takes_new_patients": takes_new_patients}
    if phone is not None:  # None: as it is
        wanted["phone"] = phone
    with transaction.atomic():
        rows = Clinic.objects.select_for_update().order_by("pk")  # all: two may close at once
        locked = next(row for row in rows if row.pk == clinic.pk)
        before = {field: getattr(locked, field) for field in wanted}
        changes = {field: [before[field], new] for field, new in wanted.items()
                   if before[field] != new}  # fmt: skip
        if not changes:
            return locked
        others = Clinic.objects.taking_patients().exclude(pk=locked.pk)
        if not takes_new_patients and not others.exists():
            raise NobodyWouldTakePatients
        for field, new in wanted.items():
            setattr(locked, field, new)
        try:
            with transaction.atomic():
                locked.save(update_fields=list(wanted))
        except IntegrityError as taken:
            raise NameTaken from taken
        ledger.record(actor=actor, action="clinic.changed", about=locked, reason=reason,
                      **changes)  # fmt: skip
    return locked


def _guard(actor: User | str) -> None:
    if isinstance(actor, User) and not (actor.is_active and actor.is_administrator):
        raise NotAllowed
