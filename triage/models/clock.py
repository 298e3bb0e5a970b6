"""The clinic's clock: days off, who is on duty, and times that were missed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from portal.accounts.models import Clinic
from triage.models.case import URGENCY_CHOICES, Case


class Holiday(models.Model):
    """A day that is no working day, besides Saturdays and Sundays."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=80)


class DutyShift(models.Model):
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="duty_ends_after_it_starts"
            ),
        ]
        indexes = [models.Index(fields=["clinic", "ends_at"], name="duty_of_clinic")]


class Breach(models.Model):
    """A case was not read by its due time; told once to who was on duty."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="breaches")
    due_at = models.DateTimeField()  # that was missed; a pause gives the case another one
    urgency = models.PositiveSmallIntegerField(choices=URGENCY_CHOICES)  # it had then
    noticed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "due_at"], name="breach_once_per_due_time"),
        ]
