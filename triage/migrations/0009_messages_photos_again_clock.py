"""Messages, notifications with their outbox, photos asked for again, and the clinic's clock."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# Answers that were signed and not mailed yet join the outbox.
TELL = """
INSERT INTO triage_notification
    (user_id, kind, key, case_id, count, created_at, mail_wanted, mail_after, mail_attempts,
     mail_problem)
SELECT p.user_id, 'answered', 'review-' || r.id, r.case_id, 1, r.signed_at, true, now(), 0, ''
FROM triage_review r
JOIN triage_case c ON c.id = r.case_id JOIN triage_patient p ON p.id = c.patient_id
WHERE r.signed_at IS NOT NULL AND r.patient_told_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_language"),
        ("triage", "0008_erasure"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Breach",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_at", models.DateTimeField()),
                (
                    "urgency",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Emergency, same day"),
                            (1, "Urgent suspected cancer"),
                            (2, "Soon"),
                            (3, "Routine"),
                            (4, "Advice"),
                        ]
                    ),
                ),
                ("noticed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="DutyShift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True)),
                ("name", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="MailPreference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("mail", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_patient", models.BooleanField()),
                ("text", models.TextField(max_length=2000)),
                ("sent_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["sent_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("photos_wanted", "Photos Wanted"),
                            ("answered", "Answered"),
                            ("message", "Message"),
                            ("follow_up", "Follow Up"),
                            ("breach", "Breach"),
                            ("emergency", "Emergency"),
                        ],
                        max_length=20,
                    ),
                ),
                ("key", models.CharField(max_length=60)),
                ("count", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("read_at", models.DateTimeField(null=True)),
                ("mail_wanted", models.BooleanField(default=True)),
                ("mail_after", models.DateTimeField(default=django.utils.timezone.now)),
                ("mail_attempts", models.PositiveSmallIntegerField(default=0)),
                ("mail_problem", models.CharField(blank=True, max_length=60)),
                ("mailed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="OneTimeLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(choices=[("photos_again", "Photos Again")], max_length=20),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PhotoRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("reasons", models.JSONField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("wanted_by", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("sent", "Sent"),
                            ("lapsed", "Lapsed"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Thread",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="triage.case",
                    ),
                ),
                ("last_at", models.DateTimeField()),
                ("waiting_since", models.DateTimeField(null=True)),
                ("emergency", models.BooleanField(default=False)),
                ("unread_by_patient", models.PositiveIntegerField(default=0)),
                ("unread_by_clinic", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="assessment",
            name="assessment_once_per_model_version",
        ),
        migrations.RemoveConstraint(
            model_name="review",
            name="review_one_draft_per_reader",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_worklist",
        ),
        migrations.RemoveIndex(
            model_name="case",
            name="case_scoring_queue",
        ),
        migrations.AddField(
            model_name="assessment",
            name="round",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="case",
            name="paused_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="case",
            name="paused",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Q(("paused_at__isnull", False)),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="photos_not_sent",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="case",
            name="round",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="photo",
            name="round",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="review",
            name="round",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                models.F("clinic"),
                models.F("paused"),
                models.F("urgency"),
                models.F("due_at"),
                models.F("score_rank"),
                models.F("id"),
                condition=models.Q(("answered_at__isnull", True)),
                name="case_worklist",
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                models.F("paused"),
                models.F("urgency"),
                models.F("due_at"),
                models.F("score_rank"),
                models.F("id"),
                condition=models.Q(("scoring_state__in", ["waiting", "claimed"])),
                name="case_scoring_queue",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.UniqueConstraint(
                fields=("case", "model_version", "shadow", "round"),
                name="assessment_once_per_model_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("paused_at__isnull", True),
                    models.Q(("answered_at__isnull", True), ("reader__isnull", True)),
                    _connector="OR",
                ),
                name="case_paused_on_no_desk",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                condition=models.Q(("signed_at__isnull", True)),
                fields=("case", "reader", "round"),
                name="review_one_draft_per_reader",
            ),
        ),
        migrations.AddField(
            model_name="breach",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="breaches",
                to="triage.case",
            ),
        ),
        migrations.AddField(
            model_name="dutyshift",
            name="clinic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
            ),
        ),
        migrations.AddField(
            model_name="dutyshift",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="case",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="triage.case",
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notifications",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="onetimelink",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="triage.patient"
            ),
        ),
        migrations.AddField(
            model_name="photorequest",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="photorequest",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="photo_requests",
                to="triage.case",
            ),
        ),
        migrations.AddField(
            model_name="onetimelink",
            name="photo_request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="links",
                to="triage.photorequest",
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="photo_request",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="triage.photorequest",
            ),
        ),
        migrations.AddField(
            model_name="thread",
            name="clinic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.clinic"
            ),
        ),
        migrations.AddField(
            model_name="thread",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="threads",
                to="triage.patient",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="thread",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="messages",
                to="triage.thread",
            ),
        ),
        migrations.AddConstraint(
            model_name="breach",
            constraint=models.UniqueConstraint(
                fields=("case", "due_at"), name="breach_once_per_due_time"
            ),
        ),
        migrations.AddIndex(
            model_name="dutyshift",
            index=models.Index(fields=["clinic", "ends_at"], name="duty_of_clinic"),
        ),
        migrations.AddConstraint(
            model_name="dutyshift",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="duty_ends_after_it_starts",
            ),
        ),
        migrations.AddIndex(
            model_name="photorequest",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["wanted_by"],
                name="photo_request_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="photorequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("case",),
                name="photo_request_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="photorequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("ending", "")),
                    models.Q(
                        ("closed_at__gte", models.F("asked_at")),
                        ("ending__in", ["sent", "lapsed", "withdrawn"]),
                    ),
                    _connector="OR",
                ),
                name="photo_request_closed_with_its_ending",
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["photos_again"])), name="link_purpose_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("made_at"))),
                name="link_expires_after_it_is_made",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(fields=["user", "-created_at", "-id"], name="notification_of_user"),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True)),
                fields=["user"],
                name="notification_unread",
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("mail_wanted", True), ("mailed_at__isnull", True)),
                fields=["mail_after"],
                name="notification_outbox",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(
                fields=("user", "kind", "key"), name="notification_told_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "received",
                            "photos_wanted",
                            "answered",
                            "message",
                            "follow_up",
                            "breach",
                            "emergency",
                        ],
                    )
                ),
                name="notification_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "photos_wanted"), _negated=True),
                    ("photo_request__isnull", False),
                    _connector="OR",
                ),
                name="notification_of_photos_names_the_request",
            ),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(
                models.F("clinic"),
                models.OrderBy(models.F("emergency"), descending=True),
                models.F("waiting_since"),
                models.F("case"),
                condition=models.Q(("waiting_since__isnull", False)),
                name="thread_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(fields=["clinic", "-last_at", "case"], name="thread_of_clinic"),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(fields=["patient", "-last_at", "case"], name="thread_of_patient"),
        ),
        migrations.AddConstraint(
            model_name="thread",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("emergency", False), ("waiting_since__isnull", False), _connector="OR"
                ),
                name="thread_emergency_waits",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["thread", "-sent_at", "-id"], name="message_of_thread"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="message_says_something"
            ),
        ),
        migrations.RunSQL(TELL, migrations.RunSQL.noop),
    ]
