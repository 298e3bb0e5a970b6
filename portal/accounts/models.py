"""Who uses the portal. The e-mail address is the name one logs in with; the role decides the rest."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class Clinic(models.Model):
    """An organisation whose dermatologists see its patients' cases, and no other clinic's."""

    name = models.CharField(max_length=120, unique=True)
    takes_new_patients = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    PATIENT = "patient"
    DERMATOLOGIST = "dermatologist"
    ADMINISTRATOR = "administrator"


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str, password: str | None = None, *, role: str, clinic: Clinic, name: str = ""
    ) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), role=role, clinic=clinic, name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.PATIENT)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known")
        ]

    def __str__(self) -> str:
        return self.name or self.email

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
        return self.role in {Role.DERMATOLOGIST, Role.ADMINISTRATOR}
