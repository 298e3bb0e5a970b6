"""What a model says with the history has thresholds of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triage", "0011_conversations_and_places")]
    operations = [
        migrations.AddField(
            "assessment", "history_melanoma_threshold", models.FloatField(null=True)
        ),
        migrations.AddField(
            "assessment", "history_malignancy_threshold", models.FloatField(null=True)
        ),
    ]
