"""Ready-made decisions: whole, never a lowering, never over a reader's own words."""

import pytest

from triage.conditions import CONDITIONS
from triage.models import Case
from triage.standard_decisions import DIGITS, STANDARD_DECISIONS, fill_in
from triage.standard_texts import STANDARD_TEXTS
from triage.urgency import Urgency


def case(urgency: Urgency) -> Case:
    return Case(urgency=int(urgency))


def test_every_digit_is_one_diagnosis_and_every_diagnosis_but_another_has_one():
    assert sorted(DIGITS.values()) == list("0123456789")
    assert set(DIGITS) == set(STANDARD_DECISIONS) == {c.code for c in CONDITIONS} - {"OTHER"}


@pytest.mark.parametrize("condition", [c for c in CONDITIONS if c.is_malignant])
def test_no_cancer_is_sent_home(condition):
    assert STANDARD_DECISIONS[condition.code].outcome in ("routine", "urgent")


@pytest.mark.parametrize("ranked", Urgency)
@pytest.mark.parametrize("diagnosis", STANDARD_DECISIONS)
def test_it_is_never_less_urgent_than_the_case_was_ranked(ranked, diagnosis):
    filled = fill_in({}, diagnosis=diagnosis, case=case(ranked))
    assert int(filled["urgency"]) <= ranked
    assert int(filled["urgency"]) <= STANDARD_DECISIONS[diagnosis].urgency


def test_it_fills_texts_and_says_nothing_of_the_photos():
    filled = fill_in({"confidence": "2"}, diagnosis="NV", case=case(Urgency.ADVICE))
    assert filled["advice"] == STANDARD_TEXTS["discharge"].advice
    assert filled["safety_net"] and filled["outcome"] == "discharge"
    assert filled["confidence"] == "2"
    assert not any(name.startswith("adequate") for name in filled)


def test_a_standard_text_makes_room_and_the_reader_s_own_words_stay():
    sent = {"advice": STANDARD_TEXTS["urgent"].advice.replace(". ", ".\n"), "safety_net": "Mine."}
    filled = fill_in(sent, diagnosis="NV", case=case(Urgency.ADVICE))
    assert filled["advice"] == STANDARD_TEXTS["discharge"].advice
    assert filled["safety_net"] == "Mine."


def test_there_is_none_for_what_is_not_known():
    with pytest.raises(KeyError):
        fill_in({}, diagnosis="OTHER", case=case(Urgency.ADVICE))
