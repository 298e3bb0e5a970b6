"""Released models as the portal knows them: what each is, and which of them scores."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from triage.models.assessment import Assessment


class ModelState(models.TextChoices):
    CANDIDATE = "candidate", _("Candidate: scores nothing")
    SHADOW = "shadow", _("Shadow: scores live cases unseen")
    ACTIVE = "active", _("Active: its results are used")
    RETIRED = "retired", _("Retired")


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> "ModelVersion | None":
        return self.filter(state=ModelState.ACTIVE).first()

    def shadow(self) -> "ModelVersion | None":
        return self.filter(state=ModelState.SHADOW).first()


class ModelVersion(models.Model):
    """A released model that a worker has found. Its state changes in triage/registry.py alone."""

    version = models.CharField(max_length=60, unique=True)
    sha256 = models.CharField(max_length=64)  # of its artifact.json, which has each file's
    facts = models.JSONField()  # artifact.json as the worker read it
    state = models.CharField(max_length=10, choices=ModelState, default=ModelState.CANDIDATE)
    state_since = models.DateTimeField()
    active_before = models.DateTimeField(null=True)  # when it last stopped being the active one
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # last found by a worker
    problem = models.CharField(max_length=300, blank=True)  # why a worker could not load it
    rescores_open = models.BooleanField(default=False)  # also open cases that another one scored

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="active"), name="model_one_active"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="shadow"), name="model_one_shadow"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ModelState.values), name="model_state_known"
            ),
            models.CheckConstraint(
                condition=Q(rescores_open=False) | Q(state="active"),
                name="model_rescores_only_while_active",
            ),
        ]

    def __str__(self) -> str:
        return self.version


class ModelApproval(models.Model):
    """One administrator's word for making a model the active one; two are needed."""

    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="approvals")
    administrator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=500)
    overrides = models.BooleanField(default=False)  # although the gate could not be assessed
    gate = models.JSONField()  # each condition as it stood
    created_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)  # used for a promotion, or void

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["model", "administrator"],
                condition=Q(spent_at__isnull=True),
                name="model_approval_once_per_administrator",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="model_approval_has_a_reason"),
        ]


class Replay(models.Model):
    """An assessment done again by a worker, to compare with what is on record."""

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="replays")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    engine = models.CharField(max_length=40, blank=True)
    numbers = models.JSONField(null=True)  # by the names of triage.replays.numbers_of
    problem = models.CharField(max_length=300, blank=True)  # why it could not be done

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assessment"],
                condition=Q(finished_at__isnull=True),
                name="replay_one_at_a_time",
            ),
        ]
