"""Bias: the average, the film against the average, the person against the average.

    r̂_ui = μ + b_u + b_i                                                   (1)

with b_u and b_i from the alternation in `_biases.py`. The baseline every other model has
to beat: it knows who is generous and what is liked, and nothing of taste.

Shapes      b_u (n_users,) · b_i (n_items,)
Cold start  no ratings given → b_u = 0; a film nobody rated → b_i = 0
Fold-in     b_u = Σ_j (r_j − μ − b_j) / (λ_u + n), linear in the ratings, so shares are exact
Cost        O(n_ratings) a pass
Equal to    Surprise's BaselineOnly (method "als"), whose defaults these are
Source      Koren (2010), Factor in the Neighbors, eq. 1
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._biases import alternate_once
from recsys_core.algorithms._factors import FactorModel
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Step, hyper
from recsys_core.ratings import FloatArray, IntArray, Ratings


@dataclass
class Bias(FactorModel):
    """Equation (1): a factor model without factors."""

    n_epochs: int = hyper(10, "T", "passes over items, then users", low=1, high=100)
    item_shrinkage: float = hyper(10.0, "λ_i", "ratings at the average added to each film", low=0, high=100)
    user_shrinkage: float = hyper(15.0, "λ_u", "ratings at the average added to each person", low=0, high=100)

    name: ClassVar[str] = "bias"
    title: ClassVar[str] = "Biases only"
    summary: ClassVar[str] = "Who is generous and what is liked; knows nothing of taste."
    cheaper: ClassVar[str] = "popularity"
    iterative: ClassVar[bool] = True

    def work(self, size: Size) -> Work:
        a_pass = 14e-9 * size.n_ratings + 10e-9 * (size.n_users + size.n_items)
        return Work(compiled=self.n_epochs * a_pass, n_bytes=34 * size.n_ratings)

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        b_u = np.zeros(ratings.n_users)
        none_u, none_i = np.zeros((ratings.n_users, 0)), np.zeros((ratings.n_items, 0))
        for epoch in range(1, self.n_epochs + 1):
            b_u, b_i = alternate_once(ratings, b_u, self.item_shrinkage, self.user_shrinkage)
            self._learned(ratings.mean, b_u, b_i, none_u, none_i)
            error = ratings.values.astype(np.float64) - ratings.mean - b_u[ratings.users] - b_i[ratings.items]
            squares = float(np.einsum("n,n->", error, error))  # a BLAS product may wake idle threads
            penalty = self.user_shrinkage * float(b_u @ b_u) + self.item_shrinkage * float(b_i @ b_i)
            yield Step(epoch, self.n_epochs, squares + penalty, (squares / len(ratings)) ** 0.5)

    def _fold_in_map(self, items: IntArray) -> FloatArray:
        n = len(items)
        return np.full((1, n), 1.0 / (self.user_shrinkage + n))
