"""The ledger as a CSV file that is safe to open in a spreadsheet."""

import csv
import json
from collections.abc import Iterator

from portal.audit.models import Entry, EntryQuerySet

HEADER = (
    "number",
    "time",
    "actor number",
    "actor",
    "role",
    "action",
    "patient number",
    "object type",
    "object",
    "result",
    "detail",
    "position",
    "hash",
)
# A spreadsheet takes a cell that begins like this for a formula (OWASP, CSV injection).
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
CHUNK = 2000


class _Line:
    """What csv.writer writes to; write() hands the line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(entries: EntryQuerySet) -> Iterator[str]:
    """Lines of the file, header first, read from the database in chunks."""
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield writer.writerow(HEADER)
    for entry in entries.select_related("actor", "link").iterator(chunk_size=CHUNK):
        yield writer.writerow(map(safe_cell, _cells(entry)))


def safe_cell(value: object) -> str:
    """The value as text that no spreadsheet will calculate; None is empty."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _cells(entry: Entry) -> tuple[object, ...]:
    link = getattr(entry, "link", None)  # an entry that lost its link is exported all the same
    return (
        entry.pk,
        entry.at.isoformat(),
        entry.actor_id,
        entry.actor,
        entry.actor_role,
        entry.action,
        entry.patient_id,
        entry.object_type,
        entry.object_id,
        entry.result,
        json.dumps(entry.detail, ensure_ascii=False, sort_keys=True),
        link and link.position,
        link and bytes(link.hash).hex(),
    )
