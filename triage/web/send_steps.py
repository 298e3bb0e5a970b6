"""The order of the form's pages, which of them this patient needs, and what is still missing."""

from collections.abc import Callable
from dataclasses import dataclass

from django.forms import Form
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from triage import drafts, intake, patients
from triage.intake import InPerson
from triage.models import ConsentKind, Draft
from triage.symptoms import QUESTIONS, Group
from triage.web import send_forms

FLAGS = [question.name for question in QUESTIONS if question.group is Group.RED_FLAG]


@dataclass(frozen=True)
class Elsewhere:
    """Why this form is not the way, and what is."""

    title: str | Promise
    text: str | Promise
    step: str  # where the answer stands that says so


SOMEBODY_ELSE = "somebody-else"
ELSEWHERE = {
    SOMEBODY_ELSE: Elsewhere(
        gettext_lazy("They need an account of their own"),
        gettext_lazy(
            "A result must never end up with the wrong person, and what we advise depends on "
            "whose skin it is. Help them to sign up with their own e-mail address, then fill in "
            "the form together under their name. A child under 16 needs to be seen in person: ask "
            "a family doctor or a children’s clinic."
        ),
        "who",
    ),
    InPerson.YOUNG: Elsewhere(
        gettext_lazy("Children need to be seen in person"),
        gettext_lazy(
            "Skin of people under 16 is not assessed from photos here. Show it to a family doctor "
            "or a children’s clinic; they will refer to a skin specialist if needed."
        ),
        "who",
    ),
    InPerson.GENITAL: Elsewhere(
        gettext_lazy("Please have this seen in person"),
        gettext_lazy(
            "We do not take photos of the genital area. A family doctor or a sexual health clinic "
            "can look at it in private, often without a long wait."
        ),
        "place",
    ),
    InPerson.SEVERAL: Elsewhere(
        gettext_lazy("Many spots are better seen in person"),
        gettext_lazy(
            "With more than three spots, photos of each one do not give the whole picture. Ask a "
            "family doctor or a dermatologist to look over all of your skin."
        ),
        "spot",
    ),
}


@dataclass(frozen=True)
class Step:
    """One page of the form."""

    name: str  # as in its address
    title: str | Promise
    form: type[Form] | None = None
    template: str = "questions"  # in templates/triage/patient/send/
    lede: str | Promise = ""
    done: Callable[[Draft], bool] = lambda draft: True  # False: nothing can be sent without
    wanted: Callable[[Draft], bool] = lambda draft: True


def _who_done(draft: Draft) -> bool:
    mine = draft.entered.get("who") == send_forms.ME
    return mine and draft.patient.birth_date is not None


def _spot_done(draft: Draft) -> bool:
    chosen = "lesion" in draft.entered or not draft.patient.lesions.exists()
    return draft.entered.get("how_many") in (send_forms.ONE, send_forms.FEW) and chosen


STEPS = (
    Step("who", gettext_lazy("Who is this for?"), send_forms.WhoPage, "who", done=_who_done),
    Step(
        "signs", gettext_lazy("Signs of an emergency"), send_forms.SignsPage, "signs",
        gettext_lazy("These come first, because they cannot wait for an answer from us."),
        done=lambda draft: all(name in draft.entered for name in FLAGS),
    ),
    Step("spot", gettext_lazy("Which spot is it about?"), send_forms.SpotPage, "spot",
         done=_spot_done),
    Step(
        "place", gettext_lazy("Where is it?"), send_forms.PlacePage, "place",
        done=lambda draft: drafts.place_of(draft) is not None,
        wanted=lambda draft: drafts.lesion_of(draft) is None,
    ),
    Step("camera", gettext_lazy("How to take the photos"), None, "camera"),
    Step("photos", gettext_lazy("Your photos"), send_forms.PhotosPage, "photos",
         done=lambda draft: draft.uploads.exists()),
    Step("changes", gettext_lazy("What you noticed"), send_forms.ChangesPage),
    Step("looks", pgettext_lazy("asked of a patient", "What it looks like"), send_forms.LooksPage),
    Step("size", gettext_lazy("How long, and how wide"), send_forms.SizePage,
         lede=gettext_lazy("Leave out what you do not know.")),
    Step("notes", gettext_lazy("In your own words"), send_forms.NotesPage),
    Step(
        "about", gettext_lazy("About you"), send_forms.AboutPage,
        lede=gettext_lazy(
            "These answers are kept in your profile, so that you need not give them again. Only "
            "your clinic sees them. Leave out what you do not know."
        ),
        done=lambda draft: not any(name in draft.entered for name in drafts.ABOUT),
    ),
    Step("review", gettext_lazy("Check your answers"), None, "review"),
    Step(
        "consent", gettext_lazy("What you agree to"), send_forms.ConsentPage, "consent",
        wanted=lambda draft: not patients.has_agreed(draft.patient, ConsentKind.CARE),
    ),
)  # fmt: skip
BY_NAME = {step.name: step for step in STEPS}
# Where a draft goes on until a page after it is kept. No step: `send_step` with this name is the
# address of the page that says what to do at once.
EMERGENCY = "emergency"


def steps_of(draft: Draft) -> list[Step]:
    """The pages that this patient goes through for this spot."""
    return [step for step in STEPS if step.wanted(draft)]


def missing(draft: Draft, before: Step | None = None) -> Step | None:
    """The first page (of those before this one) that must be filled in and is not."""
    why = elsewhere(draft)
    for step in STEPS:
        if step is before:
            return None
        stuck = why is not None and ELSEWHERE[why].step == step.name
        if step.wanted(draft) and (stuck or not step.done(draft)):
            return step
    return None


def after(draft: Draft, page: Step) -> Step:
    """The page that follows; after the last one, the review, from where it is sent."""
    following = [step for step in STEPS[STEPS.index(page) + 1 :] if step.wanted(draft)]
    return following[0] if following else BY_NAME["review"]


def elsewhere(draft: Draft) -> str | None:
    """Why this form is not the way, as far as is known by now: a key of ELSEWHERE."""
    if draft.entered.get("who") == send_forms.OTHER:
        return SOMEBODY_ELSE
    place = drafts.place_of(draft)
    return intake.better_in_person(
        draft.patient, body_site=place.body_site if place else "",
        several=draft.entered.get("how_many") == send_forms.MANY,
    )  # fmt: skip
