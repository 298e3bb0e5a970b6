"""Rows of a CSV file as a spreadsheet or a laboratory saves it."""

import csv
import io
from collections.abc import Iterator


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The line that each row ends on (from 1), and its cells. Raises csv.Error.

    Cells are parted by commas or semicolons, whichever the first line has more of; lines end in any
    of the three ways. NUL, which is no text, is left out.
    """
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    first = lines.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(lines), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    for row in reader:
        yield reader.line_num, row
