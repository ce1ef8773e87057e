"""Surprise's baseline: an average, a number for the film and a number for the person.

    r̂_ui = μ + b_u + b_i                                                   (1)

`als` alternates shrunken means, exactly as `bias`, whose page explains them. `sgd` goes from
rating to rating, e = r_ui − r̂_ui:

    b_u ← b_u + γ (e − λ b_u)          b_i ← b_i + γ (e − λ b_i)           (2)

Each method has dials of its own; those of the other do nothing. Surprise gives `sgd` 20
passes where nothing is said; here T is one dial and starts at the 10 of `als`.

Shapes      b_u (n_users,) · b_i (n_items,)
Cold start  no ratings → b_u = 0; a film nobody rated → b_i = 0
Fold-in     als: b_u = Σ_j (r_j − μ − b_j) / (λ_u + n); sgd: (2) for the new person alone, in
            the limit of small steps, for as long as training went on; both linear, shares exact
Cost        O(n_ratings) a pass
Source      Koren (2010), Factor in the Neighbors, section 2.1; Hug (2020), Surprise
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms import _surprise
from recsys_core.algorithms._factors import FactorModel
from recsys_core.algorithms._surprise import trainset_work
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import hyper
from recsys_core.algorithms.svd import fold_in_map
from recsys_core.ratings import FloatArray, IntArray, Ratings


@dataclass
class SurpriseBaselineOnly(FactorModel):
    """surprise.BaselineOnly behind the lab's protocol."""

    optimizer: str = hyper("als", "opt", "means in turn, or step by step", choices=("als", "sgd"))
    n_epochs: int = hyper(10, "T", "passes over all ratings", low=1, high=500)
    item_shrinkage: float = hyper(
        10.0, "λ_i", "ratings at the average added to each film (als)", low=0, high=100
    )
    user_shrinkage: float = hyper(
        15.0, "λ_u", "ratings at the average added to each person (als)", low=0, high=100
    )
    learning_rate: float = hyper(0.005, "γ", "size of each step (sgd)", low=1e-5, high=1, log=True)
    regularization: float = hyper(0.02, "λ", "pull towards zero (sgd)", low=1e-6, high=10, log=True)

    name: ClassVar[str] = "surprise_baseline_only"
    title: ClassVar[str] = "Baseline (Surprise)"
    summary: ClassVar[str] = "Who is generous and what is liked, as Surprise computes it; knows no taste."
    cheaper: ClassVar[str] = "bias"
    twin: ClassVar[str] = "bias"

    def work(self, size: Size) -> Work:
        return trainset_work(size) + Work(compiled=30e-9 * self.n_epochs * size.n_ratings)

    def _fit(self, ratings: Ratings) -> None:
        if self.optimizer == "als":
            options = {"reg_i": self.item_shrinkage, "reg_u": self.user_shrinkage}
        else:
            options = {"learning_rate": self.learning_rate, "reg": self.regularization}
        b_u, b_i = _surprise.baseline(ratings, method=self.optimizer, n_epochs=self.n_epochs, **options)
        no_tastes, no_character = np.zeros((ratings.n_users, 0)), np.zeros((ratings.n_items, 0))
        self._learned(ratings.mean, b_u, b_i, no_tastes, no_character)

    def _fold_in_map(self, items: IntArray) -> FloatArray:
        if self.optimizer == "als":
            return np.full((1, len(items)), 1.0 / (self.user_shrinkage + len(items)))
        time = self.learning_rate * self.n_epochs
        return fold_in_map(self.item_factors_[items], self.regularization, time)
