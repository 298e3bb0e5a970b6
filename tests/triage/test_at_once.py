"""Sweeps, clicks and readers that meet: what is told, mailed, sent or claimed is so once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from tests.triage.test_worklist import lose
from triage import clock, outbox, retakes, reviews, worklist
from triage.models import Breach, Case, Notification, NotificationKind, PhotoRequest

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run these at the same moment, each with a connection of its own; what each returned, or the
    name of what it raised."""
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place: int, job: Callable[[], object]) -> None:
        gate.wait(10)
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
        thread.join(20)
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


def test_of_many_readers_who_claim_one_case_at_once_exactly_one_gets_it(people):
    readers = [cast.person(f"reader{n}", "dermatologist", people.clinic) for n in range(6)]
    for _ in range(5):
        case = cast.send_case(people.patient)
        got = at_once(*[partial(worklist.claim, actor=r, case=case) for r in readers])
        assert sorted(got) == [False] * 5 + [True], got
        case.refresh_from_db()
        assert case.reader == readers[got.index(True)]
        assert Entry.objects.filter(action="case.claimed", object_id=case.reference).count() == 1


def test_readers_who_claim_the_next_case_at_once_get_different_ones(people):
    readers = [cast.person(f"reader{n}", "dermatologist", people.clinic) for n in range(6)]
    cases = [cast.send_case(people.patient, grew=n % 2 == 0) for n in range(4)]
    got = at_once(*[partial(worklist.claim_next, actor=r) for r in readers])
    taken = [case for case in got if case is not None]
    assert len(taken) == len(set(taken)) == 4, got
    assert set(taken) == set(cases)


def test_a_case_that_lapses_and_is_claimed_cannot_be_signed_by_the_first_reader(people):
    case = cast.send_case(people.patient)
    worklist.claim(actor=people.dermatologist, case=case)
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    opinion = reviews.Opinion("NV", 4, 2)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=opinion)
    lose(case)
    decision = reviews.Decision(
        "NV", 4, "discharge", "Harmless.", "Look at it monthly.", urgency_reason="A plain mole."
    )
    got = at_once(
        lambda: reviews.sign(actor=people.dermatologist, review=draft, decision=decision),
        lambda: worklist.claim(actor=people.dermatologist2, case=case),
    )
    assert got == ["NotYours", True]
