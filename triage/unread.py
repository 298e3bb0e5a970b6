"""How much waits for somebody, as every page shows it: in one query."""

from collections import Counter
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Value

from portal.accounts.models import User
from triage.models import Notification, Thread
from triage.permissions import unless_blind

MOST = 99  # counting stops above it
TOLD, WRITTEN = 1, 2


@dataclass(frozen=True)
class Unread:
    notifications: int = 0
    messages: int = 0  # threads with something new; for the clinic, that wait for an answer


def unread_of(user: User | AnonymousUser) -> Unread:
    if not isinstance(user, User):
        return Unread()
    told = Notification.objects.unread().filter(user=user)
    if user.is_patient:
        written = Thread.objects.filter(patient__user=user, unread_by_patient__gt=0)
    elif user.is_dermatologist:
        waiting = Thread.objects.filter(clinic_id=user.clinic_id, waiting_since__isnull=False)
        written = unless_blind(waiting, user)
    else:
        written = Thread.objects.none()
    parts = [
        rows.order_by().annotate(what=Value(what)).values_list("what", flat=True)[: MOST + 1]
        for what, rows in ((TOLD, told), (WRITTEN, written))
    ]
    found = Counter(parts[0].union(parts[1], all=True))
    return Unread(found[TOLD], found[WRITTEN])
