"""Collaborative filtering as regressions by turns, from random factors; no biases.

    r̂_ui = q_iᵀ p_u                                                        (1)
    J = ½ Σ (r_ui − q_iᵀp_u)² + λ/2 Σ_u ‖p_u‖² + λ/2 Σ_i ‖q_i‖²            (2)

Start from random item factors. Take them for known features and regress every person's
ratings on them; take what that gave for known features of people and regress every item's
ratings on those; and so on:

    p_u = (Q_uᵀQ_u + λI)⁻¹ Q_uᵀ r_u        Q_u: the rows q_i, i ∈ I_u      (3)
    q_i = (P_iᵀP_i + λI)⁻¹ P_iᵀ r_i        P_i: the rows p_u, u ∈ U_i      (4)

Each half-step finds the lowest J with the other side held still, so J never rises from one
to the next. Every half-step is one `Step`: n_epochs passes are 2 n_epochs steps. Nothing is
taken off the ratings, as in the lecture, unless `mean_normalization` asks for it: then μ and
each item's own mean b_i = μ_i − μ come off before and on again after, and (1) is what is left.

`als` is the same idea made to predict well: biases first, and λ once a rating.

Shapes      P (n_users, n_factors) · Q (n_items, n_factors)
Cold start  no ratings → p_u = 0; an item nobody rated → q_i = 0: both predict 0, held to the
            scale, or the mean taken off
Fold-in     (3) with the items as the last half-step left them; linear, shares exact. A known
            person's p_u is one half-step older
Cost        a half-step O(Σ_x min(n_x, n_factors)² max(n_x, n_factors)), n_x ratings in a row
Source      Module 19: Recommendation Systems, collaborative filtering; (2) is the cost of
            Ng, Recommender Systems lectures, without b⁽ʲ⁾
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from threadpoolctl import threadpool_limits

from recsys_core.algorithms._biases import shrunk_mean
from recsys_core.algorithms._factors import FactorModel, ridge_map
from recsys_core.algorithms._regression import half_step
from recsys_core.algorithms._ridge import pass_work
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Explanation, Step, User, hyper, seed
from recsys_core.ratings import FloatArray, IntArray, Ratings


@dataclass
class AlternatingRegression(FactorModel):
    """Regressions (3) and (4) by turns."""

    n_factors: int = hyper(2, "F", "numbers that describe one film's character", low=1, high=300)
    n_epochs: int = hyper(10, "T", "passes: all people, then all films", low=1, high=500)
    regularization: float = hyper(0.5, "λ", "pull of the factors towards zero", low=1e-9, high=1000, log=True)
    init_std: float = hyper(1.0, "σ", "spread of the random start", low=1e-6, high=10, log=True)
    mean_normalization: bool = hyper(False, "norm", "whether each film's mean is taken off before learning")
    seed: int = seed()

    name: ClassVar[str] = "alternating_regression"
    title: ClassVar[str] = "Alternating regressions"
    summary: ClassVar[str] = "Starts from made-up film factors and regresses people and films by turns."
    cheaper: ClassVar[str] = "als"
    learns_factors: ClassVar[bool] = True
    iterative: ClassVar[bool] = True

    def work(self, size: Size) -> Work:
        # Its rows are solved in full, without the shortcut for people of few ratings.
        return 2 * self.n_epochs * pass_work(size, self.n_factors) + Work(n_bytes=90 * size.n_ratings)

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        mu, b_i = 0.0, np.zeros(ratings.n_items)
        if self.mean_normalization:
            mu = ratings.mean
            b_i = shrunk_mean(ratings.items, ratings.values.astype(np.float64) - mu, ratings.n_items, 0.0)
        b_u = np.zeros(ratings.n_users)
        e = ratings.values.astype(np.float64) - mu - b_i[ratings.items]
        by_user, by_item = ratings.by_user, ratings.by_item
        e_by_user, e_by_item = e[by_user.order], e[by_item.order]
        rng = np.random.default_rng(self.seed)
        Q = rng.normal(0.0, self.init_std, (ratings.n_items, self.n_factors))
        Q[self.item_counts_ == 0] = 0.0  # nothing will ever be learned of them
        for half in range(2 * self.n_epochs):
            # On many small systems a second BLAS thread costs more than it brings.
            with threadpool_limits(limits=1, user_api="blas"):
                if half % 2 == 0:
                    P = half_step(by_user.starts, by_user.others, e_by_user, Q, self.regularization)  # (3)
                else:
                    Q = half_step(by_item.starts, by_item.others, e_by_item, P, self.regularization)  # (4)
            self._learned(mu, b_u, b_i, P, Q)
            yield self._step(half + 1, ratings, e)

    def _step(self, half: int, ratings: Ratings, e: FloatArray) -> Step:
        P, Q = self.user_factors_, self.item_factors_
        left = e.copy()
        for p, q in zip(P.T, Q.T, strict=True):  # a factor at a time: no table of n_ratings × n_factors
            left -= p[ratings.users] * q[ratings.items]
        squares = float(left @ left)
        penalty = self.regularization * (float((P * P).sum()) + float((Q * Q).sum()))
        return Step(half, 2 * self.n_epochs, (squares + penalty) / 2, (squares / len(ratings)) ** 0.5)  # (2)

    def _fold_in_map(self, items: IntArray) -> FloatArray:
        G = ridge_map(self.item_factors_[items], self.regularization)  # (3)
        return np.vstack([np.zeros(len(items)), G])

    def _explain(self, user: User, item: int) -> Explanation:
        """Without the terms of biases that this model does not have."""
        why = super()._explain(user, item)
        absent = {"b_u"} if self.mean_normalization else {"μ", "b_i", "b_u"}
        return replace(why, terms=tuple(term for term in why.terms if term.symbol not in absent))
