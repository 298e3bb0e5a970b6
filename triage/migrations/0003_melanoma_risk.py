from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triage", "0002_written_once")]
    operations = [
        migrations.AddField(
            "assessment", "melanoma_risk", models.FloatField(default=0), preserve_default=False
        )
    ]
