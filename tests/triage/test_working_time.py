"""Working days, and a clock that stands still."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from triage import working_time
from triage.priority import due_at
from triage.urgency import Urgency

FRIDAY = datetime(2026, 11, 6, 12, tzinfo=UTC)
MONDAY, WEDNESDAY = FRIDAY + timedelta(days=3), FRIDAY + timedelta(days=5)
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(
    lambda at: at.replace(tzinfo=UTC, microsecond=0)
)
HOLIDAYS = st.frozensets(st.dates(date(2026, 1, 1), date(2027, 1, 1)), max_size=20)


def test_weekends_and_holidays_are_passed_over():
    assert working_time.days_after(FRIDAY, 1) == MONDAY
    assert working_time.days_after(FRIDAY, 1, {MONDAY.date()}) == MONDAY + timedelta(days=1)


def test_a_pause_over_a_weekend_costs_the_working_time_in_it_alone():
    paused = (FRIDAY + timedelta(hours=1), MONDAY + timedelta(hours=1))
    assert due_at(FRIDAY, Urgency.SOON) == WEDNESDAY
    assert due_at(FRIDAY, Urgency.SOON, pauses=[paused]) == WEDNESDAY + timedelta(days=1)


def test_a_pause_on_working_days_moves_the_due_time_over_the_next_weekend():
    start = datetime(2026, 11, 2, 12, tzinfo=UTC)  # a Monday, due on Thursday
    pause = (start, start + timedelta(days=2))
    assert due_at(start, Urgency.SOON, pauses=[pause]) == datetime(2026, 11, 9, 12, tzinfo=UTC)


def test_targets_in_hours_move_by_the_whole_pause():
    pause = (FRIDAY, FRIDAY + timedelta(days=2))
    for urgency in (Urgency.URGENT_CANCER, Urgency.ROUTINE):
        moved = due_at(FRIDAY, urgency, pauses=[pause]) - due_at(FRIDAY, urgency)
        assert moved == timedelta(days=2)


@given(start=TIMES, hours=st.integers(0, 400), holidays=HOLIDAYS)
def test_time_that_is_added_is_the_working_time_in_between(start, hours, holidays):
    end = working_time.later(start, timedelta(hours=hours), holidays)
    assert working_time.between(start, end, holidays) == timedelta(hours=hours)


@given(start=TIMES, urgency=st.sampled_from(Urgency), holidays=HOLIDAYS,
       gap=st.integers(0, 100), length=st.integers(0, 300))  # fmt: skip
def test_a_pause_never_takes_time_away_and_never_gives_more_than_it_lasted_in_working_days(
    start, urgency, holidays, gap, length
):
    begun = start + timedelta(hours=gap)
    pause = (begun, begun + timedelta(hours=length))
    before = due_at(start, urgency, holidays=holidays)
    after = due_at(start, urgency, holidays=holidays, pauses=[pause])
    assert after >= before
    if urgency is not Urgency.SOON:
        assert after - before <= timedelta(hours=length)


@given(start=TIMES, holidays=HOLIDAYS, gap=st.integers(0, 100), length=st.integers(0, 300))
def test_a_more_urgent_case_is_never_due_later_with_pauses_either(start, holidays, gap, length):
    begun = start + timedelta(hours=gap)
    pause = (begun, begun + timedelta(hours=length))
    due = [due_at(start, each, holidays=holidays, pauses=[pause]) for each in Urgency]
    assert due == sorted(due)
