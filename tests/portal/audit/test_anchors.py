"""What was noted outside the database finds even a ledger that was rewritten as a whole."""

from pathlib import Path

import pytest
from django.db import transaction

from portal.audit import anchors
from portal.audit.ledger import record
from portal.audit.tasks import anchor
from portal.audit.verification import verify

REWRITE = """
DO $$ DECLARE before bytea := decode(repeat('00', 32), 'hex'); l record; BEGIN
    UPDATE audit_entry SET patient_id = 99 WHERE id = 2;
    FOR l IN SELECT position, e AS entry FROM audit_link JOIN audit_entry e ON e.id = entry_id
             ORDER BY position LOOP
        before := public.audit_hash(before, l.entry);
        UPDATE audit_link SET hash = before WHERE position = l.position;
    END LOOP;
    UPDATE audit_head SET hash = before;
END $$
"""


@pytest.fixture
def file(settings, tmp_path) -> Path:
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors" / "ledger.jsonl")
    return Path(settings.AUDIT_ANCHOR_FILE)


def add(count: int) -> None:
    for n in range(count):
        with transaction.atomic():
            record(actor="worker", action="case.scored", patient_id=n, n=n)


def test_the_end_of_the_chain_is_noted_once(database, file):
    anchor()
    assert not file.exists(), "there is no chain yet"
    add(3)
    anchor()
    anchor()
    assert [one.position for one in anchors.read(file)] == [3]
    add(1)
    anchor()
    assert [one.position for one in anchors.read(file)] == [3, 4]
    assert verify().intact


def test_a_ledger_that_was_rewritten_with_its_head_is_found(database, file):
    add(5)
    anchor()
    database.tamper(REWRITE)
    found = verify()
    assert (found.problem, found.position) == ("anchor", 5)
    file.unlink()
    assert verify().intact, "without the anchor nobody could tell"


def test_a_ledger_that_was_cut_with_its_head_is_found(database, file):
    add(5)
    anchor()
    database.tamper(
        "DELETE FROM audit_entry WHERE id > 3; DELETE FROM audit_link WHERE position > 3;"
        "UPDATE audit_head SET (position, hash) ="
        " (SELECT position, hash FROM audit_link WHERE position = 3)"
    )
    assert (verify().problem, verify().position) == ("anchor", 5)


def test_a_damaged_file_is_told_and_not_passed_over(database, file):
    add(1)
    anchor()
    file.write_text("not an anchor\n")
    assert verify().problem == "anchors unreadable"
