"""Erasure: the one way by which what is written once can go, for one patient, as a whole.

Signed reviews and assessments refuse to be deleted by anybody (0002_written_once). `triage_erase`
is the exception. It belongs to the role that migrates, and deletes what leads to one patient, and
nothing else, where an approved request stands, no legal hold does, and no case waits unread. What
leads to the patient is found from the foreign keys themselves, so that a table added later is
erased like the others.
"""

import uuid

import django.contrib.postgres.functions
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from psycopg2 import sql

# Deleting is let through inside triage_erase alone: its setting could be made by anybody, the role
# of the tables' owner could not.
MARKED = """
    IF TG_OP = 'DELETE' AND current_setting('triage.erasing', true) = 'on' AND current_user =
        (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RETURN OLD;
    END IF;
"""
REFUSE = """
    RAISE EXCEPTION '% of % is refused: it is written once', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
"""
TRIGGERS = """
CREATE OR REPLACE FUNCTION triage_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {marked} {refuse}
END $$;
CREATE OR REPLACE FUNCTION triage_refuse_if_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {marked}
    IF EXISTS (SELECT FROM triage_review WHERE id = OLD.review_id AND signed_at IS NOT NULL) THEN
        {refuse}
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

ERASE = """
CREATE FUNCTION public.triage_erase(erased bigint) RETURNS jsonb  -- table -> rows deleted
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account bigint;
    request public.triage_erasure;
    queue text[] := ARRAY['accounts_user', 'triage_patient'];
    belonging jsonb;  -- table -> keys of the rows that lead to the patient
    edge record;
    more jsonb;
    place text;
    gone bigint;
    deleted jsonb := '{}';
BEGIN
    SELECT user_id INTO account FROM triage_patient WHERE id = erased FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no patient %', erased USING ERRCODE = 'no_data_found';
    END IF;
    SELECT * INTO request FROM triage_erasure
        WHERE patient_number = erased AND approved_at IS NOT NULL
          AND withdrawn_at IS NULL AND carried_out_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no approved erasure stands for patient %', erased
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (SELECT FROM triage_legalhold WHERE patient_id = erased AND lifted_at IS NULL) THEN
        RAISE EXCEPTION 'a legal hold stands for patient %', erased
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM triage_case WHERE patient_id = erased ORDER BY id FOR UPDATE;
    IF EXISTS (
        SELECT FROM triage_case WHERE patient_id = erased AND answered_at IS NULL
        AND NOT (request.open_cases_too AND submitted_at <= request.asked_at)) THEN
        RAISE EXCEPTION 'a case of patient % waits for its answer', erased
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- What somebody did here as staff belongs to other patients' records.
    IF (SELECT role FROM accounts_user WHERE id = account) <> 'patient' OR EXISTS (
        SELECT FROM audit_entry WHERE actor_id = account AND actor_role <> 'patient') THEN
        RAISE EXCEPTION 'the account of patient % has worked here', erased
            USING ERRCODE = 'insufficient_privilege';
    END IF;

    belonging := jsonb_build_object('accounts_user', jsonb_build_array(account),
                                'triage_patient', jsonb_build_array(erased));
    WHILE cardinality(queue) > 0 LOOP
        place := queue[1];
        queue := queue[2:];
        FOR edge IN
            SELECT c.relname::text AS child, format('public.%I', c.relname) AS source,
                   referring.attname AS referring,
                   format_type(referring.atttypid, NULL) AS referring_type,
                   key.attname AS key, format_type(key.atttypid, NULL) AS key_type
            FROM pg_constraint f
            JOIN pg_class c ON c.oid = f.conrelid
            JOIN pg_attribute referring ON referring.attrelid = c.oid
                                       AND referring.attnum = f.conkey[1]
            JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
            JOIN pg_attribute key ON key.attrelid = c.oid AND key.attnum = i.indkey[0]
            WHERE f.contype = 'f' AND f.confrelid = format('public.%I', place)::regclass
        LOOP
            EXECUTE format(
                'SELECT coalesce(jsonb_agg(taken.k), ''[]'') FROM (SELECT %1$I AS k FROM %2$s '
                'WHERE %3$I = ANY (ARRAY(SELECT jsonb_array_elements_text($1))::%4$s[]) '
                'AND %1$I <> ALL (ARRAY(SELECT jsonb_array_elements_text($2))::%5$s[]) '
                'FOR UPDATE) AS taken',
                edge.key, edge.source, edge.referring, edge.referring_type, edge.key_type
            ) INTO more USING belonging -> place, coalesce(belonging -> edge.child, '[]');
            IF more <> '[]' THEN
                belonging := jsonb_set(belonging, ARRAY[edge.child],
                                   coalesce(belonging -> edge.child, '[]') || more);
                queue := queue || edge.child;
            END IF;
        END LOOP;
    END LOOP;

    -- Foreign keys are checked at the commit: the order does not matter.
    PERFORM set_config('triage.erasing', 'on', true);
    FOR edge IN
        SELECT c.relname::text AS child, format('public.%I', c.relname) AS source, key.attname AS key,
               format_type(key.atttypid, NULL) AS key_type
        FROM jsonb_object_keys(belonging) AS name
        JOIN pg_class c ON c.oid = format('public.%I', name)::regclass
        JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        JOIN pg_attribute key ON key.attrelid = c.oid AND key.attnum = i.indkey[0]
    LOOP
        EXECUTE format(
            'DELETE FROM %2$s WHERE %1$I = ANY (ARRAY(SELECT jsonb_array_elements_text($1))::%3$s[])',
            edge.key, edge.source, edge.key_type) USING belonging -> edge.child;
        GET DIAGNOSTICS gone = ROW_COUNT;
        deleted := deleted || jsonb_build_object(edge.child, gone);
    END LOOP;
    PERFORM set_config('triage.erasing', 'off', true);
    RETURN deleted;
