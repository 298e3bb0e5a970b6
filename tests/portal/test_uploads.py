"""What reaches the disk while a file arrives."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory


def received(*contents: bytes) -> list:
    files = [SimpleUploadedFile(f"{n}.jpg", content) for n, content in enumerate(contents)]
    return RequestFactory().post("/", {"photo": files}).FILES.getlist("photo")


def test_no_more_is_stored_of_a_file_than_shows_that_it_is_too_large(settings):
    limit = settings.PHOTO_MAX_BYTES
    whole, large = received(b"a" * limit, b"b" * (limit + 300_000))
    assert whole.size == limit and len(whole.read()) == limit
    assert large.size == limit + 1 and len(large.read()) == limit + 1


def test_a_small_file_arrives_as_it_is():
    (small,) = received(b"abc")
    assert small.read() == b"abc"
