"""Pages about people: the front page, colleagues, invitations, API tokens, the demo's mailbox."""

import time
from smtplib import SMTPException
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.views import signup as allauth_sign_up
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import set_language
from knox.models import AuthToken

from portal.accounts import people as who
from portal.accounts import tokens
from portal.accounts.forms import AcceptForm
from portal.accounts.mailbox import read_letters
from portal.accounts.models import Invitation, Role, User
from portal.accounts.people_forms import InviteForm, PeopleFilter, Reason, WithdrawForm
from portal.audit import ledger
from portal.audit.guards import for_administrators
from portal.refusals import said

PAGE = 50
PEOPLE_TEXT = "people_text"  # in the session: who is looked for belongs into no address
FOUND = "found"  # in the address of a list that the session's text narrows; no other is
START_PAGES = {
    Role.PATIENT: "triage:lesions",
    Role.DERMATOLOGIST: "triage:worklist",
    Role.ADMINISTRATOR: "accounts:people",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(START_PAGES[request.user.role])
    return render(request, "home.html")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of pages; of somebody logged in, of mails too."""
    response = set_language(request)
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and check_for_language(chosen):
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    return response


def sign_up(request: HttpRequest) -> HttpResponse:
    """allauth's, but never faster than settings.SIGN_UP_TAKES.

    A new account costs a few writes more than the refusal of an address that is taken; without
    the floor the clock would tell who is a patient here.
    """
    began = time.monotonic()
    response = allauth_sign_up(request)
    if request.method == "POST":
        spent = time.monotonic() - began
        time.sleep(max(0.0, settings.SIGN_UP_TAKES.total_seconds() - spent))
    return response


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/account.html")


@for_administrators
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    asked = request.GET.dict() | {"text": ""}
    if FOUND in asked:
        asked["text"] = request.session.get(PEOPLE_TEXT, "")
    filter_form = PeopleFilter(asked)
    page = Paginator(filter_form.people(), PAGE).get_page(request.GET.get("page"))
    with transaction.atomic():
        ledger.record(actor=request.user, action="people.listed", count=len(page.object_list))
    waiting = Invitation.objects.waiting().select_related("clinic").order_by("-pk")
    invitations = list(waiting[: PAGE + 1])
    context = {
        "page": page,
        "filter_form": filter_form,
        "invitations": invitations[:PAGE],
        "more_invitations": len(invitations) > PAGE,
    }
    return render(request, "accounts/people.html", context)


@for_administrators
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Narrow the list. What was typed is kept in the session, the choices are in the address."""
    form = PeopleFilter(request.POST)
    query = form.choices()
    text = form.cleaned_data.get("text", "") if form.is_valid() else ""
    if text:
        request.session[PEOPLE_TEXT] = text
        query[FOUND] = "1"
    return redirect(f"{reverse('accounts:people')}?{urlencode(query)}")


@for_administrators
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    initial = {"clinic": request.user.clinic_id}
    form = InviteForm(_sent(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            issued = who.invite(actor=request.user, **form.cleaned_data)
        except who.AlreadyHere as refusal:
            form.add_error("email", said(refusal))
        else:
            _send_invitation(request, issued)
            return redirect("accounts:people")
    return render(request, "accounts/invite.html", {"form": form}, status=_status(form))


@for_administrators
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation.objects.select_related("clinic"), pk=pk)
    form = WithdrawForm(_sent(request))
    if not form.is_valid():
        context = {"invitation": invitation, "form": form}
        return render(request, "accounts/withdraw.html", context, status=_status(form))
    try:
        who.withdraw(actor=request.user, invitation=invitation, **form.cleaned_data)
    except who.NotInvited:
        messages.info(request, _("That invitation was no longer open."))
    else:
        text = _("The invitation to %(email)s no longer works.")
        messages.success(request, text % {"email": invitation.email})
    return redirect("accounts:people")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    invitation = Invitation.objects.waiting().with_token(token).select_related("clinic").first()
    if invitation is None:
        return render(request, "accounts/invitation_over.html", status=404)
    form = AcceptForm(_sent(request), email=invitation.email)
    if request.method == "POST" and form.is_valid():
        try:
            user = who.accept(token=token, **form.cleaned_data)
        except (who.NotInvited, who.AlreadyHere):
            return render(request, "accounts/invitation_over.html", status=404)
        return _log_in(request, user)
    context = {"form": form, "invitation": invitation}
    return render(request, "accounts/accept.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@login_required
def api_tokens(request: HttpRequest) -> HttpResponse:
    secret = ""
    if request.method == "POST":
        _, secret = tokens.issue_token(request.user)
    mine = AuthToken.objects.filter(user=request.user).order_by("-created")
    return render(request, "accounts/tokens.html", {"tokens": mine, "secret": secret})


@require_http_methods(["GET", "POST"])
@login_required
def revoke_token(request: HttpRequest, token_key: str) -> HttpResponse:
    if request.method == "GET":
        token = get_object_or_404(AuthToken, user=request.user, token_key=token_key)
        return render(request, "accounts/revoke.html", {"token": token})
    try:
        tokens.revoke_token(actor=request.user, token_key=token_key)
    except AuthToken.DoesNotExist as absent:
        raise Http404 from absent
    messages.success(request, _("The token no longer works."))
    return redirect("accounts:tokens")


@require_safe
@never_cache
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail the demo has sent, for whoever tries it. There is no such page elsewhere."""
    if not settings.DEMO:
        raise Http404
    return render(request, "accounts/mailbox.html", {"letters": read_letters(settings.MAIL_DIR)})


def _log_in(request: HttpRequest, user: User) -> HttpResponse:
    """As after typing the password: by allauth's own way, which notes the session as well."""
    if request.user.is_authenticated:  # a colleague's browser; their session is not taken over
        get_adapter(request).logout(request)
    where = resolve_url("mfa_index" if settings.STAFF_MFA_REQUIRED else "home")
    login = Login(user=user, email=user.email, redirect_url=where)
    return perform_password_login(request, {"email": user.email}, login)


def _sent(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with, even when that is nothing; None where none was sent."""
    return request.POST if request.method == "POST" else None


def _send_invitation(request: HttpRequest, issued: who.Issued) -> None:
    invitation = issued.invitation
    link = request.build_absolute_uri(reverse("accounts:accept", args=[issued.token]))
    context = {"invitation": invitation, "link": link}
    try:
        get_adapter(request).send_mail("accounts/email/invitation", invitation.email, context)
    except (SMTPException, OSError):
        who.withdraw(actor=request.user, invitation=invitation, reason=Reason.UNSENT)
        messages.error(
            request, _("The mail could not be sent, so nobody was invited. Try again later.")
        )
    else:
        text = _("Invitation sent to %(email)s.")
        messages.success(request, text % {"email": invitation.email})


def too_many(request: HttpRequest) -> HttpResponse:
    """For every limit of allauth's; the longest of them counts five minutes."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = "300"
    return response


def _status(form: object) -> int:
    return 422 if getattr(form, "errors", None) else 200
