"""Keeping processes running, and ending them."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.processes import Service
from portal.supervisor import Supervisor, alarm_in, started_at

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf")
time.sleep(99)
"""
WITH_CHILD = """
import subprocess, time
print(subprocess.Popen(["sleep", "99"]).pid)
time.sleep(99)
"""


def service(name: str, code: str = "import time; time.sleep(99)", **options: object) -> Service:
    return Service(name, (sys.executable, "-u", "-c", code), **options)


def wait_for(condition: Callable[[], object], seconds: float = 10) -> object:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
    return found


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path, tmp_path, said.append)
    yield supervisor
    supervisor.hurry = True
    supervisor.stop_all()


def test_a_killed_process_is_started_again(supervisor: Supervisor, said: list[str]) -> None:
    first = supervisor.start(service("worker")).pid
    supervisor.processes["worker"].kill()

    def another() -> bool:
        supervisor.watch_once()
        return supervisor.processes["worker"].pid != first

    wait_for(another)
    assert supervisor.processes["worker"].alive
    assert said[0].startswith("The worker ended (killed by SIGKILL); starting it again in 0.5 s.")


def test_a_process_that_ends_at_once_is_started_more_and_more_rarely(
    supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.start(service("web", "raise SystemExit(3)"))

    def third_death() -> bool:
        supervisor.watch_once()
        return supervisor.failures.get("web") == 3

    wait_for(third_death)
    assert [line.split("again in ")[1].split(" s.")[0] for line in said] == ["0.5", "1", "2"]


def test_what_a_dead_process_left_behind_is_ended(supervisor: Supervisor) -> None:
    process = supervisor.start(service("web", WITH_CHILD))
    child = int(wait_for(process.log_tail))
    process.popen.kill()
    process.popen.wait()
    assert started_at(child)
    supervisor.watch_once()
    wait_for(lambda: started_at(child) is None)


def test_a_process_that_will_not_stop_is_ended_by_force(
    supervisor: Supervisor, said: list[str]
) -> None:
    process = supervisor.start(service("worker", STUBBORN, stop_seconds=0.5))
    wait_for(process.log_tail)
    supervisor.stop("worker")
    assert process.popen.returncode == -signal.SIGKILL
    assert said == ["The worker was ended by force."]


def test_servers_are_stopped_after_those_who_use_them(supervisor: Supervisor) -> None:
    goodbye = (
        "import signal,sys,time\n"
        "def end(*_): print('end', time.monotonic()); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up'); time.sleep(99)"
    )
    processes = [supervisor.start(service(name, goodbye)) for name in ("postgres", "valkey", "web")]
    for process in processes:
        wait_for(process.log_tail)
    supervisor.stop_all()
    postgres, valkey, web = (float(process.log_tail().split()[-1]) for process in processes)
    assert web < valkey < postgres


def test_leftovers_of_a_killed_supervisor_are_ended(tmp_path: Path, said: list[str]) -> None:
    killed = Supervisor(tmp_path, tmp_path)
    left = killed.start(service("worker"))
    Supervisor(tmp_path, tmp_path, said.append).clear_leftovers()
    left.popen.wait()
    assert said == [f"Ending the worker (process {left.pid}) of a start that was killed ..."]


def test_a_stranger_with_the_number_of_a_leftover_is_spared(
    tmp_path: Path, said: list[str]
) -> None:
    killed = Supervisor(tmp_path, tmp_path)
    stranger = killed.start(service("worker"))
    record = killed.record.read_text()
    killed.record.write_text(record.replace(started_at(stranger.pid), "1"))
    Supervisor(tmp_path, tmp_path, said.append).clear_leftovers()
    assert stranger.alive
    assert said == []
    stranger.kill()


@pytest.mark.parametrize(
    ("line", "alarm"),
    [
        ('{"event": "No space left", "level": "error"}', "error: No space left"),
        ('{"event": "request_finished", "level": "info", "request": "GET /error"}', ""),
        ("2026-11-20 07:43:44.123 UTC [12] FATAL:  no space left", "FATAL:  no space left"),
        ("2026-11-20 07:43:44.123 UTC [12] ERROR:  duplicate key value", ""),
        ("[2026-11-20 07:50:01,744: INFO/MainProcess] error-prone task received", ""),
    ],
)
def test_only_errors_of_a_log_are_alarms(line: str, alarm: str) -> None:
    assert alarm_in(line) == alarm


def test_an_alarm_is_shown_once_a_minute(supervisor: Supervisor, said: list[str]) -> None:
    process = supervisor.start(service("web", "print('ERROR no space left\\n' * 50)"))
    process.popen.wait()
    supervisor.show_alarms(process, True)
    supervisor.show_alarms(process, True)
    assert said == ["web: ERROR no space left"]
