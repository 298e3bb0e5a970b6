"""The pages about the rule book: change it, look at the queue first, put it in force, go back."""

import re

import pytest
from django.test import Client

from portal.audit.models import Entry
from tests import cast as casting
from tests.triage.web.test_worklist import text
from triage import rulebook
from triage.book import flat
from triage.models import RuleBook
from triage.web.rule_fields import ENTRIES, unlisted
from triage.web.rule_forms import BookForm

RULES = "/rules/"


@pytest.fixture
def admin(people, browser) -> Client:
    return browser(people.administrator)


def filled(**changed: object) -> dict[str, object]:
    """The form as a browser would send it, with these fields changed; None empties a field."""
    now = rulebook.current()
    form = BookForm(start=flat(now.book), over=now.version)
    sent = {}
    for bound in form:
        value = bound.field.prepare_value(bound.initial)
        if value is not None and value is not False:
            sent[bound.name] = "on" if value is True else str(value)
    sent |= {name.replace("__", "-"): value for name, value in changed.items()}
    return {name: value for name, value in sent.items() if value is not None}


def hidden(page: str) -> dict[str, str]:
    """What the preview page would send on."""
    import html

    found = re.findall(r'<input type="hidden" name="(book|over|based_on)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def body(response, status: int = 200) -> str:
    assert response.status_code == status, response
    return response.content.decode()


def look_at(admin: Client, **changed: object) -> str:
    return body(admin.post(RULES, filled(**changed)))


def put_in_force(admin: Client, reason: str = "The clinic agreed.", **changed: object):
    sent = hidden(look_at(admin, **changed)) | {"reason": reason}
    return admin.post(f"{RULES}adopt/", sent, follow=True)


def test_every_value_of_the_book_is_on_the_form():
    assert unlisted(rulebook.AS_DELIVERED) == set()
    assert set(ENTRIES) == set(flat(rulebook.AS_DELIVERED))


def test_the_form_sent_back_as_it_came_changes_nothing(admin):
    assert "You have changed nothing." in text(admin.post(RULES, filled(), follow=True))
    assert not RuleBook.objects.exists()


def test_a_change_is_looked_at_first_and_in_force_after_its_reason(people, admin):
    page = look_at(admin, rules__urgent_cancer_hours="12")
    assert "Nothing has changed yet." in page and not RuleBook.objects.exists()
    assert "Urgent suspected cancer: read within" in page and "24 hours" in page
    answer = put_in_force(admin, rules__urgent_cancer_hours="12")
    assert "Version 1 is in force." in text(answer)
    row = RuleBook.objects.get()
    assert (row.version, row.author, row.reason) == (1, people.administrator, "The clinic agreed.")
    entry = Entry.objects.get(action="rules.changed")
    assert entry.detail["changes"] == {"rules.urgent_cancer_hours": [24, 12]}
    assert rulebook.current().rules.urgent_cancer_hours == 12


def test_a_new_case_is_ranked_by_the_new_version(people, admin):
    put_in_force(admin, rules__soon_working_days="1", rules__floor="URGENT_CANCER")
    case = casting.send_case(people.patient)
    assert (case.urgency, case.rules_version) == (1, 1)


def test_the_preview_tells_which_cases_of_the_clinic_move_and_why(people, admin):
    case = casting.send_case(people.patient)
    page = text(admin.post(RULES, filled(rules__floor="URGENT_CANCER")))
    assert f"{case.reference} Soon Urgent more urgent" in page
    assert "Not scored yet" in page and "More urgent 1" in page
    entry = Entry.objects.get(action="rules.previewed")
    assert entry.detail["references"] == [case.reference]
    case.refresh_from_db()
    assert (case.urgency, case.rules_version) == (2, 0)


def test_without_a_reason_nothing_is_put_in_force(admin):
    sent = hidden(look_at(admin, rules__routine_days="5")) | {"reason": "  "}
    page = body(admin.post(f"{RULES}adopt/", sent), 422)
    assert "There is a problem" in page and "Say why" in page
    assert hidden(page)["book"] == sent["book"] and not RuleBook.objects.exists()
