"""The pages about the rule book: change it, look at the queue first, put it in force, go back."""

import html
import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.models import Entry
from tests import cast as casting
from tests.triage.web.test_worklist import QUERIES, queries, text
from triage import erasure, patients, reranking, rule_preview, rulebook
from triage.book import flat
from triage.models import Case, RuleBook
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


def test_the_preview_counts_what_moves_where_and_names_no_case_and_no_reason(people, admin):
    case = casting.send_case(people.patient)
    page = text(admin.post(RULES, filled(rules__floor="URGENT_CANCER")))
    assert "Soon Urgent more urgent 1 1 0" in page and "More urgent 1" in page
    assert case.reference not in page
    assert "Because of" not in page and "Not scored yet" not in page
    entry = Entry.objects.get(action="rules.previewed")
    assert "references" not in entry.detail and entry.detail["looked_at"] == 1
    case.refresh_from_db()
    assert (case.urgency, case.rules_version) == (2, 0)


def test_a_shorter_time_for_records_says_how_many_would_be_erased(people, admin):
    long_ago = timezone.now() - timedelta(days=5 * 365)
    User.objects.filter(pk=people.patient.pk).update(date_joined=long_ago, last_login=long_ago)
    page = text(admin.post(RULES, filled(site__keep_records_years="1")))
    assert "8 years 1 year" in page
    assert "1 more record would be over its time and erased by itself" in page
    assert "more record" not in text(admin.post(RULES, filled(site__keep_records_years="9")))
    held = patients.patient_of(people.patient)
    erasure.place_hold(actor=people.administrator, patient=held, ground="claim", reason="A claim")
    assert "0 more records" in text(admin.post(RULES, filled(site__keep_records_years="1")))


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("rules__emergency_hours", "1", "4 hours 1 hour"),
        ("rules__soon_working_days", "1", "3 working days 1 working day"),
        ("rules__routine_days", "1", "7 days 1 day"),
        ("rules__not_healing_weeks", "1", "4 weeks 1 week"),
        ("rules__seven_point_threshold", "1", "3 points 1 point"),
    ],
)
def test_one_of_a_unit_is_not_told_as_many(admin, field, value, shown):
    page = text(admin.post(RULES, filled(**{field: value})))
    assert shown in page and f"{shown}s" not in page


