"""Who is on duty: a rota that the clinic's dermatologists and administrators keep."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts.models import Role, User
from portal.audit.ledger import record
from triage.models import Case, DutyShift, SecondReading


class NotYourRota(Exception):
    """Only this clinic's dermatologists and administrators keep its rota."""


class NotOnTheRota(Exception):
    """Only dermatologists of this clinic whose account works can be on duty."""


class WrongTimes(Exception):
    """A duty ends after it starts, and not in the past."""


class FarTimes(Exception):
    """A duty starts at most a year ago and ends within two years. Check the dates."""


class OnDutyAlready(Exception):
    """This person is on the rota for a part of this time already. Take that duty off first."""


EARLIEST, LATEST = timedelta(days=366), timedelta(days=2 * 366)  # before and after now


def on_duty(clinic_id: int, at: datetime) -> list[User]:
    """Who is called for this clinic; every dermatologist of it where nobody is on the rota."""
    dermatologists = User.objects.filter(
        clinic_id=clinic_id, role=Role.DERMATOLOGIST, is_active=True
    )
    shifts = DutyShift.objects.filter(clinic_id=clinic_id, starts_at__lte=at, ends_at__gt=at)
    called = list(dermatologists.filter(pk__in=shifts.values("user")))
    return called or list(dermatologists)


def what_hangs_on(person: User) -> list[str]:
    """What the clinic would lose with this dermatologist, a sentence each; for administrators."""
    if not (person.is_dermatologist and person.is_active):
        return []
    now, clinic = timezone.now(), {"clinic_id": person.clinic_id}
    found = []
    on_now = DutyShift.objects.filter(starts_at__lte=now, ends_at__gt=now, **clinic)
    if on_now.filter(user=person).exists():
        found.append(_("This person is on duty now."))
    others = User.objects.filter(role=Role.DERMATOLOGIST, is_active=True, **clinic)
    if not others.exclude(pk=person.pk).exists():
        count = Case.objects.open().filter(**clinic).count()
        text = ngettext(
            "This is the last dermatologist who can read in this clinic (%(count)d open case).",
            "This is the last dermatologist who can read in this clinic (%(count)d open cases).",
            count,
        )
        found.append(text % {"count": count})
    if count := SecondReading.objects.waiting().filter(reader=person).count():
        text = ngettext(
            "%(count)d second reading is with this person.",
            "%(count)d second readings are with this person.",
            count,
        )
        found.append(text % {"count": count})
    return found


def administrators(clinic_id: int) -> list[User]:
    """Who is called where nobody reads: the clinic's administrators, else all of the portal's."""
    able = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    return list(able.filter(clinic_id=clinic_id)) or list(able)


def add(*, actor: User, user: User, starts_at: datetime, ends_at: datetime) -> DutyShift:
    """Raises NotYourRota, NotOnTheRota, WrongTimes, FarTimes, OnDutyAlready."""
    _check(actor)
    if user.clinic_id != actor.clinic_id or not user.is_dermatologist or not user.is_active:
        raise NotOnTheRota
    now = timezone.now()
    if ends_at <= starts_at or ends_at <= now:
        raise WrongTimes
    if starts_at < now - EARLIEST or ends_at > now + LATEST:
        raise FarTimes
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two tabs come one by one
        theirs = DutyShift.objects.filter(clinic_id=actor.clinic_id, user=user)
        if theirs.filter(starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
            raise OnDutyAlready
        shift = DutyShift.objects.create(
            clinic_id=actor.clinic_id, user=user, starts_at=starts_at, ends_at=ends_at
        )
        record(actor=actor, action="duty.added", about=shift, user=user.pk,
               starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat())  # fmt: skip
    return shift


def take_off(*, actor: User, shift_id: int) -> bool:
    """False where it was gone before. Raises NotYourRota."""
    _check(actor)
    with transaction.atomic():
        mine = DutyShift.objects.select_for_update().filter(clinic_id=actor.clinic_id)
        shift = mine.filter(pk=shift_id).first()
        if shift is None:
            return False
        record(actor=actor, action="duty.taken_off", about=shift, user=shift.user_id,
               starts_at=shift.starts_at.isoformat(),
               ends_at=shift.ends_at.isoformat())  # fmt: skip
        shift.delete()
    return True


def rota(clinic_id: int) -> QuerySet[DutyShift]:
    """What is to come, and what is on now."""
    shifts = DutyShift.objects.filter(clinic_id=clinic_id, ends_at__gt=timezone.now())
    return shifts.select_related("user").order_by("starts_at", "pk")


def _check(actor: User) -> None:
    if not (actor.is_active and actor.works_here):
        raise NotYourRota
