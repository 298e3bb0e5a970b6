"""An opinion that was signed before the case was answered is held against the answer once."""

from django.db import migrations

TRIGGER = """
DROP TRIGGER second_reading_signed_is_final ON triage_secondreading;
CREATE TRIGGER second_reading_signed_is_final BEFORE UPDATE ON triage_secondreading FOR EACH ROW
    WHEN (OLD.settled_at IS NOT NULL OR (OLD.signed_at IS NOT NULL
          AND to_jsonb(NEW) - {open}
              IS DISTINCT FROM
              to_jsonb(OLD) - {open}))
    EXECUTE FUNCTION triage_refuse();
"""
SETTLED = "'{settled_at,settled_by_id,settlement,settlement_reason}'::text[]"
COMPARED = """(CASE WHEN OLD.review_id IS NULL
    THEN '{settled_at,settled_by_id,settlement,settlement_reason,review_id,disagrees}'::text[]
    ELSE '{settled_at,settled_by_id,settlement,settlement_reason}'::text[] END)"""


class Migration(migrations.Migration):
    dependencies = [("triage", "0020_photo_domain_scores")]

    operations = [
        migrations.RunSQL(TRIGGER.format(open=COMPARED), TRIGGER.format(open=SETTLED)),
    ]
