"""The patient's own cases: the list, and one case from receipt to answer."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from triage import access, answers, conditions, my_lesions, pathology
from triage.models import Case, ScoringState
from triage.permissions import visible_cases
from triage.urgency import Urgency
from triage.web.guards import for_patients, for_patients_and_dermatologists

PAGE = 20
POLL_SECONDS = 2
STOP_POLLING = 286  # what htmx takes as: swap this in and ask no more


@for_patients
@require_safe
def patient_cases(request: HttpRequest) -> HttpResponse:
    mine = visible_cases(request.user).order_by("-submitted_at", "-pk")
    page = Paginator(mine.with_list_parts(), PAGE).get_page(request.GET.get("page"))
    cases = access.read_list(
        actor=request.user, cases=page.object_list, action="case.listed", page=page.number
    )
    return render(request, "triage/patient/cases.html", {"cases": cases, "page": page})


@for_patients_and_dermatologists
@require_safe
def case(request: HttpRequest, reference: str) -> HttpResponse:
    if request.user.is_dermatologist:
        return redirect("triage:reading", reference)
    return render(request, "triage/patient/case.html", _shown(_read(request, reference)))


@for_patients
@require_safe
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """What the receipt asks every few seconds: 204 until there is something to show.

    Waiting reads nothing of the case, so it is not a view of it; what is shown at its end is.
    """
    waiting = [ScoringState.WAITING, ScoringState.CLAIMED]
    mine = visible_cases(request.user).open().filter(reference=reference.replace("\0", ""))
    if mine.filter(scoring_state__in=waiting).exists():
        return HttpResponse(status=204)
    context = _shown(_read(request, reference))
    return render(request, "triage/patient/progress.html", context, status=STOP_POLLING)


def _read(request: HttpRequest, reference: str) -> Case:
    try:
        return access.read_case(actor=request.user, reference=reference)
    except Case.DoesNotExist:
        raise Http404 from None


def _shown(case: Case) -> dict[str, object]:
    signed = list(case.reviews.signed().select_related("reader"))
    answer = signed[-1] if signed else None
    urgency = Urgency(answer.urgency if answer else case.urgency)
    told = pathology.told_to_patient(case)
    found = pathology.found_in(told)
    scoring = case.scoring_state in (ScoringState.WAITING, ScoringState.CLAIMED)
    return {
        "case": case,
        "answer": answers.as_told(answer) if answer else None,
        "earlier": [answers.as_told(review) for review in reversed(signed[:-1])],
        "preliminary": answers.preliminary(case),
        "following": scoring and answer is None,
        "failed": case.scoring_state == ScoringState.FAILED,
        "emergency": urgency is Urgency.EMERGENCY,
        "looks": access.looks_at(case),
        "pathology": told,
        "replaced": answer is not None and pathology.contradicts(found, answer.diagnosis),
        "certain": answer is not None and _certain(answer.diagnosis, found),
        "photos_wanted": answer is None and (case.paused_at or case.photos_not_sent),
        "told": my_lesions.told(case),
        "poll_seconds": POLL_SECONDS,
    }


def _certain(diagnosis: str, found: list[str]) -> bool:
    """What a look at photos can be sure of: that it is benign, and what a laboratory proved."""
    condition = conditions.find(diagnosis)
    benign = condition is not None and condition.malignancy is conditions.Malignancy.BENIGN
    return benign or diagnosis in found
