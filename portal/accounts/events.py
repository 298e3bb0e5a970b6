"""What happens inside Django's and allauth's own code, written to the ledger.

The portal's own changes are recorded by the function that makes them. Logins, log-outs and second
factors are made by the libraries, whose only hook is a signal. A failing record still fails the
request: a session that was not saved is no login, and of an authenticator app allauth tells after
its commit, so there the session stays outside until a login with the new app is recorded.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from knox.models import AuthToken

from portal.accounts.mfa import ENROLLED_KEY, is_enrolled
from portal.accounts.models import User
from portal.audit import ledger
from portal.audit.models import Result


@receiver(user_logged_in)
def logged_in(user: User, **_: Any) -> None:
    with transaction.atomic():
        ledger.record(actor=user, action="user.logged_in", about=user)


@receiver(user_logged_out)
def logged_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is None:
        return
    why = getattr(request, "session_ended_because", "asked")
    with transaction.atomic():
        ledger.record(actor=user, action="user.logged_out", about=user, why=why)


@receiver(account.email_confirmed)
def email_confirmed(email_address: EmailAddress, **_: Any) -> None:
    with transaction.atomic():
        ledger.record(
            actor=email_address.user, action="user.email_verified", about=email_address.user
        )


@receiver(account.email_changed)
def email_changed(user: User, from_email_address: EmailAddress | None, **_: Any) -> None:
    if from_email_address is None:
        return  # the first address of a new account: its verification is recorded
    with transaction.atomic():
        ledger.record(actor=user, action="user.email_changed", about=user)


@receiver(mfa.authenticator_added)
def factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        request.session[ENROLLED_KEY] = True
    _record_factor(user, "mfa.added", authenticator)


@receiver(mfa.authenticator_removed)
def factor_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    with transaction.atomic():
        _record_factor(user, "mfa.removed", authenticator)
        if not is_enrolled(user):
            AuthToken.objects.filter(user=user).delete()


@receiver(mfa.authenticator_reset)
def factor_reset(user: User, authenticator: Authenticator, **_: Any) -> None:
    _record_factor(user, "mfa.reset", authenticator)


@receiver(mfa.authentication_failed)
def factor_refused(user: User, **_: Any) -> None:
    with transaction.atomic():
        ledger.record(actor=user, action="mfa.failed", about=user, result=Result.FAILED)


def _record_factor(user: User, action: str, authenticator: Authenticator) -> None:
    with transaction.atomic():
        ledger.record(actor=user, action=action, about=user, type=str(authenticator.type))
