"""Messages: the list, and the thread of one case; for the patient and for the clinic."""

from django import forms
from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.refusals import said
from triage import messages, outbox
from triage.models import Case
from triage.permissions import visible_threads
from triage.web.guards import for_dermatologists, for_patients_and_dermatologists
from triage.web.worklist import find

PAGE = 20


class MessageForm(forms.Form):
    use_required_attribute = False

    text = forms.CharField(
        label=gettext_lazy("Your message"),
        max_length=messages.LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Write something first.")},
    )


@for_patients_and_dermatologists
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """A patient's threads; the clinic's: what waits for an answer, or everything."""
    everything = request.user.is_patient or request.GET.get("show") == "all"
    found = (messages.all_threads if everything else messages.waiting)(request.user)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    threads = list(page.object_list)
    messages.list_threads(actor=request.user, threads=threads)
    context = {
        "page": page,
        "threads": threads,
        "everything": everything,
        "cases": _cases_to_ask_about(request) if request.user.is_patient else (),
    }
    if not request.user.is_patient:
        unreached = list(outbox.undelivered(request.user.clinic_id)[: PAGE + 1])
        context |= {"undelivered": unreached[:PAGE], "more_undelivered": len(unreached) > PAGE}
    return render(request, "triage/messages.html", context)


def _cases_to_ask_about(request: HttpRequest) -> list[Case]:
    """The patient's newest cases about which nothing was written yet."""
    return messages.without_thread(request.user)[:5]


@for_patients_and_dermatologists
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, reference: str) -> HttpResponse:
    form = MessageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        case = find(request, reference, "message.sent")
        try:
            sent = messages.write(
                actor=request.user, case=case, text=form.cleaned_data["text"], seen=_seen(request)
            )
        except (messages.Empty, messages.TooLong, messages.TooManyMessages) as refusal:
            form.add_error("text", said(refusal))
        else:
            alarming = sent.from_patient and messages.needs_advice(sent.text)
            request.session["message_emergency"] = reference if alarming else ""
            flash.success(request, _("Your message is sent."))
            if not visible_threads(request.user).filter(case=case).exists():
                return redirect("triage:messages")  # read blind: seen while it was an emergency
            return redirect("triage:thread", reference)
    return _thread_page(request, reference, form)


def _seen(request: HttpRequest) -> int | None:
    """The newest message on the page that this was sent from."""
    text = request.POST.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _thread_page(request: HttpRequest, reference: str, form: MessageForm) -> HttpResponse:
    before = request.GET.get("before", "")
    try:
        conversation = messages.read(
            actor=request.user, reference=reference,
            before=int(before) if before.isdecimal() and len(before) < 19 else None,
        )  # fmt: skip
    except Case.DoesNotExist:
        raise Http404 from None
    context = {
        "conversation": conversation,
        "case": conversation.case,
        "form": form,
        "later": bool(before),
        # an emergency sign in what was just written is answered before anything else
        "emergency": request.user.is_patient
        and request.session.pop("message_emergency", "") == reference,
    }
    return render(request, "triage/thread.html", context, status=422 if form.errors else 200)


@for_dermatologists
@require_POST
def settle(request: HttpRequest, reference: str) -> HttpResponse:
    case = find(request, reference, "messages.settled")
    if request.POST.get("text", "").strip():  # it is not thrown away
        form = MessageForm(request.POST)
        form.full_clean()
        form.add_error("text", _("Send what you have written, or clear it first."))
        return _thread_page(request, reference, form)
    try:
        settled = messages.settle(actor=request.user, case=case, seen=_seen(request))
    except messages.WrittenSince as since:
        flash.error(request, said(since))
        return redirect("triage:thread", reference)
    if settled:
        flash.success(request, _("This conversation no longer waits for an answer."))
    else:
        flash.info(request, _("Nothing waited for an answer any more."))
    return redirect("triage:messages")


@for_dermatologists
@require_POST
def told_otherwise(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody who could not be mailed was reached another way."""
    found = outbox.undelivered(request.user.clinic_id).filter(pk=pk).first()
    if found is None:
        raise Http404
    outbox.told_otherwise(actor=request.user, notification=found)
    flash.success(request, _("Noted. No more mails are tried for this."))
    return redirect("triage:messages")
