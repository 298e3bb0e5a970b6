"""Pathology: enter or correct a result, close the loop with the patient.

A result is the truth that reader and model are judged by. It is written once; a mistake is
corrected by a new one. The patient learns it from a clinician's words, never from the row itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db import IntegrityError, transaction
from django.db.models import Case as When
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models import When as Is
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.ledger import record
from triage import conditions, notifications
from triage.models import (
    Case,
    NotificationKind,
    PathologyResult,
    PathologySource,
    Review,
    Specimen,
)
from triage.models.case import as_reference
from triage.permissions import blind_cases, visible_cases

REPORT_MAX = 10_000  # characters
UNKNOWN = conditions.Malignancy.UNKNOWN


class Incomplete(Exception):
    """The result lacks something or contradicts itself; `problems` says what, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(problems)
        self.problems = problems


class NoSuchCase(Exception):
    """There is no case with this reference in your clinic."""


class AlreadyThere(Exception):
    """This laboratory number is on record for the case already; correct that result instead."""


class AlreadyCorrected(Exception):
    """This result was corrected in the meantime; correct its newest version."""


class AnswerStands(Exception):
    """The answer does not call this cancer one: amend it first, or say that the patient is called
    and the amendment follows."""


class AlreadyTold(Exception):
    """The patient has been told of this result already, or it was corrected since."""


@dataclass(frozen=True)
class Result:
    """What the laboratory says."""

    diagnosis: str  # condition code
    reported_on: date | None
    taken_on: date | None = None
    specimen: str = Specimen.OTHER
    report: str = ""
    laboratory_number: str = ""  # the same number twice for one case is one result


def enter(
    *, actor: User, reference: str, result: Result,
    source: PathologySource = PathologySource.ENTERED,
) -> PathologyResult:  # fmt: skip
    """Put a result on record. Raises NoSuchCase, Incomplete, AlreadyThere."""
    check(result)
    with transaction.atomic():
        case = _case(actor, reference)
        row = _write(actor, case, result, source)
        _tell_reader(actor, case, row)
        record(actor=actor, action="pathology.entered", about=case, patient_id=case.patient_id,
               result_id=row.pk, source=source, diagnosis=row.diagnosis)  # fmt: skip
    return row


def correct(*, actor: User, wrong: PathologyResult, result: Result) -> PathologyResult:
    """A new result in place of a wrong one, which stays readable; the patient is to be told anew.

    Raises AlreadyCorrected, Incomplete, NoSuchCase.
    """
    check(result)
    with transaction.atomic():
        case = _case(actor, wrong.case.reference)
        locked = PathologyResult.objects.select_for_update(of=("self",)).standing()
        if locked.filter(pk=wrong.pk, case=case).first() is None:
            raise AlreadyCorrected
        row = _write(actor, case, result, PathologySource.ENTERED, corrects=wrong)
        _tell_reader(actor, case, row)
        record(actor=actor, action="pathology.corrected", about=case, patient_id=case.patient_id,
               result_id=row.pk, corrects=wrong.pk,
               diagnosis=[wrong.diagnosis, row.diagnosis])  # fmt: skip
    return row


def tell(
    *, actor: User, result: PathologyResult, text: str, called: bool = False
) -> PathologyResult:
    """A clinician has read it and tells the patient in these words. Of a cancer that the answer
    missed only once the patient is `called`, or the answer amended. Raises AlreadyTold,
    AnswerStands, Incomplete, NoSuchCase."""
    if not text.strip():
        raise Incomplete({"text": _("Write to the patient what was found and what happens next.")})
    with transaction.atomic():
        case = _case(actor, result.case.reference)
        rows = PathologyResult.objects.unanswered().select_for_update(of=("self",))
        row = rows.filter(pk=result.pk, case=case).first()
        if row is None:
            raise AlreadyTold
        against = missed(row, _said_of(case))
        if against and not called:
            raise AnswerStands
        row.told_by, row.told_at, row.told_text = actor, timezone.now(), text.strip()
        row.save(update_fields=["told_by", "told_at", "told_text"])
        notifications.notify(user=case.patient.user, kind=NotificationKind.LABORATORY,
                             key=f"pathology-{row.pk}", case=case)  # fmt: skip
        record(actor=actor, action="pathology.told", about=case, patient_id=case.patient_id,
               result_id=row.pk, called_before_amending=against)  # fmt: skip
    return row


def check(result: Result) -> None:
    """Raises Incomplete."""
    problems, today = {}, timezone.localdate()
    if conditions.find(result.diagnosis) is None:
        problems["diagnosis"] = _("Choose what was found.")
    if result.reported_on is None:
        problems["reported_on"] = _("Enter the day of the report.")
    elif result.reported_on > today:
        problems["reported_on"] = _("The day of the report is in the future.")
    if result.taken_on and result.reported_on and result.taken_on > result.reported_on:
        problems["taken_on"] = _("The specimen was taken after the report: check both days.")
    if result.specimen not in Specimen.values:
        problems["specimen"] = _("Choose a specimen from the list.")
    if len(result.report) > REPORT_MAX:
        problems["report"] = _("The report has more than 10,000 characters: shorten it.")
    if len(result.laboratory_number) > 60:
        problems["laboratory_number"] = _("A laboratory number has 60 characters at most.")
    if problems:
        raise Incomplete(problems)


