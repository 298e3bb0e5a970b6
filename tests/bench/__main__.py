"""`make bench`: measure, and print one table. Names on the command line choose the parts.

Every ratio compares two figures of this one run, on servers of its own; run nothing beside it.
"""

import importlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from portal import local
from portal.state import State
from portal.supervisor import Supervisor
from tests.bench.table import Row, render

PARTS = (
    "engines", "throughput", "latency", "worklist", "pages", "web", "assistant", "ledger",
    "accounts",
)  # fmt: skip


def main(names: list[str]) -> None:
    unknown = set(names) - set(PARTS)
    if unknown:
        sys.exit(f"No such part: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}")
    state = State(Path(tempfile.mkdtemp(prefix="lesions-bench-")))
    supervisor = Supervisor(state.folder("run"), state.folder("log"))
    os.environ |= local.environment(state, {}) | {
        "DEMO": "true",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "LOG_LEVEL": "WARNING",
    }
    try:
        local.start_postgres(state, supervisor, print)
        local.start_valkey(state, supervisor)
        rows = [row for name in names or PARTS for row in measure(name, state)]
    finally:
        supervisor.hurry = True
        supervisor.stop_all()
        shutil.rmtree(state.root, ignore_errors=True)
    print(render(rows))


def measure(name: str, state: State) -> list[Row]:
    """Run one part on a fresh database of its own; Django reads its address on first import."""
    from tests.product import Template

    started = time.monotonic()
    template = _template(state, Template)
    rows = importlib.import_module(f"tests.bench.{name}").run(template)
    print(f"measured: {name}, {time.monotonic() - started:.0f} s", file=sys.stderr)
    return rows


def _template(state: State, kind: type) -> object:
    """Made by the first part that asks, kept for the others."""
    if not hasattr(_template, "made"):
        _template.made = kind.make(state)
        import django

        database = _template.made.clone()
        os.environ["DATABASE_URL"] = local.database_url(state, "lesions_app", database)
        django.setup()
    return _template.made


if __name__ == "__main__":
    main(sys.argv[1:])
