"""Two-factor authentication: who owes it, and whether this session has shown it."""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from portal.accounts.models import User

ENROLLED_KEY = "portal_mfa_enrolled"  # set in the session in which a first factor was added


def is_enrolled(user: User) -> bool:
    """Has an authenticator app or a passkey; recovery codes alone are no second factor."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return Authenticator.objects.filter(user_id=user.pk, type__in=kinds).exists()


def owes_mfa(user: User) -> bool:
    """Staff who must set up a second factor before they can use anything."""
    return settings.STAFF_MFA_REQUIRED and user.works_here and not is_enrolled(user)


def session_has_shown_it(request: HttpRequest) -> bool:
    """This session was opened with the second factor, or is the one in which it was set up.

    A session opened with the password alone, before somebody else set the factor up, is neither.
    """
    if request.session.get(ENROLLED_KEY):
        return True
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)
