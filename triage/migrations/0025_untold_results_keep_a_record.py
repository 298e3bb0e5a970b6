"""triage_erase refuses while a laboratory result has not been told to the patient, as it does while
a case waits. The rest of the function stays as 0008_erasure made it, its rights too."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("triage.migrations.0008_erasure").ERASE
START, END = "CREATE FUNCTION public.triage_erase", "\nEND $$;\n"
FUNCTION = BEFORE[BEFORE.index(START) : BEFORE.index(END) + len(END)].replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1
)
PLACE = "    -- What somebody did here as staff"
UNTOLD = """    -- Not those that came for a case which the patient had withdrawn, nor once erased before.
    IF EXISTS (
        SELECT FROM triage_pathologyresult r JOIN triage_case c ON c.id = r.case_id
        WHERE c.patient_id = erased AND r.told_at IS NULL
        AND NOT EXISTS (SELECT FROM triage_pathologyresult l WHERE l.corrects_id = r.id)
        AND NOT (request.open_cases_too AND (request.ground = 'again' OR (
            c.answered_at IS NULL AND c.submitted_at <= request.asked_at
            AND r.entered_at > request.asked_at)))) THEN
        RAISE EXCEPTION 'a laboratory result of patient % has not been told', erased
            USING ERRCODE = 'insufficient_privilege';
    END IF;
"""


class Migration(migrations.Migration):
    dependencies = [("triage", "0024_erased_again")]

    operations = [
        migrations.RunSQL(FUNCTION.replace(PLACE, UNTOLD + PLACE, 1), FUNCTION),
    ]
