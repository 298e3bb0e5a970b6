"""How long records are kept: which are over their time, and erasing them when it has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, DateTimeField, Exists, F, Max, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.audit.ledger import record
from triage import conversations, drafts, erasure, photos, rulebook
from triage.models import Case, LegalHold, PathologyResult, Patient, Review

CHILD_UNTIL = 25  # years of age: the record of somebody treated as a minor is kept until then
AHEAD = timedelta(days=90)  # how far the list looks
NOTICE = timedelta(days=30)  # before a shorter time holds: to see on the list what it would erase
AT_ONCE = 20  # erasures in one run: a wrong clock must not empty the portal overnight
SHORTER = (  # what goes by itself much earlier, each swept by its own module
    (_("Forms that were begun and not sent"), drafts.KEPT.days),
    (_("Photos that were never sent"), photos.UPLOAD_KEPT.days),
    (_("Talks with the assistant that did not become a form"), conversations.KEPT.days),
)
NEVER = datetime(1970, 1, 1, tzinfo=timezone.get_fixed_timezone(0))


@dataclass(frozen=True)
class Due:
    """A record whose time is over, or soon will be."""

    patient_number: int
    last_contact: date
    on: date  # from here on it is erased
    cases: int
    held: bool  # a legal hold stands: it stays
    waiting: bool  # a case was never answered, or a result not told: it stays until somebody looks

    @property
    def over(self) -> bool:
        return self.on <= timezone.localdate()


def years(*, on: date | None = None) -> int:
    """How long a record is kept after the last contact, by the rule book as of that day (today).

    A shorter time holds only once it has stood for NOTICE: it cannot be taken back from what it
    has erased.
    """
    since = timezone.now() - NOTICE
    if on is not None:
        since += on - timezone.localdate()
    return max(rules.site.keep_records_years for rules in rulebook.since(since))


def shortened() -> tuple[int, date] | None:
    """The shorter time that is to come, and from when on; None where none is."""
    wanted, changed = rulebook.current().site.keep_records_years, rulebook.changed_at()
    if changed is None or wanted == years():
        return None
    return wanted, timezone.localdate(changed + NOTICE) + timedelta(days=1)


def with_less(*, years: int) -> tuple[int, date] | None:
    """How many records more would be erased by themselves if they were kept for so many years
    only, and from when on; None where that is no shorter than what is decided."""
    first = timezone.localdate() + NOTICE + timedelta(days=1)
    decided = rulebook.current().site.keep_records_years
    if years >= decided:
        return None
    then, now = (
        _over(first, kept).filter(held=False, waiting=False).count() for kept in (years, decided)
    )
    return then - now, first


def due(*, by: date) -> QuerySet[Patient]:
    """Patients whose record is over its time on that day, the longest first."""
    return _over(by, years(on=by))


def _over(by: date, kept: int) -> QuerySet[Patient]:
    last = _years_before(by, kept)
    born = _years_before(by, CHILD_UNTIL)
    return (
        _with_contact()
        .filter(last_contact__date__lte=last)
        .exclude(birth_date__gt=born)
        .order_by("last_contact", "pk")
    )


def read_due(*, actor: User, patients: Sequence[Patient]) -> list[Due]:
    """One page of the list without a clinical word, that it was read on record."""
    with transaction.atomic():
        kept, coming = years(), shortened()
        found = [_due(patient, kept, coming) for patient in patients]
        record(actor=actor, action="retention.listed", object_type="patient",
               patients=[one.patient_number for one in found])  # fmt: skip
    return found


def carry_out_due() -> int:
    """Erase what is over its time, but what is held or waits for an answer; how many.

    The longest over first, AT_ONCE at most, each in a transaction of its own.
    """
    over = due(by=timezone.localdate()).filter(held=False, waiting=False)
    erased = 0
    for patient in over.select_related("user")[:AT_ONCE]:
        if erasure.worked_here(patient.user):
            continue
        try:
            erasure.carry_out(actor="scheduler", request=erasure.because_of_retention(patient))
        except (erasure.HoldStands, erasure.CasesWait, erasure.NothingAsked):
            continue  # came between the list and the lock
        erased += 1
    return erased


def _with_contact() -> QuerySet[Patient]:
    """With the last time that the patient or the clinic did anything: log-in, sending, answer."""
    sent = Case.objects.filter(patient=OuterRef("pk")).order_by().values("patient")
    signed = Review.objects.signed().order_by().filter(case__patient=OuterRef("pk"))
    latest = Greatest(
        F("user__date_joined"),
        Coalesce(F("user__last_login"), Value(NEVER)),
        Coalesce(sent.annotate(at=Max("submitted_at")).values("at"), Value(NEVER)),
        Coalesce(
            signed.values("case__patient").annotate(at=Max("signed_at")).values("at"), Value(NEVER)
        ),
        output_field=DateTimeField(),
    )
    held = LegalHold.objects.filter(patient=OuterRef("pk"), lifted_at__isnull=True)
    waiting = Case.objects.open().filter(patient=OuterRef("pk"))
    untold = PathologyResult.objects.unanswered().filter(case__patient=OuterRef("pk"))
    count = sent.annotate(all=Count("pk")).values("all")
    return Patient.objects.annotate(
        last_contact=latest, held=Exists(held), waiting=Exists(waiting) | Exists(untold),
        sendings=Coalesce(count, Value(0)),
    )  # fmt: skip


def _due(patient: Patient, kept: int, coming: tuple[int, date] | None) -> Due:
    contact = timezone.localdate(patient.last_contact)
    on = _years_after(contact, kept)
    if coming:
        on = min(on, max(_years_after(contact, coming[0]), coming[1]))
    if patient.birth_date is not None:
        on = max(on, _years_after(patient.birth_date, CHILD_UNTIL))
    return Due(
        patient_number=patient.pk, last_contact=contact, on=on, cases=patient.sendings,
        held=patient.held, waiting=patient.waiting,
    )  # fmt: skip


def _years_before(day: date, count: int) -> date:
    return _years_after(day, -count)


def _years_after(day: date, count: int) -> date:
    """The same day of another year; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + count)
    except ValueError:
        return date(day.year + count, 3, 1)
