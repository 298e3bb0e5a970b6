"""Another reader's opinion of a case: asked for, drawn by lot, or after a disagreement."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from triage.models.case import URGENCY_CHOICES, Case
from triage.models.review import Confidence, Review


class SecondReadingKind(models.TextChoices):
    ASKED = "asked", _("A colleague's opinion")
    RANDOM = "random", _("A second reader, drawn by lot")
    SAMPLE = "sample", _("Safety sample")
    THIRD = "third", _("Third reader, after a disagreement")


class Settlement(models.TextChoices):
    AMENDED = "amended", _("The answer was amended")
    KEPT = "kept", _("The answer was kept")


class SecondReadingQuerySet(models.QuerySet["SecondReading"]):
    def waiting(self) -> "SecondReadingQuerySet":
        return self.filter(signed_at__isnull=True)

    def unsettled(self) -> "SecondReadingQuerySet":
        """Signed, different from the answer, and nobody has settled which holds."""
        return self.filter(disagrees=True, settled_at__isnull=True)


class SecondReading(models.Model):
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="second_readings")
    # the answer that it is compared with; null where the case was not answered when it was signed
    review = models.ForeignKey(
        Review, on_delete=models.PROTECT, null=True, related_name="second_readings"
    )
    kind = models.CharField(max_length=10, choices=SecondReadingKind)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(  # null: the portal itself
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    question = models.CharField(max_length=500, blank=True)
    blinded = models.BooleanField()  # sees neither the model's result nor the other opinions
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()

    diagnosis = models.CharField(max_length=10, blank=True)  # a condition code
    urgency = models.PositiveSmallIntegerField(choices=URGENCY_CHOICES, null=True)
    confidence = models.PositiveSmallIntegerField(choices=Confidence, null=True)
    comment = models.TextField(blank=True)
    signed_at = models.DateTimeField(null=True)
    disagrees = models.BooleanField(null=True)  # with `review`; null while there is none

    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    settlement = models.CharField(max_length=10, choices=Settlement, blank=True)
    settlement_reason = models.CharField(max_length=500, blank=True)

    objects = SecondReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=SecondReadingKind.values), name="second_reading_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(asked_by__isnull=True) | ~Q(asked_by=models.F("reader")),
                name="second_reading_by_another",
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True)
                | (Q(urgency__isnull=False, confidence__isnull=False) & ~Q(diagnosis="")),
                name="second_reading_signed_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, settlement="")
                | Q(settled_at__isnull=False, settled_by__isnull=False,
                    settlement__in=Settlement.values, disagrees=True),
                name="second_reading_settled_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["case", "reader"], condition=Q(signed_at__isnull=True),
                name="second_reading_one_waiting_per_reader",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["reader", "due_at"], condition=Q(signed_at__isnull=True),
                name="second_reading_waiting",
            ),
        ]  # fmt: skip

    def waits_for(self, reader: User) -> bool:
        """This reader is asked, and has not signed yet."""
        return self.signed_at is None and self.reader_id == reader.pk
