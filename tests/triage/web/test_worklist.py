"""The worklist's page: what it shows, what it keeps out of addresses, and who may open it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast as casting
from tests.triage.test_reviews import OPINION, decision, score
from triage import reviews, scoring, worklist
from triage.models import Case, Worker

LIST = "/worklist/"
QUERIES = 12  # a page, beside the marks of a transaction's begin and end


@pytest.fixture
def case(people) -> Case:
    return casting.send_case(people.patient, notes="It bled in the shower.")


def text(response) -> str:
    """What a reader of the page reads, with single spaces."""
    assert response.status_code == 200, response
    plain = re.sub(
        r"<(script|style|svg).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S
    )
    return re.sub(r"\s+", " ", plain)


def queries(work) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        work()
    marks = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return [q["sql"] for q in captured if not q["sql"].startswith(marks)]


def test_the_list_shows_urgency_site_due_time_state_and_reader(people, reader, case):
    worklist.claim(actor=people.dermatologist2, case=case)
    page = text(reader.get(LIST))
    for words in (case.reference, "Back", "Soon", "Not scored yet", "dermatologist2", "Read by"):
        assert words in page


def test_every_row_has_its_mark(people, reader):
    failed, unknown, late = (casting.send_case(people.patient) for _ in range(3))
    for _ in range(3):
        claims = scoring.claim_batch(worker="w")
        for held in claims:
            scoring.fail(worker="w", claim=held, problem="It broke the decoder.")
    while claims := scoring.claim_batch(worker="w"):
        for held in claims:
            scoring.fail(worker="w", claim=held, problem="It broke the decoder.")
    for case, said in ((unknown, {"in_domain": False}), (late, {})):
        Case.objects.filter(pk=case.pk).update(scoring_state="waiting", scoring_attempts=0)
        score(case, **said)
    Case.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=3))
    page = text(reader.get(LIST))
    for words in ("Could not be scored", "It broke the decoder.", "Unknown to the model",
                  "Overdue by 3"):  # fmt: skip
        assert words in page
    assert failed.reference in page


def test_an_empty_list_says_so(people, reader):
    assert "No open cases" in text(reader.get(LIST))


def test_nothing_found_offers_every_case(people, reader, case):
    assert "No open case matches" in text(reader.get(LIST, {"body_site": "nose"}))
    assert "No open case matches" in text(reader.get(LIST, {"urgency": "4"}))


def test_filters_stay_in_the_address_and_nonsense_is_passed_over(people, reader, case):
    page = reader.get(LIST, {"mark": "unscored", "body_site": "back"})
    assert case.reference in text(page)
    assert 'value="unscored" selected' in page.content.decode()
    assert case.reference in text(reader.get(LIST, {"mark": "nonsense", "urgency": "x"}))


def test_words_of_the_notes_are_looked_for_without_standing_in_an_address(people, reader, case):
    other = casting.send_case(people.patient2, notes="It itches.")
    answer = reader.post("/worklist/search/?mark=unscored", {"text": "shower"})
    assert answer.url == "/worklist/?mark=unscored&found=1"
    page = reader.get(answer.url)
    assert case.reference in text(page)
    assert other.reference not in text(page)
    assert not re.search(r'(href|action|hx-get)="[^"]*shower', page.content.decode())
    assert 'hx-get="/worklist/?mark=unscored&amp;found=1"' in page.content.decode()
    assert other.reference in text(reader.get(LIST)), "opened afresh, the list is whole"
    cleared = reader.post("/worklist/search/", {"text": "shower", "clear": "1"})
    assert cleared.url == LIST
    assert other.reference in text(reader.get(answer.url))


def answered(people, case: Case) -> Case:
    worklist.claim(actor=people.dermatologist, case=case)
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    reviews.sign(actor=people.dermatologist, review=draft, decision=decision())
    return case


@pytest.mark.parametrize("typed", [str, str.lower, lambda r: f" {r.replace('-', '')} "])
def test_a_whole_reference_leads_to_its_case_even_once_it_is_answered(
    people, reader, browser, case, typed
):
    for each in (case, answered(people, casting.send_case(people.patient2))):
        found = reader.post("/worklist/search/", {"text": typed(each.reference)})
        assert found.url == f"/worklist/{each.reference}/"
        assert reader.get(found.url).status_code == 200
    elsewhere = browser(people.outsider).post("/worklist/search/", {"text": case.reference})
    assert elsewhere.url == "/worklist/?found=1"


def test_my_last_answers_are_at_hand_newest_first_and_no_colleague_s(
    people, reader, browser, monkeypatch
):
    monkeypatch.setattr(worklist, "ANSWERS", 2)
    signed = [answered(people, casting.send_case(people.patient)) for _ in range(3)]
    page = text(reader.get(LIST)).partition("Your last answers")[2]
    assert page.index(signed[2].reference) < page.index(signed[1].reference)
    assert signed[0].reference not in page
    look = Entry.objects.filter(action="worklist.viewed").latest("id")
    assert look.detail["references"] == [signed[2].reference, signed[1].reference]
    assert "Your last answers" not in text(browser(people.dermatologist2).get(LIST))


def test_pages_lead_forward_and_back(people, reader, case, monkeypatch):
    others = [casting.send_case(people.patient) for _ in range(2)]
    monkeypatch.setattr(worklist.page, "__kwdefaults__", {"cursor": "", "size": 1})
    seen, address = [], LIST
    while address:
        page = reader.get(address)
        seen += re.findall(r'id="case-([^"]+)"', page.content.decode())
        onward = re.search(r'class="portal-pages__next" href="([^"]+)"', page.content.decode())
        address = onward and onward[1].replace("&amp;", "&")
    assert sorted(seen) == sorted(c.reference for c in (case, *others))
    back = re.search(r'class="portal-pages__previous" href="([^"]+)"', page.content.decode())
    assert seen[-2] in text(reader.get(back[1].replace("&amp;", "&")))


def test_a_broken_page_address_leads_to_the_first_page(people, reader, case):
    assert reader.get(LIST, {"cursor": "junk", "urgency": "2"}).url == "/worklist/?urgency=2"


def test_a_page_that_refreshes_itself_is_answered_only_where_something_changed(
    people, reader, case
):
    htmx = {"headers": {"HX-Request": "true", "X-Background": "1"}}
    version = re.search(r'name="version" value="(\w+)"', reader.get(LIST).content.decode())[1]
    looks = Entry.objects.filter(action="worklist.viewed").count()
    assert reader.get(LIST, {"version": version}, **htmx).status_code == 204
    assert Entry.objects.filter(action="worklist.viewed").count() == looks
    worklist.claim(actor=people.dermatologist2, case=case)
    fresh = reader.get(LIST, {"version": version}, **htmx)
    assert "dermatologist2" in text(fresh)
    assert "<html" not in fresh.content.decode()
    assert Entry.objects.filter(action="worklist.viewed").count() == looks + 1


def test_claim_next_opens_the_most_urgent_case(people, reader, case):
    alarm = casting.send_case(people.patient2, over_half_body=True)
    assert reader.post("/worklist/claim/").url == f"/worklist/{alarm.reference}/"
    assert reader.post("/worklist/claim/").url == f"/worklist/{case.reference}/"
    page = reader.post("/worklist/claim/", follow=True)
    assert "No case is free" in text(page)
    assert "On your desk" in text(page)


def test_a_lost_race_says_who_has_the_case_and_what_to_do(people, reader, case):
    worklist.claim(actor=people.dermatologist2, case=case)
    answer = reader.post(f"/worklist/{case.reference}/claim/")
    assert answer.status_code == 409
    answer.status_code = 200
    page = text(answer)
    assert "dermatologist2 has this case" in page
    assert "Claim the next case" in page
    assert "without claiming it" in page


def test_putting_a_case_back_frees_it(people, reader, case):
    reader.post(f"/worklist/{case.reference}/claim/")
    page = reader.post(f"/worklist/{case.reference}/release/", follow=True)
    assert "is back on the worklist" in text(page)
    assert worklist.claim(actor=people.dermatologist2, case=case)


@pytest.mark.parametrize("name", ["patient", "administrator"])
def test_the_list_is_for_dermatologists(people, browser, case, name):
    client = browser(getattr(people, name))
    for path in (
        LIST,
        "/worklist/claim/",
        "/worklist/search/",
        f"/worklist/{case.reference}/claim/",
    ):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404


def test_a_dermatologist_of_another_clinic_sees_and_claims_nothing(people, browser, case):
    client = browser(people.outsider)
    assert "No open cases" in text(client.get(LIST))
    for action in ("claim", "release", "heartbeat", "opinion", "draft", "sign", "amend"):
        path = reverse(f"triage:{action}", args=[case.reference])
        assert client.post(path).status_code == 404
    assert Entry.objects.filter(actor=people.outsider, result="denied").count() == 7


def test_a_page_of_the_list_costs_few_queries_however_long_it_is(people, reader):
    for _ in range(3):
        casting.send_case(people.patient)
    answered(people, casting.send_case(people.patient))
    reader.get(LIST)  # the session is written once
    few = queries(lambda: reader.get(LIST))
    for _ in range(12):
        casting.send_case(people.patient2)
    worklist.claim_next(actor=people.dermatologist)
    many = queries(lambda: reader.get(LIST))
    assert len(few) == len(many) <= QUERIES, many


def test_staff_are_told_while_no_worker_can_score_and_patients_are_not(people, reader, browser):
    told = "No model is at work"
    assert told in text(reader.get(LIST))
    assert told not in text(browser(people.patient).get("/conditions/"))
    worker = Worker.objects.create(name="w", seen_at=timezone.now())
    assert told not in text(reader.get(LIST))
    Worker.objects.filter(pk=worker.pk).update(problem="The model file is missing.")
    assert told in text(reader.get(LIST))
    Worker.objects.update(problem="", seen_at=timezone.now() - timedelta(minutes=5))
    assert told in text(reader.get(LIST))
