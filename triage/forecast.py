"""What would be late: the queue played forward at the present rate. Pure: no database, no clock.

Assumes that as many cases are read an hour as on average lately, day and night, in the order of the
worklist; that as many come as lately, of each urgency, evenly; and that nothing else happens: no
case changes its urgency, none waits for photos, nobody goes on leave.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import count as numbers

from triage.urgency import Urgency

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Group:
    """Cases that stand together: of one urgency, due at one time."""

    urgency: int
    due_at: datetime  # aware
    count: int


@dataclass(frozen=True)
class Rates:
    read_per_day: float
    arrivals_per_day: Mapping[int, float]  # by urgency


@dataclass(frozen=True)
class Day:
    """One day of the forecast: cases whose time ends on it before anybody has read them."""

    day: date
    late: Mapping[int, int]  # by urgency; an urgency without any is not there
    open_at_end: int  # cases that wait at the end of the day

    @property
    def total(self) -> int:
        return sum(self.late.values())


def forecast(
    queue: Iterable[Group], rates: Rates, *, now: datetime,
    due: Callable[[datetime, Urgency], datetime], days: int = 7, zone: tzinfo = UTC,
) -> tuple[Day, ...]:  # fmt: skip
    """The next `days` days, today first; what is late already is not counted again.

    `due` says when a case that comes then, of that urgency, has to be read.
    """
    order = numbers()
    waiting = [[g.urgency, g.due_at, next(order), g.count] for g in queue if g.count > 0]
    heapq.heapify(waiting)
    late: dict[date, Counter[int]] = {}
    ends: list[tuple[date, int]] = []
    may_read, coming, at = 0.0, dict.fromkeys(rates.arrivals_per_day, 0.0), now
    last = now.astimezone(zone).date() + timedelta(days=days)
    while at.astimezone(zone).date() < last:
        today, at = at.astimezone(zone).date(), at + HOUR
        for urgency, per_day in rates.arrivals_per_day.items():
            coming[urgency] += per_day / 24
            if (whole := int(coming[urgency])) > 0:
                coming[urgency] -= whole
                heapq.heappush(waiting, [urgency, due(at, Urgency(urgency)), next(order), whole])
        may_read += rates.read_per_day / 24
        may_read -= _read(waiting, int(may_read), at, now, zone, late)
        if not waiting:
            may_read = min(may_read, 1.0)  # nobody reads ahead
        if at.astimezone(zone).date() != today:
            ends.append((today, sum(group[3] for group in waiting)))
    for urgency, due_at, _, left in waiting:
        _note(late, urgency, due_at, left, now, at, zone)
    return tuple(Day(day, dict(late.get(day, {})), left) for day, left in ends)


def _read(
    waiting: list[list], may: int, at: datetime, now: datetime, zone: tzinfo,
    late: dict[date, Counter[int]],
) -> int:  # fmt: skip
    """Take the first cases off the queue; how many."""
    done = 0
    while waiting and done < may:
        first = waiting[0]
        taken = min(first[3], may - done)
        _note(late, first[0], first[1], taken, now, at, zone)
        done += taken
        first[3] -= taken
        if first[3] == 0:
            heapq.heappop(waiting)
    return done


def _note(
    late: dict[date, Counter[int]], urgency: int, due_at: datetime, count: int, now: datetime,
    read_at: datetime, zone: tzinfo,
) -> None:  # fmt: skip
    if now <= due_at < read_at:
        late.setdefault(due_at.astimezone(zone).date(), Counter())[urgency] += count
