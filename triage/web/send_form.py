"""The form that becomes a case. Its questions are those of `triage.symptoms`, asked once there."""

import uuid
from typing import Any

from django import forms
from django.forms import BoundField
from django.forms.boundfield import BoundWidget
from django.utils.formats import date_format

from triage.intake import Place
from triage.models import BodySite, Lesion, Patient, Photo, PhotoKind, Side
from triage.symptoms import NOTES_LIMIT, QUESTIONS, Answers, Group, Kind, Question
from triage.web.fields import TOO_LONG, DecimalField, YesNoField

NEW_PLACE = "new"
UNSURE = "unsure"  # of the sides; "" would be no answer
LESIONS = 8
ACCEPTED = "image/jpeg,image/png,image/webp,image/heic,image/heif,.jpg,.jpeg,.jfif,.heic,.heif"
CHOOSE = "Choose one of the answers."
HOW_MANY = [
    ("one", "One"),
    ("few", "Two or three: I will send this form once for each"),
    ("many", "More than three"),
]
# slot of the form: label, what to do, whether it is always in sight
SLOTS = {
    PhotoKind.CLOSE_UP: (
        "Close-up",
        "Hold the camera 15 cm away or more, until the picture is sharp. Two or three are better "
        "than one.",
    ),
    PhotoKind.OVERVIEW: (
        "From further away",
        "About an arm’s length, so that we can tell where on the body it is.",
    ),
    PhotoKind.SIDE: ("From the side", "If it is raised above the skin."),
    PhotoKind.DERMOSCOPIC: ("Through a dermatoscope", "Only if you have one."),
}


class PhotosInput(forms.FileInput):
    allow_multiple_selected = True


class PhotosField(forms.Field):
    """Files of one kind of view. Their bytes are checked by `triage.photos`, not by the form."""

    def __init__(self, kind: PhotoKind) -> None:
        label, help_text = SLOTS[kind]
        widget = PhotosInput(attrs={"multiple": True, "accept": ACCEPTED, "data-kind": kind.value})
        super().__init__(label=label, help_text=help_text, required=False, widget=widget)


