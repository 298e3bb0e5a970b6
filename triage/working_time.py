"""Working days: which they are, and how time passes on them. Pure: no database, no clock."""

from collections.abc import Set
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)


def works(day: date, holidays: Set[date]) -> bool:
    """Neither Saturday nor Sunday nor one of the clinic's holidays."""
    return day.weekday() < 5 and day not in holidays


def days_after(start: datetime, days: int, holidays: Set[date] = frozenset()) -> datetime:
    """The same time of day, so many working days later."""
    due, left = start, days
    while left > 0:
        due += DAY
        left -= works(due.date(), holidays)
    return due


def between(since: datetime, until: datetime, holidays: Set[date] = frozenset()) -> timedelta:
    """How much of this time was working time; a working day has all its 24 hours (UTC)."""
    passed, at = timedelta(), since
    while at < until:
        end = min(_midnight_after(at), until)
        passed += (end - at) if works(at.date(), holidays) else timedelta()
        at = end
    return passed


def later(start: datetime, by: timedelta, holidays: Set[date] = frozenset()) -> datetime:
    """When so much working time has passed after `start`."""
    at, left = start, by
    while left > timedelta():
        end = _midnight_after(at)
        if works(at.date(), holidays):
            if end - at >= left:
                return at + left
            left -= end - at
        at = end
    return at


def _midnight_after(at: datetime) -> datetime:
    return datetime.combine(at.date() + DAY, time(), UTC)
