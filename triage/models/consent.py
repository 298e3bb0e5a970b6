"""Consent, one row per thing agreed to: what was asked (by version), since when, until when."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from triage.models.patient import Patient


class ConsentKind(models.TextChoices):
    CARE = "care", _("Assessment of my photos by software and by dermatologists")
    IMPROVEMENT = "improvement", _("Use of my photos, without my name, to improve the model")


# The wording asked for stands in templates/triage/consents/<kind>-<version>.html.
CURRENT_VERSION = {ConsentKind.CARE: "2026-11", ConsentKind.IMPROVEMENT: "2026-11"}


class Consent(models.Model):
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=20, choices=ConsentKind)
    version = models.CharField(max_length=20)
    granted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="consent_one_standing_per_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=ConsentKind.values), name="consent_kind_known"
            ),
        ]
