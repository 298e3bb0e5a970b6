"""Send photos: what must be agreed first, the form, and its photos one by one."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.utils.formats import time_format
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from triage import intake, patients, photos
from triage.intake import InPerson
from triage.models import ConsentKind, Patient, PhotoKind, Upload
from triage.permissions import visible_cases, visible_uploads
from triage.priority import is_emergency
from triage.web import basket as baskets
from triage.web.fields import BirthDateField
from triage.web.guards import for_patients
from triage.web.profile import consent_text
from triage.web.send_form import UNSURE, CaseForm, slot


@dataclass(frozen=True)
class Elsewhere:
    """Why this is better shown to a clinician in person."""

    title: str
    text: str


ELSEWHERE = {
    InPerson.YOUNG: Elsewhere(
        "Children need to be seen in person",
        "Skin of people under 16 is not assessed from photos here. Show it to a family doctor or a "
        "children’s clinic; they will refer to a skin specialist if needed.",
    ),
    InPerson.GENITAL: Elsewhere(
        "Please have this seen in person",
        "We do not take photos of the genital area. A family doctor or a sexual health clinic can "
        "look at it in private, often without a long wait.",
    ),
    InPerson.SEVERAL: Elsewhere(
        "Many spots are better seen in person",
        "With more than three spots, photos of each one do not give the whole picture. Ask a "
        "family doctor or a dermatologist to look over all of your skin.",
    ),
}


class StartForm(forms.Form):
    """Only what is still missing is asked for."""

    birth_date = BirthDateField()
    agree = forms.BooleanField(
        label="I have read this and I agree",
        error_messages={"required": "Tick the box if you agree. We cannot assess photos without."},
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if patient.birth_date is not None:
            del self.fields["birth_date"]
        if patients.has_agreed(patient, ConsentKind.CARE):
            del self.fields["agree"]


@for_patients
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """What the clinic must know and the patient must agree to before the first photo."""
    patient = patients.patient_of(request.user)
    posted = request.POST if request.method == "POST" else None
    form = StartForm(posted, patient=patient)
    if form.fields and not form.is_valid():
        context = {"form": form, "text": consent_text(ConsentKind.CARE)}
        status = 422 if form.errors else 200
        return render(request, "triage/patient/start.html", context, status=status)
    if form.fields:
        given = form.cleaned_data
        patients.get_ready(
            actor=request.user, patient=patient, birth_date=given.get("birth_date"),
            agreed=given.get("agree", False),
        )  # fmt: skip
    return redirect("triage:send")


@for_patients
@require_http_methods(["GET", "POST"])
def send(request: HttpRequest) -> HttpResponse:
    patient = patients.patient_of(request.user)
    if not patient.birth_date or not patients.has_agreed(patient, ConsentKind.CARE):
        return redirect("triage:start")
    if why := intake.better_in_person(patient):
        return redirect("triage:elsewhere", why)
    if request.method == "POST":
        return _receive(request, patient)
    unsent = list(visible_uploads(request.user).order_by("-arrived_at"))
    chosen = _named(request.GET.getlist("photo"), unsent)[: settings.PHOTOS_MAX]
    form = CaseForm(patient=patient, initial=_place_of(request))
    leftovers = [upload for upload in unsent if upload not in chosen]
    return _page(request, form, chosen, leftovers=leftovers)


def _receive(request: HttpRequest, patient: Patient) -> HttpResponse:
    form = CaseForm(_with_token(request), patient=patient)
    form.is_valid()
    key = str(form.cleaned_data["token"])
    if earlier := intake.find_earlier(patient=patient, idempotency_key=key):
        return redirect("triage:case", earlier.reference)
    try:
        basket = baskets.fill(request, patient)
    except photos.TooManyUploads as too_many:
        return _too_many(request, form, baskets.arrived_before(request), too_many.retry_after)
    for name, message in basket.problems:
        form.add_error(name, message)
    if step := request.POST.get("step", ""):
        return _step(request, form, basket, step)
    if not form.errors and (why := _better_in_person(patient, form)):
        return _page(request, form, basket.uploads, status=422, reason=ELSEWHERE[why])
    if not basket.uploads and not basket.problems:
        form.add_error(slot(PhotoKind.CLOSE_UP), "Add at least one photo.")
    if form.errors:
        return _page(request, form, basket.uploads, status=422)
    return _submit(request, patient, form, basket)


def _better_in_person(patient: Patient, form: CaseForm) -> InPerson | None:
    site = form.place().body_site
    return intake.better_in_person(patient, body_site=site, several=form.several())


def _submit(
    request: HttpRequest, patient: Patient, form: CaseForm, basket: baskets.Basket
) -> HttpResponse:
    try:
        sent = intake.submit(
            actor=request.user, patient=patient, uploads=basket.uploads, place=form.place(),
            answers=form.answers(), idempotency_key=str(form.cleaned_data["token"]),
        )  # fmt: skip
    except (intake.ConsentMissing, intake.SeeInPerson):
        return redirect("triage:send")  # changed in another tab just now: that page says what to do
    except intake.QuotaReached as reached:
        return _too_many(request, form, basket.uploads, reached.retry_after)
    except (intake.PhotosMissing, intake.TooManyPhotos) as refusal:
        form.add_error(slot(PhotoKind.CLOSE_UP), str(refusal.__doc__))
        return _page(request, form, baskets.arrived_before(request), status=422)
    if not sent.created:  # the other click was first, with the same files
        for upload in basket.arrived:
            photos.discard(actor=request.user, upload=upload)
    return redirect("triage:case", sent.case.reference)


def _step(request: HttpRequest, form: CaseForm, basket: baskets.Basket, step: str) -> HttpResponse:
    """The form once more, everything kept, with photos added or one of them taken off."""
    unwanted = [upload for upload in basket.uploads if step == f"remove-{upload.pk}"]
    for upload in unwanted:
        photos.discard(actor=request.user, upload=upload)
    for name in [name for name in form.errors if not name.startswith("photos_")]:
        del form.errors[name]  # not sent yet, so nothing is missing yet
    return _page(request, form, [upload for upload in basket.uploads if upload not in unwanted])


def _page(
    request: HttpRequest, form: CaseForm, uploads: list[Upload], *, status: int = 200,
    leftovers: list[Upload] | None = None, reason: Elsewhere | None = None,
) -> HttpResponse:  # fmt: skip
    context = {
        "form": form,
        "emergency": form.is_bound and is_emergency(form.answers()),
        "uploads": uploads,
        "leftovers": leftovers,  # of forms that were never sent: nothing of them is in this one
        "reason": reason,
        "kinds": PhotoKind.choices,
        "photos_max": settings.PHOTOS_MAX,
        "photo_max_bytes": settings.PHOTO_MAX_BYTES,
    }
    return render(request, "triage/patient/send.html", context, status=status)


def _too_many(
    request: HttpRequest, form: CaseForm, uploads: list[Upload], retry_after: int
) -> HttpResponse:
    form.add_error(None, f"{_come_back(retry_after)} What you entered is still below.")
    response = _page(request, form, uploads, status=429)
    response["Retry-After"] = retry_after
    return response


def _place_of(request: HttpRequest) -> dict[str, str]:
    """The place of an earlier case, where somebody came from that one's page."""
    earlier = visible_cases(request.user).filter(
        reference=request.GET.get("again", "").replace("\0", "")
    )
    case = earlier.select_related("lesion").first()
    if case is None:
        return {}
    lesion = case.lesion
    return {"lesion": str(lesion.pk), "body_site": lesion.body_site, "side": lesion.side or UNSURE}


