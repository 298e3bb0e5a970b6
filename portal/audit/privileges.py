"""What the application's database role may do to the ledger: insert entries and read."""

from psycopg2 import sql

TABLES = ("audit_entry", "audit_link", "audit_head", "audit_pending")
FUNCTIONS = ("audit_stamp()", "audit_await()", "audit_chain()", "audit_refuse()")
INSERTABLE = (  # every column but the number, which the database gives
    "at",
    "actor_id",
    "actor_role",
    "action",
    "patient_id",
    "object_type",
    "object_id",
    "result",
    "detail",
)

# One row for each thing that the connected role could do to the ledger beside inserting entries.
EXCESS = """
WITH ledger AS (
    SELECT oid, relname, relowner FROM pg_class
    WHERE oid IN (to_regclass('public.audit_entry'), to_regclass('public.audit_link'),
                  to_regclass('public.audit_head'), to_regclass('public.audit_pending'))
)
SELECT 'is a superuser' FROM pg_roles WHERE rolname = current_user AND rolsuper
UNION ALL
SELECT 'owns ' || relname FROM ledger WHERE pg_has_role(current_user, relowner, 'MEMBER')
UNION ALL
SELECT 'may ' || privilege || ' on ' || relname
FROM ledger, unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS privilege
WHERE has_table_privilege(oid, privilege)
UNION ALL
SELECT 'may INSERT on ' || relname FROM ledger
WHERE relname <> 'audit_entry' AND has_any_column_privilege(oid, 'INSERT')
UNION ALL
SELECT 'may EXECUTE ' || proname FROM pg_proc
WHERE oid IN (to_regprocedure('public.audit_await()'), to_regprocedure('public.audit_chain()'))
  AND has_function_privilege(oid, 'EXECUTE')
UNION ALL
SELECT 'may switch triggers off (session_replication_role)'
WHERE has_parameter_privilege('session_replication_role', 'SET')
"""


def limit_application_role(cursor, role: str) -> None:
    """Leave `role` INSERT and SELECT on entries and SELECT on the chain; run as the owner.

    Does nothing where the role doesn't exist or is the owner itself (a database with one role);
    the system check `audit.E001` reports that.
    """
    for function in FUNCTIONS:
        cursor.execute(f"REVOKE ALL ON FUNCTION public.{function} FROM PUBLIC")
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s AND rolname <> current_user", [role])
    if cursor.fetchone() is None:
        return
    name = sql.Identifier(role).as_string(cursor.connection)
    tables = ", ".join(f"public.{table}" for table in TABLES)
    functions = ", ".join(f"public.{function}" for function in FUNCTIONS)
    columns = ", ".join(INSERTABLE)
    cursor.execute(f"REVOKE ALL ON TABLE {tables} FROM {name}")
    cursor.execute(f"REVOKE ALL ON SEQUENCE public.audit_entry_id_seq FROM {name}")
    cursor.execute(f"REVOKE ALL ON FUNCTION {functions} FROM {name}")
    cursor.execute(f"GRANT SELECT, INSERT ({columns}) ON public.audit_entry TO {name}")
    cursor.execute(f"GRANT SELECT ON public.audit_link, public.audit_head TO {name}")


def excess_rights(cursor) -> list[str]:
    """What the connected role could do to the ledger beyond its part; empty before migration."""
    cursor.execute("SELECT to_regclass('public.audit_entry')")
    if cursor.fetchone()[0] is None:
        return []
    cursor.execute(EXCESS)
    return [row[0] for row in cursor.fetchall()]
