"""A case: one submission about one lesion. Its row is the work of workers and readers."""

import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import Func, Q, Value
from django.utils.translation import gettext_lazy

from portal.accounts.models import Clinic
from triage.models.lesion import Lesion
from triage.models.patient import Patient
from triage.urgency import Urgency

URGENCY_CHOICES = [(urgency.value, urgency.label) for urgency in Urgency]
# Where a case stands on the worklist: who waits for photos comes last, with the clock stopped.
PLACE = ("paused", "urgency", "due_at", "score_rank", "id")
Place = tuple[bool, int, datetime, int, int]
REFERENCE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"  # no vowels (no words), no look-alikes


def new_reference() -> str:
    """An unguessable public name for a case (28**12, about 57 bits)."""
    letters = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(12))
    return "-".join(letters[i : i + 4] for i in range(0, 12, 4))


def as_reference(text: str) -> str:
    """A reference as people type it, in any letter case, with or without its dashes, as it is kept;
    what can be none, in capitals."""
    text = text.replace("\0", "").strip().upper()
    letters = "".join(text.replace("-", " ").split())
    if len(letters) != 12 or set(letters) - set(REFERENCE_ALPHABET):
        return text
    return "-".join(letters[at : at + 4] for at in range(0, 12, 4))


class ScoringState(models.TextChoices):
    WAITING = "waiting", gettext_lazy("Waiting for the model")
    CLAIMED = "claimed", gettext_lazy("Being scored")
    SCORED = "scored", gettext_lazy("Scored")
    FAILED = "failed", gettext_lazy("Needs a human: the model could not read it")


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> "CaseQuerySet":
        return self.filter(answered_at__isnull=True)

    def by_need(self) -> "CaseQuerySet":
        """The one order of the worklist; every column NOT NULL, the last one unique."""
        return self.order_by(*PLACE)

    def with_list_parts(self) -> "CaseQuerySet":
        """With what a list shows of each case, in two queries more, however many there are."""
        return self.select_related("lesion").prefetch_related("photos")

    def after(self, place: Place) -> "CaseQuerySet":
        """What follows `place` (the values of PLACE) in by_need() order."""
        return self.filter(models.lookups.GreaterThan(_row(*PLACE), _row(*map(Value, place))))

    def before(self, place: Place) -> "CaseQuerySet":
        """What stands ahead of `place` in by_need() order."""
        return self.filter(models.lookups.LessThan(_row(*PLACE), _row(*map(Value, place))))

    def mentioning(self, text: str) -> "CaseQuerySet":
        """Reference, or the beginning of one, or words of the notes."""
        words = SearchQuery(text, config="simple", search_type="websearch")
        return self.filter(Q(reference__startswith=text.strip().upper()) | Q(notes_index=words))


def _row(*parts: str | Value) -> Func:
    """A row value: Postgres compares two of them column by column, with the worklist's index."""
    return Func(*parts, function="ROW", output_field=models.Field())


class Case(models.Model):
    reference = models.CharField(max_length=14, unique=True, default=new_reference, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="cases")
    lesion = models.ForeignKey(Lesion, on_delete=models.PROTECT, related_name="cases")
    submitted_at = models.DateTimeField()
    idempotency_key = models.CharField(max_length=64)
    notes_index = SearchVectorField(null=True)

    # priority (triage/ranking.py): at submission without the model, at the floor or above
    urgency = models.PositiveSmallIntegerField(choices=URGENCY_CHOICES)
    due_at = models.DateTimeField()
    score = models.IntegerField()  # higher is more urgent, within its urgency and due time
    score_rank = models.GeneratedField(
        expression=-models.F("score"), output_field=models.IntegerField(), db_persist=True
    )
    reasons = models.JSONField(default=list)  # triage.priority.Reason, as stored by its as_json
    rules_version = models.PositiveIntegerField(
        default=0, db_default=0
    )  # of the RuleBook that ranked it

    # scoring: lease, fence and attempts (triage/scoring.py)
    scoring_state = models.CharField(
        max_length=10, choices=ScoringState, default=ScoringState.WAITING
    )
    scoring_attempts = models.PositiveSmallIntegerField(default=0)
    scoring_fence = models.PositiveIntegerField(default=0)  # grows with each claim
    scoring_lease_until = models.DateTimeField(null=True, blank=True)
    scoring_problem = models.CharField(max_length=300, blank=True)  # for staff

    # reading: who has it on the desk, and until when without a heartbeat (triage/worklist.py)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reader_lease_until = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)  # first signed review

    # waiting for photos that were asked for again (triage/retakes.py)
    paused_at = models.DateTimeField(null=True, blank=True)  # its clock stands still since
    paused = models.GeneratedField(
        expression=Q(paused_at__isnull=False), output_field=models.BooleanField(), db_persist=True
    )
    round = models.PositiveSmallIntegerField(default=1, db_default=1)  # sets of photos so far
    photos_not_sent = models.BooleanField(default=False, db_default=False)  # asked for in vain

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "idempotency_key"], name="case_once_per_submission"
            ),
            models.CheckConstraint(
                condition=Q(scoring_state__in=ScoringState.values), name="case_scoring_state_known"
            ),
            models.CheckConstraint(condition=Q(urgency__range=(0, 4)), name="case_urgency_known"),
            models.CheckConstraint(
                condition=Q(scoring_state=ScoringState.CLAIMED)
                | Q(scoring_lease_until__isnull=True),
                name="case_lease_only_while_claimed",
            ),
            models.CheckConstraint(
                condition=Q(reader__isnull=True, reader_lease_until__isnull=True)
                | Q(reader__isnull=False, reader_lease_until__isnull=False),
                name="case_reader_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True)
                | Q(reader__isnull=True, answered_at__isnull=True),
                name="case_paused_on_no_desk",
            ),
        ]
        indexes = [
            models.Index(
                "clinic",
                "paused",
                "urgency",
                "due_at",
                "score_rank",
                "id",
                name="case_worklist",
                condition=Q(answered_at__isnull=True),
            ),
            models.Index(
                "paused",
                "urgency",
                "due_at",
                "score_rank",
                "id",
                name="case_scoring_queue",
                condition=Q(scoring_state__in=[ScoringState.WAITING, ScoringState.CLAIMED]),
            ),
            models.Index(fields=["patient", "-submitted_at"], name="case_of_patient"),
            models.Index(fields=["clinic", "submitted_at"], name="case_of_clinic"),
            models.Index(
                fields=["rules_version"],
                name="case_open_by_rules",
                condition=Q(answered_at__isnull=True),
            ),
            GinIndex(fields=["notes_index"], name="case_notes"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def place(self) -> Place:
        """Where it stands in by_need() order."""
        return self.paused_at is not None, self.urgency, self.due_at, self.score_rank, self.pk
