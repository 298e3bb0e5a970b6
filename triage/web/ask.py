"""The symptom assistant's page: a form that works by itself, and in place where scripts run."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.refusals import said
from triage import conversations, drafts, intake, patients, rulebook
from triage.assistant import wording
from triage.assistant.dialogue import TRIES, Line, Says, Talk, buttons
from triage.assistant.knowledge import Told
from triage.assistant.understanding import LIMIT, SIGNS, SITE, STORY
from triage.models import BodySite, Patient, Side
from triage.urgency import Urgency
from triage.web.guards import for_patients, posted_from

SITE_NAMES = {**dict(BodySite.choices), **dict(Side.choices)}


@dataclass(frozen=True)
class Bubble:
    """One line of the conversation, ready to be shown."""

    by: str  # patient or assistant
    text: str
    items: list[str] = field(default_factory=list)
    told: tuple[Told, ...] = ()
    alarm: bool = False


@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "triage/ask/log_in.html")
    return _page(request)


@for_patients
def _page(request: HttpRequest, *, unclear: str = "", status: int = 200) -> HttpResponse:
    context = _context(patients.patient_of(request.user), _talk(request)) | {"unclear": unclear}
    return render(request, "triage/ask/ask.html", context, status=status)


def _talk(request: HttpRequest) -> Talk:
    return conversations.talk_of(conversations.open_conversation(request.user))


@for_patients
@posted_from("triage:ask")
def say(request: HttpRequest) -> HttpResponse:
    """One turn; with htmx only what it adds comes back, or what was wrong with it."""
    patient = patients.patient_of(request.user)
    given = request.POST
    button = given.get("button") or given.get("site") or ""
    unclear, status = "", 200
    try:
        conversations.say(
            actor=request.user, patient=patient, text=given.get("text", ""), button=button
        )
    except conversations.NothingSaid:
        unclear, status = _("Write an answer, or choose one."), 422
    except (conversations.TooMuchSaid, conversations.NoRoom) as refusal:
        unclear, status = said(refusal), 429
    if request.htmx:
        seen = given.get("seen", "")
        context = _context(patient, _talk(request), seen=int(seen) if seen.isdecimal() else 0)
        return render(request, "triage/ask/_said.html", context | {"unclear": unclear})
    if unclear:
        return _page(request, unclear=unclear, status=status)
    return redirect(reverse("triage:ask") + _in_sight(_talk(request)))


def _in_sight(talk: Talk) -> str:
    """Where the page opens: an emergency at its top, else at the advice or the next question."""
    if talk.emergency:
        return ""
    return "#ask-result" if talk.over else "#answering"


@for_patients
@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    conversations.take_back(actor=request.user, patient=patients.patient_of(request.user))
    return redirect("triage:ask")


@for_patients
@require_http_methods(["GET", "POST"])
def start_again(request: HttpRequest) -> HttpResponse:
    """Asks first: what was said is deleted for good."""
    if request.method == "GET":
        return render(request, "triage/ask/start_again.html")
    if conversation := conversations.open_conversation(request.user):
        conversations.start_again(actor=request.user, conversation=conversation)
        messages.success(request, _("What you told the assistant is deleted."))
    return redirect("triage:ask")


@for_patients
@posted_from("triage:ask")
def hand_over(request: HttpRequest) -> HttpResponse:
    """Into the form, with everything said filled in."""
    patient = patients.patient_of(request.user)
    conversation = conversations.open_conversation(request.user)
    if conversation is None:
        return redirect("triage:ask")
    try:
        draft = conversations.hand_over(
            actor=request.user, patient=patient, conversation=conversation,
            instead=request.POST.get("instead") == "yes",
        )  # fmt: skip
    except drafts.AlreadyBegun:
        return render(request, "triage/ask/begun_already.html", status=409)
    except intake.SeeInPerson:
        return redirect("triage:ask")  # that page says what to do
    messages.success(request, _("What you told the assistant is filled in. Check each page."))
    return redirect("triage:send_step", draft.step)


def _context(patient: Patient, talk: Talk, *, seen: int = 0) -> dict[str, Any]:
    bubbles = _bubbles(talk)
    said = [line.turn for line in talk.lines if line.turn]
    context: dict[str, Any] = {
        "talk": talk,
        "bubbles": bubbles[seen:],
        "seen": len(bubbles),
        "begun": bool(said),
        "buttons": [(code, wording.button(code)) for code in buttons(talk)],
        "sites": BodySite.choices if talk.asked == SITE and talk.tries == TRIES else (),
        "known": wording.noted(
            {n: v for n, v in talk.facts.items() if n not in (SIGNS, STORY)}, SITE_NAMES
        ),
        "limit": LIMIT,
        "understands_only_english": not (get_language() or "en").startswith("en"),
    }
    if talk.over and talk.emergency:
        context["how_soon"] = rulebook.current().book.how_soon(Urgency.EMERGENCY)
    elif talk.over:
        context |= _result(patient, talk)
    return context


def _result(patient: Patient, talk: Talk) -> dict[str, Any]:
    priority = conversations.outcome(patient=patient, talk=talk, now=timezone.now())
    return {
        "urgency": priority.urgency,
        "how_soon": rulebook.current().book.how_soon(priority.urgency),
        "reasons": wording.reasons(priority, talk),
        "in_person": intake.better_in_person(patient, body_site=talk.body_site),
    }


def _bubbles(talk: Talk) -> list[Bubble]:
    return [bubble for line in talk.lines if (bubble := _bubble(line))]


def _bubble(line: Line) -> Bubble | None:
    match line.says:
        case Says.PATIENT:
            return Bubble("patient", _said(line))
        case Says.ASK:
            items = wording.signs() if line.about == SIGNS else []
            return Bubble("assistant", wording.ask(line.about, line.tries), items)
        case Says.LOST:
            return Bubble("assistant", wording.lost(line.about, line.tries))
        case Says.LEFT_OPEN:
            return Bubble("assistant", _("I leave that open and go on."))
        case Says.NOTED:
            noted = wording.noted(line.facts, SITE_NAMES)
            return (
                Bubble("assistant", _("Noted:") + " " + "; ".join(noted) + ".") if noted else None
            )
        case Says.TOLD:
            return Bubble("assistant", "", told=line.told)
        case Says.EMERGENCY:
            return Bubble("assistant", rulebook.current().book.emergency_text, alarm=True)
        case Says.RESULT:
            return Bubble("assistant", _("That is all I need to ask. What I advise is below. You "
                                         "can go on asking or telling."))  # fmt: skip


def _said(line: Line) -> str:
    turn = line.turn
    if turn is None or not turn.button:
        return turn.text if turn else ""
    if turn.button in SITE_NAMES and line.about == SITE:
        return str(SITE_NAMES[turn.button])
    return wording.button(turn.button)
