"""The servers of one-command use: made once, safe by default, and clear about what is wrong."""

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import psycopg2
import pytest
import redis

from portal import local
from portal.processes import PROJECT
from portal.state import LocalError, Secrets, State, free_port, is_free
from portal.supervisor import Supervisor


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    """A PostgreSQL and a Valkey just made, as `make run` makes them."""
    state = State(tmp_path_factory.mktemp("running"))
    supervisor = Supervisor(state.folder("run"), state.folder("log"))
    local.start_postgres(state, supervisor, print)
    local.start_valkey(state, supervisor)
    yield state
    supervisor.stop_all()


def ask(url: str, statement: str) -> object:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


# -- what is kept ---------------------------------------------------------------------------------
def test_secrets_are_made_once_and_closed_to_others(state: State) -> None:
    first = state.secrets()
    assert state.secrets() == first
    assert State(state.root.parent / "other").secrets().secret_key != first.secret_key
    assert stat.S_IMODE(state.secrets_file.stat().st_mode) == 0o600


def test_a_broken_secrets_file_stops_the_start_and_says_what_to_do(state: State) -> None:
    state.secrets()
    state.secrets_file.write_text('{"secret_key": ')
    with pytest.raises(LocalError, match="Restore the file from your backup"):
        state.secrets()
    assert state.secrets_file.read_text() == '{"secret_key": '  # untouched


def test_lost_secrets_beside_a_database_are_not_made_anew(state: State) -> None:
    (state.root / "postgres").mkdir(parents=True)
    with pytest.raises(LocalError, match="secrets.json is missing"):
        state.secrets()
    assert not state.secrets_file.exists()


def test_a_second_start_on_the_same_state_is_refused(state: State) -> None:
    second_start = pytest.raises(LocalError, match=rf"process {os.getpid()}\).*STATE_DIR=")
    with state.lock(), second_start, state.lock():
        pass
    with state.lock():
        pass  # free again


def test_ports_lie_below_the_ports_that_the_kernel_gives_to_clients() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    port = free_port()
    assert port < min(lowest, 32768)
    assert is_free(port)


# -- the environment ------------------------------------------------------------------------------
def test_given_servers_win_over_the_local_ones(state: State) -> None:
    given = {"DATABASE_URL": "postgresql://a@db/lesions", "SECRET_KEY": "mine"}
    assert local.environment(state, given).keys().isdisjoint(given)


def test_a_management_command_without_any_state_is_not_given_a_local_environment(
    tmp_path: Path,
) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environ |= {"STATE_DIR": str(tmp_path / "none")}
    finished = subprocess.run(
        (sys.executable, "manage.py", "check"),
        cwd=PROJECT,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert finished.returncode != 0
    assert "DATABASE_URL" in finished.stderr
    assert not (tmp_path / "none").exists()


# -- PostgreSQL -----------------------------------------------------------------------------------
def test_the_database_asks_for_a_password_and_keeps_what_it_acknowledged(running: State) -> None:
    url = local.database_url(running, "lesions_app")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url.replace(running.secrets().lesions_app, "guess"))
    assert ask(url, "SHOW fsync") == "on"
    assert ask(url, "SHOW synchronous_commit") == "on"
    assert ask(url, "SHOW listen_addresses") == "127.0.0.1"
    assert ask(url, "SHOW server_version").startswith("18.")


def test_the_application_uses_the_owners_tables_without_owning_them(running: State) -> None:
    owner, app = (local.database_url(running, f"lesions_{role}") for role in ("owner", "app"))
    ask(owner, "CREATE TABLE mole (id bigserial PRIMARY KEY, name text)")
    assert ask(app, "INSERT INTO mole (name) VALUES ('left arm') RETURNING id") == 1
    for refused in (
        "CREATE TABLE other (id int)",
        "CREATE TEMPORARY TABLE other (id int)",
        "CREATE SCHEMA other",
        "TRUNCATE mole",
        "DROP TABLE mole",
        "ALTER TABLE mole ADD COLUMN size int",
        "CREATE ROLE other",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(app, refused)


def test_the_server_does_not_run_as_root(running: State) -> None:
    pid = int((running.root / "postgres" / "postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{pid}").stat().st_uid != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as somebody else")
def test_started_by_root_it_may_pass_through_folders_closed_to_others(tmp_path: Path) -> None:
    program = tmp_path / "closed" / "program"
    program.parent.mkdir(mode=0o700)
    program.write_text("")
    program.chmod(0o700)
    for question in ("-r", "-x"):
        command = ("setpriv", *local.unprivileged(), "--", "test", question, str(program))
        assert subprocess.run(command).returncode == 0


def test_a_database_of_another_version_is_left_alone(state: State) -> None:
    data = state.folder("postgres")
    (data / "PG_VERSION").write_text("19\n")
    with pytest.raises(LocalError, match="made by PostgreSQL 19"):
        local.check_postgres(state)


def test_a_database_folder_that_is_none_is_left_alone(state: State) -> None:
    (state.folder("postgres") / "notes.txt").write_text("mine")
    with pytest.raises(LocalError, match="isn't a whole PostgreSQL database"):
        local.check_postgres(state)
    assert (state.root / "postgres" / "notes.txt").read_text() == "mine"


def test_a_database_that_another_server_uses_is_refused(running: State) -> None:
    with pytest.raises(LocalError, match=r"still using .* kill -INT \d+"):
        local.check_postgres(running)


def test_a_first_start_that_was_interrupted_is_done_again(state: State) -> None:
    draft = state.folder("postgres.unfinished")
    (draft / "PG_VERSION").write_text("18\n")
    supervisor = Supervisor(state.folder("run"), state.folder("log"))
    try:
        local.start_postgres(state, supervisor, print)
        assert ask(local.database_url(state, "lesions_app"), "SELECT 1") == 1
        assert not draft.exists()
    finally:
        supervisor.stop_all()


def test_a_half_written_mark_of_a_server_is_no_obstacle(state: State) -> None:
    data = state.folder("postgres")
    (data / "PG_VERSION").write_text("18\n")
    (data / "postmaster.pid").write_text("")
    assert local.check_postgres(state)


def test_a_damaged_database_says_what_to_do_and_stays_as_it_is(state: State) -> None:
    data = state.folder("postgres")
    data.chmod(0o700)
    (data / "PG_VERSION").write_text("18\n")
    if os.geteuid() == 0:
        shutil.chown(data, "nobody", "nogroup")
    supervisor = Supervisor(state.folder("run"), state.folder("log"))
    state.secrets_file.write_text(json.dumps({field.name: "x" for field in fields(Secrets)}))
    with pytest.raises(LocalError, match="restore the folder postgres"):
        local.start_postgres(state, supervisor, print)
    supervisor.stop_all()
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


# -- Valkey ---------------------------------------------------------------------------------------
def test_the_broker_asks_for_a_password_and_keeps_a_log(running: State) -> None:
    with redis.Redis.from_url(local.redis_url(running)) as client:
        assert client.config_get("appendonly")["appendonly"] == "yes"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    stranger = redis.Redis(port=running.port("valkey"))
    with pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_a_damaged_broker_says_what_to_do(state: State) -> None:
    log = state.folder("valkey") / "appendonlydir"
    log.mkdir()
    (log / "appendonly.aof.manifest").write_text("not a manifest")
    supervisor = Supervisor(state.folder("run"), state.folder("log"))
    with pytest.raises(LocalError, match="(?s)manifest.*no case is lost"):
        local.start_valkey(state, supervisor)
    supervisor.stop_all()
