"""How much oftener each fact of a patient's history is met with each diagnosis.

Counted over every row of the published tables, with a photo or without. Read before use: which
fields are *missing* in PAD-UFES-20 gives its diagnosis away. Sex, history, skin type and diameter
are empty for 62-78 % of its benign rows and for none of its cancers; `grew` and `changed` are
unknown for 31-39 % of its BCC and SCC and under 1 % of its AK. So a fact is counted only in the
rows where it is known: the ratios compare its values with each other, never known with unknown.

Used are the facts of `inference.fusion.FACTS`. Left out:

- `biopsed`, the diagnosis in disguise;
- skin type: 7 rows of 1,849 are of Fitzpatrick V-VI, so no ratio of theirs can be known;
- smoking, drinking, pesticides, parents' origin, water and sewage: they say where and from whom a
  row was collected, and nobody is asked for them here;
- `cancer_history` (any cancer of anybody in the family) and immunosuppression, which PAD-UFES-20
  doesn't record. The rules of the worklist count them without a model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from inference.fusion import FACTS, KNOTS, levels
from inference.labels import MALIGNANT
from inference.patient import SITES, PatientFacts
from training.layouts import PAD, Record

WARNINGS = ("itch", "grew", "changed", "bleed", "elevation", "skin_cancer", "hurt")
FOLDS = 5
SHRINKAGE = 5.0  # rows: a count seen and the one expected are both raised by as many


def fold_of(group: str) -> int:
    """The fold of a patient or lesion: a fixed hash of its name."""
    return hashlib.sha256(f"fold of {group}".encode()).digest()[0] % FOLDS


def levels_of(fact: str, all_facts: Sequence[PatientFacts]) -> np.ndarray:
    """(N, L) of `inference.fusion.levels`; a row of zeros where the fact is not known."""
    rows = [levels(fact, facts) for facts in all_facts]
    nothing = np.zeros(len(SITES) if fact == "site" else len(KNOTS[fact]))
    return np.array([nothing if row is None else row for row in rows]).reshape(-1, len(nothing))


class Told:
    """Rows of published tables, ready to be counted over any of their folds."""

    def __init__(self, records: Sequence[Record], labels: tuple[str, ...]):
        kept = [one for one in records if one.label in labels and one.identity]
        self.labels = labels
        self.folds = np.array([fold_of(one.identity) for one in kept], dtype=int)
        self.groups = frozenset(one.identity for one in kept)
        self._data_sets = np.array([one.data_set for one in kept], dtype=str)
        self._truth = np.eye(len(labels))[[labels.index(one.label) for one in kept]]
        self._levels = {fact: levels_of(fact, [one.facts for one in kept]) for fact in FACTS}

    def ratios(self, *, without: Sequence[int] = ()) -> dict[str, np.ndarray]:
        """Fact -> (L, K) log-ratios, from the rows outside the folds ``without``.

        A label's come from PAD-UFES-20 where that has it, else from the data set that has. A
        warning sign never counts against a cancer, nor its absence for one (`hold_signs`).
        """
        counted = ~np.isin(self.folds, without)
        names = sorted(set(self._data_sets), key=lambda name: (name != PAD, name))
        masks = [counted & (self._data_sets == name) for name in names]
        found = {
            fact: _merged([at[mask].T @ self._truth[mask] for mask in masks])
            for fact, at in self._levels.items()
        }
        for fact in WARNINGS:
            hold_signs(found[fact], self.labels)
        return found


def hold_signs(ratios: np.ndarray, labels: Sequence[str]) -> None:
    """Keep, in place, a yes to a warning sign at 0 or more for each cancer, a no at 0 or less.

    ``ratios`` (2, K): of no and of yes. In PAD-UFES-20 melanomas bleed, itch and are raised less
    often than other diagnoses: they were chosen by people who knew what the others are.
    """
    cancers = [place for place, label in enumerate(labels) if label in MALIGNANT]
    no, yes = ratios
    no[cancers] = np.minimum(no[cancers], 0)
    yes[cancers] = np.maximum(yes[cancers], 0)


def _merged(counts: Sequence[np.ndarray]) -> np.ndarray:
    """(L, K): each label's log-ratios from the first (L, K) counts that have rows of it, else 0."""
    present = [table.sum(0) > 0 for table in counts]
    merged, filled = np.zeros_like(counts[0]), np.zeros(counts[0].shape[1], bool)
    for table, has in zip(counts, present, strict=True):
        among = has & present[0] if (has & present[0]).any() else has
        fresh = has & ~filled
        merged[:, fresh] = log_ratios(table, among)[:, fresh]
        filled |= has
    return merged


def log_ratios(counts: np.ndarray, among: np.ndarray) -> np.ndarray:
    """(L, K) log((seen + s) / (expected + s)) of (L, K) counts, s = SHRINKAGE.

    Expected is the label's number of rows times the value's part, averaged over the labels
    ``among`` (K,) bool, each counting the same: how many rows a diagnosis has is the photo's prior
    and not the facts' to say again.
    """
    rows = counts.sum(0)
    shares = counts[:, among] / rows[among]
    part = shares.mean(1, keepdims=True) if among.any() else 0.0
    return np.log((counts + SHRINKAGE) / (part * rows + SHRINKAGE))
