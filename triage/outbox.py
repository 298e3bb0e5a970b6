"""Mail the notifications, each until a mail server has taken it. Nothing clinical is in a mail.

A sweep claims a row for a while before it mails: two sweeps at once never mail the same. One that
dies between the server's yes and its own note mails again when the claim has run out.
"""

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal.accounts.models import Role, User
from portal.audit.ledger import record
from triage import links
from triage.models import ANSWERS, Notification, NotificationKind, PhotoRequest, Review

CLAIM = timedelta(minutes=2)  # longer than any mail server is waited for
BUDGET = 10  # seconds in one sweep: the worker has other work
SEEN_FROM = 5  # refusals from which on staff are shown that somebody cannot be reached
LONGEST_WAIT = timedelta(days=1)  # between two tries
AGAIN_AFTER = timedelta(minutes=10)  # a link is mailed anew at most so often
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str


def deliver() -> int:
    """Mail what waits, the longest waiting first. Returns how many letters were taken."""
    until, sent = time.monotonic() + BUDGET, 0
    while time.monotonic() < until and (row := _claim()):
        try:
            sent += _mail(row)
        except OSError as problem:  # no server: each more letter would wait for it in vain
            log.error("notifications not mailed yet: %s", type(problem).__name__)
            Notification.objects.filter(pk=row.pk).update(
                mail_after=timezone.now(), mail_problem=type(problem).__name__
            )
            break
    return sent


def undelivered(clinic_id: int) -> QuerySet[Notification]:
    """What patients could not be mailed of this clinic's cases, the oldest first."""
    refused = Notification.objects.unmailed().filter(mail_attempts__gte=SEEN_FROM)
    patients = refused.filter(user__role=Role.PATIENT, case__clinic_id=clinic_id)
    return patients.select_related("user__patient", "case").order_by("created_at", "pk")


def told_otherwise(*, actor: User, notification: Notification) -> bool:
    """A patient was reached another way: no more mails of this. False where a mail was taken."""
    with transaction.atomic():
        waiting = undelivered(actor.clinic_id).filter(pk=notification.pk)
        if not waiting.select_for_update(of=("self",)).exists():
            return False
        Notification.objects.filter(pk=notification.pk).update(mail_wanted=False)
        record(actor=actor, action="notification.told_otherwise", about=notification,
               patient_id=_patient_id(notification), kind=notification.kind)  # fmt: skip
    return True


def _claim() -> Notification | None:
    """The next letter, this sweep's alone for a while."""
    now = timezone.now()
    with transaction.atomic():
        waiting = Notification.objects.unmailed().filter(mail_after__lte=now, user__is_active=True)
        row = (
            waiting.select_related("user", "case", "photo_request__case")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("mail_after", "pk")
            .first()
        )
        if row is not None:
            row.mail_after = now + CLAIM
            row.save(update_fields=["mail_after"])
    return row


def _mail(row: Notification) -> bool:
    """False where this letter was refused or is no longer needed. Raises OSError where no mail
    server answers."""
    if _overtaken(row):
        Notification.objects.filter(pk=row.pk).update(mail_wanted=False)
        return False
    with override(row.user.language or settings.LANGUAGE_CODE):
        letter = letter_of(row)
    try:
        send_mail(letter.subject, letter.text, settings.DEFAULT_FROM_EMAIL, [row.user.email])
    except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError) as problem:
        _put_off(row, type(problem).__name__)
        return False
    _note(row)
    return True


def _overtaken(row: Notification) -> bool:
    """The photos came, or are not wanted any more, before anybody could be asked by mail."""
    return row.kind == NotificationKind.PHOTOS_WANTED and not row.photo_request.welcome


def _put_off(row: Notification, problem: str) -> None:
    attempts = row.mail_attempts + 1
    wait = min(timedelta(minutes=2 ** min(attempts, 12)), LONGEST_WAIT)
    log.error("notification %s not mailed yet: %s", row.pk, problem)
    Notification.objects.filter(pk=row.pk).update(
        mail_attempts=attempts, mail_problem=problem, mail_after=timezone.now() + wait
    )


def _note(row: Notification) -> None:
    now = timezone.now()
    with transaction.atomic():
        Notification.objects.filter(pk=row.pk).update(mailed_at=now, mail_problem="")
        if row.kind in ANSWERS:
            untold = Review.objects.signed().filter(case=row.case, patient_told_at__isnull=True)
            untold.order_by().update(patient_told_at=now)
        action = "patient.told" if row.kind in ANSWERS else "notification.mailed"
        record(actor="worker", action=action, about=row.case, patient_id=_patient_id(row),
               kind=row.kind, notification=row.pk)  # fmt: skip


def _patient_id(row: Notification) -> int | None:
    return row.case.patient_id if row.case else None


def letter_of(row: Notification) -> Letter:
    """What is mailed: where to look, and nothing of what is to be seen there."""
    kind = NotificationKind(row.kind)
    if kind is NotificationKind.PHOTOS_WANTED:
        token = links.issue(photo_request=row.photo_request)
        address = settings.BASE_URL + reverse("triage:link", args=[token])
        text = _photos_wanted() % {"address": address, "by": _wanted_by(row.photo_request)}
        return Letter(_("We need new photos from you"), text)
    subject, text = _words(kind)
    return _letter(subject, text, settings.BASE_URL + _path(row))


