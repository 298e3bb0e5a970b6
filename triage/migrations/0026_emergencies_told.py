"""When an emergency sign was told last: a case shows it for a day, answered or not."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0025_untold_results_keep_a_record"),
    ]

    operations = [
        migrations.AddField(
            model_name="thread",
            name="emergency_at",
            field=models.DateTimeField(null=True),
        ),
    ]
