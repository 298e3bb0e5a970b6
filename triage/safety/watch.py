"""What must not go unnoticed: looked at every few minutes, raised once, cleared when it is over."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Role, User
from portal.audit.ledger import record
from triage.models import ModelVersion, Notification, NotificationKind, SafetyAlarm
from triage.notifications import notify_all
from triage.safety import board, drift, operations
from triage.safety.drift import Level

STALLED = timedelta(seconds=120)  # the oldest case that waits for the model
MAILED_BY = timedelta(minutes=30)  # after somebody was told in the portal
FAILED_SHARE, FAILED_LEAST = 0.05, 3  # of the cases of a day, and at least so many
SENSITIVITY = 0.95  # of which the thresholds were chosen


def titles() -> dict[str, str]:
    """What each alarm is called."""
    return {
        "stalled": _("Cases wait too long for the model"),
        "no-worker": _("No worker can score"),
        "failures": _("The model gives up on many cases"),
        "model": _("A worker cannot load the active model"),
        "mails": _("Mails do not go out"),
        "sensitivity": _("Sensitivity is surely below 95 %"),
        **{f"drift-{name}": drift.label_of(name) for name in drift.QUANTITIES},
    }


def look() -> dict[str, str]:
    """What is wrong now: the alarm's name, what was seen. In English, as the ledger is."""
    active = ModelVersion.objects.active()
    found = _working(operations.look()) | _mails()
    if active is None:
        found["model"] = "No model is active."
    elif active.problem:
        found["model"] = active.problem
    if active is not None:
        for one in drift.current():
            if one.level is Level.ALARM:
                found[f"drift-{one.name}"] = (
                    f"The newest {one.recent} differ from the reference: population stability "
                    f"index {one.stability:.2f}, alarm from {drift.ALARM}."
                )
    seen = board.current("90").everything.sensitivity
    if seen.of >= board.LEAST and seen.high < SENSITIVITY:
        found["sensitivity"] = (
            f"{seen.count} of {seen.of} cancers of 90 days were called suspicious: "
            f"{seen.value:.3f} ({seen.low:.3f} to {seen.high:.3f})."
        )
    return found


def sweep() -> None:
    """Raise what is new and tell administrators, clear what is over; each once, in the ledger."""
    found = look()
    with transaction.atomic():
        standing = {
            alarm.name: alarm for alarm in SafetyAlarm.objects.standing().select_for_update()
        }
        _raise({name: text for name, text in found.items() if name not in standing})
        for name, alarm in standing.items():
            if name not in found:
                alarm.cleared_at = timezone.now()
                alarm.save(update_fields=["cleared_at"])
                record(actor="scheduler", action="safety.alarm_cleared", about=alarm, alarm=name)


def _raise(found: Mapping[str, str]) -> None:
    for name, text in found.items():
        alarm, new = SafetyAlarm.objects.get_or_create(
            name=name, cleared_at=None,
            defaults={"found": text[:300], "raised_at": timezone.now()},
        )  # fmt: skip
        if new:
            notify_all(users=User.objects.filter(role=Role.ADMINISTRATOR, is_active=True),
                       kind=NotificationKind.ALARM, key=f"alarm-{alarm.pk}")  # fmt: skip
            record(actor="scheduler", action="safety.alarm_raised", about=alarm, alarm=name,
                   found=text[:300])  # fmt: skip


def _mails() -> dict[str, str]:
    stuck = Notification.objects.stuck(timezone.now() - MAILED_BY)
    first = stuck.order_by("created_at").values_list("created_at", flat=True).first()
    if first is None:
        return {}
    return {"mails": f"{stuck.count()} not mailed, the oldest of {first:%Y-%m-%d %H:%M} UTC."}


def _working(now: operations.Operations) -> dict[str, str]:
    found = {}
    if now.oldest_unscored and timezone.now() - now.oldest_unscored > STALLED:
        found["stalled"] = (
            f"{now.unscored} not scored, the oldest sent {now.oldest_unscored:%Y-%m-%d %H:%M} UTC."
        )
    if not now.able:
        found["no-worker"] = f"{now.workers} workers were seen lately, none of them can score."
    many = now.failed_of_sent >= max(FAILED_LEAST, FAILED_SHARE * now.sent)
    if many:
        found["failures"] = f"{now.failed_of_sent} of the last day's {now.sent} cases."
    return found
