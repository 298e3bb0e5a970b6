"""Replays: asked for once, taken once, compared number by number."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.audit.models import Entry
from tests.triage.safety.clinic import scored
from triage import replays
from triage.models import Assessment, Replay

pytestmark = pytest.mark.django_db


@pytest.fixture
def assessment(people) -> Assessment:
    return scored(people, alarmed=False).assessments.get()


def test_asking_twice_waits_once(people, assessment):
    first = replays.ask(actor=people.administrator, assessment=assessment)
    assert replays.ask(actor=people.administrator, assessment=assessment) == first
    assert Entry.objects.filter(action="assessment.replay_asked").count() == 1


def test_the_database_lets_one_wait(assessment):
    now = timezone.now()
    Replay.objects.create(assessment=assessment, asked_at=now)
    with pytest.raises(IntegrityError, match="replay_one_at_a_time"), transaction.atomic():
        Replay.objects.create(assessment=assessment, asked_at=now)


def test_only_administrators_ask_and_look(people, assessment):
    for person in (people.dermatologist, people.patient):
        with pytest.raises(replays.NotAllowed):
            replays.ask(actor=person, assessment=assessment)
        with pytest.raises(replays.NotAllowed):
            replays.find(actor=person, wanted=str(assessment.pk))


def test_a_worker_takes_each_once(people, assessment):
    asked = replays.ask(actor=people.administrator, assessment=assessment)
    assert replays.take() == asked
    assert replays.take() is None


def test_what_a_lost_worker_had_begun_is_not_tried_again(people, assessment):
    replays.ask(actor=people.administrator, assessment=assessment)
    replays.take()
    Replay.objects.update(begun_at=timezone.now() - timedelta(minutes=6))
    assert replays.take() is None
    assert Replay.objects.get().problem == "The worker was lost while it did this."


def test_the_same_numbers_are_the_same_within_a_thousandth(assessment):
    numbers = replays.numbers_of(assessment)
    assert replays.same(replays.lines(assessment, numbers))
    assert replays.same(replays.lines(assessment, numbers | {"MEL": numbers["MEL"] + 0.0009}))
    assert not replays.same(replays.lines(assessment, numbers | {"MEL": numbers["MEL"] + 0.0011}))


def test_a_number_that_only_one_of_both_has_is_a_difference(assessment):
    numbers = replays.numbers_of(assessment)
    del numbers["MEL"]
    assert not replays.same(replays.lines(assessment, numbers))
    more = replays.numbers_of(assessment) | {"OTHER": 0.1}
    assert not replays.same(replays.lines(assessment, more))


def test_what_came_out_is_on_record(people, assessment):
    asked = replays.ask(actor=people.administrator, assessment=assessment)
    numbers = replays.numbers_of(assessment)
    replays.finish(worker="w", replay=asked, engine="test", numbers=numbers)
    replays.finish(worker="late", replay=asked, problem="Too late to matter.")
    assert Replay.objects.get().problem == ""
    entry = Entry.objects.get(action="assessment.replayed")
    assert (entry.detail["same"], entry.result) == (True, "done")


def test_a_model_with_another_hash_is_another_model(assessment):
    assert replays.model_of(assessment) is None
