"""What a patient and the clinic write to each other about a case: one thread a case.

The clinic answers as the clinic; who wrote is on record. A patient's message waits until somebody
answered it, or said that it needs no answer, whether its case is open or answered long ago.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record, record_denied
from triage import duty, notifications
from triage.models import Case, Message, NotificationKind, Thread
from triage.notes import read_notes
from triage.permissions import blind_cases, visible_cases, visible_threads
from triage.priority import is_emergency
from triage.symptoms import Answers

LIMIT = 2000  # characters
AN_HOUR = 20  # messages that a patient may send


class Empty(Exception):
    """Write something first."""


class WrittenSince(Exception):
    """The patient has written since you opened this. Read that first."""


class TooLong(Exception):
    """Shorten this: a message holds 2000 characters."""


class TooManyMessages(Exception):
    """You have written a lot within an hour. Wait a while; in an emergency call 999 or 112."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after  # seconds


@dataclass(frozen=True)
class Conversation:
    """A thread as its reader sees it now; what was unread is read from here on."""

    case: Case
    messages: tuple[Message, ...]  # one page of them, the oldest first
    unread: frozenset[int]  # ids of those that the reader had not seen before
    older: bool  # there are earlier ones
    newest: int  # the last message that was seen now or before; 0: none
    waiting: bool  # the clinic owes an answer
    emergency: bool  # an emergency sign is told in what waits


def discussed(user: User) -> QuerySet[Case]:
    """Cases that this user may write about: those they see, but not while they read one blind, for
    an answer there would tell; unless a message tells of an emergency, which cannot wait."""
    cases = visible_cases(user)
    if not user.is_dermatologist:
        return cases
    alarming = Thread.objects.filter(emergency=True).values("case")
    return cases.exclude(~Q(pk__in=alarming), pk__in=blind_cases(user))


def write(*, actor: User, case: Case, text: str, seen: int | None = None) -> Message:
    """Add a message, as the patient or as the clinic; the clinic's answers what the patient wrote,
    up to the message `seen` where it is given: what came later still waits.

    Raises Empty, TooLong, TooManyMessages, and Case.DoesNotExist for whoever may not see the case.
    """
    text = text.replace("\0", "").strip()
    if not text:
        raise Empty
    if len(text) > LIMIT:
        raise TooLong
    now = timezone.now()
    with transaction.atomic():
        row = discussed(actor).select_related("patient__user").get(pk=case.pk)
        thread = _lock(row, now)
        if actor.is_patient:
            _check_quota(actor, now)
        message = Message.objects.create(
            thread=thread, author=actor, from_patient=actor.is_patient, text=text, sent_at=now
        )
        alarming = actor.is_patient and tells_emergency(text)
        record(actor=actor, action="message.sent", about=row, patient_id=row.patient_id,
               message=message.pk, length=len(text), emergency=alarming)  # fmt: skip
        if actor.is_patient:
            _from_patient(thread, row, message, alarming=alarming)
        else:
            _from_clinic(thread, row, message, seen)
    return message


def tells_emergency(text: str) -> bool:
    """The words of a message speak of an emergency sign, as the notes of a case would."""
    return is_emergency(Answers(notes=text))


def needs_advice(text: str) -> bool:
    """Whoever wrote this is shown when not to wait: it tells of an emergency sign, or it cannot be
    read (only English is), so that it might."""
    return tells_emergency(text) or read_notes(text).unreadable


def read(*, actor: User, reference: str, before: int | None = None, size: int = 30) -> Conversation:
    """Open the thread of a case. Raises Case.DoesNotExist (a 404)."""
    with transaction.atomic():
        case = (
            discussed(actor).select_related("lesion", "patient", "clinic").defer("notes_index")
            .filter(reference=reference).first()
        )  # fmt: skip
        if case is not None:
            record(actor=actor, action="messages.viewed", about=case, patient_id=case.patient_id)
            return _conversation(actor, case, before, size)
    record_denied(actor=actor, action="messages.viewed", object_type="case", object_id=reference)
    raise Case.DoesNotExist


def settle(*, actor: User, case: Case, seen: int | None = None) -> bool:
    """The clinic sees no need to answer what waits. False where nothing waits. Raises WrittenSince
    where the patient wrote after the message `seen`."""
    with transaction.atomic():
        threads = visible_threads(actor).filter(case=case, waiting_since__isnull=False)
        thread = threads.select_for_update(of=("self",)).first()
        if not actor.is_dermatologist or thread is None:
            return False
        if _since(thread, seen):
            raise WrittenSince
        Thread.objects.filter(case=case).update(
            waiting_since=None, emergency=False, unread_by_clinic=0
        )
        record(actor=actor, action="messages.settled", about=case, patient_id=case.patient_id)
    return True


def waiting(reader: User) -> QuerySet[Thread]:
    """Threads in which the clinic owes an answer: emergency words first, then the longest wait."""
    if not reader.is_dermatologist:
        return Thread.objects.none()
    mine = visible_threads(reader).filter(clinic_id=reader.clinic_id, waiting_since__isnull=False)
    return with_last(mine, reader).order_by(F("emergency").desc(), "waiting_since", "case")


