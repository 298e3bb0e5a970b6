"""Requests about data, as an administrator sees them: whose, since when, how much; not what of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from portal.accounts.models import User
from portal.audit.ledger import record, record_denied
from triage import erasure
from triage.models import Erasure, LegalHold, PathologyResult, Patient, SecondReading


@dataclass(frozen=True)
class Asked:
    """One request, with what it would erase in numbers."""

    request: Erasure
    patient: Patient | None  # None: erased
    hold: LegalHold | None
    cases: int
    waiting: int  # cases that are not answered and not withdrawn
    untold: int  # laboratory results that keep it waiting
    counts: Mapping[str, int]  # only where one request is shown alone
    worked_here: bool = False

    @property
    def ready(self) -> bool:
        standing = self.request.withdrawn_at is None and self.request.carried_out_at is None
        return standing and not (self.hold or self.waiting or self.untold or self.worked_here)


def standing() -> QuerySet[Erasure]:
    """The requests to be carried out, the oldest first: to be paged."""
    return Erasure.objects.standing().order_by("asked_at", "pk")


def done() -> QuerySet[Erasure]:
    """Those carried out, the latest first."""
    return Erasure.objects.filter(carried_out_at__isnull=False).order_by("-carried_out_at", "pk")


def holds() -> QuerySet[LegalHold]:
    """The legal holds that stand, the latest first."""
    found = LegalHold.objects.filter(lifted_at__isnull=True).order_by("-placed_at", "pk")
    return found.select_related("patient__user", "placed_by")


def read_requests(*, actor: User, requests: Sequence[Erasure]) -> list[Asked]:
    """One page of them, that it was read on record."""
    with transaction.atomic():
        requests = list(requests)
        numbers = {request.patient_number for request in requests}
        untold = PathologyResult.objects.unanswered().filter(case__patient=OuterRef("pk"))
        counted = Patient.objects.select_related("user").annotate(
            all_cases=Count("cases"),
            unanswered=Count("cases", filter=Q(cases__answered_at__isnull=True)),
            has_untold=Exists(untold),
        )
        patients = counted.in_bulk(numbers)
        held = {hold.patient_id: hold for hold in holds().filter(patient__in=numbers)}
        found = [_asked(one, patients.get(one.patient_number), held) for one in requests]
        record(actor=actor, action="erasure.listed", object_type="erasure",
               requests=[str(request.pk) for request in requests])  # fmt: skip
    return found


def read_request(*, actor: User, pk: str) -> Asked:
    """One request alone. Raises Erasure.DoesNotExist (a 404)."""
    with transaction.atomic():
        request = Erasure.objects.filter(pk=pk).first()
        if request is not None:
            record(actor=actor, action="erasure.viewed", about=request,
                   patient_id=request.patient_number)  # fmt: skip
    if request is None:
        record_denied(actor=actor, action="erasure.viewed", object_type="erasure", object_id=pk)
        raise Erasure.DoesNotExist
    unfinished = SecondReading.objects.waiting() | SecondReading.objects.unsettled()
    readings = unfinished.filter(case__patient=OuterRef("pk")).order_by()
    number = readings.values("case__patient").annotate(number=Count("pk")).values("number")
    patients = Patient.objects.select_related("user").annotate(unfinished=Subquery(number))
    patient = patients.filter(pk=request.patient_number).first()
    if patient is None:
        return Asked(request, None, None, 0, 0, 0, {})
    state = erasure.standing(patient, request)
    counts = {
        "unanswered": state.open_cases,
        "untold": state.untold,
        "second_readings": patient.unfinished or 0,
    } | patient.cases.aggregate(
        cases=Count("pk", distinct=True),
        photos=Count("photos", distinct=True),
        messages=Count("thread__messages", distinct=True),
    )
    return Asked(
        request=request, patient=patient, hold=state.hold, cases=counts["cases"],
        waiting=state.waiting, untold=state.untold, counts=counts,
        worked_here=erasure.worked_here(patient.user),
    )  # fmt: skip


def patient_called(given: str) -> Patient | None:
    """The patient with this e-mail address or number."""
    given = given.strip()
    patients = Patient.objects.select_related("user")
    if given.isdecimal() and len(given) < 19:
        return patients.filter(pk=given).first()
    return patients.filter(user__email__iexact=given).first()


def _asked(request: Erasure, patient: Patient | None, held: Mapping[int, LegalHold]) -> Asked:
    if patient is None:
        return Asked(request, None, None, 0, 0, 0, {})
    waiting, untold = patient.unanswered, 0
    if patient.has_untold or (waiting and request.open_cases_too):
        state = erasure.standing(patient)
        waiting, untold = state.waiting, state.untold
    return Asked(
        request=request, patient=patient, hold=held.get(patient.pk), cases=patient.all_cases,
        waiting=waiting, untold=untold, counts={},
    )  # fmt: skip
