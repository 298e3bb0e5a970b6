"""A patient's own lesions over time: what changed, what to do next, and nobody else's."""

from dataclasses import fields
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.audit.models import Entry, Result
from tests import cast
from tests.triage.records import answer
from triage import intake, my_lesions, patients
from triage.models import Case, Lesion, Photo, Review, Symptoms
from triage.symptoms import Answers, question

pytestmark = pytest.mark.django_db


def again(user, lesion: Lesion, **answers) -> Case:
    """A later case of the same lesion."""
    place = intake.Place(lesion.body_site, lesion.side, lesion)
    return intake.submit(
        actor=user, patient=patients.patient_of(user), uploads=[cast.add_photo(user)],
        place=place, answers=Answers(**answers), idempotency_key=f"again-{timezone.now()}",
    ).case  # fmt: skip


def listed(user) -> list[my_lesions.Spot]:
    return my_lesions.read_list(actor=user, lesions=my_lesions.of(user), page=1)


def timeline(user, lesion: Lesion) -> list[my_lesions.Sending]:
    return my_lesions.read_timeline(actor=user, lesion=lesion, start=0, count=10)


def photos_of(user, lesion: Lesion) -> list[Photo]:
    return my_lesions.read_photos(actor=user, lesion=lesion)


# -- the list -------------------------------------------------------------------------------------
def test_a_lesion_is_listed_once_with_its_newest_photo_and_case(people):
    first = cast.send_case(people.patient, site="back")
    later = again(people.patient, first.lesion)
    cast.send_case(people.patient2)
    [spot] = listed(people.patient)
    assert (spot.latest, spot.sendings) == (later, 2)
    assert spot.photo == later.photos.get()
    assert spot.answer is None and spot.check is None


def test_the_latest_sent_stands_first(people):
    old = cast.send_case(people.patient, site="back")
    new = cast.send_case(people.patient, site="arm")
    assert [spot.lesion for spot in listed(people.patient)] == [new.lesion, old.lesion]
    again(people.patient, old.lesion)
    assert [spot.lesion for spot in listed(people.patient)] == [old.lesion, new.lesion]


def test_the_newest_signed_answer_is_told_although_a_newer_case_waits(people):
    first = cast.send_case(people.patient)
    answer(people, first, follow_up_weeks=12)
    again(people.patient, first.lesion)
    [spot] = listed(people.patient)
    assert spot.answer.condition.code == "NV"
    assert spot.check.weeks == 12


def test_reading_the_list_and_a_lesion_is_on_record(people):
    case = cast.send_case(people.patient)
    listed(people.patient)
    entry = Entry.objects.get(action="lesion.listed")
    assert entry.detail["lesions"] == [str(case.lesion.public_id)]
    assert entry.patient_id == case.patient_id
    found = my_lesions.find(actor=people.patient, public_id=str(case.lesion.public_id))
    for look in (timeline, photos_of):
        look(people.patient, found)
        entry = Entry.objects.filter(action="lesion.viewed").latest("pk")
        assert entry.detail["references"] == [case.reference]
        assert entry.object_id == str(found.public_id)
    assert Entry.objects.filter(action="lesion.viewed").count() == 2


def test_nobody_else_finds_a_lesion_and_the_try_is_on_record(people):
    lesion = cast.send_case(people.patient).lesion
    for other in (people.patient2, people.dermatologist, people.outsider, people.administrator):
        with pytest.raises(Lesion.DoesNotExist):
            my_lesions.find(actor=other, public_id=str(lesion.public_id))
        assert Entry.objects.by(other.pk).get(action="lesion.viewed").result == Result.DENIED


