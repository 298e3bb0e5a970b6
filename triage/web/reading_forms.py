"""What a dermatologist fills in: a first opinion, then the decision."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from triage.conditions import CONDITIONS
from triage.models import Confidence, Photo, Review, ReviewOutcome
from triage.reviews import COLUMNS, Decision, Opinion
from triage.urgency import Urgency

DIAGNOSES = [("", "Choose a diagnosis"), *((c.code, c.name) for c in CONDITIONS)]
URGENCIES = [(u.value, u.label) for u in Urgency]
ADEQUATE = "adequate_"  # and the photo's id


def _diagnosis() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Diagnosis", choices=DIAGNOSES, error_messages={"required": "Choose a diagnosis."}
    )


def _number(label: str, choices: list, missing: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=choices, coerce=int, empty_value=None, widget=forms.RadioSelect,
        error_messages={"required": missing},
    )  # fmt: skip


class OpinionForm(forms.Form):
    """What the reader thinks before the model's result is shown."""

    prefix = "first"
    use_required_attribute = False

    diagnosis = _diagnosis()
    urgency = _number("Urgency", URGENCIES, "Choose an urgency.")
    confidence = _number("How sure are you?", Confidence.choices, "Say how sure you are.")

    def opinion(self) -> Opinion:
        return Opinion(**self.cleaned_data)


class DecisionForm(forms.Form):
    """What is signed. One more field for each photo: was it good enough to judge by?"""

    use_required_attribute = False

    diagnosis = _diagnosis()
    differential = forms.CharField(
        label="Differential diagnosis", max_length=300, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    confidence = _number("How sure are you?", Confidence.choices, "Say how sure you are.")
    outcome = forms.ChoiceField(
        label="What happens next", choices=ReviewOutcome.choices, widget=forms.RadioSelect,
        error_messages={"required": "Choose what happens next."},
    )  # fmt: skip
    urgency = _number("Urgency", URGENCIES, "Choose an urgency.")
    urgency_reason = forms.CharField(
        label="Why this urgency", max_length=500, required=False,
        help_text="Needed where it is less urgent than it was ranked.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    destination = forms.CharField(
        label="Referred to", max_length=200, required=False,
        help_text="The clinic or service.", widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    advice = forms.CharField(
        label="Advice to the patient", max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Write this for the patient."},
    )  # fmt: skip
    safety_net = forms.CharField(
        label="What to look out for", max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What the patient should do if it gets worse, and when.",
        error_messages={"required": "Write this for the patient."},
    )  # fmt: skip
    follow_up_weeks = forms.IntegerField(
        label="See again in how many weeks", min_value=1, max_value=520, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, photos: Iterable[Photo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.adequacy_names = []
        for number, photo in enumerate(photos, start=1):
            name = f"{ADEQUATE}{photo.pk}"
            self.adequacy_names.append(name)
            self.fields[name] = forms.TypedChoiceField(
                label=f"Photo {number}: good enough to judge by?",
                choices=[("yes", "Yes"), ("no", "No")], coerce=lambda value: value == "yes",
                widget=forms.RadioSelect,
                error_messages={"required": f"Say whether photo {number} was good enough."},
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
        label="Why you amend the answer", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For the record; the patient does not see it.",
        error_messages={"required": "Say why you amend the answer."},
    )  # fmt: skip


def start_from(review: Review) -> dict[str, Any]:
    """A draft's or a signed version's values; the first opinion where nothing was written yet."""
    initial = {name: getattr(review, name) for name in COLUMNS}
    initial["diagnosis"] = initial["diagnosis"] or review.first_diagnosis
    if initial["urgency"] is None:
        initial["urgency"] = review.first_urgency
    if initial["confidence"] is None:
        initial["confidence"] = review.first_confidence
    for judged in review.adequacies.all():
        initial[f"{ADEQUATE}{judged.photo_id}"] = "yes" if judged.adequate else "no"
    return initial


def add_problems(form: forms.Form, problems: dict[str, str]) -> None:
    """Show beside their fields what the domain found missing."""
    for name, text in problems.items():
        form.add_error(name if name in form.fields else None, text)
