"""A form that was begun: saved, resumed, sent, thrown away."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from tests.triage.test_at_once import at_once
from triage import drafts, intake, patients, photos
from triage.intake import Place
from triage.models import Case, Draft, PhotoKind, Upload
from triage.symptoms import Answers

pytestmark = pytest.mark.django_db


def begin(user, **given) -> Draft:
    return drafts.begin(actor=user, patient=patients.patient_of(user), **given)


def save(user, draft, step="photos", **entered) -> Draft:
    return drafts.save(actor=user, draft=draft, entered=entered, step=step)


def add_photo(user, draft) -> Upload:
    clean = photos.CleanPhoto(
        cast.jpeg(), cast.jpeg(), 900, 700, uuid4().hex * 2, 100.0, 0.5, 0.1, "0" * 16
    )
    patient = patients.patient_of(user)
    return photos.keep(
        actor=user, patient=patient, clean_photo=clean, kind=PhotoKind.CLOSE_UP, draft=draft
    )


def send(user, draft) -> intake.Submission:
    return drafts.send(actor=user, patient=patients.patient_of(user), draft_id=draft.pk)


def test_a_second_beginning_goes_on_with_the_first(people):
    draft = begin(people.patient)
    save(people.patient, draft, "place", itch="yes")
    again = begin(people.patient)
    assert again == draft and again.step == "place"
    assert begin(people.patient2) != draft, "everybody has their own"


def test_pages_add_up_and_an_answer_can_be_taken_back(people):
    draft = begin(people.patient)
    save(people.patient, draft, itch="yes", grew="no", notes="Since May")
    save(people.patient, draft, bleed="unsure", grew=None)
    draft.refresh_from_db()
    assert draft.entered == {"itch": "yes", "notes": "Since May", "bleed": "unsure"}


def test_what_is_known_already_is_filled_in(people):
    draft = begin(
        people.patient,
        answers=Answers(itch=True, bleed=False, duration_weeks=6, notes="It itches"),
        place=Place("arm", "left"),
    )
    assert drafts.answers_of(draft) == Answers(
        itch=True, bleed=False, duration_weeks=6, notes="It itches"
    )
    assert drafts.place_of(draft) == Place("arm", "left"), "and no finer place is made up"
    assert draft.step == drafts.FIRST_STEP, "signs of an emergency are asked all the same"


def test_an_earlier_lesion_can_be_given(people):
    lesion = cast.send_case(people.patient).lesion
    draft = begin(people.patient, lesion=lesion)
    assert drafts.place_of(draft) == Place("back", "", lesion)


def test_two_spots_are_never_mixed(people):
    first = begin(people.patient)
    save(people.patient, first, region="front-hand-left")
    with pytest.raises(drafts.AlreadyBegun) as refused:
        begin(people.patient, place=Place("back"))
    assert refused.value.draft == first
    other = begin(people.patient, place=Place("back"), instead=True)
    assert other != first and drafts.place_of(other).body_site == "back"
    assert not Draft.objects.filter(pk=first.pk).exists()


def test_not_sure_of_a_sign_stays_a_doubt_and_of_a_symptom_does_not(people):
    draft = begin(people.patient)
    draft = save(people.patient, draft, over_half_body="unsure", itch="unsure")
    assert drafts.answers_of(draft) == Answers(emergency_sign_unsure=True)
    draft = save(people.patient, draft, over_half_body="no")
    assert drafts.answers_of(draft).emergency_sign_unsure is False


def test_sending_makes_one_case_and_the_draft_is_gone(people):
    draft = begin(people.patient, answers=Answers(grew=True), place=Place("back"))
    upload = add_photo(people.patient, draft)
    sent, again = send(people.patient, draft), send(people.patient, draft)
    assert (sent.created, again.created) == (True, False) and sent.case == again.case
    assert [photo.pk for photo in sent.case.photos.all()] == [upload.pk]
    assert sent.case.symptoms.grew is True
    assert not Draft.objects.exists() and not Upload.objects.exists()
    assert drafts.open_draft(people.patient) is None


def test_the_region_stays_with_the_lesion(people):
    draft = begin(people.patient)
    save(people.patient, draft, region="back-upper-left")
    add_photo(people.patient, draft)
    lesion = send(people.patient, draft).case.lesion
    assert (lesion.body_site, lesion.side, lesion.region) == ("back", "left", "back-upper-left")


def test_nothing_is_lost_where_it_cannot_be_sent(people):
    draft = begin(people.patient)
    add_photo(people.patient, draft)
    with pytest.raises(drafts.PlaceMissing):
        send(people.patient, draft)
    save(people.patient, draft, region="genital")
    with pytest.raises(intake.SeeInPerson):
        send(people.patient, draft)
    assert not Case.objects.exists()
    assert drafts.open_draft(people.patient).uploads.count() == 1


def test_somebody_else_s_draft_is_none(people):
    draft = begin(people.patient, place=Place("back"))
    add_photo(people.patient, draft)
    with pytest.raises(drafts.DraftGone):
        send(people.patient2, draft)
    assert drafts.open_draft(people.dermatologist) is None


def test_throwing_away_takes_the_photos_along_and_is_on_record(people):
    draft = begin(people.patient)
    upload = add_photo(people.patient, draft)
    assert drafts.throw_away(actor=people.patient, draft=draft)
    assert not drafts.throw_away(actor=people.patient, draft=draft)
    assert not Upload.objects.exists() and not default_storage.exists(upload.file.name)
    doings = Entry.objects.filter(actor=people.patient).values_list("action", flat=True)
    assert [one for one in doings if one.startswith("draft.")] == ["draft.begun", "draft.discarded"]
    with pytest.raises(drafts.DraftGone):
        save(people.patient, draft, itch="yes")


def test_the_ledger_names_the_fields_and_not_what_they_say(people):
    draft = begin(people.patient)
    save(people.patient, draft, notes="canary")
    entry = Entry.objects.get(action="draft.saved")
    assert entry.detail["fields"] == ["notes"] and "canary" not in str(entry.detail)


def test_drafts_that_nobody_goes_on_with_are_swept_with_their_photos(people):
    stale, fresh = begin(people.patient), begin(people.patient2)
    for user, draft in ((people.patient, stale), (people.patient2, fresh)):
        add_photo(user, draft)
    Draft.objects.filter(pk=stale.pk).update(saved_at=timezone.now() - timedelta(days=31))
    Upload.objects.update(arrived_at=timezone.now() - timedelta(days=31))
    assert (drafts.sweep(), photos.sweep_uploads()) == (1, 0)
    assert [upload.draft for upload in Upload.objects.all()] == [fresh]


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_make_one_case(people):
    draft = begin(people.patient, place=Place("back"))
    add_photo(people.patient, draft)
    first, second = at_once(*[lambda: send(people.patient, draft).case.reference] * 2)
    assert first == second and Case.objects.count() == 1
