"""What a model says once more of a case after a roll-back has a row of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0027_amended_answers"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="assessment",
            name="assessment_once_per_model_version",
        ),
        migrations.AddField(
            model_name="assessment",
            name="again",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.UniqueConstraint(
                fields=("case", "model_version", "shadow", "round", "again"),
                name="assessment_once_per_model_version",
            ),
        ),
    ]
