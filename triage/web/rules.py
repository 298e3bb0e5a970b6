"""The administrator's pages about the rule book: change it, look at the queue, put it in force."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.audit.guards import for_administrators
from portal.audit.ledger import record
from triage import reranking, retention, rule_changes, rulebook
from triage.book import Book, changes, flat
from triage.models import RuleBook
from triage.rule_preview import preview
from triage.rulebook import InForce
from triage.web.guards import posted_from
from triage.web.rule_fields import told
from triage.web.rule_forms import AdoptForm, BookForm, ImportForm, as_text

PAGE = 25


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """The form; sent, it leads to what would change, and nothing is changed yet."""
    now = rulebook.current()
    if request.method != "POST":
        return _edit(request, BookForm(start=flat(now.book), over=now.version), now)
    form = BookForm(request.POST, start=flat(now.book), over=now.version)
    if not form.is_valid():
        return _edit(request, form, now, status=422)
    if form.cleaned_data["over"] != now.version:
        return _overtaken(request, form.book, form.cleaned_data["over"], now)
    if not changes(now.book, form.book):
        messages.info(request, _("You have changed nothing."))
        return redirect("triage:rules")
    return _preview(request, form.book, now)


@for_administrators
@posted_from("triage:rules")
def edit(request: HttpRequest) -> HttpResponse:
    """Back from the preview to the form, with what was entered."""
    now, form = rulebook.current(), _looked_at(request)
    if form is None:
        return _begin_again(request)
    book = form.cleaned_data["book"]
    if form.cleaned_data["over"] != now.version:
        return _overtaken(request, book, form.cleaned_data["over"], now)
    return _edit(request, BookForm(start=flat(book), over=now.version), now)


@for_administrators
@posted_from("triage:rules")
def adopt(request: HttpRequest) -> HttpResponse:
    form = _looked_at(request)
    if form is None:
        return _begin_again(request)
    asked = form.cleaned_data
    try:
        adopted = rule_changes.adopt(
            actor=request.user, book=asked["book"], over=asked["over"], reason=asked["reason"],
            based_on=asked["based_on"],
        )  # fmt: skip
    except rule_changes.ReasonMissing:
        return _preview(request, asked["book"], rulebook.current(), form=form, status=422)
    except rule_changes.ChangedMeanwhile:
        rulebook.forget()
        return _overtaken(request, asked["book"], asked["over"], rulebook.current())
    except rule_changes.NothingChanged:
        messages.info(request, _("These rules are in force already."))
    else:
        text = _("Version %(version)s is in force. Open cases are being ranked anew.")
        messages.success(request, text % {"version": adopted.version})
    return redirect("triage:rules")


@for_administrators
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """How many open cases still stand by an older version."""
    return render(request, "triage/admin/rules/_progress.html", _progress())


@for_administrators
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    return _versions(request, ImportForm(), rulebook.current())


@for_administrators
@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """What one version changed, and how it differs from today's."""
    here, now = _version(number), rulebook.current()
    row = RuleBook.objects.select_related("author").filter(version=number).first()
    before = _version(number - 1) if number else None
    context = {
        "here": here,
        "row": row,
        "now": now,
        "changed": told(changes(before.book, here.book)) if before else [],
        "to_now": told(changes(now.book, here.book)),
    }
    return render(request, "triage/admin/rules/version.html", context)


@for_administrators
@posted_from("triage:rule_version", "number")
def restore(request: HttpRequest, number: int) -> HttpResponse:
    """Look at what going back to a version would change; its reason is filled in."""
    here, now = _version(number), rulebook.current()
    if not changes(now.book, here.book):
        messages.info(request, _("These rules are in force already."))
        return redirect("triage:rules")
    reason = _("Back to version %(version)s") % {"version": number}
    return _preview(request, here.book, now, based_on=number, reason=reason)


