"""No cell of the exported file is a formula to a spreadsheet, and nothing is lost on the way."""

import csv

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from portal.audit.export import HEADER, csv_lines, safe_cell
from portal.audit.ledger import record, record_denied
from portal.audit.models import Entry


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "=cmd|' /C calc'!A0"],
)
def test_what_looks_like_a_formula_is_made_text(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", [12, "case", "K1-2", '{"a": -1}', "2026-11-20T10:00:00+00:00"])
def test_anything_else_is_left_as_it_is(value):
    assert safe_cell(value) == str(value)


def test_nothing_is_an_empty_cell():
    assert safe_cell(None) == ""


@given(st.text())
def test_a_cell_never_begins_as_a_formula_and_keeps_its_text(text):
    cell = safe_cell(text)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.removeprefix("'") == text.removeprefix("'") or cell == text


def rows(entries) -> list[dict[str, str]]:
    return list(csv.DictReader("".join(csv_lines(entries)).splitlines()))


def test_what_a_stranger_put_into_an_address_is_no_formula(database):
    record_denied(actor="anonymous", action="case.viewed", object_id='=HYPERLINK("//evil","x")')
    (row,) = rows(Entry.objects.newest_first())
    assert row["object"] == '\'=HYPERLINK("//evil","x")'


def test_every_entry_is_a_row_with_its_place_in_the_chain(database):
    with transaction.atomic():
        for n in range(5):
            record(actor="worker", action="case.scored", patient_id=n, text='a "quoted", text')
    found = rows(Entry.objects.newest_first())
    assert tuple(found[0]) == HEADER
    assert [row["patient number"] for row in found] == ["4", "3", "2", "1", "0"]
    assert [row["position"] for row in found] == ["5", "4", "3", "2", "1"]


def test_an_entry_without_a_link_is_exported_all_the_same(database):
    with transaction.atomic():
        record(actor="worker", action="case.scored")
    database.tamper("DELETE FROM audit_link")
    (row,) = rows(Entry.objects.newest_first())
    assert (row["action"], row["position"], row["hash"]) == ("case.scored", "", "")
