"""What every page needs."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from portal.accounts.mfa import owes_mfa
from portal.accounts.middleware import SEEN_STEP
from portal.accounts.models import Role, User
from portal.methods import page_address
from triage.unread import Unread, unread_of

NAVIGATION = {
    Role.PATIENT: [
        (_("My lesions"), "triage:lesions"),
        (_("Send photos"), "triage:send"),
        (_("Ask"), "triage:ask"),
        (_("Messages"), "triage:messages"),
        (_("Where to go"), "triage:where_to_go"),
        (_("My data"), "triage:my_data"),
        (_("Conditions"), "triage:conditions"),
    ],
    Role.DERMATOLOGIST: [
        (_("Worklist"), "triage:worklist"),
        (_("Second readings"), "triage:second_readings"),
        (_("Clock"), "triage:clock"),
        (_("Messages"), "triage:messages"),
        (_("Pathology"), "triage:pathology"),
        (_("My work"), "triage:my_work"),
        (_("Conditions"), "triage:conditions"),
    ],
    Role.ADMINISTRATOR: [
        (_("People"), "accounts:people"),
        (_("Rules"), "triage:rules"),
        (_("Clock"), "triage:clock"),
        (_("Models"), "triage:models"),
        (_("Safety"), "triage:safety"),
        (_("Places"), "triage:places"),
        (_("Requests"), "triage:requests"),
        (_("Training set"), "triage:training_set"),
        (_("Ledger"), "audit:search"),
        (_("System"), "system"),
    ],
}


@dataclass(frozen=True)
class Destination:
    label: str  # in the language of the page
    url: str
    here: bool  # this page or one below it
    count: int = 0  # of what is new there, or waits


def portal(request: HttpRequest) -> dict[str, object]:
    """DEMO, where this page is to be found again, the navigation of who asks, whether they still
    owe a second factor, and after how many idle seconds they are surely logged out (0: not by
    idling).

    A view may add `staff_notice`: a sentence shown to staff above the page.
    """
    user = getattr(request, "user", AnonymousUser())
    unread = SimpleLazyObject(lambda: unread_of(user))
    return {
        "DEMO": settings.DEMO,
        "page_address": page_address(request),
        "navigation": SimpleLazyObject(lambda: _navigation(user, unread, request.path)),
        "unread": unread,
        "idle_seconds": _idle_seconds(user),
        "second_factor_owed": SimpleLazyObject(lambda: user.is_authenticated and owes_mfa(user)),
    }


def _idle_seconds(user: User | AnonymousUser) -> int:
    if not user.is_authenticated or not user.works_here:
        return 0
    # The server notes a use only every SEEN_STEP seconds, so it may know of an older one.
    return int(settings.STAFF_SESSION_IDLE.total_seconds()) - SEEN_STEP


def _navigation(user: User | AnonymousUser, unread: Unread, path: str) -> list[Destination]:
    if not user.is_authenticated:
        return []
    return [
        Destination(
            label, reverse(name), here=path.startswith(reverse(name)),
            count=unread.messages if name == "triage:messages" else 0,
        )
        for label, name in NAVIGATION.get(user.role, [])
    ]  # fmt: skip