@for_administrators
@require_safe
def export(request: HttpRequest, number: int) -> HttpResponse:
    here = _version(number)
    with transaction.atomic():
        record(actor=request.user, action="rules.exported", object_type="rulebook",
               object_id=str(number))  # fmt: skip
    return HttpResponse(
        as_text(here.book),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="rules-{number}.json"'},
    )


@for_administrators
@posted_from("triage:rule_versions")
def bring_in(request: HttpRequest) -> HttpResponse:
    """A book from a file; nothing is changed before somebody has looked at it."""
    form, now = ImportForm(request.POST, request.FILES), rulebook.current()
    if form.is_valid():
        book = form.cleaned_data["file"]
        if changes(now.book, book):
            return _preview(request, book, now)
        form.add_error("file", _("It holds the rules that are in force already."))
    return _versions(request, form, now, status=422)


@dataclass(frozen=True)
class Theirs:
    """What somebody else has changed while this administrator was editing."""

    row: RuleBook
    changed: list[Any]  # rule_fields.Change
    both: list[Any]  # what both have changed: this administrator's value is kept in the form


def _overtaken(request: HttpRequest, mine: Book, over: int, now: InForce) -> HttpResponse:
    """Both changes put together in the form; where both changed a value, one's own is kept."""
    start = _version(over)
    own = changes(start.book, mine)
    others = changes(start.book, now.book)
    merged = flat(now.book) | {path: new for path, (_old, new) in own.items()}
    row = RuleBook.objects.select_related("author").get(version=now.version)
    both = {path: (others[path][1], own[path][1]) for path in own if path in others}
    theirs = Theirs(row, told(others), told(both))
    form = BookForm(start=merged, over=now.version)
    return _edit(request, form, now, status=409, theirs=theirs)


def _edit(
    request: HttpRequest, form: BookForm, now: InForce, *, status: int = 200,
    theirs: Theirs | None = None,
) -> HttpResponse:  # fmt: skip
    row = RuleBook.objects.select_related("author").filter(version=now.version).first()
    context = {"form": form, "in_force": now, "row": row, "theirs": theirs, **_progress()}
    return render(request, "triage/admin/rules/edit.html", context, status=status)


def _preview(
    request: HttpRequest, book: Book, now: InForce, *, form: AdoptForm | None = None,
    based_on: int | None = None, reason: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    if form is None:
        form = AdoptForm(
            initial={"book": as_text(book), "over": now.version, "based_on": based_on,
                     "reason": reason}
        )  # fmt: skip
    seen = preview(actor=request.user, book=book, in_force=now)
    context = {
        "form": form,
        "seen": seen,
        "in_force": now,
        "changed": told(changes(now.book, book)),
        "erased": retention.with_less(years=book.site.keep_records_years),
    }
    return render(request, "triage/admin/rules/preview.html", context, status=status)


def _looked_at(request: HttpRequest) -> AdoptForm | None:
    """The form that the preview page sends on; None for one that it cannot have sent."""
    form = AdoptForm(request.POST)
    if not form.is_valid() and form.errors.keys() - {"reason"}:
        return None
    form.cleaned_data.setdefault("reason", "")
    return form


def _begin_again(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("Something was missing from that page. Begin again from here."))
    return redirect("triage:rules")


def _versions(
    request: HttpRequest, form: ImportForm, now: InForce, *, status: int = 200
) -> HttpResponse:
    rows = RuleBook.objects.newest_first().defer("values").select_related("author")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "in_force": now, "form": form}
    return render(request, "triage/admin/rules/versions.html", context, status=status)


def _version(number: int) -> InForce:
    try:
        return rulebook.version(number)
    except RuleBook.DoesNotExist as absent:
        raise Http404 from absent


def _progress() -> dict[str, Any]:
    left = reranking.left()
    text = ngettext(
        "%(count)s open case still stands by older rules.",
        "%(count)s open cases still stand by older rules.", left,
    )  # fmt: skip
    return {"left": left, "left_text": text % {"count": left}}
