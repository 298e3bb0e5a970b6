"""A dermatologist's review: a first opinion, the model's revealed, then a signed decision.

Signed rows never change (a database trigger refuses); an amendment is a new version.
"""

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from triage.models.case import URGENCY_CHOICES, Case
from triage.models.photo import Photo


class ReviewOutcome(models.TextChoices):
    DISCHARGE = "discharge", _("Reassure and discharge with advice")
    SELF_CARE = "self_care", _("Self-care")
    ROUTINE = "routine", _("Routine appointment")
    URGENT = "urgent", _("Urgent suspected-cancer referral")
    EMERGENCY = "emergency", _("Emergency: same day")
    PHOTOS_AGAIN = "photos_again", _("Photos again")


LEAVING = (ReviewOutcome.DISCHARGE, ReviewOutcome.SELF_CARE)  # nobody will see the patient


class Confidence(models.IntegerChoices):
    LOW = 1, _("Low")
    MODERATE = 2, _("Moderate")
    HIGH = 3, _("High")


class Agreement(models.TextChoices):
    AGREES = "agrees", _("The model agrees")
    PARTLY = "partly", _("In its first four")
    DISAGREES = "disagrees", _("The model disagrees")
    NO_MODEL = "no_model", _("No model result")


class ReviewQuerySet(models.QuerySet["Review"]):
    def signed(self) -> "ReviewQuerySet":
        return self.filter(signed_at__isnull=False).order_by("version")

    def drafts(self) -> "ReviewQuerySet":
        return self.filter(signed_at__isnull=True)

    def with_adequacy(self) -> "ReviewQuerySet":
        """With what `adequate` tells, in the same query."""
        rows = PhotoAdequacy.objects.filter(review=OuterRef("pk")).order_by()
        pairs = rows.values(pair=JSONObject(photo="photo_id", adequate="adequate"))
        return self.annotate(judged=ArraySubquery(pairs))


class Review(models.Model):
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reviews")
    version = models.PositiveSmallIntegerField(null=True)  # given on signing: 1, 2, ...
    amends = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True)
    amendment_reason = models.CharField(max_length=500, blank=True)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=1, db_default=1)  # photos read: Case.round
    # with the case in front and in use; null where nothing measured it (no script, the API)
    reading_seconds = models.PositiveIntegerField(null=True)

    # the first opinion, locked before the model's is shown
    first_diagnosis = models.CharField(max_length=10, blank=True)  # a condition code
    first_urgency = models.PositiveSmallIntegerField(choices=URGENCY_CHOICES, null=True)
    first_confidence = models.PositiveSmallIntegerField(choices=Confidence, null=True)
    first_committed_at = models.DateTimeField(null=True)
    revealed_at = models.DateTimeField(null=True)  # when the model's result was shown

    # the decision; as a draft it counts its savings, so that two windows notice each other
    draft_revision = models.PositiveIntegerField(default=0, db_default=0)
    draft_saved_at = models.DateTimeField(null=True)
    findings = models.TextField(
        blank=True, default="", db_default=""
    )  # what the reader sees and measures; for staff
    diagnosis = models.CharField(max_length=10, blank=True)
    differential = models.CharField(max_length=300, blank=True)
    confidence = models.PositiveSmallIntegerField(choices=Confidence, null=True)
    outcome = models.CharField(max_length=20, choices=ReviewOutcome, blank=True)
    destination = models.CharField(max_length=200, blank=True)
    urgency = models.PositiveSmallIntegerField(choices=URGENCY_CHOICES, null=True)
    urgency_reason = models.CharField(max_length=500, blank=True)  # where it was changed
    agreement = models.CharField(max_length=10, choices=Agreement, blank=True)
    advice = models.TextField(blank=True)
    safety_net = models.TextField(blank=True)
    follow_up_weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True)
    patient_told_at = models.DateTimeField(null=True)  # the mail that an answer is there

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["case", "version"], name="review_version_unique"),
            models.UniqueConstraint(
                fields=["case", "reader", "round"],
                condition=models.Q(signed_at__isnull=True),
                name="review_one_draft_per_reader",
            ),
            models.CheckConstraint(
                condition=models.Q(signed_at__isnull=True)
                | (
                    models.Q(urgency__isnull=False)
                    & models.Q(version__isnull=False)
                    & ~models.Q(diagnosis="")
                    & ~models.Q(outcome="")
                    & ~models.Q(advice="")
                    & ~models.Q(safety_net="")
                ),
                name="review_signed_is_complete",
            ),
            models.CheckConstraint(
                condition=models.Q(revealed_at__isnull=True)
                | models.Q(first_committed_at__isnull=True)
                | models.Q(first_committed_at__lte=models.F("revealed_at")),
                name="review_opinion_before_reveal",
            ),
            models.CheckConstraint(
                condition=models.Q(version__isnull=True)
                | models.Q(version=1, amends__isnull=True)
                | models.Q(version__gt=1, amends__isnull=False),
                name="review_amends_its_forerunner",
            ),
        ]
        indexes = [
            models.Index(
                fields=["reader", "-signed_at"],
                name="review_of_reader",
                condition=models.Q(signed_at__isnull=False),
            ),
            models.Index(
                fields=["signed_at"],
                name="review_signed",
                condition=models.Q(signed_at__isnull=False),
            ),
        ]

    @property
    def adequate(self) -> dict[str, bool]:
        """Photo id -> good enough to judge by, as far as it was said."""
        if "judged" in self.__dict__:
            return {pair["photo"]: pair["adequate"] for pair in self.judged}
        return {str(row.photo_id): row.adequate for row in self.adequacies.all()}


class PhotoAdequacy(models.Model):
    """Whether one photo was good enough to judge by."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="adequacies")
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="+")
    adequate = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "photo"], name="adequacy_once_per_photo"),
        ]
