"""How a model on trial would rank the newest cases: more urgent, less urgent, the same."""

from collections import Counter
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import F, Prefetch

from triage import ranking, rulebook
from triage.comparison import KEPT
from triage.models import Assessment, Case, ModelVersion, Review
from triage.urgency import Urgency

NEWEST = 500  # cases: ranking anew costs about a millisecond each


@dataclass(frozen=True)
class Moves:
    cases: int  # of the newest that both have scored
    sooner: int
    later: int
    rows: tuple[tuple[Urgency, tuple[int, ...]], ...]  # by the active model: counts by the trial's

    @property
    def same(self) -> int:
        return self.cases - self.sooner - self.later


def current(active: ModelVersion, trial: ModelVersion, *, scored: int) -> Moves:
    """As `comparison.current`."""
    key = f"moves-{active.pk}-{trial.pk}-{scored}"
    found = cache.get(key)
    if found is None:
        found = between(active, trial)
        cache.set(key, found, KEPT)
    return found


def between(active: ModelVersion, trial: ModelVersion) -> Moves:
    """By the rules in force, without what a clinician has said since."""
    tried = Assessment.with_shadow.filter(
        shadow=True, model_version=trial.version, round=F("case__round")
    )
    by_active = Assessment.objects.filter(model_version=active.version, round=F("case__round"))
    cases = (
        Case.objects.filter(pk__in=tried.values("case"))
        .filter(pk__in=by_active.values("case"))
        .select_related("patient", "lesion", "symptoms")
        .defer("notes_index")
        .order_by("-submitted_at")[:NEWEST]
    )
    unread = Prefetch("reviews", Review.objects.none())
    now, then = (
        _urgencies(list(cases.prefetch_related(Prefetch("assessments", rows), unread)))
        for rows in (by_active, tried)
    )
    counts = Counter(zip(now, then, strict=True))
    return Moves(
        len(now),
        sum(count for (one, other), count in counts.items() if other < one),
        sum(count for (one, other), count in counts.items() if other > one),
        tuple((one, tuple(counts[one, other] for other in Urgency)) for one in Urgency),
    )


def _urgencies(cases: list[Case]) -> list[Urgency]:
    ranked = ranking.priorities(cases=cases, rules=rulebook.current().rules)
    return [priority.urgency for priority in ranked]
