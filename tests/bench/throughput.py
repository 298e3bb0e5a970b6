"""Cases per second from JPEG bytes to a recorded result, against the seeds' way and the ceiling.

The seeds' way answers one request at a time; ours takes what waits in batches. Both read the same
JPEGs. The ceiling is the engine alone on arrays that are ready, on this machine.
"""

import io
import subprocess
import time

import numpy as np
import requests

from portal.processes import PROJECT, python
from portal.state import free_port
from tests.bench.table import Row
from tests.product import Template
from training.procedural import lesion_photo

PHOTOS, CASES, SEEDS_REQUESTS = 16, 320, 40


def run(template: Template) -> list[Row]:
    photos = [jpeg(seed) for seed in range(PHOTOS)]
    seeds = seeds_way(photos)
    ours, engine, pixels = our_way(photos)
    top = ceiling()
    return [
        Row("seeds' way: Flask, load, Keras predict, 224 px", seeds, "cases/s"),
        Row(f"ours: waiting row to recorded result, {engine}, {pixels} px", ours, "cases/s",
            "the seeds' way", ours / seeds),
        Row("the engine alone, ready arrays", top, "images/s", "ours", top / ours),
    ]  # fmt: skip


def jpeg(seed: int) -> bytes:
    stream = io.BytesIO()
    lesion_photo(seed, skin_tone=1 + seed % 6, size=(800, 600)).save(stream, "JPEG", quality=90)
    return stream.getvalue()


def seeds_way(photos: list[bytes]) -> float:
    port = free_port()
    server = subprocess.Popen(
        python("-m", "tests.bench.seeds_way", str(port)),
        cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}/predict"
    try:
        _wait_for(address, photos[0])
        started = time.perf_counter()
        for n in range(SEEDS_REQUESTS):
            requests.post(address, files={"file": photos[n % PHOTOS]}, timeout=60)
        return SEEDS_REQUESTS / (time.perf_counter() - started)
    finally:
        server.kill()
        server.wait()


def _wait_for(address: str, photo: bytes) -> None:
    for _ in range(300):
        try:
            if requests.post(address, files={"file": photo}, timeout=60).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise TimeoutError("the seeds' way did not start")


def our_way(photos: list[bytes]) -> tuple[float, str, int]:
    """The worker's own task, called here: claim, read, predict, record, with its ledger entries."""
    from inference import tasks
    from tests import cast
    from triage.models import Case, ScoringState

    cast.decide(cases_per_hour=1_000_000)
    people = cast.gather()
    cast.send_case(people.patient, photo=photos[0])
    tasks.score_waiting()  # loads the model
    for n in range(CASES):
        cast.send_case(people.patient2 if n % 2 else people.patient, photo=photos[n % PHOTOS])
    started = time.perf_counter()
    while Case.objects.filter(scoring_state=ScoringState.WAITING).exists():
        tasks.score_waiting()
    elapsed = time.perf_counter() - started
    assert Case.objects.filter(scoring_state=ScoringState.SCORED).count() == CASES + 1
    classifier = tasks.active()
    return CASES / elapsed, classifier.engine.name, classifier.artifact.input.size


def ceiling() -> float:
    """Images per second of the engine alone."""
    from inference import tasks

    engine = tasks.active().engine
    size = tasks.active().artifact.input.size
    batch = np.random.default_rng(0).random((16, size, size, 3), dtype=np.float32)
    engine.run([batch])
    started = time.perf_counter()
    engine.run([batch] * 10)
    return 160 / (time.perf_counter() - started)
