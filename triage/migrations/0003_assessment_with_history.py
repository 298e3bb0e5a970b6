"""What a model says of the photos together with the patient's history, beside the photos alone."""

from django.db import migrations, models

NULL = {
    "facts__isnull": True, "history_probabilities__isnull": True,
    "history_melanoma_risk__isnull": True, "history_malignancy_risk__isnull": True,
    "history_moved__isnull": True,
}  # fmt: skip
WHOLE = {
    "facts__isnull": False, "history_probabilities__isnull": False,
    "history_melanoma_risk__range": (0, 1), "history_malignancy_risk__range": (0, 1),
    "history_moved__isnull": False,
}  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("triage", "0002_written_once")]
    operations = [
        *(
            migrations.AddField("assessment", name, field)
            for name, field in {
                "facts": models.JSONField(null=True),
                "history_probabilities": models.JSONField(null=True),
                "history_melanoma_risk": models.FloatField(null=True),
                "history_malignancy_risk": models.FloatField(null=True),
                "history_moved": models.JSONField(null=True),
            }.items()
        ),
        migrations.AddConstraint(
            "assessment",
            models.CheckConstraint(
                condition=models.Q(**NULL) | models.Q(**WHOLE),
                name="assessment_history_whole_or_none",
            ),
        ),
    ]
