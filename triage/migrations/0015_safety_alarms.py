"""Alarms of the safety board; results of one model in the order of time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0014_no_site_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="SafetyAlarm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("found", models.CharField(max_length=300)),
                ("raised_at", models.DateTimeField()),
                ("cleared_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-raised_at"],
            },
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(
                condition=models.Q(("shadow", False)),
                fields=["model_version", "created_at", "id"],
                name="assessment_of_model",
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyalarm",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cleared_at__isnull", True)),
                fields=("name",),
                name="safety_alarm_one_standing",
            ),
        ),
        migrations.AddConstraint(
            model_name="safetyalarm",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cleared_at__isnull", True),
                    ("cleared_at__gte", models.F("raised_at")),
                    _connector="OR",
                ),
                name="safety_alarm_cleared_after_raised",
            ),
        ),
    ]
