"""Two-step login: who must have it, how it is set up, how its secret is kept."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from portal.accounts.adapters import MFAAdapter, UnreadableSecret
from portal.accounts.mfa import owes_mfa
from tests.portal.accounts.steps import (
    SECRET,
    actions,
    code_of,
    enrol_factor,
    log_in,
)

OPEN_WITHOUT = re.compile(r"^(accounts/2fa/|accounts/logout/|accounts/reauthenticate/)")


def every_route(resolver: URLResolver | None = None, prefix: str = "") -> list[str]:
    """A path for each URL pattern, with something made up for each parameter."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + re.sub(r"^\^|\$$", "", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            found += every_route(pattern, route)
        elif isinstance(pattern, URLPattern):
            found.append(_filled(route))
    return found


def _filled(route: str) -> str:
    reference = "2222-3333-4444"
    made_up = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000",
               "reference": reference, "typed_reference": reference}  # fmt: skip
    route = re.sub(r"\(\?P<\w+>[^)]*\)", "made-up", route)
    route = re.sub(
        r"<(?:(\w+):)?\w+>", lambda match: made_up.get(match[1] or "str", "made-up"), route
    )
    return route.replace("\\", "")


@pytest.mark.parametrize("who", ["dermatologist", "administrator"])
def test_staff_without_a_second_factor_reach_nothing_but_its_set_up(who, cast, mfa_required):
    client = Client()
    log_in(client, getattr(cast, who))
    opened = []
    for path in every_route():
        response = client.get(f"/{path}")
        blocked = response.status_code == 302 and response["Location"] == "/accounts/2fa/"
        if path.startswith("api/"):
            blocked = response.status_code == 403
        if not blocked and not OPEN_WITHOUT.match(path):
            opened.append((path, response.status_code))
    assert opened == []


def test_the_api_tells_staff_without_a_second_factor_why(cast, mfa_required):
    client = Client()
    log_in(client, cast.dermatologist)
    response = client.get("/api/v1/worklist/")
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")
    assert response.json()["type"] == "urn:problem:second-factor-required"


def test_patients_need_no_second_factor(cast, mfa_required):
    client = Client()
    log_in(client, cast.patient)
    assert client.get("/account/").status_code == 200


@pytest.mark.django_db(transaction=True)  # allauth tells of the new factor when it commits
def test_setting_up_an_app_opens_the_portal_and_shows_recovery_codes(cast, mfa_required):
    client = Client()
    log_in(client, cast.dermatologist)
    assert b"Staff need a second step" in client.get("/accounts/2fa/").content
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'id="authenticator_secret">(\w+)<', page)[1]

    assert (
        b"The code is not right"
        in client.post("/accounts/2fa/totp/activate/", {"code": "000000"}).content
    )
    response = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}, follow=True)

    assert b"Recovery codes" in response.content
    assert client.get("/account/").status_code == 200
    assert actions(actor_id=cast.dermatologist.pk)[-2:] == ["mfa.added", "mfa.added"]


def test_login_then_asks_for_a_code(cast, mfa_required):
    enrol_factor(cast.dermatologist)
    client = Client()
    assert log_in(client, cast.dermatologist)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/account/").status_code == 302
    assert b"not right" in client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content
    client.post("/accounts/2fa/authenticate/", {"code": code_of()})
    assert client.get("/account/").status_code == 200
    assert "mfa.failed" in actions(actor_id=cast.dermatologist.pk)


def test_a_code_works_once(cast, mfa_required):
    enrol_factor(cast.dermatologist)
    code = code_of()
    opened = []
    for client in (Client(), Client()):
        log_in(client, cast.dermatologist)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        opened.append(client.get("/account/").status_code)
    assert opened == [200, 302]


def test_guessing_codes_is_locked_after_five(cast, mfa_required):
    enrol_factor(cast.dermatologist)
    client = Client()
    log_in(client, cast.dermatologist)
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    page = client.post("/accounts/2fa/authenticate/", {"code": code_of()})
    assert b"Wait five minutes" in page.content


def test_a_session_from_before_the_second_factor_has_to_log_in_again(cast, mfa_required):
    """Somebody who stole the password earlier gains nothing when the owner sets the app up."""
    thief = Client()
    log_in(thief, cast.dermatologist)
    enrol_factor(cast.dermatologist)
    assert thief.get("/account/")["Location"].startswith("/accounts/login/")
    assert log_in(thief, cast.dermatologist)["Location"] == "/accounts/2fa/authenticate/"


def test_recovery_codes_alone_are_no_second_factor(cast, mfa_required):
    RecoveryCodes.activate(cast.dermatologist)
    assert owes_mfa(cast.dermatologist)


def test_a_recovery_code_works_instead_of_the_app_and_only_once(cast, mfa_required):
    enrol_factor(cast.dermatologist)
    code = RecoveryCodes.activate(cast.dermatologist).get_unused_codes()[0]
    opened = []
    for client in (Client(), Client()):
        log_in(client, cast.dermatologist)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        opened.append(client.get("/account/").status_code)
    assert opened == [200, 302]


def test_removing_the_last_factor_sends_staff_back_to_set_up(cast, mfa_required):
    enrol_factor(cast.dermatologist)
    client = Client()
    log_in(client, cast.dermatologist)
    client.post("/accounts/2fa/authenticate/", {"code": code_of()})
    client.post("/accounts/2fa/totp/deactivate/")
    assert client.get("/account/")["Location"] == "/accounts/2fa/"
    assert "mfa.removed" in actions(actor_id=cast.dermatologist.pk)


def test_secrets_are_not_readable_in_the_database(cast):
    enrol_factor(cast.dermatologist)
    RecoveryCodes.activate(cast.dermatologist)
    rows = Authenticator.objects.all()
    assert len(rows) == 2
    for row in rows:
        assert SECRET not in str(row.data)
        kept = row.data.get("secret") or row.data["seed"]
        assert kept.startswith("gAAAA")  # Fernet
        assert MFAAdapter().decrypt(kept)


def test_secrets_stay_readable_while_the_old_key_is_listed(settings):
    old = settings.SECRET_KEY
    kept = MFAAdapter().encrypt(SECRET)
    settings.SECRET_KEY = "n" * 50
    settings.SECRET_KEY_FALLBACKS = [old]
    assert MFAAdapter().decrypt(kept) == SECRET
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(UnreadableSecret):
        MFAAdapter().decrypt(kept)
