"""The pages of the form that becomes a case. Their questions are those of `triage.symptoms`."""

from typing import Any

from django import forms
from django.forms import BoundField
from django.forms.boundfield import BoundWidget
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triage import body_map
from triage.drafts import ABOUT, NEW_PLACE
from triage.models import Draft, Lesion, Photo, PhotoKind
from triage.symptoms import NOTES_LIMIT, QUESTIONS, Group, Kind, Question
from triage.web.fields import TOO_LONG, BirthDateField, DecimalField, YesNoField
from triage.web.profile import ProfileForm

LESIONS = 8
CHOOSE = gettext_lazy("Choose one of the answers.")
ME, OTHER = "me", "other"
ONE, FEW, MANY = "one", "few", "many"
ACCEPTED = "image/jpeg,image/png,image/webp,image/heic,image/heif,.jpg,.jpeg,.jfif,.heic,.heif"
# slot of the form: label, what to do
SLOTS = {
    PhotoKind.CLOSE_UP: (
        gettext_lazy("Close-up"),
        gettext_lazy(
            "Hold the camera 15 cm away or more, until the picture is sharp. Two or three are "
            "better than one."
        ),
    ),
    PhotoKind.OVERVIEW: (
        gettext_lazy("From further away"),
        gettext_lazy("About an arm’s length, so that we can tell where on the body it is."),
    ),
    PhotoKind.SIDE: (
        gettext_lazy("From the side"), gettext_lazy("If it is raised above the skin."),
    ),
    PhotoKind.DERMOSCOPIC: (
        gettext_lazy("Through a dermatoscope"), gettext_lazy("Only if you have one."),
    ),
}  # fmt: skip


class Page(forms.Form):
    """One page of the form, filled in with what the draft says already."""

    def __init__(self, data: Any = None, *, draft: Draft, **options: Any) -> None:
        options.setdefault("initial", draft.entered)
        super().__init__(data, **options)
        self.draft = draft

    def entered(self) -> dict[str, Any]:
        """The fields that make sense, as the draft keeps them; empty where one is left open."""
        said = getattr(self, "cleaned_data", {})
        return {
            name: self.data.get(name) if isinstance(field, YesNoField) else said[name]
            for name, field in self.fields.items()
            if name in said
        }


