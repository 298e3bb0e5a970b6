"""The administrator's pages of places: list, add, change, remove, import."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.audit.guards import for_administrators
from triage import place_list, places
from triage.models import Locality, Offer, Place
from triage.place_list import Reading
from triage.web.where import DAYS

PAGE = 30
SHOWN = 20  # rows of a preview
LISTED = _("There is a place of this name and postcode already. If it was removed, put it back.")
PLACES, GAZETTEER = "places", "gazetteer"


class PlaceFilter(forms.Form):
    text = forms.CharField(label=_("Name, address or postcode"), max_length=120, required=False)
    offer = forms.ChoiceField(
        label=_("What they offer"), choices=[("", _("Everything")), *Offer.choices],
        required=False,
    )  # fmt: skip
    removed = forms.BooleanField(label=_("Removed ones"), required=False)

    def places(self) -> Any:
        said = self.cleaned_data if self.is_valid() else {}
        wanted = Place.objects.filter(removed_at__isnull=not said.get("removed"))
        if text := said.get("text", "").strip():
            own = Q(name__icontains=text) | Q(address__icontains=text)
            wanted = wanted.filter(own | Q(postcode_key__startswith=text.upper().replace(" ", "")))
        if offer := said.get("offer"):
            wanted = wanted.filter(offers__contains=[offer])
        return wanted.order_by("name", "pk")


class PlaceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    address = forms.CharField(label=_("Address, without the postcode"), max_length=300)
    postcode = forms.CharField(label=_("Postcode"), max_length=12)
    latitude = forms.FloatField(
        label=_("Latitude"), help_text=_("In degrees, such as 51.507."), min_value=-90,
        max_value=90, widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    longitude = forms.FloatField(
        label=_("Longitude"), help_text=_("In degrees; west of Greenwich it is negative."),
        min_value=-180, max_value=180, widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Phone"), max_length=30, required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )  # fmt: skip
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    offers = forms.MultipleChoiceField(
        label=_("What they offer"),
        choices=Offer.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    walk_in = forms.BooleanField(label=_("No appointment needed"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, label in zip(place_list.DAYS, DAYS, strict=True):
            self.fields[day] = forms.CharField(label=label, max_length=60, required=False)

    def said(self) -> dict[str, Any]:
        """The fields of a Place."""
        given = {n: v for n, v in self.cleaned_data.items() if n not in place_list.DAYS}
        opening = [self.cleaned_data[day] for day in place_list.DAYS]
        return given | {"opening": opening, "postcode": given["postcode"].upper()}

    def days(self) -> list[Any]:
        return [self[day] for day in place_list.DAYS]


@for_administrators
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    filter_form = PlaceFilter(request.GET)
    page = Paginator(filter_form.places(), PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page, "filter_form": filter_form, "filtered": any(query.values()),
        "localities": Locality.objects.count(),
    }  # fmt: skip
    return render(request, "triage/admin/places.html", context)


@for_administrators
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = PlaceForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            place = places.add(actor=request.user, fields=form.said())
        except places.AlreadyListed:
            form.add_error("name", LISTED)
        else:
            messages.success(request, gettext("%(name)s is on the list.") % {"name": place.name})
            return redirect("triage:places")
    return _form_page(request, form, None)


@for_administrators
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    place = get_object_or_404(Place, pk=pk)
    posted = request.POST if request.method == "POST" else None
    form = PlaceForm(posted, initial=_initial(place))
    if form.is_bound and form.is_valid():
        try:
            places.change(actor=request.user, place=place, fields=form.said())
        except places.AlreadyListed:
            form.add_error("name", LISTED)
        else:
            messages.success(request, gettext("%(name)s is changed.") % {"name": place.name})
            return redirect("triage:places")
    return _form_page(request, form, place)


def _form_page(request: HttpRequest, form: PlaceForm, place: Place | None) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "triage/admin/place.html", {"form": form, "place": place}, status=status)


def _initial(place: Place) -> dict[str, Any]:
    days = dict(zip(place_list.DAYS, place.opening, strict=True))
    return {name: getattr(place, name) for name in places.EDITABLE if name != "opening"} | days


@for_administrators
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first; the list of removed ones undoes it."""
    place = get_object_or_404(Place.objects.standing(), pk=pk)
    if request.method == "GET":
        return render(request, "triage/admin/place_remove.html", {"place": place})
    places.remove(actor=request.user, place=place)
    text = gettext("%(name)s is off the list. You can put it back: it is under “Removed ones”.")
    messages.success(request, text % {"name": place.name})
    return redirect("triage:places")


@for_administrators
@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    place = get_object_or_404(Place, pk=pk)
    places.put_back(actor=request.user, place=place)
    messages.success(request, gettext("%(name)s is on the list again.") % {"name": place.name})
    return redirect("triage:places")


@for_administrators
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The list as CSV: to change in a spreadsheet and import again."""
    response = HttpResponse(place_list.write_places(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="places.csv"'
    return response


class ImportForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What is in the file?"),
        choices=[(PLACES, _("Places of care")),
                 (GAZETTEER, _("Towns and postcodes, to reckon distances from"))],
        widget=forms.RadioSelect, initial=PLACES,
    )  # fmt: skip
    file = forms.FileField(
        label=_("CSV file"), error_messages={"required": _("Choose a file.")},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )  # fmt: skip
    text = forms.CharField(required=False, widget=forms.HiddenInput)  # read already, to confirm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not self.data.get("text")

    def clean_file(self) -> UploadedFile | None:
        file = self.cleaned_data["file"]
        if file and file.size > place_list.BYTES:
            raise forms.ValidationError(gettext("This file is too large: 900 KB is the most."))
        return file

    def said(self) -> str:
        """The file's text, or the text of the one that was read before."""
        file = self.cleaned_data["file"]
        return place_list.text_of(file.read()) if file else self.cleaned_data["text"]


@for_administrators
@require_http_methods(["GET", "POST"])
def bring_in(request: HttpRequest) -> HttpResponse:
    """Read, show what would happen, import on confirmation: all of it or nothing."""
    if request.method == "GET":
        return _import_page(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _import_page(request, form, status=422)
    kind, text = form.cleaned_data["kind"], form.said()
    if "confirm" in request.POST:
        importing = place_list.import_places if kind == PLACES else place_list.import_localities
        try:
            done = importing(actor=request.user, text=text)
        except place_list.NotImported:
            return _import_page(request, form, text, status=422)
        messages.success(request, _imported(done))
        return redirect("triage:places")
    return _import_page(request, form, text)


def _read(kind: str, text: str) -> Reading:
    return place_list.read_places(text) if kind == PLACES else place_list.read_localities(text)


def _imported(done: Reading) -> str:
    added = ngettext("%(n)d row added", "%(n)d rows added", len(done.new)) % {"n": len(done.new)}
    changed = ngettext("%(n)d changed", "%(n)d changed", len(done.changed))
    return f"{added}, {changed % {'n': len(done.changed)}}."


def _import_page(
    request: HttpRequest, form: ImportForm, text: str | None = None, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form, "shown": SHOWN, "offers": Offer.choices,
        "place_columns": place_list.PLACE_COLUMNS, "locality_columns": place_list.LOCALITY_COLUMNS,
    }  # fmt: skip
    if text is not None:
        kind = form.cleaned_data["kind"]
        reading = _read(kind, text)
        first = [*reading.new, *reading.changed][:SHOWN]
        context |= {"reading": reading, "kind": kind, "text": text, "first": first}
        status = 422 if reading.problems else status
    return render(request, "triage/admin/places_import.html", context, status=status)
