"""A whole portal for a test: real processes on a fresh database, each of which can be killed."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import psycopg2

from portal import local, processes
from portal.processes import PROJECT, python
from portal.state import State, free_port
from portal.supervisor import Process, Supervisor

SERVICES = {"web": processes.web, "worker": processes.worker, "scheduler": processes.scheduler}


def manage(env: dict[str, str], *arguments: str) -> str:
    """Run a management command to its end; its output. AssertionError with it when it fails."""
    finished = subprocess.run(
        python("manage.py", *arguments),
        cwd=PROJECT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert finished.returncode == 0, f"manage.py {' '.join(arguments)}:\n{finished.stdout}"
    return finished.stdout


def execute(url: str, statement: str) -> None:
    """Run one statement outside a transaction, as CREATE DATABASE wants it."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()


def migrate(env: dict[str, str], owner_url: str) -> None:
    manage(env | {"DATABASE_URL": owner_url, "DATABASE_APP_ROLE": "lesions_app"}, "migrate")


@dataclass(frozen=True)
class Template:
    """What every product of a session starts from."""

    state: State  # of the session's PostgreSQL
    database: str = "product_template"  # migrated and empty; never connected to again

    @classmethod
    def make(cls, state: State) -> "Template":
        template = cls(state)
        superuser = local.database_url(state, "postgres", "postgres")
        execute(superuser, f"CREATE DATABASE {template.database} OWNER lesions_owner")
        migrate(dict(os.environ), local.database_url(state, "lesions_owner", template.database))
        manage(dict(os.environ), "collectstatic", "--no-input", "--verbosity=0")
        return template

    def clone(self) -> str:
        """The name of a fresh database."""
        name = f"product_{uuid4().hex[:12]}"
        execute(
            local.database_url(self.state, "postgres", "postgres"),
            f"CREATE DATABASE {name} TEMPLATE {self.database} OWNER lesions_owner",
        )
        return name


@dataclass(eq=False)
class Product:
    """A running portal. Its own broker, media and processes; its own PostgreSQL where asked."""

    state: State  # its broker, media, mail and logs
    servers: State  # of its PostgreSQL
    database: str
    env: dict[str, str]  # of its processes
    supervisor: Supervisor
    url: str
    keeper: threading.Thread | None = None
    closing: threading.Event = field(default_factory=threading.Event)

    running: ClassVar[list["Product"]] = []

    @classmethod
    def start(
        cls,
        template: Template,
        *names: str,
        own_postgres: bool = False,
        env: dict[str, str] | None = None,
        ready_seconds: float = 120,
        wait_for: str = "",
    ) -> "Product":
        """Start a portal with the processes `names` (web, worker, scheduler) and wait for them.

        `env` is added to the environment of its processes; `wait_for` is the page that must
        answer. `own_postgres` gives it a server of its own, which may be stopped without harm to
        other tests.
        """
        product = cls.prepare(template, own_postgres, env or {})
        cls.running.append(product)
        product.begin(*names)
        if "web" in names:
            page = wait_for or ("readyz" if "worker" in names else "healthz")
            product.wait_until_ready(ready_seconds, path=page)
        return product

    @classmethod
    def prepare(cls, template: Template, own_postgres: bool, env: dict[str, str]) -> "Product":
        """A portal with its servers, database and static files, and no process of ours yet."""
        state = State(Path(tempfile.mkdtemp(prefix="lesions-product-")))
        supervisor = Supervisor(state.folder("run"), state.folder("log"))
        servers, database = (state, "lesions") if own_postgres else (template.state, "")
        if own_postgres:
            local.start_postgres(state, supervisor, print)
        else:
            database = template.clone()
        local.start_valkey(state, supervisor)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        wanted = local.environment(state, {}) | {
            "DATABASE_URL": local.database_url(servers, "lesions_app", database),
            "PORT": str(port),
            "BASE_URL": url,
            "DEMO": "true",
        }
        environ = {name: value for name, value in os.environ.items() if name != "HTTPS"} | wanted
        del environ["DATABASE_OWNER_URL"]
        product = cls(state, servers, database, environ | env, supervisor, url)
        if own_postgres:
            migrate(product.env, product.owner_url)
        shutil.copytree(template.state.root / "static", state.root / "static", symlinks=True)
        return product

    # -- its processes --------------------------------------------------------------------------
    def begin(self, *names: str) -> None:
        """Start processes by name: web, worker, scheduler, valkey, postgres."""
        for name in names:
            if name == "valkey":
                local.start_valkey(self.state, self.supervisor)
            elif name == "postgres":
                local.start_postgres(self.servers, self.supervisor, print)
            else:
                self.supervisor.start(SERVICES[name](self.env))

    def process(self, name: str) -> Process:
        return self.supervisor.processes[name]

    def stop(self, name: str) -> None:
        """Ask a process to end and wait until it has."""
        self.supervisor.stop(name)

    def kill(self, name: str, *, children: bool = True) -> None:
        """kill -9, with its children or only the parent."""
        process = self.process(name)
        if children:
            process.kill()
        else:
            process.popen.kill()
            process.popen.wait()

    def children(self, name: str) -> list[int]:
        """The ids of the processes that a process has started, oldest first."""
        pid = self.process(name).pid
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in found.split()]

    def keep_running(self) -> None:
        """From now on restart what dies, as `manage.py up` does."""

        def watch() -> None:
            while not self.closing.wait(0.1):
                self.supervisor.watch_once()

        self.keeper = threading.Thread(target=watch)
        self.keeper.start()

    # -- its servers ----------------------------------------------------------------------------
    def stop_broker(self) -> None:
        self.stop("valkey")

    def start_broker(self) -> None:
        self.begin("valkey")

    def restart_postgres(self, *, immediate: bool = False) -> None:
        """Stop and start the database server; `immediate` is a crash, without a checkpoint."""
        assert self.servers is self.state, "start the product with own_postgres=True"
        if immediate:
            self.kill("postgres", children=False)
        else:
            self.stop("postgres")
        self.begin("postgres")

    # -- a look inside --------------------------------------------------------------------------
    @property
    def owner_url(self) -> str:
        return local.database_url(self.servers, "lesions_owner", self.database)

    def query(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple]:
        """Rows of a query, as the database's superuser."""
        url = local.database_url(self.servers, "postgres", self.database)
        connection = psycopg2.connect(url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def manage(self, *arguments: str, **env: str) -> str:
        """Run one of its management commands; its output."""
        return manage(self.env | env, *arguments)

    def wait_until_ready(self, seconds: float = 120, path: str = "readyz") -> None:
        """Return when `path` answers 200. AssertionError when it doesn't in time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/{path}", timeout=5):  # noqa: S310 (our own)
                    return
            except OSError as error:
                assert time.monotonic() < deadline, f"{path} after {seconds} s: {error}"
            time.sleep(0.1)

    def log_tails(self) -> list[tuple[str, str]]:
        return [
            (f"the end of {name}.log", process.log_tail(30))
            for name, process in self.supervisor.processes.items()
        ]

    def close(self) -> None:
        """Stop everything, in a hurry, and remove what was kept; a second time does nothing."""
        if self not in self.running:
            return
        self.closing.set()
        if self.keeper:
            self.keeper.join()
        self.supervisor.hurry = True
        self.supervisor.stop_all()
        Product.running.remove(self)
        if self.servers is not self.state:
            superuser = local.database_url(self.servers, "postgres", "postgres")
            execute(superuser, f"DROP DATABASE {self.database} WITH (FORCE)")
        shutil.rmtree(self.state.root, ignore_errors=True)
