"""Questions, answers, the 7-point checklist, and what the notes add."""

import math
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.symptoms import (
    QUESTIONS,
    Answers,
    Group,
    Kind,
    evidence,
    question,
    red_flags,
    seven_point,
    unsure_red_flags,
)

YES_NO = tuple(q.name for q in QUESTIONS if q.kind is Kind.YES_NO)
answers = st.builds(
    Answers,
    **dict.fromkeys(YES_NO, st.sampled_from([None, False, True])),
    duration_weeks=st.none() | st.integers(0, 500),
    diameter_mm=st.none() | st.floats(allow_nan=True),
    notes=st.text(max_size=60)
    | st.sampled_from(
        ["it bleeds", "no pain, not itchy", "8 mm, 3 months", "never itched; oozing"]
    ),
)


def test_there_is_one_question_for_every_answer_but_the_notes():
    assert [q.name for q in QUESTIONS if q.group is Group.RED_FLAG] == [
        "fever_with_spreading_rash",
        "mucosal_or_blistering",
        "black_or_dead_skin",
        "over_half_body",
        "bleeding_not_stopping",
    ]
    assert sorted(q.name for q in QUESTIONS) == sorted(
        f.name for f in fields(Answers) if f.name not in ("notes", "emergency_sign_unsure")
    )
    assert all(q.text.endswith("?") for q in QUESTIONS)
    assert {q.name for q in QUESTIONS if q.kind is Kind.NUMBER} == {"duration_weeks", "diameter_mm"}


def test_red_flags_are_asked_before_anything_else():
    groups = [q.group for q in QUESTIONS]
    assert groups[:5] == [Group.RED_FLAG] * 5
    assert Group.RED_FLAG not in groups[5:]


def test_a_question_is_found_by_its_name():
    assert question("itch").text == "Does it itch?"
    with pytest.raises(KeyError):
        question("mood")


def test_only_a_yes_raises_a_red_flag():
    given = Answers(over_half_body=True, black_or_dead_skin=False)
    assert [q.name for q in red_flags(given)] == ["over_half_body"]


def test_a_red_flag_left_open_is_unsure_only_where_the_patient_said_so():
    given = Answers(over_half_body=True, black_or_dead_skin=False, bleeding_not_stopping=False)
    assert unsure_red_flags(given) == ()
    said = replace(given, emergency_sign_unsure=True)
    assert [q.name for q in unsure_red_flags(said)] == [
        "fever_with_spreading_rash",
        "mucosal_or_blistering",
    ]


@pytest.mark.parametrize(
    ("given", "score", "items"),
    [
        ({}, 0, []),
        ({"grew": True}, 2, ["size"]),
        ({"irregular_shape": True}, 2, ["shape"]),
        ({"irregular_colour": True}, 2, ["colour"]),
        ({"changed": True}, 2, ["shape_or_colour"]),
        ({"changed": True, "irregular_shape": True}, 2, ["shape"]),
        ({"inflammation": True}, 1, ["inflammation"]),
        ({"oozing": True}, 1, ["oozing"]),
        ({"bleed": True}, 1, ["oozing"]),
        ({"bleed": True, "oozing": True}, 1, ["oozing"]),
        ({"itch": True}, 1, ["sensation"]),
        ({"itch": True, "hurt": True, "sensation_change": True}, 1, ["sensation"]),
        ({"diameter_mm": 7.0}, 1, ["diameter"]),
        ({"diameter_mm": 6.9}, 0, []),
        ({"diameter_mm": math.nan}, 0, []),
        ({"grew": False, "itch": None, "elevation": True}, 0, []),
        ({"grew": True, "itch": True}, 3, ["size", "sensation"]),
    ],
)
def test_the_checklist_counts_major_items_twice(given, score, items):
    result = seven_point(Answers(**given))
    assert (result.score, [item.code for item in result.items]) == (score, items)


def test_the_checklist_goes_up_to_ten_and_says_why():
    full = seven_point(Answers(**dict.fromkeys(YES_NO, True), diameter_mm=12))
    assert full.score == 10
    sensation = next(item for item in full.items if item.code == "sensation")
    assert sensation.because == ("sensation_change", "itch", "hurt")


def test_the_notes_fill_blanks_and_raise_but_never_lower():
    given = Answers(
        itch=False, bleed=True, notes="It itches, does not bleed, no pain. 9 mm, 1 year"
    )
    known = evidence(given)
    assert (known.itch, known.bleed, known.hurt) == (True, True, False)
    assert (known.diameter_mm, known.duration_weeks) == (9.0, 52)
    assert known.notes == given.notes


def test_of_two_measures_the_larger_stands():
    known = evidence(Answers(diameter_mm=12, duration_weeks=4, notes="8 mm since 2020"), today=None)
    assert (known.diameter_mm, known.duration_weeks) == (12, 4)
    dated = evidence(Answers(duration_weeks=4, notes="since 2020"), today=date(2026, 11, 20))
    assert dated.duration_weeks == 333


@given(answers)
def test_evidence_keeps_every_yes_and_is_settled_at_once(given):
    known = evidence(given)
    assert all(getattr(known, n) is True for n in YES_NO if getattr(given, n) is True)
    assert all(getattr(known, n) is not None for n in YES_NO if getattr(given, n) is not None)
    assert evidence(known) == known


@given(answers, st.sampled_from(YES_NO))
def test_one_more_yes_never_lowers_the_checklist(given, name):
    less, more = replace(given, **{name: False}), replace(given, **{name: True})
    assert 0 <= seven_point(less).score <= seven_point(more).score <= 10
