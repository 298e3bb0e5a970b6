"""What must not go unnoticed: looked at every few minutes, raised once, cleared when it is over."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import Clinic, Role, User
from portal.audit.ledger import record
from triage.models import Case, ModelVersion, Notification, NotificationKind, SafetyAlarm
from triage.notifications import notify_all
from triage.safety import board, drift, operations
from triage.safety.drift import Level
from triage.urgency import Urgency

STALLED = timedelta(seconds=120)  # the oldest case that waits for the model
MAILED_BY = timedelta(minutes=30)  # after somebody was told in the portal
FAILED_SHARE, FAILED_LEAST = 0.05, 3  # of the cases of a day, and at least so many
SENSITIVITY = 0.95  # of which the thresholds were chosen
NOBODY_READS = "nobody-reads-"  # and the clinic's number


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


def title_of(name: str) -> str:
    """What an alarm is called; that of a clinic has the clinic's number at its end."""
    if name.startswith(NOBODY_READS):
        return _("Open cases lie in a clinic where nobody can read")
    return titles().get(name, name)


def look() -> dict[str, str]:
    """What is wrong now: the alarm's name, what was seen. In English, as the ledger is."""
    active = ModelVersion.objects.active()
    found = _working(operations.look()) | _mails() | _nobody_reads()
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


def _nobody_reads() -> dict[str, str]:
    """An alarm for each clinic, so that the second one is told of too."""
    waiting = Case.objects.open().filter(clinic__in=Clinic.objects.nobody_reads()).order_by()
    rows = waiting.values_list("clinic", "clinic__name").annotate(
        open=Count("pk"), emergencies=Count("pk", filter=Q(urgency=Urgency.EMERGENCY))
    )
    return {
        f"{NOBODY_READS}{clinic}": (
            f"{name} has no dermatologist whose account works: open cases {open_cases}, "
            f"emergencies among them {emergencies}."
        )
        for clinic, name, open_cases, emergencies in rows
    }


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
        found["no-worker"] = f"Workers seen lately: {now.workers}. None of them can score."
    many = now.failed_of_sent >= max(FAILED_LEAST, FAILED_SHARE * now.sent)
    if many:
        found["failures"] = f"{now.failed_of_sent} of the last day's {now.sent} cases."
    return found
