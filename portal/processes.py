"""What runs: each long-lived process of the product, described once for everybody who starts it.

The supervisor of `manage.py up`, the fault tests and the benchmark take their command lines from
here; docker-compose.yml names the same commands.
"""

import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Service:
    """One long-lived process."""

    name: str  # what people call it; names its log file
    argv: tuple[str, ...]  # the command, without a shell
    env: Mapping[str, str] = field(default_factory=dict)  # on top of the caller's environment
    privileges: tuple[str, ...] = ()  # options of setpriv(1): as whom it runs
    stop_signal: signal.Signals = signal.SIGTERM  # asks for a clean end
    stop_seconds: float = 30  # patience after that, before SIGKILL


def python(*arguments: str) -> tuple[str, ...]:
    """The command line that runs `arguments` with this interpreter, output unbuffered."""
    return (sys.executable, "-u", *arguments)


def web(env: Mapping[str, str]) -> Service:
    """The web server; its address and size are read in portal/gunicorn.py."""
    argv = python("-m", "gunicorn", "--config", "python:portal.gunicorn", "portal.wsgi")
    return Service("web", argv, env, stop_seconds=35)


def worker(env: Mapping[str, str]) -> Service:
    """The scoring worker: one child process, which finishes its batch when asked to stop."""
    argv = python(
        *("-m", "celery", "--app", "portal", "worker", "--loglevel", "INFO"),
        *("--pool", "prefork", "--concurrency", "1", "--without-gossip", "--without-mingle"),
    )
    return Service("worker", argv, env, stop_seconds=60)


def scheduler(env: Mapping[str, str]) -> Service:
    """The clock that rings for waiting cases. Exactly one may run."""
    argv = python("-m", "celery", "--app", "portal", "beat", "--loglevel", "INFO", "--pidfile=")
    return Service("scheduler", argv, env, stop_seconds=10)


def product(env: Mapping[str, str]) -> list[Service]:
    """Our own processes, in the order of starting and of stopping: web first."""
    return [web(env), worker(env), scheduler(env)]
