"""Surprise's SVD++: what a person rated tells of their taste, whatever the ratings were.

    r̂_ui = μ + b_u + b_i + q_iᵀ (p_u + z̄_u)        z̄_u = |I_u|^−½ Σ_{j∈I_u} z_j        (1)

The same model, start and updates as `svdpp`, whose page explains them; here so that the two
can be held against each other. Prediction needs p_u + z̄_u alone, so that is what
`user_factors_` holds.

A new person's (b_u, p_u) is found by the map H of `svd`, fed with what z̄_u leaves:

    (b_u, p_u) = H (r_j − μ − b_j − q_jᵀ z̄_u)                              (2)

It is linear in the ratings, and z̄_u is a sum over the items rated: each rating's share, of
what was given and of having been given, is exact.

Shapes      P (n_users, n_factors) · Q, Z (n_items, n_factors)
Cold start  as `svdpp`
Fold-in     (2): Surprise has none of its own
Cost        O(Σ_u |I_u|² n_factors) a pass, where `svdpp` needs O(n_ratings n_factors)
Source      Koren (2008), Factorization Meets the Neighborhood, eq. 15, where z is y; Hug (2020), Surprise
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._factors import FactorModel
from recsys_core.algorithms.base import Profile, Share, hyper, seed
from recsys_core.algorithms.svd import fold_in_map
from recsys_core.errors import TrainingDivergedError
from recsys_core.ratings import FloatArray, IntArray, RatingArray, Ratings, frozen


@dataclass
class SurpriseSVDpp(FactorModel):
    """surprise.SVDpp behind the lab's protocol."""

    n_factors: int = hyper(20, "F", "numbers that describe one film's character", low=1, high=500)
    n_epochs: int = hyper(20, "T", "passes over all ratings", low=1, high=500)
    learning_rate: float = hyper(0.007, "γ", "size of each step", low=1e-5, high=1, log=True)
    regularization: float = hyper(0.02, "λ", "pull towards zero", low=1e-6, high=10, log=True)
    init_std: float = hyper(0.1, "σ", "spread of the random start", low=1e-6, high=1, log=True)
    seed: int = seed()

    name: ClassVar[str] = "surprise_svdpp"
    title: ClassVar[str] = "SVD++ (Surprise)"
    summary: ClassVar[str] = "SVD that also learns from which films were rated at all, as Surprise trains it."
    learns_factors: ClassVar[bool] = True

    def _fit(self, ratings: Ratings) -> None:
        b_u, b_i, P, Q, Z = _surprise.svdpp(
            ratings,
            n_factors=self.n_factors,
            n_epochs=self.n_epochs,
            lr_all=self.learning_rate,
            reg_all=self.regularization,
            init_std_dev=self.init_std,
            random_state=self.seed,
        )
        if not np.isfinite(Z).all():
            raise TrainingDivergedError(f"{self.title} left the finite numbers. Lower the learning rate.")
        implied = np.zeros_like(P)
        np.add.at(implied, ratings.users, Z[ratings.items])
        implied /= np.sqrt(np.maximum(self.user_counts_, 1))[:, None]
        self._learned(ratings.mean, b_u, b_i, P + implied, Q)
        self.implicit_factors_ = Z
        frozen(Z)

    # -- fold-in, equation (2)

    def _fold_in_map(self, items: IntArray) -> FloatArray:
        time = self.learning_rate * self.n_epochs
        return fold_in_map(self.item_factors_[items], self.regularization, time)

    def _parts(self, items: IntArray, values: RatingArray) -> FloatArray:
        """(1 + n_factors, n): what each rating adds to the person's (b_u, p_u + z̄_u)."""
        H = self._fold_in_map(items)
        Z = self.implicit_factors_[items].T / np.sqrt(len(items))  # one column an item rated
        said = H * self._left_to_explain(items, values)
        implied = np.vstack([np.zeros(len(items)), Z]) - H @ (self.item_factors_[items] @ Z)
        parts: FloatArray = said + implied
        return parts

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        if not len(items):
            return super()._fold_in(items, values)
        row = self._parts(items, values).sum(axis=1)
        return Profile(items, values, float(row[0]), row[1:])

    def _shares(self, profile: Profile, item: int) -> tuple[Share, ...]:
        if not len(profile):
            return ()
        x_i = np.concatenate(([1.0], self.item_factors_[item]))
        shares = x_i @ self._parts(profile.items, profile.values)
        return tuple(
            Share(int(j), float(r), float(share))
            for j, r, share in zip(profile.items, profile.values, shares, strict=True)
        )
