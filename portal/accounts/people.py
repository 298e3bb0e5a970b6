"""Who may come in, as what and where: each change with its reason in the ledger."""

import secrets
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction
from django.utils import timezone
from knox.models import AuthToken

from portal.accounts.models import (
    INVITATION_LIFE,
    STAFF_ROLES,
    Clinic,
    Invitation,
    Role,
    User,
    hash_of,
)
from portal.audit import ledger


class NotAllowed(Exception):
    """Only an administrator can change who may come in."""


class AlreadyHere(Exception):
    """This person already has an account."""


class NotInvited(Exception):
    """This invitation has been used or withdrawn, or is too old. Ask for a new one."""


class NotYourself(Exception):
    """You cannot change your own account here: ask another administrator."""


class LastAdministrator(Exception):
    """This is the last administrator who can log in: make another one first."""


class NotStaff(Exception):
    """A patient stays a patient: invite them as a colleague under another address."""


class NoSecondFactor(Exception):
    """This account has no second step: there is nothing to take away."""


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


def invite(*, actor: User | str, email: str, role: str, clinic: Clinic, reason: str) -> Issued:
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
            _withdraw(actor, earlier, "renewed")
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            clinic=clinic,
            token_hash=hash_of(token),
            invited_by=actor if isinstance(actor, User) else None,
            invited_at=now,
            expires_at=now + INVITATION_LIFE,
        )
        ledger.record(actor=actor, action="user.invited", about=invitation, role=role,
                      clinic=clinic.pk, reason=reason)  # fmt: skip
    return Issued(invitation, token)


def withdraw(*, actor: User, invitation: Invitation, reason: str) -> None:
    """Make a waiting invitation useless. Raises NotAllowed, NotInvited."""
    _guard(actor)
    with transaction.atomic():
        waiting = Invitation.objects.waiting().select_for_update().filter(pk=invitation.pk).first()
        if waiting is None:
            raise NotInvited
        _withdraw(actor, waiting, reason)


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

    Raises NotAllowed, NotYourself, LastAdministrator.
    """
    with transaction.atomic():
        locked = _hold(actor, user)
        if not locked.is_active:
            return
        _check_another_administrator(locked)
        locked.is_active = False
        locked.save(update_fields=["is_active"])
        ledger.record(actor=actor, action="user.disabled", about=locked, reason=reason,
                      **_throw_out(locked))  # fmt: skip


def enable(*, actor: User, user: User, reason: str) -> None:
    """Let somebody in again, with the old password and second factor.

    Raises NotAllowed, NotYourself.
    """
    with transaction.atomic():
        locked = _hold(actor, user)
        if locked.is_active:
            return
        locked.is_active = True
        locked.save(update_fields=["is_active"])
        ledger.record(actor=actor, action="user.enabled", about=locked, reason=reason)


def change_role(*, actor: User, user: User, role: str, reason: str) -> None:
    """Make a colleague something else among staff; they log in again.

    Raises NotAllowed, NotYourself, NotStaff, LastAdministrator.
    """
    with transaction.atomic():
        locked = _hold(actor, user)
        if not locked.works_here or role not in STAFF_ROLES:
            raise NotStaff
        if locked.role == role:
            return
        _check_another_administrator(locked)
        before, locked.role = locked.role, role
        locked.save(update_fields=["role"])
        ledger.record(actor=actor, action="user.role_changed", about=locked, reason=reason,
                      role=[before, role], **_throw_out(locked))  # fmt: skip


def move(*, actor: User, user: User, clinic: Clinic, reason: str) -> None:
    """Put somebody into another clinic. Cases that were sent stay where they are.

    Raises NotAllowed, NotYourself.
    """
    with transaction.atomic():
        locked = _hold(actor, user)
        if locked.clinic_id == clinic.pk:
            return
        before, locked.clinic = locked.clinic_id, clinic
        locked.save(update_fields=["clinic"])
        ledger.record(actor=actor, action="user.moved", about=locked, reason=reason,
                      clinic=[before, clinic.pk])  # fmt: skip


def end_sessions(*, actor: User, user: User, reason: str, session: int | None = None) -> int:
    """Log somebody out everywhere, API tokens end too; or end the one session of this number.

    Returns how many sessions ended. Raises NotAllowed, NotYourself.
    """
    with transaction.atomic():
        locked = _hold(actor, user)
        ended = _throw_out(locked) if session is None else _end_one(locked, session)
        ledger.record(actor=actor, action="user.sessions_ended", about=locked, reason=reason,
                      **ended)  # fmt: skip
    return ended["sessions_ended"]


def reset_second_factor(*, actor: User, user: User, reason: str) -> int:
    """Take every authenticator app, passkey and recovery code away; sessions and tokens end.

    Staff set up a new one before they can do anything. The caller tells the person by mail.
    Returns how many were taken away. Raises NotAllowed, NotYourself, NoSecondFactor.
    """
    with transaction.atomic():
        locked = _hold(actor, user)
        factors = Authenticator.objects.filter(user=locked)
        taken = sorted(str(kind) for kind in factors.values_list("type", flat=True))
        if not taken:
            raise NoSecondFactor
        factors.delete()
        ledger.record(actor=actor, action="user.second_factor_reset", about=locked, reason=reason,
                      factors=taken, **_throw_out(locked))  # fmt: skip
    return len(taken)


def _hold(actor: User, user: User) -> User:
    """The person's row, locked with the actor's, so that of two administrators who change each
    other at the same time the second finds out."""
    if actor.pk == user.pk:
        raise NotYourself
    held = User.objects.select_for_update().filter(pk__in=[actor.pk, user.pk]).order_by("pk")
    rows = {row.pk: row for row in held}
    if actor.pk not in rows:
        raise NotAllowed
    _guard(actor)
    _guard(rows[actor.pk])
    return rows[user.pk]


def _check_another_administrator(user: User) -> None:
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=user.pk)
    if user.is_administrator and not others.exists():
        raise LastAdministrator


def _end_one(user: User, session: int) -> dict[str, int]:
    found = list(UserSession.objects.filter(user=user, pk=session))
    for one in found:
        one.end()
    return {"sessions_ended": len(found), "tokens_ended": 0}


def _throw_out(user: User) -> dict[str, int]:
    """End every session and API token; how many were known, for the ledger.

    The epoch ends those too that no row tells of.
    """
    user.session_epoch += 1  # the row is locked
    user.save(update_fields=["session_epoch"])
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    tokens, _ = AuthToken.objects.filter(user=user).delete()
    return {"sessions_ended": len(sessions), "tokens_ended": tokens}


def _guard(actor: User | str) -> None:
    if isinstance(actor, User) and not (actor.is_active and actor.is_administrator):
        raise NotAllowed


def _withdraw(actor: User | str, invitation: Invitation, reason: str) -> None:
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    ledger.record(actor=actor, action="invitation.withdrawn", about=invitation, reason=reason)
