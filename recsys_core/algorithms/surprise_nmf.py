"""Surprise's non-negative matrix factorisation: tastes that only add up, never cancel.

    r̂_ui = q_iᵀ p_u,   p_uf ≥ 0, q_if ≥ 0                                  (1)
    p_uf ← p_uf Σ_{i∈I_u} q_if r_ui / (Σ_{i∈I_u} q_if r̂_ui + λ |I_u| p_uf)  (2)

and q_if likewise: factors that start positive are multiplied by positive numbers and stay so.
With `biased`, (1) becomes μ + b_u + b_i + q_iᵀ p_u, the biases by gradient descent with
Surprise's settings (γ = 0.005, λ = 0.02).

(2) asks for ratings that are not negative: on a scale that begins below zero they are
measured from its low end, which is added again at the end. (Surprise would go on and learn
factors of either sign.)

Shapes      P (n_users, n_factors) · Q (n_items, n_factors)
Cold start  no ratings on either side → μ; with biases μ + b_u + b_i, unknown ones 0
Fold-in     none: (2) has no closed solution and a person's part in it is not linear
Cost        O(n_ratings n_factors) a pass
Source      Luo, Zhou, Xia & Zhu (2014), An Efficient Non-Negative Matrix-Factorization-Based
            Approach to Collaborative Filtering, eq. 7-8; Hug (2020), Surprise
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._products import products
from recsys_core.algorithms._surprise import trainset_work
from recsys_core.algorithms._terms import summed
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Term, User, hyper, seed
from recsys_core.errors import TrainingDivergedError
from recsys_core.ratings import FloatArray, IntArray, Ratings, frozen


@dataclass
class SurpriseNMF(Algorithm):
    """surprise.NMF behind the lab's protocol."""

    n_factors: int = hyper(15, "F", "numbers that describe one film's character", low=1, high=300)
    n_epochs: int = hyper(50, "T", "passes over all ratings", low=1, high=500)
    regularization: float = hyper(0.06, "λ", "pull towards zero", low=1e-6, high=10, log=True)
    biased: bool = hyper(False, "bias", "learn how generous people and how liked films are beside it")
    seed: int = seed()

    name: ClassVar[str] = "surprise_nmf"
    title: ClassVar[str] = "Non-negative factors (Surprise)"
    summary: ClassVar[str] = "Tastes as parts that only add up, which makes the factors easier to read."
    cheaper: ClassVar[str] = "als"
    learns_factors: ClassVar[bool] = True

    def work(self, size: Size) -> Work:
        a_rating = 13e-9 + 5.8e-9 * self.n_factors
        return trainset_work(size) + Work(compiled=self.n_epochs * size.n_ratings * a_rating)

    def _fit(self, ratings: Ratings) -> None:
        self.mu_, self.lowest_ = ratings.mean, min(ratings.scale.low, 0.0)
        if self.lowest_ < 0:
            ratings = replace(ratings, values=ratings.values - np.float32(self.lowest_))
        b_u, b_i, P, Q = _surprise.nmf(
            ratings,
            n_factors=self.n_factors,
            n_epochs=self.n_epochs,
            reg_pu=self.regularization,
            reg_qi=self.regularization,
            biased=self.biased,
            random_state=self.seed,
        )
        self.user_bias_, self.item_bias_, self.user_factors_, self.item_factors_ = b_u, b_i, P, Q
        for array in (b_u, b_i, P, Q):
            if not np.isfinite(array).all():
                raise TrainingDivergedError(
                    f"{self.title} left the finite numbers. Raise the regularisation."
                )
            frozen(array)

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        u = self._known(users)
        match = products(self.user_factors_, self.item_factors_, u, items)
        if self.biased:
            biased: FloatArray = self.mu_ + self.user_bias_[u] + self.item_bias_[items] + match
            return biased
        known = (self.user_counts_[u] > 0) & (self.item_counts_[items] > 0)
        return np.where(known, self.lowest_ + match, self.mu_)  # (1)

    def _explain(self, user: User, item: int) -> Explanation:
        u = int(self._known(user))
        why = self.fallback(user, item)
        terms = [Term("average of all ratings", "μ", self.mu_)]
        if self.biased:
            terms.append(Term("this item against the average", "b_i", float(self.item_bias_[item])))
            terms.append(Term("this person against the average", "b_u", float(self.user_bias_[u])))
        elif why is None:
            terms = [Term("low end of the scale", "low", self.lowest_)] if self.lowest_ else []
        if why is None:
            match = float(self.item_factors_[item] @ self.user_factors_[u])
            terms.append(Term("match of tastes", "q_i·p_u", match))
        return summed(terms, self.scale_, why)
