"""The ledger: who did what to which patient's what, when, and how it ended.

An entry is inserted by the application and never changed by anybody; at commit a trigger that the
application cannot alter adds the entry's link to a SHA-256 chain (see migrations).
"""

from django.db import models


class Result(models.TextChoices):
    DONE = "done"
    DENIED = "denied"
    FAILED = "failed"


class Entry(models.Model):
    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)  # null: the system itself
    actor_role = models.CharField(max_length=20)  # a Role, or worker, scheduler, anonymous
    action = models.CharField(max_length=60, db_index=True)  # noun.verb: case.viewed, review.signed
    patient_id = models.BigIntegerField(null=True, db_index=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    result = models.CharField(max_length=10, choices=Result, default=Result.DONE)
    detail = models.JSONField(default=dict)  # identifiers, numbers, before and after; no free text

    class Meta:
        managed = True
        default_permissions = ()


class Link(models.Model):
    """One link of the chain; written by the database alone."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT)
    hash = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()
