"""A bad value in the environment ends every start with one line that names the variable."""

import os
import subprocess

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import environment
from portal.processes import PROJECT, python

BAD = {
    "PORT": ("abc", "a whole number from 1 to 65535, not 'abc'"),
    "SCORING_BATCH": ("x", "a whole number of 1 or more, not 'x'"),
    "SWEEP_SECONDS": ("abc", "a whole number from 1 to 3600, not 'abc'"),
    "SCORING_LEASE_SECONDS": ("600", "a whole number from 3 to 72, not '600'"),
    "WEB_WORKERS": ("0", "a whole number of 1 or more, not '0'"),
    "WEB_THREADS": ("-1", "a whole number of 1 or more, not '-1'"),
    "HOST": ("a b", "a host's name or IP address (IPv6 in brackets), not 'a b'"),
    "BASE_URL": ("portal", "an address that begins with http:// or https://, not 'portal'"),
    "TIME_ZONE": ("Mars/X", "a time zone's name such as Europe/London, not 'Mars/X'"),
    "LOG_LEVEL": ("LOUD", "DEBUG, INFO, WARNING, ERROR or CRITICAL, not 'LOUD'"),
    "INFERENCE_ENGINE": ("foo", "auto, keras, openvino, openvino-f32 or openvino-int8, not 'foo'"),
    "HTTPS": ("maybe", "true or false, not 'maybe'"),
    "EMAIL_URL": ("gopher://u:secret@x", "such as smtp+tls://user:password@host:587"),
    "DATABASE_URL": ("mysql://u:secret@x/y", "such as postgresql://user:password@host:5432/database"),
    "DATABASE_OWNER_URL": ("nonsense", "such as postgresql://user:password@host:5432/database"),
    "REDIS_URL": ("redis://:secret@x:nope", "such as redis://:password@host:6379/0"),
}  # fmt: skip


def start(*arguments: str, **bad: str) -> subprocess.CompletedProcess:
    environ = os.environ | bad
    return subprocess.run(
        python(*arguments), cwd=PROJECT, env=environ, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("name", BAD)
def test_a_management_command_says_one_line_and_no_more(name: str) -> None:
    value, wanted = BAD[name]
    ended = start("manage.py", "check", **{name: value})
    assert (ended.returncode, ended.stderr) == (1, f"{name} must be {wanted}\n")


def test_up_says_it_before_anything_starts(tmp_path) -> None:
    ended = start("manage.py", "up", WEB_WORKERS="0", STATE_DIR=str(tmp_path / "state"))
    line = f"WEB_WORKERS must be {BAD['WEB_WORKERS'][1]}\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", line)


def test_the_web_server_says_it_and_ends() -> None:
    web = ("-m", "gunicorn", "--config", "python:portal.gunicorn", "portal.wsgi")
    ended = start(*web, SCORING_BATCH="x")
    assert ended.returncode == 1
    assert ended.stderr.strip() == f"Error: SCORING_BATCH must be {BAD['SCORING_BATCH'][1]}"


def test_the_worker_says_it_and_ends() -> None:
    ended = start("-m", "celery", "--app", "portal", "worker", SWEEP_SECONDS="abc")
    assert ended.returncode != 0
    assert "SWEEP_SECONDS must be a whole number from 1 to 3600, not 'abc'" in ended.stderr


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch) -> None:
    monkeypatch.setenv("SCORING_BATCH", "")
    monkeypatch.setenv("HTTPS", "")
    assert environment.whole("SCORING_BATCH", 32) == 32
    assert environment.yes_or_no("HTTPS", True) is True


@pytest.mark.parametrize("value", ["1.5", "٣", "1_000", "9" * 40, "0x10"])
def test_only_plain_digits_are_a_number(monkeypatch, value: str) -> None:
    monkeypatch.setenv("SCORING_BATCH", value)
    with pytest.raises(ImproperlyConfigured, match="SCORING_BATCH must be"):
        environment.whole("SCORING_BATCH", 32)


def test_levels_and_answers_may_be_written_in_any_case(monkeypatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "warning")
    monkeypatch.setenv("HTTPS", "False")
    assert environment.log_level("LOG_LEVEL") == "WARNING"
    assert environment.yes_or_no("HTTPS", True) is False
