"""Talk to the symptom assistant: kept turn by turn, handed over into a form, or deleted.

A conversation is the patient's alone: no page, list or export of the staff's shows it. What the
clinic sees is the case that is made of the form, if the patient sends one.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.audit.models import Entry
from triage import drafts, intake, ranking, rulebook
from triage.assistant.dialogue import TURNS_LIMIT, Talk, Turn, proceed, replay
from triage.assistant.understanding import LIMIT
from triage.intake import Place
from triage.models import BodySite, Conversation, Draft, Lesion, Patient
from triage.permissions import visible_conversations
from triage.priority import Priority

TURNS_KEPT = TURNS_LIMIT + 40  # questions that are asked after the result among them
TURNS_AN_HOUR = 5 * TURNS_KEPT  # each leaves an entry in the ledger, which cannot forget
KEPT = timedelta(days=30)  # after the last turn; for good once handed over


class NothingSaid(Exception):
    """Write something, or choose one of the answers."""


class TooMuchSaid(Exception):
    """You have written as much as one hour allows. Try again in an hour; in an emergency call 999
    or 112."""


class NoRoom(Exception):
    """This talk holds no more. Go on with the form, or start again; in an emergency call 999 or
    112."""


def open_conversation(actor: User) -> Conversation | None:
    """What this patient has begun and not handed over."""
    return visible_conversations(actor).filter(handed_over_at__isnull=True).first()


def talk_of(conversation: Conversation | None) -> Talk:
    """The conversation as it stands; the first question where there is none yet."""
    return replay(_turns(conversation) if conversation else ())


def _turns(conversation: Conversation) -> list[Turn]:
    return [_turn(turn) for turn in conversation.turns]


def _turn(kept: dict[str, str]) -> Turn:
    return Turn(kept["text"], date.fromisoformat(kept["on"]), kept.get("button", ""))


def say(*, actor: User, patient: Patient, text: str = "", button: str = "") -> Talk:
    """Add one turn. Raises NothingSaid, TooMuchSaid, NoRoom past TURNS_KEPT."""
    text = text.replace("\0", "").strip()[:LIMIT]
    if not text and not button:
        raise NothingSaid
    turn = {"text": text, "on": timezone.localdate().isoformat()}
    if button:
        turn = {**turn, "text": "", "button": button[:20]}
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        lately = Entry.objects.of_patient(patient.pk).doing("conversation.said")
        if lately.between(timezone.now() - timedelta(hours=1), None).count() >= TURNS_AN_HOUR:
            raise TooMuchSaid
        conversation = patient.conversations.filter(handed_over_at__isnull=True).first()
        if conversation is None:
            conversation = Conversation.objects.create(patient=patient)
            record(actor=actor, action="conversation.begun", about=conversation,
                   patient_id=patient.pk)  # fmt: skip
        before = talk_of(conversation)
        if before.turns >= TURNS_KEPT:
            raise NoRoom
        conversation.turns = [*conversation.turns, turn]
        conversation.said_at = timezone.now()
        conversation.save(update_fields=["turns", "said_at"])
        talk = proceed(before, _turn(turn))
        told = {"emergency_advice": True} if talk.emergency and not before.emergency else {}
        record(actor=actor, action="conversation.said", about=conversation,
               patient_id=patient.pk, turn=len(conversation.turns), **told)  # fmt: skip
    return talk


def take_back(*, actor: User, patient: Patient) -> Talk:
    """Forget the last turn."""
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        conversation = patient.conversations.filter(handed_over_at__isnull=True).first()
        if conversation and conversation.turns:
            conversation.turns = conversation.turns[:-1]
            conversation.said_at = timezone.now()
            conversation.save(update_fields=["turns", "said_at"])
            record(actor=actor, action="conversation.taken_back", about=conversation,
                   patient_id=patient.pk, turn=len(conversation.turns) + 1)  # fmt: skip
    return talk_of(conversation)


def start_again(*, actor: User | str, conversation: Conversation) -> bool:
    """Delete the conversation, for good. False where it was gone already."""
    with transaction.atomic():
        gone, _ = Conversation.objects.filter(pk=conversation.pk).delete()
        if gone:
            record(actor=actor, action="conversation.deleted", about=conversation,
                   patient_id=conversation.patient_id)  # fmt: skip
    return bool(gone)


def outcome(*, patient: Patient, talk: Talk, now: datetime) -> Priority:
    """How soon to see a doctor, by the rules that would rank a case of the same answers."""
    return ranking.first_priority(
        patient=patient, answers=talk.answers, submitted_at=now, rules=rulebook.current().rules,
        lesion=Lesion(patient=patient, body_site=talk.body_site, side=talk.side),
    )  # fmt: skip


def hand_over(
    *, actor: User, patient: Patient, conversation: Conversation, instead: bool = False
) -> Draft:
    """Open a form with everything said filled in; the conversation is kept with it.

    Raises intake.SeeInPerson, and drafts.AlreadyBegun where another form is open that is not to be
    thrown away for this one (`instead`).
    """
    talk = talk_of(conversation)
    if why := intake.better_in_person(patient, body_site=talk.body_site):
        raise intake.SeeInPerson(why)
    place = Place(talk.body_site, talk.side) if talk.body_site in BodySite.values else None
    draft = drafts.begin(
        actor=actor, patient=patient, answers=talk.answers, place=place, unsure=talk.unsure,
        about=talk.background, instead=instead,
    )  # fmt: skip
    with transaction.atomic():
        conversation.handed_over_at = timezone.now()
        conversation.save(update_fields=["handed_over_at"])
        record(actor=actor, action="conversation.handed_over", about=conversation,
               patient_id=patient.pk, draft=str(draft.pk))  # fmt: skip
    return draft


def sweep() -> int:
    """Delete the conversations that nobody went on with or handed over. Returns how many."""
    stale = Conversation.objects.filter(
        handed_over_at__isnull=True, said_at__lt=timezone.now() - KEPT
    )
    return sum(start_again(actor="scheduler", conversation=one) for one in stale.iterator())
