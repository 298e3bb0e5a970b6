"""Where to go: places of care, for everybody. Where somebody looks from is in no address."""

import math
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from triage import places
from triage.models import Locality, Offer, Place
from triage.places import Found, Origin

PAGE = 20
DAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"),
        _("Friday"), _("Saturday"), _("Sunday"))  # fmt: skip


class WhereForm(forms.Form):
    near = forms.CharField(
        label=_("Near a town or postcode"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    offer = forms.ChoiceField(
        label=_("What they offer"),
        choices=[("", _("Everything")), *Offer.choices],
        required=False,
    )
    walk_in = forms.BooleanField(label=_("Without an appointment"), required=False)
    locality = forms.IntegerField(required=False, widget=forms.HiddenInput)
    latitude = forms.FloatField(
        min_value=-90, max_value=90, required=False, widget=forms.HiddenInput
    )
    longitude = forms.FloatField(
        min_value=-180, max_value=180, required=False, widget=forms.HiddenInput
    )


@dataclass(frozen=True)
class Shown:
    """A place as its card shows it."""

    place: Place
    km: float | None
    offers: list[str]
    today: str  # opening hours, "" where not known
    week: list[tuple[str, str]]
    dial: str  # the phone number for a link


@require_http_methods(["GET", "POST"])
def where_to_go(request: HttpRequest) -> HttpResponse:
    """All by name, or those near a place by distance. POST, so that no address tells where."""
    given = request.POST if request.method == "POST" else request.GET
    form = WhereForm(given if given else None)
    said = form.cleaned_data if form.is_bound and form.is_valid() else {}
    origins = _origins(said) if request.method == "POST" else []
    origin = origins[0] if len(origins) == 1 else None
    if said.get("near") and not origins and not _by_coordinates(said):
        text = gettext(
            "We do not know this place. Try the town, or the first half of the postcode."
        )
        form.add_error("near", text)
    found = places.find(
        origin=origin, offer=said.get("offer") or None, walk_in=said.get("walk_in", False)
    )
    page = Paginator(found, PAGE).get_page(given.get("page"))
    page.object_list = [_shown(one) for one in page.object_list]
    context = {
        "form": form, "origin": origin, "origins": origins if len(origins) > 1 else [],
        "page": page, "searched": bool(said), "kept": _kept(said),
    }  # fmt: skip
    return render(request, "triage/where/where.html", context, status=422 if form.errors else 200)


def _kept(said: dict[str, Any]) -> dict[str, str]:
    """What was asked for, as its next page is asked for."""
    return {
        name: "on" if value is True else str(value)
        for name, value in said.items()
        if value not in (None, "", False)
    }


def _shown(found: Found) -> Shown:
    place = found.place
    return Shown(
        place, found.km,
        offers=place.offers_said,
        today=place.opening[timezone.localtime().weekday()],
        week=[(str(day), text) for day, text in zip(DAYS, place.opening, strict=True)],
        dial="".join(c for c in place.phone if c.isdigit() or c == "+"),
    )  # fmt: skip


def _origins(said: dict[str, Any]) -> list[Origin]:
    if said.get("locality"):
        chosen = Locality.objects.filter(pk=said["locality"]).first()
        return [places.origin_of(chosen)] if chosen else []
    if said.get("near"):
        return places.look_up(said["near"])
    return [_by_coordinates(said)] if _by_coordinates(said) else []


def _by_coordinates(said: dict[str, Any]) -> Origin | None:
    """Where the browser says that it is, if the visitor let it."""
    latitude, longitude = said.get("latitude"), said.get("longitude")
    if latitude is None or longitude is None:
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    return Origin(gettext("where you are"), latitude, longitude)
