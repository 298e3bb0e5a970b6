"""Whatever process dies, a case that was acknowledged is neither lost nor scored twice."""

import io
import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from portal import processes
from portal.processes import PROJECT
from tests.faults import poison
from tests.faults.sender import Sender, check_nothing_lost_or_doubled, wait_until_scored
from tests.product import Product
from training.procedural import lesion_photo

SHORT = {"SCORING_LEASE_SECONDS": "9", "SWEEP_SECONDS": "2"}  # so that a test need not wait long


@pytest.fixture(scope="session")
def photo() -> bytes:
    stream = io.BytesIO()
    lesion_photo(1, skin_tone=2, kind="naevus", size=(800, 600)).save(stream, "JPEG")
    return stream.getvalue()


def multiply(product: Product, cases: int) -> None:
    """Fill the queue: copies of the one case that is there, each with its photo, all waiting."""
    product.query(
        """
        WITH source AS (SELECT * FROM triage_case ORDER BY id LIMIT 1),
        copies AS (
            INSERT INTO triage_case (reference, submitted_at, idempotency_key, urgency, due_at,
                score, reasons, scoring_state, scoring_attempts, scoring_fence, scoring_problem,
                clinic_id, patient_id, lesion_id)
            SELECT '0000-0000-' || lpad(n::text, 4, '0'), submitted_at,
                'copy ' || n, urgency, due_at, score, reasons, 'waiting',
                0, 0, '', clinic_id, patient_id, lesion_id
            FROM source, generate_series(1, %s) n RETURNING id
        ), symptoms AS (
            INSERT INTO triage_symptoms (case_id, notes) SELECT id, '' FROM copies
        )
        INSERT INTO triage_photo (id, position, kind, file, thumbnail, width, height, sha256,
            sharpness, brightness, case_id)
        SELECT gen_random_uuid(), 0, p.kind, p.file, p.thumbnail, p.width, p.height, p.sha256,
            p.sharpness, p.brightness, c.id
        FROM copies c, (SELECT * FROM triage_photo ORDER BY case_id LIMIT 1) p
        """,
        [cases],
    )


