"""Texts to insert while deciding: a reader's own and the clinic's, kept on one small page."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.refusals import said
from triage import snippets
from triage.models import Snippet
from triage.web.guards import for_dermatologists

PAGE = 25


class FilterForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Name, or words of the text"), max_length=100, required=False
    )


class SnippetForm(forms.Form):
    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=30,
        help_text=gettext_lazy("What you type after the slash: small letters, digits, dashes."),
        validators=[RegexValidator(
            rf"^{snippets.NAME.pattern}\Z",
            gettext_lazy("Use small letters, digits and dashes, and begin with no dash."),
        )],
        error_messages={"required": gettext_lazy("Give the text a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Write the text.")},
        help_text=gettext_lazy("Words for many patients. Nothing that tells who one of them is."),
    )  # fmt: skip
    for_clinic = forms.TypedChoiceField(
        label=gettext_lazy("Whose text is it?"), widget=forms.RadioSelect, empty_value=None,
        choices=[
            ("no", gettext_lazy("Mine")),
            ("yes", gettext_lazy("My clinic’s: every dermatologist of it uses and changes it")),
        ],
        coerce=lambda value: value == "yes",
        error_messages={"required": gettext_lazy("Say whose text it is.")},
    )  # fmt: skip


@for_dermatologists
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every text that this reader may insert, by name."""
    found = snippets.usable(request.user)
    form = FilterForm(request.GET)
    words = form.cleaned_data["text"] if form.is_valid() else ""
    if words:
        found = snippets.mentioning(found, words)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "filter_form": form, "words": words}
    return render(request, "triage/staff/snippets.html", context)


@for_dermatologists
@require_safe
def all_of_them(request: HttpRequest) -> JsonResponse:
    """For the reading page's fields: every text by name, one's own before the clinic's."""
    rows = snippets.usable(request.user)
    texts = [{"name": one.name, "text": one.text} for one in rows]
    return JsonResponse({"texts": texts})


@for_dermatologists
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@for_dermatologists
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, _find(request, pk))


@for_dermatologists
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: a deleted text does not come back."""
    snippet = _find(request, pk)
    if request.method != "POST":
        return render(request, "triage/staff/snippet_delete.html", {"snippet": snippet})
    snippets.delete(actor=request.user, snippet=snippet)
    messages.success(request, _("The text /%(name)s is deleted.") % {"name": snippet.name})
    return redirect("triage:snippets")


def _find(request: HttpRequest, pk: int) -> Snippet:
    snippet = snippets.usable(request.user).filter(pk=pk).first()
    if snippet is None:
        raise Http404
    return snippet


def _edit(request: HttpRequest, snippet: Snippet | None) -> HttpResponse:
    form = SnippetForm(request.POST or None, initial=_values(snippet))
    if request.method == "POST" and form.is_valid():
        try:
            kept = snippets.keep(actor=request.user, snippet=snippet, **form.cleaned_data)
        except (snippets.NameTaken, snippets.TooMany) as problem:
            form.add_error("name", said(problem))
        else:
            messages.success(request, _("The text /%(name)s is saved.") % {"name": kept.name})
            return redirect("triage:snippets")
    return render(request, "triage/staff/snippet.html", {"form": form, "snippet": snippet})


def _values(snippet: Snippet | None) -> dict[str, str]:
    if snippet is None:
        return {"for_clinic": "no"}
    whose = "yes" if snippet.owner_id is None else "no"
    return {"name": snippet.name, "text": snippet.text, "for_clinic": whose}
