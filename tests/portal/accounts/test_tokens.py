"""API tokens."""

import re

import pytest
from django.test import Client, RequestFactory
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

from portal.accounts import tokens
from tests.portal.accounts.steps import PASSWORD, actions, code_of, enrol_factor, log_in


def user_of(secret: str):
    request = RequestFactory().get("/", headers={"Authorization": f"Token {secret}"})
    return tokens.TokenAuthentication().authenticate(request)[0]


def test_a_token_is_shown_once_and_kept_as_a_hash(browser, cast):
    log_in(browser, cast.dermatologist)
    page = browser.post("/tokens/").content.decode()
    secret = re.search(r'portal-secret">(\w+)<', page)[1]
    assert user_of(secret) == cast.dermatologist
    assert secret not in browser.get("/tokens/").content.decode()
    assert secret not in str(AuthToken.objects.values())
    assert "token.issued" in actions(actor_id=cast.dermatologist.pk)


def test_an_ended_token_opens_nothing(browser, cast):
    log_in(browser, cast.dermatologist)
    row, secret = tokens.issue_token(cast.dermatologist)
    browser.post(f"/tokens/{row.token_key}/revoke/")
    with pytest.raises(AuthenticationFailed):
        user_of(secret)
    assert "token.revoked" in actions(actor_id=cast.dermatologist.pk)


def test_nobody_ends_another_person_s_token(browser, cast):
    row, secret = tokens.issue_token(cast.dermatologist2)
    log_in(browser, cast.dermatologist)
    assert browser.post(f"/tokens/{row.token_key}/revoke/").status_code == 404
    assert user_of(secret) == cast.dermatologist2


def test_staff_who_owe_a_second_factor_get_no_token_and_their_old_ones_stop(cast, settings):
    _, secret = tokens.issue_token(cast.dermatologist)
    settings.STAFF_MFA_REQUIRED = True
    with pytest.raises(tokens.MfaRequired):
        tokens.issue_token(cast.dermatologist)
    with pytest.raises(AuthenticationFailed):
        user_of(secret)
    assert tokens.issue_token(cast.patient)


def ask(email: str, password: str = PASSWORD, code: str = "") -> str:
    """What POST /api/v1/token/ does, with a request of its own."""
    from allauth.core import context

    request = RequestFactory().post("/api/v1/token/")
    with context.request_context(request):
        return tokens.issue_token_for_credentials(
            request, email=email, password=password, code=code
        )[1]


def test_a_program_shows_what_a_login_asks_for(cast):
    assert user_of(ask(cast.patient.email)) == cast.patient
    with pytest.raises(tokens.Refused):
        ask(cast.patient.email, "not the password")
    with pytest.raises(tokens.Refused):
        ask("nobody@example.org")
    assert actions(action="user.login_failed") == ["user.login_failed"] * 2


def test_a_password_alone_is_no_way_around_the_second_factor(cast, mfa_required):
    enrol_factor(cast.dermatologist)
    with pytest.raises(tokens.CodeRequired):
        ask(cast.dermatologist.email)
    with pytest.raises(tokens.Refused):
        ask(cast.dermatologist.email, code="000000")
    assert user_of(ask(cast.dermatologist.email, code=code_of())) == cast.dermatologist


def test_codes_cannot_be_guessed_through_the_api(cast, mfa_required):
    enrol_factor(cast.dermatologist)
    for _ in range(5):
        with pytest.raises(tokens.Refused):
            ask(cast.dermatologist.email, code="000000")
    with pytest.raises(tokens.Refused):
        ask(cast.dermatologist.email, code=code_of())


def test_no_token_for_an_unconfirmed_address_or_a_disabled_account(cast):
    cast.patient.emailaddress_set.update(verified=False)
    with pytest.raises(tokens.Refused):
        ask(cast.patient.email)
    cast.patient2.is_active = False
    cast.patient2.save()
    with pytest.raises(tokens.Refused):
        ask(cast.patient2.email)


def test_tokens_need_a_login(cast):
    assert Client().post("/tokens/")["Location"].startswith("/accounts/login/")
