"""The ledger's tables, chain and rights.

How an entry comes to its link. `audit_entry` has a deferred trigger; at commit it puts the entry's
id into `audit_pending`, whose own deferred trigger fires when every other deferred check of the
transaction has run. Only then is the head locked, and the transaction's entries are chained in the
order of their ids. The head is thus the last lock that a transaction takes, held for the commit
alone, so it can't be part of a deadlock with the application's rows (foreign keys are checked at
commit too, and they lock rows).

The functions belong to the role that migrates and run with its rights (SECURITY DEFINER): the
application's role can insert an entry, and nothing else.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now

from portal.audit.privileges import limit_application_role

TABLES = """
CREATE TABLE public.audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor_id bigint,
    actor_role varchar(20) NOT NULL,
    action varchar(60) NOT NULL,
    patient_id bigint,
    object_type varchar(40) NOT NULL,
    object_id varchar(64) NOT NULL,
    result varchar(10) NOT NULL,
    detail jsonb NOT NULL,
    CONSTRAINT audit_entry_result_known CHECK (result IN ('done', 'denied', 'failed')),
    CONSTRAINT audit_entry_action_is_noun_verb CHECK (action ~ '^[a-z0-9_]+([.][a-z0-9_]+)+$')
);
CREATE INDEX audit_entry_at ON public.audit_entry (at, id);
CREATE INDEX audit_entry_actor ON public.audit_entry (actor_id, at, id);
CREATE INDEX audit_entry_patient ON public.audit_entry (patient_id, at, id)
    WHERE patient_id IS NOT NULL;
CREATE INDEX audit_entry_action ON public.audit_entry (action, at, id);
CREATE INDEX audit_entry_object ON public.audit_entry (object_id, at, id)
    WHERE object_id <> '';
CREATE INDEX audit_entry_result ON public.audit_entry (result, at, id) WHERE result <> 'done';

CREATE TABLE public.audit_link (
    position bigint PRIMARY KEY,
    entry_id bigint NOT NULL UNIQUE,
    hash bytea NOT NULL CHECK (length(hash) = 32)
);

CREATE TABLE public.audit_head (  -- one row: where the chain ends
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32)
) WITH (fillfactor = 10);
INSERT INTO public.audit_head (position, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE UNLOGGED TABLE public.audit_pending (  -- of transactions committing now; else empty
    transaction xid8 NOT NULL,
    entry_id bigint NOT NULL,
    PRIMARY KEY (transaction, entry_id)
);
"""

# One JSON array holds every field in a fixed order. jsonb has one text form for a value, time goes
# in as whole microseconds, text as UTF-8: the bytes depend on no setting of a session, and no two
# different entries have the same. BEGIN ATOMIC binds every name now, whatever search_path is later.
HASH = """
CREATE FUNCTION public.audit_hash(previous bytea, entry public.audit_entry) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT sha256(previous || convert_to(jsonb_build_array(
        (entry).id,
        (extract(epoch FROM (entry).at) * 1000000)::bigint,
        (entry).actor_id,
        (entry).actor_role,
        (entry).action,
        (entry).patient_id,
        (entry).object_type,
        (entry).object_id,
        (entry).result,
        (entry).detail
    )::text, 'UTF8'));
END;
"""

CHAIN = """
CREATE FUNCTION public.audit_stamp() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER audit_entry_stamp BEFORE INSERT ON public.audit_entry
    FOR EACH ROW EXECUTE FUNCTION public.audit_stamp();

CREATE FUNCTION public.audit_await() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.audit_pending VALUES (pg_current_xact_id(), NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_entry_await AFTER INSERT ON public.audit_entry
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.audit_await();

CREATE FUNCTION public.audit_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head public.audit_head;
    entry public.audit_entry;
BEGIN
    PERFORM FROM public.audit_pending
        WHERE transaction = NEW.transaction AND entry_id = NEW.entry_id;
    IF NOT FOUND THEN
        RETURN NULL;  -- chained already, together with the transaction's first entry
    END IF;
    SELECT * INTO STRICT head FROM public.audit_head FOR UPDATE;
    FOR entry IN
        SELECT e.* FROM public.audit_pending p JOIN public.audit_entry e ON e.id = p.entry_id
        WHERE p.transaction = NEW.transaction ORDER BY p.entry_id
    LOOP
        head.position := head.position + 1;
        head.hash := public.audit_hash(head.hash, entry);
        INSERT INTO public.audit_link VALUES (head.position, entry.id, head.hash);
    END LOOP;
    UPDATE public.audit_head SET position = head.position, hash = head.hash;
    DELETE FROM public.audit_pending WHERE transaction = NEW.transaction;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_pending_chain AFTER INSERT ON public.audit_pending
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.audit_chain();
"""

# Depth 0 is a statement that somebody sent; the chain's own statements come from inside a trigger.
REFUSALS = """
CREATE FUNCTION public.audit_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entry_refuse BEFORE UPDATE OR DELETE ON public.audit_entry
    FOR EACH ROW EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER audit_link_refuse BEFORE UPDATE OR DELETE ON public.audit_link
    FOR EACH ROW EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER audit_link_refuse_insert BEFORE INSERT ON public.audit_link
    FOR EACH ROW WHEN (pg_catalog.pg_trigger_depth() = 0)
    EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER audit_head_refuse BEFORE INSERT OR DELETE ON public.audit_head
    FOR EACH ROW EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER audit_head_refuse_update BEFORE UPDATE ON public.audit_head
    FOR EACH ROW WHEN (pg_catalog.pg_trigger_depth() = 0)
    EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER audit_pending_refuse BEFORE INSERT OR UPDATE OR DELETE ON public.audit_pending
    FOR EACH ROW WHEN (pg_catalog.pg_trigger_depth() = 0)
    EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER audit_entry_refuse_truncate BEFORE TRUNCATE ON public.audit_entry
    EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER audit_link_refuse_truncate BEFORE TRUNCATE ON public.audit_link
    EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER audit_head_refuse_truncate BEFORE TRUNCATE ON public.audit_head
    EXECUTE FUNCTION public.audit_refuse();
CREATE TRIGGER audit_pending_refuse_truncate BEFORE TRUNCATE ON public.audit_pending
    EXECUTE FUNCTION public.audit_refuse();
"""


def limit_rights(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        limit_application_role(cursor, settings.DATABASE_APP_ROLE)


class Migration(migrations.Migration):
    initial = True
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.RunSQL(TABLES + HASH + CHAIN + REFUSALS),
        migrations.RunPython(limit_rights),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=Now())),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("actor_role", models.CharField(max_length=20)),
                ("action", models.CharField(max_length=60)),
                ("patient_id", models.BigIntegerField(null=True)),
                ("object_type", models.CharField(blank=True, max_length=40)),
                ("object_id", models.CharField(blank=True, max_length=64)),
                ("result", models.CharField(default="done", max_length=10)),
                ("detail", models.JSONField(default=dict)),
            ],
            options={"db_table": "audit_entry", "managed": False, "default_permissions": ()},
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="audit.entry",
                    ),
                ),
                ("hash", models.BinaryField(max_length=32)),
            ],
            options={"db_table": "audit_link", "managed": False, "default_permissions": ()},
        ),
    ]
