"""Telephone numbers: what a form takes as one, and what a link dials."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

LENGTH = 30
_SOUND = re.compile(r"\+?[0-9 ()/.\-]+")
_FEWEST_DIGITS = 3


def check(phone: str) -> None:
    """Raises ValidationError for what no telephone could dial."""
    few = sum(c.isdigit() for c in phone) < _FEWEST_DIGITS
    if phone and (few or not _SOUND.fullmatch(phone)):
        raise ValidationError(
            gettext_lazy("Give the telephone number in digits, such as 01632 960 001.")
        )


def dial(phone: str) -> str:
    """The number as a `tel:` link has it."""
    return "".join(c for c in phone if c.isdigit() or c == "+")


class PhoneField(forms.CharField):
    """A telephone number as people write it, or nothing."""

    def __init__(self, *, help_text: str) -> None:
        super().__init__(
            label=gettext_lazy("Telephone number"), help_text=help_text, required=False,
            max_length=LENGTH, validators=[check],
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            error_messages={
                "max_length": gettext_lazy(
                    "Shorten this: it has %(show_value)d characters, and %(limit_value)d is the "
                    "most."
                )
            },
        )  # fmt: skip
