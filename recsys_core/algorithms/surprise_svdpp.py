"""Surprise's SVD++: what a person rated tells of their taste, whatever the ratings were.

    r̂_ui = μ + b_u + b_i + q_iᵀ (p_u + z̄_u)        z̄_u = |I_u|^−½ Σ_{j∈I_u} z_j        (1)

The same model, start and updates as `svdpp`, whose page explains them; here so that the two
can be held against each other.

Shapes      P (n_users, n_factors) · Q, Z (n_items, n_factors)
Cold start  as `svdpp`
Fold-in     as `svdpp`: Surprise has none of its own
Cost        O(Σ_u |I_u|² n_factors) a pass, where `svdpp` needs O(n_ratings n_factors)
Source      Koren (2008), Factorization Meets the Neighborhood, eq. 15, where z is y; Hug (2020), Surprise
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._implicit import ImplicitFactorModel
from recsys_core.algorithms._surprise import trainset_work
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import hyper, seed
from recsys_core.ratings import Ratings


@dataclass
class SurpriseSVDpp(ImplicitFactorModel):
    """surprise.SVDpp behind the lab's protocol."""

    init_std: float = hyper(0.1, "σ", "spread of the random start", low=1e-6, high=1, log=True)
    seed: int = seed()

    name: ClassVar[str] = "surprise_svdpp"
    title: ClassVar[str] = "SVD++ (Surprise)"
    summary: ClassVar[str] = "SVD that also learns from which films were rated at all, as Surprise trains it."
    cheaper: ClassVar[str] = "svdpp"
    learns_factors: ClassVar[bool] = True
    twin: ClassVar[str] = "svdpp"

    def work(self, size: Size) -> Work:
        return trainset_work(size) + Work(
            compiled=1.45e-9 * self.n_epochs * size.user_pairs * self.n_factors, n_bytes=100 * size.n_ratings
        )

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
        implied = np.zeros_like(P)
        np.add.at(implied, ratings.users, Z[ratings.items])
        implied /= np.sqrt(np.maximum(self.user_counts_, 1))[:, None]
        self._learned(ratings.mean, b_u, b_i, P + implied, Q)
        self._implied(Z, implied)
