"""What the clinic decides for itself, in versions that are written once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from triage.book import digest, from_json, to_json

FORWARDS = """
CREATE TRIGGER rule_book_is_final BEFORE UPDATE OR DELETE ON triage_rulebook FOR EACH ROW
    EXECUTE FUNCTION triage_refuse();
"""
BACKWARDS = "DROP TRIGGER rule_book_is_final ON triage_rulebook"


def keep_settings(apps, schema_editor) -> None:
    """The settings that were made before there were rule books are its first version."""
    names = ("preliminary_result_at_once", "commit_then_reveal", "cases_per_hour")
    before = apps.get_model("triage", "SiteSettings").objects.filter(pk=1).values(*names).first()
    if before is None:
        return
    book = from_json({"site": before | {"cases_per_hour": max(before["cases_per_hour"], 1)}})
    apps.get_model("triage", "RuleBook").objects.create(
        version=1, values=to_json(book), sha256=digest(book), based_on=0, created_at=timezone.now(),
        reason="Settings from before there were rule books",
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0009_messages_photos_again_clock"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleBook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(unique=True)),
                ("values", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("based_on", models.PositiveIntegerField()),
                ("reason", models.CharField(max_length=500)),
                ("created_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("version__gt", models.F("based_on"))),
                        name="rule_book_after_what_it_is_based_on",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="rule_book_says_why",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(keep_settings, migrations.RunPython.noop),
        migrations.AddField(
            model_name="case",
            name="rules_version",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("answered_at__isnull", True)),
                fields=["rules_version"],
                name="case_open_by_rules",
            ),
        ),
    ]
