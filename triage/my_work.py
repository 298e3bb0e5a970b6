"""What one reader has read, how long it took, and who agreed: for that reader's own eyes.

Nobody is compared with anybody: no function here takes two readers, and no page lists them. Each
function takes a queryset of signed reviews, so that the safety board can ask the same of all.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import (
    Aggregate,
    CharField,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, TruncWeek

from portal.accounts.models import User
from triage.conditions import CONDITIONS
from triage.models import Assessment, PathologyResult, Review, SecondReading
from triage.permissions import visible_cases
from triage.urgency import Urgency

MALIGNANT = [condition.code for condition in CONDITIONS if condition.is_malignant]


@dataclass(frozen=True)
class Times:
    """How long the cases of one urgency took."""

    urgency: Urgency
    cases: int
    measured: int  # of them, with a reading time
    reading_seconds: float | None  # median of the measured
    wait: timedelta  # median, from submission to signature
    in_time: int  # signed by the time they were due


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    same: int
    of: int

    @property
    def percent(self) -> int | None:
        """None where nothing is known."""
        return round(100 * self.same / self.of) if self.of else None


@dataclass(frozen=True)
class Agreement:
    """The reader's diagnosis against everybody else's."""

    before: Share  # with the model's likeliest: the first opinion, given before the reveal
    after: Share  # the signed diagnosis
    came: int  # differed first, and signed what the model said
    left: int  # agreed first, and signed something else
    second_readers: Share
    pathology: Share  # the same diagnosis
    malignancy: Share  # pathology too: both say cancer, or neither does


@dataclass(frozen=True)
class Week:
    begins: date  # a Monday
    cases: int
    reading_seconds: float | None  # median


def signed_by(reader: User, *, since: datetime | None = None) -> QuerySet[Review]:
    """What this reader has signed of the cases that they may see; amendments are no new reading."""
    signed = Review.objects.signed().filter(reader=reader, version=1)
    found = signed.filter(case__in=visible_cases(reader)).order_by("-signed_at", "-pk")
    return found.filter(signed_at__gte=since) if since else found


def times(reviews: QuerySet[Review]) -> list[Times]:
    """By the urgency that was signed, the most urgent first."""
    waited = ExpressionWrapper(F("signed_at") - F("case__submitted_at"), DurationField())
    rows = (
        reviews.order_by()
        .values("urgency")
        .annotate(
            cases=Count("pk"),
            measured=Count("reading_seconds"),
            seconds=_Median("reading_seconds"),
            wait=_Median(_Seconds(waited)),
            in_time=Count("pk", filter=Q(signed_at__lte=F("case__due_at"))),
        )
        .order_by("urgency")
    )
    return [
        Times(
            Urgency(row["urgency"]), row["cases"], row["measured"], row["seconds"],
            timedelta(seconds=row["wait"]), row["in_time"],
        )
        for row in rows
    ]  # fmt: skip


def agreement(reviews: QuerySet[Review]) -> Agreement:
    """With the model, with second readers and with pathology, in one query."""
    rows = reviews.annotate(
        likeliest=_likeliest(), truth=_truth(), agreed=_second(False), disagreed=_second(True)
    )
    found = rows.aggregate(
        **_with_model(), **_with_pathology(), seconds=Sum(F("agreed") + F("disagreed")),
        same=Sum("agreed"),
    )  # fmt: skip
    known = {name: value or 0 for name, value in found.items()}
    return Agreement(
        before=Share(known["before"], known["opined"]),
        after=Share(known["after"], known["opined"]),
        came=known["came"],
        left=known["left"],
        second_readers=Share(known["same"], known["seconds"]),
        pathology=Share(known["found"], known["reported"]),
        malignancy=Share(known["alike"], known["reported"]),
    )


def _with_model() -> dict[str, Count]:
    """Of the reviews that began with a first opinion, where there was a result to reveal."""
    opined = Q(likeliest__isnull=False) & ~Q(first_diagnosis="")
    before, after = Q(first_diagnosis=F("likeliest")), Q(diagnosis=F("likeliest"))
    return {
        "opined": Count("pk", filter=opined),
        "before": Count("pk", filter=opined & before),
        "after": Count("pk", filter=opined & after),
        "came": Count("pk", filter=opined & ~before & after),
        "left": Count("pk", filter=opined & before & ~after),
    }


def _with_pathology() -> dict[str, Count]:
    both = Q(diagnosis__in=MALIGNANT, truth__in=MALIGNANT)
    neither = ~Q(diagnosis__in=MALIGNANT) & ~Q(truth__in=MALIGNANT)
    reported = Q(truth__isnull=False)
    return {
        "reported": Count("pk", filter=reported),
        "found": Count("pk", filter=reported & Q(diagnosis=F("truth"))),
        "alike": Count("pk", filter=reported & (both | neither)),
    }


def weeks(reviews: QuerySet[Review], *, until: date, number: int = 12) -> list[Week]:
    """The last weeks up to the one of `until`, the oldest first, those without a case too."""
    last = until - timedelta(days=until.weekday())
    first = last - timedelta(weeks=number - 1)
    rows = (
        reviews.order_by()
        .filter(signed_at__date__gte=first)
        .annotate(week=TruncWeek("signed_at"))
        .values("week")
        .annotate(cases=Count("pk"), seconds=_Median("reading_seconds"))
    )
    found = {row["week"].date(): row for row in rows}
    begins = [first + timedelta(weeks=week) for week in range(number)]
    return [
        Week(day, found[day]["cases"], found[day]["seconds"])
        if day in found
        else Week(day, 0, None)
        for day in begins
    ]


class _Median(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


class _Seconds(Func):
    template = "EXTRACT(EPOCH FROM %(expressions)s)"
    output_field = FloatField()


def _second(disagrees: bool) -> Coalesce:
    """How many second readings of an answer differ from it, or agree."""
    given = SecondReading.objects.filter(review=OuterRef("pk"), signed_at__isnull=False)
    rows = given.filter(disagrees=disagrees).order_by().values("review")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


def _truth() -> Subquery:
    """What the pathologist found of the case, by the newest report that stands."""
    found = PathologyResult.objects.standing().filter(case=OuterRef("case"))
    return Subquery(found.order_by("-reported_on", "-pk").values("diagnosis")[:1])


def _likeliest() -> Subquery:
    """The label that the model found likeliest in what was revealed, as `Assessment.top` has it."""
    label = RawSQL(
        "(SELECT key FROM jsonb_each_text(COALESCE(history_probabilities, probabilities))"
        " ORDER BY value::float DESC, key LIMIT 1)",
        (),
        output_field=CharField(),
    )
    revealed = Assessment.objects.filter(
        case=OuterRef("case"), created_at__lte=OuterRef("revealed_at")
    )
    return Subquery(
        revealed.annotate(label=label).order_by("-created_at", "-pk").values("label")[:1]
    )
