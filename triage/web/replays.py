"""The administrators' pages of replays: find a past assessment, have it done again, compare."""

from django import forms
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.audit.guards import for_administrators
from portal.audit.ledger import record
from triage import replays
from triage.models import Assessment, Replay

PAGE = 25


class FindForm(forms.Form):
    wanted = forms.CharField(
        label=gettext_lazy("Number of an assessment, or a hash"), max_length=64,
        help_text=gettext_lazy(
            "The SHA-256 of a photo, or the hash of an entry of the ledger on a case that was "
            "scored or answered."
        ),
    )  # fmt: skip


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Find by POST, since a photo's hash is the patient's; ask for one of what was found."""
    if "assessment" in request.POST and request.POST["assessment"].isdecimal():
        number = int(request.POST["assessment"])
        row = get_object_or_404(Assessment.with_shadow.select_related("case"), pk=number)
        asked = replays.ask(actor=request.user, assessment=row)
        return redirect("triage:replay", asked.pk)
    form = FindForm(request.POST if request.method == "POST" else None)
    found = None
    if request.method == "POST" and form.is_valid():
        found = replays.find(actor=request.user, wanted=form.cleaned_data["wanted"])
        if not found:
            form.add_error("wanted", _("No assessment has this number or hash."))
    rows = Replay.objects.select_related("assessment", "asked_by").order_by("-asked_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "found": found,
        "page": page,
        "rows": [(row, _outcome(row)) for row in page],
    }
    return render(request, "triage/admin/replays.html", context, status=422 if form.errors else 200)


@for_administrators
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "triage/admin/replay.html", _shown(request, pk))


@for_administrators
@require_safe
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that asks again by itself until the replay is done."""
    return render(request, "triage/admin/_replay.html", _shown(request, pk))


def _shown(request: HttpRequest, pk: int) -> dict[str, object]:
    with transaction.atomic():
        row = get_object_or_404(Replay.objects.select_related("assessment__case"), pk=pk)
        case = row.assessment.case
        if row.finished_at:
            record(actor=request.user, action="assessment.replay_viewed", about=case,
                   patient_id=case.patient_id, assessment=row.assessment_id)  # fmt: skip
    lines = replays.lines(row.assessment, row.numbers) if row.numbers else []
    return {"replay": row, "outcome": _outcome(row), "lines": lines,
            "tolerance": replays.TOLERANCE}  # fmt: skip


def _outcome(row: Replay) -> tuple[str, str]:
    """In a word, and the kind of its tag."""
    if row.finished_at is None:
        return (_("Being done"), "plain") if row.begun_at else (_("Waiting"), "plain")
    if row.problem:
        return _("Not possible"), "attention"
    if replays.same(replays.lines(row.assessment, row.numbers)):
        return _("The same"), "good"
    return _("Different"), "bad"
