"""The clock page for staff, the rota, and the days off."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.models import Role, User
from portal.audit.guards import for_administrators, only_for
from portal.refusals import said
from triage import clock, duty
from triage.forecast import Day
from triage.models import Holiday
from triage.urgency import Urgency

PAGE = 20
HIGH, WIDE, GAP = 120, 38, 12  # of the drawing, in its own units
for_staff = only_for(Role.DERMATOLOGIST, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Part:
    """A piece of a bar: the cases of one urgency that will be late on one day."""

    urgency: int
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    day: Day
    x: int
    parts: tuple[Part, ...]
    top: float  # where its number is written

    width: int = WIDE

    @property
    def middle(self) -> float:
        return self.x + WIDE / 2


@for_staff
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    seen = clock.look(actor=request.user)
    shifts = duty.rota(request.user.clinic_id)
    now = timezone.now()
    context = {
        "clock": seen,
        "bars": bars(seen.days),
        "width": len(seen.days) * (WIDE + GAP) + GAP,
        "height": HIGH + 60,
        "floor": HIGH + 24,
        "table": [(day, [day.late.get(int(u), 0) for u in Urgency]) for day in seen.days],
        "urgencies": list(Urgency),
        "arrivals": sum(seen.rates.arrivals_per_day.values()),
        "late_total": sum(day.total for day in seen.days),
        "on_now": [shift for shift in shifts[:50] if shift.starts_at <= now],
    }
    return render(request, "triage/staff/clock.html", context)


def bars(days: tuple[Day, ...]) -> list[Bar]:
    """The forecast as a drawing: a bar a day, its parts from the most urgent upwards."""
    most = max((day.total for day in days), default=0) or 1
    drawn = []
    for number, day in enumerate(days):
        y, parts = HIGH + 24.0, []
        for urgency in Urgency:
            height = round(HIGH * day.late.get(int(urgency), 0) / most, 1)
            if height:
                y -= height
                parts.append(Part(int(urgency), round(y, 1), height))
        drawn.append(Bar(day, GAP + number * (WIDE + GAP), tuple(parts), y - 6))
    return drawn


class ShiftForm(forms.Form):
    use_required_attribute = False

    user = forms.ModelChoiceField(
        label=gettext_lazy("Who"), queryset=User.objects.none(),
        empty_label=gettext_lazy("Choose a colleague"),
        error_messages={"required": gettext_lazy("Choose who is on duty.")},
    )  # fmt: skip
    starts_at = forms.DateTimeField(
        label=gettext_lazy("From"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": gettext_lazy("Say when the duty starts.")},
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": gettext_lazy("Say when the duty ends.")},
    )

    def __init__(self, *args: Any, clinic_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.filter(
            clinic_id=clinic_id, role=Role.DERMATOLOGIST, is_active=True
        ).order_by("name", "email")


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def rota(request: HttpRequest) -> HttpResponse:
    clinic_id = request.user.clinic_id
    form = ShiftForm(request.POST if request.method == "POST" else None, clinic_id=clinic_id)
    if request.method == "POST" and form.is_valid():
        try:
            duty.add(actor=request.user, **form.cleaned_data)
        except (
            duty.NotOnTheRota, duty.WrongTimes, duty.FarTimes, duty.OnDutyAlready
        ) as refusal:  # fmt: skip
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("The duty is on the rota."))
            return redirect("triage:rota")
    page = Paginator(duty.rota(clinic_id), PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "now": timezone.now()}
    return render(request, "triage/staff/rota.html", context, status=422 if form.errors else 200)


@for_staff
@require_POST
def take_off(request: HttpRequest, pk: int) -> HttpResponse:
    if duty.take_off(actor=request.user, shift_id=pk):
        messages.success(request, _("The duty is off the rota."))
    else:
        messages.info(request, _("That duty was off the rota already."))
    return redirect("triage:rota")


class HolidayForm(forms.Form):
    use_required_attribute = False

    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Choose the day.")},
    )
    name = forms.CharField(
        label=gettext_lazy("What it is called"), max_length=80,
        error_messages={"required": gettext_lazy("Say what the day is called.")},
    )  # fmt: skip


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def holidays(request: HttpRequest) -> HttpResponse:
    form = HolidayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            clock.add_holiday(actor=request.user, **form.cleaned_data)
        except clock.KnownDay as known:
            form.add_error("day", said(known))
        else:
            messages.success(request, _("The day is no working day; due times are counted anew."))
            return redirect("triage:holidays")
    page = Paginator(Holiday.objects.order_by("-day"), PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page}
    status = 422 if form.errors else 200
    return render(request, "triage/admin/holidays.html", context, status=status)


@for_administrators
@require_POST
def remove_holiday(request: HttpRequest, pk: int) -> HttpResponse:
    if clock.remove_holiday(actor=request.user, holiday_id=pk):
        messages.success(request, _("It is a working day again; due times are counted anew."))
    else:
        messages.info(request, _("That day was off the list already."))
    return redirect("triage:holidays")
