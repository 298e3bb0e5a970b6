"""What `make bench` prints: a row a figure, beside what it was compared to in the same run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    name: str
    figure: float
    unit: str
    compared_to: str = ""
    ratio: float | None = None  # figure / the other's figure, measured in this run


def render(rows: list[Row]) -> str:
    """The rows as an aligned plain-text table."""
    cells = [("what", "figure", "unit", "compared to", "ratio")] + [
        (
            row.name,
            f"{row.figure:,.1f}" if row.figure < 1000 else f"{row.figure:,.0f}",
            row.unit,
            row.compared_to,
            "" if row.ratio is None else f"{row.ratio:.2f}",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in (1, 4) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )
