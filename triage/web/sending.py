"""Send photos: one thing a page, each page kept as it is left, until the whole is sent."""

import uuid
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.refusals import said
from triage import body_map, drafts, intake, patients, photos
from triage.models import ConsentKind, Draft, Lesion, PhotoKind
from triage.permissions import visible_cases
from triage.priority import is_emergency
from triage.web import send_photos, send_texts, send_unsaved
from triage.web.guards import for_patients
from triage.web.profile import consent_text
from triage.web.send_forms import AboutPage, WhoPage
from triage.web.send_steps import (
    BY_NAME,
    ELSEWHERE,
    EMERGENCY,
    Step,
    after,
    elsewhere,
    missing,
    steps_of,
)

REVIEW = "review"


@for_patients
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest) -> HttpResponse:
    """Where a form begins, or one that was begun goes on."""
    lesion = _lesion_again(request)
    if request.method == "POST":
        try:
            draft = drafts.begin(
                actor=request.user, patient=patients.patient_of(request.user), lesion=lesion
            )
        except drafts.AlreadyBegun:
            return redirect(request.get_full_path())
        return redirect("triage:send_step", draft.step)
    draft = drafts.open_draft(request.user)
    if draft is None or drafts.is_empty(draft):
        return render(request, "triage/patient/send/begin.html", {"lesion": lesion})
    context = {
        "draft": draft, "where": send_texts.where(draft), "photos": draft.uploads.count(),
        "other": lesion if lesion and lesion != drafts.lesion_of(draft) else None,
    }  # fmt: skip
    return render(request, "triage/patient/send/resume.html", context)


@send_unsaved.kept_over_login
@for_patients
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, name: str) -> HttpResponse:
    """One page of the form."""
    if name not in BY_NAME:
        raise Http404
    page = BY_NAME[name]
    draft = drafts.open_draft(request.user)
    if request.method == "POST" and not _is_named(request, draft):
        return _gone(request)
    if draft is None:
        return redirect("triage:send")
    if first := missing(draft, before=page):
        return redirect("triage:send_step", first.name)
    if not page.wanted(draft):
        return redirect(_next_url(request, draft, page))
    if request.method == "POST":
        return _receive(request, draft, page)
    form = page.form(draft=draft, initial=_tapped(request, draft)) if page.form else None
    if unsaved := send_unsaved.take(request, draft):
        form = page.form(unsaved, draft=draft) if page.form else None
        messages.info(request, _back_again(page))
    return _show(request, draft, page, form)


def _back_again(page: Step) -> str:
    if page.name == "photos":  # a file is too much to keep for a stranger
        return _("You were logged out. If photos that you chose are not here, add them again.")
    return _("You were logged out. What you entered here is kept: go on.")


def _receive(request: HttpRequest, draft: Draft, page: Step) -> HttpResponse:
    """Keep what was entered, sound or not as a whole, then go on where all of it is sound."""
    form = page.form(request.POST, draft=draft) if page.form else None
    status = 422
    if page.name == "photos":
        try:
            _receive_photos(request, draft, form)
        except photos.TooManyUploads as too_many:
            form.add_error(None, send_texts.come_back(too_many.retry_after))
            status = 429
        if "step" in request.POST:  # photos were added or one was taken off: the same page again
            return _show(request, draft, page, form, status=status if form.errors else 200)
    sound = form is None or form.is_valid()
    draft = _keep(request, draft, page, form, sound=sound)
    if not sound:
        return _show(request, draft, page, form, status=status)
    if page.name in (REVIEW, "consent"):
        return _send(request, draft)
    return _go_on(request, draft, page)


def _receive_photos(request: HttpRequest, draft: Draft, form: Form) -> None:
    send_photos.set_kinds(request, draft)
    unwanted = request.POST.get("step", "").removeprefix("remove-")
    for upload in draft.uploads.all():
        if str(upload.pk) == unwanted:
            photos.discard(actor=request.user, upload=upload)
    for field, message in send_photos.take_in(request, draft).problems:
        form.add_error(field, message)
    if "step" not in request.POST and not form.errors and not draft.uploads.exists():
        form.add_error("photos_close_up", _("Add at least one photo."))


