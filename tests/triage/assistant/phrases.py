"""What people may write to the assistant, and what there is to understand in it.

TUNED is what the assistant was made with (FOUND last), HELD_OUT what it was not: the second tells
how it will do on phrases that nobody thought of. The day of writing is 20 November 2026.
"""

from dataclasses import replace

from tests.triage.assistant.found import FOUND
from tests.triage.assistant.held_out import HELD_OUT as UNTOUCHED
from tests.triage.assistant.phrase import UNSURE, Phrase

__all__ = ["HELD_OUT", "PHRASES", "TUNED"]

YES_OR_NO = (
    Phrase("Yes.", "itch", {"itch": True}),
    Phrase("y", "itch", {"itch": True}),
    Phrase("Yes, a little bit", "itch", {"itch": True}),
    Phrase("yep", "grew", {"grew": True}),
    Phrase("I think so", "grew", {"grew": True}),
    Phrase("definitely", "changed", {"changed": True}),
    Phrase("it does", "hurt", {"hurt": True}),
    Phrase("it has", "bleed", {"bleed": True}),
    Phrase("sometimes", "bleed", {"bleed": True}),
    Phrase("just the once", "bleed", {"bleed": True}),
    Phrase("a tiny bit", "elevation", {"elevation": True}),
    Phrase("quite a lot actually", "itch", {"itch": True}),
    Phrase("yes it is", "irregular_shape", {"irregular_shape": True}),
    Phrase("no", "oozing", {"oozing": False}),
    Phrase("No!", "oozing", {"oozing": False}),
    Phrase("n", "oozing", {"oozing": False}),
    Phrase("Nope", "itch", {"itch": False}),
    Phrase("never", "bleed", {"bleed": False}),
    Phrase("not really", "hurt", {"hurt": False}),
    Phrase("not at all", "itch", {"itch": False}),
    Phrase("I don't think so", "grew", {"grew": False}),
    Phrase("it doesn't", "itch", {"itch": False}),
    Phrase("it hasn't", "grew", {"grew": False}),
    Phrase("no it isn't", "elevation", {"elevation": False}),
    Phrase("nothing like that", "oozing", {"oozing": False}),
    Phrase("not as far as I can tell", "changed", {"changed": False}),
    Phrase("none", "inflammation", {"inflammation": False}),
    Phrase("not sure", "grew", {"grew": UNSURE}),
    Phrase("I don't know", "changed", {"changed": UNSURE}),
    Phrase("idk", "changed", {"changed": UNSURE}),
    Phrase("no idea", "grew", {"grew": UNSURE}),
    Phrase("hard to say", "irregular_colour", {"irregular_colour": UNSURE}),
    Phrase("I can't see it", "irregular_shape", {"irregular_shape": UNSURE}),
    Phrase("perhaps, I am unsure", "irregular_shape", {"irregular_shape": UNSURE}),
    Phrase("can't remember", "duration_weeks", {"duration_weeks": UNSURE}),
    Phrase("no clue", "diameter_mm", {"diameter_mm": UNSURE}),
    Phrase("no but it did last week", "bleed", {"bleed": True}),
    Phrase("yes but not much", "hurt", {"hurt": True}),
    Phrase("no, never, only once when I shaved", "bleed", {"bleed": True}),
    Phrase("no not any of these", "signs", {"signs": False}),
    Phrase("none", "signs", {"signs": False}),
    Phrase("no nothing", "signs", {"signs": False}),
    Phrase("yes", "signs", {"signs": True}),
    Phrase("I do not know", "signs", {"signs": UNSURE}),
    Phrase("yes, one of them", "signs", {"signs": True}),
    Phrase("yes I have", "fever_with_spreading_rash", {"fever_with_spreading_rash": True}),
    Phrase("no", "over_half_body", {"over_half_body": False}),
)

