"""My lesions: the list, one lesion over time, two of its photos side by side."""

import uuid

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from triage import body_map, my_lesions
from triage.models import Lesion, Photo
from triage.web.guards import for_patients, posted_from

PAGE = 20
SENDINGS = 10


class NicknameForm(forms.Form):
    nickname = forms.CharField(
        label=gettext_lazy("Your own name for it"),
        help_text=gettext_lazy("For example “mole by the elbow”. Only you see it."),
        max_length=my_lesions.NICKNAME_LIMIT,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@for_patients
@require_safe
def lesions(request: HttpRequest) -> HttpResponse:
    """All of them, or those of one region of the body; `?region=` as the drawing links to it."""
    mine = my_lesions.of(request.user)
    by_region: dict[str, list[Lesion]] = {}
    for lesion in mine:
        place = body_map.region_of_lesion(lesion)
        for code in {place.code, *(region.code for region in body_map.marked(place))}:
            by_region.setdefault(code, []).append(lesion)
    chosen = body_map.REGIONS.get(request.GET.get("region", ""))
    if chosen:
        mine = mine.filter(pk__in=[lesion.pk for lesion in by_region.get(chosen.code, [])])
    page = Paginator(mine, PAGE).get_page(request.GET.get("page"))
    spots = my_lesions.read_list(actor=request.user, lesions=page.object_list, page=page.number)
    context = {"spots": spots, "page": page, "chosen": chosen, "places": _places(by_region)}
    return render(request, "triage/patient/lesions.html", context)


@for_patients
@require_safe
def lesion(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _find(request, pk)
    return _timeline(request, found, NicknameForm(initial={"nickname": found.nickname}))


@for_patients
@posted_from("triage:lesion", "pk")
def rename(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _find(request, pk)
    form = NicknameForm(request.POST)
    if not form.is_valid():
        return _timeline(request, found, form, status=422)
    my_lesions.rename(actor=request.user, lesion=found, nickname=form.cleaned_data["nickname"])
    messages.success(request, _("The name is saved."))
    return redirect("triage:lesion", found.public_id)


@for_patients
@require_safe
def compare(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Two photos of one lesion; without a choice the oldest and the newest of one kind."""
    found = _find(request, pk)
    photos = my_lesions.read_photos(actor=request.user, lesion=found)
    if not photos:
        raise Http404
    right = _chosen(photos, request.GET.get("right")) or _newest(photos)
    left = _chosen(photos, request.GET.get("left")) or _oldest(photos, right)
    when = my_lesions.moments(photos)
    names = {photo: _name(photo, when[photo.case_id]) for photo in photos}
    context = {"lesion": found, "left": left, "right": right, "choices": list(names.items()),
               "left_name": names[left], "right_name": names[right]}  # fmt: skip
    return render(request, "triage/patient/compare.html", context)


def _places(by_region: dict[str, list[Lesion]]) -> dict[str, body_map.Tapped]:
    """Where a tap on a region leads: to its lesion, or to the list of several."""
    found = {}
    for code, lesions in by_region.items():
        region = body_map.REGIONS[code].label
        if len(lesions) == 1:
            region = body_map.region_of_lesion(lesions[0]).label
            address = reverse("triage:lesion", args=[lesions[0].public_id])
            words = _("%(region)s: %(lesion)s") % {
                "region": region, "lesion": lesions[0].nickname or _("1 lesion"),
            }  # fmt: skip
        else:
            address = f"?region={code}"
            words = _("%(region)s: %(number)d lesions") % {
                "region": region, "number": len(lesions),
            }  # fmt: skip
        found[code] = body_map.Tapped(address, words)
    return found


def _timeline(
    request: HttpRequest, found: Lesion, form: NicknameForm, *, status: int = 200
) -> HttpResponse:
    pages = Paginator(my_lesions.cases_of(found), SENDINGS)
    page = pages.get_page(request.GET.get("page"))
    sendings = my_lesions.read_timeline(
        actor=request.user, lesion=found, start=max(page.start_index() - 1, 0), count=SENDINGS
    )
    replaced = any(sending.laboratory for sending in sendings)
    check = None if replaced else my_lesions.check_of(found)
    context = {"lesion": found, "sendings": sendings, "page": page, "form": form,
               "check": check, "total": pages.count}  # fmt: skip
    return render(request, "triage/patient/lesion.html", context, status=status)


def _find(request: HttpRequest, pk: uuid.UUID) -> Lesion:
    try:
        return my_lesions.find(actor=request.user, public_id=str(pk))
    except Lesion.DoesNotExist:
        raise Http404 from None


def _chosen(photos: list[Photo], wanted: str | None) -> Photo | None:
    return next((photo for photo in photos if str(photo.pk) == wanted), None)


def _newest(photos: list[Photo]) -> Photo:
    """Of the newest sending, the first of a kind that an earlier sending has too."""
    last = [photo for photo in photos if photo.case_id == photos[0].case_id]
    before = {photo.kind for photo in photos if photo.case_id != photos[0].case_id}
    return next((photo for photo in last if photo.kind in before), last[0])


def _oldest(photos: list[Photo], right: Photo) -> Photo:
    """The first photo ever of the same view as the right one; of another where there is none."""
    older = [photo for photo in photos if photo.case.submitted_at < right.case.submitted_at]
    if not older:
        return next((photo for photo in photos if photo != right), right)
    alike = [photo for photo in older if photo.kind == right.kind] or older
    return min(alike, key=lambda photo: (photo.case.submitted_at, photo.case_id, photo.position))


def _name(photo: Photo, when: str) -> str:
    """Such as "3 March 2026, photo 2: close-up"; `when` its case was sent."""
    return _("%(day)s, photo %(number)s: %(kind)s") % {
        "day": when, "number": photo.position + 1,
        "kind": photo.get_kind_display(),
    }  # fmt: skip
