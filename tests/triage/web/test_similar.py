"""Similar cases beside the one that is read."""

from tests.triage.test_pathology import enter
from tests.triage.test_reviews import OPINION
from tests.triage.test_similar import MOLE, SAME_MOLE, agree, scored, signed
from triage import reviews, worklist


def url(case) -> str:
    return f"/worklist/{case.reference}/similar/"


def test_they_are_shown_after_the_first_opinion_and_not_before(people, browser):
    agree(people.patient2)
    alike = signed(people, people.patient2, SAME_MOLE)
    case = scored(people.patient, MOLE)
    reader = browser(people.dermatologist)
    assert reader.get(url(case)).status_code == 404
    worklist.claim(actor=people.dermatologist, case=case)
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    page = reader.get(url(case)).content.decode()
    assert f"/worklist/{alike.reference}/" in page
    assert "Melanocytic naevus" in page
    assert "Similar answered cases" in page and "Signed, without pathology" in page
    enter(people, alike)
    confirmed = reader.get(url(case)).content.decode()
    assert "Confirmed by pathology: " in confirmed and "without pathology" not in confirmed
    part = reader.get(url(case), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert alike.reference in part


def test_with_nothing_to_compare_that_is_said(people, browser):
    case = signed(people, people.patient, MOLE)
    page = browser(people.dermatologist).get(url(case)).content.decode()
    assert "was scored by the same model yet" in page