DENIED = (
    Phrase("no bleeding", "story", {"bleed": False}),
    Phrase("hasn't grown", "story", {"grew": False}),
    Phrase("hasnt grown", "itch", {"grew": False}),
    Phrase("neither itchy nor sore", "story", {"itch": False, "hurt": False}),
    Phrase(
        "it does not itch, hurt or bleed", "story", {"itch": False, "hurt": False, "bleed": False}
    ),
    Phrase("no bleeding and no itching", "bleed", {"bleed": False, "itch": False}),
    Phrase("no, it doesn't itch", "itch", {"itch": False}),
    Phrase("no it has never bled", "bleed", {"bleed": False}),
    Phrase("no change at all", "changed", {"changed": False}),
    Phrase("it is not raised", "elevation", {"elevation": False}),
    Phrase("it isn't a lump, it's flat", "elevation", {"elevation": False}),
    Phrase("completely flat", "story", {"elevation": False}),
    Phrase("level with the skin", "elevation", {"elevation": False}),
    Phrase("it's perfectly round", "irregular_shape", {"irregular_shape": False}),
    Phrase("the edge is even and both halves match", "irregular_shape", {"irregular_shape": False}),
    Phrase("not uneven", "irregular_shape", {"irregular_shape": False}),
    Phrase("just brown", "irregular_colour", {"irregular_colour": False}),
    Phrase("the same colour all over", "irregular_colour", {"irregular_colour": False}),
    Phrase("only one color", "irregular_colour", {"irregular_colour": False}),
    Phrase("not swollen", "inflammation", {"inflammation": False}),
    Phrase("no redness or swelling around it", "inflammation", {"inflammation": False}),
    Phrase("it is not red around the edge", "inflammation", {"inflammation": False}),
    Phrase("no crust and nothing comes out", "oozing", {"oozing": False}),
    Phrase("it's dry", "oozing", {"oozing": False}),
    Phrase("feels the same as always", "sensation_change", {"sensation_change": False}),
    Phrase("no numbness or tingling", "sensation_change", {"sensation_change": False}),
    Phrase("It doesn't hurt any more than usual", "hurt", {"hurt": True}),
    Phrase(
        "it has not got any bigger and it has not changed",
        "story",
        {"grew": False, "changed": False},
    ),
    Phrase("it's not painful but it does itch", "story", {"hurt": False, "itch": True}),
    Phrase("no itch but it bled twice", "story", {"itch": False, "bleed": True}),
    Phrase("not itchy", "bleed", {"itch": False}),
    Phrase("I haven't seen any blood", "story", {"bleed": False}),
    Phrase("stayed the same size", "grew", {"grew": False}),
    Phrase("it's the same as it always was", "changed", {"changed": False}),
)

DOUBLY_DENIED = (
    Phrase("it's not that it doesn't itch", "itch", {"itch": True}),
    Phrase("I can't say it never bleeds", "bleed", {"bleed": True}),
    Phrase("it isn't painless", "hurt", {"hurt": True}),
    Phrase("not without pain", "hurt", {"hurt": True}),
    Phrase("it's not not growing", "grew", {"grew": True}),
    Phrase("it never stops itching", "itch", {"itch": True}),
    Phrase("not only itchy but sore as well", "story", {"itch": True, "hurt": True}),
)

MISSPELT = (
    Phrase("it bleads sometimes", "bleed", {"bleed": True}),
    Phrase("bleding", "story", {"bleed": True}),
    Phrase("no bleedng", "story", {"bleed": False}),
    Phrase("itchey and soar", "story", {"itch": True}),
    Phrase("its iching", "itch", {"itch": True}),
    Phrase("has gron a lot", "grew", {"grew": True}),
    Phrase("it has chnaged", "changed", {"changed": True}),
    Phrase("painfull", "story", {"hurt": True}),
    Phrase("its swolen", "inflammation", {"inflammation": True}),
    Phrase("raisd", "elevation", {"elevation": True}),
    Phrase("iregular edges", "irregular_shape", {"irregular_shape": True}),
    Phrase("diffrent colours", "irregular_colour", {"irregular_colour": True}),
    Phrase("on my sholder", "body_site", {"body_site": "shoulder"}),
    Phrase("left forarm", "body_site", {"body_site": "forearm", "side": "left"}),
    Phrase("on my stomache", "body_site", {"body_site": "abdomen"}),
    Phrase("rigth hand", "body_site", {"body_site": "hand", "side": "right"}),
    Phrase("three moths", "duration_weeks", {"duration_weeks": 13}),
    Phrase("about 2 yeras", "duration_weeks", {"duration_weeks": 104}),
    Phrase("10 milimeters", "diameter_mm", {"diameter_mm": 10}),
    Phrase("yess", "itch", {"itch": True}),
    Phrase("im not shure", "itch", {"itch": UNSURE}),
    Phrase("nto sure", "itch", {"itch": UNSURE}),
    Phrase("it doesnt ich", "itch", {}),
    Phrase("crusty and ozing", "story", {"oozing": True}),
)

