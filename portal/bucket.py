"""Photos in an S3 bucket, for workers on several hosts. Loaded only where MEDIA_BUCKET is set."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage


class BucketStorage(S3Storage):
    """Its failures are OSErrors, as a disk's are: whoever reads files knows those."""

    def _open(self, name: str, mode: str = "rb") -> File:
        """The whole file, read now: a photo is small, and what fails, fails here."""
        with _as_os_errors(), super()._open(name, mode) as file:
            return ContentFile(file.read(), name)

    def _save(self, name: str, content: File) -> str:
        with _as_os_errors():
            return super()._save(name, content)

    def delete(self, name: str) -> None:
        with _as_os_errors():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _as_os_errors():
            return super().exists(name)


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as problem:
        raise OSError(f"the bucket does not answer: {type(problem).__name__}") from problem
