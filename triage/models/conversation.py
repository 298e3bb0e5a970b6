"""What a patient wrote to the symptom assistant. Nobody else reads it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from triage.models.patient import Patient


class Conversation(models.Model):
    """Swept 30 days after its last turn, unless it was handed over into a form.

    Only what the patient said is kept; what the assistant answered follows from that, by the same
    rules each time (triage/assistant/dialogue.py).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="conversations")
    turns = models.JSONField(default=list)  # of {"text": as written, "on": day as YYYY-MM-DD}
    begun_at = models.DateTimeField(default=timezone.now)
    said_at = models.DateTimeField(default=timezone.now, db_index=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(handed_over_at__isnull=True),
                name="conversation_one_open_for_each_patient",
            ),
        ]

    def __str__(self) -> str:
        return f"Conversation of patient {self.patient_id}"
