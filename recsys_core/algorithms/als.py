"""Alternating least squares on what the biases leave unexplained.

    r̂_ui = μ + b_u + b_i + q_iᵀ p_u                                        (1)
    min_{P,Q} Σ (e_ui − q_iᵀ p_u)² + λ Σ_u |I_u| ‖p_u‖² + λ Σ_i |U_i| ‖q_i‖²   (2)
    e_ui = r_ui − μ − b_u − b_i                                            (3)

Biases come first and stay (`_biases.py`, one pass). With Q held still, (2) falls apart into
one ridge regression a user, which has a closed solution, and likewise for items with P still:

    p_u = (Q_uᵀ Q_u + λ |I_u| I)⁻¹ Q_uᵀ e_u       Q_u: the rows q_i, i ∈ I_u    (4)

So the loss (2) never rises from one half-step to the next. Items go first and users last,
so that folding in exactly a known user's ratings gives exactly that user's p_u.

Shapes      P (n_users, n_factors) · Q (n_items, n_factors)
Cold start  no ratings → p_u = 0; an item nobody rated → q_i = 0
Fold-in     b_u then (4), both linear in the ratings, so each rating's share is exact
Cost        a pass O(Σ_x min(n_x, n_factors)² max(n_x, n_factors)), n_x the ratings of a row
Source      Zhou, Wilkinson, Schreiber & Pan (2008), Large-scale Parallel Collaborative
            Filtering for the Netflix Prize, eq. 3-7 (λ weighted by the number of ratings)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._biases import alternate_once
from recsys_core.algorithms._factors import FactorModel, ridge_map
from recsys_core.algorithms._ridge import pass_work, solve_rows
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Step, hyper, seed
from recsys_core.kernel import kernel
from recsys_core.ratings import FloatArray, IntArray, LongArray, Ratings


@dataclass
class ALS(FactorModel):
    """Ridge regression by turns: items with people held still, people with items held still."""

    n_factors: int = hyper(50, "F", "numbers that describe one film's character", low=1, high=300)
    n_epochs: int = hyper(10, "T", "passes: all films, then all people", low=1, high=100)
    regularization: float = hyper(0.1, "λ", "pull of the factors towards zero", low=1e-6, high=10, log=True)
    shrinkage: float = hyper(5.0, "λ_b", "ratings at the average added to each bias", low=0, high=100)
    init_std: float = hyper(0.1, "σ", "spread of the random start", low=1e-6, high=1, log=True)
    seed: int = seed()

    name: ClassVar[str] = "als"
    title: ClassVar[str] = "Alternating least squares"
    summary: ClassVar[str] = "Learns tastes by solving films and people in turn; exact for a new person."
    cheaper: ClassVar[str] = "svd"
    learns_factors: ClassVar[bool] = True
    iterative: ClassVar[bool] = True

    def work(self, size: Size) -> Work:
        return self.n_epochs * pass_work(size, self.n_factors) + Work(n_bytes=80 * size.n_ratings)

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        b_u, b_i = alternate_once(ratings, np.zeros(ratings.n_users), self.shrinkage, self.shrinkage)
        r = ratings.values.astype(np.float64)
        e = r - ratings.mean - b_u[ratings.users] - b_i[ratings.items]  # (3)
        by_user, by_item = ratings.by_user, ratings.by_item
        e_by_user, e_by_item = e[by_user.order], e[by_item.order]
        rng = np.random.default_rng(self.seed)
        P = rng.normal(0.0, self.init_std, (ratings.n_users, self.n_factors))
        for epoch in range(1, self.n_epochs + 1):
            Q = half_step(by_item.starts, by_item.others, e_by_item, P, self.regularization)
            P = half_step(by_user.starts, by_user.others, e_by_user, Q, self.regularization)  # (4)
            self._learned(ratings.mean, b_u, b_i, P, Q)
            yield self._step(epoch, ratings, e)

    def _step(self, epoch: int, ratings: Ratings, e: FloatArray) -> Step:
        P, Q = self.user_factors_, self.item_factors_
        squares = squared_error(ratings.users, ratings.items, e, P, Q)
        sizes = self.user_counts_ @ (P * P).sum(axis=1) + self.item_counts_ @ (Q * Q).sum(axis=1)
        loss = squares + self.regularization * float(sizes)  # (2)
        return Step(epoch, self.n_epochs, loss, (squares / len(ratings)) ** 0.5)

    def _fold_in_map(self, items: IntArray) -> FloatArray:
        n = len(items)
        mean = np.full((1, n), 1.0 / (self.shrinkage + n))  # b_u = mean · y
        G = ridge_map(self.item_factors_[items], self.regularization * n)  # p_u = G (y − b_u)
        return np.vstack([mean, G - G.sum(axis=1, keepdims=True) * mean])


def half_step_readable(
    starts: LongArray, others: IntArray, e: FloatArray, fixed: FloatArray, regularization: float
) -> FloatArray:
    """Equation (4) for every row, as it is written.

    Args:
        starts: (n_rows + 1,) where each row's ratings begin.
        others: (n_ratings,) the index on the fixed side.
        e: (n_ratings,) what the biases leave, in the same order.
        fixed: (n_others, n_factors) the factors held still.
        regularization: λ > 0.

    Returns:
        (n_rows, n_factors) the solved factors; zero for a row without ratings.
    """
    solved = np.zeros((len(starts) - 1, fixed.shape[1]))
    for x in range(len(solved)):
        part = slice(starts[x], starts[x + 1])
        n_x = starts[x + 1] - starts[x]
        if n_x:
            solved[x] = ridge_map(fixed[others[part]], regularization * n_x) @ e[part]
    return solved


def half_step(
    starts: LongArray, others: IntArray, e: FloatArray, fixed: FloatArray, regularization: float
) -> FloatArray:
    """The same as `half_step_readable`, compiled and on several threads: see `_ridge.py`."""
    return solve_rows(starts, others, e, fixed, regularization)


@kernel
def squared_error(users: IntArray, items: IntArray, e: FloatArray, P: FloatArray, Q: FloatArray) -> float:
    """Σ (e_ui − q_iᵀ p_u)² over the ratings, without a temporary of n_ratings × n_factors."""
    total = 0.0
    for n in range(len(users)):
        left = e[n]
        for f in range(P.shape[1]):
            left -= P[users[n], f] * Q[items[n], f]
        total += left * left
    return total
