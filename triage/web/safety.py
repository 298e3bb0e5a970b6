"""The administrators' safety board: figures by group, drift, work, hazards; plots and CSV."""

import csv
from collections.abc import Iterator

from django import forms
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.audit.export import safe_cell
from portal.audit.guards import for_administrators
from portal.audit.ledger import record
from triage.models import SafetyAlarm
from triage.safety import board, controls, drift, plots, watch
from triage.safety.board import DIMENSIONS, LEAST, Figures, Group
from triage.safety.controls import Shown
from triage.safety.drift import Level
from triage.safety.figures import Rate
from triage.safety.hazards import HAZARDS

WINDOW = "90"
ALARMS_SHOWN = 20
CALIBRATION = "calibration"
HEADER = (
    "group", "value", "cases scored", "cases answered", "figure", "count", "of", "value",
    "95 % low", "95 % high", "assessed",
)  # fmt: skip
RATES = (
    "sensitivity", "specificity", "melanoma", "pathology_sensitivity", "pathology_specificity",
    "photos_again",
)  # fmt: skip
LEVELS = {
    Level.STEADY: (gettext_lazy("Steady"), "good"),
    Level.WATCH: (gettext_lazy("Watch"), "attention"),
    Level.ALARM: (gettext_lazy("Alarm"), "bad"),
    Level.UNKNOWN: (gettext_lazy("Cannot be assessed"), "plain"),
}


class WindowForm(forms.Form):
    window = forms.ChoiceField(
        label=gettext_lazy("Cases sent in the last"),
        choices=[
            ("30", gettext_lazy("30 days")),
            ("90", gettext_lazy("90 days")),
            ("365", gettext_lazy("365 days")),
            ("all", gettext_lazy("All cases")),
        ],
    )


@for_administrators
@require_safe
def safety(request: HttpRequest) -> HttpResponse:
    window = _window(request)
    seen = controls.snapshot(window)
    figures = seen.shown.figures
    alarms = SafetyAlarm.objects.order_by(F("cleared_at").desc(nulls_first=True))[:ALARMS_SHOWN]
    named = [(watch.title_of(one.name), one) for one in alarms]
    with transaction.atomic():
        record(actor=request.user, action="safety.viewed", object_type="page", window=window)
    context = {
        "form": WindowForm({"window": window}),
        "window": window,
        "figures": figures,
        "stamp": seen.shown.stamp,
        "least": LEAST,
        "drift_least": drift.LEAST,
        "dimensions": [(name, _dimension(name), figures.of(name)) for name in DIMENSIONS],
        "now": seen.now,
        "drift": [(one, *LEVELS[one.level]) for one in seen.shown.drift],
        "alarms": [(title, one) for title, one in named if one.cleared_at is None],
        "past_alarms": [(title, one) for title, one in named if one.cleared_at],
        "hazards": [(hazard, seen.states.get(hazard.key)) for hazard in HAZARDS],
    }
    return render(request, "triage/admin/safety.html", context)


@for_administrators
@require_safe
def plot(request: HttpRequest, name: str) -> HttpResponse:
    """One plot as SVG: a dimension's groups, the calibration, or a quantity's drift; of what the
    page showed that asks for it."""
    window = _window(request)
    if name not in (*DIMENSIONS, CALIBRATION, *drift.QUANTITIES):
        raise Http404
    at = request.GET.get("at")
    shown = controls.show(window) if at is None else controls.shown(window, at)
    if shown is None:
        raise Http404
    key = f"safety-plot-{name}-{window}-{shown.stamp}-{request.LANGUAGE_CODE}"
    drawn = cache.get_or_set(key, lambda: _draw(name, shown), board.KEPT)
    return HttpResponse(drawn, content_type="image/svg+xml")


@for_administrators
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The board's figures as CSV; counts of groups, of no single patient."""
    window = _window(request)
    figures = board.current(window)
    with transaction.atomic():
        record(actor=request.user, action="safety.exported", object_type="page", window=window)
    answer = StreamingHttpResponse(_lines(figures), content_type="text/csv; charset=utf-8")
    name = f"safety-{window}-{figures.as_of:%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _window(request: HttpRequest) -> str:
    asked = request.GET.get("window", WINDOW)
    if asked not in board.WINDOWS:
        raise Http404
    return asked


def _dimension(name: str) -> str:
    return {
        "skin_type": _("Skin type (Fitzpatrick)"),
        "sex": _("Sex"),
        "age": _("Age"),
        "site": _("Body site"),
        "device": _("What took the first photo"),
        "kind": _("Kind of photo"),
    }[name]


def _draw(name: str, shown: Shown) -> str:
    figures = shown.figures
    if name == CALIBRATION:
        return plots.calibration(_("Calibration"), figures.bins)
    if name in DIMENSIONS:
        return plots.by_group(_dimension(name), figures.of(name))
    found = next((one for one in shown.drift if one.name == name), None)
    if found is None:
        raise Http404
    return plots.drift(found)


class _Line:
    """What csv.writer writes to; write() hands the line back."""

    def write(self, line: str) -> str:
        return line


def _lines(figures: Figures) -> Iterator[str]:
    writer = csv.writer(_Line(), quoting=csv.QUOTE_ALL)
    yield writer.writerow(HEADER)
    for group in (figures.everything, *figures.groups):
        for name in RATES:
            yield writer.writerow(map(safe_cell, _cells(group, name, getattr(group, name))))


def _cells(group: Group, name: str, rate: Rate) -> tuple[object, ...]:
    enough = rate.of >= LEAST
    value, low, high = (rate.value, rate.low, rate.high) if enough else (None, None, None)
    return (
        group.dimension or "all", group.value or "not known" if group.dimension else "",
        group.scored, group.answered, name, rate.count, rate.of, value, low, high,
        "yes" if enough else "cannot be assessed",
    )  # fmt: skip