WHERE = (
    Phrase("on my back", "body_site", {"body_site": "back"}),
    Phrase("my upper back, on the left", "body_site", {"body_site": "back", "side": "left"}),
    Phrase("left forearm", "story", {"body_site": "forearm", "side": "left"}),
    Phrase("on the back of my hand", "body_site", {"body_site": "hand"}),
    Phrase("the back of my neck", "body_site", {"body_site": "neck"}),
    Phrase("on my face near the nose", "body_site", {"body_site": "face"}),
    Phrase("right upper arm", "body_site", {"body_site": "arm", "side": "right"}),
    Phrase("my arm", "body_site", {"body_site": "arm"}),
    Phrase("shin", "body_site", {"body_site": "lower_leg"}),
    Phrase("left calf", "body_site", {"body_site": "lower_leg", "side": "left"}),
    Phrase("my right ankle", "body_site", {"body_site": "foot", "side": "right"}),
    Phrase("on my belly", "body_site", {"body_site": "abdomen"}),
    Phrase("between my breasts", "body_site", {"body_site": "chest"}),
    Phrase("forehead", "body_site", {"body_site": "face"}),
    Phrase("my left earlobe", "body_site", {"body_site": "ear", "side": "left"}),
    Phrase("upper lip", "body_site", {"body_site": "lip"}),
    Phrase("lower eyelid, right eye", "body_site", {"body_site": "eyelid", "side": "right"}),
    Phrase("on my bum", "body_site", {"body_site": "buttock"}),
    Phrase("on my penis", "body_site", {"body_site": "genital"}),
    Phrase("big toenail", "body_site", {"body_site": "nail"}),
    Phrase("in my scalp under the hair", "body_site", {"body_site": "scalp"}),
    Phrase("left", "side", {"side": "left"}),
    Phrase("the right one", "side", {"side": "right"}),
    Phrase("right in the middle", "side", {"side": "middle"}),
    Phrase("both sides", "side", {}),
    Phrase("all right", "body_site", {}),
    Phrase("it came back", "story", {}),
    Phrase("on the other hand it looks fine", "story", {}),
    Phrase("I left it alone", "story", {}),
)

HOW_LONG = (
    Phrase("since spring", "duration_weeks", {"duration_weeks": 37}),
    Phrase("a couple of months", "duration_weeks", {"duration_weeks": 8}),
    Phrase("3 wks", "duration_weeks", {"duration_weeks": 3}),
    Phrase("3 months ago", "duration_weeks", {"duration_weeks": 13}),
    Phrase("all my life", "duration_weeks", {"duration_weeks": 520}),
    Phrase("since I was little", "duration_weeks", {"duration_weeks": 520}),
    Phrase("since last summer", "duration_weeks", {"duration_weeks": 24}),
    Phrase("6", "duration_weeks", {}),
    Phrase("ages", "duration_weeks", {}),
    Phrase("a year and a half", "duration_weeks", {"duration_weeks": 78}),
    Phrase("half a year", "duration_weeks", {"duration_weeks": 26}),
    Phrase("two or three weeks", "duration_weeks", {"duration_weeks": 3}),
    Phrase("I noticed it 10 days ago", "duration_weeks", {"duration_weeks": 1}),
    Phrase("since yesterday", "duration_weeks", {"duration_weeks": 0}),
    Phrase("a month", "duration_weeks", {"duration_weeks": 4}),
    Phrase("years", "duration_weeks", {"duration_weeks": 104}),
    Phrase("at least 20 years", "duration_weeks", {"duration_weeks": 1040}),
    Phrase("since 2024", "duration_weeks", {"duration_weeks": 124}),
    Phrase("since June", "duration_weeks", {"duration_weeks": 24}),
    Phrase("last month", "duration_weeks", {"duration_weeks": 4}),
    Phrase("I am 64 years old", "story", {}),
    Phrase("it is 5 weeks old", "duration_weeks", {"duration_weeks": 5}),
)

HOW_WIDE = (
    Phrase("as big as a pea", "diameter_mm", {"diameter_mm": 7}),
    Phrase("1 cm", "diameter_mm", {"diameter_mm": 10}),
    Phrase("7mm", "diameter_mm", {"diameter_mm": 7}),
    Phrase("about the size of a grain of rice", "diameter_mm", {"diameter_mm": 6}),
    Phrase("smaller than a pea", "diameter_mm", {}),
    Phrase("like a pinhead", "diameter_mm", {"diameter_mm": 2}),
    Phrase("the size of a penny", "story", {"diameter_mm": 20}),
    Phrase("a bit bigger than a pea", "diameter_mm", {"diameter_mm": 7}),
    Phrase("half a centimetre", "diameter_mm", {"diameter_mm": 5}),
    Phrase("pencil rubber", "diameter_mm", {"diameter_mm": 6}),
    Phrase("size of a pound coin", "diameter_mm", {"diameter_mm": 23}),
    Phrase("6 or 7 millimetres", "diameter_mm", {"diameter_mm": 7}),
    Phrase("tiny", "diameter_mm", {}),
    Phrase("I ate a pea", "story", {}),
    Phrase("golf ball", "diameter_mm", {"diameter_mm": 43}),
)

