"""The dermatologists' worklist: a page of open cases, its filters, and taking a case."""

from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.models import User
from triage import access, rulebook, second_readings, worklist
from triage.models import BodySite, Case, ScoringState
from triage.urgency import Urgency
from triage.web.guards import for_dermatologists, posted_from
from triage.worklist import COUNTED, Filters, Mark

TEXT = "worklist_text"  # in the session: words of a patient's notes belong into no address
NEAR = timedelta(hours=4)  # a due time that is so near is marked
FOUND = "found"  # in the address of a list that the session's text narrows; no other is narrowed


class FilterForm(forms.Form):
    """What is in the address."""

    urgency = forms.TypedChoiceField(
        choices=lambda: [("", _("Every urgency")), *rulebook.urgency_choices()],
        coerce=int, empty_value=None, required=False,
    )  # fmt: skip
    mark = forms.ChoiceField(
        label=_lazy("State"), choices=[("", _lazy("Every state")), *Mark.choices], required=False
    )
    body_site = forms.ChoiceField(
        label=_lazy("Body site"),
        choices=[("", _lazy("Every site")), *BodySite.choices],
        required=False,
    )


class TextForm(forms.Form):
    text = forms.CharField(
        label=_lazy("Reference, or words of the notes"), max_length=100, required=False
    )


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    case: Case
    overdue: bool
    near: bool  # its time ends within NEAR
    mark: str  # a Mark that deserves a tag, or ""
    holder: User | None
    mine: bool

    @property
    def free(self) -> bool:
        return self.holder is None and self.case.paused_at is None

    @property
    def left(self) -> str:
        """What is left of the time of a case that waits for photos."""
        return timeuntil(self.case.due_at, self.case.paused_at)

    @property
    def was_late(self) -> bool:
        return self.case.paused_at is not None and self.case.due_at < self.case.paused_at


@dataclass(frozen=True)
class Tab:
    """One urgency: its number of open cases, and where to see them alone."""

    urgency: Urgency | None
    label: str
    count: str
    url: str
    here: bool


@for_dermatologists
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The whole page; or for a page that refreshes itself only its table, and that only if new."""
    form = FilterForm(request.GET)
    filters = _filters(request, form)
    cursor = request.GET.get("cursor", "")
    seen = request.GET.get("version", "") if request.htmx else ""
    try:
        view = worklist.look(
            actor=request.user, filters=filters, cursor=cursor, seen=seen,
            answers=not request.htmx,
        )  # fmt: skip
    except worklist.BadCursor:
        return redirect(_url(filters))
    if view is None:
        return HttpResponse(status=204)  # the page leaves the table as it is
    page = view.page
    counts, waiting = worklist.count(worklist.open_cases(request.user))
    context = {
        "desk": [_row(case, request.user) for case in view.desk],
        "answers": view.answers,
        "rows": [_row(case, request.user) for case in page.cases],
        "tabs": _tabs(counts, waiting, filters),
        "version": view.version,
        "filters": filters,
        "filtered": filters != Filters(),
        "anything_open": waiting or any(counts.values()),
        "form": form,
        "text_form": TextForm(initial={"text": filters.text}),
        "search_url": f"{reverse('triage:worklist_search')}?{urlencode(_query(filters))}",
        "here": _url(filters, cursor=cursor),
        "next_url": _url(filters, cursor=page.next) if page.next else "",
        "previous_url": _url(filters, cursor=page.previous) if page.previous else "",
        "first_url": "" if page.first else _url(filters),
    }
    fragment = "triage/staff/_worklist.html"
    return render(request, fragment if request.htmx else "triage/staff/worklist.html", context)


def _filters(request: HttpRequest, form: FilterForm) -> Filters:
    """What the address asks for, and the text where it says that there is one."""
    chosen = form.cleaned_data if form.is_valid() else {}
    text = request.session.get(TEXT, "") if FOUND in request.GET else ""
    return Filters(
        urgency=chosen.get("urgency"), mark=chosen.get("mark", ""),
        body_site=chosen.get("body_site", ""), text=text,
    )  # fmt: skip


@for_dermatologists
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Look for text, kept in the session and in no address; a whole reference leads to its case."""
    form = TextForm(request.POST)
    wanted = form.is_valid() and "clear" not in request.POST
    text = form.cleaned_data["text"] if wanted else ""
    if case := worklist.called(request.user, text):
        return redirect("triage:reading", case.reference)
    request.session[TEXT] = text
    kept = FilterForm(request.GET)
    chosen = kept.cleaned_data if kept.is_valid() else {}
    return redirect(_url(Filters(**chosen, text=text)))


