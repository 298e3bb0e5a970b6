"""A case as a file: FHIR, PDF, DICOM. For dermatologists; each export is on record."""

import logging
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit.guards import for_administrators
from portal.storage import private
from triage.exports import case_file, training_set
from triage.models import Case
from triage.web.guards import for_dermatologists

log = logging.getLogger(__name__)


def _fhir(file: case_file.CaseFile) -> bytes:
    from triage.exports import fhir  # a second to load, and few need it

    return fhir.bundle(file).encode()


def _pdf(file: case_file.CaseFile) -> bytes:
    from triage.exports import pdf

    return pdf.report(file)


def _dicom(file: case_file.CaseFile) -> bytes:
    from triage.exports import dicom

    return dicom.archive(file)


FORMS: dict[str, tuple[Callable[[case_file.CaseFile], bytes], str, str]] = {
    "fhir": (_fhir, "application/fhir+json", "json"),
    "pdf": (_pdf, "application/pdf", "pdf"),
    "dicom": (_dicom, "application/zip", "zip"),
}


@for_dermatologists
@require_safe
def case(request: HttpRequest, reference: str, form: str) -> HttpResponse:
    """One case in one of FORMS, as a download that no browser or proxy keeps."""
    if form not in FORMS:
        raise Http404
    write, content_type, ending = FORMS[form]
    try:
        file = case_file.gather(actor=request.user, reference=reference, form=form)
    except (Case.DoesNotExist, case_file.ReadBlind):
        raise Http404 from None
    try:
        response = HttpResponse(write(file), content_type=content_type)
    except OSError as problem:
        log.error("a photo of %s cannot be exported: %s", reference, type(problem).__name__)
        messages.error(request, _("A photo of this case cannot be read now. Try again later."))
        return redirect("triage:reading", reference)
    private(response, shown_as=f"{reference}.{ending}")
    response["Content-Disposition"] = f'attachment; filename="{reference}.{ending}"'
    return response


@for_administrators
@require_safe
def training(request: HttpRequest) -> HttpResponse:
    """What a training set would hold and what is left out, and why; nothing of a patient."""
    context = {"plan": training_set.plan()}
    return render(request, "triage/admin/training_set.html", context)
