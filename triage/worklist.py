"""The dermatologists' queue: its order, its pages, and who has which case on the desk."""

import base64
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.audit.ledger import record
from triage.models import Case, CaseQuerySet, Review, ScoringState, Thread
from triage.models.case import Place, as_reference
from triage.permissions import blind_cases, visible_cases
from triage.urgency import Urgency

PAGE = 25
FEW = 500  # hits of a text that are looked up one by one
ANSWERS = 10  # of a reader's own that are kept at hand
WAITING_TAB = 9  # beside the urgencies 0-4
COUNTED = 999  # counting stops here: 'more than 999' costs the same at a million cases


class Mark(models.TextChoices):
    """What a reader may look for in the list."""

    UNSCORED = "unscored", _("Not scored yet")
    SCORED = "scored", _("Scored")
    FAILED = "failed", _("Could not be scored")
    OUT_OF_DOMAIN = "out_of_domain", _("Unknown to the model")
    OVERDUE = "overdue", _("Overdue")
    PAUSED = "paused", _("Waiting for photos")
    NOT_SENT = "not_sent", _("Photos not sent")


@dataclass(frozen=True)
class Filters:
    """Which open cases to list; an empty field lets every case through."""

    urgency: int | None = None
    mark: str = ""  # a Mark
    body_site: str = ""  # a BodySite
    text: str = ""  # a reference, its beginning, or words of the notes


@dataclass(frozen=True)
class Page:
    cases: tuple[Case, ...]
    next: str  # cursor of the page after this one, "" on the last
    previous: str  # cursor of the page before this one, "" on the first

    @property
    def first(self) -> bool:
        return not self.previous


@dataclass(frozen=True)
class View:
    """What a reader has on the screen."""

    page: Page
    desk: tuple[Case, ...]  # the reader's own, whatever the filters
    version: str  # changes with anything that the list shows
    answers: tuple[Case, ...] = ()  # that the reader signed last, the newest first


class BadCursor(ValueError):
    """This page address is not one of ours; start again from the first page."""


def look(
    *, actor: User, filters: Filters, cursor: str = "", seen: str = "", answers: bool = False
) -> View | None:
    """Look at a page of the worklist; the look goes on record with the references shown.

    With the reader's last `answers` where they are asked for. None where the list is still the
    version `seen`: nothing new is shown then. Raises BadCursor.
    """
    with transaction.atomic():
        shown = page(matching(open_cases(actor), filters), cursor=cursor)
        mine = tuple(desk(actor))
        version = _version(shown.cases + mine)
        if version == seen:
            return None
        signed = last_answers(actor) if answers else ()
        references = [case.reference for case in shown.cases + mine + signed]
        record(actor=actor, action="worklist.viewed", object_type="case", references=references)
    return View(shown, mine, version, signed)


def open_cases(reader: User) -> CaseQuerySet:
    """Every case that waits for a clinician of this clinic, scored or not; those that wait for
    photos, with the clock stopped, come last."""
    if not reader.is_dermatologist:
        return Case.objects.none()
    return visible_cases(reader).open()


def last_answers(reader: User) -> tuple[Case, ...]:
    """The cases that this reader signed last, the newest first, each once."""
    signed = Review.objects.signed().filter(reader=reader)
    amended = signed.filter(case=OuterRef("case"), signed_at__gt=OuterRef("signed_at"))
    # Newest first and one by one, however many there are: not grouped by case.
    latest = signed.exclude(Exists(amended)).order_by("-signed_at")
    seen = latest.filter(case__in=visible_cases(reader)).values_list("case", flat=True)
    keys = list(seen[:ANSWERS])
    found = Case.objects.select_related("lesion").defer("notes_index").in_bulk(keys)
    return tuple(found[key] for key in keys)


def called(reader: User, text: str) -> Case | None:
    """The case whose whole reference `text` is, open or answered, in any letter case, with or
    without its dashes; None where the reader may see no such case."""
    return visible_cases(reader).filter(reference=as_reference(text)).first()


