"""Join what the photo says with what is known of the patient.

A naive Bayes step from the photo's calibrated probabilities::

    log p(label | photo, facts) = log p(label | photo) + sum over known facts of ratio[fact][label]

where a ratio is the logarithm of how much oftener the fact's value is met with the label than in
general, times the fact's strength (see `training.fusion`, which fits both). A fact that is not
known is not in the sum, so nothing is ever read from its being unknown; with no fact at all the
photo's own probabilities come back unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.labels import MALIGNANT
from inference.patient import REGIONS, SITES, PatientFacts
from inference.probability import softmax

# What each fact's value is expressed in: a number between two knots speaks as a mixture of both,
# one outside them as the nearest.
KNOTS: Mapping[str, tuple[float, ...]] = {
    "age": (10, 20, 30, 40, 50, 60, 70, 80, 90),  # years
    "sex": (0, 1),  # female, male
    "itch": (0, 1),  # no, yes; so for all the next
    "grew": (0, 1),
    "hurt": (0, 1),
    "changed": (0, 1),
    "bleed": (0, 1),
    "elevation": (0, 1),
    "diameter_mm": (3, 6, 9, 13, 20, 40),
    "skin_cancer": (0, 1),  # the patient's own, or in the family
}
FACTS = (*KNOTS, "site")
_SMALLEST = 1e-9  # a probability of the photo's is taken as at least this


@dataclass(frozen=True)
class Contribution:
    """What one fact did: log-odds with it less log-odds without it, all else the same."""

    fact: str  # one of FACTS
    melanoma: float
    malignancy: float


@dataclass(frozen=True)
class Fused:
    """Photo and history together."""

    probabilities: tuple[float, ...]  # in the order of the labels; sum 1
    melanoma_risk: float
    malignancy_risk: float
    contributions: tuple[Contribution, ...]  # of every known fact, the greatest on malignancy first


def levels(fact: str, facts: PatientFacts) -> np.ndarray | None:
    """(L,) how much of each of the fact's knots or sites its value is, sum 1; None if not known."""
    if fact == "site":
        return _site_levels(facts.site)
    value = _value(fact, facts)
    if value is None or not np.isfinite(value):
        return None
    knots = KNOTS[fact]
    return np.array([np.interp(value, knots, row) for row in np.eye(len(knots))])


def _site_levels(site: str | None) -> np.ndarray | None:
    if site is None:
        return None
    members = REGIONS.get(site, (site,))
    return np.array([name in members for name in SITES]) / len(members)


def _value(fact: str, facts: PatientFacts) -> float | None:
    if fact == "sex":
        return None if facts.sex is None else float(facts.sex == "male")
    if fact == "skin_cancer":
        return _either(facts.previous_skin_cancer, facts.family_cancer)
    value = getattr(facts, fact)
    return None if value is None else float(value)


def _either(own: bool | None, family: bool | None) -> float | None:
    """Yes if either is; no where the patient says no and nobody says yes."""
    if own or family:
        return 1.0
    return None if own is None else 0.0


@dataclass(frozen=True)
class Fusion:
    """A fitted fusion for a network with these labels."""

    labels: tuple[str, ...]
    ratios: Mapping[str, np.ndarray]  # fact -> (L, K): added to log p(label) at each level

    @classmethod
    def load(cls, path: Path) -> Fusion:
        """Raises ``ValueError`` where the file was made for other facts or knots than these."""
        with np.load(path, allow_pickle=False) as stored:
            labels = tuple(str(label) for label in stored["labels"])
            ratios = {name: stored[f"ratios/{name}"] for name in stored["facts"].tolist()}
            for name, table in ratios.items():
                if stored[f"levels/{name}"].tolist() != _level_names(name):
                    raise ValueError(f"{path} was made for other values of {name}.")
                if table.shape != (len(_level_names(name)), len(labels)):
                    raise ValueError(f"{path} has a table of {name} of shape {table.shape}.")
        return cls(labels, ratios)

    def save(self, path: Path) -> None:
        np.savez(
            path,
            labels=np.array(self.labels),
            facts=np.array(list(self.ratios)),
            **{f"ratios/{name}": table for name, table in self.ratios.items()},
            **{f"levels/{name}": np.array(_level_names(name)) for name in self.ratios},
        )

    def terms(self, facts: PatientFacts) -> dict[str, np.ndarray]:
        """(K,) log-ratios of every fact that is known and that the fusion uses."""
        found = {name: levels(name, facts) for name in self.ratios}
        return {name: at @ self.ratios[name] for name, at in found.items() if at is not None}

    def probabilities(self, photo: Sequence[float] | np.ndarray, facts: PatientFacts) -> np.ndarray:
        """(..., K) with the history, from the photo's own (..., K)."""
        terms = self.terms(facts)
        if not terms:
            return np.asarray(photo, dtype=np.float64)
        return _joined(photo, sum(terms.values()))

    def fuse(
        self, photos: Sequence[Sequence[float]], pooled: Sequence[float], facts: PatientFacts
    ) -> Fused | None:
        """One lesion's: ``pooled`` over its photos, risks of the photo where greatest, or pooled.

        ``photos`` are those that count, each with probabilities in the order of the labels. None
        where no fact is known that the fusion uses.
        """
        terms = self.terms(facts)
        if not terms:
            return None
        views = np.vstack([np.asarray(photos, dtype=np.float64), pooled])
        melanoma, malignancy = self._risks(self.probabilities(views, facts))

        def change(fact: str) -> Contribution:
            others = sum((term for name, term in terms.items() if name != fact), np.zeros(()))
            without = self._risks(_joined(views, others))
            return Contribution(
                fact,
                round(_log_odds(melanoma) - _log_odds(without[0]), 4),
                round(_log_odds(malignancy) - _log_odds(without[1]), 4),
            )

        changes = sorted(map(change, terms), key=lambda one: (-abs(one.malignancy), one.fact))
        return Fused(
            probabilities=tuple(float(value) for value in self.probabilities(pooled, facts)),
            melanoma_risk=melanoma,
            malignancy_risk=malignancy,
            contributions=tuple(changes),
        )

    def _risks(self, each: np.ndarray) -> tuple[float, float]:
        """Melanoma and malignancy of (N, K) probabilities, where greatest."""
        malignant = [place for place, label in enumerate(self.labels) if label in MALIGNANT]
        melanoma = each[:, self.labels.index("MEL")]
        return float(melanoma.max()), float(min(1.0, each[:, malignant].sum(1).max()))


def _level_names(fact: str) -> list:
    return list(SITES) if fact == "site" else [float(knot) for knot in KNOTS[fact]]


def _joined(photo: Sequence[float] | np.ndarray, terms: np.ndarray) -> np.ndarray:
    return softmax(np.log(np.maximum(np.asarray(photo, dtype=np.float64), _SMALLEST)) + terms)


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _SMALLEST), 1 - _SMALLEST)
    return float(np.log(bounded / (1 - bounded)))
