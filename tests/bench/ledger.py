"""What being on record costs, and how long a million entries take to verify and to search."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from tests.bench.queue import superuser
from tests.bench.table import Row
from tests.product import Template

WRITERS = (1, 8)
SLICES = 4  # with and without take turns, so that a busy moment hits both
SECONDS = 1.5  # a slice
ENTRIES = 1_000_000
ROUNDS = 40

# What the triggers would have made of as many commits, in one statement: the chain is the same.
FILL = """
SET session_replication_role = replica;
DO $$
DECLARE
    head audit_head;
    entry audit_entry;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    FOR entry IN
        INSERT INTO audit_entry (at, actor_id, actor_role, action, patient_id, object_type,
                                 object_id, result, detail)
        SELECT now() + n * interval '1 millisecond', 1 + n %% 400, 'dermatologist',
               (ARRAY['case.viewed', 'photo.viewed', 'case.listed', 'review.signed'])[1 + n %% 4],
               1 + n %% 50000, 'case', 'K' || n %% 100000, 'done',
               jsonb_build_object('case', 'K' || n, 'shown', n %% 50)
        FROM generate_series(1, %(entries)s - (SELECT count(*) FROM audit_entry)) AS n RETURNING *
    LOOP
        head.position := head.position + 1;
        head.hash := audit_hash(head.hash, entry);
        INSERT INTO audit_link VALUES (head.position, entry.id, head.hash);
    END LOOP;
    UPDATE audit_head SET position = head.position, hash = head.hash;
END $$;
"""


def run(template: Template) -> list[Row]:
    from portal.audit.verification import verify

    client = administrators_client()
    few = median_ms(client)
    rows = [commits(writers) for writers in WRITERS]
    fill(template)
    found = verify()
    assert found.intact, str(found)
    assert found.links >= ENTRIES
    many = median_ms(client)
    return [
        *rows,
        Row(f"verify {found.links:,} ledger entries", found.seconds, "s", "limit 60 s",
            found.seconds / 60),
        Row(f"ledger page, {ENTRIES:,} entries", many, "ms (median)", "a few entries", many / few),
    ]  # fmt: skip


def commits(writers: int) -> Row:
    """Commits a second of a small change with its entry, by so many threads."""
    alone = recorded = 0.0
    for _ in range(SLICES):
        alone += rate(writers, recorded=False) / SLICES
        recorded += rate(writers, recorded=True) / SLICES
    name = f"commits with a ledger entry, {writers} writer{'s' * (writers > 1)}"
    return Row(name, recorded, "a second", f"without: {alone:,.0f}", recorded / alone)


def rate(writers: int, *, recorded: bool) -> float:
    from django.db import connection, transaction

    from portal.accounts.models import Clinic
    from portal.audit.ledger import record

    def write(number: int) -> int:
        clinic, _ = Clinic.objects.get_or_create(name=f"Bench {number}")
        done, until = 0, time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            with transaction.atomic():
                clinic.takes_new_patients = done % 2 == 0
                clinic.save(update_fields=["takes_new_patients"])
                if recorded:
                    record(actor="worker", action="clinic.changed", about=clinic, turn=done)
            done += 1
        connection.close()
        return done

    with ThreadPoolExecutor(writers) as pool:
        return sum(pool.map(write, range(writers))) / SECONDS


def fill(template: Template) -> None:
    """Bring the ledger to ENTRIES entries, as the superuser."""
    connection = superuser(template.state)
    connection.cursor().execute(FILL, {"entries": ENTRIES})
    connection.cursor().execute("VACUUM ANALYZE audit_entry")
    connection.cursor().execute("VACUUM ANALYZE audit_link")
    connection.close()


def administrators_client():
    from django.test import Client

    from tests import cast

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.gather().administrator)
    return client


def median_ms(client) -> float:
    """Median time of a whole answer from the console, in this process; each look is recorded."""
    client.get("/audit/")
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = client.get("/audit/")
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, answer.status_code
    return statistics.median(times)
