"""What happened to one account, from the ledger, in words for an administrator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.models import Clinic, Role, User
from portal.accounts.people_forms import Reason
from portal.audit.models import Entry, Result

PAGE = 25
OTHERS = {"invited": gettext_lazy("By invitation")}  # who acted without an account
WORDS = {
    "user.added": gettext_lazy("Account made"),
    "user.signed_up": gettext_lazy("Signed up"),
    "user.disabled": gettext_lazy("Disabled"),
    "user.enabled": gettext_lazy("Enabled"),
    "user.role_changed": gettext_lazy("Role changed"),
    "user.moved": gettext_lazy("Moved to another clinic"),
    "user.sessions_ended": gettext_lazy("Sessions ended"),
    "user.second_factor_reset": gettext_lazy("Second step taken away"),
    "user.logged_in": gettext_lazy("Logged in"),
    "user.logged_out": gettext_lazy("Logged out"),
    "user.login_failed": gettext_lazy("Login failed"),
    "user.login_locked": gettext_lazy("Login locked after too many tries"),
    "user.password_changed": gettext_lazy("Password changed"),
    "user.email_changed": gettext_lazy("E-mail address changed"),
    "user.email_verified": gettext_lazy("E-mail address confirmed"),
    "mfa.added": gettext_lazy("Second step added"),
    "mfa.removed": gettext_lazy("Second step removed"),
    "mfa.reset": gettext_lazy("Second step made anew"),
    "mfa.failed": gettext_lazy("Second step refused"),
    "person.viewed": gettext_lazy("This page was opened"),
}
SEEN = "person.viewed"  # opening this page: on record, and left out of what it lists


@dataclass(frozen=True)
class Line:
    at: datetime
    what: str
    change: str  # from what to what, "" where that is not told
    why: str
    who: str
    refused: bool


def of(user: User, number: str | None) -> tuple[Page, list[Line]]:
    """One page of the account's history, the newest first."""
    entries = Entry.objects.about("user", str(user.pk)).exclude(action=SEEN)
    page = Paginator(entries.newest_first().select_related("actor"), PAGE).get_page(number)
    moved = [entry.detail.get("clinic") for entry in page]
    keys = {key for pair in moved if isinstance(pair, list) for key in pair}
    clinics = Clinic.objects.in_bulk(keys) if keys else {}
    return page, [_line(entry, clinics) for entry in page]


def _line(entry: Entry, clinics: dict[int, Clinic]) -> Line:
    reason = entry.detail.get("reason")
    return Line(
        at=entry.at,
        what=str(WORDS.get(entry.action, entry.action)),
        change=_change(entry.detail, clinics),
        why=str(Reason(reason).label) if reason in Reason.values else "",
        who=str(entry.actor or OTHERS.get(entry.actor_role, entry.actor_role)),
        refused=entry.result != Result.DONE,
    )


def _change(detail: dict[str, Any], clinics: dict[int, Clinic]) -> str:
    role, clinic = detail.get("role"), detail.get("clinic")
    if isinstance(role, list):
        before, after = (Role(one).label for one in role)
    elif isinstance(clinic, list):
        before, after = (str(clinics.get(one, one)) for one in clinic)
    else:
        return ""
    return _("from %(before)s to %(after)s") % {"before": before, "after": after}
