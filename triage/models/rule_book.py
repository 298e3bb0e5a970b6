"""One version of what the clinic decided for itself; written once, the newest is in force."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class RuleBookQuerySet(models.QuerySet["RuleBook"]):
    def newest_first(self) -> "RuleBookQuerySet":
        return self.order_by("-version")


class RuleBook(models.Model):
    """Read it by triage.rulebook. Before the first row the portal works as it was delivered, which
    is called version 0."""

    version = models.PositiveIntegerField(unique=True)
    values = models.JSONField()  # triage.book.Book as JSON; what it leaves out is as delivered
    sha256 = models.CharField(max_length=64)  # triage.book.digest of the values
    based_on = (
        models.PositiveIntegerField()
    )  # the version whose values were changed, or brought back
    # null: a command, or the installation itself
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField()

    objects = RuleBookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(version__gt=F("based_on")), name="rule_book_after_what_it_is_based_on"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="rule_book_says_why"),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"
