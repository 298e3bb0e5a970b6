"""What is not English is told apart, sentence by sentence, and not read."""

from datetime import date

import pytest

from triage.language import english_text, unreadable
from triage.notes import read_notes
from triage.words import split

TODAY = date(2026, 11, 20)
FOREIGN = (
    "Ich habe einen dunklen Fleck am Arm, er blutet seit 3 Monaten",
    "Ich habe einen dunklen Fleck auf dem Rücken. Er ist 8 mm gross. Er ist 8 mm",
    "Mein Muttermal ist größer und juckt",
    "J'ai une tache sur le bras depuis 3 mois, 8 mm",
    "Tengo una mancha en el brazo desde hace 3 meses",
    "Ho una macchia sulla mano da 3 mesi, 8 mm",
    "Ik heb een donkere plek op mijn been",
)


@pytest.mark.parametrize("text", FOREIGN)
def test_nothing_is_taken_from_another_language(text):
    reading = read_notes(text, today=TODAY)
    assert reading.unreadable
    assert reading.phrases == ()


@pytest.mark.parametrize("text", ["Ich", "ich habe was", "Ich blute", "Hab ich lange"])
def test_the_german_ich_is_no_itch(text):
    assert read_notes(text).phrases == ()


def test_english_beside_another_language_is_read_and_the_rest_pointed_out():
    reading = read_notes("Ich habe einen dunklen Fleck. It bleeds.")
    assert reading.findings == {"bleed": True}
    assert reading.unreadable


def test_an_emergency_is_read_wherever_it_stands():
    reading = read_notes("Ich habe einen Fleck, mein Arzt sagt ist fever and rash")
    assert reading.unreadable
    assert reading.findings == {"fever_with_spreading_rash": True}


@pytest.mark.parametrize(
    "text",
    ["er im not sure, es of me", "painful crusty growth", "Hurting crusty patch, left forehead",
     "my mother has one in Las Palmas", "mum and dad had it"],
)  # fmt: skip
def test_short_english_is_english(text):
    assert not unreadable(split(text))


def test_what_is_left_stands_where_it_stood():
    text = "Ich habe einen Fleck. It itches."
    assert english_text(text, split(text)) == " " * len("Ich habe einen Fleck.") + " It itches."
