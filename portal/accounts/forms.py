"""What people type about themselves and their colleagues."""

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Clinic, User


class SignupForm(AllauthSignupForm):
    """A patient's own registration."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("As your clinic knows you."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    clinic = forms.ModelChoiceField(
        Clinic.objects.none(),
        label=_("Your clinic"),
        empty_label=None,
        help_text=_("Its dermatologists will see your photos."),
    )
    field_order = ["name", "email", "clinic", "password1", "password2"]

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("We send a link to it, to check that it is yours.")
        self.fields["email"].label = _("E-mail address")
        self.fields["password1"].help_text = _(
            "At least 10 characters. Three random words are good."
        )
        clinics = Clinic.objects.taking_patients()
        self.fields["clinic"].queryset = clinics
        if len(clinics) == 1:
            self.fields["clinic"].widget = forms.HiddenInput()
            self.fields["clinic"].initial = clinics[0]
            self.fields["clinic"].required = False

    def clean_clinic(self) -> Clinic:
        return self.cleaned_data["clinic"] or Clinic.objects.taking_patients().first()

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            # A new account costs one password hash; so must a refusal, or the clock tells.
            User().set_password(self.cleaned_data["password1"])
        return super().try_save(request)


class LoginForm(AllauthLoginForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address")


class AddPasskeyForm(AddWebAuthnForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.label = _("It opens my account alone, without the password")
        alone.help_text = _("It then asks for your finger, your face or a PIN.")
        alone.initial = True


class AcceptForm(forms.Form):
    """A colleague's first visit, through the link of an invitation."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("Patients see it under your answers."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=_("At least 10 characters. Three random words are good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: object, email: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if "password" in data:
            user = User(email=self.email, name=data.get("name", ""))
            try:
                validate_password(data["password"], user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return data
