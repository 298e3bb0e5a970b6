"""The clock page, the rota and the days off."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import cast
from triage.forecast import Day
from triage.models import Case, DutyShift, Holiday
from triage.web.clock import HIGH, bars

pytestmark = pytest.mark.django_db


def test_the_page_shows_what_is_late_and_what_will_be_and_no_case(
    people, django_assert_max_num_queries, browser
):
    now = timezone.now()
    for days in (-1, 2, 3):
        sent = cast.send_case(people.patient)
        Case.objects.filter(pk=sent.pk).update(due_at=now + timedelta(days=days))
    for user in (people.dermatologist, people.administrator):
        client = browser(user)
        client.get(reverse("triage:clock"))  # which notes that the session is in use
        with django_assert_max_num_queries(12):
            page = client.get(reverse("triage:clock")).content.decode()
        assert "What this assumes" in page
        assert '<strong class="desk-overdue">1</strong>' in page
        assert "<svg" in page
        assert not any(case.reference in page for case in Case.objects.all())


def test_the_bars_are_as_high_as_their_numbers():
    today = date(2026, 11, 2)
    first, second = bars((Day(today, {1: 2, 3: 2}, 0), Day(today, {}, 0)))
    assert sum(part.height for part in first.parts) == HIGH
    assert [part.urgency for part in first.parts] == [1, 3]
    assert second.parts == ()


def test_a_duty_is_put_on_the_rota_and_taken_off(people, browser):
    client = browser(people.administrator)
    start = timezone.now()
    page = client.post(reverse("triage:rota"), {
        "user": people.dermatologist.pk, "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (start + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"),
    }, follow=True).content.decode()  # fmt: skip
    assert "On duty now" in page
    shift = DutyShift.objects.get()
    assert browser(people.outsider).post(reverse("triage:rota_take_off", args=[shift.pk]))
    assert DutyShift.objects.exists()  # another clinic's rota is not theirs
    client.post(reverse("triage:rota_take_off", args=[shift.pk]))
    assert not DutyShift.objects.exists()


def test_a_duty_that_ends_before_it_starts_is_refused(people, browser):
    now = timezone.now()
    page = browser(people.dermatologist).post(reverse("triage:rota"), {
        "user": people.dermatologist.pk, "starts_at": now.strftime("%Y-%m-%dT%H:%M"),
        "ends_at": (now - timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M"),
    })  # fmt: skip
    assert page.status_code == 422
    assert "ends after it starts" in page.content.decode()


def test_nobody_is_on_duty_twice_at_a_time(people, browser):
    client, now, hour = browser(people.administrator), timezone.now(), timedelta(hours=1)

    def add(user, start, end):
        return client.post(reverse("triage:rota"), {
            "user": user.pk, "starts_at": start.strftime("%Y-%m-%dT%H:%M"),
            "ends_at": end.strftime("%Y-%m-%dT%H:%M"),
        })  # fmt: skip

    assert add(people.dermatologist, now, now + 8 * hour).status_code == 302
    again = add(people.dermatologist, now + 7 * hour, now + 9 * hour)
    assert again.status_code == 422
    assert "on the rota for a part of this time already" in again.content.decode()
    assert add(people.dermatologist, now + 8 * hour, now + 9 * hour).status_code == 302
    assert add(people.dermatologist2, now, now + 8 * hour).status_code == 302
    assert DutyShift.objects.count() == 3


@pytest.mark.parametrize(
    ("starts", "ends"), [("0001-01-01T00:00", "2099-01-01T00:00"), (None, "9999-12-31T23:59")]
)
def test_a_duty_of_another_age_is_refused(people, starts, ends, browser):
    page = browser(people.administrator).post(reverse("triage:rota"), {
        "user": people.dermatologist.pk, "ends_at": ends,
        "starts_at": starts or timezone.now().strftime("%Y-%m-%dT%H:%M"),
    })  # fmt: skip
    assert page.status_code == 422 and "Check the dates" in page.content.decode()
    assert not DutyShift.objects.exists()


def test_only_administrators_keep_the_days_off(people, browser):
    page = reverse("triage:holidays")
    assert browser(people.dermatologist).get(page).status_code == 404
    client = browser(people.administrator)
    client.post(page, {"day": "2026-12-25", "name": "Christmas Day"})
    assert "Christmas Day" in client.get(page).content.decode()
    again = client.post(page, {"day": "2026-12-25", "name": "Again"})
    assert "on the list already" in again.content.decode()
    client.post(reverse("triage:holiday_remove", args=[Holiday.objects.get().pk]))
    assert not Holiday.objects.exists()
