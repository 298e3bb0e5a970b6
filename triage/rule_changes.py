"""Change the rule book: a new version, with before and after in the ledger; nothing is edited."""

import hashlib
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.celery import wake
from triage import rulebook
from triage.book import Book, changes, digest, to_json
from triage.models import RuleBook
from triage.rulebook import InForce

REASON_LENGTH = 500  # characters


class NotAllowed(Exception):
    """Only an administrator changes the rules of the portal."""


class ReasonMissing(Exception):
    """Say why, in 500 characters or fewer."""


class ChangedMeanwhile(Exception):
    """Somebody else has changed the rules since you opened them."""


class NothingChanged(Exception):
    """These are the rules that are in force already."""


def adopt(
    *, actor: User | str, book: Book, over: int, reason: str, based_on: int | None = None
) -> InForce:
    """Put `book` in force in place of version `over`; the open cases are ranked anew soon after.

    `actor` is an administrator, or the name of the command that sets an installation up;
    `based_on` is the earlier version that comes back, where it is one.
    Raises NotAllowed, ReasonMissing, NothingChanged; ChangedMeanwhile where `over` is not the
    newest version any more.
    """
    if isinstance(actor, User) and not (actor.is_active and actor.is_administrator):
        raise NotAllowed
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise ReasonMissing
    before = rulebook.current()
    if before.version != over:
        raise ChangedMeanwhile
    changed = changes(before.book, book)
    if not changed:
        raise NothingChanged
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = RuleBook.objects.create(
                    version=over + 1, values=to_json(book), sha256=digest(book),
                    based_on=over if based_on is None else based_on,
                    author=actor if isinstance(actor, User) else None,
                    reason=reason, created_at=timezone.now(),
                )  # fmt: skip
        except IntegrityError as taken:  # two at once: the number is unique
            raise ChangedMeanwhile from taken
        record(actor=actor, action="rules.changed", object_type="rulebook", object_id=str(over + 1),
               version=[over, over + 1], based_on=row.based_on, sha256=row.sha256, reason=reason,
               changes={path: [_told(old), _told(new)] for path, (old, new) in changed.items()},
               )  # fmt: skip
        transaction.on_commit(partial(wake, "triage.tasks.rank_anew"))
    rulebook.forget()
    return InForce(row.version, book)


def _told(value: Any) -> Any:
    """A value as the ledger keeps it: of a text its digest, the words stay in the version."""
    if isinstance(value, str) and (not value or " " in value):
        return f"sha256:{hashlib.sha256(value.encode()).hexdigest()[:16]}" if value else ""
    return value
