"""The end of the chain, noted outside the database: whoever rewrites every hash, the head too,
can't rewrite this file as well.

One JSON line every few minutes in settings.AUDIT_ANCHOR_FILE. Keep the file where the database's
administrator can't write: another host's disk, a write-once share. Verifying compares each line.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from django.db import connection
from django.utils import timezone

NEWEST = "SELECT position, encode(hash, 'hex') FROM audit_link ORDER BY position DESC LIMIT 1"
COMPARE = """
SELECT anchor.position FROM unnest(%s::bigint[], %s::text[]) AS anchor (position, hash)
LEFT JOIN audit_link AS link ON link.position = anchor.position
WHERE link.hash IS NULL OR encode(link.hash, 'hex') <> anchor.hash
ORDER BY anchor.position LIMIT 1
"""


@dataclass(frozen=True)
class Anchor:
    position: int  # in the chain
    hash: str  # hexadecimal
    at: str  # ISO 8601, UTC, by this host's clock


class Unreadable(Exception):
    """The file of anchors can't be read, or holds a line that is none."""


def drop(file: Path) -> Anchor | None:
    """Note the present end of the chain; None where it is noted already, or the chain is empty.

    Raises OSError where the file can't be written, Unreadable where its last line is damaged.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        newest = cursor.fetchone()
    if newest is None:
        return None
    known = read(file) if file.exists() else []
    if known and known[-1].position == newest[0] and known[-1].hash == newest[1]:
        return None
    anchor = Anchor(*newest, timezone.now().isoformat())
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(descriptor, f"{json.dumps(asdict(anchor))}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return anchor


def read(file: Path) -> list[Anchor]:
    """Every anchor, the oldest first. Raises Unreadable."""
    try:
        return [Anchor(**json.loads(line)) for line in file.read_text().splitlines() if line]
    except (OSError, ValueError, TypeError) as problem:
        raise Unreadable(f"{file}: {type(problem).__name__}") from problem


def first_contradiction(file: Path) -> int | None:
    """The first position where the chain is not what was noted; None where it is, or nothing was
    noted yet. Raises Unreadable."""
    if not file.exists():
        return None
    anchors = read(file)
    positions, hashes = [one.position for one in anchors], [one.hash for one in anchors]
    with connection.cursor() as cursor:
        cursor.execute(COMPARE, [positions, hashes])
        found = cursor.fetchone()
    return None if found is None else found[0]
