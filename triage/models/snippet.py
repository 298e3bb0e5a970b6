"""A text that a reader inserts by its name: their own, or one that all of a clinic use."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.accounts.models import Clinic


class Snippet(models.Model):
    clinic = models.ForeignKey(Clinic, on_delete=models.CASCADE)
    owner = models.ForeignKey(  # null: the clinic's
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=30)  # what is typed after a slash
    text = models.TextField(max_length=2000)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "owner_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(name__regex=r"^[a-z0-9][a-z0-9-]*$"), name="snippet_name_is_typable"
            ),
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(owner__isnull=False),
                name="snippet_name_once_per_owner",
            ),
            models.UniqueConstraint(
                fields=["clinic", "name"], condition=Q(owner__isnull=True),
                name="snippet_name_once_per_clinic",
            ),
        ]  # fmt: skip
