"""The folder that holds everything a local portal keeps: secrets, ports, a folder a server."""

import errno
import fcntl
import json
import os
import random
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from portal.processes import PROJECT


class LocalError(Exception):
    """The local servers can't be used as things stand; the message says what to do."""


@dataclass(frozen=True)
class Secrets:
    """Made on the first start and kept, readable by their owner only."""

    secret_key: str  # Django's SECRET_KEY
    postgres: str  # password of the database's superuser
    lesions_owner: str  # password of the role that owns the tables
    lesions_app: str  # password of the application's role
    valkey: str
    demo_password: str  # of the demo accounts, where DEMO_PASSWORD isn't set


@dataclass(frozen=True)
class State:
    """The folder that holds everything a local portal keeps."""

    root: Path

    @classmethod
    def from_environment(cls) -> "State":
        return cls(Path(os.environ.get("STATE_DIR") or PROJECT / "var").resolve())

    def folder(self, name: str) -> Path:
        """A folder of the state, made when missing, closed to other users."""
        path = self.root / name
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=0o700, exist_ok=True)
            if not os.access(path, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise LocalError(
                f"{path} can't be written to ({error.strerror}). Give yourself write access, or "
                "choose another folder: STATE_DIR=/some/folder make run"
            ) from error
        return path

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.json"

    def secrets(self) -> Secrets:
        """The kept secrets, made on first use. Raises LocalError when they can't be read."""
        path = self.secrets_file
        if not path.exists():
            if (self.root / "postgres").exists():
                raise LocalError(
                    f"{path} is missing, and the database beside it can't be opened without it. "
                    "Restore the file from your backup, or start an empty portal in another "
                    "folder: STATE_DIR=/some/folder make run"
                )
            self.folder("run")
            fresh = {field.name: secrets.token_urlsafe(24) for field in fields(Secrets)}
            write_once(path, fresh | {"demo_password": secrets.token_urlsafe(9)})
        try:
            return Secrets(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise LocalError(
                f"{path} can't be read ({error}). Restore the file from your backup, or start an "
                "empty portal in another folder: STATE_DIR=/some/folder make run"
            ) from error

    def port(self, name: str) -> int:
        """The port of one of the servers: chosen once, kept until `new_port` chooses again."""
        try:
            return int((self.folder("run") / f"{name}.port").read_text())
        except (FileNotFoundError, ValueError):
            return self.new_port(name)

    def new_port(self, name: str) -> int:
        port = free_port()
        (self.folder("run") / f"{name}.port").write_text(str(port))
        return port

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held by the one process that runs servers on this state; LocalError when it is taken."""
        with open(self.folder("run") / "lock", "a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise LocalError(
                    f"Already running on {self.root} (process {file.read().strip()}). Use that "
                    "one, stop it with Ctrl-C, or start a second portal beside it: "
                    "STATE_DIR=/some/folder PORT=8001 make run"
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield


def write_once(path: Path, content: Mapping[str, str]) -> None:
    """Write `content` whole or not at all, for its owner's eyes; whoever comes second loses."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another start was first; its secrets count
    finally:
        draft.unlink()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A port below the range that the kernel gives to clients: a client that keeps trying to reach
    a stopped server must not be given that server's own port."""
    for port in random.SystemRandom().sample(range(15000, 32000), 200):
        if is_free(port):
            return port
    raise LocalError("No free port between 15000 and 32000: stop some programs that listen there.")
