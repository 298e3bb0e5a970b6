"""Second opinions: the list of what is asked of a reader, and what is done on a case's page."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts.models import User
from portal.audit.ledger import record
from triage import second_readings
from triage.models import Case, Confidence, SecondReading
from triage.second_readings import SecondOpinion
from triage.web.guards import for_dermatologists, posted_from
from triage.web.reading_forms import DIAGNOSES, URGENCIES, add_problems
from triage.web.worklist import find

PAGE = 20
SHOWN = 100  # of what waits for one reader; more than anybody has


class AskForm(forms.Form):
    """Whom to ask, and what."""

    prefix = "ask"
    use_required_attribute = False

    colleague = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who should read it"),
        required=False,
        empty_label=gettext_lazy("Somebody drawn by lot, who sees no other opinion"),
    )
    question = forms.CharField(
        label=gettext_lazy("Your question"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("A colleague who is drawn by lot, or reads blind, sees it too."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    open = forms.BooleanField(
        label=gettext_lazy("Let them see the model’s result and the answer, if there are any"),
        required=False,
    )

    def __init__(self, *args, case: Case, reader: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["colleague"].queryset = second_readings.colleagues(reader, case)


class SecondOpinionForm(forms.Form):
    prefix = "second"
    use_required_attribute = False

    diagnosis = forms.ChoiceField(
        label=gettext_lazy("Diagnosis"),
        choices=DIAGNOSES,
        error_messages={"required": gettext_lazy("Choose a diagnosis.")},
    )
    urgency = forms.TypedChoiceField(
        label=gettext_lazy("Urgency"),
        choices=URGENCIES,
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose an urgency.")},
    )
    confidence = forms.TypedChoiceField(
        label=gettext_lazy("How sure are you?"),
        choices=Confidence.choices,
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say how sure you are.")},
    )
    comment = forms.CharField(
        label=gettext_lazy("To your colleague"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def opinion(self) -> SecondOpinion:
        return SecondOpinion(**self.cleaned_data)


class SettleForm(forms.Form):
    use_required_attribute = False

    reason = forms.CharField(
        label=gettext_lazy("Why the answer is kept"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Leave it empty if you have amended the answer."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@for_dermatologists
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is asked of this reader, what is to be settled, what they have asked others."""
    return _index(request)


@for_dermatologists
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    case = find(request, reference, "second_reading.asked")
    sent = request.POST if request.method == "POST" else None
    form = AskForm(sent, case=case, reader=request.user)
    if sent is None:
        return render(request, "triage/staff/second_reading_ask.html", {"form": form, "case": case})
    if not form.is_valid():
        messages.error(request, _("Choose a colleague from the list."))
        return redirect("triage:reading", reference)
    chosen = form.cleaned_data
    try:
        asked = second_readings.ask(
            actor=request.user, case=case, colleague=chosen["colleague"],
            question=chosen["question"], blinded=not chosen["open"],
        )  # fmt: skip
    except second_readings.NobodyElse:
        messages.error(request, _("Nobody else of this clinic can read this case a second time."))
    else:
        text = _("%(reader)s is asked. You find the opinion here and under Second readings.")
        messages.success(request, text % {"reader": asked.reader})
    return redirect("triage:reading", reference)


@for_dermatologists
@posted_from("triage:reading", "reference")
def sign(request: HttpRequest, reference: str) -> HttpResponse:
    """Sign one's own second opinion; what is missing is shown on the case's page."""
    from triage.web import reading  # that page shows this one's form

    case = find(request, reference, "second_reading.signed")
    waiting = second_readings.waiting_for(request.user, case)
    if waiting is None:
        raise Http404
    form = SecondOpinionForm(request.POST)
    if form.is_valid():
        try:
            signed = second_readings.sign(
                actor=request.user, reading=waiting, opinion=form.opinion()
            )
        except second_readings.Incomplete as incomplete:
            add_problems(form, incomplete.problems)
        except second_readings.NotAsked:
            raise Http404 from None
        else:
            messages.success(request, _said(signed))
            return redirect("triage:reading", reference)
    return reading.page_with(request, reference, second_form=form)


@for_dermatologists
@require_POST
def hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    case = find(request, reference, "second_reading.handed_over")
    waiting = second_readings.waiting_for(request.user, case)
    if waiting is None:
        raise Http404
    try:
        second_readings.hand_over(actor=request.user, reading=waiting)
    except second_readings.NobodyElse:
        messages.error(request, _("Nobody else of this clinic can read it; it stays with you."))
        return redirect("triage:reading", reference)
    except second_readings.NotAsked:
        raise Http404 from None
    messages.success(request, _("A colleague drawn by lot reads it in your place."))
    return redirect("triage:second_readings")


@for_dermatologists
@posted_from("triage:second_readings")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    found = second_readings.to_settle(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    form = SettleForm(request.POST, prefix=f"settle-{pk}")
    form.is_valid()
    try:
        second_readings.settle(
            actor=request.user, reading=found, keep_because=form.cleaned_data.get("reason", "")
        )
    except second_readings.Incomplete as incomplete:
        add_problems(form, incomplete.problems)
        return _index(request, bound={pk: form}, status=422)
    except second_readings.NotToSettle:
        raise Http404 from None
    messages.success(request, _("Settled."))
    return redirect("triage:second_readings")


def _index(
    request: HttpRequest, bound: dict[int, SettleForm] | None = None, status: int = 200
) -> HttpResponse:
    with transaction.atomic():
        mine = list(second_readings.mine(request.user)[:SHOWN])
        open_ones = list(second_readings.to_settle(request.user)[:SHOWN])
        thirds = second_readings.thirds(open_ones)
        asked = Paginator(second_readings.asked_by(request.user), PAGE)
        page = asked.get_page(request.GET.get("page"))
        listed = {row.case.reference for row in (*mine, *open_ones, *page)}
        record(actor=request.user, action="second_reading.listed", object_type="case",
               references=sorted(listed))  # fmt: skip
    forms_by_pk = bound or {}
    context = {
        "mine": mine,
        "to_settle": [
            (
                row,
                thirds.get(row.case_id),
                forms_by_pk.get(row.pk) or SettleForm(prefix=f"settle-{row.pk}"),
            )
            for row in open_ones
        ],
        "page": page,
        "now": timezone.now(),
        "form": next(iter(forms_by_pk.values()), None),
    }
    return render(request, "triage/staff/second_readings.html", context, status=status)


def _said(signed: SecondReading) -> str:
    if signed.disagrees is None:
        return _("Your opinion is signed. The case has no answer yet.")
    if signed.disagrees:
        return _("Your opinion is signed. It differs from the answer: that is to be settled.")
    return _("Your opinion is signed. It agrees with the answer.")
