"""The account pages in a real browser: passkeys under the content policy, keyboard, phone width."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(chromium: Browser, live_server, cast):
    """A page at phone width that fails the test on any script error or policy violation."""
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 360, "height": 740})
    context.set_default_timeout(10_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield page
    context.close()
    assert faults == []


def log_in(page: Page, email: str) -> None:
    from tests.cast import PASSWORD

    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()


def add_authenticator(page: Page) -> None:
    """A built-in passkey device, as in a phone, that always agrees."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_passkey_is_added_and_then_opens_the_account_by_itself(page, cast, mfa_required):
    add_authenticator(page)
    log_in(page, cast.dermatologist.email)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("My phone")
    expect(page.get_by_label("without the password")).to_be_checked()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    page.goto("/account/")
    page.get_by_role("button", name="Log out").click()
    page.goto("/accounts/login/?next=/account/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_passkey_serves_as_the_second_step_after_the_password(page, cast, mfa_required):
    add_authenticator(page)
    log_in(page, cast.dermatologist.email)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Key")
    page.get_by_label("without the password").uncheck()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("button", name="Log out").click()

    log_in(page, cast.dermatologist.email)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "authenticate" not in url)
    page.goto("/account/")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_refused_passkey_says_what_to_do(page):
    page.goto("/accounts/login/")
    page.evaluate(
        "() => { navigator.credentials.get = "
        "() => Promise.reject(new DOMException('', 'NotAllowedError')); }"
    )
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(
        "Nothing was confirmed. Try again, or use another way."
    )


def test_a_typed_password_can_be_shown(page):
    page.goto("/accounts/login/")
    password = page.get_by_label("Password", exact=True)
    password.fill("something")
    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(password).to_have_attribute("type", "password")


def test_the_first_tab_stop_skips_to_the_content(page):
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_an_error_summary_takes_the_focus_and_leads_to_the_field(page):
    page.goto("/accounts/signup/")
    page.get_by_role("button", name="Sign up").click()
    assert "There is a problem" in page.evaluate("document.activeElement.textContent")
    page.get_by_role("alert").get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.id") == "id_name"


def test_staff_are_warned_before_an_idle_session_ends_and_can_stay(page, cast, settings):
    settings.STAFF_SESSION_IDLE = timedelta(seconds=36)  # the page counts on six of them
    log_in(page, cast.administrator.email)
    stay = page.get_by_role("button", name="Stay logged in")
    expect(stay).to_be_visible()
    stay.click()
    expect(stay).to_be_hidden()
    expect(stay).to_be_visible()


def test_an_idle_screen_is_cleared_by_itself(page, cast, settings):
    settings.STAFF_SESSION_IDLE = timedelta(seconds=34)
    log_in(page, cast.administrator.email)
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    settings.STAFF_SESSION_IDLE = timedelta(seconds=1)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    expect(page.get_by_text("you did nothing for a while")).to_be_visible()


PAGES = {
    None: ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/none/"],
    "patient": ["/account/", "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/email/",
                "/accounts/sessions/", "/accounts/password/change/", "/tokens/"],
    "administrator": ["/people/", "/people/invite/"],
}  # fmt: skip


@pytest.mark.parametrize("who", PAGES, ids=str)
def test_pages_fit_a_phone_and_a_desk_and_axe_finds_nothing(page, cast, who):
    if who:
        log_in(page, getattr(cast, who).email)
    for path in PAGES[who]:
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 740})
            page.goto(path)
            found = [fault["id"] for fault in Axe().run(page).response["violations"]]
            assert (path, width, found, fits(page)) == (path, width, [], True)
