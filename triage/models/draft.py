"""What a patient has begun to enter and has not sent; kept so that it can be resumed anywhere."""

import uuid

from django.db import models
from django.utils import timezone

from triage.models.patient import Patient


class Draft(models.Model):
    """One for each patient, as its constraint says; gone when sent or thrown away.

    Its id is the submission's key: a case that was made of it carries that, so the same form sent
    twice finds the case of the first time.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="drafts")
    entered = models.JSONField(default=dict)  # by field of the form, see triage/drafts.py
    step = models.CharField(max_length=20)  # where to go on
    begun_at = models.DateTimeField(default=timezone.now)
    saved_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient"], name="draft_one_for_each_patient"),
        ]

    def __str__(self) -> str:
        return f"Draft of patient {self.patient_id}"
