"""The photos of the guided form: with their page, one by one, advised on, taken off again."""

import re

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from portal.audit.models import Entry
from tests import cast
from tests.triage.web import journey
from tests.triage.web.journey import USUAL, add_photo, encoded, file, go, on_form, post, send
from training.procedural import lesion_photo
from triage import patients
from triage.models import Case, Draft, PhotoKind, Upload


@pytest.fixture(scope="module")
def photo() -> bytes:
    return encoded(lesion_photo(1, size=(900, 700)))


@pytest.fixture
def at_photos(sender):
    """The patient has come to the page of photos, and has none yet."""
    sender.draft = str(go(sender, until="photos").pk)
    return sender


def add(client, content: bytes, name: str = "IMG_0001.JPG", **fields):
    """One photo, as the page's script sends it."""
    return client.post(
        "/send/photos/add/", {"draft": client.draft, "photo": file(content, name), **fields}
    )


# -- with their page ------------------------------------------------------------------------------
def test_the_page_takes_several_kinds_of_photos_at_once(at_photos, photo):
    other = encoded(lesion_photo(2, size=(900, 700)))
    answer = post(at_photos, "photos", photos_close_up=[file(photo), file(other)],
                  photos_overview=file(encoded(lesion_photo(3, size=(900, 700)))))  # fmt: skip
    assert answer.headers["Location"] == "/send/changes/"
    kinds = sorted(Draft.objects.get().uploads.values_list("kind", flat=True))
    assert kinds == ["close_up", "close_up", "overview"]


def test_a_second_press_with_the_same_file_adds_none(at_photos, photo):
    post(at_photos, "photos", photos_close_up=file(photo))
    post(at_photos, "photos", photos_close_up=file(photo))
    assert len(on_form(at_photos)) == 1


def test_a_bad_file_is_named_and_costs_nothing_else(at_photos, photo):
    answer = post(at_photos, "photos",
                  photos_close_up=[file(photo), file(b"not a photo", "holiday.txt")])  # fmt: skip
    assert answer.status_code == 422
    assert answer.text.count("holiday.txt: This file is not a photo.") == 2, "summary and beside"
    assert 'href="#id_photos_close_up"' in answer.text
    assert len(on_form(at_photos)) == 1
    assert post(at_photos, "photos").headers["Location"] == "/send/changes/"


def test_without_a_photo_one_does_not_go_on(at_photos):
    answer = post(at_photos, "photos")
    assert answer.status_code == 422 and "Add at least one photo." in answer.text
    assert at_photos.get("/send/changes/").headers["Location"] == "/send/photos/"


def test_six_photos_are_the_most(at_photos, people):
    for _ in range(5):
        add_photo(people.patient, Draft.objects.get())
    pictures = [encoded(lesion_photo(seed, size=(400, 300))) for seed in (5, 6)]
    files = [file(one, f"{n}.jpg") for n, one in enumerate(pictures)]
    answer = post(at_photos, "photos", photos_close_up=files)
    assert answer.status_code == 422 and len(on_form(at_photos)) == 6
    assert "1.jpg: not added. Send 6 photos at most." in answer.text
    refused = add(at_photos, pictures[1])
    assert refused.status_code == 422 and refused.text == "Send 6 photos at most."


def test_photos_can_be_added_and_shown_before_going_on(at_photos, photo):
    answer = post(at_photos, "photos", step="add", photos_close_up=file(photo))
    assert answer.status_code == 200 and "There is a problem" not in answer.text
    [mine] = on_form(at_photos)
    assert f"/send/photos/{mine}/thumbnail/" in answer.text


def test_a_photo_can_be_taken_off_the_form(at_photos, people):
    one, two = (add_photo(people.patient, Draft.objects.get()) for _ in range(2))
    post(at_photos, "photos", step=f"remove-{one.pk}")
    assert on_form(at_photos) == [str(two.pk)]
    assert not default_storage.exists(one.file.name)


def test_another_patient_s_photo_cannot(at_photos, people):
    theirs = cast.add_photo(people.patient2)
    post(at_photos, "photos", step=f"remove-{theirs.pk}")
    at_photos.post(f"/send/photos/{theirs.pk}/")
    assert Upload.objects.filter(pk=theirs.pk).exists()


def test_the_kind_of_view_can_be_corrected(at_photos, people):
    upload = add_photo(people.patient, Draft.objects.get())
    post(at_photos, "photos", **{f"kind-{upload.pk}": "dermoscopic"})
    for step in list(USUAL)[6:]:
        post(at_photos, step)
    send(at_photos)
    assert Case.objects.get().photos.get().kind == PhotoKind.DERMOSCOPIC


# -- one at a time, as the script sends it --------------------------------------------------------
def test_an_upload_comes_back_as_a_row_of_the_form(at_photos, photo):
    answer = add(at_photos, photo, kind="overview")
    upload = Upload.objects.get()
    assert answer.status_code == 201 and upload.kind == PhotoKind.OVERVIEW
    assert f"/send/photos/{upload.pk}/thumbnail/" in answer.text
    assert at_photos.post(f"/send/photos/{upload.pk}/").status_code == 204
    assert not Upload.objects.exists()
    assert at_photos.post(f"/send/photos/{upload.pk}/").status_code == 204, "gone is gone"