def test_without_a_reason_nothing_is_put_in_force(admin):
    sent = hidden(look_at(admin, rules__routine_days="5")) | {"reason": "  "}
    page = body(admin.post(f"{RULES}adopt/", sent), 422)
    assert "There is a problem" in page and "Say why" in page
    assert hidden(page)["book"] == sent["book"] and not RuleBook.objects.exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"rules__emergency_hours": "0"}, "greater than or equal to 1"),
        ({"rules__melanoma_limit_share": "101"}, "less than or equal to 100"),
        ({"rules__seven_point_threshold": "4"}, "less than or equal to 3"),
        ({"rules__class_urgency__MEL": "SOON"}, "Select a valid choice"),
        ({"rules__risk_points": "900"}, "All points together may be 1,000 at most"),
        ({"rules__critical_sites": "nose 5"}, "in small letters"),
        ({"rules__critical_sites": "noze x"}, "knows no place by: noze, x"),
        ({"words__names__URGENT_CANCER": "Advice"}, "must not be the name of another urgency"),
        ({"texts__discharge__advice": ""}, "This field is required"),
        ({"over": None}, "Over"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_the_input_is_kept(admin, changed, told):
    page = html.unescape(body(admin.post(RULES, filled(rules__routine_days="6", **changed)), 422))
    assert "There is a problem" in page and told in page
    assert re.search(r'name="rules-routine_days" value="6"', page)
    assert not RuleBook.objects.exists()


def test_back_from_the_preview_the_form_holds_what_was_entered(admin):
    sent = hidden(look_at(admin, rules__routine_days="6"))
    page = body(admin.post(f"{RULES}edit/", sent))
    assert re.search(r'name="rules-routine_days" value="6"', page)


def test_the_later_of_two_is_told_and_keeps_what_they_wrote(people, admin, browser):
    mine = filled(rules__routine_days="6", rules__soon_working_days="2")
    other = browser(casting.person("other", "administrator", people.clinic))
    put_in_force(other, rules__advice_days="12", rules__soon_working_days="1")
    page = body(admin.post(RULES, mine), 409)
    assert "Somebody else has changed the rules" in page and "The clinic agreed." in page
    assert "Both of you changed these" in page
    for name, value in (("routine_days", "6"), ("soon_working_days", "2"), ("advice_days", "12")):
        assert re.search(rf'name="rules-{name}" value="{value}"', page), name
    assert re.search(r'name="over" value="1"', page)


def test_whoever_confirms_too_late_changes_nothing_and_is_told(people, admin, browser):
    mine = hidden(look_at(admin, rules__routine_days="6")) | {"reason": "Mine."}
    put_in_force(browser(casting.person("other", "administrator", people.clinic)),
                 rules__advice_days="12")  # fmt: skip
    page = body(admin.post(f"{RULES}adopt/", mine), 409)
    assert "Somebody else has changed the rules" in page
    assert rulebook.current().version == 1 and rulebook.current().rules.routine_days == 7


def test_one_click_brings_a_version_back_as_a_new_one(admin):
    put_in_force(admin, rules__routine_days="6", words__names__SOON="Amber")
    put_in_force(admin, rules__routine_days="5")
    page = body(admin.post(f"{RULES}versions/1/restore/"))
    assert "Nothing has changed yet." in page and "Back to version 1" in page
    admin.post(f"{RULES}adopt/", hidden(page) | {"reason": "Back to version 1"})
    rows = list(RuleBook.objects.order_by("version"))
    assert [(row.version, row.based_on) for row in rows] == [(1, 0), (2, 1), (3, 1)]
    assert rows[2].values == rows[0].values and rows[2].sha256 == rows[0].sha256
    assert "as the rules that are in force" in text(admin.get(f"{RULES}versions/1/"))
    again = admin.post(f"{RULES}versions/1/restore/", follow=True)
    assert "in force already" in text(again)


def test_the_history_shows_each_change_with_before_and_after(admin):
    put_in_force(admin, reason="Read sooner.", rules__routine_days="5")
    assert "Read sooner." in text(admin.get(f"{RULES}versions/"))
    page = text(admin.get(f"{RULES}versions/1/"))
    assert re.search(r"Routine: read within 7 days 5 days", page)
    assert admin.get(f"{RULES}versions/2/").status_code == 404


def test_a_book_is_exported_and_comes_in_again_elsewhere(admin):
    put_in_force(admin, rules__routine_days="5", texts__discharge__advice="It is\r\nharmless.")
    answer = admin.get(f"{RULES}versions/1/export/")
    assert answer["Content-Disposition"] == 'attachment; filename="rules-1.json"'
    assert json.loads(answer.content)["texts"]["discharge"]["advice"] == "It is\nharmless."
    put_in_force(admin, rules__routine_days="7", texts__discharge__advice="Harmless.")
    file = SimpleUploadedFile("rules.json", answer.content)
    page = body(admin.post(f"{RULES}import/", {"file": file}))
    assert "Nothing has changed yet." in page
    admin.post(f"{RULES}adopt/", hidden(page) | {"reason": "From the other clinic."})
    assert rulebook.current().book == rulebook.version(1).book


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no json", "This is not a JSON file."),
        (b"\xff\xfe", "This is not a JSON file."),
        (b"[" * 5000, "This is not a JSON file."),
        (b'{"rules": {"risk_points": NaN}}', "This is not a JSON file."),
        (b'{"rules": {"floor": "ADVICE"}}', "rules.floor: must be SOON or more urgent"),
        (b'{"rules": {"weights": 1}}', "rules.weights: is not known"),
        (b"{}", "in force already"),
        (b" " * 200_001, "too large"),
    ],
)
def test_a_file_that_is_no_rule_book_is_refused_with_the_reason(admin, content, told):
    file = SimpleUploadedFile("rules.json", content)
    page = html.unescape(body(admin.post(f"{RULES}import/", {"file": file}), 422))
    assert told in page and not RuleBook.objects.exists()


