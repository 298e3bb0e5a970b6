"""The application's role adds entries and reads; the owner can't change them either."""

import psycopg2
import psycopg2.errors
import pytest
from django.db import transaction

from portal.audit.ledger import record
from portal.audit.privileges import excess_rights, limit_application_role

REWRITES = {
    "UPDATE": "UPDATE audit_entry SET action = 'nothing.happened'",
    "DELETE": "DELETE FROM audit_entry",
    "TRUNCATE": "TRUNCATE audit_entry",
    "DROP": "DROP TABLE audit_entry",
    "ALTER": "ALTER TABLE audit_entry ADD COLUMN more integer",
    "DISABLE TRIGGER": "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
}
WAYS_AROUND = {
    "forge a link": "INSERT INTO audit_link VALUES (2, 2, sha256('forged'))",
    "cut a link": "DELETE FROM audit_link",
    "move the head": "UPDATE audit_head SET position = 0",
    "await a link": "INSERT INTO audit_pending VALUES (pg_current_xact_id(), 1)",
    "call the chain": "SELECT audit_chain()",
    "borrow the chain": "CREATE TEMP TABLE mine (transaction xid8, entry_id bigint);"
    "CREATE CONSTRAINT TRIGGER mine AFTER INSERT ON mine"
    " FOR EACH ROW EXECUTE FUNCTION audit_chain()",
    "switch triggers off": "SET session_replication_role = replica",
    "choose the number": "INSERT INTO audit_entry (id, actor_role, action, object_type, object_id,"
    " result, detail) OVERRIDING SYSTEM VALUE VALUES (9, 'worker', 'a.b', '', '', 'done', '{}')",
    "turn the numbers back": "SELECT setval('audit_entry_id_seq', 1)",
    "add a rule": "CREATE RULE nothing AS ON INSERT TO audit_entry DO INSTEAD NOTHING",
    "become the owner": "SET ROLE lesions_owner",
    "replace the hash": "CREATE OR REPLACE FUNCTION audit_hash(previous bytea, entry audit_entry)"
    " RETURNS bytea LANGUAGE sql RETURN previous",
}


@pytest.fixture(scope="module")
def entry(shared_database):
    with transaction.atomic():
        return record(actor="worker", action="case.scored")


@pytest.mark.parametrize("rewrite", REWRITES)
def test_the_application_cannot_rewrite_the_ledger(shared_database, entry, rewrite):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        shared_database.query(REWRITES[rewrite], role="lesions_app")
    assert shared_database.query("SELECT id, action FROM audit_entry") == [
        (entry.pk, "case.scored")
    ]


@pytest.mark.parametrize("way", WAYS_AROUND)
def test_the_application_has_no_way_around_the_chain(shared_database, entry, way):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        shared_database.query(WAYS_AROUND[way], role="lesions_app")


@pytest.mark.parametrize("table", ["audit_entry", "audit_link", "audit_head", "audit_pending"])
@pytest.mark.parametrize("rewrite", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("role", ["lesions_owner", "postgres"])
def test_the_owner_and_the_superuser_are_refused_too(shared_database, entry, table, rewrite, role):
    column = {"audit_entry": "action", "audit_pending": "entry_id"}.get(table, "position")
    if table == "audit_pending":  # empty unless a transaction is committing: nothing to hit by row
        rewrite = "INSERT INTO {} VALUES ('5', 1)" if "UPDATE" in rewrite else "TRUNCATE {}"
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="append-only"):
        shared_database.query(rewrite.format(table, column, column), role=role)


@pytest.mark.parametrize("table", ["audit_link", "audit_head"])
def test_the_owner_cannot_add_to_the_chain(shared_database, entry, table):
    values = {"audit_link": "(2, 2, sha256('x'))", "audit_head": "(false, 2, sha256('x'))"}[table]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="append-only"):
        shared_database.query(f"INSERT INTO {table} VALUES {values}", role="lesions_owner")  # noqa: S608


def rights(database, role: str) -> list[str]:
    with database.connect(role) as connection, connection.cursor() as cursor:
        return excess_rights(cursor)


def test_excess_rights_are_found_by_name(database):
    assert rights(database, "lesions_app") == []
    assert "owns audit_entry" in rights(database, "lesions_owner")
    assert "is a superuser" in rights(database, "postgres")
    database.query("GRANT UPDATE ON audit_head TO lesions_app")
    database.query("GRANT INSERT (hash) ON audit_link TO lesions_app")
    database.query("GRANT EXECUTE ON FUNCTION audit_chain() TO lesions_app")
    assert sorted(rights(database, "lesions_app")) == [
        "may EXECUTE audit_chain",
        "may INSERT on audit_link",
        "may UPDATE on audit_head",
    ]


def test_limiting_the_application_role_again_repairs_a_careless_grant(database):
    database.query("GRANT ALL ON ALL TABLES IN SCHEMA public TO lesions_app")
    database.query("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO lesions_app")
    database.query("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO lesions_app")
    assert rights(database, "lesions_app")
    with database.connect("lesions_owner") as owner, owner, owner.cursor() as cursor:
        limit_application_role(cursor, "lesions_app")
    assert rights(database, "lesions_app") == []
    with transaction.atomic():
        record(actor="worker", action="case.scored")
    assert database.query("SELECT count(*) FROM audit_link") == [(1,)]


def test_a_role_that_does_not_exist_is_passed_over(database):
    with database.connect("lesions_owner") as owner, owner, owner.cursor() as cursor:
        limit_application_role(cursor, "no_such_role")
    assert rights(database, "lesions_app") == []