def _keep(
    request: HttpRequest, draft: Draft, page: Step, form: Form | None, *, sound: bool
) -> Draft:
    """Into the draft; into the patient's own record what belongs there."""
    if sound and isinstance(form, AboutPage | WhoPage):
        told = {name: form.cleaned_data[name] for name in patients.PROFILE if name in form.fields}
        if told.get("birth_date", True):
            patients.update_profile(actor=request.user, patient=draft.patient, **told)
    if sound and page.name == "consent":
        patients.grant_consent(actor=request.user, patient=draft.patient, kind=ConsentKind.CARE)
    entered = form.entered() if form else {}
    draft.entered = {**draft.entered, **entered}  # so that the next page is known
    onward = after(draft, page).name if sound else page.name
    if sound and _tells_of_an_emergency(draft, page):
        onward = EMERGENCY
    return drafts.save(actor=request.user, draft=draft, entered=entered, step=onward)


def _go_on(request: HttpRequest, draft: Draft, page: Step) -> HttpResponse:
    why = elsewhere(draft)
    if why and ELSEWHERE[why].step == page.name:
        return redirect("triage:elsewhere", why)
    if _tells_of_an_emergency(draft, page):
        return redirect(f"{reverse('triage:send_emergency')}?{request.GET.urlencode()}")
    return redirect(_next_url(request, draft, page))


def _tells_of_an_emergency(draft: Draft, page: Step) -> bool:
    """Whether this page says so: a sign, or the notes where no sign has said so before."""
    if page.name == "notes":
        return is_emergency(drafts.answers_of(draft)) and not _by_signs(draft)
    return page.name == "signs" and _by_signs(draft)


def _by_signs(draft: Draft) -> bool:
    return is_emergency(replace(drafts.answers_of(draft), notes=""))


def _next_url(request: HttpRequest, draft: Draft, page: Step) -> str:
    """The next page; straight back to the review for whoever came from there to change this."""
    if request.GET.get("back") != REVIEW:
        return reverse("triage:send_step", args=[after(draft, page).name])
    if first := missing(draft, before=BY_NAME[REVIEW]):
        return f"{reverse('triage:send_step', args=[first.name])}?back={REVIEW}"
    return reverse("triage:send_step", args=[REVIEW])


def _show(
    request: HttpRequest, draft: Draft, page: Step, form: Form | None, *, status: int = 200
) -> HttpResponse:
    steps = steps_of(draft)
    number = steps.index(page) + 1
    told = page.name not in ("who", "signs") and is_emergency(drafts.answers_of(draft))
    context: dict[str, Any] = {
        "draft": draft, "step": page, "form": form, "number": number, "steps": len(steps),
        "before": steps[number - 2] if number > 1 else None,
        "emergency": told and page.name in (REVIEW, "consent"), "emergency_told": told,
        "changing": request.GET.get("back") == REVIEW,
    }  # fmt: skip
    context |= PARTS.get(page.name, lambda *_: {})(draft, form)
    return render(request, f"triage/patient/send/{page.template}.html", context, status=status)


def _photo_parts(draft: Draft, form: Form) -> dict[str, Any]:
    return {
        "rows": send_photos.rows(draft), "kinds": PhotoKind.choices,
        "photos_max": settings.PHOTOS_MAX, "photo_max_bytes": settings.PHOTO_MAX_BYTES,
        "texts": send_photos.script_texts(),
    }  # fmt: skip


def _review_parts(draft: Draft, form: None) -> dict[str, Any]:
    return {
        "sections": send_texts.summary(draft), "uploads": drafts.photos_of(draft),
        "sends": patients.has_agreed(draft.patient, ConsentKind.CARE),
    }  # fmt: skip


def _place_parts(draft: Draft, form: Form) -> dict[str, Any]:
    return {"places": body_map.to_choose(), "chosen": form["region"].value() or ""}


PARTS = {
    "photos": _photo_parts,
    "review": _review_parts,
    "place": _place_parts,
    "consent": lambda draft, form: {"text": consent_text(ConsentKind.CARE)},
}


