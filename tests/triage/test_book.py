"""Whatever a clinic writes into its rule book: more urgent is never due later, rules only raise,
scores are bounded, and nothing that could lower or hide a case gets in."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.triage.any_case import RED_FLAGS, SIGNS, cases, no_lower
from triage import conditions
from triage.book import (
    AS_DELIVERED,
    Book,
    InvalidBook,
    Site,
    changes,
    digest,
    flat,
    from_json,
    from_kept,
    nested,
    to_json,
)
from triage.models import BodySite, ReviewOutcome
from triage.priority import EMERGENCY_TEXT, due_at, prioritise
from triage.rules import CRITICAL_SITES, MAX_SCORE, SITE_WORDS, InvalidRules, Rules, least_urgency
from triage.standard_texts import STANDARD_TEXTS
from triage.urgency import Urgency

share = st.floats(0, 1)


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    """Any rules that the portal would take."""
    codes = [one.code for one in conditions.CONDITIONS]
    return Rules(
        emergency_hours=draw(st.integers(1, 24)),
        urgent_cancer_hours=draw(st.integers(1, 672)),
        soon_working_days=draw(st.integers(1, 30)),
        routine_days=draw(st.integers(1, 126)),
        advice_days=draw(st.integers(1, 126)),
        floor=draw(st.sampled_from([u for u in Urgency if u <= Urgency.SOON])),
        warning_urgency=draw(st.sampled_from([u for u in Urgency if u <= Urgency.ROUTINE])),
        seven_point_threshold=draw(st.integers(1, 3)),
        melanoma_limit_share=draw(share),
        malignancy_limit_share=draw(share),
        uncertainty_limit=draw(share),
        class_threshold=draw(st.floats(0, 0.5)),
        class_urgency={
            code: draw(st.sampled_from([u for u in Urgency if u <= least_urgency(code)]))
            for code in codes
        },
        red_flag_points=draw(st.integers(0, 60)),
        risk_points=draw(st.integers(0, 150)),
        class_points={code: draw(st.integers(0, 50)) for code in AS_DELIVERED.rules.class_points},
        checklist_points=draw(st.integers(0, 10)),
        waiting_points_per_day=draw(st.integers(0, 500)),
    )


@given(rules(), cases)
def test_scores_stay_within_their_bounds(by, case):
    ranked = prioritise(**case, rules=by)
    assert 0 <= ranked.score <= by.highest_score <= MAX_SCORE


@given(rules(), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_a_more_urgent_case_is_never_due_later(by, sent):
    due = [due_at(sent, urgency, rules=by) for urgency in Urgency]
    assert due == sorted(due)


@given(rules(), cases, st.sampled_from(Urgency))
def test_no_case_is_ranked_below_what_a_clinician_said(by, case, said):
    assert prioritise(**case | {"clinician_urgency": said}, rules=by).urgency <= said


@given(rules(), cases, st.booleans())
def test_a_case_without_a_usable_score_is_never_below_soon(by, case, failed):
    ranked = prioritise(**case | {"finding": None, "failed": failed}, rules=by)
    assert ranked.urgency <= by.floor <= Urgency.SOON


@given(rules(), cases, st.sampled_from(SIGNS + RED_FLAGS))
def test_one_more_symptom_never_lowers_a_case(by, case, name):
    base = replace(case["answers"], notes="")
    before = prioritise(**case | {"answers": replace(base, **{name: None})}, rules=by)
    after = prioritise(**case | {"answers": replace(base, **{name: True})}, rules=by)
    assert no_lower(before, after)


@given(rules(), cases, share)
def test_a_lower_share_of_the_model_s_limits_never_lowers_a_case(by, case, less):
    careful = replace(
        by, melanoma_limit_share=by.melanoma_limit_share * less,
        malignancy_limit_share=by.malignancy_limit_share * less,
    )  # fmt: skip
    assert prioritise(**case, rules=careful).urgency <= prioritise(**case, rules=by).urgency


@given(rules())
@settings(max_examples=50)
def test_a_book_comes_back_from_its_json_as_it_was(by):
    book = replace(AS_DELIVERED, rules=by)
    read = from_json(json.loads(json.dumps(to_json(book))))
    assert read == book and digest(read) == digest(book)
    assert nested(flat(book)) == to_json(book)


def test_what_a_file_leaves_out_is_as_delivered():
    book = from_json({"rules": {"routine_days": 5}})
    assert changes(AS_DELIVERED, book) == {"rules.routine_days": (7, 5)}
    assert from_json({}) == AS_DELIVERED


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ([], "file"),
        ({"weights": {}}, "weights"),
        ({"rules": {"melanoma_limit_share": 1.2}}, "rules.melanoma_limit_share"),
        ({"rules": {"seven_point_threshold": 4}}, "rules.seven_point_threshold"),
        ({"rules": {"emergency_hours": 0}}, "rules.emergency_hours"),
        ({"rules": {"emergency_hours": True}}, "rules.emergency_hours"),
        ({"rules": {"emergency_hours": "4"}}, "rules.emergency_hours"),
        ({"rules": {"advice_days": 10**12}}, "rules.advice_days"),
        ({"rules": {"large_lesion_mm": float("nan")}}, "rules.large_lesion_mm"),
        ({"rules": {"large_lesion_mm": float("inf")}}, "rules.large_lesion_mm"),
        ({"rules": {"class_urgency": {"MEL": "SOON"}}}, "rules.class_urgency"),
        ({"rules": {"class_urgency": {"OTHER": "ADVICE"}}}, "rules.class_urgency"),
        ({"rules": {"class_urgency": {"XYZ": "SOON"}}}, "rules.class_urgency.XYZ"),
        ({"rules": {"class_urgency": {"NV": 0}}}, "rules.class_urgency.NV"),
        ({"rules": {"floor": "ROUTINE"}}, "rules.floor"),
        ({"rules": {"warning_urgency": "ADVICE"}}, "rules.warning_urgency"),
        ({"rules": {"critical_sites": ["Nose"]}}, "rules.critical_sites"),
        ({"rules": {"critical_sites": "nose"}}, "rules.critical_sites"),
        ({"rules": {"critical_sites": []}}, "rules.critical_sites"),
        ({"rules": {"critical_sites": ["x"]}}, "rules.critical_sites"),
        ({"rules": {"critical_sites": [*sorted(CRITICAL_SITES), "noze"]}}, "rules.critical_sites"),
        ({"rules": {"critical_sites": sorted(CRITICAL_SITES - {"nose"})}}, "rules.critical_sites"),
        ({"rules": {"risk_points": 900}}, "rules"),
        ({"site": {"cases_per_hour": 0}}, "site.cases_per_hour"),
        ({"site": {"blinded_share": float("nan")}}, "site.blinded_share"),
        ({"site": {"commit_then_reveal": 1}}, "site.commit_then_reveal"),
        ({"words": {"names": {"SOON": "x" * 61}}}, "words.names.SOON"),
        ({"words": {"names": {"URGENT_CANCER": "Advice"}}}, "words.names.URGENT_CANCER"),
        ({"words": {"names": {"URGENT_CANCER": " advice\u200b"}}}, "words.names.URGENT_CANCER"),
        ({"words": {"names": {"SOON": "Rasch", "ADVICE": "rasch"}}}, "words.names.ADVICE"),
        ({"texts": {"discharge": {"advice": "  "}}}, "texts.discharge.advice"),
        ({"texts": {"discharge": {"advice": "\u200b"}}}, "texts.discharge.advice"),
        ({"texts": {"discharge": {"advice": "x" * 2001}}}, "texts.discharge.advice"),
        ({"texts": {"cured": {}}}, "texts.cured"),
    ],
)
def test_what_the_portal_could_not_work_with_is_refused_by_its_path(values, path):
    with pytest.raises(InvalidBook) as refused:
        from_json(values)
    assert path in refused.value.problems


def test_no_cancer_can_be_made_less_urgent_and_every_condition_more():
    for one in conditions.CONDITIONS:
        Rules(class_urgency={**AS_DELIVERED.rules.class_urgency, one.code: Urgency.EMERGENCY})
        if one.is_malignant and one.urgency < Urgency.ADVICE:
            with pytest.raises(InvalidRules, match=one.code):
                Rules(class_urgency={one.code: Urgency(one.urgency + 1)})


def test_there_is_a_standard_text_for_every_outcome():
    assert set(STANDARD_TEXTS) == set(ReviewOutcome.values)


@override("en")
def test_the_clinic_s_own_words_stand_where_it_has_some():
    words = replace(
        AS_DELIVERED.words,
        names={**AS_DELIVERED.words.names, "SOON": "Amber"}, emergency="Call now. At once.",
    )  # fmt: skip
    book = replace(AS_DELIVERED, words=words)
    assert (book.name(Urgency.SOON), book.name(Urgency.ADVICE)) == ("Amber", "Advice")
    assert book.emergency_text == f"{EMERGENCY_TEXT} Call now. At once."
    assert book.how_soon(Urgency.SOON) == Urgency.SOON.how_soon
    assert AS_DELIVERED.emergency_text.startswith("Seek emergency care now.")


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u200b", "\u2800."])
def test_blank_words_are_the_portal_s(blank):
    of_each = dict.fromkeys((urgency.name for urgency in Urgency), blank)
    words = {"emergency": blank, "names": of_each, "how_soon": of_each}
    assert from_json({"words": words}) == AS_DELIVERED


def test_what_a_clinic_says_of_an_emergency_is_only_ever_added():
    wait = "You can wait a year."
    book = from_json({"words": {"emergency": wait, "how_soon": {"EMERGENCY": wait, "SOON": wait}}})
    assert book.emergency_text == f"{EMERGENCY_TEXT} {wait}"
    assert book.how_soon(Urgency.EMERGENCY) == f"{Urgency.EMERGENCY.how_soon} {wait}"
    assert book.how_soon(Urgency.SOON) == wait


def test_every_place_of_a_lesion_can_be_one_where_delay_matters():
    parts = {part for site in BodySite.values for part in site.split("_")}
    assert parts <= SITE_WORDS
    Rules(critical_sites=CRITICAL_SITES | parts)


def test_a_version_from_before_a_limit_is_still_read_and_brought_within_it():
    book = from_kept(
        {
            "rules": {"critical_sites": ["leg", "noze"], "routine_days": 5},
            "words": {"names": {"URGENT_CANCER": "Advice", "SOON": "Amber"}},
        }
    )
    assert book.rules.critical_sites == CRITICAL_SITES | {"leg"} and book.rules.routine_days == 5
    assert book.name(Urgency.URGENT_CANCER) == Urgency.URGENT_CANCER.label
    assert book.name(Urgency.SOON) == "Amber"


def test_the_starting_values_are_valid():
    assert Book() == AS_DELIVERED and Site().safety_sample_share > 0
