"""A photo that has arrived and is clean, but whose case has not been sent yet."""

import uuid

from django.db import models
from django.utils import timezone

from triage.models.draft import Draft
from triage.models.patient import Patient
from triage.models.photo import PhotoKind


class Upload(models.Model):
    """Becomes a Photo under the same id and files when its case is sent; swept when it never is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="uploads")
    draft = models.ForeignKey(  # the form that it is on; none of one that came through the API
        Draft, on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads"
    )
    kind = models.CharField(max_length=20, choices=PhotoKind, default=PhotoKind.CLOSE_UP)
    file = models.FileField(max_length=120)
    thumbnail = models.FileField(max_length=120)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    sharpness = models.FloatField()
    brightness = models.FloatField()
    device = models.CharField(
        max_length=40, blank=True, db_default=""
    )  # coarse, such as "phone: Apple"
    lesion_share = models.FloatField(null=True)
    fingerprint = models.CharField(max_length=16, blank=True, db_default="")
    arrived_at = models.DateTimeField(default=timezone.now, db_index=True)
