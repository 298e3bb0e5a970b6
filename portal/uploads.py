"""Where the bytes of a file go while it arrives: to disk, and no further than anybody will read."""

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler

KEPT = settings.PHOTO_MAX_BYTES + 1  # one byte more than is allowed says that it is too much


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Drops what comes after KEPT bytes of a file, so that no upload can fill the disk.

    Whoever reads the file sees that it is too large, and can say so beside that file.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        super().receive_data_chunk(raw_data[: max(KEPT - start, 0)], start)

    def file_complete(self, file_size: int):
        return super().file_complete(min(file_size, KEPT))
