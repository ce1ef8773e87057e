"""Popularity: what most people rated comes first, for everyone the same.

    score_i = |U_i|                        how many people rated item i    (1)
    r̂_ui    = μ + Σ_{u∈U_i} (r_ui − μ) / (λ_i + |U_i|)                     (2)

Ranked by (1); the rating shown is the item's mean (2), drawn towards the mean of all
ratings by λ_i, so that one five-star rating is not a perfect film. The second baseline every
model has to beat: in ranking it is harder to beat than one thinks.

Shapes      |U_i| (n_items,) · r̂ (n_items,)
Cold start  needs nothing of the person; an item nobody rated has score 0 and is predicted μ
Fold-in     a new person gets the same list: no rating has a share in it
Cost        O(n_ratings)
Source      Cremonesi, Koren & Turrin (2010), Performance of Recommender Algorithms, §3.1
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._biases import shrunk_mean
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Term, User, hyper
from recsys_core.ratings import FloatArray, IntArray, RatingArray, Ratings


@dataclass
class Popularity(Algorithm):
    """Ranked by how many people rated it."""

    shrinkage: float = hyper(5.0, "λ_i", "ratings at the average added to each film", low=0, high=100)

    name: ClassVar[str] = "popularity"
    title: ClassVar[str] = "Most rated"
    summary: ClassVar[str] = "What most people rated, the same list for everyone."
    folds_in: ClassVar[bool] = True
    personal: ClassVar[bool] = False
    scores_are_ratings: ClassVar[bool] = False

    def work(self, size: Size) -> Work:
        return Work(compiled=6e-9 * size.n_ratings, n_bytes=16 * size.n_ratings)

    def _fit(self, ratings: Ratings) -> None:
        self.mu_ = ratings.mean
        centred = ratings.values.astype(np.float64) - self.mu_
        self.item_bias_ = shrunk_mean(ratings.items, centred, ratings.n_items, self.shrinkage)
        self.item_bias_.setflags(write=False)

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        return self.mu_ + self.item_bias_[items]  # (2)

    def _scores(self, user: User) -> FloatArray:
        return self.item_counts_.astype(np.float64)  # (1)

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        return Profile(items, values, fallback=None if len(items) else "no ratings given")

    def _explain(self, user: User, item: int) -> Explanation:
        terms = (
            Term("average of all ratings", "μ", self.mu_),
            Term("this item against the average", "b_i", float(self.item_bias_[item])),
        )
        estimate = sum(term.value for term in terms)  # a shrunk mean never leaves the scale
        return Explanation(estimate, terms, fallback=self.fallback(user, item))
