"""Answers about conditions: quoted from the portal's own pages, or not given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.triage.assistant.phrases import PHRASES
from triage.assistant.knowledge import tell
from triage.conditions import CONDITIONS

PARTS = ("what", "causes", "course", "treatment", "seek_help", "seriousness")

ASKED = {
    "what is a melanoma?": ("MEL", "what"),
    "What is meloanoma": ("MEL", "what"),
    "how is basal cell carcinoma treated": ("BCC", "treatment"),
    "can a BCC spread?": ("BCC", "course"),
    "is squamous cell carcinoma dangerous?": ("SCC", "seriousness"),
    "is eczema catching?": ("ATOPIC", "causes"),
    "what causes ringworm": ("TINEA", "causes"),
    "when should I see a doctor about a mole?": ("NV", "seek_help"),
    "do age spots turn into cancer?": ("BKL", "course"),
    "Will a dermatofibroma go away?": ("DF", "course"),
    "are cherry angiomas serious": ("VASC", "seriousness"),
    "solar keratosis cream": ("AK", "treatment"),
}


@pytest.mark.parametrize(("question", "found"), ASKED.items())
def test_a_question_finds_its_page_and_part(question, found):
    told = tell(question)[0]
    assert (told.condition and told.condition.code, told.part) == found


@pytest.mark.parametrize(
    "question",
    [
        "who won the football?", "what is the weather", "what is psoriasis?", "what is acne?",
        "how much does it cost", "can I get a refund?", "?", "", "what is your name?",
        "is monkeypox contagious?", "what is the capital of France",
    ],
)  # fmt: skip
def test_what_no_page_says_is_not_told(question):
    (told,) = tell(question)
    assert told.condition is None and told.text == ""


@pytest.mark.parametrize("question", ["is it cancer?", "do I have melanoma?", "what is it?"])
def test_what_the_patient_has_is_never_said(question):
    assert all(told.own_case for told in tell(question))


@given(st.one_of(st.text(max_size=200), st.sampled_from([*ASKED, *(p.text for p in PHRASES)])))
def test_every_word_told_stands_on_the_page_that_is_named(question):
    for told in tell(question):
        if told.condition is None:
            assert told.text == ""
            continue
        page = " ".join(str(getattr(told.condition.page, told.part)).split())
        assert told.text
        for sentence in told.text.split(". "):
            assert sentence.strip(". ") in page


def test_every_condition_with_a_name_can_be_asked_for():
    for condition in CONDITIONS:
        if condition.code != "OTHER":
            found = tell(f"what is {condition.name}?")
            assert condition in [told.condition for told in found], condition.name


def test_two_conditions_asked_for_are_both_told():
    found = tell("what is the difference between melanoma and a mole?")
    assert [told.condition.code for told in found] == ["MEL", "NV"]
