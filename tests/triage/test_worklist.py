"""The worklist: its order and pages, its filters, and who has which case on the desk."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from portal.audit.models import Entry
from tests import cast
from triage import patients, scoring, worklist
from triage.models import Case, CaseQuerySet, Lesion, ScoringState
from triage.urgency import Urgency
from triage.worklist import Filters, Mark

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def make(people) -> Callable[..., Case]:
    """Write a case into the list as it is told to be, without asking symptoms or model."""
    patient = patients.patient_of(people.patient)
    lesion = Lesion.objects.create(patient=patient, body_site="back", first_sent_at=NOON)

    def make(**fields: object) -> Case:
        usual = {
            "clinic": people.clinic, "patient": patient, "lesion": lesion, "submitted_at": NOON,
            "idempotency_key": uuid.uuid4().hex, "urgency": 2, "due_at": NOON, "score": 0,
        }  # fmt: skip
        if fields.get("scoring_state") == ScoringState.CLAIMED:
            fields["scoring_lease_until"] = NOON
        if fields.get("reader"):
            fields.setdefault("reader_lease_until", timezone.now() + timedelta(hours=1))
        return Case.objects.create(**{**usual, **fields})

    return make


def walk(cases: CaseQuerySet, size: int) -> Iterator[worklist.Page]:
    """Every page, from the first to the last."""
    cursor = ""
    for _ in range(50):
        page = worklist.page(cases, cursor=cursor, size=size)
        yield page
        if not page.next:
            return
        cursor = page.next
    raise AssertionError("the pages do not come to an end")


def lose(*cases: Case) -> None:
    """Let the lease on these cases run out."""
    past = timezone.now() - timedelta(seconds=1)
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(reader_lease_until=past)


# ---- order and pages -------------------------------------------------------------------------

SOME_CASE = st.fixed_dictionaries({
    "urgency": st.integers(0, 4),
    "due": st.integers(0, 3),  # few values, so that many are equal
    "score": st.integers(-1, 2),
    "scoring_state": st.sampled_from(ScoringState.values),
    "held": st.sampled_from(["free", "mine", "a colleague's", "lapsed", "waits for photos"]),
    "answered": st.sampled_from([False, False, False, True]),
})  # fmt: skip


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wanted=st.lists(SOME_CASE, max_size=14), size=st.integers(1, 5))
def test_the_pages_together_are_exactly_the_open_cases(people, make, wanted, size):
    Case.objects.all().delete()
    readers = {"mine": people.dermatologist, "lapsed": people.dermatologist2,
               "a colleague's": people.dermatologist2}  # fmt: skip
    for facts in wanted:
        reader, waits = readers.get(facts["held"]), facts["held"] == "waits for photos"
        case = make(
            urgency=facts["urgency"], due_at=NOON + timedelta(hours=facts["due"]),
            score=facts["score"], scoring_state=facts["scoring_state"], reader=reader,
            answered_at=NOON if facts["answered"] and not waits else None,
            paused_at=NOON if waits else None,
        )  # fmt: skip
        if facts["held"] == "lapsed":
            lose(case)
    pages = list(walk(worklist.open_cases(people.dermatologist), size))
    shown = [case.pk for page in pages for case in page.cases]
    assert len(shown) == len(set(shown))
    assert set(shown) == set(Case.objects.filter(answered_at=None).values_list("pk", flat=True))
    waiting = [case.paused_at is not None for page in pages for case in page.cases]
    assert waiting == sorted(waiting)  # who waits for photos comes last
    places = [case.place for page in pages for case in page.cases]
    assert places == sorted(places)
    backwards = pages[-1]
    for earlier in reversed(pages[:-1]):
        backwards = worklist.page(
            worklist.open_cases(people.dermatologist), cursor=backwards.previous, size=size
        )
        assert backwards.cases == earlier.cases
    assert backwards.first


def test_a_case_that_arrives_between_two_pages_moves_nothing_out_of_sight(people, make):
    first, second = make(urgency=1), make(urgency=3)
    mine = worklist.open_cases(people.dermatologist)
    page = worklist.page(mine, size=1)
    newcomer = make(urgency=2)
    rest = worklist.page(mine, cursor=page.next, size=5)
    assert page.cases == (first,)
    assert rest.cases == (newcomer, second)


def test_walking_back_meets_the_same_pages(people, make):
    for n in range(8):
        make(urgency=n % 5)
    mine = worklist.open_cases(people.dermatologist)
    pages = list(walk(mine, 2))
    back = [pages[-1]]
    while back[-1].previous and len(back) < 9:
        back.append(worklist.page(mine, cursor=back[-1].previous, size=2))
    assert [page.cases for page in back] == [page.cases for page in reversed(pages)]


def test_a_page_backwards_from_near_the_start_is_the_full_first_page(people, make):
    cases = [make(urgency=n) for n in range(4)]
    mine = worklist.open_cases(people.dermatologist)
    second = worklist.page(mine, cursor=worklist.page(mine, size=1).next, size=2)
    assert second.cases == (cases[1], cases[2])
    assert worklist.page(mine, cursor=second.previous, size=3).cases == tuple(cases[:3])


@pytest.mark.parametrize("cursor", ["x", "W10", "!!!", "bm90IGpzb24", "WzAsMSwyLDMsNF0", "é", "="])
def test_a_made_up_cursor_is_refused(people, cursor):
    with pytest.raises(worklist.BadCursor):
        worklist.page(worklist.open_cases(people.dermatologist), cursor=cursor)


def test_the_database_answers_a_page_from_its_index(people, make):
    made = make()
    kept = {"clinic", "patient", "lesion", "submitted_at", "due_at", "score"}
    same = {name: getattr(made, name) for name in kept}
    Case.objects.bulk_create(
        Case(**same, urgency=n % 5, idempotency_key=str(n)) for n in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE triage_case")
    plan = worklist.open_cases(people.dermatologist).by_need().after(made.place)[:26].explain()
    assert "case_worklist" in plan
    assert "ROW(paused, urgency, due_at, score_rank, id) >" in plan.split("Index Cond")[1]
    assert "Sort" not in plan


def test_the_tabs_together_are_the_open_cases(people, make):
    for n in range(6):
        make(urgency=n % 3, paused_at=NOON if n > 3 else None)
    mine = worklist.open_cases(people.dermatologist)
    by_urgency, waiting = worklist.count(mine)
    listed = [
        *(worklist.matching(mine, Filters(urgency=int(each))) for each in Urgency),
        worklist.matching(mine, Filters(mark=Mark.PAUSED)),
    ]
    assert [len(tab) for tab in listed] == [*by_urgency.values(), waiting]
    assert {case for tab in listed for case in tab} == set(mine)


def test_who_waits_for_photos_is_not_overdue(people, make):
    make(paused_at=NOON)
    assert found(people, mark=Mark.OVERDUE) == set()
    assert len(found(people, mark=Mark.PAUSED)) == 1


def test_another_clinic_and_other_roles_have_no_case_on_their_list(people, make):
    make()
    assert worklist.open_cases(people.dermatologist2).count() == 1
    for user in (people.outsider, people.patient, people.administrator):
        assert not worklist.open_cases(user).exists()


def test_counting_stops_at_more_than_it_tells(people, make, monkeypatch):
    monkeypatch.setattr(worklist, "COUNTED", 2)
    for _ in range(5):
        make(urgency=1)
    make(urgency=3)
    counts = worklist.counts(worklist.open_cases(people.dermatologist))
    assert counts[Urgency.URGENT_CANCER] == 3  # 'more than 2'
    assert counts[Urgency.ROUTINE] == 1
    assert counts[Urgency.ADVICE] == 0


# ---- filters ---------------------------------------------------------------------------------


def found(people, **filters: object) -> set[Case]:
    return set(worklist.matching(worklist.open_cases(people.dermatologist), Filters(**filters)))


def test_filters_find_by_urgency_and_site(people, make):
    soon, routine = make(urgency=2), make(urgency=3)
    assert found(people, urgency=2) == {soon}
    assert found(people, body_site="back") == {soon, routine}
    assert found(people, body_site="nose") == set()


def test_filters_find_by_state(people, make):
    waiting, scored = make(), make(scoring_state="scored", due_at=timezone.now() + timedelta(1))
    claimed, failed = make(scoring_state="claimed"), make(scoring_state="failed")
    unknown = make(scoring_state="scored", reasons=[{"code": "out_of_domain"}])
    assert found(people, mark=Mark.UNSCORED) == {waiting, claimed}
    assert found(people, mark=Mark.SCORED) == {scored, unknown}
    assert found(people, mark=Mark.FAILED) == {failed}
    assert found(people, mark=Mark.OUT_OF_DOMAIN) == {unknown}
    assert found(people, mark=Mark.OVERDUE) == {waiting, claimed, failed, unknown}


def test_text_finds_a_reference_by_its_beginning_and_words_of_the_notes(people):
    itchy = cast.send_case(people.patient, notes="Very itchy since the summer holiday.")
    plain = cast.send_case(people.patient, notes="100% harmless, I think.")
    assert found(people, text="holiday") == {itchy}
    assert found(people, text=itchy.reference[:6].lower()) == {itchy}
    assert found(people, text="harmless -itchy") == {plain}
    assert found(people, text="%") == set()


@pytest.mark.parametrize("few", [0, 1, 500])
def test_text_finds_the_same_however_many_it_finds(people, monkeypatch, few):
    monkeypatch.setattr(worklist, "FEW", few)
    itchy = {cast.send_case(people.patient, notes="An itchy mole.") for _ in range(3)}
    cast.send_case(people.patient2, notes="A quiet mole.")
    assert found(people, text="itchy") == itchy
    assert found(people, text="itchy", urgency=0) == set()
    assert found(people, text="nowhere") == set()


def test_a_look_is_on_record_with_what_was_shown_and_nothing_new_is_no_look(people, make):
    case = make()
    view = worklist.look(actor=people.dermatologist, filters=Filters())
    assert view is not None
    entry = Entry.objects.filter(action="worklist.viewed").latest("id")
    assert entry.detail["references"] == [case.reference]
    before = Entry.objects.count()
    again = worklist.look(actor=people.dermatologist, filters=Filters(), seen=view.version)
    assert again is None
    assert Entry.objects.count() == before
    worklist.claim(actor=people.dermatologist2, case=case)
    assert worklist.look(actor=people.dermatologist, filters=Filters(), seen=view.version)


# ---- the desk --------------------------------------------------------------------------------


def test_claim_next_takes_the_most_urgent_case_that_is_free(people, make):
    calm, urgent, later = make(urgency=4), make(urgency=1), make(urgency=2)
    assert worklist.claim_next(actor=people.dermatologist) == urgent
    assert worklist.claim_next(actor=people.dermatologist2) == later
    assert worklist.claim_next(actor=people.dermatologist) == calm
    assert worklist.claim_next(actor=people.dermatologist) is None
    assert list(worklist.desk(people.dermatologist)) == [urgent, calm]


def test_a_colleague_s_case_cannot_be_claimed_until_the_lease_has_run_out(people, make):
    case = make()
    assert worklist.claim(actor=people.dermatologist, case=case)
    assert not worklist.claim(actor=people.dermatologist2, case=case)
    lose(case)
    assert worklist.claim(actor=people.dermatologist2, case=case)
    case.refresh_from_db()
    assert worklist.holder(case) == people.dermatologist2
    assert not worklist.holds(people.dermatologist, case)


def test_a_case_on_the_desk_of_a_disabled_reader_is_free(people, make):
    case, other = make(), make()
    for each in (case, other):
        worklist.claim(actor=people.dermatologist, case=each)
    assert worklist.claim_next(actor=people.dermatologist2) is None
    people.dermatologist.is_active = False
    people.dermatologist.save(update_fields=["is_active"])
    case.refresh_from_db()
    assert worklist.holder(case) is None
    assert not worklist.holds(people.dermatologist, case)
    assert worklist.claim(actor=people.dermatologist2, case=case)
    assert worklist.claim_next(actor=people.dermatologist2) == other


def test_claiming_one_s_own_case_again_only_renews_it(people, make):
    case = make()
    for _ in range(2):
        assert worklist.claim(actor=people.dermatologist, case=case)
    assert Entry.objects.filter(action="case.claimed", object_id=case.reference).count() == 1


def test_a_claim_after_the_lease_ran_out_is_a_new_one_on_record(people, make):
    case = make()
    worklist.claim(actor=people.dermatologist, case=case)
    lose(case)
    worklist.claim(actor=people.dermatologist, case=case)
    assert Entry.objects.filter(action="case.claimed", object_id=case.reference).count() == 2


def test_nobody_outside_the_clinic_can_claim(people, make):
    case = make()
    for user in (people.outsider, people.patient, people.administrator):
        assert not worklist.claim(actor=user, case=case)
        assert worklist.claim_next(actor=user) is None


def test_an_answered_case_cannot_be_claimed(people, make):
    assert not worklist.claim(actor=people.dermatologist, case=make(answered_at=NOON))


def test_a_heartbeat_extends_the_lease_and_tells_when_it_was_lost(people, make):
    case = make()
    assert not worklist.heartbeat(actor=people.dermatologist, case=case)
    worklist.claim(actor=people.dermatologist, case=case)
    soon = timezone.now() + timedelta(seconds=5)
    Case.objects.filter(pk=case.pk).update(reader_lease_until=soon)
    assert worklist.heartbeat(actor=people.dermatologist, case=case)
    case.refresh_from_db()
    assert case.reader_lease_until > timezone.now() + settings.READING_LEASE - timedelta(seconds=9)
    assert not worklist.heartbeat(actor=people.dermatologist2, case=case)
    lose(case)
    assert not worklist.heartbeat(actor=people.dermatologist, case=case)


def test_a_released_case_is_free_at_once_and_only_its_reader_can_release_it(people, make):
    case = make()
    worklist.claim(actor=people.dermatologist, case=case)
    assert not worklist.release(actor=people.dermatologist2, case=case)
    assert worklist.release(actor=people.dermatologist, case=case)
    assert not worklist.release(actor=people.dermatologist, case=case)
    assert worklist.claim(actor=people.dermatologist2, case=case)


def test_scoring_does_not_disturb_a_case_that_is_being_read(people):
    case = cast.send_case(people.patient)
    worklist.claim(actor=people.dermatologist, case=case)
    (held,) = scoring.claim_batch(worker="w")
    assert scoring.record_assessment(worker="w", claim=held, result=cast.said())
    case.refresh_from_db()
    assert worklist.holds(people.dermatologist, case)
