"""What an administrator fills in about people and clinics; every change asks why."""

from collections.abc import Iterable
from typing import Any

from allauth.usersessions.models import UserSession
from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import STAFF_ROLES, Clinic, Role, User
from portal.accounts.phones import PhoneField

SESSIONS = 20  # of one person that are listed


class Reason(models.TextChoices):
    """Why something is changed; a code, because free text has no place in the ledger."""

    JOINS = "joins", _("Starts to work here")
    STAYS_AWAY = "stays_away", _("Does not come to work here")
    RENEWED = "renewed", _("A newer invitation took its place")
    UNSENT = "unsent", _("The mail could not be sent")
    LEFT = "left", _("No longer works here")
    RETURNED = "returned", _("Works here again")
    DUTIES = "duties", _("Has other duties now")
    MOVED = "moved", _("Works or is treated elsewhere now")
    LOST = "lost", _("A device was lost or stolen")
    NEW_DEVICE = "new_device", _("Has a new device")
    ASKED = "asked", _("The person asked for it")
    UNSAFE = "unsafe", _("The account may be in wrong hands")
    SAFE = "safe", _("The account is safe again")
    MISUSE = "misuse", _("Misuse")
    NEW = "new", _("A clinic joins")
    REORGANISED = "reorganised", _("The clinic was reorganised")
    MISTAKE = "mistake", _("It was a mistake")


class WhyForm(forms.Form):
    """A change that needs nothing but its reason."""

    reasons: Iterable[Reason] = ()
    reason = forms.ChoiceField(
        label=_("Why?"), widget=forms.RadioSelect, error_messages={"required": _("Choose why.")}
    )

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["reason"].choices = [(one.value, one.label) for one in self.reasons]
        self.order_fields([name for name in self.fields if name != "reason"])


class InviteForm(WhyForm):
    reasons = (Reason.JOINS, Reason.RETURNED, Reason.NEW, Reason.REORGANISED)
    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role.value, role.label) for role in STAFF_ROLES],
        widget=forms.RadioSelect,
        initial=STAFF_ROLES[0].value,
    )
    clinic = forms.ModelChoiceField(
        Clinic.objects.order_by("name"), label=_("Clinic"), empty_label=None
    )


class WithdrawForm(WhyForm):
    reasons = (Reason.STAYS_AWAY, Reason.ASKED, Reason.UNSAFE, Reason.MISTAKE)


class DisableForm(WhyForm):
    reasons = (Reason.LEFT, Reason.ASKED, Reason.UNSAFE, Reason.MISUSE, Reason.MISTAKE)


class EnableForm(WhyForm):
    reasons = (Reason.RETURNED, Reason.ASKED, Reason.SAFE, Reason.MISTAKE)


class RoleForm(WhyForm):
    reasons = (Reason.DUTIES, Reason.ASKED, Reason.MISTAKE)
    role = forms.ChoiceField(
        label=_("New role"), widget=forms.RadioSelect,
        choices=[(role.value, role.label) for role in STAFF_ROLES],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("role", self.person.role if self.person else None)

    def clean_role(self) -> str:
        role = self.cleaned_data["role"]
        if self.person and role == self.person.role:
            raise forms.ValidationError(_("They have this role already."))
        return role


class MoveForm(WhyForm):
    reasons = (Reason.MOVED, Reason.ASKED, Reason.REORGANISED, Reason.MISTAKE)
    clinic = forms.ModelChoiceField(Clinic.objects.none(), label=_("New clinic"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Clinic.objects.order_by("name")
        if self.person:
            others = others.exclude(pk=self.person.clinic_id)
        self.fields["clinic"].queryset = others


class SessionsForm(WhyForm):
    reasons = (Reason.LOST, Reason.ASKED, Reason.UNSAFE, Reason.MISUSE)
    session = forms.TypedChoiceField(
        label=_("Where?"), required=False, coerce=int, empty_value=None,
        help_text=_("API tokens end where everything ends."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = UserSession.objects.filter(user=self.person).order_by("-last_seen_at")
        self.fields["session"].choices = [
            ("", _("Everywhere")),
            *((one.pk, f"{one.ip}, {one.created_at:%Y-%m-%d %H:%M}") for one in found[:SESSIONS]),
        ]


class SecondFactorForm(WhyForm):
    reasons = (Reason.LOST, Reason.NEW_DEVICE, Reason.ASKED, Reason.UNSAFE)


class ClinicForm(WhyForm):
    reasons = (Reason.NEW, Reason.REORGANISED, Reason.MISTAKE)
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As patients know it."))
    phone = PhoneField(help_text=_("Patients see it wherever they are told to call the clinic."))
    takes_new_patients = forms.BooleanField(
        label=_("Takes new patients"), required=False,
        help_text=_("Patients can choose it when they sign up. Who is there already stays."),
    )  # fmt: skip


class PeopleFilter(forms.Form):
    """What the list of people is narrowed to; staff, where nothing is chosen.

    A name or an address belongs into no address of a page: `text` comes from the session.
    """

    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[
            ("", _("Staff")),
            ("everybody", _("Everybody")),
            ("patient", _("Patients")),
            ("dermatologist", _("Dermatologists")),
            ("administrator", _("Administrators")),
        ],
    )
    clinic = forms.ModelChoiceField(
        Clinic.objects.order_by("name"), label=_("Clinic"), required=False,
        empty_label=_("Every clinic"),
    )  # fmt: skip
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Active or disabled")), ("active", _("Active")), ("off", _("Disabled"))],
    )
    text = forms.CharField(label=_("Name or e-mail address"), required=False, max_length=120)

    def choices(self) -> dict[str, str]:
        """What was chosen, as it may stand in an address."""
        chosen = self.cleaned_data if self.is_valid() else {}
        shown = {name: chosen.get(name) for name in ("role", "clinic", "state")}
        return {name: str(getattr(value, "pk", value)) for name, value in shown.items() if value}

    def people(self) -> models.QuerySet[User]:
        """Whom the choices leave, by name."""
        chosen = self.cleaned_data if self.is_valid() else {}
        role = chosen.get("role") or ""
        roles = {"": STAFF_ROLES, "everybody": list(Role)}.get(role, [role])
        found = User.objects.filter(role__in=roles)
        if clinic := chosen.get("clinic"):
            found = found.filter(clinic=clinic)
        if state := chosen.get("state"):
            found = found.filter(is_active=state == "active")
        if text := chosen.get("text"):
            found = found.filter(Q(name__icontains=text) | Q(email__icontains=text))
        return found.select_related("clinic").order_by("name", "email", "pk")
