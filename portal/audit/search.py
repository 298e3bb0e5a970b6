"""A search of the ledger: what an administrator asks for, as ids that may stand in an address.

People are asked for by e-mail address in the body of a POST; the address of the result page, which
ends up in histories and access logs, holds numbers only.
"""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Role, User
from portal.audit.models import Entry, EntryQuerySet, Result

LARGEST = 2**63 - 1  # number of a user or a patient that the database could hold
REFERENCE = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){2}", re.IGNORECASE | re.ASCII)
SYSTEM_ACTORS = ("worker", "scheduler", "command line", "operator", "invited", "link", "anonymous")


@dataclass(frozen=True)
class Search:
    """Everything is optional; all that is given must hold."""

    actor: int | None = None  # number of the user who acted
    role: str = ""  # a Role, or one of SYSTEM_ACTORS
    patient: int | None = None  # number of the patient
    action: str = ""
    object: str = ""  # public identifier: a case's reference, a photo's id
    result: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def entries(self) -> EntryQuerySet:
        """Matching entries, newest first."""
        found = Entry.objects.between(self.since, self.until)
        if self.actor is not None:
            found = found.by(self.actor)
        if self.patient is not None:
            found = found.of_patient(self.patient)
        if self.role:
            found = found.filter(actor_role=self.role)
        if self.action:
            found = found.doing(self.action)
        if self.object:
            found = found.filter(object_id=self.object)
        if self.result:
            found = found.ending(self.result)
        return found.newest_first()

    def query(self) -> dict[str, str]:
        """What is asked for, as it stands in an address and in the ledger."""
        given = {name: value for name, value in asdict(self).items() if value not in (None, "")}
        return {
            name: value.isoformat() if isinstance(value, datetime) else str(value)
            for name, value in given.items()
        }


def _choices(*values: str) -> list[tuple[str, str]]:
    return [("", "Any"), *((value, value.replace("_", " ").capitalize()) for value in values)]


class Moment(forms.DateTimeField):
    """A time in UTC: the database knows no zones as far out as Python's."""

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class _SearchFields(forms.Form):
    action = forms.ChoiceField(required=False)
    role = forms.ChoiceField(
        required=False, label=_("Role"), choices=_choices(*Role.values, *SYSTEM_ACTORS)
    )
    object = forms.CharField(
        required=False, max_length=64, label=_("Case reference or other number")
    )
    result = forms.ChoiceField(required=False, choices=_choices(*Result.values))
    since = Moment(required=False, label=_("From"))
    until = Moment(required=False, label=_("Before"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        actions = Entry.objects.actions()
        self.fields["action"].choices = [("", "Any"), *((action, action) for action in actions)]
        for name in ("since", "until"):
            self.fields[name].widget = forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            )

    def clean_object(self) -> str:
        """A case's reference is kept in capitals, every other identifier as it was given."""
        given = self.cleaned_data["object"]
        return given.upper() if REFERENCE.fullmatch(given) else given

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since >= until:
            self.add_error("until", "Enter a time after the one in 'From'.")
        return cleaned

    def search(self) -> Search:
        """The search that a valid form asks for."""
        return Search(**{name: self.cleaned_data[name] for name in Search.__dataclass_fields__})


class AddressForm(_SearchFields):
    """A search as it stands in an address: people by number."""

    actor = forms.IntegerField(required=False, min_value=1, max_value=LARGEST)
    patient = forms.IntegerField(required=False, min_value=1, max_value=LARGEST)


class AskForm(_SearchFields):
    """A search as somebody fills it in: people by e-mail address, or by number."""

    actor = forms.CharField(required=False, label=_("Who: e-mail or number"))
    patient = forms.CharField(required=False, label=_("Patient: e-mail or number"))
    field_order = ("actor", "patient", "action", "object", "role", "result", "since", "until")

    @classmethod
    def showing(cls, search: Search) -> "AskForm":
        """The form filled in with a search that is being shown."""
        initial = {**search.query(), "since": search.since, "until": search.until}
        return cls(initial=initial)

    def clean_actor(self) -> int | None:
        return self._number("actor", "pk", "Nobody has an account with this e-mail address.")

    def clean_patient(self) -> int | None:
        return self._number("patient", "patient__pk", "No patient has this e-mail address.")

    def _number(self, field: str, path: str, unknown: str) -> int | None:
        given = self.cleaned_data[field].strip()
        if not given:
            return None
        if given.isdecimal():
            return AddressForm.base_fields[field].clean(given)
        number = User.objects.filter(email__iexact=given).values_list(path, flat=True).first()
        if number is None:
            raise forms.ValidationError(unknown)
        return number
