"""The patient's own lesions: what each one is called, how it stands, and what changed over time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Prefetch, Window
from django.db.models.functions import TruncDate, TruncMinute
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from portal.accounts.models import User
from portal.audit.ledger import record, record_denied
from triage import pathology
from triage.answers import Answer, as_told
from triage.models import Case, Lesion, Photo, Review, Symptoms
from triage.permissions import visible_lesions
from triage.symptoms import QUESTIONS, Kind, Question

NICKNAME_LIMIT = 60
SOON = timedelta(days=14)  # from here on a check that is due is called so
# A length of time grows by itself; that is no change of the lesion.
COMPARED = tuple(question for question in QUESTIONS if question.name != "duration_weeks")


@dataclass(frozen=True)
class Change:
    """An answer that differs from the one of the sending before."""

    question: str
    before: str
    now: str


@dataclass(frozen=True)
class Check:
    """When the newest signed answer asks for another look."""

    on: date
    weeks: int  # as the clinician wrote it

    @property
    def due(self) -> bool:
        return self.on <= timezone.localdate()

    @property
    def soon(self) -> bool:
        return not self.due and self.on <= timezone.localdate() + SOON


@dataclass(frozen=True)
class Spot:
    """One lesion as the list shows it."""

    lesion: Lesion
    latest: Case
    sendings: int
    photo: Photo | None  # the newest
    answer: Answer | None  # the newest that is signed
    check: Check | None
    laboratory: Case | None  # where it found otherwise than was answered


@dataclass(frozen=True)
class Sending:
    """One case of a lesion on its timeline."""

    case: Case
    when: str  # it was sent: the day, and the time where another one came on it
    photos: tuple[Photo, ...]
    answer: Answer | None
    laboratory: bool  # it found otherwise than was answered
    earlier: Case | None  # the sending before
    earlier_when: str  # that one was sent
    changes: tuple[Change, ...]  # since then
    diameter: str  # as told, "" where it was not


class NicknameTooLong(ValueError):
    """A name for a lesion has 60 characters at most."""


def of(user: User) -> Sequence[Lesion]:
    """The lesions that this user may see as their own, the latest sent first: to be paged."""
    return (
        visible_lesions(user)
        .annotate(last_sent_at=Max("cases__submitted_at"))
        .filter(last_sent_at__isnull=False)
        .order_by("-last_sent_at", "-pk")
    )


def read_list(*, actor: User, lesions: Iterable[Lesion], page: int) -> list[Spot]:
    """How the lesions of one page stand, the look at them on record."""
    with transaction.atomic():
        found = list(lesions)
        sent = Case.objects.filter(lesion__in=found).order_by("-submitted_at", "-pk")
        by_lesion: dict[int, list[Case]] = {}
        for case in pathology.with_found(sent).prefetch_related("photos", _signed()):
            by_lesion.setdefault(case.lesion_id, []).append(case)
        record(actor=actor, action="lesion.listed", object_type="lesion", page=page,
               patient_id=found[0].patient_id if found else None,
               lesions=[str(lesion.public_id) for lesion in found])  # fmt: skip
    return [_spot(lesion, by_lesion[lesion.pk]) for lesion in found]


def find(*, actor: User, public_id: str) -> Lesion:
    """One lesion of this user's; what is read or done then puts it on record. Raises
    Lesion.DoesNotExist (a 404)."""
    lesion = visible_lesions(actor).filter(public_id=public_id).first()
    if lesion is None:
        record_denied(
            actor=actor, action="lesion.viewed", object_type="lesion", object_id=str(public_id)
        )
        raise Lesion.DoesNotExist
    return lesion


def cases_of(lesion: Lesion) -> Sequence[Case]:
    """The sendings of a lesion, the latest first, with how many came with it: to be paged."""
    on_day = Window(Count("pk"), partition_by=TruncDate("submitted_at"))
    in_minute = Window(Count("pk"), partition_by=TruncMinute("submitted_at"))
    sent = lesion.cases.annotate(on_day=on_day, in_minute=in_minute)
    sent = sent.select_related("lesion", "symptoms").order_by("-submitted_at", "-pk")
    return pathology.with_found(sent).prefetch_related("photos", _signed())


def read_timeline(*, actor: User, lesion: Lesion, start: int, count: int) -> list[Sending]:
    """`count` sendings from the `start`th on, each beside the one before it; on record."""
    with transaction.atomic():
        cases = list(cases_of(lesion)[start : start + count + 1])  # one more to compare with
        shown = cases[:count]
        _record_look(actor, lesion, [case.reference for case in shown])
    return [
        _sending(case, cases[nth + 1] if nth + 1 < len(cases) else None)
        for nth, case in enumerate(shown)
    ]


def moments(photos: Iterable[Photo]) -> dict[int, str]:
    """When each case of these photos was sent, by its key."""
    sent = {photo.case_id: photo.case.submitted_at for photo in photos}
    days = Counter(timezone.localdate(at) for at in sent.values())
    minutes = Counter(at.replace(second=0, microsecond=0) for at in sent.values())
    return {
        pk: _moment(at, days[timezone.localdate(at)], minutes[at.replace(second=0, microsecond=0)])
        for pk, at in sent.items()
    }


def _moment(at: datetime, on_day: int, in_minute: int) -> str:
    """The day; the time where several were sent on it, to the second where within a minute."""
    local = timezone.localtime(at)
    time = "%H:%M:%S" if in_minute > 1 else "%H:%M"
    return date_format(local, "DATE_FORMAT") + (f", {local:{time}}" if on_day > 1 else "")


def read_photos(*, actor: User, lesion: Lesion) -> list[Photo]:
    """All photos of a lesion, the latest sending first, to choose two of; on record."""
    with transaction.atomic():
        photos = list(
            Photo.objects.filter(case__lesion=lesion)
            .select_related("case")
            .order_by("-case__submitted_at", "-case_id", "position")
        )
        _record_look(actor, lesion, list({photo.case.reference: None for photo in photos}))
    return photos


def check_of(lesion: Lesion) -> Check | None:
    """When this lesion is to be looked at again, by its newest signed answer."""
    signed = Review.objects.signed().filter(case__lesion=lesion).order_by("signed_at", "pk")
    return follow_up(signed.last())


def follow_up(review: Review | None) -> Check | None:
    """The next look that a signed review asks for, if it does."""
    if review is None or not review.follow_up_weeks:
        return None
    day = timezone.localdate(review.signed_at) + timedelta(weeks=review.follow_up_weeks)
    return Check(day, review.follow_up_weeks)


def rename(*, actor: User, lesion: Lesion, nickname: str) -> None:
    """Call a lesion what the patient calls it; "" takes the name away. The ledger says that, not
    the name. Raises NicknameTooLong."""
    nickname = " ".join(nickname.split())
    if len(nickname) > NICKNAME_LIMIT:
        raise NicknameTooLong
    with transaction.atomic():
        lesion.nickname = nickname
        lesion.save(update_fields=["nickname"])
        record(actor=actor, action="lesion.renamed", object_type="lesion",
               object_id=str(lesion.public_id), patient_id=lesion.patient_id,
               named=bool(nickname))  # fmt: skip


def changes(before: Symptoms | None, now: Symptoms | None) -> tuple[Change, ...]:
    """What the patient answered otherwise than the time before, in the order of the form.

    What nobody asked or answered on either side is no change.
    """
    if before is None or now is None:
        return ()
    pairs = [(q, getattr(before, q.name), getattr(now, q.name)) for q in COMPARED]
    return tuple(
        Change(str(question.text), said(question, old), said(question, new))
        for question, old, new in pairs
        if old != new
    )


def said(question: Question, value: bool | float | None) -> str:
    """An answer in words."""
    if value is None:
        return pgettext("answer", "not sure, or not answered")
    if question.kind is Kind.YES_NO:
        return pgettext("answer", "yes") if value else pgettext("answer", "no")
    if question.name == "duration_weeks":
        weeks = int(value)
        if weeks < 1:
            return _("less than a week")
        return ngettext("%(number)d week", "%(number)d weeks", weeks) % {"number": weeks}
    return _("%(number)s mm") % {"number": number_format(f"{value:g}")}


def told(case: Case) -> tuple[tuple[str, str], ...]:
    """Every question, and what the patient answered; nothing where none were asked."""
    symptoms = symptoms_of(case)
    if symptoms is None:
        return ()
    return tuple((str(q.text), said(q, getattr(symptoms, q.name))) for q in QUESTIONS)


def _record_look(actor: User, lesion: Lesion, references: list[str]) -> None:
    record(actor=actor, action="lesion.viewed", object_type="lesion",
           object_id=str(lesion.public_id), patient_id=lesion.patient_id,
           references=references)  # fmt: skip


def _signed() -> Prefetch:
    signed = Review.objects.signed().select_related("reader").order_by("signed_at", "pk")
    return Prefetch("reviews", signed, to_attr="signed_reviews")


def _contradicted(case: Case) -> bool:
    """A laboratory found otherwise than this case was answered, and the patient was told."""
    signed = case.signed_reviews
    return bool(signed) and pathology.contradicts(case.found, signed[-1].diagnosis)


def _spot(lesion: Lesion, cases: list[Case]) -> Spot:
    """`cases` are the lesion's, the latest first."""
    signed = sorted(
        (review for case in cases for review in case.signed_reviews),
        key=lambda review: (review.signed_at, review.pk),
    )
    photos = [photo for case in cases for photo in case.photos.all()]
    newest = signed[-1] if signed else None
    laboratory = next(filter(_contradicted, cases), None)
    return Spot(
        lesion=lesion, latest=cases[0], sendings=len(cases), photo=photos[0] if photos else None,
        answer=as_told(newest) if newest else None, laboratory=laboratory,
        check=None if laboratory else follow_up(newest),  # it was asked for by what is replaced
    )  # fmt: skip


def _sending(case: Case, earlier: Case | None) -> Sending:
    told = symptoms_of(case)
    width = next(question for question in QUESTIONS if question.name == "diameter_mm")
    return Sending(
        case=case, when=_when(case), photos=tuple(case.photos.all()),
        answer=as_told(case.signed_reviews[-1]) if case.signed_reviews else None,
        laboratory=_contradicted(case),
        earlier=earlier,
        earlier_when=_when(earlier) if earlier else "",
        changes=changes(symptoms_of(earlier), told),
        diameter=said(width, told.diameter_mm) if told and told.diameter_mm else "",
    )  # fmt: skip


def _when(case: Case) -> str:
    return _moment(case.submitted_at, case.on_day, case.in_minute)


def symptoms_of(case: Case | None) -> Symptoms | None:
    return getattr(case, "symptoms", None)
