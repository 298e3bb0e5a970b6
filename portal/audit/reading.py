"""Read the ledger, page by page; reading it is on record too."""

from dataclasses import dataclass

from django.db import transaction

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.audit.models import Entry
from portal.audit.search import Search

PAGE = 50


class NoSuchEntry(Exception):
    """There is no such entry to go on from: start again from the newest."""


@dataclass(frozen=True)
class Page:
    """Some entries that match, newest first, with their `actor` and `link`."""

    entries: tuple[Entry, ...]
    older: int | None  # number to give as `before` for the next page; None: this is the last


def read_page(*, actor: User, wanted: Search, before: str = "") -> Page:
    """The newest PAGE matching entries, or those that follow entry number `before`.

    The look is recorded in the same transaction. Entries that come in while somebody turns the
    pages move nothing. Raises NoSuchEntry.
    """
    with transaction.atomic():
        found = wanted.entries().select_related("actor", "link")
        if before:
            found = found.older_than(_entry(before))
        entries = tuple(found[: PAGE + 1])  # one more tells whether there is a next page
        shown = entries[:PAGE]
        record(
            actor=actor,
            action="ledger.listed",
            patient_id=wanted.patient,
            search=wanted.query(),
            shown=len(shown),
        )
    return Page(shown, shown[-1].pk if len(entries) > PAGE else None)


def _entry(number: str) -> Entry:
    possible = number.isdecimal() and len(number) < 19  # digits of the largest number
    entry = Entry.objects.filter(pk=number).first() if possible else None
    if entry is None:
        raise NoSuchEntry
    return entry
