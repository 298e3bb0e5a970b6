"""Texts that a reader inserts by name: their own, and those that all of their clinic use."""

import re

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from triage.models import Snippet

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
MOST = 200  # of one reader, and of one clinic


class NotAllowed(Exception):
    """Only dermatologists keep texts, each their own and those of their clinic."""


class NameTaken(Exception):
    """There is a text of this name already. Choose another name, or change that one."""


class TooMany(Exception):
    """There are 200 texts already. Delete one that nobody uses."""


def usable(reader: User) -> QuerySet[Snippet]:
    """What this reader may insert: their own before the clinic's of the same name."""
    if not (reader.is_active and reader.is_dermatologist):
        return Snippet.objects.none()
    mine_or_ours = Q(owner=reader) | Q(owner__isnull=True, clinic_id=reader.clinic_id)
    return Snippet.objects.filter(mine_or_ours).order_by("name", "owner_id")


def keep(
    *, actor: User, name: str, text: str, for_clinic: bool, snippet: Snippet | None = None
) -> Snippet:
    """Write a new text, or change `snippet`. The ledger has who did, not the words.

    Raises NotAllowed, NameTaken, TooMany, ValueError (a name that cannot be typed, no text).
    """
    if not (actor.is_active and actor.is_dermatologist and actor.clinic_id):
        raise NotAllowed
    if not NAME.fullmatch(name) or not text.strip():
        raise ValueError("a name of a-z, 0-9 and dashes, and a text")
    owner = None if for_clinic else actor
    try:
        with transaction.atomic():
            row = _lock(actor, snippet) if snippet else Snippet()
            if snippet is None and _count(actor, owner) >= MOST:
                raise TooMany
            row.clinic_id, row.owner, row.name = actor.clinic_id, owner, name
            row.text, row.updated_at = text.strip(), timezone.now()
            row.save()
            action = "snippet.changed" if snippet else "snippet.added"
            record(actor=actor, action=action, about=row, for_clinic=for_clinic)
    except IntegrityError as taken:
        if "snippet_name_once" not in str(taken):
            raise
        raise NameTaken from None
    return row


def delete(*, actor: User, snippet: Snippet) -> None:
    """Delete a text for good; what was signed with it keeps its words. Raises NotAllowed."""
    with transaction.atomic():
        row = _lock(actor, snippet)
        for_clinic = row.owner_id is None
        record(actor=actor, action="snippet.deleted", about=row, for_clinic=for_clinic)
        row.delete()


def _lock(actor: User, snippet: Snippet) -> Snippet:
    row = usable(actor).select_for_update().filter(pk=snippet.pk).first()
    if row is None:
        raise NotAllowed
    return row


def _count(actor: User, owner: User | None) -> int:
    return Snippet.objects.filter(clinic_id=actor.clinic_id, owner=owner).count()


def mentioning(found: QuerySet[Snippet], words: str) -> QuerySet[Snippet]:
    return found.filter(Q(name__icontains=words.strip("/ ")) | Q(text__icontains=words))
