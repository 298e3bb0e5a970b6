"""Keeps processes running: starts them, restarts those that die, stops them all in order."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from portal.processes import PROJECT, Service

LOG_BYTES = 20_000_000  # a log larger than this is put aside when its process starts
LIVED = 30.0  # seconds after which a process counts as having started well
QUIET = 60.0  # seconds in which an alarm isn't shown again
# PostgreSQL's own ERRORs (two spaces) are refused statements: their callers tell of them.
ALARM = re.compile(r"[\W\d]*(error(?!:  )|critical|fatal|panic)\b", re.IGNORECASE)


class Process:
    """A service that was started, in a session and process group of its own."""

    def __init__(self, service: Service, log: Path) -> None:
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.rename(log.with_suffix(".log.1"))
        self.service, self.log = service, log
        self.born = time.monotonic()
        with open(log, "ab") as output:
            self.began_at = self.read_from = output.tell()  # positions in the log
            self.popen = subprocess.Popen(
                # Should the supervisor be killed, the kernel asks each process to stop.
                (
                    *("setpriv", f"--pdeathsig={service.stop_signal.name[3:]}"),
                    *(*service.privileges, "--", *service.argv),
                ),
                env=os.environ | dict(service.env),
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def log_tail(self, lines: int = 15) -> str:
        with open(self.log, "rb") as file:
            file.seek(self.began_at)
            return b"\n".join(file.read().splitlines()[-lines:]).decode(errors="replace")

    def ask(self) -> None:
        """Ask for a clean end."""
        if self.alive:
            self.popen.send_signal(self.service.stop_signal)

    def kill(self) -> None:
        """End it at once, with everything that it started in its group."""
        kill_group(self.pid)
        self.popen.wait()

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> bool:
        """Ask for a clean end and wait; False where it had to be killed after all."""
        self.ask()
        deadline = time.monotonic() + self.service.stop_seconds
        while self.alive and time.monotonic() < deadline and not hurry():
            time.sleep(0.05)
        clean = not self.alive
        self.kill()
        return clean


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # the whole group has ended


def started_at(pid: int) -> str | None:
    """When a process was started, as the kernel counts: no later one of its number has that."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state == "Z" else rest[18]


def boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class Supervisor:
    """A set of services, kept running.

    `run` keeps the list of processes, `log` their output; `say` shows a line to a person.
    """

    def __init__(self, run: Path, log: Path, say: Callable[[str], None] = print) -> None:
        self.record, self.log, self.say = run / "processes.json", log, say
        self.processes: dict[str, Process] = {}  # in the order of starting
        self.failures: dict[str, int] = {}  # deaths in a row, by name
        self.due: dict[str, float] = {}  # when a dead service is started again
        self.shown: dict[str, float] = {}  # alarms that a person has seen, and when
        self.hurry = False  # stop without patience

    # -- one by one -----------------------------------------------------------------------------
    def start(self, service: Service) -> Process:
        process = Process(service, self.log / f"{service.name}.log")
        self.processes[service.name] = process
        self.due.pop(service.name, None)
        self.write_record()
        return process

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        if not process.stop(lambda: self.hurry):
            self.say(f"The {name} was ended by force.")
        self.write_record()

    # -- all together ---------------------------------------------------------------------------
    def stop_all(self) -> None:
        """Our own processes together, each patient with its work; then the servers under them."""
        servers = [name for name in ("valkey", "postgres") if name in self.processes]
        own = [name for name in self.processes if name not in servers]
        for name in own:
            self.processes[name].ask()
        for name in own + servers:
            self.stop(name)

    def watch_once(self, *, alarms: bool = True) -> None:
        """One look at everything: show alarms, notice deaths, start again what is due."""
        now = time.monotonic()
        for name, process in self.processes.items():
            self.show_alarms(process, alarms)
            if process.alive or name in self.due:
                continue
            kill_group(process.pid)  # what it left behind would hold its port or its jobs
            lived = now - process.born
            self.failures[name] = 1 if lived > LIVED else self.failures.get(name, 0) + 1
            delay = min(30.0, 0.5 * 2 ** (self.failures[name] - 1))
            self.due[name] = now + delay
            self.say(
                f"The {name} ended ({ending(process.popen.returncode)}); starting it again in "
                f"{delay:g} s. Its log: {process.log}"
            )
        for name in [name for name, when in self.due.items() if when <= now]:
            self.start(self.processes[name].service)

    def show_alarms(self, process: Process, wanted: bool) -> None:
        """Show the log's new errors, in short and not again and again; the log has them whole."""
        with open(process.log, "rb") as file:
            file.seek(process.read_from)
            lines = [line for line in file.readlines() if line.endswith(b"\n")]
        process.read_from += sum(map(len, lines))
        now = time.monotonic()
        for line in lines:
            alarm = alarm_in(line.decode(errors="replace").strip())
            if wanted and alarm and now - self.shown.get(alarm, -QUIET) >= QUIET:
                self.shown[alarm] = now
                self.say(f"{process.service.name}: {alarm}")

    # -- after a supervisor was killed ------------------------------------------------------------
    def write_record(self) -> None:
        rows = {
            name: {"pid": process.pid, "started": started_at(process.pid), "boot": boot()}
            for name, process in self.processes.items()
        }
        draft = self.record.with_suffix(".draft")
        draft.write_text(json.dumps(rows, indent=1))
        draft.rename(self.record)

    def clear_leftovers(self, seconds: float = 30) -> None:
        """End what a killed supervisor left running, if it is still the process on record."""
        try:
            rows = json.loads(self.record.read_text())
        except FileNotFoundError:
            return
        except ValueError:
            self.say(
                f"{self.record} is damaged; processes of an earlier start can't be looked for."
            )
            return
        left = {
            name: row["pid"]
            for name, row in rows.items()
            if row["boot"] == boot() and row["started"] and started_at(row["pid"]) == row["started"]
        }
        for name, pid in left.items():
            self.say(f"Ending the {name} (process {pid}) of a start that was killed ...")
            os.kill(pid, signal.SIGINT if name == "postgres" else signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while any(started_at(pid) == rows[name]["started"] for name, pid in left.items()):
            if time.monotonic() > deadline:
                for pid in left.values():
                    kill_group(pid)
                deadline = time.monotonic() + seconds
            time.sleep(0.05)
        self.record.unlink()


def ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def alarm_in(line: str) -> str:
    """What a log line says to a person, where it tells of an error; otherwise empty."""
    try:
        entry = json.loads(line)
        line = f"{entry['level']}: {entry['event']}"
    except (ValueError, TypeError, KeyError):
        line = re.sub(r"^\S*\d{4}-\d\d-\d\d [\d:.,]+\S* (UTC \[\d+\] )?", "", line)  # the time
    return line[:200] if ALARM.match(line) else ""