def matching(cases: CaseQuerySet, filters: Filters) -> CaseQuerySet:
    """Those of `cases` that the filters let through."""
    if filters.urgency is not None:  # who waits for photos is in a list of their own
        cases = cases.filter(urgency=filters.urgency, paused=filters.mark == Mark.PAUSED)
    if filters.body_site:
        cases = cases.filter(lesion__body_site=filters.body_site)
    if filters.mark:
        cases = cases.filter(_mark(filters.mark))
    return _mentioning(cases, filters.text) if filters.text else cases


def _mentioning(cases: CaseQuerySet, text: str) -> CaseQuerySet:
    """Few hits are looked up in the index of the text, many are met soon by walking the list.

    Postgres would walk a million cases to show three: it cannot know beforehand which it is.
    """
    hits = cases.mentioning(text)
    few = list(hits.order_by().values_list("pk", flat=True)[: FEW + 1])
    return hits if len(few) > FEW else cases.filter(pk__in=few)


def counts(cases: CaseQuerySet) -> dict[Urgency, int]:
    """How many cases of each urgency are to be read now, without those that wait for photos;
    COUNTED + 1 stands for every larger number."""
    return count(cases)[0]


def count(cases: CaseQuerySet) -> tuple[dict[Urgency, int], int]:
    """`counts`, and how many wait for photos, in one query."""
    ready = cases.filter(paused=False)
    parts = [ready.filter(urgency=urgency).annotate(tab=F("urgency")) for urgency in Urgency]
    parts.append(cases.filter(paused=True).annotate(tab=Value(WAITING_TAB)))
    lists = [part.order_by().values_list("tab", flat=True)[: COUNTED + 1] for part in parts]
    found = Counter(lists[0].union(*lists[1:], all=True))
    return {urgency: found[int(urgency)] for urgency in Urgency}, found[WAITING_TAB]


def page(cases: CaseQuerySet, *, cursor: str = "", size: int = PAGE) -> Page:
    """One page in order of need. Pages are keyset: put together they are exactly the cases.

    Raises BadCursor.
    """
    cases = _as_listed(cases)
    if not cursor:
        return _page(list(cases.by_need()[: size + 1]), size, first=True)
    backwards, place = _place(cursor)
    if not backwards:
        return _page(list(cases.by_need().after(place)[: size + 1]), size, first=False)
    found = list(cases.by_need().reverse().before(place)[: size + 1])
    if len(found) <= size:  # the beginning of the list: show it as the first page, filled up
        return page(cases, size=size)
    shown = found[size - 1 :: -1]
    return Page(tuple(shown), _cursor(shown[-1]), _cursor(shown[0], backwards=True))


def desk(reader: User) -> CaseQuerySet:
    """What this reader has claimed and not lost, in order of need."""
    held = open_cases(reader).filter(reader=reader, reader_lease_until__gte=timezone.now())
    return _as_listed(held).by_need()


def _as_listed(cases: CaseQuerySet) -> CaseQuerySet:
    """With what a row shows; `told_emergency`: a message about the case tells of an emergency."""
    alarming = Thread.objects.alarming().filter(case=OuterRef("pk"))
    parts = cases.select_related("lesion", "reader", "patient").defer("notes_index")
    return parts.annotate(told_emergency=Exists(alarming))


def claim(*, actor: User, case: Case) -> bool:
    """Take this case to the desk. False while a colleague has it, while it waits for photos,
    once it is answered, or while this reader is asked to read it a second time, blind."""
    free = _free() | Q(reader=actor)
    with transaction.atomic():
        row = _first_readings(actor).filter(pk=case.pk).select_for_update(of=("self",)).filter(free)
        return _take(actor, row.first())


def claim_next(*, actor: User) -> Case | None:
    """Take the most urgent case that nobody has; another reader's simultaneous click skips it."""
    with transaction.atomic():
        row = _first_readings(actor).filter(_free()).by_need()
        case = row.select_for_update(of=("self",), skip_locked=True).first()
        return case if _take(actor, case) else None


