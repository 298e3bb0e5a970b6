"""What a dermatologist fills in: a first opinion, then the decision."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from triage import rulebook
from triage.conditions import CONDITIONS
from triage.models import Confidence, Photo, Review, ReviewOutcome
from triage.reviews import COLUMNS, Decision, Opinion

DIAGNOSES = [("", _("Choose a diagnosis")), *((c.code, c.name) for c in CONDITIONS)]
URGENCIES = rulebook.urgency_choices  # asked anew for each form
# Photos are asked for again before there is an answer: triage.retakes.
OUTCOMES = [c for c in ReviewOutcome.choices if c[0] != ReviewOutcome.PHOTOS_AGAIN]
ADEQUATE = "adequate_"  # and the photo's id


def _diagnosis() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Diagnosis"),
        choices=DIAGNOSES,
        error_messages={"required": _("Choose a diagnosis.")},
    )


def _number(label: str, choices: list | Callable[[], list], missing: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=choices, coerce=int, empty_value=None, widget=forms.RadioSelect,
        error_messages={"required": missing},
    )  # fmt: skip


class OpinionForm(forms.Form):
    """What the reader thinks before the model's result is shown."""

    prefix = "first"
    use_required_attribute = False

    diagnosis = _diagnosis()
    urgency = _number(_("Urgency"), URGENCIES, _("Choose an urgency."))
    confidence = _number(_("How sure are you?"), Confidence.choices, _("Say how sure you are."))

    def opinion(self) -> Opinion:
        return Opinion(**self.cleaned_data)


class DecisionForm(forms.Form):
    """What is signed. One more field for each photo: was it good enough to judge by?"""

    use_required_attribute = False

    diagnosis = _diagnosis()
    differential = forms.CharField(
        label=_("Differential diagnosis"), max_length=300, required=False,
        help_text=_("Others that it could be, with commas between them."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    findings = forms.CharField(
        label=_("What you see"), max_length=4000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Size, colour, structure. For the record: no part of the answer."),
    )  # fmt: skip
    confidence = _number(_("How sure are you?"), Confidence.choices, _("Say how sure you are."))
    outcome = forms.ChoiceField(
        label=_("What happens next"), choices=OUTCOMES, widget=forms.RadioSelect,
        error_messages={"required": _("Choose what happens next.")},
    )  # fmt: skip
    urgency = _number(_("Urgency"), URGENCIES, _("Choose an urgency."))
    urgency_reason = forms.CharField(
        label=_("Why this urgency"), max_length=500, required=False,
        help_text=_("Needed where it is less urgent than it was ranked."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    destination = forms.CharField(
        label=_("Referred to"), max_length=200, required=False,
        help_text=_("The clinic or service."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    advice = forms.CharField(
        label=_("Advice to the patient"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write this for the patient.")},
    )  # fmt: skip
    safety_net = forms.CharField(
        label=_("What to look out for"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What the patient should do if it gets worse, and when."),
        error_messages={"required": _("Write this for the patient.")},
    )  # fmt: skip
    follow_up_weeks = forms.IntegerField(
        label=_("See again in how many weeks"), min_value=1, max_value=520, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, photos: Iterable[Photo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.adequacy_names = []
        for number, photo in enumerate(photos, start=1):
            name = f"{ADEQUATE}{photo.pk}"
            self.adequacy_names.append(name)
            self.fields[name] = forms.TypedChoiceField(
                label=format_lazy(_("Photo {number}: good enough to judge by?"), number=number),
                choices=[("yes", _("Yes")), ("no", _("No"))], coerce=lambda value: value == "yes",
                widget=forms.RadioSelect,
                error_messages={
                    "required": format_lazy(
                        _("Say whether photo {number} was good enough."), number=number
                    )
                },
            )  # fmt: skip

    @property
    def adequacy(self) -> list[BoundField]:
        return [self[name] for name in self.adequacy_names]

    def decision(self) -> Decision:
        """What the valid fields say; a draft where some are not."""
        known = self.cleaned_data
        adequate = {
            name.removeprefix(ADEQUATE): known[name]
            for name in self.adequacy_names
            if known.get(name) in (True, False)
        }
        columns = {name: known[name] for name in COLUMNS if name in known}
        return Decision(**columns, adequate=adequate)


class AmendmentForm(DecisionForm):
    """A decision anew, and why."""

    amendment_reason = forms.CharField(
        label=_("Why you amend the answer"), max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the record; the patient does not see it."),
        error_messages={"required": _("Say why you amend the answer.")},
    )  # fmt: skip


def start_from(review: Review) -> dict[str, Any]:
    """A draft's or a signed version's values; the first opinion where nothing was written yet."""
    initial = {name: getattr(review, name) for name in COLUMNS}
    initial["diagnosis"] = initial["diagnosis"] or review.first_diagnosis
    if initial["urgency"] is None:
        initial["urgency"] = review.first_urgency
    if initial["confidence"] is None:
        initial["confidence"] = review.first_confidence
    for photo, good in review.adequate.items():
        initial[f"{ADEQUATE}{photo}"] = "yes" if good else "no"
    return initial


def add_problems(form: forms.Form, problems: dict[str, str]) -> None:
    """Show beside their fields what the domain found missing."""
    for name, text in problems.items():
        form.add_error(name if name in form.fields else None, text)
