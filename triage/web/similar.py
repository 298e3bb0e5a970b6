"""Similar answered cases, beside the photos of the one that is read."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from triage import reading, similar
from triage.models import Case
from triage.web.guards import for_dermatologists


@for_dermatologists
@require_safe
def show(request: HttpRequest, reference: str) -> HttpResponse:
    """A page, or for the reading page its part; 404 before the model's result may be seen."""
    try:
        seen = reading.read(actor=request.user, reference=reference)
    except Case.DoesNotExist:
        raise Http404 from None
    if seen.blind or not seen.model_shown:
        raise Http404
    found = []
    if seen.assessment:
        found = similar.find(actor=request.user, case=seen.case, assessment=seen.assessment)
    context = {"case": seen.case, "found": found, "assessment": seen.assessment}
    whole = "triage/staff/similar.html"
    return render(request, "triage/staff/_similar.html" if request.htmx else whole, context)
