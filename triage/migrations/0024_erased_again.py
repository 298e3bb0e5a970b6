from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("triage", "0023_patient_phone")]

    operations = [
        migrations.AlterField(
            model_name="erasure",
            name="ground",
            field=models.CharField(
                choices=[
                    ("asked", "Asked for by the patient"),
                    ("retention", "The time for keeping the record is over"),
                    ("again", "Erased before; an older backup brought it back"),
                ],
                default="asked",
                max_length=20,
            ),
        ),
        migrations.RemoveConstraint(model_name="erasure", name="erasure_ground_known"),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("ground__in", ["asked", "retention", "again"])),
                name="erasure_ground_known",
            ),
        ),
    ]
