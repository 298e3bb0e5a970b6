"""How the portal itself is: workers, what waits, what failed."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from portal.audit.guards import for_administrators
from portal.audit.ledger import record
from portal.celery import broker_answers
from triage import scoring
from triage.models import Case, SafetyAlarm, ScoringState, Worker

FAILED_SHOWN = 100
NO_WORKER = gettext_lazy(
    "No model is at work: new cases are not scored. They stand on the worklist at 'soon' or above "
    "and wait for a dermatologist."
)
ALARMED = gettext_lazy("An alarm of the safety board stands: see the page Safety.")


@for_administrators
@require_safe
def system(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        failed = list(_failed(request))
        record(actor=request.user, action="system.viewed", object_type="case",
               references=[case["reference"] for case in failed])  # fmt: skip
    unscored = Case.objects.filter(
        scoring_state__in=[ScoringState.WAITING, ScoringState.CLAIMED]
    ).count()
    context = {
        "broker": broker_answers(),
        "workers": list(Worker.objects.order_by("-seen_at")[:50]),
        "able": set(Worker.objects.able_to_score().values_list("pk", flat=True)),
        "unscored": unscored,
        "oldest": _since(scoring.oldest_waiting_age()),
        "failed": failed,
        "more_failed": len(failed) == FAILED_SHOWN,
    }
    return render(request, "triage/staff/system.html", context)


@for_administrators
@require_POST
def score_again(request: HttpRequest) -> HttpResponse:
    count = scoring.try_again(actor=request.user)
    text = _("Waiting for the model again: %s. It looks within a minute.")
    messages.success(request, text % count)
    return redirect("system")


def staff_notice(request: HttpRequest) -> dict[str, object]:
    """For every page: a sentence to staff while nothing can score; asked only where it is shown."""

    def notice() -> str:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated or not user.works_here:
            return ""
        if not Worker.objects.able_to_score().exists():
            return NO_WORKER
        alarmed = user.is_administrator and SafetyAlarm.objects.standing().exists()
        return ALARMED if alarmed else ""

    return {"staff_notice": SimpleLazyObject(notice)}


def _failed(request: HttpRequest):
    """What the model gave up on, in the administrator's clinic: nothing of the patient."""
    cases = Case.objects.open().filter(
        scoring_state=ScoringState.FAILED, clinic_id=request.user.clinic_id
    )
    return cases.order_by("-submitted_at").values(
        "reference", "submitted_at", "scoring_attempts", "scoring_problem"
    )[:FAILED_SHOWN]


def _since(age):
    return None if age is None else timezone.now() - age
