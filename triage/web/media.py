"""Photos, each request checked and on record. No copy stays in a browser or a proxy."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from portal.storage import private, private_file
from triage import access
from triage.models import Photo, PhotoFinding, Upload
from triage.web import activation_map
from triage.web.guards import for_dermatologists, for_patients, for_patients_and_dermatologists


@for_patients_and_dermatologists
@require_safe
def photo(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    return private_file(_read(request, pk, size="full").file.name, shown_as="photo.jpg")


@for_patients_and_dermatologists
@require_safe
def thumbnail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    found = _read(request, pk, size="thumbnail")
    return private_file(found.thumbnail.name, shown_as="thumbnail.jpg")


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
    response = HttpResponse(drawn, content_type="image/png")
    return private(response, shown_as="activation.png")


@for_patients
@require_safe
def upload_thumbnail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    try:
        upload = access.read_upload(actor=request.user, upload_id=str(pk))
    except Upload.DoesNotExist:
        raise Http404 from None
    return private_file(upload.thumbnail.name, shown_as="thumbnail.jpg")


def _read(request: HttpRequest, pk: uuid.UUID, *, size: str) -> Photo:
    try:
        return access.read_photo(actor=request.user, photo_id=str(pk), size=size)
    except Photo.DoesNotExist:
        raise Http404 from None