def all_threads(reader: User) -> QuerySet[Thread]:
    """Every thread that this reader may see, the latest first."""
    mine = visible_threads(reader)
    if reader.is_dermatologist:
        mine = mine.filter(clinic_id=reader.clinic_id)
    return with_last(mine, reader).order_by("-last_at", "case")


def with_last(threads: QuerySet[Thread], reader: User) -> QuerySet[Thread]:
    """With what a list shows of each: its case, the last message, how much of it is new."""
    last = Message.objects.filter(thread=OuterRef("pk")).order_by("-sent_at", "-pk")
    return threads.select_related("case__lesion", "case__patient__user").annotate(
        unread=F("unread_by_patient" if reader.is_patient else "unread_by_clinic"),
        last_text=Subquery(last.values("text")[:1]),
        last_from_patient=Subquery(last.values("from_patient")[:1]),
    )


def without_thread(patient: User) -> QuerySet[Case]:
    """The patient's cases about which nothing was written yet, the newest first."""
    mine = visible_cases(patient).filter(thread__isnull=True).select_related("lesion")
    return mine.defer("notes_index").order_by("-submitted_at", "-pk")


def list_threads(*, actor: User, threads: list[Thread]) -> None:
    """A list of threads was shown: on record, as every look at cases."""
    with transaction.atomic():
        references = [thread.case.reference for thread in threads]
        record(actor=actor, action="messages.listed", object_type="case", references=references)


def _lock(case: Case, now: datetime) -> Thread:
    Thread.objects.get_or_create(
        case=case,
        defaults={"clinic_id": case.clinic_id, "patient_id": case.patient_id, "last_at": now},
    )
    return Thread.objects.select_for_update().get(pk=case.pk)


def _check_quota(actor: User, now: datetime) -> None:
    hour = timedelta(hours=1)
    mine = Message.objects.filter(author=actor, sent_at__gt=now - hour).order_by("-sent_at")
    nth = mine.values_list("sent_at", flat=True)[AN_HOUR - 1 : AN_HOUR].first()
    if nth is not None:
        raise TooManyMessages(retry_after=int((nth + hour - now).total_seconds()) + 1)


def _from_patient(thread: Thread, case: Case, message: Message, *, alarming: bool) -> None:
    thread.last_at = message.sent_at
    thread.waiting_since = thread.waiting_since or message.sent_at
    thread.emergency = thread.emergency or alarming
    thread.unread_by_clinic += 1
    thread.emergency_at = message.sent_at if alarming else thread.emergency_at
    thread.save(update_fields=["last_at", "waiting_since", "emergency", "emergency_at",
                               "unread_by_clinic"])  # fmt: skip
    if alarming:
        notifications.notify_all(
            users=duty.on_duty(case.clinic_id, message.sent_at),
            kind=NotificationKind.EMERGENCY, key=f"message-{message.pk}", case=case,
        )  # fmt: skip


def _since(thread: Thread, seen: int | None) -> list[Message]:
    """What the patient wrote after the message `seen`; None: the clinic has seen all of it."""
    if seen is None:
        return []
    return list(thread.messages.filter(from_patient=True, pk__gt=seen))


def _from_clinic(thread: Thread, case: Case, message: Message, seen: int | None) -> None:
    unanswered = _since(thread, seen)
    thread.last_at = message.sent_at
    thread.waiting_since = unanswered[0].sent_at if unanswered else None
    thread.emergency = any(tells_emergency(one.text) for one in unanswered)
    thread.unread_by_clinic = len(unanswered)
    thread.unread_by_patient += 1
    thread.save(update_fields=["last_at", "waiting_since", "emergency", "unread_by_clinic",
                               "unread_by_patient"])  # fmt: skip
    notifications.notify(user=case.patient.user, kind=NotificationKind.MESSAGE,
                         key=f"message-{message.pk}", case=case)  # fmt: skip


def _conversation(actor: User, case: Case, before: int | None, size: int) -> Conversation:
    thread = Thread.objects.select_for_update().filter(pk=case.pk).first()
    if thread is None:
        return Conversation(case, (), frozenset(), False, 0, waiting=False, emergency=False)
    messages = thread.messages.select_related("author").order_by("-pk")
    if before is not None:
        messages = messages.filter(pk__lt=before)
    found = list(messages[: size + 1])
    shown = tuple(reversed(found[:size]))
    theirs = [m for m in shown if m.read_at is None and m.from_patient != actor.is_patient]
    unread = frozenset(m.pk for m in theirs)
    if unread:
        Message.objects.filter(pk__in=unread).update(read_at=timezone.now())
    side = "unread_by_patient" if actor.is_patient else "unread_by_clinic"
    if getattr(thread, side) and before is None:
        Thread.objects.filter(pk=thread.pk).update(**{side: 0})
    known = thread.messages.filter(Q(read_at__isnull=False) | Q(from_patient=actor.is_patient))
    newest = known.aggregate(newest=Max("pk"))["newest"] or 0
    waiting, emergency = thread.waiting_since is not None, thread.emergency
    return Conversation(case, shown, unread, len(found) > size, newest, waiting, emergency)
