"""Photos again, from both sides: the clinician asks, the patient sends, logged in or by a link."""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil

from allauth.core.internal import ratelimit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.models import User
from portal.accounts.views import too_many
from portal.refusals import said
from triage import access, intake, links, outbox, photo_advice, photos, retakes, worklist
from triage.links import LinkOver, LinkState
from triage.models import Case, Patient, PhotoKind, PhotoRequest, Upload
from triage.web.guards import for_dermatologists, for_patients, posted_from
from triage.web.worklist import find

OPENED = "photo_link"  # in the session of a visitor who used a link: its number
ACCEPTED = "image/jpeg,image/png,image/webp,image/heic,image/heif,.jpg,.jpeg,.jfif,.heic,.heif"


class AskForm(forms.Form):
    use_required_attribute = False

    reasons = forms.MultipleChoiceField(
        label=gettext_lazy("What is wrong with the photos?"),
        choices=[(reason.code, reason.label) for reason in retakes.REASONS],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The patient is told what to do differently for each."),
        error_messages={"required": gettext_lazy("Choose at least one reason.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Note to the patient"),
        max_length=retakes.NOTE_LIMIT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, object]:
        known = super().clean()
        if known.get("reasons") == ["other"] and not known.get("note", "").strip():
            self.add_error("note", _("Write what you need, as no other reason is chosen."))
        return known


class PhotosInput(forms.FileInput):
    allow_multiple_selected = True


class SendForm(forms.Form):
    """Files by the view that they show; `triage.photos` checks their bytes."""

    use_required_attribute = False

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in LABELS.items():
            self.fields[slot(kind)] = forms.Field(
                label=label, required=False,
                widget=PhotosInput(attrs={"multiple": True, "accept": ACCEPTED}),
            )  # fmt: skip


LABELS = {
    PhotoKind.CLOSE_UP: gettext_lazy("Close-up photos"),
    PhotoKind.OVERVIEW: gettext_lazy("From further away, to show where it is"),
    PhotoKind.SIDE: gettext_lazy("From the side"),
    PhotoKind.DERMOSCOPIC: gettext_lazy("Through a dermatoscope, if you have one"),
}


def slot(kind: PhotoKind) -> str:
    return f"photos_{kind.value}"


# ---- the clinician's side ------------------------------------------------------------------------


@for_dermatologists
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    """Say why new photos are needed; the case then leaves the desk until they come."""
    case = find(request, reference, "photos.asked_again")
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            retakes.ask(actor=request.user, case=case, **form.cleaned_data)
        except (retakes.NotPausable, retakes.NoReason) as refusal:
            form.add_error(None, said(refusal))
        except retakes.NotOnDesk:
            return redirect("triage:reading", reference)  # that page says who has it
        else:
            text = _("The patient is asked for new photos. Case %(reference)s waits, its clock "
                     "stands still.")  # fmt: skip
            messages.success(request, text % {"reference": reference})
            return redirect("triage:worklist")
    context = {
        "case": case, "form": form, "held": worklist.holds(request.user, case),
        "days": retakes.wait_for(case.urgency).days, "urgent": case.urgency <= 1,
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "triage/staff/photos_again.html", context, status=status)


@for_dermatologists
@require_POST
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    case = find(request, reference, "photos.no_longer_wanted")
    if retakes.withdraw(actor=request.user, case=case):
        text = _("Case %(reference)s no longer waits for photos. Its clock goes on.")
        messages.success(request, text % {"reference": reference})
    else:
        messages.info(request, _("Nobody waits for photos of this case any more."))
    return redirect("triage:reading", reference)


# ---- the patient's side --------------------------------------------------------------------------


@dataclass
class Sender:
    """Who sends, where the form posts to, and what has arrived so far."""

    actor: User | str
    photo_request: PhotoRequest
    here: str  # the form's address
    uploads: list[Upload] = field(default_factory=list)

    @property
    def case(self) -> Case:
        return self.photo_request.case

    @property
    def patient(self) -> Patient:
        return self.case.patient


@for_patients
@require_http_methods(["GET", "HEAD", "POST"])
def retake(request: HttpRequest, reference: str) -> HttpResponse:
    """Send the photos that the clinic asked for, logged in."""
    try:
        case = access.read_case(actor=request.user, reference=reference)
    except Case.DoesNotExist:
        raise Http404 from None
    wanted = retakes.wanted(case)
    if wanted is None:
        messages.info(request, said(retakes.NotWanted))
        return redirect("triage:case", reference)
    sender = Sender(request.user, wanted, reverse("triage:retake", args=[reference]))
    return _form(request, sender, case=case)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Where a mail leads. Looking uses nothing up; the button does."""
    if _too_often(request):
        return too_many(request)
    if request.method != "POST":
        state = links.state_of(token)
        if state is not LinkState.GOOD:
            return _over(request, state, token)
        return render(request, "triage/patient/link.html", {"token": token})
    try:
        used = links.use(token=token)
    except LinkOver as over:
        return _over(request, over.state, token)
    request.session[OPENED] = used.pk
    return redirect("triage:link_photos")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link_photos(request: HttpRequest) -> HttpResponse:
    """Send the photos that the clinic asked for, and see nothing else of the patient's."""
    try:
        opened = links.opened(request.session.get(OPENED, 0))
    except LinkOver as over:
        return _over(request, over.state)
    here = reverse("triage:link_photos")
    return _form(request, Sender(links.VISITOR, opened.photo_request, here))


@never_cache
@posted_from("triage:link", "token")
def link_again(request: HttpRequest, token: str) -> HttpResponse:
    """Mail its owner another link; what is said does not tell whether there was one."""
    if _too_often(request):
        return too_many(request)
    wanted = links.request_behind(token)
    if wanted is not None:
        outbox.mail_link_again(photo_request=wanted)
    return render(request, "triage/patient/link_sent.html")


def _too_often(request: HttpRequest) -> bool:
    """Looking counts too: a link is nothing to be guessed at."""
    return not ratelimit.consume(
        request, app="allauth.account", action="one_time_link", limit_get=True
    )


def _over(request: HttpRequest, state: LinkState, token: str = "") -> HttpResponse:
    again = state in (LinkState.USED, LinkState.OLD)
    context = {"state": state.value, "token": token if again else ""}
    return render(request, "triage/patient/link_over.html", context, status=404)


def _form(request: HttpRequest, sender: Sender, *, case: Case | None = None) -> HttpResponse:
    """The upload page. `case` where its owner is logged in and may be shown what it is about."""
    form = SendForm()
    if request.method != "POST":
        return _page(request, sender, form, case)
    form = SendForm(request.POST, request.FILES)
    form.is_valid()
    sender.uploads = _arrived_before(request, sender.patient)
    try:
        retakes.check_may_send(sender.photo_request)
        _take_in(request, sender, form)
    except photos.TooManyUploads as reached:
        form.add_error(None, _come_back(reached.retry_after))
        return _page(request, sender, form, case, status=429)
    except intake.ConsentMissing as refusal:
        form.add_error(None, said(refusal))
        return _page(request, sender, form, case, status=422)
    except retakes.NotWanted:
        return _done(request, case, sent=False)
    return _next(request, sender, form, case)


def _next(
    request: HttpRequest, sender: Sender, form: SendForm, case: Case | None
) -> HttpResponse:  # fmt: skip
    step = request.POST.get("step", "send")
    if step.startswith("remove-"):
        for upload in [one for one in sender.uploads if step == f"remove-{one.pk}"]:
            photos.discard(actor=sender.actor, upload=upload)
            sender.uploads.remove(upload)
    if not form.errors and step == "send" and not sender.uploads:
        form.add_error(slot(PhotoKind.CLOSE_UP), _("Add at least one photo."))
    if form.errors or step != "send":
        return _page(request, sender, form, case, status=422 if form.errors else 200)
    try:
        retakes.send(actor=sender.actor, case=sender.case, uploads=sender.uploads)
    except (intake.PhotosMissing, intake.TooManyPhotos, intake.ConsentMissing) as refusal:
        form.add_error(None, said(refusal))
        sender.uploads = _arrived_before(request, sender.patient)
        return _page(request, sender, form, case, status=422)
    except retakes.NotWanted:
        return _done(request, case, sent=False)
    return _done(request, case, sent=True)


def _done(request: HttpRequest, case: Case | None, *, sent: bool) -> HttpResponse:
    if case is None:
        # the session keeps what was opened: going back says that the photos arrived
        return render(request, "triage/patient/link_done.html", {"sent": sent})
    if sent:
        messages.success(request, _("Your new photos have arrived. Your case goes on."))
    else:
        messages.info(request, said(retakes.NotWanted))
    return redirect("triage:case", case.reference)


def _take_in(request: HttpRequest, sender: Sender, form: SendForm) -> None:
    """Clean and keep the files that came; what is wrong with one is said beside its kind."""
    sent = [(kind, file) for kind in LABELS for file in request.FILES.getlist(slot(kind))]
    if not sent:
        return
    room = max(settings.PHOTOS_MAX - len(sender.uploads), 0)
    files = [file for _kind, file in sent[:room]]
    cleaned = photos.receive(actor=sender.actor, patient=sender.patient, sources=files)
    for (kind, file), clean in zip(sent, cleaned, strict=False):
        if isinstance(clean, photos.PhotoRefused):
            form.add_error(slot(kind), f"{_short(file.name)}: {clean.message}")
        else:
            sender.uploads.append(
                photos.keep(
                    actor=sender.actor, patient=sender.patient, clean_photo=clean, kind=kind
                )
            )
    for kind, file in sent[room:]:
        text = _("%(name)s: not added. Send %(most)s photos at most.")
        most = {"name": _short(file.name), "most": settings.PHOTOS_MAX}
        form.add_error(slot(kind), text % most)


def _arrived_before(request: HttpRequest, patient: Patient) -> list[Upload]:
    """The photos that the form names, in its order: this patient's, and on no other form."""
    names = [key for key in map(_uuid, request.POST.getlist("upload")) if key]
    held = Upload.objects.filter(patient=patient, draft__isnull=True).in_bulk(names)
    return [held[key] for key in dict.fromkeys(names) if key in held]


def _page(
    request: HttpRequest, sender: Sender, form: SendForm, case: Case | None, status: int = 200
) -> HttpResponse:
    asked = sender.photo_request
    context = {
        "form": form,
        "case": case,
        "here": sender.here,
        "advice": [retakes.BY_CODE[code].advice for code in asked.reasons if code != "other"],
        "note": asked.note,
        "wanted_by": asked.wanted_by,
        "lesion": asked.case.lesion,  # site and side: by a link too, or the wrong spot is sent
        "late": asked.closed_at is not None,
        "uploads": [(one, photo_advice.advice(one)) for one in sender.uploads],
        "photos_max": settings.PHOTOS_MAX,
    }
    return render(request, "triage/patient/retake.html", context, status=status)


def _come_back(retry_after: int) -> str:
    minutes = ceil(timedelta(seconds=retry_after) / timedelta(minutes=1))
    text = ngettext(
        "You have sent as much as one hour allows. Try again in %(count)s minute.",
        "You have sent as much as one hour allows. Try again in %(count)s minutes.", minutes,
    )  # fmt: skip
    return text % {"count": minutes}


def _short(name: str | None) -> str:
    name = name or _("Photo")
    return name if len(name) <= 40 else f"{name[:28]}…{name[-10:]}"


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
