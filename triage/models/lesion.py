"""A lesion: one place on one patient's skin, photographed perhaps many times."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models

from triage.models.patient import Patient


class BodySite(models.TextChoices):
    SCALP = "scalp", "Scalp"
    FACE = "face", "Face"
    EAR = "ear", "Ear"
    EYELID = "eyelid", "Eyelid"
    LIP = "lip", "Lip"
    NOSE = "nose", "Nose"
    NECK = "neck", "Neck"
    CHEST = "chest", "Chest"
    ABDOMEN = "abdomen", "Abdomen"
    BACK = "back", "Back"
    SHOULDER = "shoulder", "Shoulder"
    ARM = "arm", "Upper arm"
    FOREARM = "forearm", "Forearm"
    HAND = "hand", "Hand or finger"
    THIGH = "thigh", "Thigh"
    LOWER_LEG = "lower_leg", "Lower leg"
    FOOT = "foot", "Foot or toe"
    NAIL = "nail", "Nail"
    BUTTOCK = "buttock", "Buttock"
    GENITAL = "genital", "Genital area"
    OTHER = "other", "Somewhere else"


class Side(models.TextChoices):
    LEFT = "left", "Left"
    RIGHT = "right", "Right"
    MIDDLE = "middle", "Middle"
    UNKNOWN = "", "Not sure"


class Lesion(models.Model):
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="lesions")
    body_site = models.CharField(max_length=20, choices=BodySite)
    side = models.CharField(max_length=10, choices=Side, blank=True)
    region = models.CharField(max_length=30, blank=True)  # of triage/body_map.py, where it is known
    first_sent_at = models.DateTimeField()
    public_id = models.UUIDField(
        unique=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False
    )
    nickname = models.CharField(max_length=60, blank=True)  # what the patient calls it

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(body_site__in=BodySite.values), name="lesion_body_site_known"
            ),
        ]

    def __str__(self) -> str:
        """Such as "Left upper arm"; a side that is not known goes unsaid."""
        side = f"{self.get_side_display()} " if self.side else ""
        return f"{side}{self.get_body_site_display()}".capitalize()
