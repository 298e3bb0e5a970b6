"""The send form, as a browser without JavaScript uses it, and the upload of single photos."""

import io
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from portal.audit.models import Entry
from tests import cast
from training.procedural import lesion_photo
from triage import patients
from triage.models import Case, ConsentKind, Lesion, PhotoKind, Upload
from triage.priority import Urgency
from triage.symptoms import QUESTIONS, Group
from triage.web import sending

FLAGS = {q.name: "no" for q in QUESTIONS if q.group is Group.RED_FLAG}


@pytest.fixture(scope="module")
def photo() -> bytes:
    return encoded(lesion_photo(1, size=(900, 700)))


def encoded(picture: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def file(content: bytes, name: str = "IMG_0001.JPG") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def sender(people, browser) -> Client:
    """The patient's browser; nothing stands between it and the form."""
    patient = patients.patient_of(people.patient)
    patients.update_profile(actor=people.patient, patient=patient, birth_date=date(1970, 3, 31))
    return browser(people.patient)


def filled(**changes: object) -> dict[str, object]:
    """The form as somebody with nothing special fills it in."""
    usual = {"token": str(uuid.uuid4()), "how_many": "one", "body_site": "back", "side": "left"}
    return usual | FLAGS | changes


def uploads_on(page) -> list[str]:
    return re.findall(r'name="upload" value="([^"]+)"', page.content.decode())


def post(client: Client, **changes: object):
    return client.post("/send/", filled(**changes))


# -- before the first photo -----------------------------------------------------------------------
def test_whoever_has_not_agreed_reads_the_text_first(people, browser):
    patient = patients.patient_of(people.patient)
    patients.withdraw_consent(actor=people.patient, patient=patient, kind=ConsentKind.CARE)
    client = browser(people.patient)
    assert client.get("/send/").headers["Location"] == "/send/start/"
    page = client.get("/send/start/")
    assert "A dermatologist of the clinic reads every case" in page.content.decode()
    assert client.post("/send/start/", {"birth_date": "1970-03-31"}).status_code == 422
    assert not patients.consents(patient)
    done = client.post("/send/start/", {"birth_date": "1970-03-31", "agree": "on"})
    assert done.headers["Location"] == "/send/"
    patient.refresh_from_db()
    assert patient.birth_date == date(1970, 3, 31)
    assert ConsentKind.CARE in patients.consents(patient)
    assert client.get("/send/").status_code == 200


def test_a_new_wording_is_shown_and_asked_for_before_the_next_case(sender, people):
    patient = patients.patient_of(people.patient)
    patient.consents.update(version="2020-01")
    assert sender.get("/send/").headers["Location"] == "/send/start/"
    assert "A dermatologist of the clinic reads every case" in sender.get("/send/start/").text
    sender.post("/send/start/", {"agree": "on"})
    assert sender.get("/send/").status_code == 200
    assert patient.consents.filter(withdrawn_at__isnull=False, version="2020-01").count() == 1


def test_under_16_is_shown_the_way_to_a_clinician(people, browser):
    patient = patients.patient_of(people.patient)
    born = timezone.localdate().replace(year=timezone.localdate().year - 15, day=1)
    patients.update_profile(actor=people.patient, patient=patient, birth_date=born)
    client = browser(people.patient)
    answer = client.get("/send/", follow=True)
    assert answer.redirect_chain == [("/send/elsewhere/young/", 302)]
    assert "seen in person" in answer.content.decode()
    assert client.post("/send/photos/", {"photo": file(b"x")}).status_code == 400


# -- one POST with everything ---------------------------------------------------------------------
def test_one_post_with_files_and_answers_makes_a_case(sender, people, photo):
    answer = post(sender, itch="yes", bleed="no", duration_weeks="6", diameter_mm="6,5",
                  notes="It bleeds at night", photos_close_up=[file(photo), file(photo)],
                  photos_overview=file(photo))  # fmt: skip
    case = Case.objects.get()
    assert answer.status_code == 302 and answer.headers["Location"] == f"/cases/{case.reference}/"
    assert (case.lesion.body_site, case.lesion.side) == ("back", "left")
    kinds = [photo.kind for photo in case.photos.all()]
    assert sorted(kinds) == ["close_up", "close_up", "overview"]
    told = case.symptoms
    assert (told.itch, told.bleed, told.grew) == (True, False, None), "not asked is not no"
    assert (told.duration_weeks, told.diameter_mm) == (6, 6.5)
    assert told.notes == "It bleeds at night"


def test_not_sure_is_kept_as_unknown(sender, photo):
    post(sender, side="unsure", over_half_body="unsure", itch="unsure", photos_close_up=file(photo))
    case = Case.objects.get()
    assert case.lesion.side == ""
    assert case.symptoms.over_half_body is None and case.symptoms.itch is None
    assert "red_flag_unsure" in [reason["code"] for reason in case.reasons]
    assert case.urgency <= Urgency.SOON


def test_not_sure_of_a_symptom_is_no_doubt_about_an_emergency(sender, photo):
    post(sender, itch="unsure", photos_close_up=file(photo))
    assert "red_flag_unsure" not in [reason["code"] for reason in Case.objects.get().reasons]


def test_an_emergency_told_only_in_the_notes_is_answered_as_one(sender, photo):
    page = post(sender, notes="The bleeding will not stop.", body_site="")
    assert "Seek emergency care now" in page.content.decode()
    post(sender, notes="The bleeding will not stop.", photos_close_up=file(photo))
    assert Case.objects.get().urgency == Urgency.EMERGENCY


def test_the_same_form_twice_makes_one_case(sender, photo):
    token = str(uuid.uuid4())
    first = post(sender, token=token, photos_close_up=file(photo))
    second = post(sender, token=token, photos_close_up=file(photo))
    assert first.headers["Location"] == second.headers["Location"]
    assert Case.objects.count() == 1
    assert Upload.objects.count() == 0, "the second click leaves no photo behind"


def test_a_bad_file_is_named_and_costs_nothing_else(sender, photo):
    answer = post(sender, notes="Since May", grew="yes",
                  photos_close_up=[file(photo), file(b"not a photo", "holiday.txt")])  # fmt: skip
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("holiday.txt: This file is not a photo.") == 2, "in the summary and beside it"
    assert 'href="#id_photos_close_up"' in page
    kept = uploads_on(answer)
    assert len(kept) == 1 and Upload.objects.filter(pk=kept[0]).exists()
    assert "Since May" in page
    assert re.search(r'name="grew" value="yes"[^>]* checked', page)
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    post(sender, token=token, upload=kept)
    assert [str(photo.pk) for photo in Case.objects.get().photos.all()] == kept


@pytest.mark.parametrize("missing", [*FLAGS, "body_site"])
def test_what_must_be_answered_is_asked_again_with_the_photos_kept(sender, photo, missing):
    answer = post(sender, **{missing: "", "photos_close_up": file(photo)})
    assert answer.status_code == 422
    assert missing in answer.context["form"].errors
    assert len(uploads_on(answer)) == 1
    assert not Case.objects.exists()


def test_without_a_photo_nothing_is_sent(sender):
    answer = post(sender)
    assert answer.status_code == 422
    assert "Add at least one photo." in answer.content.decode()


def test_six_photos_are_the_most(sender, photo):
    answer = post(sender, photos_close_up=[file(photo, f"{n}.jpg") for n in range(8)])
    assert answer.status_code == 422
    assert len(uploads_on(answer)) == 6
    assert "6.jpg: not added. Send 6 photos at most." in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("diameter_mm", "nan"), ("diameter_mm", "-3"), ("duration_weeks", "6.5"),
     ("duration_weeks", "9" * 30), ("itch", "perhaps"), ("body_site", "moon"),
     ("notes", "x" * 10**5), ("side", "top"), ("lesion", "999"), ("how_many", "7")],
)  # fmt: skip
def test_answers_that_make_no_sense_are_refused_beside_their_field(
    sender, people, photo, field, value
):
    cast.send_case(people.patient)
    answer = post(sender, **{"lesion": "new", field: value, "photos_close_up": file(photo)})
    assert answer.status_code == 422
    [said] = answer.context["form"].errors[field]
    assert not re.search("Ensure|valid choice|field is required", said), "Django's words, not ours"
    assert Case.objects.count() == 1


