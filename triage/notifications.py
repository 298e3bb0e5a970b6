"""Word to people that something happened: written where it happens, read in the portal, and mailed
by the outbox (triage/outbox.py). Nothing here says anything about anybody's skin."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts.models import Role, User
from portal.audit.ledger import record
from triage.models import (
    Case,
    MailPreference,
    Notification,
    NotificationKind,
    PhotoRequest,
    Review,
)
from triage.permissions import visible_notifications

REMINDERS = 200  # at most, in one sweep


@dataclass(frozen=True)
class Line:
    """A notification as it is shown to its reader."""

    notification: Notification
    text: str
    url: str  # where it leads
    action: str  # what that is called


def notify(
    *, user: User, kind: NotificationKind, key: str, case: Case | None = None,
    photo_request: PhotoRequest | None = None, count: int = 1,
) -> None:  # fmt: skip
    """Tell one person, once for each `kind` and `key`. Call it in the transaction of what it tells:
    the row is the outbox of the mail, too."""
    notify_all(
        users=[user], kind=kind, key=key, case=case, photo_request=photo_request, count=count
    )


def notify_all(
    *, users: Iterable[User], kind: NotificationKind, key: str, case: Case | None = None,
    photo_request: PhotoRequest | None = None, count: int = 1,
) -> None:  # fmt: skip
    """As `notify`, for several people."""
    users = list(users)
    no_mail = set(
        MailPreference.objects.filter(user__in=users, mail=False).values_list("user", flat=True)
    )
    Notification.objects.bulk_create(
        (
            Notification(
                user=user, kind=kind, key=key, case=case, photo_request=photo_request,
                count=count, mail_wanted=user.pk not in no_mail,
            )
            for user in users
        ),
        ignore_conflicts=True,
    )  # fmt: skip


def read_page(*, actor: User, notifications: Iterable[Notification]) -> list[Line]:
    """The notifications of one page, and from now on they count as read."""
    found = list(notifications)
    unread = [one.pk for one in found if one.read_at is None]
    if unread:
        with transaction.atomic():
            mine = visible_notifications(actor).filter(pk__in=unread)
            mine.update(read_at=timezone.now())
            record(actor=actor, action="notifications.read", object_type="notification",
                   count=len(unread))  # fmt: skip
    return [line(one, actor) for one in found]


def mark_all_read(*, actor: User) -> int:
    """Returns how many were unread."""
    with transaction.atomic():
        count = visible_notifications(actor).unread().update(read_at=timezone.now())
        if count:
            record(actor=actor, action="notifications.read", object_type="notification",
                   count=count)  # fmt: skip
    return count


def wants_mail(user: User) -> bool:
    return not MailPreference.objects.filter(user=user, mail=False).exists()


def prefer_mail(*, actor: User, mail: bool) -> None:
    """Mails beside what the portal shows, or none. Mails about the account's security always go."""
    with transaction.atomic():
        MailPreference.objects.update_or_create(user=actor, defaults={"mail": mail})
        if not mail:
            Notification.objects.unmailed().filter(user=actor).update(mail_wanted=False)
        record(actor=actor, action="notifications.preferred", about=actor, mail=mail)


