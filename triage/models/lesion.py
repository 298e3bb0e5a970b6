"""A lesion: one place on one patient's skin, photographed perhaps many times."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from triage.models.patient import Patient
from triage.models.region import region_label


class BodySite(models.TextChoices):
    SCALP = "scalp", _("Scalp")
    FACE = "face", _("Face")
    EAR = "ear", _("Ear")
    EYELID = "eyelid", _("Eyelid")
    LIP = "lip", _("Lip")
    NOSE = "nose", _("Nose")
    NECK = "neck", _("Neck")
    CHEST = "chest", _("Chest")
    ABDOMEN = "abdomen", _("Abdomen")
    BACK = "back", pgettext_lazy("body", "Back")
    SHOULDER = "shoulder", _("Shoulder")
    ARM = "arm", _("Upper arm")
    FOREARM = "forearm", _("Forearm")
    HAND = "hand", _("Hand or finger")
    THIGH = "thigh", _("Thigh")
    LOWER_LEG = "lower_leg", _("Lower leg")
    FOOT = "foot", _("Foot or toe")
    NAIL = "nail", _("Nail")
    BUTTOCK = "buttock", _("Buttock")
    GENITAL = "genital", _("Genital area")
    OTHER = "other", _("Somewhere else")


class Side(models.TextChoices):
    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")
    MIDDLE = "middle", _("Middle")
    UNKNOWN = "", _("Not sure")


class Lesion(models.Model):
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="lesions")
    body_site = models.CharField(max_length=20, choices=BodySite)
    side = models.CharField(max_length=10, choices=Side, blank=True)
    region = models.CharField(
        max_length=30, blank=True, db_default=""
    )  # of triage/body_map.py, where it is known
    first_sent_at = models.DateTimeField()
    public_id = models.UUIDField(
        unique=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False
    )
    nickname = models.CharField(
        max_length=60, blank=True, db_default=""
    )  # what the patient calls it

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(body_site__in=BodySite.values), name="lesion_body_site_known"
            ),
        ]

    def __str__(self) -> str:
        """Such as "Upper back, left" where that is known, or else "Left upper arm"; a side that is
        not known goes unsaid."""
        if fine := region_label(self.region):
            return fine
        site = self.get_body_site_display()
        if not self.side:
            return site
        # Languages differ in the order of the two, and in which begins with a small letter.
        side = self.get_side_display()
        # xgettext: no-python-format
        return pgettext("place on the body", "%(Side)s %(site)s") % {
            "Side": side, "side": side.lower(), "Site": site, "site": site.lower(),
        }  # fmt: skip
