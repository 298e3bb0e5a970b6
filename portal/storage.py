"""Where photos lie: private files, on disk before a submission is acknowledged."""

import os
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class PrivateFileStorage(FileSystemStorage):
    """Local storage that only the portal, and nginx in its group, can read.

    A file survives a power cut once save() has returned. It has no URL: photos are only served by
    a view that checks permission and records it.
    """

    def __init__(self) -> None:
        super().__init__(
            base_url=None, file_permissions_mode=0o640, directory_permissions_mode=0o750
        )

    def _save(self, name: str, content: File) -> str:
        saved = super()._save(name, content)
        path = Path(self.path(saved))
        for target in (path, path.parent):
            descriptor = os.open(target, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return saved