class WhoPage(Page):
    who = forms.ChoiceField(
        label=gettext_lazy("Whose skin is it?"),
        choices=[
            (ME, gettext_lazy("Mine")),
            (OTHER, gettext_lazy("That of somebody I care for")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )
    birth_date = BirthDateField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = self.draft.patient.birth_date
        self.initial = {**self.initial, "birth_date": known}
        left_out = known is not None and "birth_date" not in self.data
        if self.is_bound and (left_out or self.data.get("who") == OTHER):
            del self.fields["birth_date"]  # another person's has no place in one's own profile

    def clean(self) -> None:
        if "who" not in self.cleaned_data:  # whose it would be is not known yet
            self.errors.pop("birth_date", None)

    def entered(self) -> dict[str, Any]:
        """The date of birth belongs to the patient, not to one form of theirs."""
        return {name: value for name, value in super().entered().items() if name != "birth_date"}


class SpotPage(Page):
    how_many = forms.ChoiceField(
        label=gettext_lazy("How many spots do you want us to look at?"),
        choices=[
            (ONE, gettext_lazy("One")),
            (FEW, gettext_lazy("Two or three: I will fill in one form for each")),
            (MANY, gettext_lazy("More than three")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how many."), "invalid_choice": CHOOSE},
    )
    lesion = forms.ChoiceField(
        label=gettext_lazy("Have you sent us photos of this spot before?"),
        help_text=gettext_lazy("Then the dermatologist can compare."),
        widget=forms.RadioSelect,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.draft.entered.get("lesion")
        self.lesions = {str(lesion.pk): lesion for lesion in lesions_of(self.draft, chosen)}
        if not self.lesions:
            del self.fields["lesion"]
            return
        self.fields["lesion"].choices = [
            *((key, _sent_before(lesion)) for key, lesion in self.lesions.items()),
            (NEW_PLACE, _("No, this is a new place")),
        ]

    def places(self) -> list[tuple[BoundWidget, Photo | None]]:
        """The answers on earlier places, each with a photo to know it by."""
        newest = Photo.objects.filter(case__lesion__in=self.lesions.values())
        shown = newest.select_related("case").order_by("case__submitted_at", "-position")
        by_lesion = {str(photo.case.lesion_id): photo for photo in shown}
        return [(option, by_lesion.get(str(option.data["value"]))) for option in self["lesion"]]


def lesions_of(draft: Draft, chosen: str | None = None) -> list[Lesion]:
    """The places sent before, the latest first; older ones than these are rarely meant, but one
    that is chosen already is among them."""
    latest = list(draft.patient.lesions.order_by("-pk")[:LESIONS])
    if chosen in (None, NEW_PLACE) or any(str(lesion.pk) == chosen for lesion in latest):
        return latest
    return [*draft.patient.lesions.filter(pk=chosen), *latest]


def _sent_before(lesion: Lesion) -> str:
    day = date_format(lesion.first_sent_at, "DATE_FORMAT")
    return _("Yes: %(place)s, first sent on %(day)s") % {"place": lesion, "day": day}


class PlacePage(Page):
    region = forms.ChoiceField(
        label=gettext_lazy("Where on the body is it?"),
        help_text=gettext_lazy("This list has every place of the pictures, and some more."),
        error_messages={
            "required": gettext_lazy("Choose a place on the body."), "invalid_choice": CHOOSE,
        },
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [("", _("Choose a place")), *body_map.listed()]


class QuestionsPage(Page):
    """One group of the questions."""

    group: Group

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            if question.group is self.group:
                self.fields[question.name] = _field(question)


class SignsPage(QuestionsPage):
    group = Group.RED_FLAG


class ChangesPage(QuestionsPage):
    group = Group.SYMPTOM


class LooksPage(QuestionsPage):
    group = Group.CHECKLIST


class SizePage(QuestionsPage):
    group = Group.MEASURE


class NotesPage(Page):
    notes = forms.CharField(
        label=gettext_lazy("Anything else we should know?"),
        help_text=gettext_lazy(
            "For example what you have tried, or what worries you. Do not write your name. "
            "Software reads only English here: tick warning signs in the questions. "
            "People read everything."
        ),
        max_length=NOTES_LIMIT,
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"max_length": TOO_LONG},
    )


class AboutPage(ProfileForm):
    """What the patient's own record says; kept there, for every case of theirs."""

    def __init__(self, data: Any = None, *, draft: Draft, **options: Any) -> None:
        super().__init__(data, **options)
        del self.fields["birth_date"]
        patient = draft.patient
        self.initial = {name: getattr(patient, name) for name in self.fields} | self.initial

    def entered(self) -> dict[str, Any]:
        """Nothing; what the assistant was told is confirmed, or put right, once this is kept."""
        return dict.fromkeys(ABOUT) if self.is_valid() else {}


class PhotosPage(Page):
    """The files of each kind of view. Their bytes are checked by `triage.photos`, not here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in SLOTS:
            self.fields[slot(kind)] = PhotosField(kind)

    def slots(self) -> list[BoundField]:
        return [self[slot(kind)] for kind in SLOTS]

    def entered(self) -> dict[str, Any]:
        return {}


class ConsentPage(Page):
    agree = forms.BooleanField(
        label=gettext_lazy("I have read this and I agree"),
        error_messages={
            "required": gettext_lazy(
                "Tick the box if you agree. We cannot assess photos without."
            )
        },
    )  # fmt: skip

    def entered(self) -> dict[str, Any]:
        return {}


class PhotosInput(forms.FileInput):
    allow_multiple_selected = True


class PhotosField(forms.Field):
    def __init__(self, kind: PhotoKind) -> None:
        label, help_text = SLOTS[kind]
        widget = PhotosInput(attrs={"multiple": True, "accept": ACCEPTED, "data-kind": kind.value})
        super().__init__(label=label, help_text=help_text, required=False, widget=widget)


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
            "invalid": _("Give the weeks as a whole number, such as 6."),
            "min_value": _("Give the weeks as 0 or more."),
            "max_value": _("Give the weeks as %(limit_value)d or less: a year has 52."),
        }, **texts,
    )  # fmt: skip


def _millimetres(**texts: str) -> forms.Field:
    return DecimalField(
        min_value=0.1, max_value=500, required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "nhsuk-input--width-4"}),
        error_messages={
            "invalid": _("Give the width as a number, such as 6 or 6.5."),
            "min_value": _("Give the width as more than 0 millimetres, such as 6."),
            "max_value": _("Give the width in millimetres, %(limit_value)d or less."),
        }, **texts,
    )  # fmt: skip


_NUMBERS = {"duration_weeks": _weeks, "diameter_mm": _millimetres}
