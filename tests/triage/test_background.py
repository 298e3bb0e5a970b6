"""Melanoma in the family, an earlier skin cancer, a weakened immune system: whose it was, and what
is denied, feared or past.
"""

import time
from datetime import UTC, datetime

import pytest

from triage.notes import NOTES_LIMIT, read_notes
from triage.priority import PatientRisk, Urgency, prioritise
from triage.symptoms import Answers

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FAMILY = (
    "My dad had melanoma",
    "my mum had melanoma",
    "my dad died of melanoma",
    "My mother and my aunt had melanoma",
    "my aunt and my mother had melanoma",
    "melanoma runs in my family",
    "family history of melanoma",
    "There is melanoma in my family",
    "My father was diagnosed with a melanoma last year",
    "my sister has got malignant melanoma",
    "one of my brothers had melanoma",
    "My late father, he had melanoma",
    "My dad died young. He had melanoma.",
    "Dad: melanoma",
    "melanoma (mother)",
    "my mum's mole turned out to be melanoma",
    "my dad's melanoma",
    "both my parents had melanoma",
    "my son has had melanoma",
    "melanoma killed my dad",
    "my dad had a melanoma removed",
    "It is not itchy, my dad had melanoma",
    "My doctor knows that my dad had melanoma",
    "I do not have many moles but my dad had melanoma",
    "my dad had melenoma",
    "my dad had melanoma, should I worry?",
    "My mother lost her life to melanoma",
    "my family has melanoma",
    "my brother, I think, had melanoma",
    "I told the GP that my mother had melanoma",
    "my daughter was treated for melanoma",
    "my dad and his brother had melanoma",
    "parents: mother melanoma, father healthy",
    "my dad had skin cancer, a melanoma",
    "my dad passed away from melanoma",
    "my dad has melanoma and I am worried",
    "it doesn't itch. my dad had melanoma",
)
NOT_FAMILY = (
    "no melanoma in my family",
    "my dad does not have melanoma",
    "My cousin had melanoma",
    "my neighbour had melanoma",
    "my mum never had melanoma",
    "nobody in my family has had melanoma",
    "no one in my family has ever had melanoma",
    "none of my family has had melanoma",
    "neither my mum nor my dad had melanoma",
    "my mother's sister had melanoma",
    "my mother-in-law had melanoma",
    "mother in law had melanoma",
    "my wife's father had melanoma",
    "my husband had melanoma",
    "my dad's cousin had melanoma",
    "my mum thinks it is melanoma",
    "my mum is worried about melanoma",
    "my dad says I have melanoma",
    "not sure if my dad had melanoma",
    "I don't know whether my dad had melanoma",
    "my family doctor thinks of melanoma",
    "my dad was checked for melanoma",
    "I am worried about melanoma, my mum is a nurse",
    "my mum says it looks like a melanoma",
    "My stepfather had melanoma",
    "my half-sister had melanoma",
    "what is a melanoma?",
    "Melanoma in the family: no",
    "family melanoma: no",
    "my friend's mother had melanoma",
    "my mum noticed my melanoma",
    "the brother of my mother had melanoma",
    "my dad had a mole but it was not melanoma",
    "I had a melanoma removed when my dad was alive",
    "my grandmother had melanoma",
    "I had a melanoma, my sister did not",
    "without melanoma in the family",
    "my dad had it, no melanoma",
    "my mum had a mole tested for melanoma",
    "is it melanoma? my mum is worried",
    "my husband's family has melanoma",
    "my doctor, not my mum, said melanoma",
)
EARLIER = (
    "I had a melanoma removed",
    "I had a melanoma",
    "I've had skin cancer before",
    "I have had a bcc cut out",
    "previous skin cancer",
    "I have a history of melanoma",
    "I was treated for melanoma in 2015",
    "Had a melanoma removed from my leg",
    "I had a basal cell carcinoma on my nose",
    "my previous melanoma was on the back",
    "I already had melanoma once",
    "skin cancer 3 years ago",
    "My dad had melanoma. I had a melanoma removed too",
    "I had melanoma in 2015",
    "I had surgery for skin cancer",
    "I had a mole removed and it was a melanoma",
    "I had a basal cell removed in 2015",
    "I had melanoma, nobody else in my family did",
)
NOT_EARLIER = (
    "I never had skin cancer",
    "no previous skin cancer",
    "I have not had melanoma",
    "I am worried I had melanoma",
    "my dad had a melanoma removed",
    "my wife had skin cancer",
    "I had breast cancer",
    "I was checked for melanoma",
    "is it a melanoma?",
    "I think I have melanoma",
    "My doctor said it is melanoma",
    "it could be a melanoma",
    "I had a mole removed, it was not melanoma",
    "I have no history of skin cancer",
    "I had a scare with melanoma",
    "my aunt had skin cancer before",
    "No melanoma before",
    "I had a wart removed in 2015, nobody in my family had melanoma",
    "I had a mole removed and no one in my family had melanoma",
    "I had surgery, nor has anyone in my family had melanoma",
)
WEAK_IMMUNITY = (
    "I take methotrexate",
    "I am on ciclosporin",
    "azathioprine for my Crohn's",
    "mycophenolate and tacrolimus",
    "I inject adalimumab every two weeks",
    "I'm on a biologic for psoriasis",
    "I'm having chemotherapy",
    "I take prednisolone daily",
    "prednisolone 10 mg every day",
    "I have HIV",
    "I had a kidney transplant in 2015",
    "my immune system is weak",
    "weakened immune system",
    "I take humira for psoriasis, my dad had melanoma",
)
NOT_WEAK = (
    "no methotrexate",
    "I never took methotrexate",
    "my dad takes methotrexate",
    "my brother had a kidney transplant",
    "tacrolimus ointment did not help",
    "I used tacrolimus 0.1% ointment",
    "I stopped methotrexate",
    "I had chemo ten years ago",
    "my HIV test was negative",
    "hair transplant",
    "my doctor suggested methotrexate",
    "what is methotrexate",
    "does methotrexate cause moles?",
    "a week of prednisolone",
    "prednisolone cream",
    "my immune system is not weak",
    "Immunosuppression: no",
)


