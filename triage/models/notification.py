"""Word to one person that something happened, in the portal and by mail; the row is the outbox."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from triage.models.case import Case
from triage.models.photo_request import PhotoRequest


class NotificationKind(models.TextChoices):
    RECEIVED = "received"
    PHOTOS_WANTED = "photos_wanted"
    PHOTOS_CAME = "photos_came"  # for staff: those that they asked for
    ANSWERED = "answered"
    AMENDED = "amended"  # an answer that the patient was told of has changed
    MESSAGE = "message"
    FOLLOW_UP = "follow_up"  # the time to look again has come
    BREACH = "breach"  # for staff: cases are past their time
    LABORATORY = "laboratory"  # a clinician has told of a pathology result
    PATHOLOGY = "pathology"  # for staff: a result about a case that they answered
    SECOND_READING = "second_reading"  # for staff: somebody is asked to read a case
    DISAGREEMENT = "disagreement"  # for staff: a second reader says something else
    EMERGENCY = "emergency"  # for staff: a message tells of an emergency sign
    ALARM = "alarm"  # for administrators: an alarm of the safety board


ANSWERS = (NotificationKind.ANSWERED, NotificationKind.AMENDED)  # word of a signed review


class NotificationQuerySet(models.QuerySet["Notification"]):
    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at__isnull=True)

    def unmailed(self) -> "NotificationQuerySet":
        """The outbox: what a mail server has still to take."""
        return self.filter(mail_wanted=True, mailed_at__isnull=True)

    def stuck(self, since: datetime) -> "NotificationQuerySet":
        """Tried in vain, for somebody whose account works, and told before then."""
        tried = self.unmailed().filter(created_at__lt=since, user__is_active=True)
        return tried.exclude(mail_problem="")


class Notification(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications"
    )
    kind = models.CharField(max_length=20, choices=NotificationKind)
    key = models.CharField(max_length=60)  # what it is about, so that it is told once: review-12
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+")
    photo_request = models.ForeignKey(
        PhotoRequest, on_delete=models.PROTECT, null=True, related_name="+"
    )
    count = models.PositiveIntegerField(default=1)  # of cases, where it is about several
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    # the mail (triage/outbox.py): claimed for a while by one sweep, tried until it is taken
    mail_wanted = models.BooleanField(default=True)
    mail_after = models.DateTimeField(default=timezone.now)  # not to be tried before
    mail_attempts = models.PositiveSmallIntegerField(default=0)  # that a server refused
    mail_problem = models.CharField(max_length=60, blank=True)
    mailed_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "key"], name="notification_told_once"),
            models.CheckConstraint(
                condition=Q(kind__in=NotificationKind.values), name="notification_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=NotificationKind.PHOTOS_WANTED) | Q(photo_request__isnull=False),
                name="notification_of_photos_names_the_request",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_of_user"),
            models.Index(
                fields=["user"], name="notification_unread", condition=Q(read_at__isnull=True)
            ),
            models.Index(
                fields=["mail_after"],
                name="notification_outbox",
                condition=Q(mail_wanted=True, mailed_at__isnull=True),
            ),
        ]


class MailPreference(models.Model):
    """Whether somebody wants mails beside what the portal shows; who has no row wants them."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    mail = models.BooleanField(default=True)
