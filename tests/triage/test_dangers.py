"""Trouble breathing and self-harm in free text: what tells of them, what only sounds so."""

import time
from datetime import UTC, datetime

import pytest

from triage.dangers import AIRWAY, SELF_HARM
from triage.notes import NOTES_LIMIT, read_notes
from triage.priority import Urgency, is_emergency, prioritise
from triage.reasons import PatientRisk
from triage.rules import DEFAULT
from triage.symptoms import Answers

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NO_AIR = """\
My face is swelling and I can't breathe after a bee sting
I have trouble breathing and hives all over
My tongue is swollen and I can't swallow
I can not breathe
I cant breath
I can't properly breathe
I can hardly breathe
it is hard to breathe
I am short of breath and itchy
breathing is getting difficult
my breath is short
I'm struggling to breathe
difficulty breathing since I took the tablets
I have not been able to breathe properly
no fever but I have trouble breathing
I can't get enough air
gasping for air
wheezing after a wasp sting
my throat is closing up
my throat feels tight
my lips suddenly swelled up
my face has swollen up after the antibiotic
My lips are swollen and I have trouble swallowing
My lips are swollen. I have difficulty swallowing.
my lips and eyes are swelling
swelling of the tongue
I think I am having an anaphylactic reaction
my tounge is swollen""".splitlines()
HARM = """\
I want to kill myself because of my acne
The itch is so bad that I could kill myself
I don't know if I want to kill myself
I can't stop thinking about killing myself
I am suicidal
I have suicidal thoughts
roaccutane gave me suicidal thoughts
thinking of suicide
I want to end my life
I am going to take my own life
I want to end it all
I don't want to live any more
I do not want to live like this
I no longer want to live
no reason to live
I have nothing to live for
life is not worth living
I can't live like this
I can't go on living
I don't want to be here any more
I would rather be dead
I'm going to hurt myself
I have been cutting myself
I took an overdose
I want to die
I wish I was dead
I'd be better off dead
I hurt myself on purpose
I want to hurt myself
I keep harming myself
I self-harm because of it
I want to kms
thinking of unaliving myself
I think about killing my self
took an overdose""".splitlines()
QUIET = """\
no trouble breathing
Trouble breathing: no
breathing: no problem
I can breathe fine
I can breathe and swallow without difficulty
I have no fever or trouble breathing
I can't breathe through my nose
my skin can't breathe under the plaster
let the skin breathe
the wound needs air
no air gets to the wound
I get out of breath on the stairs
I have asthma and wheeze
my problem is bad breath
I hold my breath until you answer
it took my breath away
I had an anaphylactic shock in 2019
I carry an epipen for anaphylaxis
no swelling of my face or tongue
my tongue is not swollen
my lips are dry and slightly swollen
there is a swelling on my lip
the mole on my face is swelling
the skin on my face is swollen and red
swollen glands in my throat
sore throat
the skin on my throat feels tight
The mole is hard and I breathe fine
my ankle is swollen
the swelling around it is hard
this itch is killing me
I would die of embarrassment
I want to die of embarrassment
I'm dying to know
I don't want to die
I am not suicidal
no suicidal thoughts
I don't want to kill myself
I would never kill myself
my brother committed suicide
I read that roaccutane can cause suicidal thoughts
I cut myself shaving
I hurt myself on a door
I treated it myself with a cream
I keep cutting myself when shaving
I burned myself on the oven
I can't live without my cream
I'd rather die than wear shorts
nothing here any more
there is no mole here any more
I took an overdose of sun
I don't want to live with this spot
I live alone
it is ruining my life
I have had it all my life
I wish it was dead
dead skin comes off
scars from self-harm years ago
I walk 10 kms a day
I don't want to kms
I treated it my self
this acne is killing my self-esteem
it is harming my self confidence
I walk just kms from here
can one overdose when vitamin D was taken""".splitlines()


@pytest.mark.parametrize(
    ("text", "name"), [*((t, AIRWAY) for t in NO_AIR), *((t, SELF_HARM) for t in HARM)]
)
def test_a_danger_is_read_with_its_words_and_is_an_emergency(text, name):
    (told,) = read_notes(text).dangers
    assert told.name == name
    assert text[told.start : told.end] == told.text
    assert is_emergency(Answers(notes=text))


@pytest.mark.parametrize("text", QUIET)
def test_what_is_denied_or_only_sounds_alike_is_no_danger(text):
    assert read_notes(text).dangers == ()
    assert not is_emergency(Answers(notes=text))


def test_a_danger_beside_another_language_is_read_too():
    assert is_emergency(Answers(notes="Ich habe einen Fleck auf der Haut. I can't breathe."))


def reasons(answers):
    found = prioritise(
        finding=None, answers=answers, patient=PatientRisk(), submitted_at=NOW, now=NOW
    )
    return found, {reason.code: reason for reason in found.reasons}


@pytest.mark.parametrize(
    ("notes", "code", "words"),
    [
        (
            "Since the sting I can't breathe.", "red_flag_airway",
            "Emergency sign: trouble breathing, or a swollen face, tongue or throat: "
            "the notes say ‘can't breathe’",
        ),
        (
            "I want to kill myself.", "red_flag_self_harm",
            "Emergency sign: thoughts of self-harm: the notes say ‘kill myself’",
        ),
    ],
)  # fmt: skip
def test_staff_read_the_patients_words_as_the_first_reason(notes, code, words):
    priority, by_code = reasons(Answers(notes=notes))
    assert priority.urgency is Urgency.EMERGENCY
    assert priority.reasons[0].code == code
    assert by_code[code].text == words
    assert by_code[code].points == DEFAULT.red_flag_points


def test_every_sign_and_danger_at_once_give_no_more_points_than_there_may_be():
    everything = Answers(
        fever_with_spreading_rash=True, mucosal_or_blistering=True, black_or_dead_skin=True,
        over_half_body=True, bleeding_not_stopping=True,
        notes="I can't breathe and I want to die",
    )  # fmt: skip
    _, by_code = reasons(everything)
    flags = [reason for code, reason in by_code.items() if code.startswith("red_flag_")]
    assert len(flags) == 7
    assert sum(reason.points for reason in flags) == 5 * DEFAULT.red_flag_points


@pytest.mark.parametrize("piece", ["swollen lips breath ", "want to live myself ", "can't air "])
def test_the_longest_notes_are_read_in_no_time(piece):
    started = time.process_time()
    read_notes(piece * (NOTES_LIMIT // len(piece)))
    assert time.process_time() - started < 0.5