def line(notification: Notification, reader: User) -> Line:
    """What a notification says. `case` is fetched with it, where it has one."""
    kind = NotificationKind(notification.kind)
    text = {
        NotificationKind.RECEIVED: _("Your photos have arrived. A dermatologist will read them."),
        NotificationKind.PHOTOS_WANTED: _("The dermatologist asks you for new photos."),
        NotificationKind.PHOTOS_CAME: _("The new photos that you asked for have come."),
        NotificationKind.ANSWERED: _("A dermatologist has read your photos. Your answer is here."),
        NotificationKind.AMENDED: _("The answer about your photos was changed. Please read it."),
        NotificationKind.MESSAGE: _("The clinic has written to you."),
        NotificationKind.FOLLOW_UP: _("It is time to look at the same place again."),
        NotificationKind.LABORATORY: _("There is news from the laboratory about your skin."),
        NotificationKind.PATHOLOGY: _("A pathology result is there for a case that you answered."),
        NotificationKind.SECOND_READING: _("You are asked for a second opinion."),
        NotificationKind.DISAGREEMENT: _("A second reader says something else than your answer."),
        NotificationKind.EMERGENCY: _("A patient’s message tells of an emergency sign."),
        NotificationKind.ALARM: _("The safety board raised an alarm."),
        NotificationKind.BREACH: ngettext(
            "%(count)s case is past the time by which it should have been read.",
            "%(count)s cases are past the time by which they should have been read.",
            notification.count,
        )
        % {"count": notification.count},
    }[kind]
    return Line(notification, text, _url(notification, reader), _action(kind))


def remind_follow_ups() -> int:
    """Tell patients whose time to look again has come, once for each answer; how many.

    Not where a newer answer replaced it, nor where the patient has sent the same place again.
    """
    due = _follow_ups_due().select_related("case__patient__user")[:REMINDERS]
    for review in due:
        with transaction.atomic():
            notify(user=review.case.patient.user, kind=NotificationKind.FOLLOW_UP,
                   key=f"review-{review.pk}", case=review.case)  # fmt: skip
            record(actor="scheduler", action="patient.reminded", about=review.case,
                   patient_id=review.case.patient_id, version=review.version)  # fmt: skip
    return len(due)


def _follow_ups_due():
    signed = Review.objects.signed().filter(follow_up_weeks__isnull=False)
    due = signed.filter(signed_at__lt=Now() - timedelta(weeks=1) * F("follow_up_weeks"))
    told = Notification.objects.filter(
        kind=NotificationKind.FOLLOW_UP, case=OuterRef("case"), created_at__gt=OuterRef("signed_at")
    )
    replaced = Review.objects.filter(amends=OuterRef("pk"), signed_at__isnull=False)
    again = Case.objects.filter(
        lesion=OuterRef("case__lesion"), submitted_at__gt=OuterRef("signed_at")
    )
    return due.exclude(Exists(told) | Exists(replaced) | Exists(again)).order_by("signed_at")


def _url(notification: Notification, reader: User) -> str:
    kind, case = notification.kind, notification.case
    if kind == NotificationKind.BREACH:
        return reverse("triage:clock")
    if kind == NotificationKind.ALARM:
        return reverse("triage:safety")
    if kind == NotificationKind.DISAGREEMENT:
        return reverse("triage:second_readings")
    if kind == NotificationKind.PHOTOS_WANTED:
        return reverse("triage:retake", args=[case.reference])
    if kind in (NotificationKind.MESSAGE, NotificationKind.EMERGENCY):
        return reverse("triage:thread", args=[case.reference])
    page = "triage:case" if reader.role == Role.PATIENT else "triage:reading"
    return reverse(page, args=[case.reference])


def _action(kind: NotificationKind) -> str:
    return {
        NotificationKind.RECEIVED: _("See your photos"),
        NotificationKind.PHOTOS_WANTED: _("Send new photos"),
        NotificationKind.PHOTOS_CAME: _("See the case"),
        NotificationKind.ANSWERED: _("Read the answer"),
        NotificationKind.AMENDED: _("Read the changed answer"),
        NotificationKind.MESSAGE: _("Read the message"),
        NotificationKind.FOLLOW_UP: _("See what was said"),
        NotificationKind.LABORATORY: _("Read it"),
        NotificationKind.PATHOLOGY: _("See the case"),
        NotificationKind.SECOND_READING: _("Read the case"),
        NotificationKind.DISAGREEMENT: _("See what is to be settled"),
        NotificationKind.EMERGENCY: _("Read the message"),
        NotificationKind.ALARM: _("See the safety board"),
        NotificationKind.BREACH: _("See the clock"),
    }[kind]
