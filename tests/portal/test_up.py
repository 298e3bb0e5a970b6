"""`manage.py up`, as a person meets it: started, disturbed, stopped, started again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest

from inference import artifact
from portal import local
from portal.processes import PROJECT, python
from portal.state import State, free_port
from portal.supervisor import started_at
from tests.product import Template

ITS_OWN = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "DEMO_PASSWORD", "DEMO"}


@dataclass
class Up:
    """A run of `manage.py up` on a state of its own, without the demo."""

    state: State
    port: int
    popen: subprocess.Popen
    output: Path

    @classmethod
    def start(cls, folder: Path, port: int | None = None, **env: str) -> "Up":
        port = port or free_port()
        environ = {name: value for name, value in os.environ.items() if name not in ITS_OWN}
        environ |= {"STATE_DIR": str(folder), "PORT": str(port), "DEMO": "false", "HTTPS": "false"}
        environ |= env
        output = folder.with_suffix(f".{port}.txt")
        with open(output, "w") as file:
            popen = subprocess.Popen(
                python("manage.py", "up"), cwd=PROJECT, env=environ, stdout=file, stderr=file
            )
        return cls(State(folder), port, popen, output)

    def said(self) -> str:
        return self.output.read_text()

    def ready(self) -> "Up":
        """Return when it says so."""
        self.wait_for(lambda: "Ready: " in self.said() or self.popen.poll() is not None, 120)
        assert self.popen.poll() is None, self.said()
        return self

    def wait_for(self, condition: Callable[[], object], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def pids(self) -> dict[str, int]:
        record = json.loads((self.state.root / "run" / "processes.json").read_text())
        return {name: row["pid"] for name, row in record.items()}

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5):
                return True
        except OSError:
            return False

    def lives(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                return True
        except OSError:
            return False

    def end(self, number: signal.Signals) -> int:
        self.popen.send_signal(number)
        return self.popen.wait(90)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up.start(tmp_path_factory.mktemp("up") / "state")
    try:
        yield up.ready()
    finally:
        up.end(signal.SIGTERM)


def test_it_is_ready_when_it_says_so(running: Up) -> None:
    assert f"Ready: http://127.0.0.1:{running.port}" in running.said()
    assert running.answers()
    assert running.pids().keys() == {"postgres", "valkey", "web", "worker", "scheduler"}


@pytest.mark.parametrize("name", ["web", "worker", "scheduler", "valkey", "postgres"])
def test_a_killed_process_comes_back(running: Up, name: str) -> None:
    killed = running.pids()[name]
    os.kill(killed, signal.SIGKILL)
    running.wait_for(lambda: running.pids()[name] != killed, 40)
    running.wait_for(running.answers, 40)
    assert f"The {name} ended (killed by SIGKILL); starting it again" in running.said()


def test_the_owners_password_is_unknown_to_web_and_worker(running: Up) -> None:
    secret = running.state.secrets().lesions_owner.encode()
    for name in ("web", "worker", "scheduler"):
        pid = running.pids()[name]
        environ = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"DATABASE_URL=" in environ
        assert secret not in environ


def test_no_command_line_shows_a_password(running: Up) -> None:
    kept = vars(running.state.secrets()).values()
    for pid in running.pids().values():
        shown = Path(f"/proc/{pid}/cmdline").read_text()
        assert not any(secret in shown for secret in kept)


def test_a_second_start_on_the_same_state_says_what_to_do(running: Up) -> None:
    second = Up.start(running.state.root)
    assert second.popen.wait(30) != 0
    assert f"Already running on {running.state.root} (process {running.popen.pid})" in second.said()
    assert running.answers()


def test_a_taken_port_says_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = Up.start(tmp_path / "state", port)
        assert up.popen.wait(30) != 0
        assert f"Port {port} is taken" in up.said()
        assert f"PORT={port + 1} make run" in up.said()
    assert not (tmp_path / "state" / "postgres").exists()  # nothing was begun


def test_a_portal_without_a_model_says_so_once_and_people_can_still_work(tmp_path: Path) -> None:
    nothing = tmp_path / "models"
    nothing.mkdir()
    up = Up.start(tmp_path / "state", MODEL_DIR=str(nothing))
    try:
        up.wait_for(lambda: "Nothing will be scored" in up.said(), 60)
        assert f"There is no released model in {nothing}" in up.said()
        up.wait_for(up.lives, 60)
        assert up.said().count("Nothing will be scored") == 1
    finally:
        up.end(signal.SIGTERM)


def test_an_engine_that_the_model_was_not_released_for_is_said(tmp_path: Path) -> None:
    released = artifact.load()
    copy = Path(shutil.copytree(released.path, tmp_path / "models" / released.version))
    fields = json.loads((copy / artifact.FILE).read_text())
    fields["files"] = {name: fields["files"][name] for name in artifact.FILES}
    fields["history_thresholds"] = {}  # nor has it learned from history
    (copy / artifact.FILE).write_text(json.dumps(fields))
    up = Up.start(tmp_path / "state", MODEL_DIR=str(copy.parent), INFERENCE_ENGINE="openvino-int8")
    try:
        up.wait_for(lambda: "Nothing will be scored" in up.said(), 60)
        assert "has no 8-bit network; set INFERENCE_ENGINE to openvino" in up.said()
    finally:
        up.end(signal.SIGTERM)


def test_given_servers_are_used_instead(template: Template, tmp_path: Path) -> None:
    """A database and a broker that somebody else runs: here, the test session's own."""
    database = template.clone()
    url = local.database_url(template.state, "lesions_app", database)
    owner = local.database_url(template.state, "lesions_owner", database)
    broker = local.redis_url(template.state).removesuffix("/0") + "/7"
    up = Up.start(
        tmp_path / "state", DATABASE_URL=url, DATABASE_OWNER_URL=owner, REDIS_URL=broker
    ).ready()
    assert up.pids().keys() == {"web", "worker", "scheduler"}
    assert not (tmp_path / "state" / "postgres").exists()
    assert up.end(signal.SIGTERM) == 0


