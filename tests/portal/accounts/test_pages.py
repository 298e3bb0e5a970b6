"""What every page keeps: headers, no inline code, CSRF, who sees which links, what errors say."""

import re
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.template.loader import render_to_string
from django.test import Client
from django.views.defaults import server_error

from portal.accounts import people
from tests.portal.accounts.steps import PASSWORD

TEMPLATES = sorted(Path(configured.BASE_DIR, "templates").rglob("*.html"))

OPEN = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/no-such-page/"]
FOR_ALL = ["/account/", "/accounts/2fa/", "/accounts/email/", "/accounts/sessions/", "/tokens/"]
FOR_ADMINISTRATORS = ["/people/", "/people/invite/", "/clinics/", "/rules/", "/rules/versions/"]
UNSAFE = [
    "/accounts/login/", "/accounts/signup/", "/accounts/logout/", "/accounts/password/reset/",
    "/accounts/password/change/", "/accounts/email/", "/accounts/sessions/",
    "/accounts/2fa/totp/activate/", "/accounts/2fa/totp/deactivate/", "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/recovery-codes/generate/", "/accounts/2fa/authenticate/",
    "/accounts/reauthenticate/", "/tokens/", "/people/invite/", "/people/1/disable/",
    "/people/search/", "/clinics/new/", "/clinics/1/", "/rules/", "/rules/adopt/",
    "/people/invitations/1/withdraw/", "/tokens/abc/revoke/",
]  # fmt: skip


def check_headers(response) -> None:
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    for closed in ("default-src", "frame-ancestors", "base-uri"):
        assert f"{closed} 'none'" in policy
    for ours in ("script-src", "style-src", "form-action"):
        assert f"{ours} 'self'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", OPEN)
def test_open_pages_carry_the_security_headers(path, browser):
    check_headers(browser.get(path))


@pytest.mark.parametrize("path", FOR_ALL + FOR_ADMINISTRATORS)
def test_closed_pages_carry_the_security_headers_and_send_strangers_to_the_login(path, cast):
    assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"
    client = Client()
    client.force_login(cast.administrator)
    response = client.get(path)
    assert response.status_code == 200
    check_headers(response)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_inline_code(template):
    text = template.read_text()
    assert not re.search(r"\sstyle=|\son(?!e=)\w+=|javascript:|hx-on", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag


@pytest.mark.parametrize("path", UNSAFE)
def test_a_form_without_its_csrf_token_is_refused(path, cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.administrator)
    response = client.post(path, headers={"HX-Request": "true"})
    assert response.status_code == 403
    assert b"This form is too old" in response.content


def test_an_invitation_cannot_be_accepted_from_another_site(cast):
    issued = people.invite(
        actor=cast.administrator, email="c@example.org", role="dermatologist", clinic=cast.clinic,
        reason="joins",
    )  # fmt: skip
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"/invitations/{issued.token}/", {"name": "x"}).status_code == 403


def test_each_role_starts_where_its_work_is(cast):
    for who, path in (
        ("patient", "/lesions/"), ("dermatologist", "/worklist/"), ("administrator", "/people/"),
    ):  # fmt: skip
        client = Client()
        client.force_login(getattr(cast, who))
        assert client.get("/")["Location"] == path


def test_the_navigation_shows_what_the_role_may_open(cast, browser):
    links = {}
    for who in ("patient", "administrator"):
        client = Client()
        client.force_login(getattr(cast, who))
        links[who] = client.get("/account/").content.decode()
    assert 'href="/people/"' in links["administrator"]
    assert 'href="/audit/"' in links["administrator"]
    assert 'href="/people/"' not in links["patient"]
    assert "Send photos" in links["patient"]
    assert 'aria-label="Main"' not in browser.get("/").content.decode()


def test_the_start_page_says_when_not_to_wait(browser):
    page = browser.get("/").content
    for word in (b"999", b"112", b"not a diagnosis", b"aged 16 or over"):
        assert word in page


def test_a_missing_page_says_what_to_do(browser):
    response = browser.get("/no-such-page/")
    assert response.status_code == 404
    assert b"go to the start page" in response.content


def test_the_page_for_our_own_faults_needs_neither_database_nor_session(rf):
    page = server_error(rf.get("/"))
    assert page.status_code == 500
    assert b"Nothing that you had already sent is lost" in page.content


def test_a_log_in_returns_only_to_this_site(browser, cast):
    form = {"login": cast.patient.email, "password": PASSWORD, "next": "https://evil.example/"}
    assert browser.post("/accounts/login/", form)["Location"] == "/"
    form["next"] = "/account/"
    assert Client().post("/accounts/login/", form)["Location"] == "/account/"


@pytest.mark.parametrize("urgency", range(5))
def test_urgency_is_a_word_and_a_shape_besides_its_colour(db, urgency):
    tag = render_to_string("components/urgency.html", {"urgency": urgency})
    assert re.search(r"</svg>\w+", tag)
    others = {render_to_string("components/urgency.html", {"urgency": u}) for u in range(5)}
    shapes = {re.search(r"<(path|circle)[^>]*>", other)[0] for other in others}
    assert len(shapes) == 5
