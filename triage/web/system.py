"""How the portal itself is: workers, what waits, what failed, and what an administrator sets."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_http_methods

from portal.audit.guards import for_administrators
from portal.audit.ledger import record
from triage import scoring, site
from triage.models import Case, ScoringState, SiteSettings, Worker

FAILED_SHOWN = 100
NO_WORKER = (
    "No model is at work: new cases are not scored. They stand on the worklist at 'soon' or above "
    "and wait for a dermatologist."
)


class SettingsForm(forms.Form):
    preliminary_result_at_once = forms.BooleanField(
        label="Show patients the preliminary result at once", required=False,
        help_text="Otherwise it is held back until a dermatologist has answered.",
    )  # fmt: skip
    commit_then_reveal = forms.BooleanField(
        label="First opinion before the model's result", required=False,
        help_text="A dermatologist commits to an opinion before they see what the model said.",
    )  # fmt: skip
    cases_per_hour = forms.IntegerField(
        label="Cases that a patient may send in an hour", min_value=1, max_value=10_000
    )


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def system(request: HttpRequest) -> HttpResponse:
    form = _settings_form(request)
    if request.method == "POST" and form.is_valid():
        site.change_settings(actor=request.user, to=site.Settings(**form.cleaned_data))
        messages.success(request, "The settings are saved.")
        return redirect("system")
    with transaction.atomic():
        failed = list(_failed(request))
        record(actor=request.user, action="system.viewed", object_type="case",
               references=[case["reference"] for case in failed])  # fmt: skip
    unscored = Case.objects.filter(
        scoring_state__in=[ScoringState.WAITING, ScoringState.CLAIMED]
    ).count()
    context = {
        "form": form,
        "workers": list(Worker.objects.order_by("-seen_at")[:50]),
        "able": set(Worker.objects.able_to_score().values_list("pk", flat=True)),
        "unscored": unscored,
        "oldest": _since(scoring.oldest_waiting_age()),
        "failed": failed,
        "more_failed": len(failed) == FAILED_SHOWN,
    }
    return render(request, "triage/staff/system.html", context)


@for_administrators
@require_http_methods(["POST"])
def score_again(request: HttpRequest) -> HttpResponse:
    count = scoring.try_again(actor=request.user)
    messages.success(request, f"Waiting for the model again: {count}. It looks within a minute.")
    return redirect("system")


def staff_notice(request: HttpRequest) -> dict[str, object]:
    """For every page: a sentence to staff while nothing can score; asked only where it is shown."""

    def notice() -> str:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated or not user.works_here:
            return ""
        return "" if Worker.objects.able_to_score().exists() else NO_WORKER

    return {"staff_notice": SimpleLazyObject(notice)}


def _settings_form(request: HttpRequest) -> SettingsForm:
    if request.method == "POST":
        return SettingsForm(request.POST)
    now = SiteSettings.current()
    return SettingsForm(
        initial={name: getattr(now, name) for name in site.Settings.__dataclass_fields__}
    )


def _failed(request: HttpRequest):
    """What the model gave up on, in the administrator's clinic: nothing of the patient."""
    cases = Case.objects.open().filter(
        scoring_state=ScoringState.FAILED, clinic_id=request.user.clinic_id
    )
    return cases.order_by("-submitted_at").values(
        "reference", "submitted_at", "scoring_attempts", "scoring_problem"
    )[:FAILED_SHOWN]


def _since(age):
    return None if age is None else timezone.now() - age
