"""Genre calibration: a list with genres in the shares in which a person has watched them.

    F(L) = (1 − λ) Σ_{i∈L} s_i − λ KL(p ‖ q̃(L))                                (1)
    KL(p ‖ q̃) = Σ_g p(g) ln (p(g) / q̃(g)),   q̃ = (1 − α) q + α p              (2)

p is the person's shares of genres and q those of the list, each film spread evenly over its genres, and
α = 0.01: as the metric Miscalibration@k measures them. Each place goes to the film with which F is
largest. An empty list, or one of films without genres, has q = 0, which makes (2) −ln α ≈ 4.6.

Greedy comes near the best possible F but may, in theory, end below the list it began with; then that
one is kept (`rerank/base.py`). s is the relevance of `rerank/base.py`.

Source: Steck (2018), Calibrated Recommendations, section 4, equations 6 and 7
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from recsys_core.errors import DataError
from recsys_core.kernel import exact_kernel
from recsys_core.ranking.rerank.base import Criterion, greedy, ordered
from recsys_core.ratings import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from recsys_core.ranking.recipe import Recipe
    from recsys_core.ranking.signals.base import Asked

ALPHA = 0.01


def calibrate(
    pool: IntArray,
    scores: FloatArray,
    genres: BoolArray,
    target: FloatArray,
    strength: float,
    n: int = 10,
    alpha: float = ALPHA,
) -> IntArray:
    """The n items of a pool by equation (1).

    Args:
        pool: (n_pool,) item indices to choose from.
        scores: (n_items,) of every item.
        genres: (n_items, n_genres) which genres each has.
        target: (n_genres,) p, which sums to 1; from `history_shares`.
        strength: λ, 0 to 1.
        n: how many, at most.
        alpha: α, above 0 and below 1.

    Raises:
        DataError: λ, p or α is not as described.

    Cost: O(n n_pool n_genres).
    """
    if not (len(target) == genres.shape[1] and (target >= 0).all() and abs(target.sum() - 1) < 1e-6):
        raise DataError("The genres to calibrate to must be shares, one a genre, that sum to 1.")
    if not 0 < alpha < 1:
        raise DataError(f"α = {alpha!r} is not allowed: give a number above 0 and below 1.")
    best, own = ordered(pool, scores)
    return greedy(best, own, [Calibration(genre_shares(genres[best]), target, strength, alpha)], n)


def genre_shares(genres: BoolArray) -> FloatArray:
    """(n, n_genres) p(g|i): each film spread evenly over its genres; zeros for a film without any."""
    table = np.asarray(genres, dtype=np.float64)
    shares: FloatArray = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return shares


def history_shares(genres: BoolArray, items: IntArray, keep: FloatArray | None = None) -> FloatArray | None:
    """(n_genres,) p of (2): the mean of p(g|i) over the films a person rated, whatever their stars.

    Args:
        genres: (n_items, n_genres).
        items: (n_own,) what the person rated.
        keep: (n_own,) how much each still counts; all alike by default.

    Returns:
        Shares that sum to 1; None where no rated film has a known genre.
    """
    weights = np.ones(len(items)) if keep is None else keep
    total: FloatArray = weights @ genre_shares(genres[items])
    return total / total.sum() if total.sum() > 0 else None


@dataclass(frozen=True, eq=False)
class Calibration(Criterion):
    """Equation (1); the state is the sum of p(g|i) over the list.

    Attributes:
        shares: (n_pool, n_genres) p(g|i).
        target: (n_genres,) p.
        strength: λ.
        alpha: α.
    """

    shares: FloatArray
    target: FloatArray
    strength: float = 0.0
    alpha: float = ALPHA

    name: ClassVar[str] = "calibration"
    title: ClassVar[str] = "Genres as in your ratings"
    help: ClassVar[str] = "Give every genre about the share it has among the films you rated."

    def start(self) -> FloatArray:
        return np.zeros(self.shares.shape[1])

    def gains(self, state: FloatArray) -> FloatArray:
        return -self.worth(state) - divergences(self.shares, state, self.target, self.alpha)

    def worth(self, state: FloatArray) -> float:
        return -float(divergences(np.zeros((1, len(state))), state, self.target, self.alpha)[0])

    def after(self, state: FloatArray, place: int) -> FloatArray:
        total: FloatArray = state + self.shares[place]
        return total

    @classmethod
    def asked_for(cls, asked: Asked, recipe: Recipe, pool: IntArray) -> Self | str | None:
        if not recipe.calibration:
            return None
        genres = asked.dataset.catalogue.genres
        target = history_shares(genres, asked.items, asked.keep)
        if target is None:
            return "Genres cannot follow your ratings yet: none of the films you rated has a known genre."
        return cls(genre_shares(genres[pool]), target, recipe.calibration)


def divergences_readable(
    shares: FloatArray, total: FloatArray, target: FloatArray, alpha: float = ALPHA
) -> FloatArray:
    """(n,) equation (2) of a list with the sum `total` after each of n films has been added to it.

    Args:
        shares: (n, n_genres) p(g|i) of each.
        total: (n_genres,) of the films in the list already.
        target: (n_genres,) p.
        alpha: α.
    """
    sums = shares + total
    amount = sums.sum(axis=1, keepdims=True)
    q = np.divide(sums, amount, out=np.zeros_like(sums), where=amount > 0)
    known = target > 0
    p = target[known]
    smoothed = (1 - alpha) * q[:, known] + alpha * p
    found: FloatArray = np.maximum((p * np.log(p / smoothed)).sum(axis=1), 0.0)  # a rounding may fall below
    return found


@exact_kernel
def divergences(shares: FloatArray, total: FloatArray, target: FloatArray, alpha: float) -> FloatArray:
    """The same as `divergences_readable`, without its temporaries."""
    n, n_genres = shares.shape
    found = np.empty(n)
    for i in range(n):
        amount = 0.0
        for g in range(n_genres):
            amount += shares[i, g] + total[g]
        apart = 0.0
        for g in range(n_genres):
            p = target[g]
            if p > 0:
                q = (shares[i, g] + total[g]) / amount if amount > 0 else 0.0
                apart += p * np.log(p / ((1 - alpha) * q + alpha * p))
        found[i] = max(apart, 0.0)
    return found