def _send(request: HttpRequest, draft: Draft) -> HttpResponse:
    if not patients.has_agreed(draft.patient, ConsentKind.CARE):
        return redirect("triage:send_step", "consent")
    try:
        sent = drafts.send(actor=request.user, patient=draft.patient, draft_id=draft.pk)
    except intake.SeeInPerson as refused:
        return redirect("triage:elsewhere", refused.why)
    except intake.ConsentMissing:
        return redirect("triage:send_step", "consent")
    except (intake.PhotosMissing, intake.TooManyPhotos) as refused:
        messages.error(request, said(refused))
        return redirect("triage:send_step", "photos")
    except (drafts.DraftGone, drafts.PlaceMissing):
        return redirect("triage:send")
    except intake.QuotaReached as reached:
        messages.error(request, send_texts.come_back(reached.retry_after))
        response = _show(request, draft, BY_NAME[REVIEW], None, status=429)
        response["Retry-After"] = reached.retry_after
        return response
    return redirect("triage:case", sent.case.reference)


@for_patients
@require_safe
def emergency(request: HttpRequest) -> HttpResponse:
    """What to do at once; the form goes on from here all the same."""
    draft = drafts.open_draft(request.user)
    if draft is None:
        return redirect("triage:send")
    told = BY_NAME["signs" if _by_signs(draft) else "notes"]
    page = after(draft, told) if draft.step == EMERGENCY else BY_NAME[draft.step]
    onward = (missing(draft, before=page) or page).name
    if request.GET.get("back") == REVIEW and missing(draft, before=BY_NAME[REVIEW]) is None:
        onward = REVIEW
    return render(request, "triage/patient/send/emergency.html", {"onward": onward})


@for_patients
@require_safe
def elsewhere_page(request: HttpRequest, why: str) -> HttpResponse:
    """For whom or what this form is not the way, and what is."""
    if why not in ELSEWHERE:
        raise Http404
    draft = drafts.open_draft(request.user)
    context = {
        "reason": ELSEWHERE[why], "draft": draft,
        "emergency": bool(draft) and is_emergency(drafts.answers_of(draft)),
    }  # fmt: skip
    return render(request, "triage/patient/send/elsewhere.html", context)


@for_patients
@require_http_methods(["GET", "POST"])
def throw_away(request: HttpRequest) -> HttpResponse:
    """Ask, then delete the form with its photos."""
    draft = drafts.open_draft(request.user)
    if draft is None:
        return redirect("triage:send")
    if request.method == "GET":
        context = {"draft": draft, "where": send_texts.where(draft)}
        context["photos"] = draft.uploads.count()
        return render(request, "triage/patient/send/throw_away.html", context)
    if not _is_named(request, draft):
        return _gone(request)
    drafts.throw_away(actor=request.user, draft=draft)
    messages.success(request, _("What you had begun is deleted."))
    return redirect("triage:patient_cases")


# -- which form a page belongs to -----------------------------------------------------------------
def _is_named(request: HttpRequest, draft: Draft | None) -> bool:
    return draft is not None and request.POST.get("draft") == str(draft.pk)


def _gone(request: HttpRequest) -> HttpResponse:
    """A page of a form that is no longer the open one: sent already, or thrown away."""
    patient = patients.patient_of(request.user)
    try:
        key = str(uuid.UUID(request.POST.get("draft", "")))
    except ValueError:
        return redirect("triage:send")
    if earlier := intake.find_earlier(patient=patient, idempotency_key=key):
        return redirect("triage:case", earlier.reference)
    messages.info(request, _("That form was thrown away in another tab."))
    return redirect("triage:send")


def _lesion_again(request: HttpRequest) -> Lesion | None:
    """The lesion of an earlier case, where somebody came from that one's page."""
    reference = request.GET.get("again", "").replace("\0", "")
    case = visible_cases(request.user).filter(reference=reference).select_related("lesion").first()
    return case.lesion if case else None


def _tapped(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    """What the draft says, and what was tapped on the body's drawing without a script."""
    region = request.GET.get("region")
    return {**draft.entered, "region": region} if region else dict(draft.entered)
