"""Administrators are told of alarms of the safety board."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0016_notifications_of_second_readings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="notification",
            name="notification_kind_known",
        ),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("photos_wanted", "Photos Wanted"),
                    ("answered", "Answered"),
                    ("message", "Message"),
                    ("follow_up", "Follow Up"),
                    ("breach", "Breach"),
                    ("laboratory", "Laboratory"),
                    ("second_reading", "Second Reading"),
                    ("disagreement", "Disagreement"),
                    ("emergency", "Emergency"),
                    ("alarm", "Alarm"),
                ],
                max_length=20,
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
                            "laboratory",
                            "second_reading",
                            "disagreement",
                            "emergency",
                            "alarm",
                        ],
                    )
                ),
                name="notification_kind_known",
            ),
        ),
    ]
