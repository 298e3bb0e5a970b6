"""A scoring worker, as last heard of."""

from datetime import timedelta

from django.db import models
from django.utils import timezone


class WorkerQuerySet(models.QuerySet["Worker"]):
    def seen_lately(self) -> "WorkerQuerySet":
        return self.filter(seen_at__gte=timezone.now() - timedelta(seconds=90))

    def able_to_score(self) -> "WorkerQuerySet":
        return self.seen_lately().filter(problem="")


class Worker(models.Model):
    name = models.CharField(max_length=120, unique=True)
    seen_at = models.DateTimeField(db_index=True)
    engine = models.CharField(max_length=40, blank=True)
    model_version = models.CharField(max_length=60, blank=True)
    problem = models.CharField(max_length=300, blank=True)  # why it cannot score, for staff

    objects = WorkerQuerySet.as_manager()
