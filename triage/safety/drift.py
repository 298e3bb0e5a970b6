"""Have photos and scores moved away from what the model was released on?

The reference is the artifact's own where it has one (`reference` in artifact.json), else the first
photos that the model scored here, and the board says which. Compared are the newest close-ups, each
by itself as in the reference: a case's risk is its worst photo's and its domain score the best's,
so that cases of two photos would seem to have drifted from photos alone.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import quantiles
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils.translation import gettext as _

from triage.models import ModelVersion, PhotoKind
from triage.safety import figures
from triage.safety.truth import MALIGNANT

KEPT = 300  # seconds
REFERENCE = 500  # first photos, where the artifact has no reference
RECENT = 500  # newest photos, after those
LEAST = 300  # of each: with fewer, chance alone moves the index by 0.1
WATCH, ALARM = 0.1, 0.25  # population stability index
BINS = 10


class Level(StrEnum):
    STEADY = "steady"
    WATCH = "watch"
    ALARM = "alarm"
    UNKNOWN = "cannot be assessed"


@dataclass(frozen=True)
class Drift:
    """One quantity, then and now."""

    name: str  # a column
    from_artifact: bool  # else the reference is this model's first photos here
    reference: int | None  # how many they are; None: the artifact doesn't say
    recent: int
    edges: tuple[float, ...]  # between the bins
    expected: tuple[float, ...]  # shares of the reference
    counts: tuple[int, ...]  # of the recent
    stability: float | None  # population stability index
    gap: float | None  # Kolmogorov and Smirnov's statistic over the bins
    level: Level

    @property
    def label(self) -> str:
        return label_of(self.name)

    @property
    def rows(self) -> list[tuple[str, float, int, float]]:
        """Each bin: from where to where, expected share, count, share."""
        ends = ["", *(f"{edge:.3g}" for edge in self.edges), ""]
        total = sum(self.counts) or 1
        return [
            (f"{ends[place]} – {ends[place + 1]}".strip(), share, count, count / total)
            for place, (share, count) in enumerate(zip(self.expected, self.counts, strict=True))
        ]


QUANTITIES = ("brightness", "sharpness", "domain_score", "melanoma_risk", "malignancy_risk")


def label_of(name: str) -> str:
    return {
        "brightness": _("Brightness of photos"),
        "sharpness": _("Sharpness of photos"),
        "domain_score": _("Likeness to the training photos"),
        "melanoma_risk": _("Risk of melanoma"),
        "malignancy_risk": _("Risk of any cancer"),
    }[name]


# QUANTITIES of one model's live results. Photos from afar and dermoscopic ones are no close-ups.
PHOTOS = """
SELECT photo.brightness, photo.sharpness, finding.domain_score,
    (finding.probabilities->>'MEL')::float, (
        SELECT sum(risk::float) FROM jsonb_each_text(finding.probabilities) AS each(code, risk)
        WHERE code = ANY(%(malignant)s)
    )
FROM triage_photofinding AS finding
JOIN triage_photo AS photo ON photo.id = finding.photo_id
JOIN triage_assessment AS said ON said.id = finding.assessment_id
WHERE NOT said.shadow AND said.model_version = %(version)s AND photo.kind = %(kind)s
ORDER BY said.created_at {order}, photo.id {order} LIMIT %(limit)s OFFSET %(offset)s
"""


def current() -> list[Drift]:
    """Of the active model, at most KEPT seconds old; nothing where none is active."""
    model = ModelVersion.objects.active()
    if model is None:
        return []
    key = f"safety-drift-{model.pk}"
    found = cache.get(key)
    if found is None:
        found = look(model)
        cache.set(key, found, KEPT)
    return found


def look(model: ModelVersion) -> list[Drift]:
    """Each quantity of what this model scores."""
    stored = model.facts.get("reference", {})
    first = _columns(model.version, REFERENCE)
    newest = _columns(model.version, RECENT, order="DESC")
    after_first = _columns(model.version, RECENT, offset=REFERENCE)
    if len(after_first["brightness"]) == RECENT:  # then the newest are none of the first either
        after_first = newest
    return [
        compare(name, stored[name], [], newest[name])
        if name in stored
        else compare(name, None, first[name], after_first[name])
        for name in QUANTITIES
    ]


def compare(
    name: str, stored: dict[str, Any] | None, first: Sequence[float], recent: Sequence[float]
) -> Drift:
    """Recent values against the artifact's reference, or against the first values here."""
    if stored:
        edges, expected = list(stored["edges"]), list(stored["shares"])
    else:
        edges, expected = _deciles(first)
    counts = _counts(edges, recent)
    known = len(recent) >= LEAST and (bool(stored) or len(first) >= LEAST)
    stability = figures.population_stability(expected, counts) if known else None
    return Drift(
        name,
        bool(stored),
        stored.get("n") if stored else len(first),
        len(recent),
        tuple(map(float, edges)),
        tuple(map(float, expected)),
        tuple(counts),
        stability,
        figures.largest_gap(expected, counts) if known else None,
        _level(stability),
    )


def _level(stability: float | None) -> Level:
    if stability is None:
        return Level.UNKNOWN
    if stability >= ALARM:
        return Level.ALARM
    return Level.WATCH if stability >= WATCH else Level.STEADY


def _deciles(values: Sequence[float]) -> tuple[list[float], list[float]]:
    """Edges that part the values into ten, fewer where many are equal, and the parts' shares."""
    if not len(values):
        return [], [1.0]
    edges = sorted(set(quantiles(values, n=BINS, method="inclusive") if len(values) > 1 else ()))
    return edges, [count / len(values) for count in _counts(edges, values)]


def _counts(edges: Sequence[float], values: Sequence[float]) -> list[int]:
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    return counts


def _columns(
    version: str, limit: int, *, offset: int = 0, order: str = "ASC"
) -> dict[str, list[float]]:
    """What is known of each quantity: a domain score was not kept for photos of old."""
    given = {
        "version": version, "kind": PhotoKind.CLOSE_UP, "malignant": MALIGNANT,
        "limit": limit, "offset": offset,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(PHOTOS.format(order=order), given)
        columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(QUANTITIES)
    return {
        name: [value for value in column if value is not None]
        for name, column in zip(QUANTITIES, columns, strict=True)
    }
