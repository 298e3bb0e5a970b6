"""The time of reading: what a page told, and no more than can be true."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from tests.triage.test_reviews import case  # noqa: F401
from triage import reading_time, reviews
from triage.models import Case, Review

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(people, case) -> Review:  # noqa: F811
    return reviews.open_review(actor=people.dermatologist, case=case)


def ago(case: Case, seconds: int) -> Case:  # noqa: F811
    """The last sign of life was so long ago."""
    last = timezone.now() - timedelta(seconds=seconds)
    case.reader_lease_until = last + settings.READING_LEASE
    return case


def told(people, case, seconds) -> int | None:  # noqa: F811
    reading_time.add(actor=people.dermatologist, case=case, seconds=seconds)
    return Review.objects.get().reading_seconds


def test_what_the_page_counted_adds_up(people, case, draft):  # noqa: F811
    assert draft.reading_seconds is None
    assert told(people, ago(case, 60), 45) == 45
    assert told(people, ago(case, 60), 30) == 75


def test_no_report_brings_more_than_the_time_that_has_passed(people, case, draft):  # noqa: F811
    assert told(people, ago(case, 20), 60) == 20


def test_no_report_brings_more_than_a_minute_and_a_half(people, case, draft):  # noqa: F811
    assert told(people, ago(case, 600), 10**9) == reading_time.MOST


@pytest.mark.parametrize("seconds", [0, -5])
def test_nothing_is_nothing(people, case, draft, seconds):  # noqa: F811
    assert told(people, ago(case, 60), seconds) is None


def test_what_is_signed_keeps_its_time(people, case, draft):  # noqa: F811
    Review.objects.update(signed_at=None)
    opinion = reviews.Opinion("NV", 2, 2)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=opinion)
    assert told(people, ago(case, 60), 50) == 50
    from tests.triage.test_reviews import decision

    reviews.sign(actor=people.dermatologist, review=draft, decision=decision())
    assert told(people, ago(case, 60), 50) == 50


def test_another_reader_s_report_counts_for_nobody(people, case, draft):  # noqa: F811
    reading_time.add(actor=people.dermatologist2, case=ago(case, 60), seconds=30)
    assert Review.objects.get().reading_seconds is None
