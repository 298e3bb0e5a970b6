"""The safety board's figures, aggregated in the database and kept for a few minutes.

No patient is in them: counts of cases, by group. The model that is judged is whichever scored a
case last; its calls are by its own limits. Truth is as in truth.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from triage import my_work
from triage.models import Review, Sex, SkinType
from triage.models.lesion import BodySite
from triage.my_work import Times
from triage.safety import figures
from triage.safety.figures import Bin, Estimate, Rate
from triage.safety.truth import CANCER_CALL, CANCER_RISK, MELANOMA_CALL, PARAMETERS, TRUTH

KEPT = 300  # seconds
LEAST = 20  # cases that a rate needs; below it, it cannot be assessed
DIMENSIONS = ("skin_type", "sex", "age", "site", "device", "kind")
WINDOWS = {"30": 30, "90": 90, "365": 365, "all": None}  # days


@dataclass(frozen=True)
class Group:
    """One group of cases, against truth."""

    dimension: str  # of DIMENSIONS, or "" for all cases
    value: str  # as stored; "" where it is not known
    scored: int  # cases, answered or not
    answered: int  # cases with a truth
    sensitivity: Rate  # any cancer
    specificity: Rate
    melanoma: Rate  # sensitivity of the calls for melanoma
    pathology_sensitivity: Rate  # against pathology alone
    pathology_specificity: Rate
    photos_again: Rate  # cases whose photos were asked for again

    @property
    def label(self) -> str:
        return label_of(self.dimension, self.value)


@dataclass(frozen=True)
class Agreement:
    """A reader's words beside the model's likeliest condition."""

    readings: int
    before: Rate  # the first opinion is the model's
    before_kappa: Estimate
    after: Rate  # the signed diagnosis is the model's
    after_kappa: Estimate
    towards: Rate  # of those that differed, changed to the model's
    away: Rate  # of those that agreed, changed to another


@dataclass(frozen=True)
class Figures:
    """Everything of one window but drift, queue and hazards."""

    as_of: datetime
    since: datetime | None
    everything: Group
    groups: tuple[Group, ...]
    auc: Estimate
    calibration_error: float | None
    calibration_noise: float | None  # what chance alone makes of it with so many cases
    bins: tuple[Bin, ...]
    agreement: Agreement
    reading: tuple[Times, ...]  # of all readers together, by the urgency that was signed

    def of(self, dimension: str) -> list[Group]:
        return [group for group in self.groups if group.dimension == dimension]


AGE = """CASE WHEN p.birth_date IS NULL THEN ''
    WHEN date_part('year', age(c.submitted_at::date, p.birth_date)) < 40 THEN '16-39'
    WHEN date_part('year', age(c.submitted_at::date, p.birth_date)) < 60 THEN '40-59'
    WHEN date_part('year', age(c.submitted_at::date, p.birth_date)) < 80 THEN '60-79'
    ELSE '80+' END"""

# Each case of the window once, with the newest word of a live model on its newest photos.
JUDGED = f"""
WITH {TRUTH}, pictures AS (
    SELECT case_id, bool_or(kind = 'dermoscopic') AS dermoscopic,
           (array_agg(device ORDER BY round DESC, position))[1] AS device
    FROM triage_photo GROUP BY case_id
), judged AS (
    SELECT DISTINCT ON (c.id) c.id, truth.malignant, truth.by_pathology,
           truth.diagnosis = 'MEL' AS melanoma,
           {CANCER_CALL.format(said="said")} AS call,
           {MELANOMA_CALL.format(said="said")} AS mel_call,
           {CANCER_RISK.format(said="said")} AS risk,
           coalesce(p.skin_type::text, '') AS skin_type, p.sex, {AGE} AS age, l.body_site AS site,
           coalesce(nullif(pictures.device, ''), 'unknown') AS device,
           CASE WHEN pictures.dermoscopic THEN 'dermoscopic' ELSE 'camera' END AS kind,
           EXISTS (SELECT FROM triage_photorequest WHERE case_id = c.id) AS again
    FROM triage_case AS c
    JOIN triage_assessment AS said ON said.case_id = c.id AND NOT said.shadow
    JOIN triage_patient AS p ON p.id = c.patient_id
    JOIN triage_lesion AS l ON l.id = c.lesion_id
    LEFT JOIN pictures ON pictures.case_id = c.id
    LEFT JOIN truth ON truth.case_id = c.id
    WHERE %(since)s IS NULL OR c.submitted_at >= %(since)s
    ORDER BY c.id, said.created_at DESC, said.id DESC
)
"""  # noqa: S608  (no stranger's words: fragments of this program)

GROUPS = f"""{JUDGED}
SELECT grouping({", ".join(DIMENSIONS)}), coalesce({", ".join(DIMENSIONS)}, ''),
    count(*), count(malignant),
    count(*) FILTER (WHERE malignant AND call), count(*) FILTER (WHERE malignant),
    count(*) FILTER (WHERE NOT malignant AND NOT call), count(*) FILTER (WHERE NOT malignant),
    count(*) FILTER (WHERE melanoma AND mel_call), count(*) FILTER (WHERE melanoma),
    count(*) FILTER (WHERE by_pathology AND malignant AND call),
    count(*) FILTER (WHERE by_pathology AND malignant),
    count(*) FILTER (WHERE by_pathology AND NOT malignant AND NOT call),
    count(*) FILTER (WHERE by_pathology AND NOT malignant),
    count(*) FILTER (WHERE again)