def heartbeat(*, actor: User, case: Case) -> bool:
    """Still reading: extend the lease. False once it was lost."""
    now = timezone.now()
    mine = open_cases(actor).filter(pk=case.pk, reader=actor, reader_lease_until__gte=now)
    return bool(mine.update(reader_lease_until=now + settings.READING_LEASE))


def release(*, actor: User, case: Case) -> bool:
    """Put the case back. False if it was not on this reader's desk."""
    with transaction.atomic():
        mine = open_cases(actor).filter(pk=case.pk, reader=actor)
        if not mine.update(reader=None, reader_lease_until=None):
            return False
        record(actor=actor, action="case.released", about=case, patient_id=case.patient_id)
    return True


def holds(reader: User, case: Case) -> bool:
    """Is the case on this reader's desk now?"""
    return case.reader_id == reader.pk and reader.is_active and _leased(case)


def holder(case: Case) -> User | None:
    """Who has the case on the desk now; nobody whose account is disabled."""
    return case.reader if _leased(case) and case.reader.is_active else None


def _leased(case: Case) -> bool:
    return case.reader_lease_until is not None and case.reader_lease_until >= timezone.now()


def _first_readings(reader: User) -> CaseQuerySet:
    """Open cases that this reader may take: none that they are to read a second time, blind."""
    return open_cases(reader).exclude(pk__in=blind_cases(reader))


def _free() -> Q:
    """Can be taken: never claimed, left for long, or its reader's account is disabled."""
    disabled = User.objects.filter(is_active=False)
    lapsed = Q(reader_lease_until__lt=timezone.now())
    nobody = Q(reader__isnull=True) | lapsed | Q(reader__in=disabled)
    return nobody & Q(paused_at__isnull=True)  # who waits for photos is not read meanwhile


def _version(cases: tuple[Case, ...]) -> str:
    now = timezone.now()
    facts = [
        (
            c.reference,
            c.place,
            c.scoring_state,
            c.reader_id,
            holder(c) is None,
            c.due_at < now,
            c.photos_not_sent,
            c.told_emergency,
        )
        for c in cases
    ]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _mark(mark: str) -> Q:
    if mark == Mark.UNSCORED:
        return Q(scoring_state__in=[ScoringState.WAITING, ScoringState.CLAIMED])
    if mark == Mark.OUT_OF_DOMAIN:
        return Q(reasons__contains=[{"code": "out_of_domain"}])
    if mark == Mark.OVERDUE:
        return Q(due_at__lt=timezone.now(), paused=False)
    if mark == Mark.PAUSED:
        return Q(paused=True)
    if mark == Mark.NOT_SENT:
        return Q(photos_not_sent=True)
    return Q(scoring_state=mark)


def _take(actor: User, case: Case | None) -> bool:
    if case is None:
        return False
    renewed = case.reader_id == actor.pk and case.reader_lease_until >= timezone.now()
    case.reader = actor
    case.reader_lease_until = timezone.now() + settings.READING_LEASE
    case.save(update_fields=["reader", "reader_lease_until"])
    if not renewed:
        record(actor=actor, action="case.claimed", about=case, patient_id=case.patient_id)
    return True


def _page(found: list[Case], size: int, *, first: bool) -> Page:
    shown = found[:size]
    return Page(
        tuple(shown),
        next=_cursor(shown[-1]) if len(found) > size else "",
        previous=_cursor(shown[0], backwards=True) if shown and not first else "",
    )


def _cursor(case: Case, *, backwards: bool = False) -> str:
    paused, urgency, due_at, rank, key = case.place
    text = json.dumps([int(backwards), int(paused), urgency, due_at.isoformat(), rank, key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[bool, Place]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        backwards, paused, urgency, due_at, rank, key = json.loads(base64.urlsafe_b64decode(padded))
        due = datetime.fromisoformat(due_at)
        place = bool(paused), int(urgency), due.astimezone(UTC), int(rank), int(key)
    except (ValueError, TypeError, OverflowError, RecursionError) as problem:
        raise BadCursor from problem
    if (
        due.tzinfo is None
        or not all(abs(n) < 2**31 for n in (place[1], place[3]))
        or abs(place[4]) >= 2**63
    ):
        raise BadCursor
    return bool(backwards), place
