"""What the assistant understands of the table of phrases, and how long it takes over one."""

import statistics
import time

from tests.bench.table import Row
from tests.product import Template


def run(template: Template) -> list[Row]:
    from tests.triage.assistant.phrase import score
    from tests.triage.assistant.phrases import HELD_OUT, PHRASES, TUNED

    tuned, held_out = score(TUNED), score(HELD_OUT)
    times = []
    for phrase in PHRASES:
        started = time.perf_counter()
        phrase.heard  # noqa: B018  (reading it is the work)
        times.append((time.perf_counter() - started) * 1000)
    beside = f"the {tuned.phrases} it was made with"
    return [
        Row(f"assistant, precision on {tuned.phrases} phrases", 100 * tuned.precision, "%"),
        Row(f"assistant, recall on {tuned.phrases} phrases", 100 * tuned.recall, "%"),
        Row(f"assistant, precision on {held_out.phrases} held-out phrases",
            100 * held_out.precision, "%", beside, held_out.precision / tuned.precision),
        Row(f"assistant, recall on {held_out.phrases} held-out phrases",
            100 * held_out.recall, "%", beside, held_out.recall / tuned.recall),
        Row("assistant, one phrase", statistics.median(times), "ms (median)"),
    ]  # fmt: skip
