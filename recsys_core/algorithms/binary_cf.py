"""Collaborative filtering for yes and no: the probability that a person says yes to an item.

    p̂_ui = φ(z_ui)        z_ui = μ_i + b_u + p_u·q_i        φ(z) = 1 / (1 + e⁻ᶻ)   (1)
    J = − Σ_{u was shown i} [y ln p̂ + (1 − y) ln(1 − p̂)]
        + λ/2 Σ_u ‖p_u‖² + λ/2 Σ_i ‖q_i‖²                                   (2)

y_ui is 1 for a yes, 0 for a no; pairs that were never shown are not in the sum. Of a table of
ratings, those from τ stars on are a yes; where the scale ends below τ, its top is (a table of 0
and 1 is its own labels). With mean normalisation, μ_i is the log-odds of the item's yeses, as if
each item had one yes and one no more; without it, as in the lectures, μ_i = 0. Everything else is
`gradient_cf` with φ: the gradient of (2) has the same form, with e = p̂ − y.

Shapes      P (n_users, n_factors) · Q (n_items, n_factors) · b (n_users,) · μ_i (n_items,)
Scores      z, not p̂: sure things would tie at 1
Cold start  no ratings → p_u = 0, b_u = 0: φ(μ_i); an item nobody rated → q_i = 0, μ_i of all items
Fold-in     (2) for the new person alone, films held still: logistic regression by Newton's method.
            λ/2 b_u² is added there, for without it the b_u of a person who only says yes has no
            finite best value. φ bends, so no exact share belongs to one rating
Cost        O((n_ratings + n_users + n_items) n_factors) an iteration; fold-in O(n_factors³) a step
Source      Ng, lectures on recommender systems: binary labels (favourites, likes and clicks)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._joint_gradient import Parts, descend, descent_work, logistic, start
from recsys_core.algorithms._optimizers import NAMES
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Algorithm, Explanation, Profile, Step, Term, User, hyper, seed
from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, IntArray, RatingArray, Ratings, frozen

NEWTON_STEPS = 50
SOLVED = 1e-10
"""Newton's method stops where no part of the gradient is larger."""


