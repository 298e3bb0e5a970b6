"""Where to go: places of care, and where towns and postcodes are, to reckon distances from."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower, Replace, Upper
from django.utils.translation import gettext_lazy as _

ON_EARTH = Q(latitude__range=(-90, 90), longitude__range=(-180, 180))
POSTCODE_KEY = Upper(Replace(F("postcode"), Value(" "), Value("")))


class Offer(models.TextChoices):
    """What a place offers to somebody with a spot on the skin."""

    EMERGENCY = "emergency", _("Emergency care")
    GP = "gp", _("Family doctor")
    DERMATOLOGY = "dermatology", _("Dermatology clinic")
    SKIN_CANCER = "skin_cancer", _("Skin cancer clinic")
    DERMOSCOPY = "dermoscopy", _("Dermoscopy")
    MINOR_SURGERY = "minor_surgery", _("Minor skin surgery")
    CHILDREN = "children", _("Children’s skin clinic")
    SEXUAL_HEALTH = "sexual_health", _("Sexual health clinic")
    PHARMACY = "pharmacy", _("Pharmacy advice")


class PlaceQuerySet(models.QuerySet["Place"]):
    def standing(self) -> "PlaceQuerySet":
        """Without those that were removed, which can be put back."""
        return self.filter(removed_at__isnull=True)


class Place(models.Model):
    """A clinic, a practice, an emergency department: public, and the same for everybody."""

    name = models.CharField(max_length=200)
    address = models.CharField(max_length=300)
    postcode = models.CharField(max_length=12)
    postcode_key = models.GeneratedField(
        expression=POSTCODE_KEY, output_field=models.CharField(max_length=12), db_persist=True
    )
    latitude = models.FloatField()
    longitude = models.FloatField()
    phone = models.CharField(max_length=30, blank=True)
    website = models.URLField(blank=True)
    opening = ArrayField(models.CharField(max_length=60, blank=True), size=7)  # from Monday on
    offers = ArrayField(models.CharField(max_length=20, choices=Offer))
    walk_in = models.BooleanField(default=False)  # without an appointment
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"), "postcode_key", name="place_once_for_name_and_postcode"
            ),
            models.CheckConstraint(condition=ON_EARTH, name="place_on_earth"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def offers_said(self) -> list[str]:
        """What it offers, in words."""
        return [str(Offer(code).label) for code in self.offers if code in Offer.values]


class Locality(models.Model):
    """A town or a postcode and where it is: a line of an imported gazetteer."""

    name = models.CharField(max_length=120)
    postcode = models.CharField(max_length=12, blank=True)
    name_key = models.GeneratedField(
        expression=Lower("name"), output_field=models.CharField(max_length=120), db_persist=True
    )
    postcode_key = models.GeneratedField(
        expression=POSTCODE_KEY, output_field=models.CharField(max_length=12), db_persist=True
    )
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        verbose_name_plural = "localities"
        constraints = [
            models.UniqueConstraint(
                fields=["name", "postcode"], name="locality_once_for_name_and_postcode"
            ),
            models.CheckConstraint(condition=ON_EARTH, name="locality_on_earth"),
        ]
        indexes = [
            models.Index(fields=["name_key"], name="locality_by_name"),
            models.Index(fields=["postcode_key"], name="locality_by_postcode"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.postcode}".strip()
