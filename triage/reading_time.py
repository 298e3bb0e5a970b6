"""How long a reader was at a case: told by the open page, and never more than can be true."""

from datetime import datetime

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal.accounts.models import User
from triage.models import Case, Review

MOST = 90  # seconds that one report may bring: the page tells every minute


def add(*, actor: User, case: Case, seconds: int) -> None:
    """Add what the page counted since its last report to the reader's draft, if there is one.

    `case` is as it was before this report extends the lease: no more counts than the time that has
    passed since the last sign of life, so two open windows do not count twice.
    """
    counted = min(max(seconds, 0), MOST, _since_last_sign(case, timezone.now()))
    if counted:
        mine = Review.objects.drafts().filter(case=case, reader=actor)
        mine.update(reading_seconds=Coalesce(F("reading_seconds"), 0) + counted)


def _since_last_sign(case: Case, now: datetime) -> int:
    if case.reader_lease_until is None:
        return 0
    last = case.reader_lease_until - settings.READING_LEASE
    return max(0, round((now - last).total_seconds()))
