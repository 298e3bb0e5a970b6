"""The system check on the application's rights, from the command that people run."""

import os
import subprocess

import pytest

from portal.processes import PROJECT, python


def check(database, role: str, *command: str, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        python("manage.py", *command),
        cwd=PROJECT,
        env=os.environ | {"DATABASE_URL": database.url(role), **env},
        capture_output=True,
        text=True,
    )


CHECK = ("check", "--database", "default")


def test_the_applications_role_passes(database):
    ended = check(database, "lesions_app", *CHECK)
    assert ended.returncode == 0
    assert "audit." not in ended.stderr


@pytest.mark.parametrize("role", ["lesions_owner", "postgres"])
def test_a_role_that_could_change_the_ledger_is_an_error(database, role):
    ended = check(database, role, *CHECK)
    assert ended.returncode == 1
    assert f"(audit.E001) The application's database role {role}" in ended.stderr


def test_in_the_demo_it_is_a_warning(database):
    ended = check(database, "lesions_owner", *CHECK, DEMO="true")
    assert ended.returncode == 0
    assert "audit.W001" in ended.stderr


def test_migrating_as_the_owner_is_not_held_up(database):
    ended = check(database, "lesions_owner", "migrate")
    assert ended.returncode == 0, ended.stderr
