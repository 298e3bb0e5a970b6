"""A link that works once, for one purpose, one patient and one object; its secret is not kept."""

from django.db import models
from django.db.models import F, Q

from triage.models.patient import Patient
from triage.models.photo_request import PhotoRequest


class LinkPurpose(models.TextChoices):
    PHOTOS_AGAIN = "photos_again"


class OneTimeLink(models.Model):
    purpose = models.CharField(max_length=20, choices=LinkPurpose)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    photo_request = models.ForeignKey(PhotoRequest, on_delete=models.PROTECT, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret, in hex
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)  # by a newer one for the same
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose__in=LinkPurpose.values), name="link_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="link_expires_after_it_is_made"
            ),
        ]
