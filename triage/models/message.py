"""What a patient and the clinic write to each other about a case."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.accounts.models import Clinic
from triage.models.case import Case
from triage.models.patient import Patient

ALARMING = timedelta(days=1)  # so long a case shows that an emergency sign was told, if answered


class ThreadQuerySet(models.QuerySet["Thread"]):
    def alarming(self) -> "ThreadQuerySet":
        """An emergency sign is told in what waits, or was told within the last day."""
        lately = Q(emergency_at__gt=timezone.now() - ALARMING)
        return self.filter(Q(emergency=True) | lately)


class Thread(models.Model):
    """The conversation about one case. Its row is the lock under which messages are added."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, primary_key=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="threads")
    last_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True)  # the clinic owes an answer since
    emergency = models.BooleanField(default=False)  # what waits tells of an emergency sign
    emergency_at = models.DateTimeField(null=True)  # one was told last, answered since or not
    unread_by_patient = models.PositiveIntegerField(default=0)
    unread_by_clinic = models.PositiveIntegerField(default=0)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(emergency=False) | Q(waiting_since__isnull=False),
                name="thread_emergency_waits",
            ),
        ]
        indexes = [
            models.Index(
                "clinic", models.F("emergency").desc(), "waiting_since", "case",
                name="thread_waiting", condition=Q(waiting_since__isnull=False),
            ),
            models.Index(fields=["clinic", "-last_at", "case"], name="thread_of_clinic"),
            models.Index(fields=["patient", "-last_at", "case"], name="thread_of_patient"),
        ]  # fmt: skip


class Message(models.Model):
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    from_patient = models.BooleanField()
    text = models.TextField(max_length=2000)
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)  # first, by the other side

    class Meta:
        ordering = ["sent_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="message_says_something"),
        ]
        indexes = [
            models.Index(fields=["thread", "-sent_at", "-id"], name="message_of_thread"),
        ]
