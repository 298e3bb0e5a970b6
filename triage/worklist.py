"""The dermatologists' queue: its order, its pages, and who has which case on the desk."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from triage.models import Case, CaseQuerySet
from triage.permissions import visible_cases

PAGE = 25


@dataclass(frozen=True)
class Page:
    cases: tuple[Case, ...]
    next: str  # cursor of the page after this one, "" on the last
    first: bool  # whether this is the first page


class BadCursor(ValueError):
    """This page address is not one of ours; start again from the first page."""


def open_cases(reader: User) -> CaseQuerySet:
    """Every case that waits for a clinician of this clinic, scored or not."""
    if not reader.is_dermatologist:
        return Case.objects.none()
    return visible_cases(reader).open()


def page(cases: CaseQuerySet, *, cursor: str = "", size: int = PAGE) -> Page:
    """One page in order of need. Pages are keyset: put together they are exactly the cases."""
    ordered = cases.by_need()
    if cursor:
        ordered = ordered.after(_place(cursor))
    found = list(ordered.select_related("lesion", "reader", "symptoms")[: size + 1])
    more = len(found) > size
    return Page(tuple(found[:size]), _cursor(found[size - 1]) if more else "", not cursor)


def claim(*, actor: User, case: Case) -> bool:
    """Take this case to the desk. False while a colleague has it, or once it is answered."""
    free = Q(reader__isnull=True) | Q(reader=actor) | Q(reader_lease_until__lt=timezone.now())
    with transaction.atomic():
        row = open_cases(actor).filter(pk=case.pk).select_for_update(of=("self",)).filter(free)
        return _take(actor, row.first())


def claim_next(*, actor: User) -> Case | None:
    """Take the most urgent case that nobody has; another reader's simultaneous click skips it."""
    free = Q(reader__isnull=True) | Q(reader_lease_until__lt=timezone.now())
    with transaction.atomic():
        row = open_cases(actor).filter(free).by_need()
        case = row.select_for_update(of=("self",), skip_locked=True).first()
        return case if _take(actor, case) else None


def heartbeat(*, actor: User, case: Case) -> bool:
    """Still reading: extend the lease. False once it was lost."""
    now = timezone.now()
    mine = Case.objects.open().filter(pk=case.pk, reader=actor, reader_lease_until__gte=now)
    return bool(mine.update(reader_lease_until=now + settings.READING_LEASE))


def release(*, actor: User, case: Case) -> bool:
    """Put the case back. False if it was not on this reader's desk."""
    with transaction.atomic():
        mine = Case.objects.open().filter(pk=case.pk, reader=actor)
        if not mine.update(reader=None, reader_lease_until=None):
            return False
        record(actor=actor, action="case.released", about=case, patient_id=case.patient_id)
    return True


def holds(reader: User, case: Case) -> bool:
    """Is the case on this reader's desk now?"""
    return case.reader_id == reader.pk and case.reader_lease_until >= timezone.now()


def _take(actor: User, case: Case | None) -> bool:
    if case is None:
        return False
    renewed = case.reader_id == actor.pk
    case.reader = actor
    case.reader_lease_until = timezone.now() + settings.READING_LEASE
    case.save(update_fields=["reader", "reader_lease_until"])
    if not renewed:
        record(actor=actor, action="case.claimed", about=case, patient_id=case.patient_id)
    return True


def _cursor(case: Case) -> str:
    urgency, due_at, rank, key = case.place
    text = json.dumps([urgency, due_at.isoformat(), rank, key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[int, datetime, int, int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        urgency, due_at, rank, key = json.loads(base64.urlsafe_b64decode(padded))
        place = int(urgency), datetime.fromisoformat(due_at), int(rank), int(key)
    except (ValueError, TypeError) as problem:
        raise BadCursor from problem
    if (
        place[1].tzinfo is None
        or not all(abs(n) < 2**31 for n in (place[0], place[2]))
        or abs(place[3]) >= 2**63
    ):
        raise BadCursor
    return place
