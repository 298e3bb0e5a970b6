"""Where on the body: every site of the form, and words that only sound like one."""

import pytest

from triage.assistant.body import SITES, corrects_place, read_place
from triage.models import BodySite
from triage.words import split


def place(text, asked=True):
    return read_place(split(text), asked=asked)


def test_the_sites_are_those_of_a_lesion():
    assert {site.value for site in BodySite} == SITES


@pytest.mark.parametrize("site", [s for s in BodySite if s != BodySite.OTHER])
def test_a_site_is_known_by_the_name_that_the_form_gives_it(site):
    assert place(f"on my {site.label.lower()}")["body_site"] == site


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("the back of my knee", "lower_leg"), ("just above the knee", "thigh"),
        ("my upper leg", "thigh"), ("my lower arm", "forearm"), ("back of the head", "scalp"),
        ("the tip of my nose", "nose"), ("the nail of my big toe", "nail"),
        ("on my face, close to the ear", "face"), ("behind the ear", "ear"), ("groin", "other"),
    ],
)  # fmt: skip
def test_a_part_is_found_by_what_it_belongs_to(text, site):
    assert place(text)["body_site"] == site


@pytest.mark.parametrize(
    "text",
    ["it came back", "I go back to work", "on the other hand", "hand cream", "head of department",
     "face cream", "the nail varnish"],
)  # fmt: skip
def test_a_word_with_another_meaning_is_no_place(text):
    assert place(text) == {}


@pytest.mark.parametrize("text", ["that's all right", "I left it alone", "right now", "left over"])
def test_left_and_right_in_another_meaning_are_no_side(text):
    assert "side" not in place(text)


def test_both_sides_are_no_side():
    assert place("on both arms, left and right") == {"body_site": "arm"}


@pytest.mark.parametrize(
    ("text", "corrects"),
    [
        ("Actually it's on my upper back, not my shoulder", True), ("sorry, the right one", True),
        ("not on my arm but on my leg", True), ("I meant my calf", True),
        ("on my back", False), ("it is not itchy on my back", False),
        ("sorry, I also have one on my leg", False), ("sorry for the long text", False),
    ],
)  # fmt: skip
def test_a_place_put_right_is_told_from_one_only_named(text, corrects):
    assert corrects_place(split(text)) is corrects
