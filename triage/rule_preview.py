"""What other rules would make of today's queue. Nothing is written but that somebody looked."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.audit.ledger import record
from triage import ranking
from triage.book import Book
from triage.models import Case
from triage.priority import Priority
from triage.rulebook import InForce
from triage.urgency import Urgency

CHUNK = 500  # cases that are held in memory at once
SECONDS = 10.0  # nobody waits longer for a page; what is left then is left out, and that is said
PAGE = 25


@dataclass(frozen=True)
class Move:
    """One open case that would stand elsewhere."""

    reference: str
    clinic_id: int
    before: Urgency
    after: Urgency
    due_before: datetime
    due_after: datetime
    why: str  # code of the reason that decides: now, or where the case falls the one that did

    @property
    def up(self) -> bool:
        return self.after < self.before

    @property
    def down(self) -> bool:
        return self.after > self.before


@dataclass(frozen=True)
class Preview:
    open_cases: int
    looked_at: int  # all of them, or a random sample where they are too many
    up: int  # of those looked at: more urgent than now
    down: int
    sooner: int  # due earlier
    later: int
    moves: tuple[Move, ...]  # of the administrator's clinic, the greatest first; one page
    moved_here: int  # in that clinic, on all pages
    page: int

    @property
    def whole(self) -> bool:
        return self.looked_at == self.open_cases

    @property
    def pages(self) -> int:
        return max(1, -(-self.moved_here // PAGE))


def preview(*, actor: User, book: Book, in_force: InForce, page: int = 1) -> Preview:
    """Rank the open cases of all clinics by these rules, and count what moves.

    References are shown of the administrator's own clinic only, and go on record.
    """
    keys = list(Case.objects.open().order_by().values_list("pk", flat=True))
    moves: list[Move] = []
    looked_at = 0
    if book.rules != in_force.rules:
        for chunk in _chunks(keys):
            looked_at += len(chunk)
            moves += _moves(chunk, book, in_force)
    else:
        looked_at = len(keys)  # nothing that ranks is changed: no case moves
    here = [move for move in moves if move.clinic_id == actor.clinic_id]
    here.sort(key=lambda move: (move.after - move.before, move.due_after, move.reference))
    pages = max(1, -(-len(here) // PAGE))
    number = min(max(page, 1), pages)
    shown = tuple(here[(number - 1) * PAGE : number * PAGE])
    with transaction.atomic():
        record(actor=actor, action="rules.previewed", object_type="case",
               references=[move.reference for move in shown], looked_at=looked_at)  # fmt: skip
    return Preview(
        open_cases=len(keys), looked_at=looked_at,
        up=sum(move.up for move in moves), down=sum(move.down for move in moves),
        sooner=sum(move.due_after < move.due_before for move in moves),
        later=sum(move.due_after > move.due_before for move in moves),
        moves=shown, moved_here=len(here), page=number,
    )  # fmt: skip


def _chunks(keys: list[int]) -> Iterator[list[Case]]:
    """The cases in random order, as long as there is time, so that what was looked at is a sample
    of all; every case that is answered meanwhile is passed over."""
    random.Random(0).shuffle(keys)  # noqa: S311  (the same for each page of one preview)
    ends = time.monotonic() + SECONDS
    for start in range(0, len(keys), CHUNK):
        if start and time.monotonic() > ends:
            return
        wanted = keys[start : start + CHUNK]
        cases = Case.objects.open().filter(pk__in=wanted).defer("notes_index")
        yield list(cases.select_related("patient", "lesion", "symptoms"))


def _moves(cases: list[Case], book: Book, in_force: InForce) -> Iterator[Move]:
    after = ranking.priorities(cases=cases, rules=book.rules)
    late = [case for case in cases if case.rules_version != in_force.version]  # not ranked anew yet
    before = dict(zip(late, ranking.priorities(cases=late, rules=in_force.rules), strict=True))
    for case, then in zip(cases, after, strict=True):
        now = before.get(case)
        urgency, due_at = (now.urgency, now.due_at) if now else (Urgency(case.urgency), case.due_at)
        if (urgency, due_at) != (then.urgency, then.due_at):
            falls = then.urgency > urgency
            yield Move(
                reference=case.reference, clinic_id=case.clinic_id, before=urgency,
                after=then.urgency, due_before=due_at, due_after=then.due_at,
                why=_decided(case, now) if falls else _decides(then),
            )  # fmt: skip


def _decides(priority: Priority) -> str:
    return next((r.code for r in priority.reasons if r.urgency == priority.urgency), "")


def _decided(case: Case, now: Priority | None) -> str:
    if now:
        return _decides(now)
    return next((r["code"] for r in case.reasons if r["urgency"] == case.urgency), "")
