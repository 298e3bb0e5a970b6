"""What one model version said about one case; written once, never changed."""

from django.db import models
from django.db.models import Q

from triage.history import Moved, WithHistory
from triage.model_risk import Risk, limit_of, worst_of
from triage.models.case import Case
from triage.models.photo import Photo
from triage.rules import Rules


class LiveAssessments(models.Manager["Assessment"]):
    """What counts: a shadow's results are never among them, whoever asks and however."""

    def get_queryset(self) -> models.QuerySet["Assessment"]:
        return super().get_queryset().filter(shadow=False)


class Assessment(models.Model):
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    model_version = models.CharField(max_length=60)
    artifact_sha256 = models.CharField(max_length=64)
    preprocessing_version = models.CharField(max_length=60)
    engine = models.CharField(max_length=40)
    # of the photos alone
    probabilities = models.JSONField()  # label code -> calibrated probability
    melanoma_risk = models.FloatField()  # of the photo where it is greatest
    malignancy_risk = models.FloatField()  # likewise
    # with the history; null where nothing was known or the model hasn't learned from any
    facts = models.JSONField(null=True)  # what was used, for a replay
    history_probabilities = models.JSONField(null=True)
    history_melanoma_risk = models.FloatField(null=True)
    history_malignancy_risk = models.FloatField(null=True)
    history_moved = models.JSONField(null=True)  # rows of a triage.history.Moved
    history_melanoma_threshold = models.FloatField(null=True)  # null: that of the photos alone
    history_malignancy_threshold = models.FloatField(null=True)
    uncertainty = models.FloatField()  # 0 sure .. 1 says nothing
    in_domain = models.BooleanField()
    domain_score = models.FloatField()
    melanoma_threshold = models.FloatField()
    malignancy_threshold = models.FloatField()
    photo_sha256s = models.JSONField()  # of the photos that were read, in order
    duration_ms = models.PositiveIntegerField()  # this case's share of its batch
    created_at = models.DateTimeField()
    round = models.PositiveSmallIntegerField(default=1, db_default=1)  # set of photos: Case.round
    # how often this model had scored them before: after a roll-back it says so once more
    again = models.PositiveSmallIntegerField(default=0, db_default=0)
    shadow = models.BooleanField(
        default=False, db_default=False
    )  # by a model on trial: for its comparison alone

    objects = LiveAssessments()
    with_shadow = models.Manager()  # noqa: DJ012  (a manager, not a field)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "model_version", "shadow", "round", "again"],
                name="assessment_once_per_model_version",
            ),
            models.CheckConstraint(
                condition=models.Q(malignancy_risk__range=(0, 1)),
                name="assessment_risk_is_a_probability",
            ),
            models.CheckConstraint(
                condition=Q(
                    facts__isnull=True, history_probabilities__isnull=True,
                    history_melanoma_risk__isnull=True, history_malignancy_risk__isnull=True,
                    history_moved__isnull=True,
                )
                | Q(
                    facts__isnull=False, history_probabilities__isnull=False,
                    history_melanoma_risk__range=(0, 1), history_malignancy_risk__range=(0, 1),
                    history_moved__isnull=False,
                ),
                name="assessment_history_whole_or_none",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["model_version", "created_at", "id"],
                name="assessment_of_model",
                condition=Q(shadow=False),
            ),
        ]

    @property
    def with_history(self) -> WithHistory | None:
        if self.facts is None:
            return None
        return WithHistory(
            self.history_probabilities, self.history_melanoma_risk, self.history_malignancy_risk,
            self.facts, tuple(Moved(*row) for row in self.history_moved),
            self.history_melanoma_threshold, self.history_malignancy_threshold,
        )  # fmt: skip

    def melanoma(self, rules: Rules) -> Risk:
        """What counts for urgency: a history may raise what the photos say, never lower it."""
        alone = max(self.melanoma_risk, self.probabilities.get("MEL", 0.0))
        found = [Risk(alone, self.melanoma_threshold)]
        if history := self.with_history:
            both = max(history.melanoma_risk, history.probabilities.get("MEL", 0.0))
            found.append(Risk(both, history.melanoma_threshold or self.melanoma_threshold))
        return worst_of(found, rules.melanoma_limit_share, rules)

    def malignancy(self, rules: Rules) -> Risk:
        found = [Risk(self.malignancy_risk, self.malignancy_threshold)]
        if history := self.with_history:
            limit = history.malignancy_threshold or self.malignancy_threshold
            found.append(Risk(history.malignancy_risk, limit))
        return worst_of(found, rules.malignancy_limit_share, rules)

    @property
    def worst_malignancy_risk(self) -> float:
        return max(self.malignancy_risk, self.history_malignancy_risk or 0.0)

    def over_limit(self, rules: Rules) -> bool:
        """The risk of cancer is at or above the model's limit, or the clinic's lower one."""
        worst = self.malignancy(rules)
        return worst.value >= limit_of(worst.threshold, rules.malignancy_limit_share, rules)

    @property
    def top(self) -> list[tuple[str, float]]:
        """The four likeliest labels, likeliest first; with the history where there is one."""
        shown = self.history_probabilities or self.probabilities
        return sorted(shown.items(), key=lambda item: (-item[1], item[0]))[:4]


class PhotoFinding(models.Model):
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="findings")
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="findings")
    probabilities = models.JSONField()
    in_domain = models.BooleanField()
    domain_score = models.FloatField(null=True)  # null: scored before it was kept
    activation_map = models.JSONField()  # rows of 0..1, over the whole photo
    activation_label = models.CharField(max_length=10)  # the label that the map is of
    embedding = models.BinaryField(default=b"")  # little-endian float16, of length 1

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "photo"], name="photo_finding_once_per_assessment"
            ),
        ]
