"""A photo of a lesion: always our own re-encoding, never the bytes that were sent."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from triage.models.case import Case


class PhotoKind(models.TextChoices):
    OVERVIEW = "overview", _("From further away, to show where it is")
    CLOSE_UP = "close_up", _("Close-up")
    SIDE = "side", _("From the side")
    DERMOSCOPIC = "dermoscopic", _("Through a dermatoscope")


class Photo(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="photos")
    position = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=1, db_default=1)  # it came with: Case.round
    kind = models.CharField(max_length=20, choices=PhotoKind, default=PhotoKind.CLOSE_UP)
    file = models.FileField(max_length=120)
    thumbnail = models.FileField(max_length=120)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)  # of the stored file
    sharpness = models.FloatField()  # advice only, see inference/image.py
    brightness = models.FloatField()
    device = models.CharField(
        max_length=40, blank=True, db_default=""
    )  # coarse, such as "phone: Apple"
    lesion_share = models.FloatField(null=True)  # of the picture's area; null: not measured
    fingerprint = models.CharField(
        max_length=16, blank=True, db_default=""
    )  # nearly alike pictures differ little

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["case", "position"], name="photo_position_unique"),
            models.CheckConstraint(
                condition=models.Q(kind__in=PhotoKind.values), name="photo_kind_known"
            ),
        ]
