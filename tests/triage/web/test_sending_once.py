"""The guided form: sent once whatever is pressed, kept over a log-in, within its limits."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests import cast
from tests.triage.web.journey import USUAL, begin, go, post, send
from triage.models import Case, Draft, Upload


# -- sent twice, thrown away, logged out ----------------------------------------------------------
def test_the_same_form_twice_makes_one_case(sender):
    draft = go(sender)
    first, second = send(sender, draft), send(sender, draft)
    assert first.headers["Location"] == second.headers["Location"]
    assert Case.objects.count() == 1 and Upload.objects.count() == 0


def test_a_page_of_a_form_that_was_sent_leads_to_its_case(sender):
    draft = go(sender)
    send(sender, draft)
    answer = post(sender, "changes", draft=str(draft.pk), itch="yes")
    assert answer.headers["Location"] == f"/cases/{Case.objects.get().reference}/"


@pytest.mark.parametrize("named", ["not-a-uuid", "\0", "3f0c1a52-7d5e-4c1b-9a44-0f1d2b3c4d5e"])
def test_a_page_that_names_another_form_changes_nothing(sender, named):
    draft = go(sender, until="changes")
    assert post(sender, "changes", draft=named, itch="yes").headers["Location"] == "/send/"
    draft.refresh_from_db()
    assert "itch" not in draft.entered


def test_throwing_away_is_asked_about_first(sender):
    draft = go(sender, until="changes")
    page = sender.get("/send/throw-away/").text
    assert "This cannot be undone." in page and Draft.objects.exists()
    sender.post("/send/throw-away/", {"draft": str(uuid.uuid4())})
    assert Draft.objects.exists(), "that was another form"
    sender.post("/send/throw-away/", {"draft": str(draft.pk)})
    assert not Draft.objects.exists() and not Upload.objects.exists()


def test_a_page_sent_after_the_login_ran_out_is_there_after_logging_in(sender, browser, people):
    draft = go(sender, until="notes")
    sender.logout()
    answer = post(sender, "notes", draft=str(draft.pk), notes="Worried about it")
    assert answer.headers["Location"].startswith("/accounts/login/?next=/send/notes/")
    sender.force_login(
        people.patient, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    page = sender.get("/send/notes/").text
    assert "Worried about it" in page and "What you entered here is kept" in page
    assert "Worried about it" not in sender.get("/send/notes/").text, "once: it is not saved yet"


def test_what_a_stranger_sends_reaches_nobody_else_s_form(sender, people):
    draft = go(sender, until="notes")
    sender.logout()
    post(sender, "notes", draft=str(draft.pk), notes="not mine")
    sender.force_login(
        people.patient2, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    begin_other = sender.post("/send/")
    assert begin_other.status_code == 302
    assert "not mine" not in sender.get("/send/notes/", follow=True).text


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_make_one_case(sender, browser):
    draft = go(sender)
    together = Barrier(2)

    def press(_: int) -> str:
        client = browser(sender.user)
        client.user = sender.user
        together.wait(20)
        try:
            return send(client, draft).headers["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as hands:
        places = list(hands.map(press, range(2)))
    assert places[0] == places[1]
    assert Case.objects.count() == 1 and Upload.objects.count() == 0


# -- limits ---------------------------------------------------------------------------------------
def test_over_the_quota_the_review_comes_back_with_the_time_and_everything_is_kept(sender):
    cast.decide(cases_per_hour=1)
    cast.send_case(sender.user)
    draft = go(sender)
    answer = send(sender)
    assert answer.status_code == 429
    assert 3500 < int(answer.headers["Retry-After"]) <= 3601
    assert re.search(r"Try again after \d\d:\d\d, in 60 minutes", answer.text)
    draft.refresh_from_db()
    assert Case.objects.count() == 1 and draft.uploads.count() == 1


@pytest.mark.parametrize("step", [*USUAL, "review"])
def test_every_page_needs_few_queries(sender, step, django_assert_max_num_queries):
    for site in ("back", "arm", "face"):
        cast.send_case(sender.user, site=site)
    go(sender)
    with django_assert_max_num_queries(12):
        assert sender.get(f"/send/{step}/").status_code == 200


@pytest.mark.parametrize("address", ["/send/", *(f"/send/{step}/" for step in USUAL),
                                     "/send/throw-away/"])  # fmt: skip
def test_every_page_wants_its_csrf_token(people, browser, address):
    strict = browser(people.patient, enforce_csrf_checks=True)
    assert strict.post(address).status_code == 403


# -- told where a patient comes in ----------------------------------------------------------------
@pytest.mark.parametrize("address", ["/lesions/", "/cases/"])
def test_what_was_begun_is_told_where_a_patient_comes_in(sender, address):
    assert "Continue what you began" not in sender.get(address).text
    begin(sender)
    assert "Continue what you began" not in sender.get(address).text, "nothing stands in it yet"
    go(sender, until="camera")
    page = sender.get(address).text
    assert "Upper back, left" in page and "0 photos" in page and 'href="/send/camera/"' in page
    assert 'href="/send/throw-away/"' in page
