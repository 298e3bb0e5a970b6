"""The administrator's pages about one person, and about the clinics."""

from collections.abc import Callable
from dataclasses import dataclass
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.accounts import clinics as places
from portal.accounts import history, leaving, people
from portal.accounts.models import STAFF_ROLES, Clinic, Role, User, reads_cases
from portal.accounts.people_forms import (
    SESSIONS,
    ClinicForm,
    DisableForm,
    EnableForm,
    MoveForm,
    Reason,
    RoleForm,
    SecondFactorForm,
    SessionsForm,
    WhyForm,
)
from portal.audit import ledger
from portal.audit.guards import for_administrators

PAGE = 50


@dataclass(frozen=True)
class Act:
    """Something that an administrator does to an account, after being asked."""

    name: Any  # as a link and as the button
    what: Any  # what happens
    undo: Any  # whether it can be undone
    form: type[WhyForm]
    do: Callable[..., Any]
    done: Any  # with %(person)s
    possible: Callable[[User], bool]


ACTS: dict[str, Act] = {
    "role": Act(
        gettext_lazy("Change the role"),
        gettext_lazy("They see other pages from now on, and log in again first. "
                     "A case on their desk goes back to the worklist within minutes."),
        gettext_lazy("You can change it back at any time."),
        RoleForm, people.change_role, gettext_lazy("%(person)s has another role now."),
        lambda person: person.works_here,
    ),
    "clinic": Act(
        gettext_lazy("Move to another clinic"),
        gettext_lazy("Cases that were sent stay with the clinic that has them. A dermatologist "
                     "sees the cases of the new clinic only."),
        gettext_lazy("You can move them back at any time."),
        MoveForm, people.move, gettext_lazy("%(person)s belongs to another clinic now."),
        lambda person: True,
    ),
    "sessions": Act(
        gettext_lazy("End sessions"),
        gettext_lazy("They are logged out at once, everywhere or in one place."),
        gettext_lazy("This can't be undone, but they can log in again; tokens are made anew."),
        SessionsForm, people.end_sessions, gettext_lazy("%(person)s is logged out there."),
        lambda person: person.is_active,
    ),
    "second-factor": Act(
        gettext_lazy("Take the second step away"),
        gettext_lazy("Every authenticator app, passkey and recovery code of this account stops "
                     "working, and every session ends. They get a mail. Staff set up a new one "
                     "before they can do anything. First make sure, in person or by phone, that "
                     "it is really they who ask."),
        gettext_lazy("This can't be undone: the old app and passkeys do not come back."),
        SecondFactorForm, people.reset_second_factor,
        gettext_lazy("%(person)s has no second step now."),
        lambda person: Authenticator.objects.filter(user=person).exists(),
    ),
    "disable": Act(
        gettext_lazy("Disable this account"),
        gettext_lazy("All sessions and API tokens of this account end at once. Cases and answers "
                     "stay."),
        gettext_lazy("You can enable it again at any time."),
        DisableForm, people.disable, gettext_lazy("%(person)s can no longer log in."),
        lambda person: person.is_active,
    ),
    "enable": Act(
        gettext_lazy("Enable this account"),
        gettext_lazy("The old password and second step work again. API tokens do not."),
        gettext_lazy("You can disable it again at any time."),
        EnableForm, people.enable, gettext_lazy("%(person)s can log in again."),
        lambda person: not person.is_active,
    ),
}  # fmt: skip
LEAVES = ("role", "clinic", "disable")  # after which somebody no longer reads where they did
NOT_YOURSELF = gettext_lazy("You cannot change your own account here: ask another administrator.")
REFUSALS: dict[type[Exception], Any] = {
    people.NotYourself: NOT_YOURSELF,
    people.NotStaff: gettext_lazy(
        "A patient stays a patient: invite them as a colleague under another address."
    ),
    people.NoSecondFactor: gettext_lazy(
        "This account has no second step: there is nothing to take away."
    ),
    people.LastAdministrator: gettext_lazy(
        "This is the last administrator who can log in: make another one first."
    ),
}