LOOKS = (
    Phrase("it is raised", "story", {"elevation": True}),
    Phrase("a small bump", "elevation", {"elevation": True}),
    Phrase("the edges are ragged", "story", {"irregular_shape": True}),
    Phrase("one half is different from the other", "irregular_shape", {"irregular_shape": True}),
    Phrase("it's lopsided", "irregular_shape", {"irregular_shape": True}),
    Phrase("brown and black", "irregular_colour", {"irregular_colour": True}),
    Phrase("it has two different browns", "irregular_colour", {"irregular_colour": True}),
    Phrase("several shades", "story", {"irregular_colour": True}),
    Phrase("red and swollen", "inflammation", {"inflammation": True}),
    Phrase("there is a red ring round it", "story", {"inflammation": True}),
    Phrase("it is inflamed", "story", {"inflammation": True}),
    Phrase("it tingles", "sensation_change", {"sensation_change": True}),
    Phrase("feels odd", "sensation_change", {"sensation_change": True}),
    Phrase("scabs over and comes back", "oozing", {"oozing": True}),
    Phrase("yellow stuff comes out", "oozing", {"oozing": True}),
)

SEVERAL = (
    Phrase(
        "mole on my left calf, itchy, growing since March, about 8 mm",
        "story",
        {
            "body_site": "lower_leg",
            "side": "left",
            "itch": True,
            "grew": True,
            "duration_weeks": 37,
            "diameter_mm": 8,
        },
    ),
    Phrase(
        "I have a flat brown spot on my right cheek for 2 years. It has not changed.",
        "story",
        {
            "elevation": False,
            "body_site": "face",
            "side": "right",
            "duration_weeks": 104,
            "changed": False,
        },
    ),
    Phrase("Yes and it hurts as well", "itch", {"itch": True, "hurt": True}),
    Phrase("No but it itches", "bleed", {"bleed": False, "itch": True}),
    Phrase("It's on my chest and it bleeds", "itch", {"body_site": "chest", "bleed": True}),
    Phrase(
        "It has grown, it's changed colour and the edge is uneven",
        "story",
        {"grew": True, "changed": True, "irregular_shape": True},
    ),
    Phrase(
        "3 months, 1 cm wide, on the neck",
        "story",
        {"duration_weeks": 13, "diameter_mm": 10, "body_site": "neck"},
    ),
    Phrase(
        "A raised lump on my scalp which weeps and is sore",
        "story",
        {"elevation": True, "body_site": "scalp", "oozing": True, "hurt": True},
    ),
)

EMERGENCIES = (
    Phrase(
        "I have a high fever and a red rash all over my body",
        "story",
        {"fever_with_spreading_rash": True, "over_half_body": True},
    ),
    Phrase("my skin is peeling off", "itch", {"mucosal_or_blistering": True}),
    Phrase(
        "there are sores in my mouth and eyes",
        "story",
        {"mucosal_or_blistering": True, "body_site": "eyelid"},
    ),
    Phrase(
        "the skin has turned black and is dead",
        "grew",
        {"black_or_dead_skin": True, "changed": True},
    ),
    Phrase("it won't stop bleeding", "bleed", {"bleed": True, "bleeding_not_stopping": True}),
    Phrase("a temperature of 39 and a rash", "story", {"fever_with_spreading_rash": True}),
    Phrase("it stopped bleeding", "bleed", {"bleed": True}),
    Phrase("I have no fever", "story", {}),
)

SHORT_OF_IT = (
    Phrase("I haven't measured it", "grew", {}),
    Phrase("it did once", "bleed", {"bleed": True}),
    Phrase("it's about the same", "grew", {"grew": False}),
    Phrase("it used to be lighter", "changed", {"changed": True}),
    Phrase("it looks different now", "changed", {"changed": True}),
    Phrase("the edges are blurry", "irregular_shape", {"irregular_shape": True}),
    Phrase("the left hand side", "side", {"side": "left"}),
    Phrase("spot on back", "story", {"body_site": "back"}),
    Phrase("bigger than my thumbnail", "diameter_mm", {"diameter_mm": 15}),
    Phrase("ever since I can remember", "duration_weeks", {"duration_weeks": 520}),
    Phrase("forever", "duration_weeks", {"duration_weeks": 520}),
    Phrase("I have a question", "signs", {}),
    Phrase("nope all good", "signs", {"signs": False}),
    Phrase("a scaly patch on my forehead", "story", {"body_site": "face"}),
    Phrase("2 inches", "diameter_mm", {"diameter_mm": 51}),
)

