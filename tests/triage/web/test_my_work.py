"""The page of one's own work: what it shows, and to nobody else."""

import pytest

from portal.audit.models import Entry
from tests.triage.test_my_work import read
from tests.triage.web.test_worklist import QUERIES, queries, text
from triage.web import my_work

PAGE = "/my-work/"


def test_who_has_signed_nothing_is_told_so(reader):
    assert "You have signed nothing yet" in text(reader.get(PAGE))


def test_what_was_read_stands_there_with_times_and_agreement(people, reader):
    review = read(people, first="NV", signed="NV", seconds=95)
    shown = text(reader.get(PAGE))
    for words in ("1 case read", review.case.reference, "Melanocytic naevus", "1 min 35 s",
                  "1 of 1", "The model agrees", "Nothing to compare with yet",
                  "The same as a table"):  # fmt: skip
        assert words in shown
    assert "100 %" not in shown, "one case is no rate"


def test_a_colleague_s_work_is_not_there(people, reader):
    theirs = read(people, first="NV", signed="NV", by=people.dermatologist2)
    shown = text(reader.get(PAGE))
    assert theirs.case.reference not in shown and "dermatologist2" not in shown


@pytest.mark.parametrize("name", ["administrator", "patient"])
def test_nobody_else_has_such_a_page(people, browser, name):
    assert browser(getattr(people, name)).get(PAGE).status_code == 404


def test_the_list_is_paged_and_filtered(people, reader, monkeypatch):
    monkeypatch.setattr(my_work, "PAGE", 1)
    older, newer = (read(people, first="NV", signed=code) for code in ("NV", "DF"))
    first = text(reader.get(PAGE))
    assert newer.case.reference in first and older.case.reference not in first
    assert older.case.reference in text(reader.get(f"{PAGE}?page=2"))
    assert older.case.reference in text(reader.get(f"{PAGE}?diagnosis=NV"))
    assert "Nothing matches" in text(reader.get(f"{PAGE}?diagnosis=MEL"))
    assert "Nothing matches" in text(reader.get(f"{PAGE}?urgency=0&days=30"))
    assert reader.get(f"{PAGE}?days=x&page=y&urgency=9").status_code == 200


def test_the_look_is_on_record_with_the_cases_shown(people, reader):
    review = read(people, first="NV", signed="NV")
    reader.get(PAGE)
    seen = Entry.objects.filter(action="my_work.viewed").latest("id")
    assert seen.detail["references"] == [review.case.reference]


def test_the_page_costs_few_queries(people, reader):
    for _ in range(3):
        read(people, first="NV", signed="NV")
    assert len(queries(lambda: reader.get(PAGE))) <= QUERIES
