"""Texts that a dermatologist starts from, for each outcome; every one is edited before signing.

The clinic may put its own in their place (triage/rulebook.py). By code of ReviewOutcome.

Safety-netting follows NICE NG12 (recommendation 1.15): what to look for, what to do then, and when.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class StandardText:
    advice: str  # to the patient: what was seen, what happens next
    safety_net: str  # what to look out for, and what to do then


_LOOK_OUT = (
    "Look at it once a month, for example with a photo beside a coin. Send new photos or see a "
    "doctor within a week if it grows, changes in shape or colour, bleeds, or does not heal."
)

STANDARD_TEXTS = {
    "discharge": StandardText(
        "Your photos show a harmless change of the skin. It needs no treatment and no appointment.",
        _LOOK_OUT,
    ),
    "self_care": StandardText(
        "You can look after this yourself, and a pharmacist can help you. It needs no appointment.",
        "See a doctor if it is no better after four weeks. See one sooner if it spreads, hurts, "
        "bleeds or weeps, or if you have a fever.",
    ),
    "routine": StandardText(
        "We would like to see this in clinic. It is not urgent. You will get an appointment by "
        "letter or phone.",
        "Tell us at once, and do not wait for the appointment, if it grows fast, bleeds or changes "
        "in colour. Call us if you have no appointment after six weeks.",
    ),
    "urgent": StandardText(
        "A skin specialist should see this soon, usually within two weeks. It may be a skin cancer "
        "and we want to be sure. Many people who are seen this fast do not have cancer.",
        "Call us if you have no appointment after one week. Go to an emergency department if it "
        "bleeds and ten minutes of firm pressure do not stop it.",
    ),
    "emergency": StandardText(
        "This needs to be seen today. Go to the nearest emergency department now and show them "
        "this answer.",
        "Call 999 (112 in Europe) if you feel faint or confused, find it hard to breathe, or get "
        "worse on the way.",
    ),
    "photos_again": StandardText(
        "We could not judge this from the photos. Please send new ones: in daylight, sharp, one "
        "from an arm's length and one from 15 cm away.",
        "Do not wait for new photos if it grows, bleeds or changes: see a doctor at once.",
    ),
}