# -- what it is called ----------------------------------------------------------------------------
def test_a_name_is_kept_tidy_and_out_of_the_ledger(people):
    lesion = cast.send_case(people.patient).lesion
    my_lesions.rename(actor=people.patient, lesion=lesion, nickname="  CANARY \n mole ")
    lesion.refresh_from_db()
    assert lesion.nickname == "CANARY mole"
    entry = Entry.objects.get(action="lesion.renamed")
    assert entry.detail == {"named": True} and "CANARY" not in str(entry.detail)
    my_lesions.rename(actor=people.patient, lesion=lesion, nickname="")
    assert Lesion.objects.get(pk=lesion.pk).nickname == ""


def test_a_name_has_sixty_characters_at_most(people):
    lesion = cast.send_case(people.patient).lesion
    with pytest.raises(my_lesions.NicknameTooLong):
        my_lesions.rename(actor=people.patient, lesion=lesion, nickname="x" * 61)


# -- what changed ---------------------------------------------------------------------------------
def test_answers_that_differ_are_told_in_the_order_of_the_form(people):
    first = cast.send_case(people.patient, bleed=False, itch=True, diameter_mm=4.0)
    again(people.patient, first.lesion, bleed=True, itch=True, diameter_mm=6.5)
    latest, earlier = timeline(people.patient, first.lesion)
    assert [(c.question, c.before, c.now) for c in latest.changes] == [
        ("Has it bled?", "no", "yes"),
        ("How wide is it in millimetres, at its widest?", "4 mm", "6.5 mm"),
    ]
    assert latest.diameter == "6.5 mm" and latest.earlier == first
    assert earlier.changes == () and earlier.earlier is None


def test_not_sure_is_an_answer_of_its_own():
    told, unsure = Symptoms(bleed=True), Symptoms(bleed=None)
    [change] = my_lesions.changes(told, unsure)
    assert (change.before, change.now) == ("yes", "not sure, or not answered")


def test_time_passing_alone_is_no_change():
    assert my_lesions.changes(Symptoms(duration_weeks=4), Symptoms(duration_weeks=9)) == ()


@pytest.mark.parametrize("pair", [(None, Symptoms()), (Symptoms(), None), (None, None)])
def test_without_answers_there_is_nothing_to_compare(pair):
    assert my_lesions.changes(*pair) == ()


def test_every_question_but_the_duration_is_compared():
    named = {question.name for question in my_lesions.COMPARED}
    told = {field.name for field in fields(Answers)}
    assert told - named == {"duration_weeks", "notes", "emergency_sign_unsure"}


def test_the_oldest_of_a_page_is_compared_with_the_one_behind_it(people):
    first = cast.send_case(people.patient, itch=False)
    again(people.patient, first.lesion, itch=True)
    [latest] = my_lesions.read_timeline(actor=people.patient, lesion=first.lesion, start=0, count=1)
    assert latest.changes and latest.earlier == first


# -- when to look again ---------------------------------------------------------------------------
def signed(weeks: int | None, days_ago: int) -> Review:
    return Review(follow_up_weeks=weeks, signed_at=timezone.now() - timedelta(days=days_ago))


def test_a_check_is_due_when_its_weeks_are_over():
    assert my_lesions.follow_up(None) is None
    assert my_lesions.follow_up(signed(None, 1)) is None
    assert not my_lesions.follow_up(signed(4, 1)).due
    assert my_lesions.follow_up(signed(4, 28)).due
    assert my_lesions.follow_up(signed(4, 20)).soon and not my_lesions.follow_up(signed(4, 1)).soon


def test_only_the_newest_answer_asks_for_a_check(people):
    first = cast.send_case(people.patient)
    answer(people, first, follow_up_weeks=12)
    assert my_lesions.check_of(first.lesion).weeks == 12
    second = again(people.patient, first.lesion)
    answer(people, second, follow_up_weeks=None)
    assert my_lesions.check_of(first.lesion) is None


def test_a_time_of_days_is_not_said_in_weeks():
    asked = question("duration_weeks")
    assert my_lesions.said(asked, 0) == "less than a week"
    assert my_lesions.said(asked, 1) == "1 week"
