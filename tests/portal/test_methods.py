"""An address asked for with a method that it does not take; another language on any page."""

import re

import pytest
from django.test import Client

from tests import cast as casting
from triage import worklist

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(settings, tmp_path) -> casting.Cast:
    settings.MEDIA_ROOT = tmp_path
    settings.STAFF_MFA_REQUIRED = False
    return casting.gather()


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def back_to(answer) -> str:
    """Where the footer leads after another language was chosen."""
    return re.search(r'name="next" value="([^"]*)"', answer.content.decode()).group(1)


def test_an_address_that_only_takes_a_form_is_answered_with_a_page(people):
    answer = browser(people.dermatologist).get("/worklist/claim/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    page = answer.content.decode()
    assert "This address only takes what a form sends" in page and "Start page" in page
    assert back_to(answer) == "/", "not to this page again"


def test_another_language_on_a_form_s_answer_leads_to_the_page_of_the_form(people):
    case = casting.send_case(people.patient)
    reader = browser(people.dermatologist)
    worklist.claim(actor=people.dermatologist, case=case)
    here = f"/worklist/{case.reference}/"
    reader.get(here)
    shown = reader.post(f"{here}opinion/", {}, headers={"Referer": f"http://testserver{here}"})
    assert shown.status_code == 200 and back_to(shown) == here
    without = back_to(reader.post(f"{here}opinion/", {}))
    chosen = reader.post("/language/", {"language": "de", "next": without}, follow=True)
    assert chosen.redirect_chain[-1] == (here, 302)
    assert '<html lang="de"' in chosen.content.decode()


def test_another_site_s_page_is_nowhere_to_go_back_to(people):
    case = casting.send_case(people.patient)
    worklist.claim(actor=people.dermatologist, case=case)
    address = f"/worklist/{case.reference}/opinion/"
    for elsewhere in ("https://evil.example/", "http://testserver.evil.example/"):
        answer = browser(people.dermatologist).post(address, {}, headers={"Referer": elsewhere})
        assert back_to(answer) == address
