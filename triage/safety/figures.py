"""The formulas of the safety board. Pure: counts and numbers in, numbers out.

Intervals are two-sided, 95 %. Each formula has its source; the tests have worked examples. Only the
bootstrap needs numpy, which is imported with the first one: web processes start without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from math import log, pi, sqrt

Z = 1.959963984540054  # of the normal distribution, two-sided 95 %


@dataclass(frozen=True)
class Rate:
    """A share with its interval; all None where there is nothing to count."""

    count: int  # that have it
    of: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Estimate:
    """A number with its interval; all None where it is not defined."""

    n: int
    value: float | None
    low: float | None
    high: float | None


def rate(count: int, of: int) -> Rate:
    """Wilson's score interval (Wilson 1927, J Am Stat Assoc 22:209)."""
    if of == 0:
        return Rate(count, of, None, None, None)
    p, z2 = count / of, Z * Z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = Z / (1 + z2 / of) * sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    low = 0.0 if count == 0 else middle - half
    high = 1.0 if count == of else middle + half
    return Rate(count, of, p, low, high)


def paired_difference(gained: int, lost: int, n: int) -> Estimate:
    """Of n pairs, the share that only the second has less the share that only the first has.

    Interval by the adjusted Wald method (Agresti and Min 2005, Stat Med 24:729): half a pair is
    added to each of the four cells.
    """
    if n == 0:
        return Estimate(0, None, None, None)
    b, c, m = gained + 0.5, lost + 0.5, n + 2
    middle = (b - c) / m
    half = Z * sqrt(b + c - (b - c) ** 2 / m) / m
    return Estimate(n, (gained - lost) / n, max(-1.0, middle - half), min(1.0, middle + half))


def auc(scores: Sequence[float], positive: Sequence[bool]) -> Estimate:
    """The chance that a positive scores above a negative, ties counting half (Mann and Whitney
    1947); interval after Hanley and McNeil 1982, Radiology 143:29."""
    rows = sorted(zip(scores, positive, strict=True))
    n1 = sum(is_positive for _score, is_positive in rows)
    n0 = len(rows) - n1
    if not n1 or not n0:
        return Estimate(n1 + n0, None, None, None)
    won, below = 0.0, 0  # pairs that a positive wins; negatives with a lower score
    for _score, tied in groupby(rows, key=lambda row: row[0]):
        truth = [is_positive for _, is_positive in tied]
        here = sum(truth)
        won += here * (below + (len(truth) - here) / 2)
        below += len(truth) - here
    a = won / (n1 * n0)
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    variance = (a * (1 - a) + (n1 - 1) * (q1 - a * a) + (n0 - 1) * (q2 - a * a)) / (n1 * n0)
    half = Z * sqrt(max(0.0, variance))
    return Estimate(n1 + n0, a, max(0.0, a - half), min(1.0, a + half))


def kappa(table: Mapping[tuple[str, str], int]) -> Estimate:
    """Agreement of two judges beyond chance (Cohen 1960, Educ Psychol Meas 20:37, with its
    standard error); `table` counts cases by what each said."""
    n = sum(table.values())
    if n == 0:
        return Estimate(0, None, None, None)
    first: dict[str, int] = {}
    second: dict[str, int] = {}
    for (one, other), count in table.items():
        first[one] = first.get(one, 0) + count
        second[other] = second.get(other, 0) + count
    agreed = sum(count for (one, other), count in table.items() if one == other) / n
    chance = sum(first[word] * second.get(word, 0) for word in first) / (n * n)
    if chance == 1:
        return Estimate(n, None, None, None)
    value = (agreed - chance) / (1 - chance)
    half = Z * sqrt(agreed * (1 - agreed) / (n * (1 - chance) ** 2))
    return Estimate(n, value, max(-1.0, value - half), min(1.0, value + half))


BINS = 10


def _bin(risk: float) -> int:
    return min(int(risk * BINS), BINS - 1)


