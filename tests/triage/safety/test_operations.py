"""What waits, what is late, what failed, and how long a result takes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import cast
from tests.triage.safety.clinic import scored
from triage.models import Case, ScoringState, Worker
from triage.safety import operations
from triage.urgency import Urgency

pytestmark = pytest.mark.django_db


def test_an_empty_portal_has_nothing_that_waits():
    found = operations.look()
    assert (found.open, found.late, found.unscored, found.oldest_unscored) == (0, 0, 0, None)
    assert found.to_result is None


def test_open_cases_are_counted_by_urgency_with_those_that_are_late(people):
    scored(people, alarmed=True)
    late = scored(people, alarmed=True)
    Case.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=1))
    scored(people, alarmed=False)
    rows = {one.urgency: (one.open, one.late) for one in operations.look().waiting}
    assert rows[Urgency.URGENT_CANCER] == (2, 1)
    assert rows[Urgency.ADVICE] == (1, 0)


def test_a_case_that_waits_for_photos_is_not_late(people):
    case = scored(people, alarmed=False)
    long_ago = timezone.now() - timedelta(days=1)
    Case.objects.filter(pk=case.pk).update(due_at=long_ago, paused_at=long_ago)
    assert operations.look().late == 0


def test_the_time_to_a_result_is_the_first_one_s(people):
    case = scored(people, alarmed=False, duration_ms=40)
    Case.objects.filter(pk=case.pk).update(submitted_at=timezone.now() - timedelta(seconds=30))
    found = operations.look()
    assert 29 < found.to_result < 40
    assert found.model_ms == 40


def test_failures_and_workers_are_counted(people):
    case = cast.send_case(people.patient)
    Case.objects.filter(pk=case.pk).update(scoring_state=ScoringState.FAILED)
    now = timezone.now()
    Worker.objects.create(name="north", seen_at=now)
    Worker.objects.create(name="south", seen_at=now, problem="No usable model.")
    Worker.objects.create(name="gone", seen_at=now - timedelta(days=1))
    found = operations.look()
    assert (found.failed, found.sent, found.failed_of_sent) == (1, 1, 1)
    assert (found.workers, found.able) == (2, 1)
