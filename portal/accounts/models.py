"""Who uses the portal. One logs in with the e-mail address; the role decides the rest."""

import hashlib
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

EPOCH_SALT = "portal.accounts.models.User.session_epoch"


class ClinicQuerySet(models.QuerySet["Clinic"]):
    def taking_patients(self) -> "ClinicQuerySet":
        """What is offered at sign-up: not where nobody can read. A portal's only clinic is offered
        all the same, so that a new one can be set up in any order."""
        alone = ~Exists(self.model._default_manager.exclude(pk=OuterRef("pk")))
        return self.filter(Q(takes_new_patients=True) & (reads_cases() | alone)).order_by("pk")

    def nobody_reads(self) -> "ClinicQuerySet":
        """Without a dermatologist whose account works."""
        return self.filter(~reads_cases())


def reads_cases() -> Exists:
    """Whether a clinic has a dermatologist whose account works."""
    readers = User.objects.filter(role=Role.DERMATOLOGIST, is_active=True)
    return Exists(readers.filter(clinic=OuterRef("pk")))


class Clinic(models.Model):
    """An organisation whose dermatologists see its patients' cases, and no other clinic's."""

    name = models.CharField(max_length=120, unique=True)
    takes_new_patients = models.BooleanField(default=True)
    phone = models.CharField(max_length=30, blank=True, db_default="")  # as patients may call it

    objects = ClinicQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    PATIENT = "patient", _("Patient")
    DERMATOLOGIST = "dermatologist", _("Dermatologist")
    ADMINISTRATOR = "administrator", _("Administrator")


STAFF_ROLES = (Role.DERMATOLOGIST, Role.ADMINISTRATOR)


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str, password: str | None = None, *, role: str, clinic: Clinic, name: str = ""
    ) -> "User":
        user = self.model(email=email.strip().lower(), role=role, clinic=clinic, name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.PATIENT)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=10, blank=True)  # chosen for mails; "" the portal's
    date_joined = models.DateTimeField(default=timezone.now)
    # How often every session was ended at once; a session of before that number opens nothing.
    session_epoch = models.PositiveIntegerField(default=0, db_default=0)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="user_role_known"
            ),
            # With the unique index: no two people whose addresses differ only in capitals.
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_lower_case"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must hold to be this person's: of the password, and of the epoch, so that
        ending sessions depends on no list of them. Django's own until the first time."""
        of_password = super()._get_session_auth_hash(secret)
        if not self.session_epoch:
            return of_password
        value = f"{self.session_epoch} {of_password}"
        return salted_hmac(EPOCH_SALT, value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_patient(self) -> bool:
        return self.role == Role.PATIENT

    @property
    def is_dermatologist(self) -> bool:
        return self.role == Role.DERMATOLOGIST

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def works_here(self) -> bool:
        return self.role in STAFF_ROLES


INVITATION_LIFE = timedelta(days=7)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> "InvitationQuerySet":
        """Not accepted, not withdrawn, not too old."""
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())

    def with_token(self, token: str) -> "InvitationQuerySet":
        return self.filter(token_hash=hash_of(token))


class Invitation(models.Model):
    """A colleague asked to join. The link's secret is known to its receiver alone."""

    email = models.EmailField()
    role = models.CharField(max_length=20, choices=[(r.value, r.label) for r in STAFF_ROLES])
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    token_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret, in hex
    # null: the first administrator, invited from the command line
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    user = models.OneToOneField(
        User, null=True, on_delete=models.PROTECT, related_name="invitation"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=STAFF_ROLES), name="invitation_for_staff"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, user=None)
                | models.Q(accepted_at__isnull=False, user__isnull=False, withdrawn_at=None),
                name="invitation_accepted_by_a_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"


def hash_of(token: str) -> str:
    """What is stored of an invitation's secret: enough to recognise it, useless to a reader."""
    return hashlib.sha256(token.encode()).hexdigest()
