"""The first person of a new installation."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portal.accounts.models import Clinic, User
from tests.portal.accounts.steps import PASSWORD, actions


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_administrator", *arguments, stdout=out)
    return out.getvalue()


def test_the_printed_link_makes_an_administrator(db):
    link = run("first@example.org", "--clinic", "North Clinic").splitlines()[-1]
    path = link.split("//", 1)[1].partition("/")[2]
    client = Client()
    client.post(f"/{path}", {"name": "First", "password": PASSWORD})
    user = User.objects.get(email="first@example.org")
    assert (user.role, user.clinic.name) == ("administrator", "North Clinic")
    assert client.get("/people/").status_code == 200
    assert actions()[0] == "user.invited"


def test_the_clinic_must_be_named_unless_there_is_just_one(db):
    with pytest.raises(CommandError, match="--clinic"):
        run("first@example.org")
    Clinic.objects.create(name="Only")
    assert "join Only" in run("first@example.org")


def test_a_wrong_or_known_address_is_refused(cast):
    with pytest.raises(CommandError, match="not an e-mail address"):
        run("nonsense", "--clinic", "North")
    with pytest.raises(CommandError, match="has an account already"):
        run(cast.administrator.email, "--clinic", cast.clinic.name)
    assert not Clinic.objects.filter(name="North").exists()
