"""Write to the ledger. If it can't be recorded, it doesn't happen."""

from typing import Any

from django.db import models, transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import Entry, Result


class NotInTransaction(RuntimeError):
    """A ledger entry must share the transaction of what it records."""


def record(
    *,
    actor: User | str,
    action: str,
    about: models.Model | None = None,
    patient_id: int | None = None,
    object_type: str = "",
    object_id: str = "",
    result: Result = Result.DONE,
    **detail: Any,
) -> Entry:
    """Add one entry inside the caller's transaction.

    `actor` is a user, or the name of a part of the system ("worker", "scheduler", "anonymous").
    `about` names the object by its class and public identifier (`reference`, else primary key).
    `detail` holds JSON values: identifiers and numbers, never names or free text.
    """
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(action)
    if about is not None:
        object_type = object_type or about._meta.model_name or ""
        object_id = object_id or str(getattr(about, "reference", about.pk))
    known = isinstance(actor, User)
    return Entry.objects.create(
        at=timezone.now(),
        actor_id=actor.pk if known else None,
        actor_role=actor.role if known else actor,
        action=action,
        patient_id=patient_id,
        object_type=object_type,
        object_id=object_id,
        result=result,
        detail=detail,
    )
