"""Emergency signs and suspicions in the notes: what is one, what is denied, what only sounds so."""

import pytest

from triage.notes import read_notes

SIGNS = {
    "I have a fever and a rash": "fever_with_spreading_rash",
    "Now I have a fever and it spreads fast.": "fever_with_spreading_rash",
    "It is spreading quickly, I feel feverish": "fever_with_spreading_rash",
    "Fever since Monday. My leg is hot and the skin is red.": "fever_with_spreading_rash",
    "high temperature, redness around it": "fever_with_spreading_rash",
    "The rash is everywhere and I have a temperature": "fever_with_spreading_rash",
    "My temperature is 38.5 and the rash spreads": "fever_with_spreading_rash",
    "my skin is peeling off": "mucosal_or_blistering",
    "the skin is blistering": "mucosal_or_blistering",
    "I have sores in my mouth": "mucosal_or_blistering",
    "ulcers on the lips and in the eyes": "mucosal_or_blistering",
    "the skin has turned black": "black_or_dead_skin",
    "skin around it is dying": "black_or_dead_skin",
    "the skin on my leg is black and dead and very painful": "black_or_dead_skin",
    "my leg is black and dead": "black_or_dead_skin",
    "two of my toes have gone black": "black_or_dead_skin",
    "It smells like gangrene": "black_or_dead_skin",
    "it is bleeding and will not stop": "bleeding_not_stopping",
    "the bleeding won't stop": "bleeding_not_stopping",
    "I can't stop it bleeding": "bleeding_not_stopping",
    "It doesn’t stop bleeding": "bleeding_not_stopping",
    "blood will not stop coming out": "bleeding_not_stopping",
    "keeps bleeding for hours": "bleeding_not_stopping",
    "bleeds non-stop": "bleeding_not_stopping",
    "a rash over my whole body": "over_half_body",
    "rash all over my body": "over_half_body",
    "redness covers most of the body": "over_half_body",
    "red from head to toe": "over_half_body",
}
QUIET = (
    "no fever, but a rash",
    "no fever, but it spreads fast",
    "fever last week; it spreads, slowly",
    "I have a fever but it is not spreading fast",
    "I have not had a fever. The rash is small.",
    "a rash without fever",
    "fever but no rash",
    "hay fever, and a red spot",
    "no blistering of the skin",
    "a cold sore on my mouth last year",
    "a black mole on my skin",
    "a black spot",
    "I have black skin and the mark is new",
    "the mole on my skin turned black",
    "the skin has not turned black",
    "dead skin comes off when I wash",
    "the skin on my heel is dry and dead skin comes off",
    "my toenail turned black after a run, the toe is fine",
    "my leg feels dead in the morning",
    "my leg has not turned black",
    "it bled but it stopped",
    "it bled and I cannot stop scratching",
    "it bleeds every few hours",
    "I take blood thinners and cannot stop them",
    "a sore near my eye",
    "red, no temperature",
    "it bled two hours ago",
    "it is not bleeding",
    "moles all over my body",
    "a rash, not over my whole body",
    "no rash on most of my body",
)


def flags(text):
    quiet = ("bleed", "itch", "grew", "changed", "hurt", "oozing")
    return {p.name for p in read_notes(text).phrases if p.value is True and p.name not in quiet}


@pytest.mark.parametrize("text", SIGNS)
def test_an_emergency_sign_is_read(text):
    assert SIGNS[text] in flags(text)


@pytest.mark.parametrize("text", QUIET)
def test_what_is_denied_or_only_sounds_alike_is_no_emergency_sign(text):
    assert flags(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "My doctor said it is melanoma",
        "the GP thinks it could be skin cancer",
        "The GP wants to rule out melanoma",
        "I was told it is probably a basal cell carcinoma",
        "It's a melanoma, my dermatologist says",
    ],
)
def test_the_suspicion_of_another_clinician_is_read(text):
    suspected = read_notes(text).suspected
    assert suspected is not None
    assert text[suspected.start : suspected.end] == suspected.text


@pytest.mark.parametrize(
    "text",
    [
        "My doctor said it is not melanoma",
        "The GP ruled out cancer",
        "I am afraid of cancer",
        "My doctor said it is a wart. I fear melanoma.",
    ],
)
def test_a_denied_or_only_feared_cancer_is_no_suspicion_of_a_clinician(text):
    assert read_notes(text).suspected is None


@pytest.mark.parametrize(
    ("text", "unreadable"),
    [
        ("Le bouton saigne depuis trois semaines", True),
        ("Der Fleck wird seit Monaten größer", True),
        ("El lunar sangra desde hace meses", True),
        ("皮膚が黒くなりました", True),
        ("It has been there for years", False),
        ("mole grown bigger lately", False),
        ("ca gratte", False),
        ("", False),
        ("12, 14. 3 / 4", False),
    ],
)
def test_notes_without_english_words_are_told_apart(text, unreadable):
    assert read_notes(text).unreadable is unreadable
