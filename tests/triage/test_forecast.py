"""The forecast: a queue played forward."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from triage.forecast import Group, Rates, forecast
from triage.urgency import Urgency

NOW = datetime(2026, 11, 2, 0, tzinfo=UTC)


def never(at: datetime, urgency: Urgency) -> datetime:
    return at + timedelta(days=100)


def in_days(days: float) -> datetime:
    return NOW + timedelta(days=days)


def late(queue: list[Group], read: float, **arrivals: float) -> list[int]:
    rates = Rates(read, {int(name[1:]): rate for name, rate in arrivals.items()})
    return [day.total for day in forecast(queue, rates, now=NOW, due=never)]


def test_nobody_reads_and_every_case_is_late_on_its_day():
    queue = [Group(2, in_days(0.5), 3), Group(3, in_days(2.5), 4), Group(4, in_days(30), 5)]
    assert late(queue, 0) == [3, 0, 4, 0, 0, 0, 0]


def test_who_reads_enough_is_never_late():
    queue = [Group(2, in_days(1.5), 10), Group(3, in_days(5), 40)]
    assert late(queue, 24) == [0] * 7


def test_urgent_cases_are_read_first_and_the_others_are_late():
    queue = [Group(1, in_days(1.9), 24), Group(3, in_days(1), 5)]
    days = forecast(queue, Rates(24, {}), now=NOW, due=never)
    assert dict(days[1].late) == {3: 5}
    assert days[0].open_at_end == 5


def test_what_is_late_already_is_not_counted_again():
    assert late([Group(1, NOW - timedelta(hours=1), 9)], 0) == [0] * 7


def test_newcomers_push_the_others_back():
    def soon(at: datetime, urgency: Urgency) -> datetime:
        return at + timedelta(days=2)

    rates = Rates(24, {1: 24})
    queue = [Group(3, in_days(3), 10)]
    days = forecast(queue, rates, now=NOW, due=soon)
    assert sum(day.late.get(3, 0) for day in days) == 10
    assert sum(day.late.get(1, 0) for day in days) == 0


GROUPS = st.lists(
    st.builds(Group, st.integers(0, 4), st.integers(1, 24 * 9).map(lambda h: in_days(h / 24)),
              st.integers(1, 20)), max_size=12,
)  # fmt: skip


@given(queue=GROUPS, read=st.floats(0, 200), more=st.floats(0, 50))
def test_reading_more_never_makes_more_cases_late(queue, read, more):
    assert sum(late(queue, read + more)) <= sum(late(queue, read))


@given(queue=GROUPS, read=st.floats(0, 200))
def test_every_case_is_counted_at_most_once(queue, read):
    due = sum(group.count for group in queue if group.due_at < in_days(7))
    days = forecast(queue, Rates(read, {}), now=NOW, due=never)
    assert sum(day.total for day in days) <= due
    assert len(days) == 7
    assert days[-1].open_at_end <= sum(group.count for group in queue)
