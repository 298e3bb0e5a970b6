"""How allauth is bent to this portal."""

import base64
import time

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from portal.accounts.models import Clinic, Role, User
from portal.audit import ledger
from portal.audit.models import Result


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up makes patients; passwords and failed attempts go to the ledger."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("This is not your password."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
        "rate_limited": _("Too many tries. Wait a few minutes, then try again."),
    }

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Whoever has just logged in is not asked for the password again."""
        records = get_authentication_records(context.request, context.request.user)
        last = records[-1]["at"] if records else 0
        if time.time() - last < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return Clinic.objects.taking_patients().exists()

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        user.role = Role.PATIENT
        user.name = form.cleaned_data["name"]
        user.clinic = form.cleaned_data["clinic"]
        with transaction.atomic():
            super().save_user(request, user, form, commit)
            ledger.record(actor=user, action="user.signed_up", about=user, clinic=user.clinic_id)
        return user

    def set_password(self, user: User, password: str) -> None:
        """Every way to a new password comes through here; API tokens end with the old one."""
        with transaction.atomic():
            user.set_password(password)
            user.save(update_fields=["password"])  # not what an administrator changed meanwhile
            tokens, _ = AuthToken.objects.filter(user=user).delete()
            ledger.record(
                actor=user, action="user.password_changed", about=user, tokens_ended=tokens
            )

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            self._record_attempt(request, "user.login_locked", Result.DENIED, credentials)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: str) -> None:
        self._record_attempt(request, "user.login_failed", Result.FAILED, credentials)

    def _record_attempt(
        self, request: HttpRequest, action: str, result: Result, credentials: dict[str, str]
    ) -> None:
        # What was typed may be a password in the wrong field, so an unknown name is not kept.
        email = credentials.get("email", "").lower()
        known = User.objects.filter(email=email).values_list("pk", flat=True).first()
        with transaction.atomic():
            ledger.record(
                actor="anonymous",
                action=action,
                object_type="user",
                object_id=str(known or "unknown"),
                result=result,
                ip=self.get_client_ip(request),
            )


class MFAAdapter(DefaultMFAAdapter):
    """Keeps authenticator secrets encrypted with a key derived from SECRET_KEY.

    To change SECRET_KEY, put the old one in SECRET_KEY_FALLBACKS: secrets written under it stay
    readable as long as it is listed there. Dropped too early, their owners set up anew.
    """

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("The code is not right. Wait for the next one and try again."),
        "add_email_blocked": _("Stop two-step login, change the address, then set it up again."),
    }

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            raise UnreadableSecret from error


class UnreadableSecret(RuntimeError):
    """A second factor was stored under a SECRET_KEY that is in neither setting now."""


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(secret: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portal.accounts mfa secrets 1")
    return base64.urlsafe_b64encode(kdf.derive(secret.encode()))
