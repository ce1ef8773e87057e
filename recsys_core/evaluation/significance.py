"""Is this gap real, or would other people have turned it round?

    d = g(Σ_u t^a_u / Σ_u w^a_u) − g(Σ_u t^b_u / Σ_u w^b_u)                (1)
    d* = (1) over as many people, drawn from the same ones with replacement (2)
    interval = the 2.5 % and 97.5 % points of d*                           (3)
    p = 2 min(#{d* ≤ 0} + 1, #{d* ≥ 0} + 1) / (B + 1), at most 1            (4)
    p'_(i) = max_{j ≤ i} (m − j + 1) p_(j), at most 1                      (5)

t and w are a person's total and weight in the metric (`_sums`), such as the sum of their squared errors and
how many. People are drawn, not ratings: one person's errors resemble each other. Both algorithms
are measured on the same draw of people, which is what makes the comparison paired. (5) is Holm's
correction over all m pairs that are shown: who looks at ten gaps finds one by luck.

What it does not say: the trained models are taken as they are, so other folds or another seed of the
training may move d by more.

Source: (1–3) Efron & Tibshirani (1993), An Introduction to the Bootstrap, sections 8.3 and 13.3; by
query, which is by person here: Sakai (2006), Evaluating Evaluation Metrics Based on the Bootstrap;
(4) Davison & Hinkley (1997), Bootstrap Methods and their Application, equation 4.11; (5) Holm (1979), A
Simple Sequentially Rejective Multiple Test Procedure
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.evaluation._sums import finished
from recsys_core.ratings import FloatArray

N_RESAMPLES = 2000
A_PAIR = 100
"""Draws for every pair shown, where that is more: the finest p of B draws is 2 / (B + 1), and times the
number of pairs it has to stay below `LEVEL`, or a crowd of algorithms would have no real gap at all."""
LEVEL = 0.05
"""A corrected p below this is called real: of a hundred ties, at most five are taken for a gap."""
FEWEST = 20
"""People below which nothing is said: so few drawn again tell too little of others."""
BLOCK = 2**22
"""Draws held at once: 32 MB."""


@dataclass(frozen=True)
class Difference:
    """How far apart two algorithms are in one metric.

    Attributes:
        a, b: their labels.
        metric: its name.
        mean: equation (1), a minus b, over all people and folds.
        low, high: (3).
        p: (4); p_adjusted: (5) over all pairs shown together.
        n_users: how many people it rests on.
        All are `nan` where it cannot be told: an algorithm failed, a figure is `nan`, the metric is of
        the whole catalogue, or there are fewer than `FEWEST` people.
    """

    a: str
    b: str
    metric: str
    mean: float
    low: float
    high: float
    p: float
    p_adjusted: float
    n_users: int

    @property
    def real(self) -> bool:
        """Whether luck in who was asked is no good explanation of the gap."""
        return self.p_adjusted < LEVEL

    @property
    def words(self) -> str:
        """ "real", "too small to tell" or "cannot be told"."""
        if np.isnan(self.p_adjusted):
            return "cannot be told"
        return "real" if self.real else "too small to tell"

    @property
    def turned(self) -> Difference:
        """The same of b minus a."""
        return replace(self, a=self.b, b=self.a, mean=-self.mean, low=-self.high, high=-self.low)


def differences(
    labels: Sequence[str],
    totals: ArrayLike,
    weights: ArrayLike,
    metric: str,
    usable: Sequence[bool] | None = None,
    *,
    n_resamples: int | None = None,
    seed: int = 0,
) -> tuple[Difference, ...]:
    """Every pair of algorithms, in the order of `labels`, each by equations (1) to (5).

    Args:
        labels: of the n_algorithms.
        totals, weights: (n_algorithms, n_users).
        metric: its name, which says what g is.
        usable: (n_algorithms,) False for those that have no figure to compare.
        n_resamples: B, at least 1; unless given, the larger of `N_RESAMPLES` and `A_PAIR` a pair.
        seed: of the draws, the same for all pairs.

    Cost: B × n_users × n_algorithms.
    """
    t, w = np.asarray(totals, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    fit = [k for k in range(len(labels)) if usable is None or usable[k]]
    asked = (w[fit] > 0).any(axis=0) if fit else np.zeros(t.shape[1], dtype=bool)
    if asked.sum() < FEWEST:
        return difference_of_none(labels, metric)
    t, w = t[fit][:, asked], w[fit][:, asked]
    value = finished(metric, t.sum(axis=1), w.sum(axis=1))
    n_resamples = n_resamples or max(N_RESAMPLES, A_PAIR * len(fit) * (len(fit) - 1) // 2)
    drawn = resampled(t, w, metric, n_resamples, seed)
    row = {k: at for at, k in enumerate(fit)}
    found = []
    for a, b in combinations(range(len(labels)), 2):
        if a not in row or b not in row:
            found.append(_unknown(labels[a], labels[b], metric))
            continue
        gap, gaps = float(value[row[a]] - value[row[b]]), drawn[:, row[a]] - drawn[:, row[b]]
        if not (np.isfinite(gap) and np.isfinite(gaps).all()):
            found.append(_unknown(labels[a], labels[b], metric))
            continue
        low, high = np.percentile(gaps, [100 * LEVEL / 2, 100 * (1 - LEVEL / 2)])
        fewer = 1 + min(np.count_nonzero(gaps <= 0), np.count_nonzero(gaps >= 0))
        p = min(1.0, 2 * int(fewer) / (n_resamples + 1))
        n_users = int(np.count_nonzero((w[[row[a], row[b]]] > 0).any(axis=0)))
        found.append(Difference(labels[a], labels[b], metric, gap, float(low), float(high), p, p, n_users))
    corrected = holm([one.p for one in found])
    return tuple(replace(one, p_adjusted=float(p)) for one, p in zip(found, corrected, strict=True))


def resampled(
    totals: FloatArray, weights: FloatArray, metric: str, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> FloatArray:
    """(n_resamples, n_algorithms) the metric of each algorithm over each draw (2) of the people."""
    rng = np.random.default_rng(seed)
    n_algorithms, n = totals.shape
    columns = np.concatenate([totals, weights]).T
    found = np.empty((n_resamples, n_algorithms))
    step = max(1, BLOCK // n)
    for first in range(0, n_resamples, step):
        size = min(step, n_resamples - first)
        drawn = rng.integers(0, n, size=(size, n)) + n * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)  # each person, in each draw
        added = times.astype(np.float64) @ columns
        found[first : first + size] = finished(metric, added[:, :n_algorithms], added[:, n_algorithms:])
    return found


def holm(p: ArrayLike) -> FloatArray:
    """Equation (5) in the order given; what is `nan` is not counted and stays so."""
    given = np.asarray(p, dtype=np.float64)
    adjusted = np.full(len(given), np.nan)
    order = [k for k in np.argsort(given, kind="stable") if not np.isnan(given[k])]
    highest = 0.0
    for place, k in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - place) * float(given[k])))
        adjusted[k] = highest
    return adjusted


def difference_of_none(labels: Sequence[str], metric: str) -> tuple[Difference, ...]:
    """Every pair, and that nothing can be told of it."""
    return tuple(_unknown(a, b, metric) for a, b in combinations(labels, 2))


def _unknown(a: str, b: str, metric: str) -> Difference:
    nan = float("nan")
    return Difference(a, b, metric, nan, nan, nan, nan, nan, 0)
