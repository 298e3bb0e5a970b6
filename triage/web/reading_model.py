"""The model's figures for a clinician: photos alone beside photos with history, a row a condition.

Of the two the greater counts, as in `triage.ranking.finding_from`, and it is the one in bold.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from triage import conditions
from triage.model_risk import Risk, limit_of
from triage.models import Assessment
from triage.rules import Rules


@dataclass(frozen=True)
class Share:
    """One probability, written and drawn."""

    percent: str
    width: str  # of 100
    counts: bool  # the greater of two


@dataclass(frozen=True)
class Figure:
    """What the model says of one condition, or of any skin cancer."""

    name: str
    alone: Share  # photos alone
    together: Share | None  # photos and history, where there is a history
    limit: str  # from which it counts, "" where it has none of its own
    limit_at: str
    over: bool  # at or above the limit
    malignant: bool


def figures(assessment: Assessment, rules: Rules) -> list[Figure]:
    """Any skin cancer first, then every label, the likeliest first.

    Melanoma and any cancer are those of the photo where they are greatest: what a case is ranked
    by, so that no condition has two numbers. Their limit is the one that the greater is held
    against: see `triage.model_risk.worst_of`.
    """
    melanoma = _limit(assessment.melanoma(rules), rules.melanoma_limit_share, rules)
    malignancy = _limit(assessment.malignancy(rules), rules.malignancy_limit_share, rules)
    history = assessment.with_history
    shown = history.probabilities if history else assessment.probabilities
    rows = [
        _figure(
            _("Any skin cancer"), assessment.malignancy_risk,
            history and history.malignancy_risk, malignancy, malignant=True,
        )
    ]  # fmt: skip
    for code in sorted({*assessment.probabilities, "MEL"}, key=lambda c: (-shown.get(c, 0.0), c)):
        if code == "MEL":
            alone, together = assessment.melanoma_risk, history and history.melanoma_risk
        else:
            alone = assessment.probabilities[code]
            together = history and history.probabilities.get(code, 0.0)
        limit = melanoma if code == "MEL" else None
        rows.append(_figure(_name(code), alone, together, limit, malignant=_malignant(code)))
    return rows


def _limit(worst: Risk, share: float, rules: Rules) -> float:
    return limit_of(worst.threshold, share, rules)


def _figure(
    name: str, alone: float, together: float | None, limit: float | None, *, malignant: bool
) -> Figure:
    greater = max(alone, together or 0.0)
    return Figure(
        name=name,
        alone=_share(alone, counts=together is not None and alone == greater),
        together=None if together is None else _share(together, counts=together == greater),
        limit="" if limit is None else f"{limit:.1%}",
        limit_at="" if limit is None else f"{limit * 100:.1f}",
        over=limit is not None and greater >= limit,
        malignant=malignant,
    )


def _share(value: float, *, counts: bool) -> Share:
    return Share(f"{value:.1%}", f"{value * 100:.1f}", counts)


def certainty(assessment: Assessment) -> str:
    """The uncertainty (0 sure .. 1 says nothing) in words."""
    words = (_("sure"), _("fairly sure"), _("unsure"), _("very unsure"))
    return words[min(int(assessment.uncertainty * 4), 3)]


def _name(code: str) -> str:
    known = conditions.find(code)
    return known.name if known else code


def _malignant(code: str) -> bool:
    known = conditions.find(code)
    return known is None or known.malignancy != conditions.Malignancy.BENIGN
