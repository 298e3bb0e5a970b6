"""Whether a photo was good enough is part of what was signed: as final as the review itself."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION triage_refuse_if_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM triage_review WHERE id = OLD.review_id AND signed_at IS NOT NULL) THEN
        RAISE EXCEPTION '% of % is refused: it is written once', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER photo_adequacy_is_final BEFORE UPDATE OR DELETE ON triage_photoadequacy
    FOR EACH ROW EXECUTE FUNCTION triage_refuse_if_signed();
"""

BACKWARDS = """
DROP TRIGGER photo_adequacy_is_final ON triage_photoadequacy;
DROP FUNCTION triage_refuse_if_signed();
"""


class Migration(migrations.Migration):
    dependencies = [("triage", "0003_melanoma_risk")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
