"""`manage.py up`: start everything, keep it running, stop it cleanly."""

import hashlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from typing import TextIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError

from portal import local, processes
from portal.management.commands.register_models import NOTHING_SCORED
from portal.processes import PROJECT, python
from portal.state import LocalError, State, is_free
from portal.supervisor import Supervisor

READY_SECONDS = 180
START_TRIES = 4
DEMO_ACCOUNTS = (
    "patient@example.org",
    "patient2@example.org",
    "dermatologist@example.org",
    "dermatologist2@example.org",
    "administrator@example.org",
    "administrator2@example.org",
)


class Stop(BaseException):
    """Somebody asked the product to stop."""


class Command(BaseCommand):
    help = "Start the whole portal (database, broker, web, worker, scheduler) until Ctrl-C."
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        self.state = State.from_environment()
        self.asked_to_stop: float | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        try:
            with self.state.lock():
                run, log = self.state.folder("run"), self.state.folder("log")
                self.supervisor = Supervisor(run, log, self.say)
                self.run()
        except LocalError as error:
            raise CommandError(str(error)) from error
        except Stop:
            self.say("Stopped. Everything is kept: `make run` starts it again.")

    def say(self, line: str) -> None:
        try:
            self.stdout.write(line)
            self.stdout.flush()
        except OSError:
            pass  # the terminal was closed: nobody is left to tell, and the stop must go on

    def on_signal(self, number: int, frame: object) -> None:
        now = time.monotonic()
        if self.asked_to_stop is None:
            self.asked_to_stop = now
            raise Stop
        # One Ctrl-C may arrive twice, from the terminal and through make; a later one is a wish.
        if number == signal.SIGINT and now - self.asked_to_stop > 1:
            self.supervisor.hurry = True

    def run(self) -> None:
        began = time.monotonic()
        try:
            self.supervisor.clear_leftovers()
            self.check_port()
            self.start_servers()
            self.prepare()
            self.check_model()
            self.say("Starting web, worker and scheduler ...")
            for service in processes.product({}):
                self.supervisor.start(service)
            self.wait_until_ready()
            self.load_demo()
            self.say_ready(time.monotonic() - began)
            while True:
                self.supervisor.watch_once()
                time.sleep(0.2)
        finally:
            self.asked_to_stop = self.asked_to_stop or time.monotonic()
            if self.supervisor.processes:
                self.say("Stopping: work under way may finish (Ctrl-C again: at once) ...")
            self.supervisor.stop_all()

    # -- the steps ------------------------------------------------------------------------------
    def check_port(self) -> None:
        if not is_free(settings.PORT):
            raise LocalError(
                f"Port {settings.PORT} is taken by another program. Stop that program, or choose "
                f"another port: PORT={settings.PORT + 1} make run"
            )

    def check_model(self) -> None:
        """Say at once why nothing will be scored; the portal starts all the same."""
        said = self.manage("register_models")
        problems = [line for line in said if line.startswith(NOTHING_SCORED)]
        self.scores = not problems
        for problem in problems:
            self.say(
                f"{problem} Until that is mended the portal at {settings.BASE_URL} takes cases and "
                "keeps them for people to read."
            )

    def start_servers(self) -> None:
        """Start the embedded servers and let the environment name the ports they really have.
        Servers that DATABASE_URL and REDIS_URL named are used as they are."""
        names = os.environ["LOCAL_SERVERS"].split()
        if "postgres" in names:
            self.say("Starting PostgreSQL ...")
            local.start_postgres(self.state, self.supervisor, self.say)
            os.environ["DATABASE_URL"] = local.database_url(self.state, "lesions_app")
            os.environ["DATABASE_OWNER_URL"] = local.database_url(self.state, "lesions_owner")
        if "valkey" in names:
            self.say("Starting Valkey ...")
            local.start_valkey(self.state, self.supervisor)
            os.environ["REDIS_URL"] = local.redis_url(self.state)

    def prepare(self) -> None:
        """Bring tables and static files up to date; only this step is done as the tables' owner."""
        # Web and worker inherit this environment and have no business with the owner's password.
        owner = os.environ.pop("DATABASE_OWNER_URL")
        app_role = urlsplit(os.environ["DATABASE_URL"]).username or "lesions_app"
        if owner == os.environ["DATABASE_URL"]:
            self.say(
                f"Warning: the application's database role, {app_role}, also owns the tables, so "
                "the ledger is less well protected. deploy/roles.sql makes two roles: then set "
                "DATABASE_URL to lesions_app's and DATABASE_OWNER_URL to lesions_owner's."
            )
        as_owner = {"DATABASE_URL": owner, "DATABASE_APP_ROLE": app_role}
        self.say("Updating the tables ...")
        self.manage("migrate", "--no-input", env=as_owner)
        self.manage("check", "--database", "default")
        self.say("Collecting the style sheet and scripts ...")
        self.manage("collectstatic", "--no-input", "--verbosity=0")

    def manage(
        self, *arguments: str, env: dict[str, str] | None = None, aloud: bool = False
    ) -> list[str]:
        """Run a management command to its end, with an eye on everything else meanwhile, and say
        what it says where `aloud`. Returns its lines; CommandError with the last where it fails."""
        log = self.supervisor.log / "prepare.log"
        said: list[str] = []
        with open(log, "ab") as output, open(log) as following:
            following.seek(0, os.SEEK_END)
            process = subprocess.Popen(
                python("manage.py", *arguments),
                env=os.environ | (env or {}),
                cwd=PROJECT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                while process.poll() is None:
                    self.supervisor.watch_once(alarms=False)
                    time.sleep(0.1)
                    said += self.repeat(following, aloud)
            finally:
                process.kill()
                process.wait()
            said += self.repeat(following, aloud)
        if process.returncode:
            raise CommandError(f"`manage.py {arguments[0]}` failed:\n" + "\n".join(said[-15:]))
        return said

    def repeat(self, following: TextIO, aloud: bool) -> list[str]:
        lines = following.read().splitlines()
        for line in lines if aloud else []:
            self.say(f"  {line}")
        return lines

    def wait_until_ready(self) -> None:
        """Return when the web server says that it reaches everything and has seen a worker.

        Without a worker that can score the portal stays up, since people can still read cases.
        """
        deadline = time.monotonic() + READY_SECONDS if self.scores else float("inf")
        while missing := self.what_is_missing():
            self.supervisor.watch_once(alarms=False)
            self.check_failures()
            if time.monotonic() > deadline:
                log = self.supervisor.log
                self.say(
                    f"Not ready after {READY_SECONDS} s ({missing}). The reason should be in "
                    f"{log}/worker.log or {log}/web.log. Until then the portal at "
                    f"{settings.BASE_URL} takes cases and keeps them for people to read."
                )
                deadline = float("inf")
            time.sleep(0.5)

    def what_is_missing(self) -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{settings.PORT}/readyz", timeout=5):
                return ""
        except urllib.error.HTTPError as error:
            return f"/readyz: {error.read(500).decode(errors='replace')}"
        except OSError as error:
            return f"web: {error}"

    def check_failures(self) -> None:
        """A process that ends again and again before all was up won't be cured by more tries."""
        for name, failures in self.supervisor.failures.items():
            if failures > START_TRIES:
                end = self.supervisor.processes[name].log_tail()
                raise LocalError(f"The {name} doesn't start:\n{end}")

    def load_demo(self) -> None:
        """Accounts and sample cases, on the first start and when DEMO_PASSWORD has changed."""
        if not settings.DEMO or "demo" not in get_commands():
            return
        mark = self.state.folder("run") / "demo"
        wanted = hashlib.sha256(settings.DEMO_PASSWORD.encode()).hexdigest()
        if mark.exists() and mark.read_text() == wanted:
            return
        self.say("Making the demo's accounts and sample cases ...")
        self.manage("demo", aloud=True)
        mark.write_text(wanted)

    def say_ready(self, seconds: float) -> None:
        """The address comes last and alone on its line: scripts wait for it."""
        self.say(f"All is up after {seconds:.0f} s. Logs: {self.supervisor.log}   Stop: Ctrl-C")
        self.say("")
        if settings.DEMO:
            self.say(f"Demo accounts, all with the password {settings.DEMO_PASSWORD}")
            self.say("\n".join(f"  {address}" for address in DEMO_ACCOUNTS))
            self.say("")
        self.say(f"Ready: http://127.0.0.1:{settings.PORT}")
