"""No page asks the database more than a dozen times, however much there is to show."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import world as worlds
from tests.test_access_matrix import TABLE

MOST = 12
BOOKKEEPING = ("SAVEPOINT", "RELEASE", "SET LOCAL")  # of transactions: nothing is asked
KEPT = {"triage:safety"}  # its figures are kept for minutes: who looks first pays for the others


@pytest.mark.parametrize("person", ["anonymous", "patient", "dermatologist", "administrator"])
def test_every_page_needs_few_queries(person: str, db: None, settings: Any) -> None:
    settings.STAFF_MFA_REQUIRED = False
    world = worlds.build()
    worlds.crowd(world.cast)
    many, seen = [], 0
    for name in sorted(name for name, row in TABLE.items() if person in row.get("GET", ())):
        if name in KEPT:
            world.clients[person].get(world.url(name))
        with CaptureQueriesContext(connection) as asked:
            answer = world.clients[person].get(world.url(name))
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            seen += 1
            questions = [q["sql"] for q in asked if not q["sql"].startswith(BOOKKEEPING)]
            if len(questions) > MOST:
                shown = "".join(f"\n      {sql[:150]}" for sql in questions)
                many.append(f"{name} asks {len(questions)} times:{shown}")
    assert seen > 10, f"{person} saw only {seen} pages"
    assert not many, "\n".join(many)