def _named(names: list[str], uploads: list[Upload]) -> list[Upload]:
    found = {str(upload.pk): upload for upload in uploads}
    return [found[name] for name in dict.fromkeys(names) if name in found]


def _come_back(retry_after: int) -> str:
    when = timezone.localtime(timezone.now() + timedelta(seconds=retry_after))
    minutes = ceil(retry_after / 60)
    return (
        "You have sent as much as one hour allows. "
        f"Try again after {time_format(when, 'H:i')}, in {minutes} minute{pluralize(minutes)}."
    )


def _with_token(request: HttpRequest) -> QueryDict:
    """What was entered; a form whose token is lost or damaged counts as a new one."""
    entered = request.POST.copy()
    try:
        uuid.UUID(entered.get("token", ""))
    except ValueError:
        entered["token"] = str(uuid.uuid4())
    return entered


@for_patients
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """One photo, sent by the form's script: 201 with its row of the form, else what is wrong."""
    patient = patients.patient_of(request.user)
    file = request.FILES.get("photo")
    if file is None or not _may_send(patient):
        return _plain("Choose a photo again.", 400)
    try:
        (clean,) = photos.receive(actor=request.user, patient=patient, sources=[file])
    except photos.TooManyUploads as too_many:
        response = _plain(_come_back(too_many.retry_after), 429)
        response["Retry-After"] = too_many.retry_after
        return response
    if isinstance(clean, photos.PhotoRefused):
        return _plain(clean.message, 422)
    kept = photos.keep(
        actor=request.user, patient=patient, clean_photo=clean,
        kind=baskets.kind_of(request.POST.get("kind")),
    )  # fmt: skip
    context = {"upload": kept, "kinds": PhotoKind.choices}
    return render(request, "triage/patient/upload.html", context, status=201)


@for_patients
@require_POST
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a photo off the form; one that is gone already is no error."""
    for found in visible_uploads(request.user).filter(pk=pk):
        photos.discard(actor=request.user, upload=found)
    return HttpResponse(status=204)


@for_patients
@require_POST
def forget_unsent(request: HttpRequest) -> HttpResponse:
    """Delete the photos that the page named: added to a form but never sent."""
    for found in _named(request.POST.getlist("photo"), list(visible_uploads(request.user))):
        photos.discard(actor=request.user, upload=found)
    messages.success(request, "The photos that you had not sent are deleted.")
    return redirect("triage:send")


@for_patients
@require_safe
def elsewhere(request: HttpRequest, why: str) -> HttpResponse:
    """For whom there is no form at all; who has one reads this above it."""
    if why != InPerson.YOUNG:
        raise Http404
    context = {"reason": ELSEWHERE[why], "unsent": visible_uploads(request.user)}
    return render(request, "triage/patient/elsewhere.html", context)


def _may_send(patient: Patient) -> bool:
    agreed = patients.has_agreed(patient, ConsentKind.CARE)
    return agreed and patient.birth_date is not None and not intake.better_in_person(patient)


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
