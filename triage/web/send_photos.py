"""The photos of the form: taken in one by one or with their page, looked at, taken off again."""

import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from triage import drafts, intake, patients, photo_advice, photos
from triage.models import Draft, Patient, PhotoKind, Upload
from triage.permissions import visible_photos, visible_uploads
from triage.web.guards import for_patients
from triage.web.send_forms import slot
from triage.web.send_texts import come_back

COMPARED = 60  # of the patient's photos, the latest, when looking for one that is the same


@dataclass
class Arrivals:
    """What came with one request."""

    kept: list[Upload] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)  # field of the form, message


def take_in(request: HttpRequest, draft: Draft) -> Arrivals:
    """The files that came with the page. Raises photos.TooManyUploads before the first."""
    arrivals = Arrivals()
    sent = [(kind, file) for kind in PhotoKind for file in request.FILES.getlist(slot(kind))]
    if not sent:
        return arrivals
    room = max(settings.PHOTOS_MAX - draft.uploads.count(), 0)
    files = [file for _kind, file in sent[:room]]
    cleaned = photos.receive(actor=request.user, patient=draft.patient, sources=files)
    for (kind, file), clean in zip(sent, cleaned, strict=False):
        if isinstance(clean, photos.PhotoRefused):
            arrivals.problems.append((slot(kind), f"{short_name(file)}: {clean.message}"))
        else:
            arrivals.kept.append(_keep(request, draft, clean, kind))
    for kind, file in sent[room:]:
        said = _("%(name)s: not added. %(limit)s")
        both = {"name": short_name(file), "limit": photos_limit()}
        arrivals.problems.append((slot(kind), said % both))
    return arrivals


def set_kinds(request: HttpRequest, draft: Draft) -> None:
    """The kind of view chosen beside each photo."""
    for upload in draft.uploads.all():
        chosen = request.POST.get(f"kind-{upload.pk}")
        photos.set_kind(upload=upload, kind=kind_of(chosen, upload.kind))


def _keep(
    request: HttpRequest, draft: Draft, clean: photos.CleanPhoto, kind: PhotoKind
) -> Upload:  # fmt: skip
    """The same file a second time, as of a second press, is the photo that is there."""
    there = draft.uploads.filter(sha256=clean.sha256).first()
    return there or photos.keep(
        actor=request.user, patient=draft.patient, clean_photo=clean, kind=kind, draft=draft
    )


@for_patients
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """One photo, sent by the form's script: 201 with its row of the form, else what is wrong."""
    patient = patients.patient_of(request.user)
    file = request.FILES.get("photo")
    draft = drafts.open_draft(request.user)
    if draft is None or str(draft.pk) != request.POST.get("draft"):
        return _plain(
            _("This form was sent or thrown away in another tab. Load the page anew."), 409
        )
    if file is None or _not_here(patient):
        return _plain(_("Choose a photo again."), 400)
    if draft.uploads.count() >= settings.PHOTOS_MAX:
        return _plain(photos_limit(), 422)
    try:
        (clean,) = photos.receive(actor=request.user, patient=patient, sources=[file])
    except photos.TooManyUploads as too_many:
        response = _plain(come_back(too_many.retry_after), 429)
        response["Retry-After"] = too_many.retry_after
        return response
    if isinstance(clean, photos.PhotoRefused):
        return _plain(clean.message, 422)
    kept = _keep(request, draft, clean, kind_of(request.POST.get("kind")))
    [row] = [row for row in rows(draft) if row.upload == kept]
    context = {"row": row, "kinds": PhotoKind.choices}
    return render(request, "triage/patient/send/upload.html", context, status=201)


@for_patients
@require_POST
def remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a photo off the form; one that is gone already is no error."""
    for found in visible_uploads(request.user).filter(pk=pk):
        photos.discard(actor=request.user, upload=found)
    return HttpResponse(status=204)


@dataclass(frozen=True)
class Row:
    """A photo on the form."""

    upload: Upload
    advice: list[str]  # kindly, the worst first


def rows(draft: Draft) -> list[Row]:
    """The photos of the form, each with what might make it hard to judge. One that is like another
    of the form is told at the later one of both."""
    sent = visible_photos(draft.patient.user).order_by("-case__submitted_at")
    earlier, found = list(sent.values_list("fingerprint", flat=True)[:COMPARED]), []
    for upload in drafts.photos_of(draft):
        found.append(Row(upload, photo_advice.advice(upload, earlier)))
        earlier.append(upload.fingerprint)
    return found


def script_texts() -> dict[str, str]:
    """What the page's script says; {name} is the file's."""
    return {
        "full": _("Not added. %(limit)s") % {"limit": photos_limit()},
        "large": photos.refusal("too_large").message,
        "sending": _("Sending {name}"),
        "waiting": _("waiting"),
        "checking": _("checking the photo"),
        "added": _("{name} is added."),
        "same": _("{name} is here already."),
        "lost": _("The connection was lost."),
        "logged_out": _("You were logged out. Log in again in another tab, then try again here."),
        "broke": _("Something went wrong here."),
        "dismiss": _("Dismiss"),
        "again": _("Try again"),
        "removed": _("The photo is removed."),
        "not_removed": _("The photo could not be removed. Try again."),
        "camera": _("Take a photo"),
        "problem": _("Look at the photo that could not be added, then go on."),
        "onward": _("Going on as soon as your photos are there …"),
    }


def photos_limit() -> str:
    return _("Send %(most)d photos at most.") % {"most": settings.PHOTOS_MAX}


def kind_of(text: str | None, otherwise: str = PhotoKind.CLOSE_UP) -> PhotoKind:
    return PhotoKind(text) if text in PhotoKind.values else PhotoKind(otherwise)


def short_name(file: UploadedFile) -> str:
    """What the sender calls the file, told back to them and kept nowhere."""
    name = file.name or _("Photo")
    return name if len(name) <= 40 else f"{name[:28]}…{name[-10:]}"


def _not_here(patient: Patient) -> bool:
    return intake.better_in_person(patient) is not None


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
