"""After the rules have changed every open case is ranked by the new ones, and none is lowered that
a clinician has raised."""

import threading
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from tests.triage.test_reviews import OPINION, decision
from triage import reranking, reviews, rule_changes, rulebook, worklist
from triage.models import Case
from triage.urgency import Urgency


def change(**rules: object) -> None:
    now = rulebook.current()
    book = replace(now.book, rules=replace(now.rules, **rules))
    rule_changes.adopt(actor="command line", book=book, over=now.version, reason="For a test")


def test_every_open_case_is_ranked_by_the_newest_version(people, monkeypatch):
    monkeypatch.setattr(reranking, "BATCH", 2)
    cases = [cast.send_case(people.patient) for _ in range(5)]
    change(floor=Urgency.URGENT_CANCER)
    assert reranking.left() == 5
    assert reranking.rank_anew() == 5
    assert reranking.left() == 0
    assert set(Case.objects.values_list("urgency", "rules_version")) == {(1, 1)}
    moved = Entry.objects.filter(action="case.ranked_anew")
    assert {entry.object_id for entry in moved} == {case.reference for case in cases}
    assert moved[0].detail["urgency"] == [2, 1] and moved[0].detail["rules_version"] == [0, 1]
    assert sum(e.detail["cases"] for e in Entry.objects.filter(action="rules.applied")) == 5
    assert reranking.rank_anew() == 0


def test_a_case_that_does_not_move_is_marked_and_leaves_no_entry_of_its_own(people):
    case = cast.send_case(people.patient)
    change(advice_days=10)
    reranking.rank_anew()
    case.refresh_from_db()
    assert (case.urgency, case.rules_version) == (2, 1)
    assert not Entry.objects.filter(action="case.ranked_anew").exists()


def test_an_answered_case_keeps_the_rules_that_ranked_it(people):
    case = cast.send_case(people.patient)
    Case.objects.filter(pk=case.pk).update(answered_at=timezone.now())
    change(floor=Urgency.URGENT_CANCER)
    assert reranking.rank_anew() == 0
    case.refresh_from_db()
    assert (case.urgency, case.rules_version) == (2, 0)


def test_what_a_clinician_has_signed_is_never_ranked_lower(people):
    case = cast.send_case(people.patient)
    worklist.claim(actor=people.dermatologist, case=case)
    review = reviews.open_review(actor=people.dermatologist, case=case)
    review = reviews.commit_first_opinion(
        actor=people.dermatologist, review=review, opinion=OPINION
    )
    reviews.sign(actor=people.dermatologist, review=review,
                 decision=decision(urgency=1, outcome="urgent"))  # fmt: skip
    Case.objects.filter(pk=case.pk).update(answered_at=None)  # it came back: photos again
    change(floor=Urgency.SOON, advice_days=20, warning_urgency=Urgency.ROUTINE)
    reranking.rank_anew()
    case.refresh_from_db()
    assert case.rules_version == 1 and case.urgency <= Urgency.URGENT_CANCER


@pytest.mark.django_db(transaction=True)
def test_a_case_that_somebody_holds_is_passed_over_and_ranked_the_next_time():
    people = cast.gather()
    held, free = (cast.send_case(people.patient) for _ in range(2))
    change(floor=Urgency.URGENT_CANCER)
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Case.objects.select_for_update().get(pk=held.pk)
            locked.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(30)
    try:
        assert reranking.rank_anew() == 1
    finally:
        done.set()
        holder.join()
    free.refresh_from_db()
    assert (free.rules_version, reranking.left()) == (1, 1)
    assert reranking.rank_anew() == 1 and reranking.left() == 0
