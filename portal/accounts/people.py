"""Who may come in: invite, accept, withdraw, disable, enable. Each change is in the ledger."""

import secrets
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction
from django.utils import timezone
from knox.models import AuthToken

from portal.accounts.models import INVITATION_LIFE, STAFF_ROLES, Clinic, Invitation, User, hash_of
from portal.audit import ledger


class NotAllowed(Exception):
    """Only an administrator can change who may come in."""


class AlreadyHere(Exception):
    """This person already has an account."""


class NotInvited(Exception):
    """This invitation has been used or withdrawn, or is too old. Ask for a new one."""


class NotYourself(Exception):
    """You cannot disable your own account: ask another administrator."""


@dataclass(frozen=True)
class Issued:
    """An invitation with the secret of its link, which is not kept anywhere."""

    invitation: Invitation
    token: str  # 43 characters, safe in a URL


def enrol(
    *, actor: User | str, email: str, password: str, role: str, clinic: Clinic, name: str
) -> User:
    """Add a person whose e-mail address is known to be theirs.

    Raises AlreadyHere.
    """
    email = email.strip().lower()
    with transaction.atomic():
        try:
            with transaction.atomic():
                user = User.objects.create_user(
                    email, password, role=role, clinic=clinic, name=name
                )
        except IntegrityError as taken:  # the unique address, also when two come at once
            raise AlreadyHere(email) from taken
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        ledger.record(actor=actor, action="user.added", about=user, role=role, clinic=clinic.pk)
    return user


def invite(*, actor: User | str, email: str, role: str, clinic: Clinic) -> Issued:
    """Ask a colleague to join; an earlier invitation to the same address stops working.

    `actor` is an administrator, or "command line" for the first one. The caller sends the link.
    Raises NotAllowed, AlreadyHere.
    """
    _guard(actor)
    if role not in STAFF_ROLES:
        raise NotAllowed(role)
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise AlreadyHere(email)
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        for earlier in Invitation.objects.waiting().filter(email=email).select_for_update():
            _withdraw(actor, earlier)
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            clinic=clinic,
            token_hash=hash_of(token),
            invited_by=actor if isinstance(actor, User) else None,
            invited_at=now,
            expires_at=now + INVITATION_LIFE,
        )
        ledger.record(
            actor=actor, action="user.invited", about=invitation, role=role, clinic=clinic.pk
        )
    return Issued(invitation, token)


def withdraw(*, actor: User, invitation: Invitation) -> None:
    """Make a waiting invitation useless. Raises NotAllowed, NotInvited."""
    _guard(actor)
    with transaction.atomic():
        waiting = Invitation.objects.waiting().select_for_update().filter(pk=invitation.pk).first()
        if waiting is None:
            raise NotInvited
        _withdraw(actor, waiting)


def accept(*, token: str, name: str, password: str) -> User:
    """Turn an invitation into an account. The link came by mail, so the address is verified.

    Raises NotInvited, AlreadyHere.
    """
    with transaction.atomic():
        invitation = (
            Invitation.objects.waiting()
            .with_token(token)
            .select_for_update(of=("self",))
            .select_related("clinic")
            .first()
        )
        if invitation is None:
            raise NotInvited
        user = enrol(
            actor="invited",
            email=invitation.email,
            password=password,
            role=invitation.role,
            clinic=invitation.clinic,
            name=name,
        )
        invitation.accepted_at = timezone.now()
        invitation.user = user
        invitation.save(update_fields=["accepted_at", "user"])
        ledger.record(actor=user, action="invitation.accepted", about=invitation)
    return user


def disable(*, actor: User, user: User, reason: str) -> None:
    """Lock somebody out at once: sessions and API tokens end with the same commit.

    Raises NotAllowed, NotYourself.
    """
    _guard(actor)
    if actor.pk == user.pk:
        raise NotYourself
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if not locked.is_active:
            return
        locked.is_active = False
        locked.save(update_fields=["is_active"])
        sessions = UserSession.objects.filter(user=locked)
        ended = len(sessions)
        for session in sessions:
            session.end()
        tokens, _ = AuthToken.objects.filter(user=locked).delete()
        ledger.record(
            actor=actor,
            action="user.disabled",
            about=locked,
            reason=reason,
            sessions_ended=ended,
            tokens_ended=tokens,
        )


def enable(*, actor: User, user: User, reason: str) -> None:
    """Let somebody in again, with the old password and second factor. Raises NotAllowed."""
    _guard(actor)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.is_active:
            return
        locked.is_active = True
        locked.save(update_fields=["is_active"])
        ledger.record(actor=actor, action="user.enabled", about=locked, reason=reason)


def _guard(actor: User | str) -> None:
    if isinstance(actor, User) and not (actor.is_active and actor.is_administrator):
        raise NotAllowed


def _withdraw(actor: User | str, invitation: Invitation) -> None:
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    ledger.record(actor=actor, action="invitation.withdrawn", about=invitation)
