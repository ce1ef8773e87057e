"""Collaborative filtering by joint gradient descent: tastes of people and character of films are
learned at the same time, from nothing but the ratings.

    r̂_ui = μ_i + b_u + p_u·q_i                                             (1)
    J = ½ Σ_{u rated i} (r̂_ui − r_ui)² + λ/2 Σ_u ‖p_u‖² + λ/2 Σ_i ‖q_i‖²   (2)

μ_i is the mean of item i over those who rated it (μ, the mean of all ratings, if nobody did);
without mean normalisation it is 0. Every iteration takes the gradient of J over all known
ratings, `_joint_gradient.py` (6), and moves all of P, Q and b at once by the optimizer's rule,
`_optimizers.py`. In the lectures p_u is w⁽ʲ⁾, b_u is b⁽ʲ⁾ and q_i is x⁽ⁱ⁾; b is not regularised.

A step reports J and the gradient before it, as the course lab logs them (its iteration 0 is
step 1), and the error on the training ratings after it. The defaults predict well on a hundred
thousand ratings; those of the lab, which fit its table almost exactly, are `course_lab.SETTINGS`.
λ is paid once a person and once a film, so fewer ratings want a smaller one.

Shapes      P (n_users, n_factors) · Q (n_items, n_factors) · b (n_users,) · μ_i (n_items,)
Cold start  no ratings → p_u = 0, b_u = 0: μ_i is predicted; an item nobody rated → q_i = 0
Fold-in     (2) for the new person alone, films held still: ridge of r − μ_i on q_i with b_u free;
            linear, so each rating's share is exact
Cost        O((n_ratings + n_users + n_items) n_factors) an iteration, in float32
Source      Ng, lectures on recommender systems: collaborative filtering algorithm, mean
            normalisation; the course lab uses Adam
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._biases import shrunk_mean
from recsys_core.algorithms._factors import FactorModel, ridge_map
from recsys_core.algorithms._joint_gradient import Parts, descend, descent_work, start
from recsys_core.algorithms._optimizers import NAMES
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Explanation, Step, User, hyper, seed
from recsys_core.ratings import FloatArray, IntArray, Ratings


@dataclass
class GradientCF(FactorModel):
    """All people and all films move downhill together."""

    n_factors: int = hyper(10, "F", "numbers that describe one film's character", low=1, high=500)
    n_epochs: int = hyper(200, "T", "steps downhill, each over all ratings", low=1, high=2000)
    learning_rate: float = hyper(0.1, "γ", "size of each step", low=1e-5, high=1, log=True)
    regularization: float = hyper(10.0, "λ", "pull of the factors towards zero", low=0, high=100)
    init_std: float = hyper(1.0, "σ", "spread of the random start", low=1e-6, high=2, log=True)
    optimizer: str = hyper("adam", "opt", "how a gradient becomes a step", choices=NAMES)
    mean_normalization: bool = hyper(True, "norm", "take each film's mean off before learning")
    seed: int = seed()

    name: ClassVar[str] = "gradient_cf"
    title: ClassVar[str] = "Collaborative filtering by gradient descent"
    summary: ClassVar[str] = "Learns people and films at the same time, all moving downhill together."
    cheaper: ClassVar[str] = "svd"
    learns_factors: ClassVar[bool] = True
    iterative: ClassVar[bool] = True

    def work(self, size: Size) -> Work:
        return self.n_epochs * descent_work(size, self.n_factors) + Work(
            n_bytes=42 * size.n_ratings + 24 * self.n_factors * (size.n_users + size.n_items)
        )

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        mu, b_i = item_means(ratings) if self.mean_normalization else (0.0, np.zeros(ratings.n_items))
        theta = start(ratings, self.n_factors, self.init_std, self.seed)
        kept = theta.astype(np.float64)  # predictions are made in float64
        parts = Parts.of(kept, ratings.n_users, ratings.n_items)
        self._learned(mu, parts.b, b_i, parts.P, parts.Q)
        path = descend(
            ratings,
            theta,
            ratings.by_item.values,
            mu + b_i,
            binary=False,
            regularization=self.regularization,
            optimizer_name=self.optimizer,
            learning_rate=self.learning_rate,
            n_epochs=self.n_epochs,
        )
        for epoch, done in enumerate(path, 1):
            kept[:] = theta  # what was learned are views of it
            yield Step(epoch, self.n_epochs, done.cost, done.rmse, done.gradient_norm)

    def _fold_in_map(self, items: IntArray) -> FloatArray:
        """Ridge on q_i less their mean gives p_u, whatever b_u; b_u then makes the errors sum to 0."""
        q = self.item_factors_[items]
        middle = q.mean(axis=0)
        G = ridge_map(q - middle, self.regularization)  # p_u = G y
        return np.vstack([1 / len(q) - middle @ G, G])

    def _explain(self, user: User, item: int) -> Explanation:
        why = super()._explain(user, item)
        if self.mean_normalization:
            return why
        return replace(why, terms=tuple(term for term in why.terms if term.symbol not in ("μ", "b_i")))


def item_means(ratings: Ratings) -> tuple[float, FloatArray]:
    """The mean of all ratings μ, and how far the mean of each item lies from it, μ_i − μ (n_items,);
    0 where nobody rated the item."""
    centred = ratings.values.astype(np.float64) - ratings.mean
    return ratings.mean, shrunk_mean(ratings.items, centred, ratings.n_items, 0.0)