def test_a_page_that_nobody_sent_leads_back_to_the_beginning(admin):
    for path in ("edit/", "adopt/"):
        answer = admin.post(f"{RULES}{path}", {"book": "{", "over": "x"}, follow=True)
        assert "Begin again from here" in text(answer)


def test_the_cases_of_all_clinics_are_counted(people, admin):
    for _ in range(3):
        casting.send_case(people.patient)
    stranger = casting.person("stranger", "patient", people.other_clinic)
    patients.grant_consent(actor=stranger, patient=patients.patient_of(stranger), kind="care")
    casting.send_case(stranger)
    page = look_at(admin, rules__floor="EMERGENCY")
    assert re.search(r"<dt>More urgent</dt><dd>4</dd>", page) and "<td>4</td>" in page


def test_a_queue_too_long_to_look_at_is_sampled_and_that_is_said(people, admin, monkeypatch):
    monkeypatch.setattr(rule_preview, "CHUNK", 1)
    monkeypatch.setattr(rule_preview, "SECONDS", 0.0)
    for _ in range(3):
        casting.send_case(people.patient)
    page = look_at(admin, rules__floor="EMERGENCY")
    assert "1 of 3 open cases" in page and "random sample" in page


def test_a_change_of_words_alone_moves_no_case(people, admin):
    casting.send_case(people.patient)
    page = look_at(admin, words__names__SOON="Amber")
    assert "No open case would move." in page


def test_progress_is_shown_until_every_open_case_is_ranked_anew(people, admin):
    casting.send_case(people.patient)
    put_in_force(admin, rules__routine_days="5")
    page = body(admin.get(f"{RULES}progress/"))
    assert "1 open case still stands" in page and "hx-get" in page
    reranking.rank_anew()
    done = body(admin.get(f"{RULES}progress/"))
    assert "still" not in done and "hx-get" not in done


def test_the_clinic_s_names_and_words_are_shown(people, admin, browser):
    case = casting.send_case(people.patient)
    put_in_force(
        admin, words__names__SOON="Amber",
        words__emergency="Call 112 now. Do not wait.", texts__routine__advice="Come to us.",
    )  # fmt: skip
    page = text(browser(people.dermatologist).get("/worklist/"))
    assert f"Amber {case.reference}" in page or page.count("Amber") >= 2
    casting.send_case(people.patient2, over_half_body=True)
    worst = Case.objects.get(patient__user=people.patient2)
    shown = text(browser(people.patient2).get(f"/cases/{worst.reference}/"))
    assert "Call 112 now" in shown and "Do not wait." in shown
    assert shown.index("Seek emergency care now") < shown.index("Call 112 now. Do not wait.")


def test_the_pages_cost_few_queries(people, admin):
    for days in ("6", "5"):
        put_in_force(admin, rules__routine_days=days)
    for _ in range(3):
        casting.send_case(people.patient)
    sent = filled(rules__routine_days="4")
    for work in (
        lambda: admin.get(RULES),
        lambda: admin.get(f"{RULES}versions/"),
        lambda: admin.get(f"{RULES}versions/1/"),
        lambda: admin.get(f"{RULES}progress/"),
    ):
        assert len(queries(work)) <= QUERIES
    assert len(queries(lambda: admin.post(RULES, sent))) <= QUERIES + 6  # ranks a queue as well


@pytest.mark.parametrize("name", ["patient", "dermatologist", "outsider"])
def test_only_administrators_see_or_change_the_rules(people, browser, name):
    user = getattr(people, name)
    for path in ("", "versions/", "versions/0/", "versions/0/export/", "progress/"):
        assert browser(user).get(f"{RULES}{path}").status_code == 404
    for path in ("", "edit/", "adopt/", "import/", "versions/0/restore/"):
        assert browser(user).post(f"{RULES}{path}").status_code == 404


def test_in_another_language_the_form_says_the_same_values(admin):
    german = {"accept-language": "de"}
    assert 'lang="de"' in body(admin.get(RULES, headers=german))
    answer = admin.post(RULES, filled(), headers=german)
    assert answer.status_code == 302 and not RuleBook.objects.exists()
    page = body(admin.post(RULES, filled(rules__large_lesion_mm="15.5"), headers=german))
    assert json.loads(hidden(page)["book"])["rules"]["large_lesion_mm"] == 15.5