@dataclass
class BinaryCF(Algorithm):
    """Joint gradient descent on the cross-entropy of yes and no."""

    n_factors: int = hyper(10, "F", "numbers that describe one film's character", low=1, high=500)
    n_epochs: int = hyper(200, "T", "steps downhill, each over all ratings", low=1, high=2000)
    learning_rate: float = hyper(0.1, "γ", "size of each step", low=1e-5, high=1, log=True)
    regularization: float = hyper(5.0, "λ", "pull of the factors towards zero", low=1e-3, high=100, log=True)
    init_std: float = hyper(0.1, "σ", "spread of the random start", low=1e-6, high=2, log=True)
    optimizer: str = hyper("adam", "opt", "how a gradient becomes a step", choices=NAMES)
    mean_normalization: bool = hyper(True, "norm", "start each film from its own share of yes")
    threshold: float = hyper(4.0, "τ", "ratings from here on are a yes (at most the top)", low=0, high=10)
    seed: int = seed()

    name: ClassVar[str] = "binary_cf"
    title: ClassVar[str] = "Collaborative filtering for yes and no"
    summary: ClassVar[str] = "Learns how probable it is that somebody likes a film, not how many stars."
    learns_factors: ClassVar[bool] = True
    folds_in: ClassVar[bool] = True
    binary: ClassVar[bool] = True
    iterative: ClassVar[bool] = True
    scores_are_ratings: ClassVar[bool] = False

    def labels(self, values: RatingArray) -> RatingArray:
        """1 where a rating is a yes, else 0; known once the model has seen a scale."""
        return (values >= self.threshold_).astype(np.float32)

    def work(self, size: Size) -> Work:
        return self.n_epochs * descent_work(size, self.n_factors) + Work(
            compiled=19e-9 * self.n_epochs * size.n_ratings,  # the logistic function
            n_bytes=42 * size.n_ratings + 24 * self.n_factors * (size.n_users + size.n_items),
        )

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        self.threshold_ = min(self.threshold, ratings.scale.high)
        y = self.labels(ratings.by_item.values)
        self.item_log_odds_ = self._log_odds(ratings)
        theta = start(ratings, self.n_factors, self.init_std, self.seed)
        kept = theta.astype(np.float64)  # predictions are made in float64
        parts = Parts.of(kept, ratings.n_users, ratings.n_items)
        self.user_factors_, self.item_factors_, self.user_bias_ = (
            part.view() for part in (parts.P, parts.Q, parts.b)
        )
        for array in (self.user_factors_, self.item_factors_, self.user_bias_, self.item_log_odds_):
            frozen(array)
        path = descend(
            ratings,
            theta,
            y,
            self.item_log_odds_,
            binary=True,
            regularization=self.regularization,
            optimizer_name=self.optimizer,
            learning_rate=self.learning_rate,
            n_epochs=self.n_epochs,
        )
        for epoch, done in enumerate(path, 1):
            kept[:] = theta  # what was learned are views of it
            yield Step(epoch, self.n_epochs, done.cost, done.rmse, done.gradient_norm)

    def _log_odds(self, ratings: Ratings) -> FloatArray:
        """μ_i (n_items,)."""
        if not self.mean_normalization:
            return np.zeros(ratings.n_items)
        y = self.labels(ratings.values).astype(np.float64)
        yes = np.bincount(ratings.items, weights=y, minlength=ratings.n_items)
        of_items = np.log((yes + 1) / (self.item_counts_ - yes + 1))
        of_all = np.log((y.sum() + 1) / (len(y) - y.sum() + 1))
        return np.where(self.item_counts_ > 0, of_items, of_all)

    # -- equation (1)

    def _logits(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        mu_i, q_i = self.item_log_odds_[items], self.item_factors_[items]
        if isinstance(users, Profile):
            b_u, p_u = self._row(users)
            return mu_i + b_u + q_i @ p_u
        z: FloatArray = mu_i + self.user_bias_[users] + (q_i * self.user_factors_[users]).sum(axis=1)
        return z

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        return logistic(self._logits(users, items))

    def _scores(self, user: User) -> FloatArray:
        b_u, p_u = self._row(user)
        z: FloatArray = self.item_log_odds_ + b_u + self.item_factors_ @ p_u
        return z

    def _row(self, user: User) -> tuple[float, FloatArray]:
        if not isinstance(user, Profile):
            return float(self.user_bias_[user]), self.user_factors_[user]
        if user.vector is None or user.vector.shape != self.item_factors_.shape[1:]:
            raise DataError(f"This person was folded in by another model; fold in again with {self.title}.")
        return user.bias, user.vector

    # -- fold-in

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        if not len(items):
            return Profile(items, values, 0.0, np.zeros(self.n_factors), fallback="no ratings given")
        X = np.column_stack([np.ones(len(items)), self.item_factors_[items]])
        row = logistic_regression(X, self.labels(values), self.item_log_odds_[items], self.regularization)
        return Profile(items, values, float(row[0]), row[1:])

    # -- why

    def _explain(self, user: User, item: int) -> Explanation:
        """The terms are what each part of z adds to the probability, put in one after the other."""
        (b_u, p_u), mu_i = self._row(user), float(self.item_log_odds_[item])
        of_item, of_person, of_match = logistic(
            mu_i + np.cumsum([0.0, b_u, float(self.item_factors_[item] @ p_u)])
        )
        terms = (
            Term("share of yes for this item", "φ(μ_i)", float(of_item)),
            Term("this person against the average", "Δφ(b_u)", float(of_person - of_item)),
            Term("match of tastes", "Δφ(q_i·p_u)", float(of_match - of_person)),
        )
        return Explanation(float(of_match), terms, fallback=self.fallback(user, item))


def logistic_regression(
    X: FloatArray, y: RatingArray, constants: FloatArray, regularization: float
) -> FloatArray:
    """The coefficients β with the least Σ cross-entropy(φ(c + Xβ), y) + λ/2 ‖β‖².

    Newton's method from β = 0, with half the step where a whole one would not go down: the loss is
    strictly convex, so there is one answer and the order of the rows does not change it.

    Args:
        X: (n, n_features).
        y: (n,) 1 or 0.
        constants: (n,) c.
        regularization: λ > 0.

    Returns:
        (n_features,).
    """

    def loss(beta: FloatArray) -> float:
        z = constants + X @ beta
        entropy = np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))
        return float(entropy.sum() + regularization / 2 * beta @ beta)

    beta, identity = np.zeros(X.shape[1]), np.eye(X.shape[1])
    for _ in range(NEWTON_STEPS):
        p = logistic(constants + X @ beta)
        gradient = X.T @ (p - y) + regularization * beta
        if np.abs(gradient).max() < SOLVED:
            break
        step = np.linalg.solve((X.T * (p * (1 - p))) @ X + regularization * identity, gradient)
        while loss(beta - step) > loss(beta) and np.abs(step).max() > SOLVED:
            step = step / 2
        beta = beta - step
    return beta
