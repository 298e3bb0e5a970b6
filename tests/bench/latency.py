"""From submission to rank at half load: a patient's program over the API, real processes."""

import statistics
import threading
import time

from tests.bench.table import Row
from tests.bench.throughput import jpeg
from tests.faults.sender import Sender, wait_until_scored
from tests.product import Product, Template

CASES, THREADS = 60, 4


def run(template: Template) -> list[Row]:
    product = Product.start(template, "web", "worker", "scheduler")
    try:
        sender = Sender.arrive(product, jpeg(1))
        sender.send(2)  # everything is loaded
        started = time.perf_counter()
        for thread in sender.send_from(THREADS, CASES // THREADS):
            thread.join()
        full = CASES / (time.perf_counter() - started)
        wait_until_scored(product, CASES + 2, seconds=60)
        at_rate(sender, full / 2)
        wait_until_scored(product, 2 * CASES + 2, seconds=60)
        waits = [
            float(seconds) * 1000
            for (seconds,) in product.query(
                "SELECT extract(epoch FROM a.created_at - c.submitted_at) FROM triage_case c"
                " JOIN triage_assessment a ON a.case_id = c.id ORDER BY c.id DESC LIMIT %s",
                [CASES],
            )
        ]
        product.stop_broker()
        times = [timed(sender) for _ in range(CASES)]
    finally:
        product.close()
    return [
        Row("submissions over HTTP, as fast as they go", full, "cases/s"),
        Row("submit to ranked at half of that, p50", statistics.median(waits), "ms"),
        Row("submit to ranked at half of that, p95", statistics.quantiles(waits, n=20)[18], "ms"),
        Row(
            "submission with the broker stopped, p95",
            statistics.quantiles(times, n=20)[18] * 1000,
            "ms",
        ),
    ]


def timed(sender: Sender) -> float:
    """Seconds that one submission takes."""
    started = time.perf_counter()
    sender.send()
    return time.perf_counter() - started


def at_rate(sender: Sender, rate: float) -> None:
    """Send CASES cases at a steady rate, whether or not the earlier ones have been answered."""
    threads = []
    for _ in range(CASES):
        threads.append(threading.Thread(target=sender.send))
        threads[-1].start()
        time.sleep(1 / rate)
    for thread in threads:
        thread.join()
