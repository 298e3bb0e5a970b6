"""Write to the ledger. If it can't be recorded, it doesn't happen."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction

from portal.accounts.models import User
from portal.audit.models import OBJECT_ID_LENGTH, Entry, Result


class NotInTransaction(RuntimeError):
    """A ledger entry must share the transaction of what it records."""


def record(
    *,
    actor: User | AnonymousUser | str,
    action: str,
    about: models.Model | None = None,
    patient_id: int | None = None,
    object_type: str = "",
    object_id: str = "",
    result: Result = Result.DONE,
    **detail: Any,
) -> Entry:
    """Add one entry inside the caller's transaction; the database sets its time.

    `actor` is a user, or the name of a part of the system ("worker", "scheduler", "anonymous").
    `about` names the object by its class and public identifier (`reference`, else primary key).
    `detail` holds JSON values: identifiers and numbers, never names or free text.
    Raises NotInTransaction outside a transaction.
    """
    new = entry(
        actor=actor, action=action, about=about, patient_id=patient_id, object_type=object_type,
        object_id=object_id, result=result, **detail,
    )  # fmt: skip
    record_all([new])
    return new


def entry(
    *,
    actor: User | AnonymousUser | str,
    action: str,
    about: models.Model | None = None,
    patient_id: int | None = None,
    object_type: str = "",
    object_id: str = "",
    result: Result = Result.DONE,
    **detail: Any,
) -> Entry:
    """An entry that is not written yet; `record_all` writes it with others. As in `record`."""
    if about is not None:
        object_type = object_type or about._meta.model_name or ""
        object_id = object_id or str(getattr(about, "reference", about.pk))
    user = actor if isinstance(actor, User) else None
    role = user.role if user else actor if isinstance(actor, str) else "anonymous"
    return Entry(
        actor_id=user.pk if user else None,
        actor_role=role,
        action=action,
        patient_id=patient_id,
        object_type=object_type,
        object_id=object_id,
        result=result,
        detail=detail,
    )


def record_all(entries: list[Entry]) -> None:
    """Add entries inside the caller's transaction, in this order. Raises NotInTransaction."""
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(", ".join(sorted({new.action for new in entries})))
    Entry.objects.bulk_create(entries)


def record_denied(
    *,
    actor: User | AnonymousUser | str,
    action: str,
    about: models.Model | None = None,
    patient_id: int | None = None,
    object_type: str = "",
    object_id: str = "",
    **detail: Any,
) -> Entry:
    """Add an entry on failed access, in a transaction of its own: call it, then answer 404.

    Raises RuntimeError inside a transaction, which the 404 would roll back with the entry.
    `object_id` may come from an address that somebody made up: what doesn't fit is cut off.
    """
    with transaction.atomic(durable=True):
        return record(
            actor=actor,
            action=action,
            about=about,
            patient_id=patient_id,
            object_type=object_type,
            object_id=object_id.replace("\0", "")[:OBJECT_ID_LENGTH],
            result=Result.DENIED,
            **detail,
        )