NOTHING = (
    Phrase("", "itch", {}),
    Phrase("hello", "itch", {}),
    Phrase("...", "bleed", {}),
    Phrase("ok", "story", {}),
    Phrase("I take blood thinners", "itch", {}),
    Phrase("I changed my soap", "grew", {}),
    Phrase("I grew up in Australia", "itch", {}),
    Phrase("how soon will I get an answer?", "itch", {}),
    Phrase("Does basal cell carcinoma bleed?", "itch", {}),
    Phrase("is eczema catching", "grew", {}),
    Phrase("I will come back if it bleeds", "itch", {}),
    Phrase("lorem ipsum dolor sit amet", "body_site", {}),
    Phrase("42", "itch", {}),
    Phrase("🙂", "itch", {}),
    Phrase("I have had a long day at work", "itch", {}),
    Phrase("my dog has an itchy ear", "story", {}),
    Phrase("es juckt und blutet", "itch", {}),
    Phrase("ich", "itch", {}),
    Phrase("Ich habe einen dunklen Fleck am Arm, er blutet seit 3 Monaten", "story", {}),
    Phrase("Mein Muttermal ist größer und juckt", "changed", {}),
    Phrase("J'ai une tache sur le bras depuis 3 mois", "story", {}),
    Phrase("No tengo fiebre, tengo una mancha en la mano", "signs", {}),
    Phrase("my name is Rose Brown", "story", {}),
)  # fmt: skip

GREETED = (
    Phrase("hi", "signs", {}),
    Phrase("Hello, no", "itch", {"itch": False}),
    Phrase("Good morning. Yes.", "itch", {"itch": True}),
    Phrase(
        "hi, no none of those. I have a brown mole on my left arm, for 2 years",
        "signs",
        {"signs": False, "body_site": "arm", "side": "left", "duration_weeks": 104},
    ),
    Phrase(
        "Hello! No, none of those. It bled only once, I'm not sure when",
        "signs",
        {"signs": False, "bleed": True},
    ),
    Phrase(
        "No. A mole on my back, not sure how long", "signs", {"signs": False, "body_site": "back"}
    ),
    Phrase("none of those except the fever", "signs", {"signs": True}),
    Phrase(
        "no, but I have a rash all over my body", "signs", {"signs": False, "over_half_body": True}
    ),
)

BACKGROUND = (
    Phrase("My dad had melanoma", "story", {"family_melanoma": True}),
    Phrase("my mum had melanoma", "itch", {"family_melanoma": True}),
    Phrase("my dad died of melanoma", "signs", {"family_melanoma": True}),
    Phrase("my sister was treated for melenoma", "story", {"family_melanoma": True}),
    Phrase("melanoma runs in my family", "story", {"family_melanoma": True}),
    Phrase("My dad had melanoma and my mole is growing", "story",
           {"family_melanoma": True, "grew": True}),
    Phrase("My brother had melanoma, should I worry?", "itch", {"family_melanoma": True}),
    Phrase("no melanoma in my family", "itch", {}),
    Phrase("my dad does not have melanoma", "story", {}),
    Phrase("my cousin had melanoma", "story", {}),
    Phrase("my neighbour died of melanoma", "story", {}),
    Phrase("does melanoma run in families?", "story", {}),
    Phrase("I had a melanoma removed", "bleed", {"previous_skin_cancer": True}),
    Phrase("I had skin cancer on my nose before", "story",
           {"previous_skin_cancer": True, "body_site": "nose"}),
    Phrase("I have never had skin cancer", "story", {}),
)  # fmt: skip

TUNED = (
    *YES_OR_NO, *DENIED, *DOUBLY_DENIED, *MISSPELT, *WHERE, *HOW_LONG, *HOW_WIDE, *LOOKS, *SEVERAL,
    *EMERGENCIES, *SHORT_OF_IT, *NOTHING, *GREETED, *BACKGROUND, *FOUND,
)  # fmt: skip
HELD_OUT = tuple(replace(phrase, held_out=True) for phrase in UNTOUCHED)
PHRASES = TUNED + HELD_OUT
