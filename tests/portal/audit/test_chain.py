"""The chain that the database adds at commit: complete, gapless, in one order, without deadlock."""

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from portal.accounts.models import Clinic, Role, User
from portal.audit.ledger import record
from portal.audit.models import Entry, Link
from portal.audit.verification import verify


def hashes_computed_here() -> list[bytes]:
    """The chain's hashes as an outside reader computes them, from the entries alone."""
    found, previous = [], bytes(32)
    for link in Link.objects.order_by("position").select_related("entry"):
        entry = link.entry
        fields = [
            entry.pk,
            round(entry.at.timestamp() * 1_000_000),
            entry.actor_id,
            entry.actor_role,
            entry.action,
            entry.patient_id,
            entry.object_type,
            entry.object_id,
            entry.result,
            entry.detail,
        ]
        canonical = json.dumps(fields, ensure_ascii=False, separators=(", ", ": "))
        previous = hashlib.sha256(previous + canonical.encode()).digest()
        found.append(previous)
    return found


def test_an_outside_reader_computes_the_same_hashes(database):
    with transaction.atomic():
        record(actor="worker", action="case.scored", patient_id=3, note='ä"\\ \n😀', z=1, bb=2.5)
        record(actor="worker", action="case.scored", object_type="case", object_id='"]é')
    record_again()
    stored = [bytes(link.hash) for link in Link.objects.order_by("position")]
    assert stored == hashes_computed_here()
    assert len(stored) == 3


def record_again() -> None:
    with transaction.atomic():
        record(actor="worker", action="case.scored")


SETTINGS = (
    "timezone = 'Asia/Kathmandu'",
    "datestyle = 'German'",
    "extra_float_digits = -15",
    "search_path = pg_temp",
    "client_encoding = 'LATIN1'",
    "bytea_output = 'escape'",
    "intervalstyle = 'iso_8601'",
    "standard_conforming_strings = off",
)


def test_the_hash_depends_on_no_setting_of_the_session(database):
    for setting in SETTINGS:
        with database.connect("lesions_app") as session, session, session.cursor() as cursor:
            cursor.execute(f"SET {setting}")
            cursor.execute(
                "INSERT INTO public.audit_entry (actor_role, action, object_type, object_id,"
                " result, detail) VALUES ('worker', 'case.scored', '', '', 'done', '{\"x\": 0.1}')"
            )
    assert Link.objects.count() == len(SETTINGS)
    assert verify().intact
    first = bytes(Link.objects.get(position=1).hash).hex()
    again = (
        "SELECT encode(public.audit_hash(decode(repeat('00', 32), 'hex'), e), 'hex')"
        " FROM public.audit_entry e ORDER BY id LIMIT 1"
    )
    for setting in SETTINGS:
        with database.connect("lesions_app") as session, session.cursor() as cursor:
            cursor.execute(f"SET {setting}")
            cursor.execute(again)
            assert cursor.fetchone()[0] == first, setting


def test_entries_that_differ_only_in_where_a_text_ends_have_different_hashes(database):
    pairs = [("ab", "c"), ("a", "bc"), ('a", "b', "c"), ("", "abc")]
    statement = """SELECT DISTINCT audit_hash('', ROW(1, 'epoch', NULL, 'worker', 'a.b', NULL,
                   o.type, o.id, 'done', '{}')::audit_entry) FROM (VALUES %s) AS o (type, id)"""
    values = ", ".join(f"('{first}', '{second}')" for first, second in pairs)
    assert len(database.query(statement % values)) == len(pairs)


def test_a_rolled_back_savepoint_leaves_no_gap(database):
    with transaction.atomic():
        record(actor="worker", action="first.kept")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            record(actor="worker", action="second.undone")
            raise ZeroDivisionError
        with transaction.atomic():
            record(actor="worker", action="third.kept")
    found = Link.objects.order_by("position").values_list("position", "entry__action")
    assert list(found) == [(1, "first.kept"), (2, "third.kept")]
    assert verify().intact


def test_entries_inserted_in_bulk_are_all_chained(database):
    with transaction.atomic():
        Entry.objects.bulk_create(
            Entry(actor_role="worker", action="case.scored", patient_id=n) for n in range(500)
        )
    assert Link.objects.count() == 500
    assert verify().intact
    assert database.query("SELECT count(*) FROM audit_pending") == [(0,)]


@pytest.mark.parametrize("mode", ["ALL IMMEDIATE", "audit_entry_await IMMEDIATE", "ALL DEFERRED"])
def test_when_constraints_are_checked_makes_no_difference(database, mode):
    with transaction.atomic(), connection.cursor() as cursor:
        record(actor="worker", action="case.scored")
        cursor.execute(f"SET CONSTRAINTS {mode}")
        record(actor="worker", action="case.scored")
        record(actor="worker", action="case.scored")
    assert Link.objects.count() == 3
    assert verify().intact


def in_threads(work, count: int) -> None:
    """Run work(n) at the same time for each n, each on a connection of its own; raise its error."""

    def alone(n: int) -> None:
        try:
            work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(alone, n) for n in range(count)]:
            done.result(timeout=60)


def test_writers_at_the_same_time_make_one_gapless_chain(database):
    def write(n: int) -> None:
        for turn in range(25):
            with transaction.atomic():
                for _ in range(1 + (n + turn) % 3):
                    record(actor="worker", action="case.scored", writer=n, turn=turn)

    in_threads(write, 8)
    assert list(Link.objects.order_by("position").values_list("position", flat=True)) == list(
        range(1, Entry.objects.count() + 1)
    )
    assert verify().intact


def test_recording_before_or_after_locking_a_row_cannot_deadlock(database):
    """One records and then wants the row; the other holds the row and then records."""
    clinic = Clinic.objects.create(name="North")
    recorded, locked = threading.Event(), threading.Event()

    def record_then_lock() -> None:
        with transaction.atomic():
            record(actor="worker", action="case.scored")
            recorded.set()
            assert locked.wait(30)
            Clinic.objects.select_for_update().get(pk=clinic.pk)

    def lock_then_record() -> None:
        with transaction.atomic():
            assert recorded.wait(30)
            Clinic.objects.select_for_update().get(pk=clinic.pk)
            locked.set()
            record(actor="worker", action="case.scored")

    in_threads(lambda n: (record_then_lock, lock_then_record)[n](), 2)
    assert Link.objects.count() == 2
    assert verify().intact


def test_a_foreign_key_that_is_checked_at_commit_cannot_deadlock_either(database):
    """At commit a foreign key locks the row that it names, which somebody else may hold who is
    about to commit and wants the head: the head must come after it."""
    clinic = Clinic.objects.create(name="North")
    held = threading.Event()

    def hold_the_row() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            Clinic.objects.select_for_update().get(pk=clinic.pk)
            held.set()
            record(actor="worker", action="clinic.viewed")
            wait_for_a_blocked_session(cursor)

    def record_then_name_the_row() -> None:
        assert held.wait(30)
        with transaction.atomic():
            record(actor="worker", action="user.added")
            User.objects.create(email="new@example.org", role=Role.PATIENT, clinic=clinic)

    in_threads(lambda n: (hold_the_row, record_then_name_the_row)[n](), 2)
    assert Link.objects.count() == 2
    assert verify().intact


def wait_for_a_blocked_session(cursor) -> None:
    """Return when another session waits for a lock of this one."""
    for _ in range(3000):
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks w WHERE NOT w.granted"
            " AND pg_backend_pid() = ANY (pg_blocking_pids(w.pid))), pg_sleep(0.01)"
        )
        if cursor.fetchone()[0]:
            return
    raise AssertionError("nobody waited")
