"""The assistant's words: each question in three ways, the buttons, what was noted, the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from triage.assistant.dialogue import TRIES, Talk
from triage.assistant.understanding import (
    EARLIER,
    FAMILY,
    IMMUNITY,
    RED_FLAGS,
    SIDE,
    SIGNS,
    SITE,
    STORY,
    UNSURE,
    Value,
)
from triage.priority import Priority
from triage.reasons import Reason
from triage.symptoms import question

# question: first asked, then in other words
_ASKED = {
    SIGNS: (
        _("Is any of these happening to you now?"),
        _("Before anything else I must know: is any one of these happening to you now?"),
    ),
    STORY: (
        _("Tell me about the spot in your own words: where it is, how long you have had it, "
              "how big it is, and what has changed."),
        _("A sentence is enough, such as: a brown mole on my left arm, for two years, and it "
              "has got bigger since spring."),
    ),
    SITE: (
        _("Where on your body is it?"),
        _("Which part of your body is it on? For example: back, left cheek, right shin."),
    ),
    SIDE: (
        _("Which side is it on?"),
        _("Is it on the left, on the right, or in the middle?"),
    ),
    "duration_weeks": (
        _("How long have you had it?"),
        _("Roughly how long has it been there? For example: 3 weeks, since spring, 10 years."),
    ),
    "diameter_mm": (
        _("How wide is it, at its widest?"),
        _("Roughly how wide is it? For example: 5 mm, 1 cm, as big as a pea."),
    ),
}  # fmt: skip
_IN_OTHER_WORDS = {
    "grew": _("Compared with some months ago, is it bigger or thicker now?"),
    "changed": _("Has it got darker or lighter, or has its outline become different?"),
    "bleed": _("Have you ever seen blood on it, or on a towel or your clothes?"),
    "itch": _("Do you feel like scratching it?"),
    "hurt": _("Is it sore, tender or burning, at rest or when touched?"),
    "elevation": _("Does it stick up from the skin, or is it flat?"),
    "irregular_shape": _("If you folded it in the middle, would the halves be different?"),
    "irregular_colour": _("Can you see two or more colours in it, such as brown and black?"),
    "inflammation": _("Is there redness or swelling around it?"),
    "oozing": _("Does fluid come out of it, or does it form a crust?"),
    "sensation_change": _("Is it numb, or does it tingle or prickle?"),
}
_BUTTONS = {
    "yes": _("Yes"), "no": _("No"), UNSURE: _("Not sure"),
    "left": _("Left"), "right": _("Right"), "middle": _("Middle"),
    "skip": _("Ask me instead"),
    "days": _("Less than 4 weeks"), "weeks": _("1 to 3 months"),
    "months": _("3 to 12 months"), "year": _("1 to 2 years"),
    "years": _("Longer than 2 years"),
    "small": _("Less than 7 mm"), "pea": _("7 mm to 1 cm"), "coin": _("1 to 2 cm"),
    "large": _("More than 2 cm"),
}  # fmt: skip
# fact: where it is so, where it is not
_NOTED = {
    "itch": (_("it itches"), _("it does not itch")),
    "bleed": (_("it has bled"), _("it has not bled")),
    "grew": (_("it has grown"), _("it has not grown")),
    "changed": (_("it has changed in shape or colour"), _("it looks as it did before")),
    "hurt": (_("it hurts"), _("it does not hurt")),
    "elevation": (_("it is raised"), _("it is flat")),
    "irregular_shape": (_("its shape is uneven"), _("its shape is even")),
    "irregular_colour": (_("it has more than one colour"), _("it has one colour")),
    "inflammation": (
        _("the skin around it is red or swollen"),
        _("the skin around it is not red or swollen"),
    ),
    "oozing": (_("it weeps or crusts"), _("it does not weep or crust")),
    "sensation_change": (_("it feels different"), _("it feels as before")),
    "family_melanoma": (_("there is melanoma in your family"), ""),
    "previous_skin_cancer": (_("you have had a skin cancer before"), ""),
    "immunosuppression": (_("your immune system is weakened"), ""),
}  # fmt: skip
_SIGNS = {
    "fever_with_spreading_rash": _("a fever and a rash or redness that is spreading fast"),
    "mucosal_or_blistering": _(
        "new sores in the mouth, eyes or genitals, or skin that blisters or peels"
    ),
    "black_or_dead_skin": _(
        "skin that has turned black or looks dead, or is very painful and spreading"
    ),
    "over_half_body": _("a rash or redness over more than half of your body"),
    "bleeding_not_stopping": _("bleeding that has not stopped after 10 minutes of firm pressure"),
    "airway": _("trouble breathing, or a swollen face, tongue or throat"),
    "self_harm": _("thoughts of harming yourself"),
}
# reason: what is told of it, and the facts it rests on
_REASONS: Mapping[str, tuple[object, tuple[str, ...]]] = {
    "checklist_size": (_("it has grown"), ("grew",)),
    "checklist_shape": (_("its shape is uneven"), ("irregular_shape",)),
    "checklist_colour": (_("it has more than one colour"), ("irregular_colour",)),
    "checklist_shape_or_colour": (_("it has changed in shape or colour"), ("changed",)),
    "checklist_inflammation": (_("the skin around it is red or swollen"), ("inflammation",)),
    "checklist_oozing": (_("it has bled, or weeps or crusts"), ("bleed", "oozing")),
    "checklist_sensation": (
        _("it itches, hurts or feels different"), ("itch", "hurt", "sensation_change"),
    ),
    "checklist_diameter": (_("it is 7 mm wide or more"), ("diameter_mm",)),
    "seven_point": (
        _("several signs on the checklist for skin cancer are there together"), (),
    ),
    "raised_and_growing": (_("it is raised and growing"), ("elevation", "grew")),
    "not_healing": (
        _("it bleeds or weeps and has not healed in four weeks"), ("bleed", "oozing"),
    ),
    "nail_change": (_("it is a nail that changes, or has a dark stripe"), (SITE,)),
    "palm_or_sole_change": (_("it is on a palm or sole and is changing"), (SITE,)),
    "suspected_elsewhere": (_("another clinician thinks of skin cancer"), ()),
    "red_flag_unsure": (_("you were not sure about the emergency signs"), ()),
    "unscored": (_("nobody has looked at it yet, so it cannot be said that it can wait"), ()),
    "notes_unreadable": (_("I could not read all that you wrote"), ()),
    "previous_skin_cancer": (_("you have had a skin cancer before"), (EARLIER,)),
    "immunosuppressed": (_("your immune system is weakened"), (IMMUNITY,)),
    "family_melanoma": (_("there is melanoma in your family"), (FAMILY,)),
    "fair_skin": (_("your skin is fair and burns easily"), ()),
    "age": (_("skin cancers are more common at your age"), ()),
}  # fmt: skip


def signs() -> list[str]:
    """The emergency signs, as a list to read."""
    return [str(_SIGNS[name]) for name in RED_FLAGS]


def ask(name: str, tries: int) -> str:
    """The question, worded for the time it is asked."""
    if name in _ASKED:
        return str(_ASKED[name][min(tries, len(_ASKED[name])) - 1])
    if tries == 1 or name not in _IN_OTHER_WORDS:
        return f"{question(name).text} {question(name).help}".strip()
    return str(_IN_OTHER_WORDS[name])


def lost(name: str, tries: int) -> str:
    """That an answer was not understood, and how to give it."""
    if not name:
        return gettext(
            "I did not understand that. You can ask about a skin condition, or add something."
        )
    if name == STORY:
        return gettext("I did not find anything in that about the spot. Let me ask in other words.")
    if tries == TRIES - 1:
        return gettext("I still do not understand. Please choose one of the answers below.")
    return gettext("I did not understand that. Let me ask in other words.")


def button(code: str) -> str:
    return str(_BUTTONS[code])


def noted(facts: Mapping[str, Value], site_names: Mapping[str, str]) -> list[str]:
    """The facts of one answer, as the assistant understood them."""
    return [text for name, value in facts.items() if (text := _noted(name, value, site_names))]


def _noted(name: str, value: Value, site_names: Mapping[str, str]) -> str:
    if value == UNSURE:
        return (
            gettext("not sure")
            if name in (SIGNS, STORY)
            else f"{_subject(name)}: {gettext('not sure')}"
        )
    if name in (SITE, SIDE):
        return _in_a_sentence(str(site_names.get(str(value), value)))
    if name == "duration_weeks":
        return _for_how_long(int(value))
    if name == "diameter_mm":
        return gettext("about %(width)s mm wide") % {"width": f"{float(value):g}"}
    if name in _SIGNS:
        return str(_SIGNS[name]) if value else ""
    return str(_NOTED[name][0 if value else 1]) if name in _NOTED else ""


def _in_a_sentence(name: str) -> str:
    """English writes the name of a place on the body small there; German does not."""
    return name.lower() if (get_language() or "en").startswith("en") else name


def _subject(name: str) -> str:
    texts = {
        SITE: gettext("where it is"),
        SIDE: gettext("the side"),
        "duration_weeks": gettext("how long"),
        "diameter_mm": gettext("how wide"),
    }
    return texts.get(name) or str(_SIGNS.get(name) or _NOTED[name][0])


def _for_how_long(weeks: int) -> str:
    if weeks < 1:
        return gettext("for some days")
    if weeks < 9:
        return ngettext("for %(n)d week", "for %(n)d weeks", weeks) % {"n": weeks}
    if weeks < 104:
        months = round(weeks * 12 / 52)
        return ngettext("for %(n)d month", "for %(n)d months", months) % {"n": months}
    years = weeks // 52
    return ngettext("for %(n)d year", "for %(n)d years", years) % {"n": years}


def reasons(priority: Priority, talk: Talk) -> list[tuple[str, str]]:
    """Why it is that urgent: each reason with the patient's own words, each of them quoted once.

    Reasons that only add points are told too: a clinician will see them. That nobody has looked
    yet is told where it decides.
    """
    told: list[tuple[str, str]] = []
    for reason in priority.reasons:
        if reason.code == "unscored" and priority.urgency != reason.urgency:
            continue
        for text, quote in _reason(reason, talk):
            told.append((text, "" if quote in {said for _, said in told} else quote))
    return told


def of_reason(code: str) -> str:
    """One reason without its facts, "" where it has no words for patients."""
    flag = code.removeprefix("red_flag_")
    if flag in _SIGNS:
        return str(_SIGNS[flag])
    return str(_REASONS[code][0]) if code in _REASONS else ""


def _reason(reason: Reason, talk: Talk) -> Iterator[tuple[str, str]]:
    flag = reason.code.removeprefix("red_flag_")
    if flag in _SIGNS:
        yield str(_SIGNS[flag]), talk.words.get(flag, "")
    elif reason.code in _REASONS:
        text, names = _REASONS[reason.code]
        told = (talk.words[n] for n in names if n in talk.words and talk.facts.get(n) is not False)
        yield str(text), next(told, "")
    else:
        yield reason.text, ""
