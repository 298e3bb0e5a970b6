"""The ledger: who did what to which patient's what, when, and how it ended.

An entry is inserted by the application and never changed by anybody. At commit a trigger that the
application cannot alter adds the entry's link to a SHA-256 chain. Tables, triggers and rights are
written out in SQL in the first migration; the models are unmanaged, so that nothing that Django
does to tables (flush, alter) is ever tried on them.
"""

from datetime import datetime

from django.db import connections, models
from django.db.models.functions import Now

from portal.accounts.models import Role, User


class Result(models.TextChoices):
    DONE = "done"
    DENIED = "denied"
    FAILED = "failed"


ACTIONS = """
WITH RECURSIVE seen AS (
    (SELECT action FROM audit_entry ORDER BY action LIMIT 1)
  UNION ALL
    SELECT (SELECT e.action FROM audit_entry e WHERE e.action > seen.action
            ORDER BY e.action LIMIT 1)
    FROM seen WHERE seen.action IS NOT NULL
)
SELECT action FROM seen WHERE action IS NOT NULL
"""
OBJECT_ID_LENGTH = 64


class EntryQuerySet(models.QuerySet["Entry"]):
    """Questions to the ledger. Each has its index; all can be combined."""

    def by(self, actor_id: int) -> "EntryQuerySet":
        # A plain filter would make select_related("actor") an inner join, and the entries of an
        # account that was erased would be missing.
        return self.filter(models.lookups.Exact(models.F("actor_id"), actor_id))

    def of_patient(self, patient_id: int) -> "EntryQuerySet":
        return self.filter(patient_id=patient_id)

    def about(self, object_type: str, object_id: str) -> "EntryQuerySet":
        """History of one object: about("case", case.reference)."""
        return self.filter(object_type=object_type, object_id=object_id)

    def doing(self, *actions: str) -> "EntryQuerySet":
        return self.filter(action__in=actions)

    def ending(self, result: str) -> "EntryQuerySet":
        return self.filter(result=result)

    def between(self, since: datetime | None, until: datetime | None) -> "EntryQuerySet":
        """From `since` on, and before `until`; None leaves that end open."""
        found = self
        if since is not None:
            found = found.filter(at__gte=since)
        if until is not None:
            found = found.filter(at__lt=until)
        return found

    def looks_at_photos(self, patient_id: int) -> "EntryQuerySet":
        """Who, other than the patient, has looked at this patient's photos; newest first.

        Each comes with its `actor` (None: the system), `actor_role`, `at` and `action`; the photo
        is `object_id`, its case's reference `detail["case"]`.
        """
        looks = self.of_patient(patient_id).doing("photo.viewed").ending(Result.DONE)
        others = looks.exclude(actor_role=Role.PATIENT)
        return others.newest_first().select_related("actor")

    def actions(self) -> list[str]:
        """Every action that the ledger holds, sorted; one index probe an action, not a scan."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(ACTIONS)
            return [row[0] for row in cursor.fetchall()]

    def newest_first(self) -> "EntryQuerySet":
        return self.order_by("-at", "-id")

    def older_than(self, entry: "Entry") -> "EntryQuerySet":
        """Entries that stand after `entry` in `newest_first` order: the next page."""
        earlier = models.Q(at__lt=entry.at) | models.Q(at=entry.at, id__lt=entry.pk)
        return self.filter(earlier, at__lte=entry.at)


class Entry(models.Model):
    at = models.DateTimeField(db_default=Now())  # the database's clock, whatever a caller sends
    actor = models.ForeignKey(  # null: the system itself
        User, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    actor_role = models.CharField(max_length=20)  # a Role, or worker, scheduler, anonymous
    action = models.CharField(max_length=60)  # noun.verb: case.viewed, review.signed
    patient_id = models.BigIntegerField(null=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=OBJECT_ID_LENGTH, blank=True)
    result = models.CharField(max_length=10, choices=Result, default=Result.DONE)
    detail = models.JSONField(default=dict)  # identifiers, numbers, before and after; no free text

    objects = EntryQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "audit_entry"
        default_permissions = ()


class Link(models.Model):
    """One link of the chain; written by the database alone."""

    position = models.BigIntegerField(primary_key=True)  # 1, 2, 3 ... in the order of commits
    entry = models.OneToOneField(Entry, on_delete=models.DO_NOTHING, db_constraint=False)
    hash = models.BinaryField(max_length=32)  # SHA-256 of the previous hash and the entry

    class Meta:
        managed = False
        db_table = "audit_link"
        default_permissions = ()
