"""Sweeps and clicks that meet: what is told, mailed or sent happens once."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from tests import cast
from triage import clock, outbox, retakes, worklist
from triage.models import Breach, Case, Notification, NotificationKind, PhotoRequest

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run these at the same moment, each with a connection of its own; what each returned, or the
    name of what it raised."""
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place: int, job: Callable[[], object]) -> None:
        gate.wait()
        try:
            results[place] = job()
        except Exception as problem:
            results[place] = type(problem).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_sweeps_that_overlap_mail_each_letter_once(people):
    for _ in range(8):
        cast.send_case(people.patient)
    got = at_once(*[outbox.deliver] * 4)
    assert sum(got) == len(mail.outbox) == 8, got
    assert not Notification.objects.unmailed().exists()


def test_sweeps_that_overlap_tell_of_a_missed_time_once(people):
    for _ in range(3):
        case = cast.send_case(people.patient)
        Case.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(hours=1))
    got = at_once(*[clock.escalate] * 4)
    assert sum(got) == Breach.objects.count() == 3, got
    told = Notification.objects.filter(kind=NotificationKind.BREACH, user=people.dermatologist)
    assert told.count() == 1


def test_a_double_click_sends_one_set_of_photos(people):
    case = cast.send_case(people.patient)
    worklist.claim(actor=people.dermatologist, case=case)
    retakes.ask(actor=people.dermatologist, case=case, reasons=["dark"])
    upload = cast.add_photo(people.patient)
    got = at_once(
        *[lambda: retakes.send(actor=people.patient, case=case, uploads=[upload]).round] * 2
    )
    assert sorted(map(str, got)) == ["2", "NotWanted"], got
    assert Case.objects.get().photos.count() == 2


def test_photos_that_come_as_their_time_runs_out_are_in_the_case_and_it_is_not_marked(people):
    case = cast.send_case(people.patient)
    worklist.claim(actor=people.dermatologist, case=case)
    request = retakes.ask(actor=people.dermatologist, case=case, reasons=["dark"])
    past = timezone.now() - timedelta(days=8)
    PhotoRequest.objects.filter(pk=request.pk).update(asked_at=past, wanted_by=timezone.now())
    upload = cast.add_photo(people.patient)
    at_once(retakes.sweep, lambda: retakes.send(actor=people.patient, case=case, uploads=[upload]))
    row = Case.objects.get()
    assert (row.paused_at, row.round, row.photos_not_sent) == (None, 2, False)
    assert PhotoRequest.objects.get().ending == "sent"


def test_of_a_claim_and_a_request_for_photos_at_once_the_case_ends_in_one_place(people):
    for _ in range(4):
        case = cast.send_case(people.patient)
        worklist.claim(actor=people.dermatologist, case=case)
        Case.objects.filter(pk=case.pk).update(
            reader_lease_until=timezone.now() + timedelta(seconds=60)
        )
        at_once(
            lambda case=case: (
                retakes.ask(actor=people.dermatologist, case=case, reasons=["dark"]).pk
            ),
            lambda case=case: worklist.claim(actor=people.dermatologist, case=case),
        )
        row = Case.objects.get(pk=case.pk)
        assert (row.paused_at is None) == (row.reader_id is not None)
