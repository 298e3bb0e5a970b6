"""Where somebody is logged in, and that ending it ends all of it."""

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from portal.accounts import people
from portal.audit.models import Entry
from tests.portal.accounts.steps import PASSWORD, actions, code_of, enrol_factor, log_in

ENDINGS = {
    "sessions": {"reason": "lost"},
    "second-factor": {"reason": "lost"},
    "role": {"reason": "duties", "role": "administrator"},
    "disable": {"reason": "left"},
}


@pytest.fixture
def joined(cast) -> Client:
    """Where somebody has just joined through an invitation."""
    issued = people.invite(
        actor=cast.administrator, email="new@example.org", role="dermatologist", clinic=cast.clinic,
        reason="joins",
    )  # fmt: skip
    browser = Client(REMOTE_ADDR="203.0.113.9")
    browser.post(f"/invitations/{issued.token}/", {"name": "Dr New", "password": PASSWORD})
    assert browser.get("/account/").status_code == 200
    return browser


def number_of(browser: Client) -> int:
    return int(browser.session["_auth_user_id"])


def test_sessions_are_shown_and_ended(administrator, cast):
    colleague = Client(REMOTE_ADDR="203.0.113.9")
    log_in(colleague, cast.dermatologist)
    colleague.get("/account/")
    path = f"/people/{cast.dermatologist.pk}/"
    assert "203.0.113.9" in administrator.get(path).content.decode()
    administrator.post(f"{path}sessions/", {"reason": "lost"})
    assert colleague.get("/account/").status_code == 302
    assert "Nowhere." in administrator.get(path).content.decode()
    assert Entry.objects.get(action="user.sessions_ended").detail["sessions_ended"] == 1


def test_one_session_is_ended_and_the_others_stay(administrator, cast):
    phone, desk = Client(REMOTE_ADDR="203.0.113.9"), Client(REMOTE_ADDR="203.0.113.10")
    for place in (phone, desk):
        log_in(place, cast.dermatologist)
        place.get("/account/")
    path = f"/people/{cast.dermatologist.pk}/sessions/"
    number = UserSession.objects.get(user=cast.dermatologist, ip="203.0.113.9").pk
    assert b"203.0.113.9, " in administrator.get(path).content
    administrator.post(path, {"session": number, "reason": "lost"})
    assert phone.get("/account/").status_code == 302
    assert desk.get("/account/").status_code == 200
    other = UserSession.objects.filter(user=cast.administrator).first()
    bad = administrator.post(path, {"session": other.pk if other else 10**9, "reason": "lost"})
    assert bad.status_code == 422


def test_the_session_of_joining_is_shown(administrator, joined):
    page = administrator.get(f"/people/{number_of(joined)}/").content.decode()
    assert "203.0.113.9" in page and "Nowhere." not in page
    assert actions(action="user.logged_in", actor_id=number_of(joined)) == ["user.logged_in"]


@pytest.mark.parametrize("act", ENDINGS)
def test_the_session_of_joining_ends_with_the_others(administrator, joined, act):
    number = number_of(joined)
    enrol_factor(people.User.objects.get(pk=number))  # there is one to take away
    administrator.post(f"/people/{number}/{act}/", ENDINGS[act])
    assert Entry.objects.filter(object_id=str(number), detail__sessions_ended=1).exists()
    assert joined.get("/account/").status_code == 302


@pytest.mark.parametrize("act", ENDINGS)
def test_a_session_that_no_row_tells_of_ends_too_for_good(administrator, cast, act):
    unseen = Client()
    unseen.force_login(cast.dermatologist)
    enrol_factor(cast.dermatologist)
    assert unseen.get("/account/").status_code == 200
    assert not UserSession.objects.filter(user=cast.dermatologist).exists()
    path = f"/people/{cast.dermatologist.pk}/"
    administrator.post(f"{path}{act}/", ENDINGS[act])
    if act == "disable":
        administrator.post(f"{path}enable/", {"reason": "safe"})
    assert unseen.get("/account/").status_code == 302


def test_somebody_logged_out_everywhere_logs_in_again(administrator, cast):
    for _ in range(2):
        administrator.post(f"/people/{cast.dermatologist.pk}/sessions/", {"reason": "lost"})
        again = Client()
        log_in(again, cast.dermatologist)
        assert again.get("/account/").status_code == 200


def test_an_old_secret_key_keeps_sessions_also_after_an_ending(administrator, cast, settings):
    administrator.post(f"/people/{cast.dermatologist.pk}/sessions/", {"reason": "lost"})
    browser = Client()
    log_in(browser, cast.dermatologist)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * 50
    assert browser.get("/account/").status_code == 200


def test_a_colleague_s_browser_is_theirs_no_longer_after_joining_in_it(administrator, cast):
    issued = people.invite(
        actor=cast.administrator, email="new@example.org", role="dermatologist", clinic=cast.clinic,
        reason="joins",
    )  # fmt: skip
    answer = administrator.post(
        f"/invitations/{issued.token}/", {"name": "Dr New", "password": PASSWORD}
    )
    assert answer["Location"] == "/"
    assert number_of(administrator) != cast.administrator.pk
    assert actions(actor_id=cast.administrator.pk)[-1] == "user.logged_out"
    # Whoever has just joined sets their second step up without typing the password again.
    assert administrator.get("/accounts/2fa/totp/activate/").status_code == 200


@pytest.mark.parametrize("way", ["password", "app"])
def test_every_way_in_is_shown(administrator, cast, way):
    browser = Client(REMOTE_ADDR="203.0.113.9")
    if way == "app":
        enrol_factor(cast.dermatologist)
    log_in(browser, cast.dermatologist)
    if way == "app":
        browser.post("/accounts/2fa/authenticate/", {"code": code_of()})
    page = administrator.get(f"/people/{cast.dermatologist.pk}/").content.decode()
    assert "203.0.113.9" in page
