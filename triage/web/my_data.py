"""My data: what the portal holds about me, who looked, what I agreed to, a copy of everything."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from portal.storage import private
from triage import my_data, my_looks, patients
from triage.models import ConsentKind, Patient
from triage.models.consent import CURRENT_VERSION
from triage.web.guards import for_patients
from triage.web.profile import consent_text

LOOKS = 30
CONTENT_TYPE = "application/zip"


@for_patients
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "triage/patient/my_data.html", {})


@for_patients
@require_safe
def looks(request: HttpRequest) -> HttpResponse:
    patient = patients.patient_of(request.user)
    page = Paginator(my_looks.of(patient), LOOKS).get_page(request.GET.get("page"))
    shown = my_looks.read(actor=request.user, patient=patient, visits=page.object_list)
    return render(request, "triage/patient/looks.html", {"looks": shown, "page": page})


@for_patients
@require_safe
def consents(request: HttpRequest) -> HttpResponse:
    patient = patients.patient_of(request.user)
    history = patient.consents.order_by("-granted_at", "-pk")
    context = {"consents": _consents(patient), "history": history}
    return render(request, "triage/patient/consents.html", context)


@for_patients
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """Asks first; the link that follows is good for a quarter of an hour, for this patient."""
    return render(request, "triage/patient/download.html", _download_texts())


@for_patients
@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    patient = patients.patient_of(request.user)
    token = my_data.ask(actor=request.user, patient=patient)
    context = _download_texts() | {"token": token, "until": timezone.now() + my_data.LINK_LIFE}
    return render(request, "triage/patient/download.html", context)


@for_patients
@require_safe
def everything(request: HttpRequest, token: str) -> HttpResponse | StreamingHttpResponse:
    patient = patients.patient_of(request.user)
    try:
        my_data.check(token, patient=patient)
    except my_data.LinkOver:
        context = _download_texts() | {"over": True}
        return render(request, "triage/patient/download.html", context, status=410)
    if request.method == "HEAD":
        return HttpResponse(content_type=CONTENT_TYPE)
    contents = my_data.gather(actor=request.user, patient=patient)
    response = StreamingHttpResponse(my_data.stream(contents), content_type=CONTENT_TYPE)
    private(response, shown_as="my-data.zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response["X-Accel-Buffering"] = "no"  # else nginx keeps it on its small disk for a slow reader
    return response


def _download_texts() -> dict[str, Any]:
    return {"minutes": int(my_data.LINK_LIFE.total_seconds() // 60)}


def _consents(patient: Patient) -> list[dict[str, Any]]:
    standing = patients.consents(patient)
    return [
        {
            "kind": kind,
            "standing": standing.get(kind),
            "outdated": kind in standing and standing[kind].version != CURRENT_VERSION[kind],
            "version": CURRENT_VERSION[kind],
            "text": consent_text(kind),
        }
        for kind in ConsentKind
    ]