def _words(kind: NotificationKind) -> tuple[str, str]:
    return {
        NotificationKind.ANSWERED: (
            _("Your photos have been read"),
            _("A clinician has read the photos that you sent us.\n\n"
              "Log in to see the answer:\n%(address)s"),
        ),
        NotificationKind.AMENDED: (
            _("The answer about your photos was changed"),
            _("A clinician has changed the answer about the photos that you sent us. "
              "Please read it, even if you have read the answer before.\n\n"
              "Log in to see it:\n%(address)s"),
        ),
        NotificationKind.RECEIVED: (
            _("We have your photos"),
            _("Your photos have arrived. We write to you again when a clinician has read them.\n\n"
              "Log in to see them:\n%(address)s"),
        ),
        NotificationKind.MESSAGE: (
            _("You have a message"),
            _("The clinic has written to you.\n\nLog in to read it:\n%(address)s"),
        ),
        NotificationKind.FOLLOW_UP: (
            _("A reminder from the clinic"),
            _("It is time to look again.\n\nLog in to see what was said:\n%(address)s"),
        ),
        NotificationKind.LABORATORY: (
            _("There is news for you"),
            _("The clinic has written to you about a result.\n\nLog in to read it:\n%(address)s"),
        ),
        NotificationKind.PATHOLOGY: (
            _("A pathology result is there"),
            _("There is a result for a case that you answered.\n\nLog in to see it:\n%(address)s"),
        ),
        NotificationKind.PHOTOS_CAME: (
            _("New photos have come"),
            _("The new photos that you asked for are there.\n\nLog in to see them:\n%(address)s"),
        ),
        NotificationKind.SECOND_READING: (
            _("You are asked for a second opinion"),
            _("A case waits for your second opinion.\n\nLog in to read it:\n%(address)s"),
        ),
        NotificationKind.DISAGREEMENT: (
            _("Two readers disagree"),
            _("A second reader says something else than your answer.\n\nLog in:\n%(address)s"),
        ),
        NotificationKind.EMERGENCY: (
            _("Please read a message now"),
            _("A message in the portal should be read at once.\n\nLog in:\n%(address)s"),
        ),
        NotificationKind.ALARM: (
            _("The safety board raised an alarm"),
            _("Something at the portal needs your look.\n\nLog in:\n%(address)s"),
        ),
        NotificationKind.BREACH: (
            _("Cases are past their time"),
            _("Cases are past their time, and you are on duty.\n\nLog in:\n%(address)s"),
        ),
    }[kind]  # fmt: skip


def _letter(subject: str, text: str, address: str) -> Letter:
    privacy = _("For your privacy we say nothing about anybody’s skin in e-mails.")
    return Letter(subject, f"{text % {'address': address}}\n\n{privacy}\n")


def _photos_wanted() -> str:
    return _(
        "The dermatologist needs new photos from you. %(by)s\n\n"
        "Send them here, without logging in:\n%(address)s\n\n"
        "The link works once, and stops working seven days after this e-mail. That is about the "
        "link alone: the day above is the one by which we want the photos.\n\n"
        "Or log in to the portal, where you also see what is to be different.\n\n"
        "For your privacy we say nothing about anybody’s skin in e-mails.\n"
    )


def _wanted_by(request: PhotoRequest) -> str:
    """Until when they are waited for, which is not how long the link works."""
    day = date_format(timezone.localtime(request.wanted_by))
    if request.closed_at is not None or request.wanted_by <= timezone.now():
        return _("We wanted them by %(day)s: please send them now.") % {"day": day}
    return _("Please send them by %(day)s: until then we wait for them.") % {"day": day}


def _path(row: Notification) -> str:
    if row.kind == NotificationKind.ALARM:
        return reverse("triage:safety")
    if row.case is None:
        return reverse("triage:clock")
    if row.kind in (NotificationKind.MESSAGE, NotificationKind.EMERGENCY):
        return reverse("triage:thread", args=[row.case.reference])
    if row.kind == NotificationKind.DISAGREEMENT:
        return reverse("triage:second_readings")
    return reverse("triage:case", args=[row.case.reference])


def mail_link_again(*, photo_request: PhotoRequest) -> bool:
    """Put the mail with a link back into the outbox, at most once in ten minutes. False where no
    photos are wanted any more, or where one is on its way."""
    now = timezone.now()
    with transaction.atomic():
        told = Notification.objects.filter(
            kind=NotificationKind.PHOTOS_WANTED, photo_request=photo_request,
            mailed_at__lt=now - AGAIN_AFTER, user__is_active=True,
        )  # fmt: skip
        row = told.select_related("case").select_for_update(of=("self",)).first()
        if row is None or not photo_request.welcome or row.case.answered_at:
            return False
        row.mailed_at, row.mail_wanted, row.mail_after = None, True, now
        row.save(update_fields=["mailed_at", "mail_wanted", "mail_after"])
        record(actor=links.VISITOR, action="link.asked_again", about=row.case,
               patient_id=row.case.patient_id, request=photo_request.pk)  # fmt: skip
    return True
