"""Taking in photos: the separate decoder, advice, the quota, what is kept and what is forgotten."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import BoundedSemaphore

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from triage import patients, photos
from triage.models import Patient, Photo, PhotoKind, Upload
from triage.photos import CleanPhoto, PhotoRefused


@pytest.fixture
def sender(people):
    return people.patient


def receive(sender, *contents: bytes):
    patient = patients.patient_of(sender)
    sources = [io.BytesIO(content) for content in contents]
    return photos.receive(actor=sender, patient=patient, sources=sources)


def test_files_come_back_in_their_order_and_a_refusal_in_its_place(sender):
    first, refused, last = receive(sender, cast.jpeg((200, 0, 0)), b"text", cast.jpeg((0, 0, 200)))
    assert isinstance(refused, PhotoRefused) and refused.code == "not_an_image"
    assert isinstance(first, CleanPhoto) and first.photo[:3] == b"\xff\xd8\xff"
    assert first.sha256 != last.sha256
    assert Entry.objects.get(action="photo.refused").result == "failed"


def test_a_decoder_that_is_killed_costs_its_own_file_only(sender, monkeypatch):
    monkeypatch.setattr(photos, "DECODER", ["/bin/sh", "-c", "kill -9 $$"])
    (refused,) = receive(sender, cast.jpeg())
    assert isinstance(refused, PhotoRefused) and refused.code == "damaged"


def test_a_decoder_that_hangs_is_ended(sender, monkeypatch):
    monkeypatch.setattr(photos, "DECODER", ["/bin/sleep", "60"])
    monkeypatch.setattr(photos, "DECODER_SECONDS", 0.2)
    (refused,) = receive(sender, cast.jpeg())
    assert isinstance(refused, PhotoRefused) and refused.code == "too_slow"


def test_no_more_decoders_run_at_once_than_the_machine_can_bear(sender, monkeypatch, tmp_path):
    alone = f"mkdir {tmp_path}/busy || touch {tmp_path}/two; sleep 0.2; rmdir {tmp_path}/busy"
    monkeypatch.setattr(photos, "DECODER", ["/bin/sh", "-c", f"PATH=/bin; {alone}; kill -9 $$"])
    monkeypatch.setattr(photos, "DECODERS", BoundedSemaphore(1))
    receive(sender, cast.jpeg(), cast.jpeg())
    assert not (tmp_path / "two").exists()


def test_an_hour_after_the_first_the_next_photo_is_taken(sender, monkeypatch):
    cast.decide(cases_per_hour=1)
    for _ in range(6):
        cast.add_photo(sender)
    with pytest.raises(photos.TooManyUploads) as refused:
        receive(sender, cast.jpeg())
    later = timezone.now() + timedelta(seconds=refused.value.retry_after)
    monkeypatch.setattr(photos.timezone, "now", lambda: later)
    assert isinstance(receive(sender, cast.jpeg())[0], CleanPhoto)


def test_the_quota_of_one_patient_is_not_another_s(sender):
    cast.decide(cases_per_hour=1)
    for _ in range(6):
        cast.add_photo(sender)
    other = cast.gather().patient
    assert isinstance(receive(other, cast.jpeg())[0], CleanPhoto)


def test_a_discarded_photo_leaves_no_file(sender):
    upload = cast.add_photo(sender)
    photos.discard(actor=sender, upload=upload)
    assert not default_storage.exists(upload.file.name)
    assert not default_storage.exists(upload.thumbnail.name)
    assert Entry.objects.filter(action="photo.discarded").count() == 1


def test_a_photo_whose_row_cannot_be_written_leaves_no_file(sender, settings):
    patient = patients.patient_of(sender)
    before = sorted(Path(settings.MEDIA_ROOT).rglob("*.jpg"))
    gone = Patient(pk=patient.pk + 1_000)  # erased, while the photo was decoded
    clean = photos.CleanPhoto(cast.jpeg(), cast.jpeg(), 900, 700, "0" * 64, 100.0, 0.5)
    with pytest.raises(Patient.DoesNotExist):
        photos.keep(actor=sender, patient=gone, clean_photo=clean, kind=PhotoKind.CLOSE_UP)
    assert sorted(Path(settings.MEDIA_ROOT).rglob("*.jpg")) == before


def test_photos_never_sent_are_swept_after_a_month_and_no_sooner(sender):
    old, young = cast.add_photo(sender), cast.add_photo(sender)
    Upload.objects.filter(pk=old.pk).update(arrived_at=timezone.now() - timedelta(days=31))
    Upload.objects.filter(pk=young.pk).update(arrived_at=timezone.now() - timedelta(days=29))
    assert photos.sweep_uploads() == 1
    assert [upload.pk for upload in Upload.objects.all()] == [young.pk]
    assert not default_storage.exists(old.file.name) and default_storage.exists(young.file.name)


@pytest.mark.django_db(transaction=True)
def test_a_photo_taken_off_while_it_is_being_sent_stays_with_its_case(sender):
    upload = cast.add_photo(sender)

    def take_off() -> bool:
        try:
            return photos.discard(actor=sender, upload=upload)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other_tab:
        with transaction.atomic():
            cast.send_case(sender, upload=upload)
            taken_off = other_tab.submit(take_off)
            with pytest.raises(TimeoutError):
                taken_off.result(timeout=0.5)  # it waits for the submission
        assert taken_off.result(timeout=10) is False
    photo = Photo.objects.get(pk=upload.pk)
    assert default_storage.exists(photo.file.name) and default_storage.exists(photo.thumbnail.name)
    assert not Entry.objects.about("upload", str(upload.pk)).doing("photo.discarded").exists()


def test_the_view_of_a_photo_that_was_sent_meanwhile_is_left_alone(sender):
    upload = cast.add_photo(sender)
    cast.send_case(sender, upload=upload)
    photos.set_kind(upload=upload, kind=PhotoKind.SIDE)
    assert Photo.objects.get(pk=upload.pk).kind == PhotoKind.CLOSE_UP


def test_what_the_decoder_says_is_said_here_in_the_same_words():
    from inference.image import _MESSAGES

    assert {code: str(photos.REFUSALS[code]) for code in _MESSAGES} == _MESSAGES
    assert set(photos.REFUSALS) - set(_MESSAGES) == {"too_slow"}
