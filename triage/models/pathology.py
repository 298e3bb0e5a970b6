"""What the pathologist found: the truth that reader and model are judged by. Written once."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from triage.models.case import Case
from triage.models.lesion import Lesion


class Specimen(models.TextChoices):
    EXCISION = "excision", _("Excision")
    PUNCH = "punch", _("Punch biopsy")
    SHAVE = "shave", _("Shave biopsy")
    CURETTAGE = "curettage", _("Curettage")
    OTHER = "other", _("Other or not said")


class PathologySource(models.TextChoices):
    ENTERED = "entered", _("Entered by hand")
    CSV = "csv", _("Imported as CSV")
    FHIR = "fhir", _("Imported as FHIR")


class PathologyQuerySet(models.QuerySet["PathologyResult"]):
    def standing(self) -> "PathologyQuerySet":
        """Not corrected by a later one."""
        return self.filter(correction__isnull=True)

    def unanswered(self) -> "PathologyQuerySet":
        """Standing, and no clinician has told the patient yet."""
        return self.standing().filter(told_at__isnull=True)


class PathologyResult(models.Model):
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="pathology")
    lesion = models.ForeignKey(Lesion, on_delete=models.PROTECT, related_name="pathology")
    diagnosis = models.CharField(max_length=10)  # a condition code
    specimen = models.CharField(max_length=10, choices=Specimen, default=Specimen.OTHER)
    report = models.TextField(blank=True)  # as the pathologist wrote it
    taken_on = models.DateField(null=True, blank=True)
    reported_on = models.DateField()
    source = models.CharField(max_length=10, choices=PathologySource)
    laboratory_number = models.CharField(max_length=60, blank=True)  # the laboratory's own
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField()
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="correction"
    )

    # closing the loop: a clinician reads it and tells the patient; only these columns are written
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    told_at = models.DateTimeField(null=True)
    told_text = models.TextField(blank=True)

    objects = PathologyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "laboratory_number"],
                condition=Q(corrects__isnull=True) & ~Q(laboratory_number=""),
                name="pathology_once_per_laboratory_number",
            ),
            models.CheckConstraint(
                condition=Q(taken_on__isnull=True) | Q(taken_on__lte=F("reported_on")),
                name="pathology_taken_before_reported",
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True, told_by__isnull=True, told_text="")
                | (Q(told_at__isnull=False, told_by__isnull=False) & ~Q(told_text="")),
                name="pathology_told_by_somebody",
            ),
        ]
