"""The worklist page by the number of open cases: keyset pages must not care."""

from tests.bench.pages import median_ms
from tests.bench.queue import fill
from tests.bench.table import Row
from tests.product import Template

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS = 40


def run(template: Template) -> list[Row]:
    from django.test import Client
    from django.urls import reverse

    from tests import cast

    people = cast.gather()
    case = cast.send_case(people.patient)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(people.dermatologist)
    address = reverse("triage:worklist")
    medians, filled = {}, 0
    for size in SIZES:
        fill(template.state, case=case, first=filled + 1, last=size)
        filled = size
        medians[size] = median_ms(lambda: client.get(address), ROUNDS)
    return [
        Row(f"worklist page, {size:,} open cases", medians[size], "ms (median)",
            "with 10,000", medians[size] / medians[10_000])
        for size in SIZES
    ]  # fmt: skip
