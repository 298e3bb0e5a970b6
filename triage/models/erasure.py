"""Wishes to be forgotten, and what stands against carrying them out."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from triage.models.patient import Patient


class ErasureGround(models.TextChoices):
    ASKED = "asked", _("Asked for by the patient")
    RETENTION = "retention", _("The time for keeping the record is over")
    AGAIN = "again", _("Erased before; an older backup brought it back")


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def standing(self) -> "ErasureQuerySet":
        """Neither withdrawn nor carried out."""
        return self.filter(withdrawn_at__isnull=True, carried_out_at__isnull=True)


class Erasure(models.Model):
    """A request that a patient's record be erased. The row stays when the patient is gone: it
    holds a number that then leads to nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient_number = models.BigIntegerField()  # no foreign key: the patient's row goes, this stays
    ground = models.CharField(max_length=20, choices=ErasureGround, default=ErasureGround.ASKED)
    asked_at = models.DateTimeField()
    open_cases_too = models.BooleanField(default=False)  # the patient withdraws what nobody read
    withdrawn_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(  # null: the rule of retention
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    carried_out_at = models.DateTimeField(null=True)
    rows_erased = models.JSONField(default=dict)  # table -> how many
    files_left = models.JSONField(default=list)  # names still to be deleted from the storage

    objects = ErasureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient_number"],
                condition=Q(withdrawn_at__isnull=True, carried_out_at__isnull=True),
                name="erasure_one_standing_per_patient",
            ),
            models.CheckConstraint(
                condition=Q(ground__in=ErasureGround.values), name="erasure_ground_known"
            ),
            models.CheckConstraint(
                condition=Q(carried_out_at__isnull=True)
                | Q(approved_at__isnull=False, withdrawn_at__isnull=True),
                name="erasure_carried_out_only_when_approved",
            ),
        ]


class HoldGround(models.TextChoices):
    """What asks for a hold; a code, as the ledger outlives the words beside the record."""

    CLAIM = "claim", _("A claim or a complaint")
    INQUIRY = "inquiry", _("An inquiry by a court or an authority")
    OTHER = "other", _("Something else")


class HoldEnd(models.TextChoices):
    """Why a hold is lifted; a code, because free text has no place in the ledger."""

    CLOSED = "closed", _("The claim or inquiry is closed")
    NOT_NEEDED = "not_needed", _("This record turned out not to be needed for it")
    DELIVERED = "delivered", _("The record was handed over and is kept elsewhere")
    MISTAKE = "mistake", _("It was placed by mistake")


class LegalHold(models.Model):
    """While it stands nothing of this patient is erased, whoever asks."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="holds")
    reason = models.CharField(max_length=500)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(lifted_at__isnull=True),
                name="legal_hold_one_standing_per_patient",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="legal_hold_has_a_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="legal_hold_lifted_by_somebody",
            ),
        ]  # fmt: skip
