"""Sending a case."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from triage import intake, patients
from triage.models import Case, ConsentKind, Photo, ScoringState, Upload
from triage.symptoms import Answers
from triage.urgency import Urgency

pytestmark = pytest.mark.django_db


def submit(user, uploads, key="key", site="back", **answers):
    return intake.submit(
        actor=user, patient=patients.patient_of(user), uploads=uploads,
        place=intake.Place(site), answers=Answers(**answers), idempotency_key=key,
    )  # fmt: skip


def test_a_case_is_on_record_with_its_photos_symptoms_and_a_first_priority(people):
    upload = cast.add_photo(people.patient)
    case = submit(people.patient, [upload], bleed=True, notes="It has bled twice").case
    assert case.scoring_state == ScoringState.WAITING
    assert case.urgency <= Urgency.SOON, "unscored cases stand at the floor or above"
    assert [photo.pk for photo in case.photos.all()] == [upload.pk]
    assert case.symptoms.bleed is True
    assert not Upload.objects.filter(pk=upload.pk).exists()
    entry = Entry.objects.get(action="case.submitted", object_id=case.reference)
    assert entry.patient_id == case.patient_id


def test_the_same_submission_twice_makes_one_case(people):
    first = submit(people.patient, [cast.add_photo(people.patient)])
    second = submit(people.patient, [cast.add_photo(people.patient)])
    assert (first.created, second.created) == (True, False)
    assert first.case == second.case
    assert Case.objects.count() == 1


def test_two_patients_may_use_the_same_key(people):
    submit(people.patient, [cast.add_photo(people.patient)])
    assert submit(people.patient2, [cast.add_photo(people.patient2)]).created


def test_without_consent_nothing_is_written(people):
    upload = cast.add_photo(people.patient)
    patients.withdraw_consent(
        actor=people.patient, patient=patients.patient_of(people.patient), kind=ConsentKind.CARE
    )
    with pytest.raises(intake.ConsentMissing):
        submit(people.patient, [upload])
    assert Case.objects.count() == 0
    assert Upload.objects.filter(pk=upload.pk).exists(), "the photo is still there to send"


def test_consent_to_an_older_wording_is_not_enough_for_a_new_case(people):
    patient = patients.patient_of(people.patient)
    patient.consents.update(version="2020-01")
    with pytest.raises(intake.ConsentMissing):
        submit(people.patient, [cast.add_photo(people.patient)])
    patients.grant_consent(actor=people.patient, patient=patient, kind=ConsentKind.CARE)
    assert submit(people.patient, [cast.add_photo(people.patient)]).created


def test_what_is_better_seen_in_person_is_not_taken_whoever_asks(people):
    with pytest.raises(intake.SeeInPerson) as refused:
        submit(people.patient, [cast.add_photo(people.patient)], site="genital")
    assert refused.value.why == intake.InPerson.GENITAL
    today = timezone.localdate()
    child = patients.patient_of(people.patient)
    patients.update_profile(
        actor=people.patient, patient=child, birth_date=today.replace(year=today.year - 15, day=1)
    )
    with pytest.raises(intake.SeeInPerson) as refused:
        submit(people.patient, [cast.add_photo(people.patient)])
    assert refused.value.why == intake.InPerson.YOUNG
    assert Case.objects.count() == 0


def test_a_stranger_s_upload_cannot_be_sent(people):
    with pytest.raises(intake.PhotosMissing):
        submit(people.patient2, [cast.add_photo(people.patient)])
    assert Photo.objects.count() == 0


def test_a_case_needs_a_photo_and_holds_six(people):
    with pytest.raises(intake.PhotosMissing):
        submit(people.patient, [])
    with pytest.raises(intake.TooManyPhotos):
        submit(people.patient, [cast.add_photo(people.patient) for _ in range(7)])


def test_the_quota_says_when_to_come_back(people):
    cast.decide(cases_per_hour=2)
    for key in "ab":
        submit(people.patient, [cast.add_photo(people.patient)], key)
    with pytest.raises(intake.QuotaReached) as refused:
        submit(people.patient, [cast.add_photo(people.patient)], "c")
    assert 3500 < refused.value.retry_after <= 3601
    submit(people.patient2, [cast.add_photo(people.patient2)], "c")  # others are unchanged
    Case.objects.update(submitted_at=timezone.now() - timedelta(minutes=61))
    assert submit(people.patient, [cast.add_photo(people.patient)], "c").created


def test_a_repeated_submission_is_answered_even_at_the_quota(people):
    cast.decide(cases_per_hour=1)
    first = submit(people.patient, [cast.add_photo(people.patient)], "a")
    assert submit(people.patient, [], "a").case == first.case


def test_red_flags_make_an_emergency_before_any_model_has_looked(people):
    case = submit(people.patient, [cast.add_photo(people.patient)], over_half_body=True).case
    assert case.urgency == Urgency.EMERGENCY


def test_a_dead_broker_does_not_fail_the_submission(
    people, django_capture_on_commit_callbacks, caplog
):
    from portal.celery import app

    alive = app.conf.broker_url, app.conf.broker_read_url, app.conf.broker_write_url
    with django_capture_on_commit_callbacks() as callbacks:
        case = submit(people.patient, [cast.add_photo(people.patient)], uuid.uuid4().hex).case
    app.conf.update(broker_url="redis://127.0.0.1:9/0", broker_write_url="redis://127.0.0.1:9/0")
    app._pool = None
    app.amqp._producer_pool = None
    try:
        for callback in callbacks:
            callback()
    finally:
        app.conf.update(broker_url=alive[0], broker_read_url=alive[1], broker_write_url=alive[2])
        app._pool = None
        app.amqp._producer_pool = None
    assert "the sweep will ring" in caplog.text
    assert Case.objects.filter(pk=case.pk).exists()