def test_a_problem_with_a_question_reads_as_two_sentences(sender, photo):
    page = post(sender, how_many="", over_half_body="", photos_close_up=file(photo)).text
    assert "half of your body? Choose yes, no or not sure.</a>" in page
    assert "want us to look at? Choose how many.</a>" in page and "?:" not in page


@pytest.mark.parametrize("token", ["", "not-a-uuid", "\0"])
def test_a_damaged_token_counts_as_a_new_form(sender, photo, token):
    assert post(sender, token=token, photos_close_up=file(photo)).status_code == 302
    assert Case.objects.count() == 1


# -- photos added and taken off step by step ------------------------------------------------------
def test_photos_can_be_added_before_the_rest_is_answered(sender, photo):
    answer = sender.post(
        "/send/", {"step": "add", "notes": "so far", "photos_close_up": file(photo)}
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert len(uploads_on(answer)) == 1 and "so far" in page
    assert "There is a problem" not in page, "nothing is missing yet"


def test_a_photo_can_be_taken_off_the_form(sender, people, photo):
    one, two = cast.add_photo(people.patient), cast.add_photo(people.patient)
    answer = sender.post("/send/", {"step": f"remove-{one.pk}", "upload": [one.pk, two.pk]})
    assert uploads_on(answer) == [str(two.pk)]
    assert not Upload.objects.filter(pk=one.pk).exists()
    assert not default_storage.exists(one.file.name)


def test_the_kind_of_view_can_be_corrected(sender, people):
    upload = cast.add_photo(people.patient)
    post(sender, upload=str(upload.pk), **{f"kind-{upload.pk}": "dermoscopic"})
    assert Case.objects.get().photos.get().kind == PhotoKind.DERMOSCOPIC


def test_another_patient_s_upload_is_not_taken(sender, people):
    theirs = cast.add_photo(people.patient2)
    assert post(sender, upload=str(theirs.pk)).status_code == 422
    sender.post("/send/", {"step": f"remove-{theirs.pk}", "upload": str(theirs.pk)})
    assert Upload.objects.filter(pk=theirs.pk).exists()


def test_photos_that_were_never_sent_can_be_used_or_deleted(sender, people):
    upload = cast.add_photo(people.patient)
    page = sender.get("/send/")
    assert "You added 1 photo before" in page.content.decode() and not uploads_on(page)
    page = sender.get(f"/send/?photo={upload.pk}")
    assert uploads_on(page) == [str(upload.pk)] and "did not send" not in page.text
    sender.post("/send/photos/unsent/", {"photo": upload.pk})
    assert not Upload.objects.exists()


def test_of_photos_never_sent_only_those_ticked_come_and_no_more_than_a_case_holds(sender, people):
    left = [str(cast.add_photo(people.patient).pk) for _ in range(8)]
    theirs = cast.add_photo(people.patient2)
    page = sender.get("/send/", {"photo": [left[2], str(theirs.pk), "\0"]})
    assert uploads_on(page) == [left[2]]
    assert "You added 7 photos before" in page.text, "the others are offered still"
    page = sender.get("/send/", {"photo": left})
    assert uploads_on(page) == left[:6] and "You added 2 photos before" in page.text
    sender.post("/send/photos/unsent/", {"photo": [*left[6:], str(theirs.pk)]})
    kept = {str(key) for key in Upload.objects.values_list("pk", flat=True)}
    assert kept == {*left[:6], str(theirs.pk)}


# -- one photo at a time, as the script sends it --------------------------------------------------
def test_an_upload_comes_back_as_a_row_of_the_form(sender, photo):
    answer = sender.post("/send/photos/", {"photo": file(photo), "kind": "overview"})
    upload = Upload.objects.get()
    assert answer.status_code == 201
    assert f'value="{upload.pk}"' in answer.content.decode()
    assert f"/send/photos/{upload.pk}/thumbnail/" in answer.content.decode()
    assert upload.kind == PhotoKind.OVERVIEW
    assert sender.post(f"/send/photos/{upload.pk}/").status_code == 204
    assert not Upload.objects.exists()
    assert sender.post(f"/send/photos/{upload.pk}/").status_code == 204, "gone is gone"


def test_a_refused_upload_says_why(sender):
    answer = sender.post("/send/photos/", {"photo": file(b"<svg xmlns='x'/>", "a.jpg")})
    assert answer.status_code == 422
    assert answer.content.decode().startswith("This kind of picture can't be used.")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_file_that_is_too_large_is_told_so(sender, settings):
    large = file(b"\xff\xd8\xff" + bytes(settings.PHOTO_MAX_BYTES))
    answer = sender.post("/send/photos/", {"photo": large})
    assert answer.status_code == 422
    assert answer.text == "This file is larger than 15 MB. Send a smaller photo."


def test_a_dark_photo_is_advised_against_and_kept(sender):
    answer = sender.post("/send/photos/", {"photo": file(cast.jpeg((8, 6, 5)))})
    assert answer.status_code == 201
    assert "If you can, take another" in answer.content.decode()


def test_names_do_not_matter_and_metadata_does_not_arrive(sender, photo):
    exif = Image.Exif()
    exif[0x010E] = "CANARY-NAME"
    exif.get_ifd(0x8825)[1] = "N"
    picture = lesion_photo(2, size=(900, 700))
    content = encoded(picture, exif=exif, comment=b"CANARY-COMMENT")
    for name in ("IMG.jfif", "photo.txt", "käse/../../x.heic"):
        assert sender.post("/send/photos/", {"photo": file(content, name)}).status_code == 201
    for upload in Upload.objects.all():
        stored = default_storage.open(upload.file.name).read()
        assert b"CANARY" not in stored and b"Exif" not in stored
        assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}\.jpg", upload.file.name)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "HEIF"])
