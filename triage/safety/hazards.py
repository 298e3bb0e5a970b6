"""The hazard log, from hazards.toml: for docs/safety.md and for the safety board.

`python -m triage.safety.hazards` prints the table of docs/safety.md. What can be seen of a control
while the portal runs is in controls.py, by the hazard's key.
"""

import tomllib
from dataclasses import astuple, dataclass
from pathlib import Path

COLUMNS = ("Hazard", "Cause", "Severity", "Control (where)", "Test", "Left open")


@dataclass(frozen=True)
class Hazard:
    key: str
    title: str
    cause: str
    severity: str  # Catastrophic, Major, Considerable, Minor
    control: str
    tests: str  # paths below tests/
    left_open: str


def _log() -> tuple[Hazard, ...]:
    text = Path(__file__).with_suffix(".toml").read_text()
    return tuple(Hazard(**row) for row in tomllib.loads(text)["hazard"])


HAZARDS = _log()


def table() -> str:
    """The hazard log as a table in Markdown."""
    rows = [(f"**{title}**", *others) for _key, title, *others in map(astuple, HAZARDS)]
    lines = [COLUMNS, ("---",) * len(COLUMNS), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    print(table())
