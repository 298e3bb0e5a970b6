"""Photos again: the clock stops with a reason, and the case comes back where it belongs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from triage import outbox, retakes, reviews, scoring, worklist
from triage.models import (
    Assessment,
    Case,
    Ending,
    Notification,
    NotificationKind,
    PhotoRequest,
    ScoringState,
)

pytestmark = pytest.mark.django_db


def ask(people, case: Case, **given: object) -> PhotoRequest:
    assert worklist.claim(actor=people.dermatologist, case=case)
    return retakes.ask(actor=people.dermatologist, case=case, **{"reasons": ["blurred"], **given})


def ago(request: PhotoRequest, **time: float) -> None:
    """Let the request, and its case's pause, have begun so long ago."""
    then = request.asked_at - timedelta(**time)
    wanted_by = request.wanted_by - timedelta(**time)
    PhotoRequest.objects.filter(pk=request.pk).update(asked_at=then, wanted_by=wanted_by)
    Case.objects.filter(pk=request.case_id).update(paused_at=then)


def score(case: Case, **said: object) -> None:
    (claim,) = [c for c in scoring.claim_batch(worker="w") if c.case_id == case.pk]
    assert scoring.record_assessment(worker="w", claim=claim, result=cast.said(**said))


def test_the_case_leaves_the_desk_and_its_clock_stands_still(people, case):
    request = ask(people, case, reasons=["far", "blurred"], note=" Nearer, please. ")
    row = Case.objects.get()
    assert (row.reader, row.paused_at) == (None, request.asked_at)
    assert (request.reasons, request.note) == (["blurred", "far"], "Nearer, please.")
    entry = Entry.objects.doing("photos.asked_again").get()
    assert entry.detail["reasons"] == ["blurred", "far"]
    assert "Nearer" not in str(entry.detail)


def test_the_patient_is_told_in_the_portal_and_by_a_mail_with_a_link(people, case):
    Notification.objects.all().delete()
    ask(people, case)
    assert outbox.deliver() == 1
    (letter,) = mail.outbox
    assert letter.to == [people.patient.email]
    assert "/link/" in letter.body
    for secret in (case.reference, people.patient.name, "blurred", "Blurred"):
        assert secret not in letter.subject + letter.body


def test_new_photos_join_the_same_case_which_is_scored_anew(people, case):
    score(case)
    request = ask(people, case)
    retakes.send(actor=people.patient, case=case, uploads=[cast.add_photo(people.patient)])
    row = Case.objects.get()
    assert (row.paused_at, row.round, row.scoring_state) == (None, 2, ScoringState.WAITING)
    assert [(p.position, p.round) for p in row.photos.all()] == [(0, 1), (1, 2)]
    assert PhotoRequest.objects.get(pk=request.pk).ending == Ending.SENT
    score(row)
    assert list(Assessment.objects.values_list("round", flat=True).order_by("round")) == [1, 2]


def test_who_asked_is_told_that_the_photos_came(people, case):
    ask(people, case)
    Notification.objects.all().delete()
    retakes.send(actor=people.patient, case=case, uploads=[cast.add_photo(people.patient)])
    told = Notification.objects.get(user=people.dermatologist)
    assert (told.kind, told.case) == (NotificationKind.PHOTOS_CAME, case)
    (letter,) = [outbox.letter_of(told)]
    assert case.reference in letter.text
    assert people.patient.name not in letter.subject + letter.text


def test_what_was_left_of_the_time_is_left_afterwards(people, case):
    Case.objects.update(submitted_at=datetime(2026, 11, 2, 12, tzinfo=UTC))  # a Monday
    row = Case.objects.select_related("patient", "lesion", "symptoms").get()
    retakes.ranking.rerank(cases=[row])
    before = row.due_at
    request = ask(people, case)
    ago(request, days=7)
    retakes.send(actor=people.patient, case=case, uploads=[cast.add_photo(people.patient)])
    after = Case.objects.get().due_at
    assert timedelta(days=6, hours=23) <= after - before <= timedelta(days=7, hours=1)


def test_a_worker_that_still_has_the_old_photos_records_nothing(people, case):
    ask(people, case)
    (claim,) = scoring.claim_batch(worker="slow")
    retakes.send(actor=people.patient, case=case, uploads=[cast.add_photo(people.patient)])
    assert not scoring.record_assessment(worker="slow", claim=claim, result=cast.said())
    assert not Assessment.objects.exists()
    score(case)


def test_photos_that_never_come_bring_the_case_back_by_itself_marked(people, case):
    request = ask(people, case)
    assert retakes.sweep() == 0
    ago(request, days=8)
    assert retakes.sweep() == 1
    assert retakes.sweep() == 0
    row = Case.objects.get()
    assert (row.paused_at, row.photos_not_sent) == (None, True)
    assert worklist.claim(actor=people.dermatologist2, case=row)
    assert Entry.objects.doing("photos.not_sent").get().actor_role == "scheduler"


