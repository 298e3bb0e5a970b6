"""The administrator's console: search the ledger, export it, verify it."""

from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.audit.export import csv_lines
from portal.audit.guards import for_administrators
from portal.audit.ledger import record
from portal.audit.reading import NoSuchEntry, Page, read_page
from portal.audit.search import AddressForm, AskForm, Search
from portal.audit.verification import last_verification, verify_on_record

EVERYTHING, EMPTY = Search(), Page((), None)


@for_administrators
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """POST asks (by e-mail address, too); the answer is at an address that holds numbers only."""
    if request.method == "POST":
        asked = AskForm(request.POST)
        if asked.is_valid():
            return redirect(_address("audit:search", asked.search().query()))
        return _console(request, asked, status=422)
    address = AddressForm(request.GET)
    if not address.is_valid():
        return _console(request, address, status=400)
    wanted = address.search()
    try:
        page = read_page(actor=request.user, wanted=wanted, before=request.GET.get("before", ""))
    except NoSuchEntry as missing:
        raise Http404 from missing
    return _console(request, AskForm.showing(wanted), wanted, page)


@for_administrators
@never_cache
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """All entries that match, as CSV; the export is on record before its first line leaves."""
    address = AddressForm(request.GET)
    if not address.is_valid():
        raise Http404
    wanted = address.search()
    with transaction.atomic():
        record(
            actor=request.user,
            action="ledger.exported",
            patient_id=wanted.patient,
            search=wanted.query(),
        )
    name = f"ledger-{timezone.now():%Y%m%dT%H%M%SZ}.csv"
    return StreamingHttpResponse(
        csv_lines(wanted.entries()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@for_administrators
@never_cache
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Verify the whole chain now; the console then shows what was found."""
    verify_on_record(actor=request.user)
    return redirect("audit:search")


def _console(
    request: HttpRequest,
    form: AskForm | AddressForm,
    wanted: Search = EVERYTHING,
    page: Page = EMPTY,
    status: int = 200,
) -> HttpResponse:
    query = wanted.query()
    older = page.older and _address("audit:search", {**query, "before": str(page.older)})
    context = {
        "form": form,
        "entries": page.entries,
        "older": older,
        "newest": "before" in request.GET and _address("audit:search", query),
        "export": _address("audit:export", query),
        "filtered": bool(query),
        "verification": last_verification(),
    }
    return render(request, "audit/search.html", context, status=status)


def _address(name: str, query: dict[str, str]) -> str:
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)
