"""The settings of the portal are part of the rule book (0010)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("triage", "0013_embeddings")]
    operations = [migrations.DeleteModel("SiteSettings")]
