"""The administrators' pages about models: which scores, what each is, how a trial goes."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from portal.audit.guards import for_administrators
from triage import comparison, gate, moves, registry, second_looks
from triage.gate import Verdict
from triage.models import Assessment, ModelState, ModelVersion
from triage.safety.board import LEAST
from triage.web.guards import posted_from
from triage.web.model_card import card_of

TAGS = {
    ModelState.ACTIVE: "good",
    ModelState.SHADOW: "attention",
    ModelState.CANDIDATE: "plain",
    ModelState.RETIRED: "plain",
}
ORDER = [ModelState.ACTIVE, ModelState.SHADOW, ModelState.CANDIDATE, ModelState.RETIRED]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It is kept in the ledger. Name no patient."),
    )


class OverrideForm(ReasonForm):
    overrides = forms.BooleanField(
        label=gettext_lazy("I promote this model although the gate cannot be assessed"),
        help_text=gettext_lazy("Both administrators must say so. Give your grounds above."),
    )


@dataclass(frozen=True)
class Change:
    """One thing that may be done with a model."""

    title: str
    button: str
    text: str  # what it does, and whether it can be undone
    done: str
    warns: bool = False


CHANGES = {
    "try": Change(
        gettext_lazy("Try as a shadow"),
        gettext_lazy("Start the trial"),
        gettext_lazy(
            "Workers will score live cases with it too, and cases of the last 30 days. Nobody who "
            "reads or sends cases sees what it says. You can end the trial at any time."
        ),
        gettext_lazy("The trial has begun. Workers notice within a minute."),
    ),
    "stop": Change(
        gettext_lazy("End the trial"),
        gettext_lazy("End the trial"),
        gettext_lazy(
            "The model is a candidate again. What it said is kept; approvals are void. You can "
            "start another trial later."
        ),
        gettext_lazy("The trial has ended."),
    ),
    "retire": Change(
        gettext_lazy("Retire"),
        gettext_lazy("Retire this model"),
        gettext_lazy("It is put away. You can take it out again."),
        gettext_lazy("The model is retired."),
    ),
    "take-out": Change(
        gettext_lazy("Take out again"),
        gettext_lazy("Make it a candidate"),
        gettext_lazy("It can be tried again. You can put it away again."),
        gettext_lazy("The model is a candidate."),
    ),
    "approve": Change(
        gettext_lazy("Approve for promotion"),
        gettext_lazy("Approve"),
        gettext_lazy(
            "With the word of two administrators it becomes the active model: its results rank "
            "cases and are shown to readers and patients. One administrator can roll back."
        ),
        gettext_lazy("Your approval is kept. Another administrator must approve as well."),
        warns=True,
    ),
    "rescore": Change(
        gettext_lazy("Score open cases again"),
        gettext_lazy("Score them again"),
        gettext_lazy(
            "Workers score the open cases that stand by another model's word with this one, when "
            "nothing else waits. A case that nobody has read can become more urgent or less; what "
            "a clinician has decided is never lowered. A roll-back has the earlier model score "
            "them once more."
        ),
        gettext_lazy("Open cases will be scored again when nothing else waits."),
        warns=True,
    ),
}
POSSIBLE = {
    ModelState.CANDIDATE: ("try", "retire"),
    ModelState.SHADOW: ("approve", "stop"),
    ModelState.RETIRED: ("take-out",),
    ModelState.ACTIVE: ("rescore",),
}
ACTS: dict[str, Callable[..., object]] = {
    "try": registry.start_shadow,
    "stop": registry.stop_shadow,
    "retire": registry.retire,
    "take-out": registry.retire,
    "rescore": registry.rescore_open,
}


@for_administrators
@require_safe
def models(request: HttpRequest) -> HttpResponse:
    return _models(request, ReasonForm(), 200)


@for_administrators
@posted_from("triage:models")
def roll_back(request: HttpRequest) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _models(request, form, 422)
    try:
        model = registry.roll_back(actor=request.user, reason=form.cleaned_data["reason"])
    except registry.NotNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, _("%s is active again. Workers notice within a minute.") % model.version
        )
    return redirect("triage:models")


@for_administrators
@require_safe
def model(request: HttpRequest, version: str) -> HttpResponse:
    row = get_object_or_404(ModelVersion, version=version)
    context = {
        "model": row,
        "tag": TAGS[row.state],
        "card": card_of(row.facts),
        "changes": [(what, CHANGES[what]) for what in POSSIBLE[row.state]],
        "approvals": row.approvals.filter(spent_at=None).select_related("administrator"),
        "past": row.approvals.exclude(spent_at=None).select_related("administrator"),
    }
    if row.state == ModelState.SHADOW:
        context |= _trial(row)
    return render(request, "triage/admin/model.html", context)


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, version: str, what: str) -> HttpResponse:
    """Ask why, then do it."""
    row = get_object_or_404(ModelVersion, version=version)
    if what not in CHANGES:
        raise Http404
    if what not in POSSIBLE[row.state]:
        messages.info(request, _("That cannot be done with this model as things stand."))
        return redirect("triage:model", version)
    conditions = _gate(row) if what == "approve" else ()
    verdict = gate.verdict_of(conditions)
    if what == "approve" and verdict is Verdict.FAILS:
        messages.error(request, _("The model does not pass the gate: nobody can promote it."))
        return redirect("triage:model", version)
    kind = OverrideForm if what == "approve" and verdict is Verdict.UNKNOWN else ReasonForm
    form = kind(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _done(request, row, what, form.cleaned_data, conditions)
    context = {"form": form, "model": row, "change": CHANGES[what], "gate": conditions}
    status = 422 if form.errors else 200
    return render(request, "triage/admin/model_change.html", context, status=status)


def _done(request, row: ModelVersion, what: str, said: dict, conditions) -> HttpResponse:
    try:
        if what == "approve":
            active = registry.approve(
                actor=request.user, model=row, reason=said["reason"], gate=conditions,
                overrides=said.get("overrides", False),
            )  # fmt: skip
            done = _("The model is active. Workers notice within a minute.") if active else None
        else:
            done = ACTS[what](actor=request.user, model=row, reason=said["reason"]) and None
    except (registry.NotNow, registry.GateFailed) as refusal:
        messages.error(request, str(refusal) or _("The model does not pass the gate."))
    else:
        messages.success(request, done or CHANGES[what].done)
    return redirect("triage:model", row.version)


def _models(request: HttpRequest, form: ReasonForm, status: int) -> HttpResponse:
    rows = sorted(ModelVersion.objects.defer("facts"), key=lambda row: ORDER.index(row.state))
    active = next((row for row in rows if row.state == ModelState.ACTIVE), None)
    context = {
        "form": form,
        "rows": [(row, TAGS[row.state]) for row in rows],
        "active": active,
        "before": registry.before_active(),
        "left": second_looks.left_to_rescore(active).count() if active else 0,
        "others": second_looks.scored_by_others(active).count() if active else 0,
    }
    return render(request, "triage/admin/models.html", context, status=status)


def _gate(trial: ModelVersion) -> tuple[gate.Condition, ...]:
    active = ModelVersion.objects.active()
    return gate.assess(comparison.compare(active, trial)) if active else ()


def _trial(trial: ModelVersion) -> dict[str, object]:
    active = ModelVersion.objects.active()
    scored = Assessment.with_shadow.filter(shadow=True, model_version=trial.version).count()
    left = second_looks.left_for_trial(trial).count()
    context = {"scored": scored, "left": left, "active": active, "least": LEAST}
    if active is None:
        return context | {"verdict": Verdict.UNKNOWN}
    seen = comparison.current(active, trial, scored=scored)
    conditions = gate.assess(seen)
    return context | {
        "seen": seen,
        "judged": [
            (_("Any cancer, by pathology or else the signed answer"), seen.answered),
            (_("Any cancer, by pathology alone"), seen.pathology),
            (_("Melanoma, by pathology or else the signed answer"), seen.melanoma),
        ],
        "gate": conditions,
        "verdict": gate.verdict_of(conditions),
        "moves": moves.current(active, trial, scored=scored),
    }