@for_administrators
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: who, where it is logged in, what can be done, and what happened to it."""
    user = get_object_or_404(User.objects.select_related("clinic"), pk=pk)
    with transaction.atomic():
        ledger.record(actor=request.user, action=history.SEEN, about=user)
        page, lines = history.of(user, request.GET.get("page"))
    sessions = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    factors = Authenticator.objects.filter(user=user).order_by("type")
    context = {
        "person": user,
        "acts": [] if user == request.user else _possible(user),
        "sessions": list(sessions[:SESSIONS]),
        "factors": [factor.get_type_display() for factor in factors],
        "lines": lines,
        "page": page,
    }
    return render(request, "accounts/person.html", context)


@for_administrators
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Ask why, say whether it can be undone, then do it."""
    user = get_object_or_404(User.objects.select_related("clinic"), pk=pk)
    chosen = ACTS.get(what)
    if chosen is None:
        raise Http404
    if user == request.user or not chosen.possible(user):
        own = user == request.user
        text = NOT_YOURSELF if own else _("That cannot be done with this account now.")
        messages.info(request, text)
        return redirect("accounts:person", pk)
    form = chosen.form(request.POST if request.method == "POST" else None, person=user)
    if request.method == "POST" and form.is_valid():
        try:
            chosen.do(actor=request.user, user=user, **form.cleaned_data)
        except tuple(REFUSALS) as refusal:
            messages.error(request, REFUSALS[type(refusal)])
        else:
            messages.success(request, chosen.done % {"person": user})
            if what == "second-factor":
                _tell_of_reset(request, user)
        return redirect("accounts:person", pk)
    context = {
        "form": form, "person": user, "act": chosen, "grave": what != "enable",
        "hangs": leaving.what_hangs_on(user) if what in LEAVES else [],
    }  # fmt: skip
    return render(request, "accounts/act.html", context, status=422 if form.errors else 200)


@for_administrators
@require_safe
def clinics(request: HttpRequest) -> HttpResponse:
    staff = Count("user", filter=Q(user__role__in=STAFF_ROLES, user__is_active=True))
    patients = Count("user", filter=Q(user__role=Role.PATIENT, user__is_active=True))
    found = Clinic.objects.annotate(
        staff=staff, patients=patients, reads=reads_cases(),
        offered=Exists(Clinic.objects.taking_patients().filter(pk=OuterRef("pk"))),
    ).order_by("name")  # fmt: skip
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "accounts/clinics.html", {"page": page})


@for_administrators
@require_http_methods(["GET", "POST"])
def clinic(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Make a clinic, or change one."""
    here = get_object_or_404(Clinic, pk=pk) if pk else None
    initial = (
        {"name": here.name, "phone": here.phone, "takes_new_patients": here.takes_new_patients}
        if here
        else {"takes_new_patients": True, "reason": Reason.NEW}
    )
    form = ClinicForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            if here:
                places.change(actor=request.user, clinic=here, **form.cleaned_data)
            else:
                places.create(actor=request.user, **form.cleaned_data)
        except places.NameTaken:
            form.add_error("name", _("A clinic of this name is there already."))
        except places.NobodyWouldTakePatients:
            text = _("No other clinic takes new patients: nobody could sign up any more.")
            form.add_error("takes_new_patients", text)
        else:
            messages.success(request, _("The clinic is saved."))
            return redirect("accounts:clinics")
    context = {"form": form, "clinic": here}
    return render(request, "accounts/clinic.html", context, status=422 if form.errors else 200)


def _possible(user: User) -> list[tuple[str, Act]]:
    return [(slug, one) for slug, one in ACTS.items() if one.possible(user)]


def _tell_of_reset(request: HttpRequest, user: User) -> None:
    try:
        with translation.override(user.language or settings.LANGUAGE_CODE):
            get_adapter(request).send_mail("accounts/email/second_factor_reset", user.email, {})
    except (SMTPException, OSError):
        messages.error(request, _("The mail to them could not be sent: tell them yourself."))
