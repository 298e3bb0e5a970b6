"""Reading free notes: what is denied, what is not, since when, how wide."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.notes import NOTES_LIMIT, read_notes

DENIED = {
    "it does not bleed": "bleed",
    "It doesn't bleed.": "bleed",
    "it doesnt bleed": "bleed",
    "It doesn’t bleed": "bleed",
    "it has never bled": "bleed",
    "no bleeding": "bleed",
    "without bleeding": "bleed",
    "never any bleeding at all": "bleed",
    "There is no blood.": "bleed",
    "Bleeding: no": "bleed",
    "bleeding - none": "bleed",
    "Bleeding? No.": "bleed",
    "no signs of bleeding": "bleed",
    "I have not noticed any bleeding": "bleed",
    "I don't think it has bled": "bleed",
    "it isn't bleeding": "bleed",
    "no bleedin": "bleed",
    "hasn't grown": "grew",
    "has not got any bigger": "grew",
    "it is not growing": "grew",
    "it hasn`t got bigger": "grew",
    "doesn't seem to be growing": "grew",
    "no increase, not larger than before": "grew",
    "not spreading": "grew",
    "it has not changed size": "grew",
    "no change in size": "grew",
    "no change": "changed",
    "no changes that I can see": "changed",
    "it has not changed colour": "changed",
    "hasn't changed at all in years": "changed",
    "it never changes": "changed",
    "not getting darker": "changed",
    "has not turned black": "changed",
    "never itched": "itch",
    "not itchy": "itch",
    "isn't itchey": "itch",
    "No itching": "itch",
    "itch: no": "itch",
    "Itching none, otherwise well": "itch",
    "it wasn't ever itchy": "itch",
    "no pain": "hurt",
    "it's not painful": "hurt",
    "doesn't hurt": "hurt",
    "It does not hurt when I press it": "hurt",
    "not sore": "hurt",
    "Pain? Not really.": "hurt",
    "never been tender": "hurt",
    "nothing hurts": "hurt",
    "painless, no ache": "hurt",
    "no discharge": "oozing",
    "it doesn't weep": "oozing",
    "not oozing": "oozing",
    "no pus": "oozing",
    "no crust": "oozing",
    "I cannot feel any pain": "hurt",
    "free of pain": "hurt",
    "- Bleeding? N": "bleed",
    "it doesn't itch. Often I forget it": "itch",
    "no pain and very dark": "hurt",
}

AFFIRMED = {
    "it bleeds": "bleed",
    "Bleeding: yes": "bleed",
    "bleedin when i shave": "bleed",
    "it bled last week": "bleed",
    "there was blood on my pillow": "bleed",
    "bleeding stopped": "bleed",
    "it no longer bleeds": "bleed",
    "it won't stop bleeding": "bleed",
    "it doesn't stop bleeding": "bleed",
    "it did not bleed until last week": "bleed",
    "it never bled before but now it does": "bleed",
    "it's not painful but it bleeds": "bleed",
    "doesn't hurt and it bleeds": "bleed",
    "no pain. Bleeds.": "bleed",
    "no pain, bleeding sometimes": "bleed",
    "rarely bleeds": "bleed",
    "if I scratch it it bleeds": "bleed",
    "it bleeds if I knock it": "bleed",
    "no doubt it is growing": "grew",
    "it has grown": "grew",
    "getting bigger": "grew",
    "it is bigger than before": "grew",
    "hasn't stopped growing": "grew",
    "doubled in size": "grew",
    "it has changed size": "grew",
    "spreading up my arm": "grew",
    "not just growing": "grew",
    "changed colour": "changed",
    "it has turned black": "changed",
    "went darker over the summer": "changed",
    "a change in shape": "changed",
    "itchey": "itch",
    "ichy at night": "itch",
    "I can't stop it itching": "itch",
    "not only itchy": "itch",
    "not painful but itchy": "itch",
    "it never used to itch": "itch",
    "can't sleep for the itching": "itch",
    "it's a bit sore": "hurt",
    "hurts when pressed": "hurt",
    "very painfull": "hurt",
    "No itch but stinging": "hurt",
    "it weeps": "oozing",
    "crusts over and oozes": "oozing",
    "there is some pus": "oozing",
    "it bleeds, no pain": "bleed",
    "no it bleeds": "bleed",
    "it doesn't always bleed": "bleed",
    "not much bleeding": "bleed",
    "it doesn't bleed a lot": "bleed",
    "it does not bleed, except when I shave": "bleed",
    "doesn't bleed unless I scratch it": "bleed",
    "it doesn't bleed any more": "bleed",
    "not bleeding anymore": "bleed",
    "bleedng": "bleed",
    "bleedding": "bleed",
    "increased in size": "grew",
    "rapid growth": "grew",
    "growwing": "grew",
    "chaging": "changed",
    "iching": "itch",
}

SILENT = [
    "",
    "a brown spot on my arm",
    "I take blood thinners",
    "I had a blood test",
    "I grew up in Australia",
    "hair grows on it",
    "smaller than a pea",
    "I changed my soap",
    "I changed doctor",
    "I used a painkiller and a pain killer",
    "I get a cold sore each winter",
    "I am not sure if it has grown",
    "I don't know whether it bleeds",
    "unsure if it changed",
    "I will come back if it bleeds",
    "I work in exchange and the sore-throat clinic",
    "discharged from hospital",
    "hanging from a branch",
    "a growth on my neck",
    "ich",
]


@pytest.mark.parametrize(("text", "name"), DENIED.items())
def test_a_denied_symptom_reads_as_no(text, name):
    assert read_notes(text).findings == {name: False}


@pytest.mark.parametrize(("text", "name"), AFFIRMED.items())
def test_a_symptom_reads_as_yes(text, name):
    assert read_notes(text).findings[name] is True


@pytest.mark.parametrize("text", SILENT)
def test_other_uses_of_the_words_say_nothing(text):
    assert read_notes(text).phrases == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no pain, itching or bleeding", {"hurt": False, "itch": False, "bleed": False}),
        ("it doesn't itch or bleed", {"itch": False, "bleed": False}),
        ("neither itchy nor painful", {"itch": False, "hurt": False}),
        ("no itch and pain", {"itch": False, "hurt": False}),
        ("no pain, no itching, no bleeding", {"hurt": False, "itch": False, "bleed": False}),
        ("Itchy? No. Bleeding? Yes.", {"itch": False, "bleed": True}),
        ("Pain: no, bleeding: yes", {"hurt": False, "bleed": True}),
        ("pain no\nbleeding yes\ngrowing no", {"hurt": False, "bleed": True, "grew": False}),
        ("not itchy, growing fast", {"itch": False, "grew": True}),
        ("it does not itch however it hurts", {"itch": False, "hurt": True}),
        ("It does not bleed. It bled once in May.", {"bleed": True}),
        ("bleeds and itches but no pain", {"bleed": True, "itch": True, "hurt": False}),
        ("it changed size and shape", {"grew": True, "changed": True}),
        ("No change in size or colour", {"grew": False, "changed": False}),
        ("not growing but changing", {"grew": False, "changed": True}),
    ],
)
def test_several_symptoms_are_told_apart(text, expected):
    assert read_notes(text).findings == expected


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("for 3 months", 13),
        ("two years", 104),
        ("about 6 wks", 6),
        ("6wks", 6),
        ("a few weeks", 3),
        ("for a couple of months", 8),
        ("10+ years", 520),
        ("had it 10 days", 1),
        ("half a year", 26),
        ("a year and a half", 78),
        ("1 1/2 years", 78),
        ("two and a half years", 130),
        ("2-3 weeks", 3),
        ("for years", 104),
        ("since birth", 520),
        ("I have had it all my life", 520),
        ("since last year", 52),
        ("3 weeks ago", 3),
        ("a fortnight ago", 2),
        ("10 years, growing for 2 months", 520),
        ("since 2019", 385),
        ("since last summer", 24),
        ("since May", 29),
        ("since May 2025", 81),
        ("since yesterday", 0),
        ("since I was little", 520),
        ("it is 5 weeks old", 5),
        ("I am 54 years old", None),
        ("a 12 year old boy", None),
        ("aged 30 years", None),
        ("it bleeds twice a week", None),
        ("every 2 weeks", None),
        ("once a day", None),
        ("next week", None),
        ("no idea how long", None),
        ("999999999999999999999 years", 120 * 52),
    ],
)
def test_how_long_is_read_in_weeks(text, weeks):
    assert read_notes(text, today=date(2026, 11, 20)).duration_weeks == weeks


@pytest.mark.parametrize(
    "text", ["the skin around it has gone black", "the surrounding skin turned red"]
)
def test_what_the_skin_around_does_is_no_change_of_the_lesion(text):
    assert "changed" not in read_notes(text).findings


@pytest.mark.parametrize(
    "text", ["the mole has gone black", "the skin around it is sore and it has gone black",
             "the skin has turned black"],
)  # fmt: skip
def test_what_the_lesion_does_is_one(text):
    assert read_notes(text).findings["changed"] is True


def test_a_date_says_nothing_to_a_reader_without_a_calendar():
    assert read_notes("since 2019").duration_weeks is None


@pytest.mark.parametrize(
    ("text", "mm"),
    [
        ("8 mm", 8.0),
        ("8mm across", 8.0),
        ("1.2 cm", 12.0),
        ("1,2cm", 12.0),
        ("5 x 9 mm", 9.0),
        ("9x5mm", 9.0),
        ("6-8 mm", 8.0),
        (".5cm", 5.0),
        ("half a centimetre", 5.0),
        ("half an inch", 12.7),
        ("one inch", 25.4),
        ("grew from 4 mm to 7 mm", 7.0),
        ("no bigger than 5 mm", 5.0),
        ("bigger than a pea", 7.0),
        ("the size of a penny", 20.0),
        ("pea-sized", 7.0),
        ("I ate peas for lunch", None),
        ("less than 7 mm", None),
        ("under 6mm", None),
        ("2 cm from my ear", None),
        ("5cm above the knee", None),
        ("9000 mm", None),
        ("SPF 30", None),
        ("٣ mm", 3.0),
    ],
)
def test_how_wide_is_read_in_millimetres(text, mm):
    assert read_notes(text).diameter_mm == (mm if mm is None else pytest.approx(mm))


def test_a_phrase_shows_the_words_that_counted():
    text = "İt  DOESN’T\titch, but bleeds for 3 months. 8 mm"
    phrases = read_notes(text).phrases
    assert [(p.name, p.value, p.text) for p in phrases] == [
        ("itch", False, "DOESN’T\titch"),
        ("bleed", True, "bleeds"),
        ("duration_weeks", 13, "3 months"),
        ("diameter_mm", 8.0, "8 mm"),
    ]
    assert all(text[p.start : p.end] == p.text for p in phrases)


WORDS = [
    "not",
    "no",
    "bleeds",
    "itch",
    ",",
    ".",
    "but",
    "or",
    "3",
    "weeks",
    "cm",
    "since",
    "a",
    "2/",
]


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS)).map(" ".join)))
def test_any_text_can_be_read_and_every_phrase_is_found_in_it(text):
    for phrase in read_notes(text, today=date(2026, 11, 20)).phrases:
        assert text[phrase.start : phrase.end] == phrase.text != ""


@given(st.text(max_size=100), st.sampled_from([t for t, n in AFFIRMED.items()]))
def test_more_text_never_takes_a_yes_back(text, yes):
    findings = read_notes(f"{yes}\n\n{text}").findings
    assert any(findings.values())


@pytest.mark.parametrize(
    "piece",
    [
        "not ",
        "no bleeding, ",
        "1",
        "a'",
        "- ",
        "bleeding:?",
        "1/2 ",
        "since ",
        "fever red ",
        "skin bleeding ",
    ],
)
def test_the_longest_notes_are_read_in_no_time(piece):
    text = piece * (20 * NOTES_LIMIT // len(piece))
    started = time.process_time()
    reading = read_notes(text, today=date(2026, 11, 20))
    assert time.process_time() - started < 0.5
    assert all(p.end <= NOTES_LIMIT for p in reading.phrases)
