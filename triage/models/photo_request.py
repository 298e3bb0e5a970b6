"""Photos asked for again: why, until when they are waited for, and how it ended.

While one is open its case is paused: from `asked_at` to `closed_at` the clock does not run.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from triage.models.case import Case


class Ending(models.TextChoices):
    SENT = "sent"  # the photos came
    LAPSED = "lapsed"  # they did not come in time
    WITHDRAWN = "withdrawn"  # a clinician no longer waits for them


class PhotoRequestQuerySet(models.QuerySet["PhotoRequest"]):
    def open(self) -> "PhotoRequestQuerySet":
        return self.filter(closed_at__isnull=True)


class PhotoRequest(models.Model):
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="photo_requests")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    reasons = models.JSONField()  # codes of triage.retakes.REASONS
    note = models.CharField(max_length=500, blank=True)  # to the patient
    wanted_by = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=10, choices=Ending, blank=True)

    objects = PhotoRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(closed_at__isnull=True),
                name="photo_request_one_open",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, ending="")
                | Q(closed_at__gte=F("asked_at"), ending__in=Ending.values),
                name="photo_request_closed_with_its_ending",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wanted_by"],
                name="photo_request_waiting",
                condition=Q(closed_at__isnull=True),
            ),
        ]

    @property
    def welcome(self) -> bool:
        """Photos are still taken for it: until they came, or a clinician said not to."""
        return self.ending in ("", Ending.LAPSED)