@pytest.mark.parametrize("text", FAMILY)
def test_melanoma_of_the_next_of_kin_is_read(text):
    reading = read_notes(text)
    told = reading.family_melanoma
    assert told is not None
    assert text[told.start : told.end] == told.text
    assert reading.earlier_cancer is None


@pytest.mark.parametrize("text", FAMILY)
def test_what_a_relative_had_is_no_suspicion_about_the_patient(text):
    assert read_notes(text).suspected is None


@pytest.mark.parametrize("text", NOT_FAMILY)
def test_what_others_had_or_is_denied_or_feared_is_no_melanoma_in_the_family(text):
    assert read_notes(text).family_melanoma is None


@pytest.mark.parametrize("text", EARLIER)
def test_an_earlier_cancer_of_the_patient_is_read(text):
    told = read_notes(text).earlier_cancer
    assert told is not None
    assert text[told.start : told.end] == told.text


@pytest.mark.parametrize("text", NOT_EARLIER)
def test_what_is_denied_or_feared_or_another_s_is_no_earlier_cancer(text):
    assert read_notes(text).earlier_cancer is None


@pytest.mark.parametrize("text", WEAK_IMMUNITY)
def test_a_weakened_immune_system_is_read(text):
    told = read_notes(text).weak_immunity
    assert told is not None
    assert text[told.start : told.end] == told.text


@pytest.mark.parametrize("text", NOT_WEAK)
def test_what_others_take_or_is_past_denied_or_on_the_skin_weakens_nobody(text):
    assert read_notes(text).weak_immunity is None


@pytest.mark.parametrize(
    "text",
    [
        "My mum is a nurse. My doctor said it is melanoma",
        "My husband drove me to the GP and it was diagnosed as melanoma",
        "My dad had melanoma and my GP thinks mine is melanoma",
        "my wife's doctor said it is a melanoma",
    ],
)
def test_the_suspicion_of_a_clinician_stands_beside_relatives(text):
    assert read_notes(text).suspected is not None


def reasons(notes, patient=None):
    found = prioritise(
        finding=None, answers=Answers(notes=notes), patient=patient or PatientRisk(),
        submitted_at=NOW, now=NOW,
    )  # fmt: skip
    return {reason.code: reason for reason in found.reasons}


@pytest.mark.parametrize(
    ("ticked", "words"),
    [
        (None, "Melanoma in the family: the notes say ‘dad had melanoma’"),
        (False, "Melanoma in the family: ticked no, but the notes say ‘dad had melanoma’"),
        (True, "Melanoma in the family"),
    ],
)
def test_what_the_notes_tell_of_the_family_counts_and_is_pointed_out(ticked, words):
    told = reasons("My dad had melanoma", PatientRisk(family_melanoma=ticked))["family_melanoma"]
    assert told.text == words
    assert told.points == 30


def test_an_earlier_cancer_in_the_notes_counts_and_is_pointed_out():
    told = reasons("I had a melanoma removed", PatientRisk(previous_skin_cancer=False))
    assert told["previous_skin_cancer"].text == (
        "Earlier skin cancer: ticked no, but the notes say ‘had a melanoma removed’"
    )
    assert told["previous_skin_cancer"].points == 40


def test_a_weakened_immune_system_in_the_notes_counts_and_is_pointed_out():
    told = reasons("I take methotrexate", PatientRisk(immunosuppressed=False))["immunosuppressed"]
    assert told.text == ("Weakened immune system: ticked no, but the notes say ‘methotrexate’")
    assert told.points == 40


def test_a_relative_s_melanoma_alone_makes_nothing_urgent():
    urgencies = {r.urgency for r in reasons("My dad was diagnosed with melanoma").values()}
    assert Urgency.URGENT_CANCER not in urgencies


def test_notes_without_a_word_of_it_leave_the_profile_as_it_is():
    assert "family_melanoma" in reasons(
        "no melanoma in my family", PatientRisk(family_melanoma=True)
    )
    assert not {"family_melanoma", "previous_skin_cancer"} & set(reasons("it itches"))


@pytest.mark.parametrize("piece", ["melanoma ", "my dad ", "my dad had melanoma and ", "aunt and "])
def test_the_longest_notes_are_read_in_no_time(piece):
    text = piece * (NOTES_LIMIT // len(piece)) + " melanoma"
    started = time.process_time()
    read_notes(text)
    assert time.process_time() - started < 0.5