END $$;
REVOKE ALL ON FUNCTION public.triage_erase(bigint) FROM PUBLIC;

-- A request may be withdrawn and carried out, and never becomes another's or goes away.
CREATE FUNCTION triage_erasure_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER erasure_is_kept BEFORE DELETE ON triage_erasure
    FOR EACH ROW EXECUTE FUNCTION triage_erasure_keep();
CREATE TRIGGER erasure_is_of_one_patient BEFORE UPDATE ON triage_erasure FOR EACH ROW
    WHEN (NEW.patient_number <> OLD.patient_number OR OLD.withdrawn_at IS NOT NULL
          OR (OLD.carried_out_at IS NOT NULL
              AND to_jsonb(NEW) - 'files_left' IS DISTINCT FROM to_jsonb(OLD) - 'files_left'))
    EXECUTE FUNCTION triage_erasure_keep();
"""
BACKWARDS = """
DROP TRIGGER erasure_is_of_one_patient ON triage_erasure;
DROP TRIGGER erasure_is_kept ON triage_erasure;
DROP FUNCTION triage_erasure_keep();
DROP FUNCTION public.triage_erase(bigint);
"""


def let_the_application_call(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [settings.DATABASE_APP_ROLE])
        if cursor.fetchone():
            role = sql.Identifier(settings.DATABASE_APP_ROLE).as_string(cursor.connection)
            cursor.execute(f"GRANT EXECUTE ON FUNCTION public.triage_erase(bigint) TO {role}")


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0007_reading_room"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="lesion",
            name="nickname",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="lesion",
            name="public_id",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                default=uuid.uuid4,
                editable=False,
                unique=True,
            ),
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("patient_number", models.BigIntegerField()),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("asked", "Asked for by the patient"),
                            ("retention", "The time for keeping the record is over"),
                        ],
                        default="asked",
                        max_length=20,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("open_cases_too", models.BooleanField(default=False)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("carried_out_at", models.DateTimeField(null=True)),
                ("rows_erased", models.JSONField(default=dict)),
                ("files_left", models.JSONField(default=list)),
                (
                    "approved_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("carried_out_at__isnull", True), ("withdrawn_at__isnull", True)
                        ),
                        fields=("patient_number",),
                        name="erasure_one_standing_per_patient",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ground__in", ["asked", "retention"])),
                        name="erasure_ground_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("carried_out_at__isnull", True),
                            models.Q(
                                ("approved_at__isnull", False), ("withdrawn_at__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="erasure_carried_out_only_when_approved",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reason", models.CharField(max_length=500)),
                ("placed_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="triage.patient",
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("patient",),
                        name="legal_hold_one_standing_per_patient",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="legal_hold_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lifted_at__isnull", True), ("lifted_by__isnull", True)),
                            models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="legal_hold_lifted_by_somebody",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            TRIGGERS.format(marked=MARKED, refuse=REFUSE),
            TRIGGERS.format(marked="", refuse=REFUSE),
        ),
        migrations.RunSQL(ERASE, BACKWARDS),
        migrations.RunPython(let_the_application_call, migrations.RunPython.noop),
    ]
