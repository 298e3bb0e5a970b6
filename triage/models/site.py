"""What an administrator may set for the whole portal; one row, each change in the ledger."""

from django.db import models


class SiteSettings(models.Model):
    preliminary_result_at_once = models.BooleanField(default=True)  # else held until review
    commit_then_reveal = models.BooleanField(default=True)  # first opinion before the model's
    cases_per_hour = models.PositiveIntegerField(default=20)  # a patient's quota

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="site_settings_one_row"),
        ]

    @classmethod
    def current(cls) -> "SiteSettings":
        return cls.objects.filter(pk=1).first() or cls(pk=1)