def test_a_case_that_becomes_urgent_while_it_waits_is_back_after_the_shorter_time(people, case):
    request = ask(people, case)
    ago(request, days=3)
    assert retakes.sweep() == 0
    Case.objects.update(urgency=1)  # the model's result came, and it is bad
    assert retakes.sweep() == 1


def test_a_case_that_becomes_an_emergency_waits_no_longer(people, case):
    ask(people, case)
    Case.objects.update(urgency=0)
    assert retakes.sweep() == 1
    assert Case.objects.get().paused_at is None


def test_photos_that_come_late_are_taken_all_the_same(people, case):
    ago(ask(people, case), days=8)
    retakes.sweep()
    retakes.send(actor=people.patient, case=case, uploads=[cast.add_photo(people.patient)])
    assert Case.objects.get().photos_not_sent is False
    assert PhotoRequest.objects.get().ending == Ending.SENT


def test_a_clinician_may_stop_waiting(people, case):
    ask(people, case)
    assert not retakes.withdraw(actor=people.outsider, case=case)
    assert retakes.withdraw(actor=people.dermatologist2, case=case)
    assert not retakes.withdraw(actor=people.dermatologist2, case=case)
    with pytest.raises(retakes.NotWanted):
        retakes.send(actor=people.patient, case=case, uploads=[cast.add_photo(people.patient)])


def test_only_whoever_has_the_case_on_the_desk_asks_and_says_why(people, case):
    with pytest.raises(retakes.NotOnDesk):
        retakes.ask(actor=people.dermatologist, case=case, reasons=["dark"])
    worklist.claim(actor=people.dermatologist, case=case)
    for reasons in ([], ["nonsense"], ["other"]):
        with pytest.raises(retakes.NoReason):
            retakes.ask(actor=people.dermatologist, case=case, reasons=reasons)


def test_the_clock_of_an_emergency_is_never_stopped(people):
    case = cast.send_case(people.patient, over_half_body=True)
    with pytest.raises(retakes.NotPausable):
        ask(people, case)
    assert Case.objects.get().paused_at is None


def test_the_clinic_says_how_long_photos_are_waited_for_and_urgent_cases_wait_less(people, case):
    assert retakes.wait_for(3) > retakes.wait_for(1)
    cast.decide(photos_wait_days=5, urgent_photos_wait_days=1)
    Case.objects.update(urgency=1)
    request = ask(people, case)
    assert request.wanted_by - request.asked_at == timedelta(days=1)
    assert retakes.wait_for(3) == timedelta(days=5)


def test_a_case_that_waits_is_on_no_desk(people, case):
    ask(people, case)
    assert not worklist.claim(actor=people.dermatologist, case=case)
    assert worklist.claim_next(actor=people.dermatologist2) is None


def test_new_photos_ask_for_a_new_first_opinion(people, case):
    score(case)
    assert worklist.claim(actor=people.dermatologist, case=case)
    first = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(
        actor=people.dermatologist, review=first, opinion=reviews.Opinion("NV", 3, 2)
    )
    written = reviews.Decision("NV", 3, "routine", "See you soon.", findings="Two colours.")
    reviews.save_draft(actor=people.dermatologist, review=first, decision=written)
    ask(people, case)
    retakes.send(actor=people.patient, case=case, uploads=[cast.add_photo(people.patient)])
    assert worklist.claim(actor=people.dermatologist, case=case)
    again = reviews.open_review(actor=people.dermatologist, case=Case.objects.get())
    assert (again.pk != first.pk, again.revealed_at) == (True, None)
    assert (again.findings, again.advice) == ("Two colours.", "See you soon."), "words are kept"
    assert (again.diagnosis, again.outcome, again.urgency) == ("", "", None), "judged anew"
    with pytest.raises(reviews.NotYours):  # the old draft is of the old photos
        reviews.sign(actor=people.dermatologist, review=first, decision=reviews.Decision())


def test_photos_again_is_no_answer_that_can_be_signed(people, case):
    with pytest.raises(reviews.Incomplete) as refused:
        reviews.check(
            reviews.Decision("NV", 3, "photos_again", "Advice.", "Come back.", confidence=2), case
        )
    assert "outcome" in refused.value.problems


def test_a_second_request_after_new_photos_counts_both_pauses(people, case):
    ago(ask(people, case), days=1)
    retakes.send(actor=people.patient, case=case, uploads=[cast.add_photo(people.patient)])
    ago(ask(people, case, reasons=["dark"]), hours=20)
    retakes.send(actor=people.patient, case=case, uploads=[cast.add_photo(people.patient)])
    assert Case.objects.get().round == 3
    assert PhotoRequest.objects.filter(ending=Ending.SENT).count() == 2
    assert timezone.now() > PhotoRequest.objects.latest("pk").asked_at
