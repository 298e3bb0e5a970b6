"""A model on trial beside the active one, on the same cases: what the gate and its page look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from django.core.cache import cache
from django.db import connection

from triage.models import ModelVersion
from triage.safety import figures
from triage.safety.figures import Estimate, Rate
from triage.safety.truth import CANCER_CALL, CANCER_RISK, MELANOMA_CALL, PARAMETERS, TRUTH

NEWEST = 10_000  # cases at most: more narrow the intervals little and cost much
KEPT = 300  # seconds

# Each case once, with what both said of its newest set of photos, and what it turned out to be.
PAIRS = f"""
WITH {TRUTH}
SELECT {CANCER_RISK.format(said="active")}, {CANCER_RISK.format(said="trial")},
       {CANCER_CALL.format(said="active")}, {CANCER_CALL.format(said="trial")},
       {MELANOMA_CALL.format(said="active")}, {MELANOMA_CALL.format(said="trial")},
       active.duration_ms, trial.duration_ms,
       truth.malignant, truth.diagnosis = 'MEL', coalesce(truth.by_pathology, false)
FROM triage_assessment AS trial
JOIN triage_case AS c ON c.id = trial.case_id AND c.round = trial.round
JOIN triage_assessment AS active
  ON active.case_id = c.id AND active.round = c.round AND NOT active.shadow
 AND active.model_version = %(active)s AND active.again = 0
LEFT JOIN truth ON truth.case_id = c.id
WHERE trial.shadow AND trial.model_version = %(trial)s
ORDER BY c.submitted_at DESC LIMIT %(newest)s
"""  # noqa: S608  (no stranger's words: fragments of this program)


@dataclass(frozen=True)
class Pair:
    """One case, as the query has it."""

    active_risk: float
    trial_risk: float
    active_call: bool  # suspicious at its own limit
    trial_call: bool
    active_melanoma: bool
    trial_melanoma: bool
    active_ms: int
    trial_ms: int
    malignant: bool | None  # None: no answer yet
    melanoma: bool | None
    by_pathology: bool


@dataclass(frozen=True)
class Judged:
    """Both models against one truth; `*_difference` is the trial's less the active one's."""

    cases: int
    malignant: int
    active_sensitivity: Rate
    trial_sensitivity: Rate
    sensitivity_difference: Estimate
    active_specificity: Rate
    trial_specificity: Rate
    specificity_difference: Estimate
    active_auc: Estimate
    trial_auc: Estimate


@dataclass(frozen=True)
class Comparison:
    active: str  # versions
    trial: str
    cases: int  # that both have scored
    agreement: Rate  # cases that both call the same, suspicious or not
    agreement_kappa: Estimate
    answered: Judged  # against pathology where there is any, else the signed diagnosis
    pathology: Judged  # against pathology alone
    melanoma: Judged  # the calls for melanoma, against answers
    active_calibration: float | None
    trial_calibration: float | None
    calibration_difference: Estimate
    active_ms: float | None  # median of a case
    trial_ms: float | None


def current(active: ModelVersion, trial: ModelVersion, *, scored: int) -> Comparison:
    """The comparison of now, or of at most KEPT seconds ago with as many cases `scored` in the
    trial, to look at; a promotion takes a new one."""
    key = f"comparison-{active.pk}-{trial.pk}-{scored}"
    found = cache.get(key)
    if found is None:
        found = compare(active, trial)
        cache.set(key, found, KEPT)
    return found


def compare(active: ModelVersion, trial: ModelVersion) -> Comparison:
    """Of the newest cases that both have scored."""
    with connection.cursor() as cursor:
        cursor.execute(
            PAIRS,
            PARAMETERS | {"active": active.version, "trial": trial.version, "newest": NEWEST},
        )
        pairs = [Pair(*row) for row in cursor.fetchall()]
    return of_pairs(active.version, trial.version, pairs)


def of_pairs(active: str, trial: str, pairs: Sequence[Pair]) -> Comparison:
    """The figures of these cases."""
    told = [pair for pair in pairs if pair.malignant is not None]
    truth = [pair.malignant for pair in told]
    first, second = [pair.active_risk for pair in told], [pair.trial_risk for pair in told]
    calls: dict[tuple[str, str], int] = {}
    for pair in pairs:
        key = (str(pair.active_call), str(pair.trial_call))
        calls[key] = calls.get(key, 0) + 1
    return Comparison(
        active, trial, len(pairs),
        agreement=figures.rate(sum(p.active_call == p.trial_call for p in pairs), len(pairs)),
        agreement_kappa=figures.kappa(calls),
        answered=_judged(told, truth, [(p.active_call, p.trial_call) for p in told]),
        pathology=_judged_by_pathology(told),
        melanoma=_judged(told, [bool(p.melanoma) for p in told],
                         [(p.active_melanoma, p.trial_melanoma) for p in told]),
        active_calibration=figures.calibration_error(first, truth),
        trial_calibration=figures.calibration_error(second, truth),
        calibration_difference=figures.calibration_difference(first, second, truth),
        active_ms=median(p.active_ms for p in pairs) if pairs else None,
        trial_ms=median(p.trial_ms for p in pairs) if pairs else None,
    )  # fmt: skip


def _judged_by_pathology(told: Sequence[Pair]) -> Judged:
    sure = [pair for pair in told if pair.by_pathology]
    calls = [(pair.active_call, pair.trial_call) for pair in sure]
    return _judged(sure, [bool(pair.malignant) for pair in sure], calls)


def _judged(
    pairs: Sequence[Pair], truth: Sequence[bool], calls: Sequence[tuple[bool, bool]]
) -> Judged:
    ill = [call for call, is_ill in zip(calls, truth, strict=True) if is_ill]
    well = [call for call, is_ill in zip(calls, truth, strict=True) if not is_ill]
    return Judged(
        len(calls), len(ill),
        figures.rate(sum(a for a, _ in ill), len(ill)),
        figures.rate(sum(b for _, b in ill), len(ill)),
        figures.paired_difference(
            sum(b and not a for a, b in ill), sum(a and not b for a, b in ill), len(ill)
        ),
        figures.rate(sum(not a for a, _ in well), len(well)),
        figures.rate(sum(not b for _, b in well), len(well)),
        figures.paired_difference(
            sum(a and not b for a, b in well), sum(b and not a for a, b in well), len(well)
        ),
        figures.auc([pair.active_risk for pair in pairs], truth),
        figures.auc([pair.trial_risk for pair in pairs], truth),
    )  # fmt: skip
