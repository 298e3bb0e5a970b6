"""How long a staff session lasts, and that disabling ends it within a request."""

import time
from datetime import timedelta

import pytest
from django.test import Client

from portal.accounts import people, tokens
from portal.accounts.middleware import SEEN, STARTED
from portal.audit.models import Entry
from tests.portal.accounts.steps import log_in


@pytest.fixture
def staff(cast) -> Client:
    client = Client()
    log_in(client, cast.dermatologist)
    assert client.get("/account/").status_code == 200
    return client


def earlier(client: Client, key: str, ago: timedelta) -> None:
    session = client.session
    session[key] = time.time() - ago.total_seconds()
    session.save()


def test_a_staff_session_ends_after_fifteen_idle_minutes(staff, cast):
    earlier(staff, SEEN, timedelta(minutes=14, seconds=50))
    assert staff.get("/account/").status_code == 200
    earlier(staff, SEEN, timedelta(minutes=15, seconds=1))
    response = staff.get("/account/")
    assert response["Location"] == "/accounts/login/?next=%2Faccount%2F"
    assert b"you did nothing for a while" in staff.get(response["Location"]).content
    entry = Entry.objects.get(action="user.logged_out")
    assert (entry.actor_id, entry.detail) == (cast.dermatologist.pk, {"why": "idle"})


def test_using_the_portal_keeps_the_session(staff):
    earlier(staff, SEEN, timedelta(minutes=10))
    staff.get("/account/")
    assert time.time() - staff.session[SEEN] < 5


def test_a_page_that_refreshes_itself_does_not(staff):
    earlier(staff, SEEN, timedelta(minutes=10))
    staff.get("/account/", headers={"X-Background": "1"})
    assert time.time() - staff.session[SEEN] > 590


def test_a_staff_session_ends_twelve_hours_after_login_however_busy(staff):
    earlier(staff, STARTED, timedelta(hours=11, minutes=59))
    assert staff.get("/account/").status_code == 200
    earlier(staff, STARTED, timedelta(hours=12, seconds=1))
    assert staff.get("/account/").status_code == 302


def test_a_patient_may_take_longer_to_find_the_photos(cast):
    client = Client()
    log_in(client, cast.patient)
    earlier(client, SEEN, timedelta(hours=1))
    assert client.get("/account/").status_code == 200


def test_a_fragment_sends_the_whole_page_to_the_login(staff):
    earlier(staff, SEEN, timedelta(hours=1))
    response = staff.get(
        "/account/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/somewhere/?q=1"},
    )
    assert response["HX-Redirect"] == "/accounts/login/?next=%2Fsomewhere%2F"


def test_a_form_sent_too_late_comes_back_to_a_page_not_to_a_post(staff):
    earlier(staff, SEEN, timedelta(hours=1))
    assert staff.post("/tokens/")["Location"] == "/accounts/login/?next=%2F"


def test_the_api_answers_an_ended_session_with_a_problem(staff):
    earlier(staff, SEEN, timedelta(hours=1))
    response = staff.get("/api/v1/worklist/")
    assert (response.status_code, response["Content-Type"]) == (401, "application/problem+json")
    assert response.json()["type"] == "urn:problem:session-ended"


def test_a_disabled_user_is_out_at_the_next_request(staff, cast):
    people.disable(actor=cast.administrator, user=cast.dermatologist, reason="left")
    assert staff.get("/account/").status_code == 302


def test_an_old_session_does_not_come_back_to_life_with_the_account(staff, cast):
    people.disable(actor=cast.administrator, user=cast.dermatologist, reason="unsafe")
    people.enable(actor=cast.administrator, user=cast.dermatologist, reason="safe")
    assert staff.get("/account/").status_code == 302


def test_a_disabled_user_s_tokens_end_with_the_sessions(cast):
    _, secret = tokens.issue_token(cast.dermatologist)
    people.disable(actor=cast.administrator, user=cast.dermatologist, reason="left")
    people.enable(actor=cast.administrator, user=cast.dermatologist, reason="safe")
    request = token_request(secret)
    with pytest.raises(tokens.AuthenticationFailed):
        tokens.TokenAuthentication().authenticate(request)


def token_request(secret: str):
    from django.test import RequestFactory

    return RequestFactory().get("/", headers={"Authorization": f"Token {secret}"})
