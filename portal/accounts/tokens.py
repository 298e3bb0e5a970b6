"""API tokens: shown once, kept as a hash, ended with account, password or last factor."""

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

from portal.accounts.mfa import is_enrolled, owes_mfa
from portal.accounts.models import User
from portal.audit import ledger


class MfaRequired(Exception):
    """Set up two-step login in the portal first: staff need it for API tokens."""


class CodeRequired(Exception):
    """This account has two-step login: send a code of the authenticator app too."""


class Refused(Exception):
    """The address, the password or the code is not right, or there were too many attempts."""


def issue_token(user: User) -> tuple[AuthToken, str]:
    """Make a token for somebody who is logged in fully. Returns the row and the secret.

    Raises MfaRequired.
    """
    if owes_mfa(user):
        raise MfaRequired
    with transaction.atomic():
        token, secret = AuthToken.objects.create(user)
        ledger.record(
            actor=user, action="token.issued", object_type="token", object_id=token.token_key
        )
    return token, secret


def issue_token_for_credentials(
    request: HttpRequest, *, email: str, password: str, code: str = ""
) -> tuple[AuthToken, str]:
    """Make a token for somebody who shows what a login asks for, under the same limits.

    Raises Refused, CodeRequired, MfaRequired.
    """
    try:
        user = get_adapter(request).authenticate(request, email=email, password=password)
    except ValidationError as error:
        raise Refused from error
    if user is None or not user.is_active or not _address_is_verified(user):
        raise Refused
    if is_enrolled(user):
        if not code:
            raise CodeRequired
        if not AuthenticateForm({"code": code}, user=user).is_valid():
            raise Refused
    return issue_token(user)


def revoke_token(*, actor: User, token_key: str) -> None:
    """End one of one's own tokens. Raises AuthToken.DoesNotExist."""
    with transaction.atomic():
        token = AuthToken.objects.select_for_update().get(user=actor, token_key=token_key)
        token.delete()
        ledger.record(actor=actor, action="token.revoked", object_type="token", object_id=token_key)


class TokenAuthentication(KnoxTokenAuthentication):
    """A token is worth what its owner is worth now: nothing for staff who owe a second factor."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        try:
            return super().authenticate_credentials(token)
        except UnicodeDecodeError as error:
            raise AuthenticationFailed("Invalid token.") from error

    def validate_user(self, auth_token: AuthToken) -> tuple[User, AuthToken]:
        user, token = super().validate_user(auth_token)
        if settings.STAFF_MFA_REQUIRED and owes_mfa(user):
            raise AuthenticationFailed(str(MfaRequired.__doc__))
        return user, token


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "portal.accounts.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Authorization: Token SECRET`",
        }


def _address_is_verified(user: User) -> bool:
    return user.emailaddress_set.filter(email=user.email, verified=True).exists()