def test_a_refused_upload_says_why(at_photos):
    answer = add(at_photos, b"<svg xmlns='x'/>", "a.jpg")
    assert answer.status_code == 422
    assert answer.text.startswith("This kind of picture can't be used.")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_file_that_is_too_large_is_told_so(at_photos, settings):
    answer = add(at_photos, b"\xff\xd8\xff" + bytes(settings.PHOTO_MAX_BYTES))
    assert answer.status_code == 422
    assert answer.text == "This file is larger than 15 MB. Send a smaller photo."


def test_a_photo_for_a_form_that_was_thrown_away_in_another_tab_is_not_taken(at_photos, photo):
    at_photos.post("/send/throw-away/", {"draft": at_photos.draft})
    assert add(at_photos, photo).status_code == 409
    journey.begin(at_photos)
    assert add(at_photos, photo).status_code == 409, "nor by the form begun since"
    assert not Upload.objects.exists()


def test_names_do_not_matter_and_metadata_does_not_arrive(at_photos):
    exif = Image.Exif()
    exif[0x010E] = "CANARY-NAME"
    exif.get_ifd(0x8825)[1] = "N"
    for seed, name in enumerate(("IMG.jfif", "photo.txt", "käse/../../x.heic")):
        picture = lesion_photo(seed, size=(900, 700))
        content = encoded(picture, exif=exif, comment=b"CANARY-COMMENT")
        assert add(at_photos, content, name).status_code == 201
    for upload in Upload.objects.all():
        stored = default_storage.open(upload.file.name).read()
        assert b"CANARY" not in stored and b"Exif" not in stored
        assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}\.jpg", upload.file.name)
    assert Upload.objects.count() == 3


@pytest.mark.parametrize("form", ["PNG", "WEBP", "HEIF"])
def test_other_formats_are_taken(at_photos, form):
    import pillow_heif

    pillow_heif.register_heif_opener()
    content = encoded(lesion_photo(3, size=(900, 700)), form)
    assert add(at_photos, content, "x.jpg").status_code == 201


def test_every_photo_taken_in_is_on_record(at_photos, photo):
    add(at_photos, photo)
    upload = Upload.objects.get()
    assert Entry.objects.filter(action="photo.uploaded", object_id=str(upload.pk)).count() == 1


# -- advice ---------------------------------------------------------------------------------------
def test_of_a_good_photo_nothing_is_said(at_photos, photo):
    assert "portal-photo__advice" not in add(at_photos, photo).text


def test_a_dark_photo_is_advised_against_and_kept(at_photos):
    answer = add(at_photos, cast.jpeg((8, 6, 5)))
    assert answer.status_code == 201 and "This photo is too dark." in answer.text
    assert post(at_photos, "photos").headers["Location"] == "/send/changes/", "never blocked"


def test_skin_without_a_spot_is_told(at_photos):
    plain = add(at_photos, cast.jpeg((200, 150, 130))).text
    assert "could not make out a spot" in plain
    assert (
        "could not make out" not in add(at_photos, cast.jpeg((201, 150, 130)), kind="overview").text
    ), "of a view from further away that is no wonder"


def test_the_same_photo_in_another_size_is_told_at_the_later_one(at_photos, photo):
    smaller = encoded(lesion_photo(1, size=(900, 700)).resize((850, 661)))
    assert "very like" not in add(at_photos, photo).text
    assert "very like another one of yours" in add(at_photos, smaller).text
    assert at_photos.get("/send/photos/").text.count("very like another one of yours") == 1


def test_a_photo_that_was_sent_before_is_told_too(at_photos, photo):
    add(at_photos, photo)
    for step in list(USUAL)[5:]:
        post(at_photos, step)
    send(at_photos)
    at_photos.draft = str(journey.begin(at_photos).pk)
    assert "very like another one of yours" in add(at_photos, photo).text


def test_another_patient_s_photos_are_not_compared_with(at_photos, people, browser, photo):
    add(at_photos, photo)
    theirs = browser(people.patient2)
    theirs.user = people.patient2
    theirs.draft = str(journey.begin(theirs).pk)
    assert "very like" not in add(theirs, photo).text


# -- limits ---------------------------------------------------------------------------------------
def test_photos_are_limited_and_the_page_says_when_to_come_back(at_photos, people, photo):
    cast.decide(cases_per_hour=1)
    for _ in range(6):
        cast.add_photo(people.patient)
    before = Upload.objects.count()
    answer = add(at_photos, photo)
    assert answer.status_code == 429 and answer.headers["Retry-After"]
    page = post(at_photos, "photos", photos_close_up=file(photo))
    assert page.status_code == 429 and re.search(r"Try again after \d\d:\d\d", page.text)
    assert Upload.objects.count() == before


def test_photos_taken_off_again_and_files_that_are_none_count_too(at_photos, photo):
    cast.decide(cases_per_hour=1)
    for _ in range(3):
        add(at_photos, b"no photo")
        add(at_photos, photo)
        at_photos.post(f"/send/photos/{Upload.objects.get().pk}/")
    answer = add(at_photos, photo)
    assert answer.status_code == 429
    assert 3500 < int(answer.headers["Retry-After"]) <= 3601
    refused = Entry.objects.filter(action="photo.refused", result="failed")
    assert [entry.detail["code"] for entry in refused] == ["not_an_image"] * 3


def test_under_16_no_photo_is_taken(at_photos, people, photo):
    from django.utils import timezone

    patient = patients.patient_of(people.patient)
    born = timezone.localdate().replace(year=timezone.localdate().year - 15, day=1)
    patients.update_profile(actor=people.patient, patient=patient, birth_date=born)
    assert add(at_photos, photo).status_code == 400
