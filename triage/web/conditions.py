"""What each condition is: public pages, the same for everybody."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from triage.conditions import CONDITIONS, by_slug


@require_safe
def conditions(request: HttpRequest) -> HttpResponse:
    return render(request, "triage/conditions/list.html", {"conditions": CONDITIONS})


@require_safe
def condition(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        found = by_slug(slug)
    except KeyError:
        raise Http404 from None
    return render(request, "triage/conditions/condition.html", {"condition": found})