class CaseForm(forms.Form):
    token = forms.UUIDField(widget=forms.HiddenInput(attrs={"autocomplete": "off"}))
    how_many = forms.ChoiceField(
        label="How many spots do you want us to look at?",
        choices=HOW_MANY,
        widget=forms.RadioSelect,
        initial="one",
        error_messages={"required": "Choose how many.", "invalid_choice": CHOOSE},
    )
    lesion = forms.ChoiceField(
        label="Have you sent us photos of this spot before?",
        help_text="Then the dermatologist can compare.",
        widget=forms.RadioSelect,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )
    body_site = forms.ChoiceField(
        label="Where on the body is it?",
        choices=[("", "Choose a place"), *BodySite.choices],
        error_messages={"required": "Choose a place on the body.", "invalid_choice": CHOOSE},
    )
    side = forms.ChoiceField(
        label="On which side?",
        choices=[(value or UNSURE, label) for value, label in Side.choices],
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": CHOOSE},
    )
    notes = forms.CharField(
        label="Anything else we should know?",
        help_text="For example what you have tried, or what worries you. Do not write your name.",
        max_length=NOTES_LIMIT,
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"max_length": TOO_LONG},
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["token"].initial = uuid.uuid4
        self.lesions = {str(lesion.pk): lesion for lesion in lesions_of(patient)}
        if self.data.get("lesion") in self.lesions:
            self.fields["body_site"].required = False
        if self.lesions:
            self.fields["lesion"].choices = [
                (NEW_PLACE, "No, this is a new place"),
                *((key, _sent_before(lesion)) for key, lesion in self.lesions.items()),
            ]
            self.fields["lesion"].initial = NEW_PLACE
            if self.initial.get("lesion") not in self.lesions:
                self.initial.pop("lesion", None)
        else:
            del self.fields["lesion"]
        for kind in SLOTS:
            self.fields[slot(kind)] = PhotosField(kind)
        for question in QUESTIONS:
            self.fields[question.name] = _field(question)
        flags = [question.name for question in QUESTIONS if question.group is Group.RED_FLAG]
        self.order_fields([*flags, *map(slot, SLOTS)])  # problems are listed as on the page

    # what the page shows, in its order
    def places(self) -> list[tuple[BoundWidget, Photo | None]]:
        """The answers on earlier places, each with a photo to know it by."""
        newest = Photo.objects.filter(case__lesion__in=self.lesions.values())
        shown = newest.select_related("case").order_by("case__submitted_at", "-position")
        by_lesion = {str(photo.case.lesion_id): photo for photo in shown}
        return [(option, by_lesion.get(str(option.data["value"]))) for option in self["lesion"]]

    def slots(self) -> list[BoundField]:
        return [self[slot(kind)] for kind in SLOTS]

    def red_flags(self) -> list[BoundField]:
        return self._group(Group.RED_FLAG)

    def symptoms(self) -> list[BoundField]:
        return self._group(Group.SYMPTOM) + self._group(Group.CHECKLIST)

    def measures(self) -> list[BoundField]:
        return self._group(Group.MEASURE)

    def _group(self, group: Group) -> list[BoundField]:
        return [self[question.name] for question in QUESTIONS if question.group is group]

    # what the domain is told
    def chosen_lesion(self) -> Lesion | None:
        return self.lesions.get(self.cleaned_data.get("lesion", NEW_PLACE))

    def place(self) -> Place:
        lesion = self.chosen_lesion()
        if lesion:
            return Place(lesion.body_site, lesion.side, lesion)
        side = self.cleaned_data["side"]
        return Place(self.cleaned_data["body_site"], "" if side == UNSURE else side)

    def answers(self) -> Answers:
        """What was answered so far; what was not, or not legibly, is unknown."""
        given = {name: self.cleaned_data.get(name) for name in Answers.__dataclass_fields__}
        unsure = any(self.data.get(field.name) == "unsure" for field in self.red_flags())
        told = {"notes": given["notes"] or "", "emergency_sign_unsure": unsure}
        return Answers(**given | told)

    def several(self) -> bool:
        """More lesions than photos of each one can show."""
        return self.cleaned_data.get("how_many") == "many"


def lesions_of(patient: Patient) -> list[Lesion]:
    """The places sent before, the latest first; older ones than these are rarely meant."""
    return list(patient.lesions.order_by("-pk")[:LESIONS])


def slot(kind: PhotoKind) -> str:
    return f"photos_{kind.value}"


def _field(question: Question) -> forms.Field:
    texts = {"label": question.text, "help_text": question.help}
    if question.kind is Kind.NUMBER:
        return _NUMBERS[question.name](**texts)
    return YesNoField(**texts, required=question.group is Group.RED_FLAG)


def _weeks(**texts: str) -> forms.Field:
    return forms.IntegerField(
        min_value=0, max_value=100 * 52, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "nhsuk-input--width-4"}),
        error_messages={
            "invalid": "Give the weeks as a whole number, such as 6.",
            "min_value": "Give the weeks as 0 or more.",
            "max_value": "Give the weeks as %(limit_value)d or less: a year has 52.",
        }, **texts,
    )  # fmt: skip


def _millimetres(**texts: str) -> forms.Field:
    return DecimalField(
        min_value=0.1, max_value=500, required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "nhsuk-input--width-4"}),
        error_messages={
            "invalid": "Give the width as a number, such as 6 or 6.5.",
            "min_value": "Give the width as more than 0 millimetres, such as 6.",
            "max_value": "Give the width in millimetres, %(limit_value)d or less.",
        }, **texts,
    )  # fmt: skip


_NUMBERS = {"duration_weeks": _weeks, "diameter_mm": _millimetres}


def _sent_before(lesion: Lesion) -> str:
    return f"Yes: {lesion}, first sent on {date_format(lesion.first_sent_at, 'j F Y')}"
