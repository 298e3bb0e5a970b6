"""Rank the open cases anew after the rules have changed: in batches, found from their rows."""

import time
from datetime import datetime

from django.db import transaction

from portal.audit.ledger import entry, record_all
from portal.audit.models import Entry
from triage import ranking, rulebook
from triage.models import Case, CaseQuerySet

BATCH = 200
NO_VERSION = 2**31 - 1  # of a case that is to be ranked anew whatever version is in force
SECONDS = 10.0  # of one turn: the worker that does this has photos to score as well


def rank_anew() -> int:
    """Rank every open case that still stands by older rules, the most urgent first; how many.

    Stops after SECONDS, the rest is done at the next turn. A case that somebody holds is passed
    over until then. A clinician's urgency is an argument of the ranking, so it is never lowered.
    """
    done, ends = 0, time.monotonic() + SECONDS
    while ranked := _batch():
        done += ranked
        if time.monotonic() > ends:
            break
    return done


def soon(cases: CaseQuerySet) -> int:
    """Have these ranked anew at the next turns, since something else than the rules has changed.
    How many. Called in the transaction of the change."""
    return cases.open().update(rules_version=NO_VERSION)


def left() -> int:
    """How many open cases still stand by older rules."""
    version = rulebook.current().version
    return Case.objects.open().exclude(rules_version=version).order_by().count()


def _batch() -> int:
    version = rulebook.current().version
    with transaction.atomic():
        waiting = Case.objects.open().exclude(rules_version=version).by_need()
        held = waiting.select_for_update(of=("self",), skip_locked=True).defer("notes_index")
        cases = list(held.select_related("patient", "lesion", "symptoms")[:BATCH])
        if not cases:
            return 0
        before = {case.pk: (case.urgency, case.due_at, case.rules_version) for case in cases}
        ranking.rerank(cases=cases)
        moved = [case for case in cases if before[case.pk][:2] != (case.urgency, case.due_at)]
        record_all([
            *(_moved(case, *before[case.pk]) for case in moved),
            entry(actor="worker", action="rules.applied", object_type="rulebook",
                  object_id=str(version), cases=len(cases), moved=len(moved)),
        ])  # fmt: skip
    return len(cases)


def _moved(case: Case, urgency: int, due_at: datetime, version: int) -> Entry:
    return entry(
        actor="worker", action="case.ranked_anew", about=case, patient_id=case.patient_id,
        urgency=[urgency, case.urgency], due_at=[due_at.isoformat(), case.due_at.isoformat()],
        rules_version=[version, case.rules_version],
    )  # fmt: skip