@dataclass(frozen=True)
class Bin:
    """Cases whose risk lies in one tenth."""

    low: float
    n: int
    positive: int  # of those
    predicted: float | None  # mean risk
    observed: float | None  # share that is positive


def calibration(risks: Sequence[float], positive: Sequence[bool]) -> list[Bin]:
    """Ten bins of equal width: what was predicted, and what came true."""
    inside: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for risk, is_positive in zip(risks, positive, strict=True):
        inside[_bin(risk)].append((risk, is_positive))
    return [
        Bin(
            place / BINS,
            len(rows),
            sum(is_positive for _, is_positive in rows),
            sum(risk for risk, _ in rows) / len(rows) if rows else None,
            sum(is_positive for _, is_positive in rows) / len(rows) if rows else None,
        )
        for place, rows in enumerate(inside)
    ]


def calibration_error(risks: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Expected calibration error over the ten bins (Naeini 2015, AAAI): the mean distance of
    predicted from observed, weighted by cases."""
    bins = [one for one in calibration(risks, positive) if one.n]
    total = sum(one.n for one in bins)
    if not total:
        return None
    return sum(one.n * abs(one.predicted - one.observed) for one in bins) / total


def calibration_noise(risks: Sequence[float]) -> float | None:
    """The calibration error that these risks would show on average if each were exactly true.

    In a bin the cancers then miss their expected number by a sum of independent draws; the mean
    size of such a sum is sqrt(2 / pi) of its deviation, where it is about normal.
    """
    if not risks:
        return None
    spread = [0.0] * BINS
    for risk in risks:
        spread[_bin(risk)] += risk * (1 - risk)
    return sqrt(2 / pi) * sum(map(sqrt, spread)) / len(risks)


def calibration_difference(
    first: Sequence[float], second: Sequence[float], positive: Sequence[bool], *, times: int = 500
) -> Estimate:
    """The second's calibration error less the first's on the same cases; interval from a paired
    bootstrap of the cases (percentiles; Efron 1979), always with the same seed."""
    n = len(positive)
    if n == 0:
        return Estimate(0, None, None, None)
    import numpy as np

    truth = np.asarray(positive, float)
    weights = np.random.default_rng(1).multinomial(n, np.full(n, 1 / n), size=times)
    weights = np.vstack([np.ones(n), weights])
    errors = []
    for risks in (first, second):
        places = [_bin(risk) for risk in risks]
        inside = np.eye(BINS)[places] * (truth - np.asarray(risks, float))[:, None]
        errors.append(np.abs(weights @ inside).sum(1) / n)
    difference = errors[1] - errors[0]
    low, high = np.percentile(difference[1:], [2.5, 97.5])
    return Estimate(n, float(difference[0]), float(low), float(high))


def population_stability(expected: Sequence[float], counts: Sequence[int]) -> float | None:
    """Population stability index of counts against expected shares of the same bins: below 0.1
    little has changed, from 0.25 on much has (Siddiqi 2006, Credit Risk Scorecards, ch. 9). An
    empty bin counts as half a case."""
    total = sum(counts)
    if not total:
        return None
    wanted = [max(share, 1e-3) for share in expected]
    seen = [max(count, 0.5) for count in counts]
    shares = [
        (count / sum(seen), share / sum(wanted)) for count, share in zip(seen, wanted, strict=True)
    ]
    return sum((now - then) * log(now / then) for now, then in shares)


def largest_gap(expected: Sequence[float], counts: Sequence[int]) -> float | None:
    """Kolmogorov and Smirnov's statistic over the bins: the largest distance of both cumulative
    shares."""
    total = sum(counts)
    if not total:
        return None
    wanted = accumulate(share / sum(expected) for share in expected)
    seen = accumulate(count / total for count in counts)
    return max(abs(now - then) for now, then in zip(seen, wanted, strict=True))
