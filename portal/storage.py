"""Where photos lie: private files, on disk before a submission is acknowledged."""

import logging
import os
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.http import FileResponse, Http404, HttpResponse

log = logging.getLogger(__name__)


class PrivateFileStorage(FileSystemStorage):
    """Local storage that only the portal, and nginx in its group, can read.

    A file survives a power cut once save() has returned. It has no URL: photos are only served by
    a view that checks permission and records it.
    """

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o640, directory_permissions_mode=0o750)

    def url(self, name: str | None) -> str:
        raise ValueError("A private file is not accessible via a URL: use private_file().")

    def _save(self, name: str, content: File) -> str:
        saved = super()._save(name, content)
        path, root = Path(self.path(saved)), Path(self.location)
        # The folders too, up to the root: any of them may be new.
        for target in (path, *(folder for folder in path.parents if folder.is_relative_to(root))):
            descriptor = os.open(target, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return saved


def private_file(name: str, *, shown_as: str, content_type: str = "image/jpeg") -> HttpResponse:
    """A stored file for whoever was just allowed to see it, or word to nginx where it lies.

    No copy stays in a browser or a proxy. `shown_as` says nothing about anybody. Raises Http404
    where the file is missing.
    """
    if settings.MEDIA_ACCEL_PREFIX and not settings.MEDIA_BUCKET:
        response = HttpResponse(content_type=content_type)
        response["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL_PREFIX.rstrip('/')}/{quote(name)}"
    else:
        try:
            response = FileResponse(default_storage.open(name), content_type=content_type)
        except FileNotFoundError as problem:
            log.error("a file of the media storage is missing: %s", name)
            raise Http404 from problem
    return private(response, shown_as=shown_as)


def private(response: HttpResponse, *, shown_as: str) -> HttpResponse:
    """The same for something made while one waits, such as a picture drawn from numbers."""
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = f'inline; filename="{shown_as}"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
