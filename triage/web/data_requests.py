"""Requests about data, for administrators: erasure, legal holds, records over their time."""

import uuid
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.audit.guards import for_administrators
from triage import data_requests, erasure, retention
from triage.data_requests import Asked
from triage.models import Erasure, HoldEnd, HoldGround, LegalHold, Patient
from triage.web.fields import TOO_LONG
from triage.web.guards import posted_from

PAGE = 20
NOTHING_ASKED = gettext_lazy("This request no longer stands: it was withdrawn or carried out.")


class ReasonForm(forms.Form):
    ground = forms.ChoiceField(
        label=gettext_lazy("What asks for it?"), choices=HoldGround.choices,
        help_text=gettext_lazy("It is written into the ledger, which is kept for good."),
        widget=forms.RadioSelect, error_messages={"required": gettext_lazy("Choose what.")},
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why must it be kept?"),
        help_text=gettext_lazy("For example a claim or an inquiry, with its number."),
        max_length=erasure.REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why."), "max_length": TOO_LONG},
    )


class HoldForm(ReasonForm):
    whose = forms.CharField(
        label=gettext_lazy("Whose record: e-mail address or patient number"), max_length=254,
        error_messages={"required": gettext_lazy("Say whose record.")},
    )  # fmt: skip
    field_order = ("whose", "ground", "reason")

    def clean_whose(self) -> Patient:
        patient = data_requests.patient_called(self.cleaned_data["whose"])
        if patient is None:
            raise forms.ValidationError(_("There is no such patient."))
        return patient


class LiftForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why?"), choices=HoldEnd.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why.")},
    )  # fmt: skip


class CarryOutForm(forms.Form):
    sure = forms.BooleanField(
        label=gettext_lazy("I have checked that nothing of this record must be kept"),
        error_messages={"required": gettext_lazy("Tick this when you have checked it.")},
    )


@for_administrators
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    page = Paginator(data_requests.standing(), PAGE).get_page(request.GET.get("page"))
    asked = data_requests.read_requests(actor=request.user, requests=page.object_list)
    done = data_requests.done()[:PAGE] if page.number == 1 else []
    context = {"asked": asked, "page": page, "done": done}
    return render(request, "triage/admin/requests.html", context)


@for_administrators
@require_safe
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _shown(request, _read(request, pk))


@for_administrators
@posted_from("triage:request", "pk")
def carry_out(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    form = CarryOutForm(request.POST)
    if not form.is_valid():
        return _shown(request, _read(request, pk), sure=form, status=422)
    try:
        rows = erasure.carry_out(actor=request.user, request=get_object_or_404(Erasure, pk=pk))
    except (erasure.HoldStands, erasure.CasesWait, erasure.WorkedHere):
        messages.error(request, _("Nothing was erased: something stands against it, see below."))
        return redirect("triage:request", pk)
    except erasure.NothingAsked:
        messages.error(request, NOTHING_ASKED)
        return redirect("triage:requests")
    total = sum(rows.values())
    messages.success(request, _("The record is erased: %(rows)d rows.") % {"rows": total})
    return redirect("triage:requests")


@for_administrators
@posted_from("triage:request", "pk")
def hold_for(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Place a hold on the record that a request is about."""
    asked = _read(request, pk)
    form = ReasonForm(request.POST)
    if asked.patient is None:
        raise Http404
    if not form.is_valid():
        return _shown(request, asked, reason=form, status=422)
    erasure.place_hold(actor=request.user, patient=asked.patient, **form.cleaned_data)
    messages.success(request, _("The record is held: it will not be erased."))
    return redirect("triage:request", pk)


@for_administrators
@require_http_methods(["GET", "POST"])
def holds(request: HttpRequest) -> HttpResponse:
    form = HoldForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = dict(form.cleaned_data)
        erasure.place_hold(actor=request.user, patient=said.pop("whose"), **said)
        messages.success(request, _("The record is held: it will not be erased."))
        return redirect("triage:holds")
    page = Paginator(data_requests.holds(), PAGE).get_page(request.GET.get("page"))
    status = 422 if form.errors else 200
    context = {"form": form, "page": page}
    return render(request, "triage/admin/holds.html", context, status=status)


@for_administrators
@require_http_methods(["GET", "POST"])
def lift(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask why, then lift it."""
    holds = LegalHold.objects.select_related("patient__user", "placed_by")
    hold = get_object_or_404(holds, pk=pk)
    form = LiftForm(request.POST if request.method == "POST" else None)
    if hold.lifted_at is not None:
        messages.error(request, _("This hold was lifted before."))
        return redirect("triage:holds")
    if form.is_valid():
        erasure.lift_hold(actor=request.user, hold=hold, reason=form.cleaned_data["reason"])
        messages.success(request, _("The hold is lifted. The record can be erased again."))
        return redirect("triage:holds")
    context = {"form": form, "hold": hold}
    status = 422 if form.errors else 200
    return render(request, "triage/admin/hold_lift.html", context, status=status)


@for_administrators
@require_safe
def retention_list(request: HttpRequest) -> HttpResponse:
    """What the rule would erase by itself, before it does."""
    by = timezone.localdate() + retention.AHEAD
    page = Paginator(retention.due(by=by), PAGE).get_page(request.GET.get("page"))
    due = retention.read_due(actor=request.user, patients=page.object_list)
    context = {"due": due, "page": page, "years": retention.years(), "ahead": _days(),
               "coming": retention.shortened(),
               "child_until": retention.CHILD_UNTIL, "kept": retention.SHORTER}  # fmt: skip
    return render(request, "triage/admin/retention.html", context)


def _days() -> int:
    return retention.AHEAD // timedelta(days=1)


def _read(request: HttpRequest, pk: uuid.UUID) -> Asked:
    try:
        return data_requests.read_request(actor=request.user, pk=str(pk))
    except Erasure.DoesNotExist:
        raise Http404 from None


def _shown(
    request: HttpRequest, asked: Asked, *, sure: CarryOutForm | None = None,
    reason: ReasonForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {"asked": asked, "sure": sure or CarryOutForm(), "reason": reason or ReasonForm(),
               "form": sure or reason}  # fmt: skip
    return render(request, "triage/admin/request.html", context, status=status)
