"""What the open reading page tells by itself: still here, this is written, so long was it read."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from triage import reading_time, reviews, worklist
from triage.models import Case, Review
from triage.web.guards import for_dermatologists
from triage.web.reading_forms import DecisionForm
from triage.web.worklist import find


@for_dermatologists
@require_POST
def draft(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep what was written so far. Says whether it is kept, and whether the case is still ours."""
    case = find(request, reference, "review.drafted")
    review = reviews.draft_of(request.user, case)
    if review is None:
        raise Http404
    form = DecisionForm(request.POST, photos=case.photos.all())
    form.is_valid()  # what is not valid yet is left out of the draft
    revision = None if "overwrite" in request.POST else revision_of(request)
    reading_time.add(actor=request.user, case=case, seconds=seconds_of(request))
    try:
        review = reviews.save_draft(
            actor=request.user, review=review, decision=form.decision(), revision=revision
        )
    except reviews.ChangedElsewhere:
        return _state(request, case, review, elsewhere=True)
    except reviews.NotYours:  # signed this very moment
        raise Http404 from None
    return _state(request, case, review, kept=True)


@for_dermatologists
@require_POST
def heartbeat(request: HttpRequest, reference: str) -> HttpResponse:
    """The page is still open: the case stays on this desk, or the reader learns that it left."""
    case = find(request, reference, "case.held")
    reading_time.add(actor=request.user, case=case, seconds=seconds_of(request))
    worklist.heartbeat(actor=request.user, case=case)
    review = reviews.draft_of(request.user, case)
    revision = revision_of(request)
    elsewhere = bool(review) and revision is not None and revision != review.draft_revision
    return _state(request, case, review, elsewhere=elsewhere)


def revision_of(request: HttpRequest) -> int | None:
    """The count of savings that this window started from."""
    return _number(request.POST.get("revision", ""))


def seconds_of(request: HttpRequest) -> int:
    """How long the page was in use since it last told."""
    return _number(request.POST.get("seconds", "")) or 0


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _state(
    request: HttpRequest,
    case: Case,
    review: Review | None,
    *,
    kept: bool = False,
    elsewhere: bool = False,
) -> HttpResponse:
    """Whether the case is still on this desk, and what is saved."""
    now_has_it = find(request, case.reference, "case.held")
    context = {
        "case": now_has_it, "held": worklist.holds(request.user, now_has_it), "kept": kept,
        "elsewhere": elsewhere, "draft": review, "now": timezone.now(), "answers": True,
        "holder": worklist.holder(now_has_it),
    }  # fmt: skip
    return render(request, "triage/staff/_desk.html", context)
