"""Surprise's SVD, trained by Surprise itself.

    r̂_ui = μ + b_u + b_i + q_iᵀ p_u                                        (1)

The same model, start and updates as `svd`, whose page explains them; here so that the two
can be held against each other. Surprise tells nothing while it trains: there are no steps.

Shapes      P (n_users, n_factors) · Q (n_items, n_factors)
Cold start  as `svd`
Fold-in     as `svd`: Surprise has none of its own
Cost        as `svd`, about ten times slower
Source      Hug (2020), Surprise: A Python library for recommender systems
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._factors import FactorModel
from recsys_core.algorithms._surprise import trainset_work
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import hyper, seed
from recsys_core.algorithms.svd import fold_in_map
from recsys_core.ratings import FloatArray, IntArray, Ratings


@dataclass
class SurpriseSVD(FactorModel):
    """surprise.SVD behind the lab's protocol."""

    n_factors: int = hyper(100, "F", "numbers that describe one film's character", low=1, high=500)
    n_epochs: int = hyper(20, "T", "passes over all ratings", low=1, high=500)
    learning_rate: float = hyper(0.005, "γ", "size of each step", low=1e-5, high=1, log=True)
    regularization: float = hyper(0.02, "λ", "pull towards zero", low=1e-6, high=10, log=True)
    init_std: float = hyper(0.1, "σ", "spread of the random start", low=1e-6, high=1, log=True)
    seed: int = seed()

    name: ClassVar[str] = "surprise_svd"
    title: ClassVar[str] = "SVD (Surprise)"
    summary: ClassVar[str] = "The same model as trained by the Surprise library, for comparison."
    cheaper: ClassVar[str] = "svd"
    learns_factors: ClassVar[bool] = True
    twin: ClassVar[str] = "svd"

    def work(self, size: Size) -> Work:
        a_rating = 0.6e-9 * self.n_factors
        return trainset_work(size) + Work(
            compiled=self.n_epochs * size.n_ratings * a_rating,
            interpreted=70e-9 * self.n_epochs * size.n_ratings,  # it walks over Python tuples
        )

    def _fit(self, ratings: Ratings) -> None:
        b_u, b_i, P, Q = _surprise.svd(
            ratings,
            n_factors=self.n_factors,
            n_epochs=self.n_epochs,
            lr_all=self.learning_rate,
            reg_all=self.regularization,
            init_std_dev=self.init_std,
            random_state=self.seed,
        )
        self._learned(ratings.mean, b_u, b_i, P, Q)

    def _fold_in_map(self, items: IntArray) -> FloatArray:
        time = self.learning_rate * self.n_epochs
        return fold_in_map(self.item_factors_[items], self.regularization, time)