def wait_for_state(product: Product, state: str, cases: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        rows = product.query("SELECT count(*) FROM triage_case WHERE scoring_state = %s", [state])
        if rows[0][0] >= cases:
            return
        assert time.monotonic() < deadline, f"{rows[0][0]} of {cases} cases are {state}"
        time.sleep(0.005)


def test_random_kills_of_every_process_lose_nothing(
    start_product: Callable[..., Product], photo: bytes
) -> None:
    """R1, short: web, worker, broker and database are killed while cases come in."""
    product = start_product("web", "worker", "scheduler", own_postgres=True, env=SHORT)
    product.keep_running()
    sender = Sender.arrive(product, photo)
    sending = sender.send_from(threads=3, cases_each=25)
    dice = random.Random(7)
    victims = ["web", "worker", "valkey", "postgres", "worker", "web", "scheduler"]
    while any(thread.is_alive() for thread in sending) and victims:
        time.sleep(dice.uniform(1, 2.5))
        victim = victims.pop(0)
        product.kill(victim, children=victim != "postgres")
    for thread in sending:
        thread.join()
    assert len(sender.promised) == 75
    wait_until_scored(product, 75, seconds=90)
    check_nothing_lost_or_doubled(sender)
    product.close()


def test_a_stopped_broker_costs_no_submission(
    start_product: Callable[..., Product], photo: bytes
) -> None:
    """R2: everything is accepted while the broker is away, and scored once it is back."""
    product = start_product("web", "worker", "scheduler", env=SHORT)
    sender = Sender.arrive(product, photo)
    product.stop_broker()
    for thread in sender.send_from(threads=4, cases_each=10):
        thread.join()
    assert len(sender.promised) == 40
    product.start_broker()
    wait_until_scored(product, 40, seconds=60)
    check_nothing_lost_or_doubled(sender)
    product.close()


@pytest.mark.parametrize("batch", [1, 8, 32])
@pytest.mark.parametrize("victim", ["child", "parent"])
def test_a_worker_killed_in_a_batch_is_replaced_and_its_cases_scored(
    start_product: Callable[..., Product], photo: bytes, batch: int, victim: str
) -> None:
    """R3: the lease runs out, the cases go to the next worker, once each."""
    env = SHORT | {"SCORING_BATCH": str(batch)}
    product = start_product("web", "worker", env=env)
    sender = Sender.arrive(product, photo)
    sender.send()
    wait_until_scored(product, 1, seconds=60)  # the model is loaded
    multiply(product, batch * 2)
    product.begin("scheduler")
    wait_for_state(product, "claimed", batch)
    if victim == "child":
        import os

        for child in product.children("worker"):
            os.kill(child, signal.SIGKILL)
    else:
        product.kill("worker")
        product.begin("worker")
    wait_until_scored(product, 1 + batch * 2, seconds=9 + 30 + 30)
    check_nothing_lost_or_doubled(sender)
    product.close()


def test_a_photo_that_kills_the_decoder_is_parked_alone(
    start_product: Callable[..., Product], photo: bytes
) -> None:
    """R4: three attempts, then a human; the seven others of its batch are scored."""
    product = start_product("web", env=SHORT)
    sender = Sender.arrive(product, photo)
    sender.send(8)
    poisoned = sender.promised[next(iter(sender.promised))]
    [(name,)] = product.query(
        "SELECT p.file FROM triage_photo p JOIN triage_case c ON c.id = p.case_id"
        " WHERE c.reference = %s",
        [poisoned],
    )
    with open(product.state.root / "media" / name, "ab") as file:
        file.write(poison.MARK)
    worker = processes.worker(product.env)
    product.supervisor.start(replace(worker, argv=(*worker.argv, "--include", poison.__name__)))
    product.begin("scheduler")
    wait_for_state(product, "failed", 1, seconds=90)
    wait_until_scored(product, 7, seconds=60)
    [(attempts, problem, urgency)] = product.query(
        "SELECT scoring_attempts, scoring_problem, urgency FROM triage_case WHERE reference = %s",
        [poisoned],
    )
    assert attempts == 3
    assert "lost" in problem
    assert urgency <= 2, "no lower than the floor"
    worst = product.query("SELECT max(scoring_attempts) FROM triage_case WHERE reference <> %s",
                          [poisoned])  # fmt: skip
    assert worst[0][0] <= 2, "the batch is broken up after the first time"
    listed = sender.get("worklist/", who="dermatologist").json()
    assert poisoned in [case["reference"] for case in listed["results"]]
    product.close()


def test_a_database_that_is_stopped_at_once_loses_nothing(
    start_product: Callable[..., Product], photo: bytes
) -> None:
    """R5: PostgreSQL crashes under load; the web answers again soon after it is up."""
    product = start_product("web", "worker", "scheduler", own_postgres=True, env=SHORT)
    sender = Sender.arrive(product, photo)
    sending = sender.send_from(threads=3, cases_each=12)
    time.sleep(1.5)
    product.restart_postgres(immediate=True)
    up = time.monotonic()
    while sender.get("me/").status_code != 200:
        assert time.monotonic() < up + 5, "no page within 5 s of the database"
        time.sleep(0.1)
    for thread in sending:
        thread.join()
    wait_until_scored(product, 36, seconds=60)
    check_nothing_lost_or_doubled(sender)
    product.close()


def test_an_emptied_broker_is_rung_again(
    start_product: Callable[..., Product], photo: bytes
) -> None:
    """R6: FLUSHALL with 1,000 cases waiting; the rows are the work, so all are scored."""
    import redis

    product = start_product("web", "worker", env=SHORT)
    sender = Sender.arrive(product, photo)
    sender.send()
    wait_until_scored(product, 1, seconds=60)
    multiply(product, 1000)
    with redis.Redis.from_url(product.env["REDIS_URL"]) as broker:
        broker.flushall()
    product.begin("scheduler")
    wait_until_scored(product, 1001, seconds=60)
    check_nothing_lost_or_doubled(sender)
    product.close()


def test_without_a_model_cases_wait_for_humans(
    start_product: Callable[..., Product], photo: bytes, tmp_path
) -> None:
    """R9: nothing is scored by default; the queue holds every case, and staff are told."""
    released = PROJECT / "inference" / "artifacts"
    product = start_product(
        "web", "worker", "scheduler", env=SHORT | {"MODEL_DIR": str(tmp_path)}, wait_for="healthz"
    )
    sender = Sender.arrive(product, photo)
    sender.send(3)
    deadline = time.monotonic() + 60
    while not product.query("SELECT 1 FROM triage_worker WHERE problem LIKE 'No usable model%%'"):
        assert time.monotonic() < deadline, "the worker never said what is wrong"
        time.sleep(0.2)
    assert product.query("SELECT DISTINCT scoring_state, urgency <= 2 FROM triage_case") == [
        ("waiting", True)
    ]
    assert product.query("SELECT count(*) FROM triage_assessment") == [(0,)]
    listed = sender.get("worklist/", who="dermatologist").json()["results"]
    assert {case["reference"] for case in listed} == set(sender.promised.values())
    shutil.copytree(released, tmp_path, dirs_exist_ok=True)  # the model arrives: it heals by itself
    wait_until_scored(product, 3, seconds=90)
    check_nothing_lost_or_doubled(sender)
    product.close()
