"""Settings as they stand in the environment: each by its name, its kind and its bounds.

An empty variable counts as one that isn't set. A bad value raises ImproperlyConfigured with one
line that names the variable; the value itself is shown only where it can't hold a password.
"""

import re
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
YES = {"true", "on", "yes", "y", "ok", "1"}
NO = {"false", "off", "no", "n", "0"}
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def refuse(name: str, wanted: str, value: str | None = None) -> ImproperlyConfigured:
    shown = "" if value is None else f", not {value!r}"
    return ImproperlyConfigured(f"{name} must be {wanted}{shown}")


def text(name: str, default: str = "") -> str:
    return env.str(name, default="").strip() or default


def whole(name: str, default: int, *, least: int = 1, most: int | None = None) -> int:
    value = text(name, str(default))
    wanted = f"{least} or more" if most is None else f"from {least} to {most}"
    number = int(value) if re.fullmatch(r"-?[0-9]{1,9}", value) else None
    if number is None or number < least or (most is not None and number > most):
        raise refuse(name, f"a whole number {'of ' if most is None else ''}{wanted}", value)
    return number


def yes_or_no(name: str, default: bool) -> bool:
    value = text(name, str(default))
    if value.lower() not in YES | NO:
        raise refuse(name, "true or false", value)
    return value.lower() in YES


def one_of(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in choices:
        raise refuse(name, f"{', '.join(choices[:-1])} or {choices[-1]}", value)
    return value


def log_level(name: str) -> str:
    value = text(name, "INFO")
    if value.upper() not in LEVELS:
        raise refuse(name, f"{', '.join(LEVELS[:-1])} or {LEVELS[-1]}", value)
    return value.upper()


def time_zone(name: str) -> str:
    value = text(name, "UTC")
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError) as error:  # unknown, no key at all, a folder of zones
        raise refuse(name, "a time zone's name such as Europe/London", value) from error
    return value


def host(name: str, default: str) -> str:
    """What a socket can be bound to: a name or an IP address, IPv6 in brackets."""
    value = text(name, default)
    if not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", value):
        raise refuse(name, "a host's name or IP address (IPv6 in brackets)", value)
    return value


def web_address(name: str, default: str | None) -> str | None:
    value = text(name) or default
    if value is not None and not _is_url(value, {"http", "https"}):
        raise refuse(name, "an address that begins with http:// or https://", value)
    return value


def database(name: str) -> dict[str, Any]:
    if not _is_url(env.str(name), {"postgresql", "postgres", "pgsql"}, host_needed=False):
        raise refuse(name, "such as postgresql://user:password@host:5432/database")
    return env.db(name)


def broker(name: str) -> str:
    value = env.str(name)
    if not _is_url(value, {"redis", "rediss"}):
        raise refuse(name, "such as redis://:password@host:6379/0")
    return value


def mail(name: str) -> dict[str, Any]:
    """Django's EMAIL_ settings from an address such as smtp+tls://user:password@host:587."""
    value = text(name, "smtp://localhost:25")
    if not _is_url(value, set(environ.Env.EMAIL_SCHEMES), host_needed=False):
        raise refuse(name, "such as smtp+tls://user:password@host:587")
    return environ.Env.email_url_config(value)


def _is_url(value: str, schemes: set[str], *, host_needed: bool = True) -> bool:
    try:
        parts = urlsplit(value)
        known = parts.scheme in schemes and parts.port != 0  # .port raises what isn't a port
    except ValueError:
        return False
    return known and bool(parts.hostname or not host_needed)
