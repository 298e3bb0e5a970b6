"""What the patient told about the lesion. Null is 'not sure'."""

from django.db import models

from triage.models.case import Case
from triage.symptoms import Answers


class Symptoms(models.Model):
    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True)
    itch = models.BooleanField(null=True)
    bleed = models.BooleanField(null=True)
    grew = models.BooleanField(null=True)
    changed = models.BooleanField(null=True)
    hurt = models.BooleanField(null=True)
    elevation = models.BooleanField(null=True)
    irregular_shape = models.BooleanField(null=True)
    irregular_colour = models.BooleanField(null=True)
    inflammation = models.BooleanField(null=True)
    oozing = models.BooleanField(null=True)
    sensation_change = models.BooleanField(null=True)
    fever_with_spreading_rash = models.BooleanField(null=True)
    mucosal_or_blistering = models.BooleanField(null=True)
    black_or_dead_skin = models.BooleanField(null=True)
    over_half_body = models.BooleanField(null=True)
    bleeding_not_stopping = models.BooleanField(null=True)
    emergency_sign_unsure = models.BooleanField(default=False, db_default=False)
    duration_weeks = models.PositiveIntegerField(null=True)
    diameter_mm = models.FloatField(null=True)
    notes = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "symptoms"

    @property
    def answers(self) -> Answers:
        return Answers(**{name: getattr(self, name) for name in Answers.__dataclass_fields__})
