"""The photos on the form: those that have arrived, those that could not be used, and why."""

import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from triage import photos
from triage.models import Patient, PhotoKind, Upload
from triage.permissions import visible_uploads
from triage.web.send_form import slot


@dataclass
class Basket:
    """Filled while one request is answered."""

    uploads: list[Upload]
    arrived: list[Upload] = field(default_factory=list)  # those of `uploads` that came just now
    problems: list[tuple[str, str]] = field(default_factory=list)  # field of the form, message


def arrived_before(request: HttpRequest) -> list[Upload]:
    """The uploads that the form names, in its order, with the kind of view chosen there."""
    names = [key for key in map(_uuid, request.POST.getlist("upload")) if key]
    mine = visible_uploads(request.user).in_bulk(names)
    found = [mine[key] for key in dict.fromkeys(names) if key in mine]
    for upload in found:
        photos.set_kind(
            upload=upload, kind=kind_of(request.POST.get(f"kind-{upload.pk}"), upload.kind)
        )
    return found


def fill(request: HttpRequest, patient: Patient) -> Basket:
    """Take in the files that came with the form. Raises photos.TooManyUploads before the first."""
    basket = Basket(arrived_before(request))
    sent = [(kind, file) for kind in PhotoKind for file in request.FILES.getlist(slot(kind))]
    if not sent:
        return basket
    room = max(settings.PHOTOS_MAX - len(basket.uploads), 0)
    files = [file for _, file in sent[:room]]
    cleaned = photos.receive(actor=request.user, patient=patient, sources=files)
    for (kind, file), clean in zip(sent, cleaned, strict=False):
        if isinstance(clean, photos.PhotoRefused):
            basket.problems.append((slot(kind), f"{short_name(file)}: {clean.message}"))
        else:
            upload = photos.keep(actor=request.user, patient=patient, clean_photo=clean, kind=kind)
            basket.arrived.append(upload)
    for kind, file in sent[room:]:
        basket.problems.append((slot(kind), f"{short_name(file)}: not added. {photos_limit()}"))
    basket.uploads += basket.arrived
    return basket


def photos_limit() -> str:
    return f"Send {settings.PHOTOS_MAX} photos at most."


def kind_of(text: str | None, otherwise: str = PhotoKind.CLOSE_UP) -> PhotoKind:
    return PhotoKind(text) if text in PhotoKind.values else PhotoKind(otherwise)


def short_name(file: UploadedFile) -> str:
    """What the sender calls the file, told back to them and kept nowhere."""
    name = file.name or "Photo"
    return name if len(name) <= 40 else f"{name[:28]}…{name[-10:]}"


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
