"""The patient's profile; agreeing and taking it back."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.phones import PhoneField
from triage import patients
from triage.models import ConsentKind, Sex, SkinType
from triage.models.consent import CURRENT_VERSION
from triage.web.fields import TOO_LONG, BirthDateField, YesNoField
from triage.web.guards import for_patients


class ProfileForm(forms.Form):
    birth_date = BirthDateField()
    phone = PhoneField(help_text=gettext_lazy("So that the clinic can call you if it is urgent."))
    sex = forms.ChoiceField(
        label=gettext_lazy("Sex"),
        choices=[("", gettext_lazy("Rather not say")), *Sex.choices],
        required=False,
    )
    skin_type = forms.TypedChoiceField(
        label=gettext_lazy("How does your skin react to strong sun?"), coerce=int, empty_value=None,
        choices=[("", gettext_lazy("Not sure")), *SkinType.choices], required=False,
        help_text=gettext_lazy("Without sunscreen, after an hour at noon in summer."),
    )  # fmt: skip
    previous_skin_cancer = YesNoField(gettext_lazy("Have you had skin cancer before?"))
    family_melanoma = YesNoField(
        gettext_lazy("Has a parent, brother, sister or child of yours had melanoma?"),
        gettext_lazy("Melanoma is the kind of skin cancer that often starts in a mole."),
    )
    immunosuppression = YesNoField(
        gettext_lazy("Is your immune system weakened?"),
        gettext_lazy("By an illness, or by medicines such as those after an organ transplant."),
    )
    sun_exposure = YesNoField(
        gettext_lazy("Have you had much sun?"),
        gettext_lazy("Outdoor work for years, blistering sunburns, or sunbeds."),
    )
    medication = forms.CharField(
        label=gettext_lazy("Medicines that you take"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 3}), error_messages={"max_length": TOO_LONG},
    )  # fmt: skip


@for_patients
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    patient = patients.patient_of(request.user)
    initial = {name: getattr(patient, name) for name in patients.PROFILE}
    posted = request.POST if request.method == "POST" else None
    form = ProfileForm(posted, initial=initial)
    if form.is_valid():
        patients.update_profile(actor=request.user, patient=patient, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("triage:profile")
    status = 422 if form.errors else 200
    return render(request, "triage/patient/profile.html", {"form": form}, status=status)


@for_patients
@require_POST
def consent(request: HttpRequest, kind: str) -> HttpResponse:
    """Agree to the present wording, or withdraw."""
    if kind not in ConsentKind.values:
        raise Http404
    patient = patients.patient_of(request.user)
    if request.POST.get("answer") == "agree":
        patients.grant_consent(actor=request.user, patient=patient, kind=ConsentKind(kind))
        messages.success(request, _("Thank you. Your consent is on record."))
    elif request.POST.get("answer") == "withdraw":
        patients.withdraw_consent(actor=request.user, patient=patient, kind=ConsentKind(kind))
        messages.success(request, _("Your consent is taken back."))
    return redirect("triage:consents")


def consent_text(kind: ConsentKind, version: str = "") -> str:
    """The template that holds a wording, by default the present one."""
    return f"triage/consents/{kind}-{version or CURRENT_VERSION[kind]}.html"