FROM judged
GROUP BY GROUPING SETS ((), {", ".join(f"({name})" for name in DIMENSIONS)})
"""  # noqa: S608

RISKS = f"{JUDGED} SELECT risk, malignant FROM judged WHERE malignant IS NOT NULL"  # noqa: S608

# The first signed version of readings with a first opinion given before the model's was shown,
# beside what was shown then.
OPINIONS = """
SELECT r.first_diagnosis, r.diagnosis, top.code, count(*)
FROM triage_review AS r
JOIN triage_case AS c ON c.id = r.case_id
CROSS JOIN LATERAL (
    SELECT coalesce(history_probabilities, probabilities) AS of FROM triage_assessment
    WHERE case_id = r.case_id AND NOT shadow AND created_at <= r.revealed_at
    ORDER BY created_at DESC, id DESC LIMIT 1
) AS said
CROSS JOIN LATERAL (
    SELECT key AS code FROM jsonb_each_text(said.of) ORDER BY value::float DESC, key LIMIT 1
) AS top
WHERE r.version = 1 AND r.first_committed_at IS NOT NULL AND r.signed_at IS NOT NULL
  AND (%(since)s IS NULL OR c.submitted_at >= %(since)s)
GROUP BY 1, 2, 3
"""


def since(window: str) -> datetime | None:
    """When a window of WINDOWS begins; None: with the first case."""
    days = WINDOWS[window]
    return None if days is None else timezone.now() - timedelta(days=days)


def current(window: str) -> Figures:
    """The figures of a window, at most KEPT seconds old."""
    key = f"safety-board-{window}"
    found = cache.get(key)
    if found is None:
        found = gather(since(window))
        cache.set(key, found, KEPT)
    return found


def gather(since: datetime | None) -> Figures:
    """The figures as they now are; cases sent since then."""
    parameters = PARAMETERS | {"since": since}
    groups = [_group(row) for row in _rows(GROUPS, parameters)]
    pairs = _rows(RISKS, parameters)
    risks, truth = [risk for risk, _ in pairs], [malignant for _, malignant in pairs]
    return Figures(
        as_of=timezone.now(),
        since=since,
        everything=next(group for group in groups if not group.dimension),
        groups=tuple(sorted((g for g in groups if g.dimension), key=_order)),
        auc=figures.auc(risks, truth),
        calibration_error=figures.calibration_error(risks, truth),
        calibration_noise=figures.calibration_noise(risks),
        bins=tuple(figures.calibration(risks, truth)),
        agreement=agreement(_rows(OPINIONS, {"since": since})),
        reading=tuple(my_work.times(_signed(since))),
    )


def _signed(since: datetime | None) -> QuerySet[Review]:
    signed = Review.objects.signed().filter(version=1)
    return signed.filter(case__submitted_at__gte=since) if since else signed


def agreement(rows: list[tuple[str, str, str, int]]) -> Agreement:
    """Of counts by first opinion, signed diagnosis and the model's likeliest condition."""
    before: dict[tuple[str, str], int] = {}
    after: dict[tuple[str, str], int] = {}
    for first, final, model, count in rows:
        before[first, model] = before.get((first, model), 0) + count
        after[final, model] = after.get((final, model), 0) + count
    total = sum(count for *_, count in rows)
    agreed = sum(count for first, _, model, count in rows if first == model)
    towards = sum(n for first, final, model, n in rows if first != model and final == model)
    away = sum(n for first, final, model, n in rows if first == model and final != model)
    return Agreement(
        total,
        figures.rate(agreed, total),
        figures.kappa(before),
        figures.rate(agreed + towards - away, total),
        figures.kappa(after),
        figures.rate(towards, total - agreed),
        figures.rate(away, agreed),
    )


def label_of(dimension: str, value: str) -> str:
    """A group's name for people."""
    if not value or value == "unknown":
        return _("Not known")
    if dimension == "skin_type":
        return str(SkinType(int(value)).label)
    if dimension == "sex":
        return str(Sex(value).label)
    if dimension == "site":
        return str(BodySite(value).label)
    if dimension == "kind":
        return _("With a dermoscopic photo") if value == "dermoscopic" else _("By camera alone")
    return value


def _order(group: Group) -> tuple[Any, ...]:
    by_size = -group.scored if group.dimension in ("site", "device") else 0
    return DIMENSIONS.index(group.dimension), group.value in ("", "unknown"), by_size, group.value


def _group(row: tuple[Any, ...]) -> Group:
    """`grouping` has a bit for each dimension that is not grouped by, the last one lowest."""
    bits, value, scored, answered, *counts, again = row
    top = len(DIMENSIONS) - 1
    grouped = [name for place, name in enumerate(DIMENSIONS) if not bits >> (top - place) & 1]
    rates = [figures.rate(*counts[place : place + 2]) for place in range(0, len(counts), 2)]
    return Group(
        grouped[0] if grouped else "", value, scored, answered, *rates, figures.rate(again, scored)
    )


def _rows(query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
