"""The course of a conversation."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.triage.assistant.phrases import PHRASES
from triage.assistant.dialogue import (
    BUTTONS,
    ORDER,
    TRIES,
    YES_NO_BUTTONS,
    Says,
    Turn,
    buttons,
    replay,
)
from triage.assistant.understanding import LIMIT, RED_FLAGS, SIGNS, STORY, UNSURE
from triage.symptoms import NOTES_LIMIT

DAY = date(2026, 11, 20)


def said(*texts):
    return replay([Turn(text, DAY) for text in texts])


def chosen(*codes):
    return replay([Turn("", DAY, code) for code in codes])


def asked(talk):
    return [line.about for line in talk.lines if line.says is Says.ASK]


def test_the_emergency_signs_come_first():
    assert replay([]).asked == SIGNS


def test_none_of_the_signs_is_a_no_to_each():
    answers = said("none of these").answers
    assert all(getattr(answers, name) is False for name in RED_FLAGS)


def test_not_sure_about_the_signs_asks_each_one():
    talk = chosen(UNSURE, "no", "no", "no", "no", "no")
    assert asked(talk)[1:6] == list(RED_FLAGS)
    assert talk.asked == STORY
    assert not talk.emergency


def test_a_sign_left_open_is_not_a_no():
    answers = chosen(UNSURE, "no", UNSURE, "no", "no", "no").answers
    assert answers.mucosal_or_blistering is None
    assert answers.emergency_sign_unsure


def test_yes_to_the_signs_is_an_emergency_until_each_is_denied():
    assert chosen("yes").emergency
    assert chosen("yes", "no", "no").emergency
    assert chosen("yes", "no", "no", UNSURE, "no", "no").emergency
    assert not chosen("yes", *["no"] * 5).emergency


def test_an_emergency_ends_the_questions():
    talk = said("no", "the bleeding won't stop")
    assert talk.emergency and talk.over


def test_advice_in_an_emergency_comes_before_anything_else_that_is_said_then():
    talk = said("no", "It won't stop bleeding, it is on my arm")
    last = [line.says for line in talk.lines[-4:]]
    assert last.index(Says.EMERGENCY) < last.index(Says.NOTED)


@pytest.mark.parametrize(
    "text",
    ["My face is swelling and I can't breathe", "I can't breathe", "can't breathe, what do I do?",
     "I want to kill myself because of my acne"],
)  # fmt: skip
@pytest.mark.parametrize("before", [(), ("no",), ("no", "on my left arm, 2 years")])
def test_who_has_no_air_or_thinks_of_self_harm_is_advised_at_once(before, text):
    talk = said(*before, text)
    assert talk.emergency and talk.over
    assert Says.EMERGENCY in [line.says for line in talk.lines]
    assert text in talk.answers.notes, "so that the case tells it too"


def test_it_asks_again_in_other_words_then_with_buttons_then_goes_on():
    talk = said("no", "in the middle of my back", "2 years", "lovely weather", "lovely weather")
    assert talk.asked == "grew" and talk.tries == TRIES
    assert buttons(talk) == ("yes", "no", "unsure")
    after = said("no", "in the middle of my back", "2 years", *["lovely weather"] * 3)
    assert after.asked == "changed"
    assert after.answers.grew is None


def test_places_are_offered_to_choose_once_words_were_not_understood():
    talk = replay([Turn("no", DAY), Turn("it itches", DAY), Turn("", DAY, "thigh")])
    assert replay([Turn("no", DAY), Turn("", DAY, "yes")]).facts == chosen("no").facts
    assert talk.body_site == "thigh"


def test_whoever_would_rather_be_asked_skips_the_story():
    talk = chosen("no", "skip")
    assert talk.asked == "body_site"
    assert talk.answers.notes == ""


def test_without_a_place_no_side_is_asked():
    talk = said("no", "it itches", *["lovely weather"] * TRIES)
    assert talk.asked == "duration_weeks"
    assert talk.body_site == ""


def test_where_a_number_is_not_understood_ranges_are_offered():
    talk = said("no", "on my left arm", "ages", "ages")
    assert talk.asked == "duration_weeks"
    assert buttons(talk) == tuple(BUTTONS["duration_weeks"])


def test_a_question_is_answered_and_the_same_one_asked_again():
    talk = said("no", "on my left arm", "what is a melanoma?")
    assert talk.asked == "duration_weeks" and talk.tries == 1
    assert [line.says for line in talk.lines[-2:]] == [Says.TOLD, Says.ASK]


def test_a_side_is_not_asked_of_a_nose():
    talk = said("no", "on my nose")
    assert talk.asked == "duration_weeks"


def test_a_yes_is_not_taken_back_by_a_later_no():
    assert said("no", "it bled", "it has never bled").answers.bleed is True


def test_not_sure_gives_way_to_an_answer():
    talk = said("no", "on my left arm, 2 years", "not sure", "it has grown")
    assert talk.answers.grew is True


def test_notes_carry_what_was_written_and_no_bare_answers():
    talk = said("no", "on my left arm, it came after a bite", "what is eczema?", "2 years", "yes")
    assert talk.answers.notes == "on my left arm, it came after a bite"


def test_nonsense_that_was_not_understood_does_not_go_into_the_notes():
    assert said("no", "asdf qwer zxcv").answers.notes == ""
    assert said("no", "it itches", "ajskdh aksjdh lkjh zxcvb asdf").answers.notes == "it itches"


@pytest.mark.parametrize(
    "story", ["weird freckle thingy", "my wife saw it at the beach", "bintik hitam gatal", "BCC?"]
)
def test_words_that_were_not_understood_are_kept_for_whoever_reads_the_case(story):
    talk = said("no", story)
    assert talk.answers.notes == story or talk.lines[-2].says is Says.TOLD


def test_a_place_that_is_put_right_replaces_the_one_before_and_its_side():
    talk = said("no", "on my left shoulder", "Actually it's on my upper back, not my shoulder")
    assert (talk.body_site, talk.side) == ("back", "")
    assert said("no", "on my left shoulder", "sorry, my right shoulder").side == "right"


@pytest.mark.parametrize("more", ["it hurts on my back", "sorry, I also have eczema on my hands"])
def test_another_place_that_is_only_mentioned_moves_nothing(more):
    talk = said("no", "on my left shoulder", more)
    assert (talk.body_site, talk.side) == ("shoulder", "left")


def test_what_was_told_of_the_patient_is_known_by_the_fields_of_their_profile():
    talk = said("no", "My dad had melanoma, I had a bcc removed, I take methotrexate")
    assert set(talk.background) == {
        "family_melanoma", "previous_skin_cancer", "immunosuppression"
    }  # fmt: skip
    assert said("no", "it itches").background == ()


def test_not_sure_is_told_apart_from_what_was_left_open():
    talk = said("no", "on my left arm, 2 years", "not sure", *["lovely weather"] * TRIES)
    assert talk.facts["changed"] == talk.facts["grew"] == UNSURE
    assert talk.unsure == {"grew"}


SAID = st.one_of(
    st.text(max_size=60),
    st.sampled_from([phrase.text for phrase in PHRASES]),
    st.sampled_from(["what is melanoma?", "?", "no", "yes", "lovely weather"]),
)
TURN = st.one_of(
    SAID.map(lambda text: Turn(text, DAY)),
    st.sampled_from([*YES_NO_BUTTONS, "left", "weeks", "pea", "thigh", "nonsense"]).map(
        lambda code: Turn("", DAY, code)
    ),
)
ENOUGH = TRIES * (len(ORDER) + len(RED_FLAGS))


@settings(max_examples=40, deadline=None)
@given(st.lists(TURN, max_size=25))
def test_a_conversation_goes_on_until_there_is_a_result(turns):
    """However it began, answers that nobody understands bring it to its end."""
    talk = replay([*turns, *[Turn("lovely weather", DAY)] * ENOUGH])
    assert talk.over
    assert talk.lines[-1].says is Says.RESULT


@settings(max_examples=60, deadline=None)
@given(st.lists(TURN, max_size=30))
def test_no_question_is_asked_more_than_three_times_without_a_question_back(turns):
    talk = replay(turns)
    told = sum(line.says is Says.TOLD for line in talk.lines)
    for name in {*asked(talk)}:
        assert asked(talk).count(name) <= TRIES + told


@settings(max_examples=60, deadline=None)
@given(st.lists(TURN, max_size=15), TURN)
def test_one_turn_more_never_takes_an_emergency_or_a_yes_back(turns, more):
    before, after = replay(turns), replay([*turns, more])
    yes = {name for name, value in before.facts.items() if value is True and name != SIGNS}
    assert yes <= {name for name, value in after.facts.items() if value is True}
    if before.over and before.emergency:
        assert after.emergency


@pytest.mark.parametrize("name", [name for name in ORDER if name not in (SIGNS, STORY)])
def test_everything_told_at_once_leaves_that_question_out(name):
    story = (
        "It is on my left arm, for 2 years, 8 mm wide, raised, it has grown and changed colour, "
        "it bled, it itches, it hurts, it weeps, it is lopsided, it is numb, it is swollen, "
        "it is brown and black"
    )
    assert name not in asked(said("no", story))


def test_the_longest_conversation_is_replayed_in_no_time():
    text = ("It is on my left arm and has itched since spring, and it may have bled. " * 20)[:LIMIT]
    started = time.process_time()
    talk = replay([Turn(text, DAY)] * 120)
    assert time.process_time() - started < 5
    assert len(talk.answers.notes) <= NOTES_LIMIT
