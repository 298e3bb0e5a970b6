"""What one model version said about one case; written once, never changed."""

from django.db import models

from triage.models.case import Case
from triage.models.photo import Photo


class Assessment(models.Model):
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    model_version = models.CharField(max_length=60)
    artifact_sha256 = models.CharField(max_length=64)
    preprocessing_version = models.CharField(max_length=60)
    engine = models.CharField(max_length=40)
    probabilities = models.JSONField()  # label code -> calibrated probability
    melanoma_risk = models.FloatField()  # of the photo where it is greatest
    malignancy_risk = models.FloatField()  # likewise
    uncertainty = models.FloatField()  # 0 sure .. 1 says nothing
    in_domain = models.BooleanField()
    domain_score = models.FloatField()
    melanoma_threshold = models.FloatField()
    malignancy_threshold = models.FloatField()
    photo_sha256s = models.JSONField()  # of the photos that were read, in order
    duration_ms = models.PositiveIntegerField()  # this case's share of its batch
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "model_version"], name="assessment_once_per_model_version"
            ),
            models.CheckConstraint(
                condition=models.Q(malignancy_risk__range=(0, 1)),
                name="assessment_risk_is_a_probability",
            ),
        ]

    @property
    def top(self) -> list[tuple[str, float]]:
        """The four likeliest labels, likeliest first."""
        ranked = sorted(self.probabilities.items(), key=lambda item: (-item[1], item[0]))
        return ranked[:4]


class PhotoFinding(models.Model):
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="findings")
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="findings")
    probabilities = models.JSONField()
    in_domain = models.BooleanField()
    activation_map = models.JSONField()  # rows of 0..1, over the whole photo
    activation_label = models.CharField(max_length=10)  # the label that the map is of

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "photo"], name="photo_finding_once_per_assessment"
            ),
        ]
