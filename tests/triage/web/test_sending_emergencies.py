"""The guided form: an emergency is answered first, and what is better seen in person is said."""

import pytest

from tests.triage.web.journey import finish, go, post, send
from triage.models import Case, Draft
from triage.priority import Urgency


def test_an_emergency_is_answered_at_once_and_can_still_be_sent(sender):
    draft = go(sender, until="signs")
    answer = post(sender, "signs", black_or_dead_skin="yes")
    assert answer.headers["Location"].startswith("/send/emergency/")
    page = sender.get(answer.headers["Location"]).text
    assert page.index("Seek emergency care now") < page.index("<h1")
    assert 'href="/send/spot/"' in page
    finish(sender, "spot", draft)
    assert Case.objects.get().urgency == Urgency.EMERGENCY


@pytest.mark.parametrize(
    ("told_on", "answers", "onward"),
    [("signs", {"black_or_dead_skin": "yes"}, "spot"),
     ("notes", {"notes": "The bleeding will not stop."}, "about")],
)  # fmt: skip
def test_whoever_left_the_page_of_an_emergency_unread_comes_back_to_it(
    sender, browser, told_on, answers, onward
):
    go(sender, until=told_on)
    post(sender, told_on, **answers)
    elsewhere = browser(sender.user)  # another device; the tab of the first one was closed
    for page in ("/send/", "/cases/", "/send/throw-away/"):
        shown = elsewhere.get(page).text
        assert "You told us of a sign of an emergency." in shown
        assert shown.count('href="/send/emergency/"') == 2, "told at once, and where one goes on"
    assert elsewhere.post("/send/").headers["Location"] == "/send/emergency/"
    page = elsewhere.get("/send/emergency/").text
    assert page.index("Seek emergency care now") < page.index("<h1")
    assert f'href="/send/{onward}/"' in page
    elsewhere.user = sender.user
    post(elsewhere, onward)
    assert 'href="/send/emergency/"' not in elsewhere.get("/send/").text, "gone on past it"


def test_an_answer_taken_back_leads_on_without_the_page_of_an_emergency(sender):
    go(sender, until="signs")
    post(sender, "signs", black_or_dead_skin="yes")
    post(sender, "signs")
    assert Draft.objects.get().step == "spot"
    assert "sign of an emergency" not in sender.get("/send/spot/").text


def test_every_page_after_an_emergency_was_told_leads_to_what_to_do(sender):
    go(sender, until="size", signs={"black_or_dead_skin": "yes"})
    for name in ("spot", "place", "camera", "photos", "changes", "size"):
        page = sender.get(f"/send/{name}/").text
        line = page.index("You told us of a sign of an emergency.")
        assert line < page.index("<h1") and 'href="/send/emergency/"' in page[line:]
    assert 'href="/send/size/"' in sender.get("/send/emergency/").text, "and back to where one was"


def test_an_emergency_that_was_told_is_not_told_again_but_heads_the_review(sender):
    go(sender, until="notes", signs={"over_half_body": "yes"})
    answer = post(sender, "notes", notes="The bleeding will not stop.")
    assert answer.headers["Location"] == "/send/about/"
    post(sender, "about")
    page = sender.get("/send/review/").text
    main = page[page.index("<main") :]
    assert main.index("Seek emergency care now") < main.index("<h1")


def test_an_emergency_told_only_in_the_notes_is_answered_as_one(sender):
    go(sender, until="notes")
    answer = post(sender, "notes", notes="The bleeding will not stop.")
    assert answer.headers["Location"].startswith("/send/emergency/")
    assert 'href="/send/about/"' in sender.get("/send/emergency/").text
    for step in ("about",):
        post(sender, step)
    send(sender)
    assert Case.objects.get().urgency == Urgency.EMERGENCY


@pytest.mark.parametrize(
    ("step", "changes", "told"),
    [("place", {"region": "genital"}, "Please have this seen in person"),
     ("spot", {"how_many": "many"}, "Many spots are better seen in person")],
)  # fmt: skip
def test_some_places_are_better_seen_in_person(sender, step, changes, told):
    draft = go(sender, until=step)
    answer = post(sender, step, **changes)
    page = sender.get(answer.headers["Location"]).text
    assert f"<h1>{told}</h1>" in page and "Nothing was sent to the clinic." in page
    assert f'href="/send/{step}/"' in page
    assert sender.get("/send/review/").headers["Location"] == f"/send/{step}/"
    finish(sender, step, draft)  # the wrong answer put right
    assert Case.objects.count() == 1


def test_an_emergency_comes_first_there_too(sender):
    go(sender, until="place", signs={"over_half_body": "yes"})
    page = sender.get(post(sender, "place", region="genital").headers["Location"]).text
    assert page.index("Seek emergency care now") < page.index("<h1")
    assert sender.get("/send/elsewhere/nowhere/").status_code == 404
