"""Whatever a superuser does to the ledger is found, and the first bad place is named."""

import os
import subprocess

import pytest
from django.db import transaction

from portal.audit.ledger import record
from portal.audit.models import Entry, Link, Result
from portal.audit.verification import (
    EXPLANATIONS,
    Verification,
    last_verification,
    verify,
    verify_on_record,
)
from portal.processes import PROJECT, python

TAMPERING = {
    "edit an entry": (
        "UPDATE audit_entry SET detail = '{\"n\": 99}' WHERE id = 4",
        ("entry changed", 4, 4),
    ),
    "move an entry in time": (
        "UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = 4",
        ("entry changed", 4, 4),
    ),
    "edit an entry and its own hash": (
        "UPDATE audit_entry SET patient_id = 9 WHERE id = 4; UPDATE audit_link l SET hash ="
        " audit_hash(p.hash, e) FROM audit_link p, audit_entry e"
        " WHERE l.position = 4 AND p.position = 3 AND e.id = 4",
        ("entry changed", 5, 5),
    ),
    "edit a link": (
        "UPDATE audit_link SET hash = sha256('x') WHERE position = 4",
        ("entry changed", 4, 4),
    ),
    "swap two entries": (
        "UPDATE audit_link SET entry_id = -1 WHERE position = 4;"
        "UPDATE audit_link SET entry_id = 4 WHERE position = 5;"
        "UPDATE audit_link SET entry_id = 5 WHERE position = 4",
        ("entry changed", 4, 5),
    ),
    "delete in the middle": (
        "DELETE FROM audit_entry WHERE id = 4",
        ("entry missing", 4, 4),
    ),
    "delete in the middle with its link": (
        "DELETE FROM audit_entry WHERE id = 4; DELETE FROM audit_link WHERE position = 4",
        ("link missing", 4, None),
    ),
    "delete in the middle and close the gap": (
        "DELETE FROM audit_entry WHERE id = 4; DELETE FROM audit_link WHERE position = 4;"
        "UPDATE audit_link SET position = -position WHERE position > 4;"
        "UPDATE audit_link SET position = -position - 1 WHERE position < 0",
        ("entry changed", 4, 5),
    ),
    "cut the tail": (
        "DELETE FROM audit_entry WHERE id > 8; DELETE FROM audit_link WHERE position > 8",
        ("tail cut", 9, None),
    ),
    "cut the links of the tail": (
        "DELETE FROM audit_link WHERE position > 8",
        ("tail cut", 9, None),
    ),
    "cut the head of the chain": (
        "DELETE FROM audit_entry WHERE id < 3; DELETE FROM audit_link WHERE position < 3",
        ("link missing", 1, None),
    ),
    "empty everything": (
        "DELETE FROM audit_entry; DELETE FROM audit_link",
        ("tail cut", 1, None),
    ),
    "cut the tail and move the head back": (
        "DELETE FROM audit_link WHERE position > 8;"
        "UPDATE audit_head SET (position, hash) ="
        " (SELECT position, hash FROM audit_link WHERE position = 8)",
        ("entry without link", None, 9),
    ),
    "move the head back": (
        "UPDATE audit_head SET position = 8",
        ("head mismatch", 10, None),
    ),
    "change the head": (
        "UPDATE audit_head SET hash = sha256('x')",
        ("head mismatch", 10, None),
    ),
    "lose the head": (
        "DELETE FROM audit_head",
        ("head missing", None, None),
    ),
    "slip an entry in": (
        "INSERT INTO audit_entry (actor_role, action, object_type, object_id, result, detail)"
        " VALUES ('worker', 'case.scored', '', '', 'done', '{}')",
        ("entry without link", None, 11),
    ),
    "edit two entries": (
        "UPDATE audit_entry SET result = 'failed' WHERE id IN (7, 3)",
        ("entry changed", 3, 3),
    ),
}  # fmt: skip


@pytest.fixture
def ten_entries(database):
    for n in range(10):
        with transaction.atomic():
            record(actor="worker", action="case.scored", patient_id=n, n=n)


def command(database, *arguments: str, role: str = "lesions_app") -> subprocess.CompletedProcess:
    return subprocess.run(
        python("manage.py", "audit_verify", *arguments),
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": database.url(role)},
        capture_output=True,
        text=True,
    )


def test_an_untouched_ledger_is_intact(ten_entries):
    found = verify()
    assert found.intact
    assert found.links == 10
    assert found.head == bytes(Link.objects.get(position=10).hash).hex()


def test_an_empty_ledger_is_intact(database):
    assert verify().intact


@pytest.mark.parametrize("way", TAMPERING)
def test_tampering_is_found_and_its_first_place_named(database, ten_entries, way):
    statement, expected = TAMPERING[way]
    database.tamper(statement)
    found = verify()
    assert (found.problem, found.position, found.entry_id) == expected
    assert EXPLANATIONS[found.problem] in str(found)


def test_the_command_says_that_the_ledger_is_intact(database, ten_entries):
    ended = command(database)
    assert ended.returncode == 0
    assert "The ledger is intact: 10 entries" in ended.stdout


def test_the_command_is_quiet_when_asked(database, ten_entries):
    ended = command(database, "--quiet")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_the_command_fails_and_names_the_first_bad_place(database, ten_entries):
    database.tamper("UPDATE audit_entry SET patient_id = 3 WHERE id = 6")
    ended = command(database, "--quiet")
    assert ended.returncode == 1
    assert "NOT intact, position 6, entry 6: the entry, or its link" in ended.stderr


def test_the_command_only_reads_where_the_database_takes_no_writes(database, ten_entries):
    database.query(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    assert command(database).returncode == 0
    assert database.query("SELECT count(*) FROM audit_entry") == [(10,)]


def test_a_verification_is_itself_on_record(database, ten_entries):
    assert last_verification() is None
    found = verify_on_record(actor="command line")
    entry, recorded = last_verification()
    assert (entry.actor_role, entry.result) == ("command line", Result.DONE)
    assert recorded == found
    database.tamper("UPDATE audit_entry SET patient_id = 3 WHERE id = 6")
    verify_on_record(actor="command line")
    entry, recorded = last_verification()
    assert (entry.result, recorded.position) == (Result.FAILED, 6)
    assert isinstance(recorded, Verification)
    assert Entry.objects.count() == Link.objects.count() == 12
