"""Notifications: told once, to one's own eyes, and a reminder when it is time to look again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import cast
from triage import notifications, reviews, worklist
from triage.models import Case, Notification, NotificationKind, Review
from triage.permissions import visible_notifications
from triage.unread import unread_of

pytestmark = pytest.mark.django_db


def answered(people, *, weeks: int | None, ago: timedelta) -> Case:
    """A case that was signed so long ago, to be looked at again after so many weeks."""
    case, reader = cast.send_case(people.patient), people.dermatologist
    assert worklist.claim(actor=reader, case=case)
    draft = reviews.open_review(actor=reader, case=case)
    opinion = reviews.Opinion("NV", 3, 2)
    draft = reviews.commit_first_opinion(actor=reader, review=draft, opinion=opinion)
    decision = reviews.Decision(
        "NV", 3, "routine", "Advice.", "Come back.", confidence=2, follow_up_weeks=weeks,
        urgency_reason="A plain mole.",
    )  # fmt: skip
    reviews.save_draft(actor=reader, review=draft, decision=decision)
    then = timezone.now() - ago
    # What is signed never changes, so it is signed by hand, as it would stand after that time.
    Review.objects.filter(pk=draft.pk).update(version=1, signed_at=then)
    Case.objects.filter(pk=case.pk).update(
        answered_at=then, submitted_at=then - timedelta(days=1), reader=None,
        reader_lease_until=None,
    )  # fmt: skip
    return case


def reminders(people) -> int:
    mine = Notification.objects.filter(user=people.patient, kind=NotificationKind.FOLLOW_UP)
    return mine.count()


def test_who_should_look_again_is_reminded_once(people):
    answered(people, weeks=4, ago=timedelta(weeks=5))
    assert notifications.remind_follow_ups() == 1
    assert notifications.remind_follow_ups() == 0
    assert reminders(people) == 1


def test_nobody_is_reminded_too_early_or_without_need(people):
    answered(people, weeks=6, ago=timedelta(weeks=5))
    answered(people, weeks=None, ago=timedelta(weeks=50))
    assert notifications.remind_follow_ups() == 0


def test_nobody_is_reminded_who_has_sent_the_place_again(people):
    case = answered(people, weeks=4, ago=timedelta(weeks=5))
    again = cast.send_case(people.patient)
    Case.objects.filter(pk=again.pk).update(lesion=case.lesion)
    assert notifications.remind_follow_ups() == 0


def test_the_same_thing_is_told_once(people):
    for _ in range(2):
        notifications.notify(user=people.patient, kind=NotificationKind.MESSAGE, key="message-1")
    assert Notification.objects.count() == 1


def test_one_sees_one_s_own_and_they_count_until_they_were_shown(people):
    cast.send_case(people.patient)
    assert unread_of(people.patient).notifications == 1
    assert unread_of(people.patient2).notifications == 0
    for stranger in (people.patient2, people.dermatologist, people.administrator):
        assert not visible_notifications(stranger).exists()
    (line,) = notifications.read_page(
        actor=people.patient, notifications=visible_notifications(people.patient)
    )
    assert line.url.startswith("/cases/")
    assert unread_of(people.patient).notifications == 0


def test_nobody_marks_another_s_as_read(people):
    cast.send_case(people.patient)
    theirs = Notification.objects.all()
    notifications.read_page(actor=people.patient2, notifications=theirs)
    assert unread_of(people.patient).notifications == 1


def test_counting_stops_at_a_hundred(people):
    Notification.objects.bulk_create(
        Notification(user=people.patient, kind=NotificationKind.MESSAGE, key=str(n))
        for n in range(150)
    )
    assert unread_of(people.patient).notifications == 100
