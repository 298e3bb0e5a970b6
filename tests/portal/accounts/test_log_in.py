"""Logging in and out, wrong passwords, and new ones."""

from django.core import mail
from django.core.cache import cache
from django.test import Client
from knox.models import AuthToken

from portal.accounts import people
from portal.audit.models import Entry
from tests.portal.accounts.steps import PASSWORD, actions, link_in_mail, log_in

NEW = "another long passphrase"


def test_the_session_gets_a_new_id_at_login_so_a_planted_one_is_worthless(browser, cast):
    browser.get("/accounts/login/")
    session = browser.session
    session["planted"] = True
    session.save()
    before = browser.cookies["sessionid"].value if "sessionid" in browser.cookies else ""
    log_in(browser, cast.patient)
    assert browser.cookies["sessionid"].value != before


def test_capitals_in_the_address_do_not_matter(browser, cast):
    response = browser.post(
        "/accounts/login/", {"login": cast.patient.email.upper(), "password": PASSWORD}
    )
    assert response.status_code == 302
    assert browser.get("/account/").status_code == 200


def test_logging_in_and_out_is_in_the_ledger(browser, cast):
    log_in(browser, cast.patient)
    browser.post("/accounts/logout/")
    assert actions(actor_id=cast.patient.pk, object_type="user") == [
        "user.logged_in",
        "user.logged_out",
    ]


def test_log_out_needs_a_post_so_no_link_can_do_it(browser, cast):
    log_in(browser, cast.patient)
    browser.get("/accounts/logout/")
    assert browser.get("/account/").status_code == 200


def test_a_wrong_password_and_an_unknown_address_get_the_same_page(browser, cast):
    wrong = log_in(browser, cast.patient, "not the password")
    unknown = browser.post(
        "/accounts/login/", {"login": "nobody@example.org", "password": "not the password"}
    )
    for page in (wrong, unknown):
        assert page.status_code == 200
        assert b"The e-mail address or the password is not right." in page.content
    assert wrong.content.count(b"<p") == unknown.content.count(b"<p")


def test_failed_tries_are_in_the_ledger_without_what_was_typed(browser, cast):
    log_in(browser, cast.patient, "not the password")
    browser.post("/accounts/login/", {"login": "canary@example.org", "password": "canary word"})
    known, unknown = Entry.objects.filter(action="user.login_failed").order_by("pk")
    assert (known.object_id, known.result) == (str(cast.patient.pk), "failed")
    assert unknown.object_id == "unknown"
    assert "canary" not in str(unknown.detail)


def test_the_sixth_try_in_five_minutes_is_refused_even_with_the_right_password(browser, cast):
    for _ in range(5):
        log_in(browser, cast.patient, "not the password")
    page = log_in(Client(), cast.patient)
    assert b"Wait five minutes" in page.content
    assert browser.get("/account/").status_code == 302
    assert actions(action="user.login_locked") == ["user.login_locked"]
    assert log_in(Client(), cast.patient2).status_code == 302  # nobody else is locked out


def test_a_lock_is_not_washed_out_of_the_cache_by_many_other_entries(browser, cast):
    for _ in range(5):
        log_in(browser, cast.patient, "not the password")
    for number in range(400):  # Django's own default drops entries above 300
        cache.set(f"{number}", number)
    assert b"Wait five minutes" in log_in(Client(), cast.patient).content


def test_too_many_requests_say_when_to_come_back(browser, cast):
    for _ in range(20):
        browser.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    page = browser.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert page.status_code == 429
    assert page["Retry-After"] == "300"
    assert b"Wait five minutes" in page.content


def test_a_disabled_user_with_the_right_password_is_told_and_stays_out(browser, cast):
    people.disable(actor=cast.administrator, user=cast.patient, reason="unsafe")
    assert log_in(browser, cast.patient)["Location"] == "/accounts/inactive/"
    assert browser.get("/account/").status_code == 302


def test_a_link_by_mail_sets_a_new_password_and_ends_sessions_and_tokens(browser, cast):
    elsewhere = Client()
    log_in(elsewhere, cast.patient)
    AuthToken.objects.create(cast.patient)
    browser.post("/accounts/password/reset/", {"email": cast.patient.email})
    link = link_in_mail()

    form = browser.get(link, follow=True)
    where = form.redirect_chain[-1][0]
    browser.post(where, {"password1": NEW, "password2": NEW})

    assert elsewhere.get("/account/").status_code == 302
    assert not AuthToken.objects.filter(user=cast.patient).exists()
    assert log_in(Client(), cast.patient).status_code == 200
    assert log_in(Client(), cast.patient, NEW).status_code == 302
    assert "user.password_changed" in actions(actor_id=cast.patient.pk)
    assert b"does not work" in Client().get(link, follow=True).content  # once


def test_asking_for_a_reset_says_the_same_for_known_and_unknown_addresses(browser, cast):
    known = browser.post("/accounts/password/reset/", {"email": cast.patient.email})
    unknown = browser.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert len(mail.outbox) == 2
    assert "no account with this address" in mail.outbox[-1].body


def test_changing_the_password_keeps_this_session_and_ends_the_others(browser, cast):
    elsewhere = Client()
    for client in (browser, elsewhere):
        log_in(client, cast.patient)
    browser.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
    )
    assert browser.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert mail.outbox[-1].subject == "Your password was changed"


def test_a_new_address_counts_only_after_its_link_was_opened(browser, cast):
    log_in(browser, cast.patient)
    browser.post("/accounts/email/", {"email": "moved@example.org", "action_add": ""})
    cast.patient.refresh_from_db()
    assert cast.patient.email != "moved@example.org"
    link = next(m for m in mail.outbox if m.to == ["moved@example.org"]).body
    browser.post("/accounts/confirm-email/" + link.split("/accounts/confirm-email/")[1].split()[0])
    cast.patient.refresh_from_db()
    assert cast.patient.email == "moved@example.org"
    assert "user.email_changed" in actions(actor_id=cast.patient.pk)


def test_other_sessions_can_be_seen_and_ended(browser, cast):
    elsewhere = Client(headers={"user-agent": "Elsewhere 1.0"})
    for client in (browser, elsewhere):
        log_in(client, cast.patient)
    assert b"Elsewhere 1.0" in browser.get("/accounts/sessions/").content
    browser.post("/accounts/sessions/")
    assert elsewhere.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 200


def test_pages_of_a_logged_in_user_are_not_kept_by_the_browser(browser, cast):
    log_in(browser, cast.patient)
    assert "no-store" in browser.get("/account/")["Cache-Control"]
