"""The patient behind an account: what the clinic must know about every lesion of theirs."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Sex(models.TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Other")


class SkinType(models.IntegerChoices):
    """Fitzpatrick I-VI."""

    I = 1, _("I: always burns, never tans")  # noqa: E741
    II = 2, _("II: usually burns, tans a little")
    III = 3, _("III: sometimes burns, tans evenly")
    IV = 4, _("IV: rarely burns, tans well")
    V = 5, _("V: brown skin, very rarely burns")
    VI = 6, _("VI: black or dark brown skin, never burns")


class Patient(models.Model):
    """History fields are null where the patient has not said: unknown is not 'no'."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=10, choices=Sex, blank=True)
    skin_type = models.PositiveSmallIntegerField(choices=SkinType, null=True, blank=True)
    previous_skin_cancer = models.BooleanField(null=True, blank=True)
    family_melanoma = models.BooleanField(null=True, blank=True)
    immunosuppression = models.BooleanField(null=True, blank=True)
    medication = models.CharField(max_length=500, blank=True)
    sun_exposure = models.BooleanField(null=True, blank=True)  # outdoor work, sunburns or sunbeds
    phone = models.CharField(max_length=30, blank=True, db_default="")  # for an urgent call

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(skin_type__isnull=True) | models.Q(skin_type__range=(1, 6)),
                name="patient_skin_type_is_fitzpatrick",
            ),
        ]

    def __str__(self) -> str:
        return f"Patient {self.pk}"

    def age_on(self, day: date) -> int | None:
        """Completed years, or None where the birth date is unknown."""
        if self.birth_date is None:
            return None
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
