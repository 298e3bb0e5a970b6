"""The pages that people open all day, in a clinic of many cases: server time of whole answers."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.bench import clinic
from tests.bench.table import Row
from tests.product import Template

if TYPE_CHECKING:
    from django.http import HttpResponse

CASES = 100_000
ROUNDS = 20
WANTED = 100  # ms, of the worklist and the case page


def run(template: Template) -> list[Row]:
    from django.test import Client
    from django.urls import reverse

    here = clinic.build(template.state, CASES)

    def browser(user) -> Client:
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(user)
        return client

    patient, reader = browser(here.patient), browser(here.cast.dermatologist)
    administrator = browser(here.cast.administrator)
    reference, lesion = here.case.reference, here.case.lesion.public_id
    board = reverse("triage:safety")
    first_look = median_ms(lambda: administrator.get(board), rounds=1)
    pages = {
        "worklist": lambda: reader.get(reverse("triage:worklist")),
        "reading page": lambda: reader.get(reverse("triage:reading", args=[reference])),
        "messages, of the clinic": lambda: reader.get(reverse("triage:messages")),
        "clock": lambda: reader.get(reverse("triage:clock")),
        "patient's lesions": lambda: patient.get(reverse("triage:lesions")),
        "patient's lesion": lambda: patient.get(reverse("triage:lesion", args=[lesion])),
        "patient's case": lambda: patient.get(reverse("triage:case", args=[reference])),
        "safety board, kept": lambda: administrator.get(board),
    }
    rows = [Row("safety board, first look", first_look, "ms (once)")]
    for name, ask in pages.items():
        ms = median_ms(ask)
        rows.append(Row(f"{name}, {CASES:,} cases", ms, "ms (median)", "wanted", ms / WANTED))
    ms = median_ms(preview_of(administrator), rounds=3)
    return [*rows, Row(f"rules' preview, {CASES // clinic.OPEN_SHARE:,} open", ms, "ms (median)")]


def preview_of(administrator) -> Callable[[], "HttpResponse"]:
    """What would change if routine cases had two days less."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.urls import reverse

    from triage import rulebook
    from triage.web.rule_forms import as_text

    now = rulebook.current()
    rules = replace(now.book.rules, routine_days=now.book.rules.routine_days - 2)
    book = as_text(replace(now.book, rules=rules)).encode()
    return lambda: administrator.post(
        reverse("triage:rules_import"), {"file": SimpleUploadedFile("rules.json", book)}
    )


def median_ms(ask: Callable[[], "HttpResponse"], rounds: int = ROUNDS) -> float:
    """Median time of a whole answer from the view, in this process."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        answer = ask()
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 200, answer.status_code
    return statistics.median(times)
