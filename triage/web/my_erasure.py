"""Ask to be forgotten: what goes, what stays and why, and taking it back."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from triage import erasure, patients, retention
from triage.web.guards import for_patients

WAIT, WITHDRAW = "wait", "withdraw"
CHOOSE = gettext_lazy("Choose one of the answers.")


class ErasureForm(forms.Form):
    open_cases = forms.ChoiceField(
        label=gettext_lazy("What about the cases that nobody has answered yet?"),
        choices=[
            (WAIT, gettext_lazy("Wait: a dermatologist answers first, then everything is erased")),
            (WITHDRAW, gettext_lazy("I withdraw them: nobody needs to read them")),
        ],
        widget=forms.RadioSelect,
        initial=WAIT,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )
    sure = forms.BooleanField(
        label=gettext_lazy("I understand that this cannot be undone"),
        error_messages={"required": gettext_lazy("Tick this if you are sure.")},
    )

    def __init__(self, *args, open_cases: int, asked: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if not open_cases or asked:
            del self.fields["open_cases"]

    @property
    def withdraws(self) -> bool:
        return self.cleaned_data.get("open_cases") == WITHDRAW


@for_patients
@require_http_methods(["GET", "POST"])
def erasure_page(request: HttpRequest) -> HttpResponse:
    patient = patients.patient_of(request.user)
    standing = erasure.standing(patient)
    asked = standing.request is not None
    posted = request.POST if request.method == "POST" else None
    form = ErasureForm(posted, open_cases=standing.open_cases, asked=asked)
    if form.is_valid():
        # A request that stands is only posted again to withdraw the cases that keep it waiting.
        erasure.ask(actor=request.user, patient=patient, open_cases_too=asked or form.withdraws)
        messages.success(request, _("Your request is on record."))
        return redirect("triage:erasure")
    return _shown(request, standing, form)


@for_patients
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    patient = patients.patient_of(request.user)
    if erasure.withdraw(actor=request.user, patient=patient):
        messages.success(request, _("Your request is taken back. Nothing was erased."))
    else:
        messages.error(request, _("There is no request to take back."))
    return redirect("triage:erasure")


def _shown(request: HttpRequest, standing: erasure.Standing, form: ErasureForm) -> HttpResponse:
    context = {"form": form, "standing": standing, "years": retention.years()}
    status = 422 if form.errors else 200
    return render(request, "triage/patient/erasure.html", context, status=status)
