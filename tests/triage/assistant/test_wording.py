"""The assistant's words: nothing it may say is without them."""

from datetime import UTC, date, datetime

import pytest

from triage.assistant import wording
from triage.assistant.dialogue import BUTTONS, ORDER, YES_NO_BUTTONS, Turn, replay
from triage.assistant.understanding import EMERGENCIES, RED_FLAGS, SIGNS, STORY, UNSURE, YES_NO
from triage.models import BodySite, Side
from triage.priority import PatientRisk, prioritise
from triage.symptoms import Answers

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SITE_NAMES = {**dict(BodySite.choices), **dict(Side.choices)}
ALL_YES = Answers(
    **dict.fromkeys(YES_NO, True), duration_weeks=10, diameter_mm=9,
    notes="My doctor said it is a melanoma. It is on my sole.",
)  # fmt: skip
AT_RISK = PatientRisk(
    age=70, previous_skin_cancer=True, family_melanoma=True, immunosuppressed=True, skin_type=1
)

AT_RISK_NAMES = ("family_melanoma", "previous_skin_cancer")


def codes(answers, site):
    found = prioritise(
        finding=None, answers=answers, patient=AT_RISK, submitted_at=NOW, now=NOW, body_site=site
    )
    return {reason.code for reason in found.reasons}


def test_every_reason_that_answers_can_give_has_words_for_the_patient():
    unsure = Answers(emergency_sign_unsure=True, changed=True, notes="дуже свербить і болить тут")
    dying = Answers(notes="I can't breathe. I want to die.")
    given = codes(ALL_YES, "foot") | codes(ALL_YES, "nail") | codes(unsure, "back")
    given |= codes(dying, "back")
    named = set(wording._REASONS) | {f"red_flag_{name}" for name in EMERGENCIES}
    assert given <= named
    assert {"seven_point", "nail_change", "palm_or_sole_change", "notes_unreadable"} <= given


@pytest.mark.parametrize("name", [*ORDER, *RED_FLAGS])
def test_every_question_is_asked_in_words(name):
    assert wording.ask(name, 1)


@pytest.mark.parametrize("name", ORDER)
def test_the_second_time_it_is_asked_in_other_words(name):
    assert wording.ask(name, 2) != wording.ask(name, 1)


@pytest.mark.parametrize("name", EMERGENCIES)
def test_every_emergency_sign_is_noted_in_words(name):
    assert wording.noted({name: True}, SITE_NAMES)


def test_every_button_has_a_name():
    for code in {*YES_NO_BUTTONS, *(code for codes in BUTTONS.values() for code in codes)}:
        assert wording.button(code)


@pytest.mark.parametrize("name", sorted(YES_NO - set(RED_FLAGS)))
def test_what_is_noted_differs_for_yes_no_and_not_sure(name):
    said = {str(wording.noted({name: value}, SITE_NAMES)) for value in (True, False, UNSURE)}
    assert len(said) == 3


def test_places_and_measures_are_noted_as_people_say_them():
    facts = {"body_site": "lower_leg", "side": "left", "duration_weeks": 26, "diameter_mm": 7.5}
    assert wording.noted(facts, SITE_NAMES) == [
        "lower leg", "left", "for 6 months", "about 7.5 mm wide"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("weeks", "said"),
    [(0, "for some days"), (1, "for 1 week"), (8, "for 8 weeks"), (52, "for 12 months"),
     (104, "for 2 years"), (520, "for 10 years")],
)  # fmt: skip
def test_a_time_is_said_in_the_unit_that_fits(weeks, said):
    assert wording.noted({"duration_weeks": weeks}, {}) == [said]


def test_the_same_words_are_quoted_once():
    talk = replay([Turn("no", DAY), Turn("it has grown, it is ragged and it bled", DAY)])
    priority = prioritise(
        finding=None, answers=talk.answers, patient=PatientRisk(), submitted_at=NOW, now=NOW
    )
    quotes = [quote for _, quote in wording.reasons(priority, talk) if quote]
    assert quotes == ["it has grown, it is ragged and it bled"]


def test_what_is_quoted_is_what_says_so():
    """Not the 'no' or 'not sure' before it, nor a bare yes."""
    story = [Turn("no", DAY), Turn("on my left arm, two years", DAY)]
    for first, later, quote in (
        ("not sure", "oh yes, it has doubled in size", "oh yes, it has doubled in size"),
        ("no", "my wife says it has got bigger", "my wife says it has got bigger"),
        ("yes", "what is a mole?", ""),
    ):
        talk = replay([*story, Turn(first, DAY), Turn(later, DAY)])
        assert talk.facts["grew"] is True
        assert talk.words.get("grew", "") == quote


@pytest.mark.parametrize(
    ("said", "decides"), [("it has grown and it is ragged", False), ("it is flat", True)]
)
def test_that_nobody_has_looked_is_told_only_where_it_decides(said, decides):
    talk = replay([Turn("no", DAY), Turn(said, DAY)])
    priority = prioritise(
        finding=None, answers=talk.answers, patient=PatientRisk(), submitted_at=NOW, now=NOW
    )
    told = " ".join(text for text, _ in wording.reasons(priority, talk))
    assert ("nobody has looked at it yet" in told) == decides


def test_the_signs_are_told_in_full():
    assert len(wording.signs()) == len(RED_FLAGS)
    assert wording.noted({SIGNS: UNSURE, STORY: UNSURE}, {}) == ["not sure", "not sure"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("My dad had melanoma", "there is melanoma in your family"),
        ("I had a melanoma removed", "you have had a skin cancer before"),
    ],
)
def test_what_was_told_of_family_and_past_is_noted_and_told_with_its_words(said, told):
    talk = replay([Turn("no", DAY), Turn(said, DAY)])
    assert wording.noted({n: v for n, v in talk.facts.items() if n in AT_RISK_NAMES}, {}) == [told]
    priority = prioritise(
        finding=None, answers=talk.answers, patient=PatientRisk(), submitted_at=NOW, now=NOW
    )
    assert (told, said) in wording.reasons(priority, talk)
