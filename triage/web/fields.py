"""What patients are asked more than once: a yes or no, a date of birth, a number with a comma."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triage.patients import possible_birth_date

YES_NO = [
    ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")), ("unsure", gettext_lazy("Not sure")),
]  # fmt: skip
TOO_LONG = gettext_lazy(
    "Shorten this: it has %(show_value)d characters, and %(limit_value)d is the most."
)
HEARD = {"yes": True, "no": False}


class BirthDateField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=gettext_lazy("When were you born?"),
            widget=forms.DateInput(
                attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"
            ),
            error_messages={
                "required": gettext_lazy(
                    "Give your date of birth: what we advise depends on your age."
                ),
                "invalid": gettext_lazy(
                    "Give your date of birth as day/month/year, such as 31/03/1970."
                ),
            },
            **kwargs,
        )

    def clean(self, value: Any) -> date | None:
        day = super().clean(value)
        if day and not possible_birth_date(day, timezone.localdate()):
            raise forms.ValidationError(_("Check the year: this date is not possible."))
        return day


class YesNoField(forms.TypedChoiceField):
    """Yes, no or not sure, which is the same as not asked. `required`: one of the three."""

    def __init__(self, label: str, help_text: str = "", *, required: bool = False) -> None:
        choose = gettext_lazy("Choose yes, no or not sure.")
        super().__init__(
            label=label, help_text=help_text, choices=YES_NO, coerce=HEARD.get, empty_value=None,
            required=required, widget=forms.RadioSelect,
            error_messages={"required": choose, "invalid_choice": choose},
        )  # fmt: skip

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value)


class DecimalField(forms.FloatField):
    """A number with a point or a comma."""

    def to_python(self, value: Any) -> float | None:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)
