"""Photos, each request checked and on record. No copy stays in a browser or a proxy."""

import uuid
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from triage import access
from triage.models import Photo, PhotoFinding, Upload
from triage.web import activation_map
from triage.web.guards import for_dermatologists, for_patients, for_patients_and_dermatologists


@for_patients_and_dermatologists
@require_safe
def photo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _file(_read(request, pk, size="full").file.name, "photo.jpg")


@for_patients_and_dermatologists
@require_safe
def thumbnail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return _file(_read(request, pk, size="thumbnail").thumbnail.name, "thumbnail.jpg")


@for_dermatologists
@require_safe
def activation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Where the model looked: a transparent PNG to lay over the photo, of its shape.

    404 until the reader may see what the model said.
    """
    try:
        finding = access.read_activation(actor=request.user, photo_id=str(pk))
    except PhotoFinding.DoesNotExist:
        raise Http404 from None
    drawn = activation_map.draw(
        finding.activation_map, width=finding.photo.width, height=finding.photo.height
    )
    return _private(HttpResponse(drawn, content_type="image/png"), "activation.png")


@for_patients
@require_safe
def upload_thumbnail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    try:
        upload = access.read_upload(actor=request.user, upload_id=str(pk))
    except Upload.DoesNotExist:
        raise Http404 from None
    return _file(upload.thumbnail.name, "thumbnail.jpg")


def _read(request: HttpRequest, pk: uuid.UUID, *, size: str) -> Photo:
    try:
        return access.read_photo(actor=request.user, photo_id=str(pk), size=size)
    except Photo.DoesNotExist:
        raise Http404 from None


def _file(name: str, shown_as: str) -> HttpResponse:
    """The file itself, or where nginx finds it. `shown_as` says nothing about anybody."""
    if settings.MEDIA_ACCEL_PREFIX and not settings.MEDIA_BUCKET:
        response = HttpResponse(content_type="image/jpeg")
        response["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL_PREFIX.rstrip('/')}/{quote(name)}"
    else:
        response = FileResponse(default_storage.open(name), content_type="image/jpeg")
    return _private(response, shown_as)


def _private(response: HttpResponse, shown_as: str) -> HttpResponse:
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = f'inline; filename="{shown_as}"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