def visible_results(reader: User) -> QuerySet[PathologyResult]:
    """A dermatologist's clinic's, but for cases that they are reading blind. Patients see the
    words that a clinician told them, not this."""
    if not reader.is_dermatologist:
        return PathologyResult.objects.none()
    return PathologyResult.objects.filter(case__in=visible_cases(reader)).exclude(
        case__in=blind_cases(reader)
    )


def of_case(reader: User, case: Case) -> list[PathologyResult]:
    """A case's results, the newest first, each with its correction if there is one."""
    results = visible_results(reader).filter(case=case).select_related("correction")
    return list(results.order_by("-entered_at", "-pk"))


def to_do(reader: User) -> QuerySet[PathologyResult]:
    """What no clinician has told the patient yet, and cancers that the answer missed until it is
    amended: cancers first, then the oldest.

    Each with `answered_as`, the diagnosis of the case's newest answer.
    """
    malignant = [c.code for c in conditions.CONDITIONS if c.is_malignant]
    rank = When(Is(diagnosis__in=malignant, then=Value(0)), default=Value(1),
                output_field=IntegerField())  # fmt: skip
    untold = Q(told_at__isnull=True)
    missed_still = Q(diagnosis__in=malignant, answered_as__isnull=False) & ~Q(
        answered_as__in=malignant
    )
    standing = with_answers(visible_results(reader).standing())
    return standing.filter(untold | missed_still).order_by(rank, "reported_on", "pk")


def with_answers(results: QuerySet[PathologyResult]) -> QuerySet[PathologyResult]:
    answers = Review.objects.signed().filter(case=OuterRef("case")).order_by("-version")
    return results.select_related("case__lesion", "entered_by", "correction").annotate(
        answered_as=Subquery(answers.values("diagnosis")[:1])
    )


def missed(result: PathologyResult, answered_as: str | None) -> bool:
    """A cancer that the signed answer did not call one."""
    found, said = conditions.find(result.diagnosis), conditions.find(answered_as or "")
    return bool(found and found.is_malignant and said and not said.is_malignant)


def told_to_patient(case: Case) -> list[PathologyResult]:
    """What the patient may read of a case's pathology: what a clinician told, the newest first."""
    told = case.pathology.filter(told_at__isnull=False).select_related("told_by", "correction")
    return list(told.order_by("-told_at", "-pk"))


def with_found(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Each with `found`, the diagnoses of its standing results that the patient was told."""
    told = PathologyResult.objects.standing().filter(case=OuterRef("pk"), told_at__isnull=False)
    return cases.annotate(found=ArraySubquery(told.order_by("-told_at", "-pk").values("diagnosis")))


def found_in(told: Sequence[PathologyResult]) -> list[str]:
    """The diagnoses of those that nobody corrected since."""
    return [row.diagnosis for row in told if not hasattr(row, "correction")]


def contradicts(found: Sequence[str], said: str) -> bool:
    """Whether a laboratory found a cancer that the answer does not call one, or the other way
    round. Of several samples one cancer makes it cancer; "another condition" is neither.
    """
    answer = conditions.find(said)
    known = [c for code in found if (c := conditions.find(code)) and c.malignancy is not UNKNOWN]
    return bool(answer and known) and any(c.is_malignant for c in known) != answer.is_malignant


def _said_of(case: Case) -> str | None:
    return case.reviews.signed().values_list("diagnosis", flat=True).last()


def _tell_reader(actor: User, case: Case, result: PathologyResult) -> None:
    """Whoever answered the case learns what was found, unless they entered it themselves."""
    answer = case.reviews.signed().select_related("reader").last()
    if answer and answer.reader != actor and answer.reader.is_active:
        notifications.notify(user=answer.reader, kind=NotificationKind.PATHOLOGY,
                             key=f"pathology-{result.pk}", case=case)  # fmt: skip


def _case(actor: User, reference: str) -> Case:
    found = visible_cases(actor).select_for_update(of=("self",)) if actor.is_dermatologist else None
    case = found and found.filter(reference=as_reference(reference)).first()
    if not case:
        raise NoSuchCase
    return case


def _write(
    actor: User, case: Case, result: Result, source: PathologySource,
    corrects: PathologyResult | None = None,
) -> PathologyResult:  # fmt: skip
    try:
        with transaction.atomic():  # a savepoint: the caller's transaction goes on
            return PathologyResult.objects.create(
                case=case, lesion_id=case.lesion_id, source=source, entered_by=actor,
                entered_at=timezone.now(), corrects=corrects, **vars(result),
            )  # fmt: skip
    except IntegrityError as problem:
        if "pathology_once_per_laboratory_number" in str(problem):
            raise AlreadyThere from problem
        raise