def test_other_formats_are_taken(sender, form):
    import pillow_heif

    pillow_heif.register_heif_opener()
    content = encoded(lesion_photo(3, size=(900, 700)), form)
    assert sender.post("/send/photos/", {"photo": file(content, "x.jpg")}).status_code == 201


def test_no_consent_no_upload(people, sender, photo):
    patient = patients.patient_of(people.patient)
    patients.withdraw_consent(actor=people.patient, patient=patient, kind=ConsentKind.CARE)
    assert sender.post("/send/photos/", {"photo": file(photo)}).status_code == 400
    assert not Upload.objects.exists()


# -- limits ---------------------------------------------------------------------------------------
def test_over_the_quota_the_form_comes_back_with_the_time_and_everything_in_it(
    sender, people, photo
):
    cast.decide(cases_per_hour=1)
    cast.send_case(people.patient)
    answer = post(sender, lesion="new", notes="keep me", photos_close_up=file(photo))
    page = answer.content.decode()
    assert answer.status_code == 429
    assert 3500 < int(answer.headers["Retry-After"]) <= 3601
    assert re.search(r"Try again after \d\d:\d\d, in 60 minutes", page)
    assert "keep me" in page and len(uploads_on(answer)) == 1
    assert Case.objects.count() == 1


def test_photos_are_limited_too_and_others_are_not(sender, people, browser, photo, settings):
    cast.decide(cases_per_hour=1)
    for _ in range(settings.PHOTOS_MAX):
        cast.add_photo(people.patient)
    answer = sender.post("/send/photos/", {"photo": file(photo)})
    assert answer.status_code == 429 and answer.headers["Retry-After"]
    assert Upload.objects.count() == settings.PHOTOS_MAX