@for_dermatologists
@require_POST
def claim_next(request: HttpRequest) -> HttpResponse:
    case = worklist.claim_next(actor=request.user)
    if case is None:
        messages.info(request, _("No case is free. Colleagues have what is left, or all are read."))
        return redirect("triage:worklist")
    return redirect("triage:reading", case.reference)


@for_dermatologists
@posted_from("triage:reading", "reference")
def claim(request: HttpRequest, reference: str) -> HttpResponse:
    case = find(request, reference, "case.claimed")
    if worklist.claim(actor=request.user, case=case):
        return redirect("triage:reading", case.reference)
    case = find(request, reference, "case.claimed")
    asked = second_readings.waiting_for(request.user, case)
    context = {"case": case, "holder": worklist.holder(case), "blind": asked and asked.blinded}
    return render(request, "triage/staff/taken.html", context, status=409)


@for_dermatologists
@require_POST
def release(request: HttpRequest, reference: str) -> HttpResponse:
    case = find(request, reference, "case.released")
    if worklist.release(actor=request.user, case=case):
        text = _("Case %(reference)s is back on the worklist.")
        messages.success(request, text % {"reference": case.reference})
    else:
        text = _("Case %(reference)s was no longer on your desk.")
        messages.info(request, text % {"reference": case.reference})
    return redirect("triage:worklist")


def find(request: HttpRequest, reference: str, action: str) -> Case:
    """The case to act on, or a 404 for whoever may not see it."""
    try:
        return access.find_case(actor=request.user, reference=reference, action=action)
    except Case.DoesNotExist:
        raise Http404 from None


def _row(case: Case, reader: User) -> Row:
    holder, now = worklist.holder(case), timezone.now()
    waits = case.paused_at is None  # else its clock stands still
    return Row(
        case=case,
        overdue=waits and case.due_at < now,
        near=waits and now <= case.due_at < now + NEAR,
        mark=_mark(case),
        holder=holder,
        mine=holder == reader,
    )


def _mark(case: Case) -> str:
    if case.scoring_state == ScoringState.FAILED:
        return Mark.FAILED
    if case.scoring_state != ScoringState.SCORED:
        return Mark.UNSCORED
    unknown = any(reason["code"] == "out_of_domain" for reason in case.reasons)
    return Mark.OUT_OF_DOMAIN if unknown else ""


def _tabs(counts: dict[Urgency, int], waiting: int, filters: Filters) -> list[Tab]:
    """One for each urgency, of what is to be read now, and one of what waits for photos."""
    paused = filters.mark == Mark.PAUSED
    here = filters.urgency is None and not paused
    mark = "" if paused else filters.mark
    everything = _url(replace(filters, urgency=None, mark=mark))
    tabs = [Tab(None, _("All"), "", everything, here)]
    for urgency, count in counts.items():
        url = _url(replace(filters, urgency=int(urgency), mark=mark))
        here = filters.urgency == urgency and not paused
        name = rulebook.current().book.name(urgency)
        tabs.append(Tab(urgency, name, _shown(count), url, here))
    url = _url(replace(filters, urgency=None, mark=Mark.PAUSED.value))
    return [*tabs, Tab(None, Mark.PAUSED.label, _shown(waiting), url, paused)]


def _shown(count: int) -> str:
    return _("more than %(count)s") % {"count": COUNTED} if count > COUNTED else str(count)


def _url(filters: Filters, *, cursor: str = "") -> str:
    """The address of this list; never with the text, only with the mark that there is one."""
    query = _query(filters) | ({"cursor": cursor} if cursor else {})
    return reverse("triage:worklist") + (f"?{urlencode(query)}" if query else "")


def _query(filters: Filters) -> dict[str, object]:
    known = {
        "urgency": filters.urgency, "mark": filters.mark, "body_site": filters.body_site,
        FOUND: "1" if filters.text else "",
    }  # fmt: skip
    return {name: value for name, value in known.items() if value not in ("", None)}
