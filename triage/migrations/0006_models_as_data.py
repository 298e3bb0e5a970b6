"""The registry of models, assessments of a model on trial, replays, and what took a photo."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0005_second_readings_pathology_similar"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelApproval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("overrides", models.BooleanField(default=False)),
                ("gate", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("spent_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["created_at"],
            },
        ),
        migrations.CreateModel(
            name="ModelVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=60, unique=True)),
                ("sha256", models.CharField(max_length=64)),
                ("facts", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("candidate", "Candidate: scores nothing"),
                            ("shadow", "Shadow: scores live cases unseen"),
                            ("active", "Active: its results are used"),
                            ("retired", "Retired"),
                        ],
                        default="candidate",
                        max_length=10,
                    ),
                ),
                ("state_since", models.DateTimeField()),
                ("active_before", models.DateTimeField(null=True)),
                ("found_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("rescores_open", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["-version"],
            },
        ),
        migrations.CreateModel(
            name="Replay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("engine", models.CharField(blank=True, max_length=40)),
                ("numbers", models.JSONField(null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="assessment",
            name="assessment_once_per_model_version",
        ),
        migrations.AddField(
            model_name="assessment",
            name="shadow",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="photo",
            name="device",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="upload",
            name="device",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.UniqueConstraint(
                fields=("case", "model_version", "shadow"), name="assessment_once_per_model_version"
            ),
        ),
        migrations.AddField(
            model_name="modelapproval",
            name="administrator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "active")), fields=("state",), name="model_one_active"
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "shadow")), fields=("state",), name="model_one_shadow"
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["candidate", "shadow", "active", "retired"])),
                name="model_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("rescores_open", False), ("state", "active"), _connector="OR"),
                name="model_rescores_only_while_active",
            ),
        ),
        migrations.AddField(
            model_name="modelapproval",
            name="model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approvals",
                to="triage.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="replay",
            name="asked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="replay",
            name="assessment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replays",
                to="triage.assessment",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelapproval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("spent_at__isnull", True)),
                fields=("model", "administrator"),
                name="model_approval_once_per_administrator",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="model_approval_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="replay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("finished_at__isnull", True)),
                fields=("assessment",),
                name="replay_one_at_a_time",
            ),
        ),
    ]
