"""A bucket that doesn't answer fails as a disk does."""

import pytest
from botocore.config import Config
from django.core.files.base import ContentFile

from portal.bucket import BucketStorage


@pytest.fixture
def away() -> BucketStorage:
    return BucketStorage(
        bucket_name="photos", endpoint_url="http://127.0.0.1:9", access_key="x", secret_key="y",
        client_config=Config(retries={"max_attempts": 1}, connect_timeout=1),
    )  # fmt: skip


def test_what_cannot_be_read_written_or_deleted_is_an_os_error(away):
    for attempt in (
        lambda: away.open("a.jpg").read(),
        lambda: away.save("a.jpg", ContentFile(b"x")),
        lambda: away.delete("a.jpg"),
        lambda: away.exists("a.jpg"),
    ):
        with pytest.raises(OSError, match="the bucket does not answer"):
            attempt()
