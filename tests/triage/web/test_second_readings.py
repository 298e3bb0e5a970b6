"""Second readings on pages: the list, the blinded page, asking, settling."""

import pytest

from tests import cast as casting
from tests.triage.test_reviews import OPINION, decision, score
from tests.triage.test_second_readings import sampled
from triage import reviews, second_readings, worklist
from triage.models import Review, SecondReading, Settlement
from triage.second_readings import SecondOpinion

MELANOMA = {"second-diagnosis": "MEL", "second-urgency": "1", "second-confidence": "3"}


@pytest.fixture
def answered(people) -> Review:
    """Signed as a mole."""
    case = casting.send_case(people.patient, notes="A dark spot.")
    score(case)
    case.refresh_from_db()
    worklist.claim(actor=people.dermatologist, case=case)
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    return reviews.sign(actor=people.dermatologist, review=draft, decision=decision())


@pytest.fixture
def second(people, browser):
    return browser(people.dermatologist2)


def case_url(review: Review, step: str = "") -> str:
    return f"/worklist/{review.case.reference}/{step}"


def test_with_nothing_to_read_the_list_says_so(people, browser):
    page = browser(people.dermatologist).get("/second-readings/").content.decode()
    assert "Nothing is waiting for you" in page
    assert "You have asked nobody yet" in page


def test_the_blinded_page_shows_the_case_and_nobody_s_opinion(answered, second):
    sampled(answered)
    page = second.get(case_url(answered)).content.decode()
    assert "A dark spot." in page
    assert "Your second opinion" in page
    for hidden in ("We see you in clinic.", "The signed answer", "What the model", "Due",
                   "Ask for a second opinion"):  # fmt: skip
        assert hidden not in page[page.index("<main") :]


def test_an_incomplete_opinion_comes_back_with_what_was_chosen(answered, second):
    sampled(answered)
    page = second.post(
        case_url(answered, "second-reading/"), {"second-diagnosis": "MEL"}
    ).content.decode()
    assert "Choose an urgency." in page
    assert '<option value="MEL" selected>' in page


def test_a_signed_disagreement_is_on_the_first_reader_s_list_until_it_is_settled(
    people, answered, second, browser
):
    sampled(answered)
    reply = second.post(case_url(answered, "second-reading/"), MELANOMA, follow=True)
    assert "It differs from the answer" in reply.content.decode()
    first = browser(people.dermatologist)
    page = first.get("/second-readings/").content.decode()
    assert "To be settled" in page
    assert "Melanoma, Urgent suspected cancer" in page
    row = SecondReading.objects.get()
    empty = first.post(f"/second-readings/{row.pk}/settle/", {})
    assert (empty.status_code, "say why it is kept" in empty.content.decode()) == (422, True)
    first.post(
        f"/second-readings/{row.pk}/settle/", {f"settle-{row.pk}-reason": "Biopsied: a naevus."}
    )
    row.refresh_from_db()
    assert row.settlement == Settlement.KEPT
    assert "To be settled" not in first.get("/second-readings/").content.decode()


def test_who_settles_reads_what_the_third_reader_said(people, answered, second, browser):
    third = casting.person("third", "dermatologist", people.clinic)
    row = sampled(answered)  # by lot
    second_readings.sign(actor=row.reader, reading=row, opinion=SecondOpinion("MEL", 1, 3))
    called = SecondReading.objects.get(kind="third")
    assert {row.reader, called.reader} == {people.dermatologist2, third}
    opinion = SecondOpinion("NV", 2, 3, "Even and small: a mole.")
    second_readings.sign(actor=called.reader, reading=called, opinion=opinion)
    page = browser(people.dermatologist).get("/second-readings/").content.decode()
    assert "Even and small: a mole." in page


def test_a_colleague_is_asked_from_the_case_s_page(people, answered, browser):
    first = browser(people.dermatologist)
    assert "Ask for a second opinion" in first.get(case_url(answered)).content.decode()
    reply = first.post(
        case_url(answered, "second-reading/ask/"),
        {"ask-colleague": people.dermatologist2.pk, "ask-question": "Naevus?"}, follow=True,
    )  # fmt: skip
    assert "is asked" in reply.content.decode()
    page = browser(people.dermatologist2).get("/second-readings/").content.decode()
    assert "Naevus?" in page


def test_with_nobody_else_to_ask_that_is_said(people, answered, browser):
    people.dermatologist2.is_active = False
    people.dermatologist2.save()
    reply = browser(people.dermatologist).post(
        case_url(answered, "second-reading/ask/"), {}, follow=True
    )
    assert "Nobody else of this clinic" in reply.content.decode()


def test_the_api_shows_a_blinded_reader_nothing_either(people, answered, second):
    sampled(answered)
    answer = second.get(f"/api/v1/cases/{answered.case.reference}/")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:problem:read-blind")


def test_the_list_asks_the_database_little(
    people, answered, browser, django_assert_max_num_queries
):
    drawn = sampled(answered)
    second_readings.sign(actor=drawn.reader, reading=drawn, opinion=SecondOpinion("MEL", 1, 3))
    first = browser(people.dermatologist)
    first.get("/second-readings/")
    with django_assert_max_num_queries(12):
        first.get("/second-readings/")


def test_who_reads_a_case_blind_is_told_why_they_cannot_claim_it(people, second):
    case = casting.send_case(people.patient)
    second_readings.ask(actor=people.dermatologist, case=case, colleague=people.dermatologist2)
    answer = second.post(f"/worklist/{case.reference}/claim/")
    assert answer.status_code == 409
    assert "You are asked for a second opinion" in answer.content.decode()
