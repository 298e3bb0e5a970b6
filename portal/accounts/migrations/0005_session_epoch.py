from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_clinic_phone")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="session_epoch",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