def test_photos_taken_off_again_and_files_that_are_none_count_too(sender, people, photo):
    cast.decide(cases_per_hour=1)
    for _ in range(3):
        sender.post("/send/photos/", {"photo": file(b"no photo")})
        sender.post("/send/photos/", {"photo": file(photo)})
        sender.post("/send/photos/unsent/", {"photo": Upload.objects.get().pk})
    answer = sender.post("/send/photos/", {"photo": file(photo)})
    assert answer.status_code == 429
    assert 3500 < int(answer.headers["Retry-After"]) <= 3601
    refused = Entry.objects.filter(action="photo.refused", result="failed")
    assert [entry.detail["code"] for entry in refused] == ["not_an_image"] * 3


# -- emergencies and what is better seen in person ------------------------------------------------
def test_a_red_flag_is_sent_and_answered_with_emergency_advice_first(sender, photo):
    answer = sender.post(
        "/send/", filled(black_or_dead_skin="yes", photos_close_up=file(photo)), follow=True
    )
    page = answer.content.decode()
    assert Case.objects.get().urgency == 0
    main = page[page.index("<main") :]
    assert main.index("Seek emergency care now") < main.index("<h1")


def test_a_red_flag_is_answered_first_even_where_the_form_is_not_complete(sender):
    answer = post(sender, over_half_body="yes", body_site="")
    page = answer.content.decode()
    assert answer.status_code == 422
    shown = page.index("<div data-emergency>")  # not hidden: nothing here needs a script
    assert shown < page.index("Seek emergency care now") < page.index("There is a problem")
    assert "<div hidden data-emergency>" in post(sender, body_site="").content.decode()


