"""The demo's mail, read back from the files that Django's file backend writes."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

# How django.core.mail.backends.console ends each message; every message begins with this header.
SEPARATOR = re.compile(rb"\n-{79}\n(?=Content-Type:|\Z)")


@dataclass(frozen=True)
class Letter:
    subject: str
    to: str
    sent: datetime
    text: str  # the plain part


def read_letters(folder: Path, *, limit: int = 50) -> list[Letter]:
    """The newest letters, newest first. A folder that isn't there yet holds none."""
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    letters: list[Letter] = []
    for path in files[:limit]:
        for raw in SEPARATOR.split(path.read_bytes()):
            if raw.strip():
                letters.append(_letter(raw.lstrip()))
    return sorted(letters, key=lambda letter: letter.sent, reverse=True)[:limit]


def _letter(raw: bytes) -> Letter:
    message = message_from_bytes(raw, policy=default)
    body = message.get_body(preferencelist=("plain",))
    return Letter(
        subject=str(message["Subject"]),
        to=str(message["To"]),
        sent=parsedate_to_datetime(str(message["Date"])),
        text=body.get_content() if body else "",
    )