def test_a_role_that_owns_the_tables_is_refused(template: Template, tmp_path: Path) -> None:
    """Refused where real patients' cases would be kept; a demo is only warned."""
    url = local.database_url(template.state, "lesions_owner", template.clone())
    broker = local.redis_url(template.state).removesuffix("/0") + "/8"
    up = Up.start(tmp_path / "state", DATABASE_URL=url, REDIS_URL=broker)
    up.wait_for(lambda: up.popen.poll() is not None, 60)
    assert up.popen.returncode == 1
    assert "Warning: the application's database role, lesions_owner, also owns" in up.said()
    assert "audit.E001" in up.said()


def test_what_was_kept_survives_a_clean_stop_and_a_kill(tmp_path: Path) -> None:
    up = Up.start(tmp_path / "state").ready()
    owner = local.database_url(up.state, "lesions_owner")
    with psycopg2.connect(owner) as connection:
        connection.cursor().execute("CREATE TABLE kept AS SELECT 'a mole' AS what")
    connection.close()
    pids = up.pids().values()
    assert up.end(signal.SIGINT) == 0
    assert "Stopped. Everything is kept" in up.said()
    assert not any(started_at(pid) for pid in pids)

    up = Up.start(tmp_path / "state").ready()
    left = up.pids().values()
    up.end(signal.SIGKILL)

    up = Up.start(tmp_path / "state").ready()
    try:
        assert not any(started_at(pid) for pid in left)
        owner = local.database_url(up.state, "lesions_owner")
        with psycopg2.connect(owner) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT what FROM kept")
            assert cursor.fetchall() == [("a mole",)]
        connection.close()
    finally:
        assert up.end(signal.SIGTERM) == 0
