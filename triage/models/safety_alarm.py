"""An alarm of the safety board: raised when something is wrong, cleared when it no longer is."""

from django.db import models
from django.db.models import F, Q


class SafetyAlarmQuerySet(models.QuerySet["SafetyAlarm"]):
    def standing(self) -> "SafetyAlarmQuerySet":
        return self.filter(cleared_at__isnull=True)


class SafetyAlarm(models.Model):
    name = models.CharField(max_length=60)  # of triage.safety.watch
    found = models.CharField(max_length=300)  # what was seen, with its numbers
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    objects = SafetyAlarmQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(cleared_at__isnull=True),
                name="safety_alarm_one_standing",
            ),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True) | Q(cleared_at__gte=F("raised_at")),
                name="safety_alarm_cleared_after_raised",
            ),
        ]
