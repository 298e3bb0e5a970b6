"""My work: what I read, how long it took, who agreed. A reader's own page and nobody else's."""

from dataclasses import dataclass
from datetime import timedelta

from django import forms
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.audit.ledger import record
from triage import my_work
from triage.conditions import CONDITIONS
from triage.models import Review
from triage.urgency import Urgency
from triage.web.guards import for_dermatologists
from triage.web.reading_parts import minutes, name

PAGE = 25
PERIODS = [("30", _("Last 30 days")), ("90", _("Last 90 days")), ("365", _("Last year"))]
HEIGHT, STEP, WIDTH = 80, 24, 18  # of the drawing: the tallest bar, from bar to bar, a bar


class FilterForm(forms.Form):
    days = forms.ChoiceField(
        label=_("Time"), choices=[("", _("Everything")), *PERIODS], required=False
    )
    diagnosis = forms.ChoiceField(
        label=_("Diagnosis"), required=False,
        choices=[("", _("Every diagnosis")), *((c.code, c.name) for c in CONDITIONS)],
    )  # fmt: skip
    urgency = forms.TypedChoiceField(
        label=_("Urgency"), coerce=int, empty_value=None, required=False,
        choices=[("", _("Every urgency")), *((u.value, u.label) for u in Urgency)],
    )  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """One week in the drawing."""

    x: int
    y: float
    height: float
    cases: int


@for_dermatologists
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    now = timezone.now()
    days = chosen.get("days")
    since = now - timedelta(days=int(days)) if days else None
    mine = my_work.signed_by(request.user, since=since)
    if chosen.get("diagnosis"):
        mine = mine.filter(diagnosis=chosen["diagnosis"])
    if chosen.get("urgency") is not None:
        mine = mine.filter(urgency=chosen["urgency"])
    weeks = my_work.weeks(mine, until=timezone.localdate())
    times = my_work.times(mine)
    page = _read(request, mine, number=sum(one.cases for one in times))
    context = {
        "form": form,
        "filtered": any(value not in (None, "") for value in chosen.values()),
        "page": page,
        "rows": [(review, name(review.diagnosis), minutes(review.reading_seconds))
                 for review in page.object_list],
        "times": [(one, int(one.urgency), minutes(_whole(one.reading_seconds)), now - one.wait)
                  for one in times],
        "agreement": my_work.agreement(mine),
        "weeks": [(week, minutes(_whole(week.reading_seconds))) for week in weeks],
        "bars": _bars([week.cases for week in weeks]),
        "drawing": {"width": STEP * len(weeks), "height": HEIGHT + 24, "base": HEIGHT + 20},
        "now": now,
    }  # fmt: skip
    return render(request, "triage/staff/my_work.html", context)


def _read(request: HttpRequest, mine: QuerySet[Review], *, number: int) -> Page:
    """One page of the `number` that were read, the look at it on record."""
    found = mine.select_related("case__lesion").defer("case__notes_index", "case__reasons")
    with transaction.atomic():
        pages = Paginator(found, PAGE)
        pages.count = number  # known already: counting them again would be a query more
        page = pages.get_page(request.GET.get("page"))
        references = [review.case.reference for review in page.object_list]
        record(actor=request.user, action="my_work.viewed", object_type="case",
               references=references)  # fmt: skip
    return page


def _bars(numbers: list[int]) -> list[Bar]:
    most = max([*numbers, 1])
    heights = [round(HEIGHT * number / most, 1) for number in numbers]
    return [
        Bar(STEP * at + (STEP - WIDTH) // 2, 20 + HEIGHT - height, height, number)
        for at, (number, height) in enumerate(zip(numbers, heights, strict=True))
    ]


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
