"""What was signed, scored or committed is never changed, whoever asks: refused by the database."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION triage_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: it is written once', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER review_signed_is_final BEFORE UPDATE ON triage_review FOR EACH ROW
    WHEN (OLD.signed_at IS NOT NULL
          AND to_jsonb(NEW) - 'patient_told_at' IS DISTINCT FROM to_jsonb(OLD) - 'patient_told_at')
    EXECUTE FUNCTION triage_refuse();
CREATE TRIGGER review_signed_is_kept BEFORE DELETE ON triage_review FOR EACH ROW
    WHEN (OLD.signed_at IS NOT NULL) EXECUTE FUNCTION triage_refuse();
CREATE TRIGGER review_first_opinion_is_locked BEFORE UPDATE ON triage_review FOR EACH ROW
    WHEN (OLD.first_committed_at IS NOT NULL
          AND (NEW.first_diagnosis, NEW.first_urgency, NEW.first_confidence, NEW.first_committed_at)
              IS DISTINCT FROM
              (OLD.first_diagnosis, OLD.first_urgency, OLD.first_confidence,
               OLD.first_committed_at))
    EXECUTE FUNCTION triage_refuse();
CREATE TRIGGER assessment_is_final BEFORE UPDATE OR DELETE ON triage_assessment FOR EACH ROW
    EXECUTE FUNCTION triage_refuse();
CREATE TRIGGER photo_finding_is_final BEFORE UPDATE OR DELETE ON triage_photofinding FOR EACH ROW
    EXECUTE FUNCTION triage_refuse();

-- Whether a photo was good enough is part of what was signed.
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
DROP TRIGGER review_signed_is_final ON triage_review;
DROP TRIGGER review_signed_is_kept ON triage_review;
DROP TRIGGER review_first_opinion_is_locked ON triage_review;
DROP TRIGGER assessment_is_final ON triage_assessment;
DROP TRIGGER photo_finding_is_final ON triage_photofinding;
DROP FUNCTION triage_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("triage", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
