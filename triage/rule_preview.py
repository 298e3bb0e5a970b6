"""What other rules would make of today's queue. Nothing is written but that somebody looked."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from portal.accounts.models import User
from portal.audit.ledger import record
from triage import ranking
from triage.book import Book
from triage.models import Case
from triage.rulebook import InForce
from triage.urgency import Urgency

CHUNK = 500  # cases that are held in memory at once
SECONDS = 10.0  # nobody waits longer for a page; what is left then is left out, and that is said

Move = tuple[Urgency, Urgency, int]  # from, to; due earlier -1, as before 0, later 1


@dataclass(frozen=True)
class Shift:
    """Open cases of all clinics that would go from one urgency to another, or be due otherwise."""

    before: Urgency
    after: Urgency
    cases: int
    sooner: int  # of them: due earlier
    later: int

    @property
    def up(self) -> bool:
        return self.after < self.before

    @property
    def down(self) -> bool:
        return self.after > self.before


@dataclass(frozen=True)
class Preview:
    """Counts alone: an administrator changes rules without seeing whose case moves, or why."""

    open_cases: int
    looked_at: int  # all of them, or a random sample where they are too many
    shifts: tuple[Shift, ...]  # of those looked at; what falls first

    @property
    def whole(self) -> bool:
        return self.looked_at == self.open_cases

    @property
    def up(self) -> int:
        return sum(shift.cases for shift in self.shifts if shift.up)

    @property
    def down(self) -> int:
        return sum(shift.cases for shift in self.shifts if shift.down)

    @property
    def sooner(self) -> int:
        return sum(shift.sooner for shift in self.shifts)

    @property
    def later(self) -> int:
        return sum(shift.later for shift in self.shifts)


def preview(*, actor: User, book: Book, in_force: InForce) -> Preview:
    """Rank the open cases of all clinics by these rules, and count what moves."""
    keys = list(Case.objects.open().order_by().values_list("pk", flat=True))
    moves: Counter[Move] = Counter()
    looked_at = 0
    if book.rules != in_force.rules:
        for chunk in _chunks(keys):
            looked_at += len(chunk)
            moves.update(_moves(chunk, book, in_force))
    else:
        looked_at = len(keys)  # nothing that ranks is changed: no case moves
    with transaction.atomic():
        record(actor=actor, action="rules.previewed", object_type="rulebook", looked_at=looked_at)
    return Preview(open_cases=len(keys), looked_at=looked_at, shifts=_shifts(moves))


def _shifts(moves: Counter[Move]) -> tuple[Shift, ...]:
    found = [
        Shift(
            before, after, cases=sum(moves[before, after, due] for due in (-1, 0, 1)),
            sooner=moves[before, after, -1], later=moves[before, after, 1],
        )
        for before, after in {(before, after) for before, after, _due in moves}
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda shift: (shift.before - shift.after, shift.before)))


def _chunks(keys: list[int]) -> Iterator[list[Case]]:
    """The cases in random order, as long as there is time, so that what was looked at is a sample
    of all; every case that is answered meanwhile is passed over."""
    random.Random(0).shuffle(keys)  # noqa: S311  (the same each time it is looked at)
    ends = time.monotonic() + SECONDS
    for start in range(0, len(keys), CHUNK):
        if start and time.monotonic() > ends:
            return
        wanted = keys[start : start + CHUNK]
        cases = Case.objects.open().filter(pk__in=wanted).defer("notes_index")
        yield list(cases.select_related("patient", "lesion", "symptoms"))


def _moves(cases: list[Case], book: Book, in_force: InForce) -> Iterator[Move]:
    """One for each case that would stand elsewhere."""
    after = ranking.priorities(cases=cases, rules=book.rules)
    late = [case for case in cases if case.rules_version != in_force.version]  # not ranked anew yet
    before = dict(zip(late, ranking.priorities(cases=late, rules=in_force.rules), strict=True))
    for case, then in zip(cases, after, strict=True):
        now = before.get(case)
        urgency, due_at = (now.urgency, now.due_at) if now else (Urgency(case.urgency), case.due_at)
        if (urgency, due_at) != (then.urgency, then.due_at):
            yield urgency, then.urgency, (then.due_at > due_at) - (then.due_at < due_at)
