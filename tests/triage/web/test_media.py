"""Photos: whoever may not see the case gets none of them, and each look is on record."""

import io
import uuid

import pytest
from PIL import Image

from portal.audit.models import Entry
from tests import cast
from triage import reviews, scoring, worklist
from triage.models import Case, Photo
from triage.reviews import Opinion

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo(case) -> Photo:
    return case.photos.get()


def score(case: Case) -> None:
    for claim in scoring.claim_batch(worker="w"):
        rows = [[0.0] * 7 for _ in range(7)]
        rows[0][6] = 1.0
        findings = [
            scoring.PhotoResult(photo.id, {"NV": 1.0}, True, rows, "NV") for photo in claim.photos
        ]
        result = cast.said(photos=tuple(findings))
        assert scoring.record_assessment(worker="w", claim=claim, result=result)


@pytest.mark.parametrize("part", ["", "thumbnail/"])
def test_a_photo_is_private_and_its_view_is_on_record(people, browser, photo, part):
    for user in (people.patient, people.dermatologist, people.dermatologist2):
        answer = browser(user).get(f"/photos/{photo.pk}/{part}")
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content)[:3] == b"\xff\xd8\xff"
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert photo.file.name not in str(answer.headers)
    views = Entry.objects.filter(action="photo.viewed", object_id=str(photo.pk), result="done")
    assert views.count() == 3
    assert {view.detail["size"] for view in views} == {"thumbnail" if part else "full"}


@pytest.mark.parametrize("part", ["", "thumbnail/", "activation/"])
def test_nobody_else_sees_it_by_knowing_its_address(people, browser, client, case, photo, part):
    score(case)
    address = f"/photos/{photo.pk}/{part}"
    for user in (people.patient2, people.administrator, people.outsider):
        assert browser(user).get(address).status_code == 404
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"
    assert browser(people.dermatologist).get(f"/photos/{uuid.uuid4()}/{part}").status_code == 404


def test_the_outsider_s_try_is_on_record(people, browser, photo):
    browser(people.outsider).get(f"/photos/{photo.pk}/")
    denied = Entry.objects.get(action="photo.viewed", result="denied")
    assert denied.actor == people.outsider and denied.object_id == str(photo.pk)


def test_a_look_that_cannot_be_recorded_does_not_happen(people, browser, photo):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # links wait for the commit otherwise
        cursor.execute("ALTER TABLE audit_entry ADD CHECK (action <> 'photo.viewed') NOT VALID")
    client = browser(people.patient, raise_request_exception=False)
    assert client.get(f"/photos/{photo.pk}/").status_code == 500


def test_nginx_serves_the_file_where_it_is_set_up(people, browser, photo, settings):
    settings.MEDIA_ACCEL_PREFIX = "/protected-media/"
    answer = browser(people.patient).get(f"/photos/{photo.pk}/")
    assert answer.headers["X-Accel-Redirect"] == f"/protected-media/{photo.file.name}"
    assert answer.content == b"" and "no-store" in answer.headers["Cache-Control"]


def test_an_unsent_photo_is_its_sender_s_alone(people, browser, client):
    upload = cast.add_photo(people.patient)
    address = f"/send/photos/{upload.pk}/thumbnail/"
    assert browser(people.patient).get(address).status_code == 200
    for user in (people.patient2, people.dermatologist, people.administrator):
        assert browser(user).get(address).status_code == 404
    assert client.get(address).status_code == 302


# -- where the model looked -----------------------------------------------------------------------
def test_the_activation_map_shows_after_the_reveal_and_not_before(people, browser, case, photo):
    score(case)
    reader = browser(people.dermatologist)
    address = f"/photos/{photo.pk}/activation/"
    assert worklist.claim(actor=people.dermatologist, case=case)
    review = reviews.open_review(actor=people.dermatologist, case=case)
    assert reader.get(address).status_code == 404, "the first opinion comes first"
    opinion = Opinion("NV", 4, 3)
    reviews.commit_first_opinion(actor=people.dermatologist, review=review, opinion=opinion)
    answer = reader.get(address)
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    picture = Image.open(io.BytesIO(answer.content))  # noqa: TID251 (our own, not a stranger's)
    assert picture.width / picture.height == pytest.approx(photo.width / photo.height, rel=0.01)
    assert picture.getpixel((picture.width - 2, 1))[3] > 150, "it looked at the upper right corner"
    assert picture.getpixel((1, picture.height - 2))[3] == 0, "and not at the lower left one"
    assert Entry.objects.filter(action="activation.viewed", result="done").count() == 1
    assert browser(people.dermatologist2).get(address).status_code == 404, "not revealed to them"
    assert browser(people.patient).get(address).status_code == 404


@pytest.mark.parametrize(
    "address", ["/photos/{}/", "/photos/{}/thumbnail/", "/cases/", "/profile/consents/care/"]
)
def test_other_methods_are_refused(people, browser, photo, address):
    client = browser(people.patient)
    method = client.delete if "consents" not in address else client.get
    assert method(address.format(photo.pk)).status_code == 405