def test_what_changed_in_another_tab_is_told_on_the_form_s_own_page(sender, people, monkeypatch):
    patient, upload = patients.patient_of(people.patient), cast.add_photo(people.patient)
    fill = sending.baskets.fill

    def fill_slowly(*arguments):
        patients.withdraw_consent(actor=people.patient, patient=patient, kind=ConsentKind.CARE)
        return fill(*arguments)

    monkeypatch.setattr(sending.baskets, "fill", fill_slowly)
    answer = sender.post("/send/", filled(upload=str(upload.pk)), follow=True)
    assert answer.redirect_chain[-1][0] == "/send/start/"
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"body_site": "genital"}, "Please have this seen in person"),
     ({"how_many": "many"}, "Many spots are better seen in person")],
)  # fmt: skip
def test_some_places_are_better_seen_in_person(sender, people, photo, changes, told):
    abandoned = cast.add_photo(people.patient)
    answer = post(sender, notes="Since May", itch="yes", photos_close_up=file(photo), **changes)
    page = answer.text
    assert answer.status_code == 422 and not Case.objects.exists()
    assert f"<h1>{told}</h1>" in page and "Nothing was sent to the clinic." in page
    [mine] = uploads_on(answer)
    assert mine != str(abandoned.pk)
    assert "Since May" in page and re.search(r'name="itch" value="yes"[^>]* checked', page)
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    post(sender, token=token, upload=mine)  # the wrong answer put right
    assert [str(one.pk) for one in Case.objects.get().photos.all()] == [mine]


def test_there_the_photos_of_this_form_can_be_deleted_and_no_others(sender, people, photo):
    abandoned = cast.add_photo(people.patient)
    page = post(sender, body_site="genital", photos_close_up=file(photo)).text
    assert "Delete the photos that I added" in page
    named = re.findall(r'name="photo" value="([^"]+)"', page)
    sender.post("/send/photos/unsent/", {"photo": named})
    assert Upload.objects.get() == abandoned


def test_an_emergency_comes_first_there_too(sender, photo):
    page = post(sender, body_site="genital", over_half_body="yes", photos_close_up=file(photo)).text
    assert page.index("<div data-emergency>") < page.index("Seek emergency care now")
    assert page.index("Seek emergency care now") < page.index("<h1")
    assert sender.get("/send/elsewhere/nowhere/").status_code == 404


# -- the same place as before ---------------------------------------------------------------------
def test_a_place_sent_before_can_be_chosen(sender, people, photo):
    lesion = cast.send_case(people.patient).lesion
    page = sender.get("/send/").content.decode()
    assert "Yes: Back, first sent on" in page
    post(sender, lesion=str(lesion.pk), body_site="", photos_close_up=file(photo))
    assert lesion.cases.count() == 2 and Lesion.objects.count() == 1


def test_from_a_case_s_page_its_place_is_chosen_already(sender, people):
    case = cast.send_case(people.patient)
    theirs = cast.send_case(people.patient2)
    assert f"/send/?again={case.reference}" in sender.get(f"/cases/{case.reference}/").text
    page = sender.get(f"/send/?again={case.reference}")
    form = page.context["form"]
    assert form["lesion"].value() == str(case.lesion_id)
    assert (form["body_site"].value(), form["side"].value()) == ("back", "unsure")
    for other in (theirs.reference, "", "%00"):
        page = sender.get(f"/send/?again={other}")
        assert page.context["form"]["lesion"].value() == "new"


def test_somebody_else_s_place_cannot_be_chosen(sender, people, photo):
    cast.send_case(people.patient)
    theirs = cast.send_case(people.patient2).lesion
    answer = post(sender, lesion=str(theirs.pk), photos_close_up=file(photo))
    assert answer.status_code == 422
    assert theirs.cases.count() == 1


# -- forgery --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "address", ["/send/", "/send/start/", "/send/photos/", "/send/photos/unsent/",
                f"/send/photos/{uuid.uuid4()}/", "/profile/", "/profile/consents/care/"],
)  # fmt: skip
def test_every_form_wants_its_csrf_token(people, browser, address):
    strict = browser(people.patient, enforce_csrf_checks=True)
    assert strict.post(address).status_code == 403


def test_every_photo_taken_in_is_on_record(sender, photo):
    sender.post("/send/photos/", {"photo": file(photo)})
    upload = Upload.objects.get()
    assert Entry.objects.filter(action="photo.uploaded", object_id=str(upload.pk)).count() == 1


def test_the_form_needs_few_queries(sender, people, django_assert_max_num_queries):
    for site in ("back", "arm", "face"):
        cast.send_case(people.patient, site=site)
    with django_assert_max_num_queries(12):
        sender.get("/send/")


# -- at the same time -----------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_make_one_case(sender, people, browser, photo):
    token = str(uuid.uuid4())
    together = Barrier(2)

    def press(_: int) -> str:
        client = browser(people.patient)
        together.wait(20)
        try:
            return post(client, token=token, photos_close_up=file(photo)).headers["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as hands:
        places = list(hands.map(press, range(2)))
    assert places[0] == places[1]
    assert Case.objects.count() == 1
    assert Upload.objects.count() == 0, "the photos of the second press are not left behind"
