"""The rule book as a form: one field for each value, checked as the book itself checks it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triage.book import (
    NAME_LENGTH,
    SITE_LIMITS,
    TEXT_LENGTH,
    Book,
    InvalidBook,
    from_json,
    nested,
    to_json,
)
from triage.rule_changes import REASON_LENGTH
from triage.rules import LIMITS, MAX_SCORE
from triage.urgency import Urgency
from triage.web.rule_fields import ENTRIES, SECTIONS, Entry, Section

FILE_LIMIT = 200_000  # bytes of an imported book
LARGEST = 2**31 - 1


@dataclass(frozen=True)
class ShownSection:
    section: Section
    fields: tuple[forms.BoundField, ...]
    wrong: bool  # something in it is to be put right


class PercentField(forms.DecimalField):
    """A share from 0 to 1, which people write as 0 to 100."""

    def __init__(self, *, most: float, **kwargs: Any) -> None:
        super().__init__(
            min_value=0, max_value=round(most * 100), max_digits=6, decimal_places=3, **kwargs
        )

    def prepare_value(self, value: Any) -> Any:
        return f"{value * 100:.6g}" if isinstance(value, float) else value

    def clean(self, value: Any) -> float | None:
        cleaned = super().clean(value)
        return None if cleaned is None else float(cleaned / Decimal(100))


class NumberField(forms.FloatField):
    """A number that is shown without decimals where it has none."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.12g}" if isinstance(value, float) else value


class TextField(forms.CharField):
    """A text of several lines; browsers end them in a way of their own."""

    def clean(self, value: Any) -> str:
        return super().clean(value).replace("\r\n", "\n")


class WordsField(forms.CharField):
    """A list of words, written with spaces between."""

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return sorted(set(super().clean(value).lower().replace(",", " ").split()))


class BookForm(forms.Form):
    """All values of a book, by path in `start`; `over` is the version that is being changed.

    A valid form has a `book`.
    """

    over = forms.IntegerField(min_value=0, max_value=LARGEST, widget=forms.HiddenInput)
    book: Book

    def __init__(self, *args: Any, start: Mapping[str, Any], over: int, **kwargs: Any) -> None:
        initial = {name_of(path): value for path, value in start.items()}
        super().__init__(*args, initial=initial | {"over": over}, **kwargs)
        for path, value in start.items():
            self.fields[name_of(path)] = _field(ENTRIES[path], value)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        values = {path: data[name_of(path)] for path in ENTRIES}
        try:
            self.book = from_json(nested(values))
        except InvalidBook as wrong:
            for path, what in wrong.problems.items():
                self._tell(path, what)
        return data

    def _tell(self, path: str, what: str) -> None:
        """Beside its field, or above the form where it is about several."""
        if path == "rules":
            text = _("All points together may be %(most)s at most: make some of them smaller.")
            self.add_error(None, text % {"most": f"{MAX_SCORE:,}"})
        else:
            name = name_of(path)
            self.add_error(name if name in self.fields else None, what)

    def sections(self) -> Iterator[ShownSection]:
        for section in SECTIONS:
            fields = tuple(self[name_of(entry.path)] for entry in section.entries)
            yield ShownSection(section, fields, any(field.errors for field in fields))


class AdoptForm(forms.Form):
    """A book that was looked at, on its way to being put in force."""

    book = forms.CharField(max_length=FILE_LIMIT, widget=forms.HiddenInput, strip=False)
    over = forms.IntegerField(min_value=0, max_value=LARGEST, widget=forms.HiddenInput)
    based_on = forms.IntegerField(
        min_value=0, max_value=LARGEST, required=False, widget=forms.HiddenInput
    )
    reason = forms.CharField(
        label=gettext_lazy("Why is this changed?"),
        help_text=gettext_lazy("Every administrator reads it in the history. Name no patient."),
        max_length=REASON_LENGTH, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why.")},
    )  # fmt: skip

    def clean_book(self) -> Book:
        return _book(self.cleaned_data["book"])


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File of a rule book"),
        help_text=gettext_lazy("A JSON file as this page exports it. What it leaves out is set as "
                               "the portal was delivered. You see what would change first."),
    )  # fmt: skip

    def clean_file(self) -> Book:
        file = self.cleaned_data["file"]
        if file.size > FILE_LIMIT:
            raise forms.ValidationError(_("The file is too large to be a rule book."))
        try:
            return _book(file.read().decode())
        except UnicodeDecodeError as wrong:
            raise forms.ValidationError(_("This is not a JSON file.")) from wrong


def name_of(path: str) -> str:
    """The name of the field for the value at this path."""
    return path.replace(".", "-")


def as_text(book: Book) -> str:
    return json.dumps(to_json(book), ensure_ascii=False, indent=1)


def _book(text: str) -> Book:
    try:
        return from_json(json.loads(text, parse_constant=_no_number))
    except InvalidBook as wrong:
        problems = [f"{path}: {what}" for path, what in list(wrong.problems.items())[:20]]
        raise forms.ValidationError(problems) from wrong
    except (ValueError, RecursionError) as wrong:
        raise forms.ValidationError(_("This is not a JSON file.")) from wrong


def _no_number(name: str) -> float:
    raise ValueError(name)


def _field(entry: Entry, value: Any) -> forms.Field:
    label = _with_unit(entry.label, entry.unit) if entry.unit else entry.label
    common = {"label": label, "help_text": entry.help}
    if isinstance(value, bool):
        return forms.BooleanField(required=False, **common)
    if entry.least is not None:
        return forms.ChoiceField(
            choices=[(u.name, u.label) for u in Urgency if u <= entry.least], **common
        )
    if entry.percent:
        return PercentField(most=_limits(entry.path)[1], **common)
    if isinstance(value, (int, float)):
        return _number(entry.path, value, common)
    area = forms.Textarea(attrs={"rows": 4})
    if isinstance(value, list):
        return WordsField(max_length=TEXT_LENGTH, widget=area, **common)
    required = not entry.path.startswith("words.")
    if entry.long:
        return TextField(max_length=TEXT_LENGTH, required=required, widget=area, **common)
    return forms.CharField(max_length=NAME_LENGTH, required=required, **common)


def _limits(path: str) -> tuple[float, float]:
    return {**LIMITS, **SITE_LIMITS}.get(path.rpartition(".")[2], (0, MAX_SCORE))


_with_unit = lazy(lambda label, unit: f"{label} ({unit})", str)


def _number(path: str, value: float, common: Mapping[str, Any]) -> forms.Field:
    low, high = _limits(path)
    kind = NumberField if isinstance(value, float) else forms.IntegerField
    return kind(min_value=low, max_value=high, **common)
