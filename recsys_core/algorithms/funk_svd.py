"""Funk's SVD: the ratings as a product of two thin tables, found by gradient descent.

    r̂_ui = q_iᵀ p_u                                                        (1)
    min Σ (r_ui − r̂_ui)² + λ (‖p_u‖² + ‖q_i‖²)     over known ratings only  (2)

A table with holes has no singular value decomposition; but (2) asks nothing of the holes,
and its gradient needs the known ratings only. With e = r̂ − r, two ways to go down:

per user, every rating of a row at once, then every rating of a column likewise:

    p_u ← p_u − γ Σ_{i∈I_u} (e_ui q_i + λ p_u)                             (3)
    q_i ← q_i − γ Σ_{u∈U_i} (e_ui p_u + λ q_i)     e taken anew             (4)

per rating, one after another, as in practice (old p_u and q_i on both right-hand sides):

    p_u ← p_u − γ (e q_i + λ p_u)                  q_i ← q_i − γ (e p_u + λ q_i)       (5)

The step of (3) grows with the number of ratings: a row of n wants γ well below 1/n.

Shapes      P (n_users, n_factors) · Q (n_items, n_factors)
Cold start  a person or an item without ratings has factors 0: predicted the mean of all ratings
Fold-in     (3) for the new person alone, from zero, for as long as training went on, in the
            limit of small steps (`descent_map`): linear, shares exact
Cost        O(n_ratings n_factors) a pass
Equal to    Surprise's SVD with biased=False and random_state = seed, per rating, where γ and λ are
            equal; its defaults, .005 and .02, stop far from the bottom on small tables
Source      Funk (2006), Netflix Update: Try This at Home; Module 19: Recommendation Systems, for (3)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from recsys_core.algorithms._factors import descent_map
from recsys_core.algorithms._order import normal_start, training_order
from recsys_core.algorithms._unbiased import UnbiasedFactorModel
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.als import squared_error
from recsys_core.algorithms.base import Explanation, Profile, Step, Term, User, hyper, seed
from recsys_core.kernel import kernel
from recsys_core.ratings import FloatArray, IntArray, LongArray, RatingArray, Ratings


@dataclass
class FunkSVD(UnbiasedFactorModel):
    """Gradient descent on the known ratings: by rows and columns, or rating by rating."""

    n_factors: int = hyper(100, "F", "numbers that describe one film's character", low=1, high=500)
    n_epochs: int = hyper(20, "T", "passes over all ratings", low=1, high=20_000)
    learning_rate: float = hyper(0.02, "γ", "size of each step", low=1e-5, high=1, log=True)
    regularization: float = hyper(0.1, "λ", "pull towards zero", low=0, high=10)
    update: str = hyper(
        "per_rating",
        "step",
        "what one step looks at: a rating, or all of a row",
        choices=("per_rating", "per_user"),
    )
    init_std: float = hyper(0.1, "σ", "spread of the random start", low=1e-6, high=1, log=True)
    seed: int = seed()

    name: ClassVar[str] = "funk_svd"
    title: ClassVar[str] = "Funk SVD"
    summary: ClassVar[str] = "Tastes and nothing else, found by going downhill on the known ratings."
    cheaper: ClassVar[str] = "svd"
    learns_factors: ClassVar[bool] = True
    iterative: ClassVar[bool] = True

    def work(self, size: Size) -> Work:
        numbers = self.n_factors * (size.n_users + size.n_items)
        return Work(
            compiled=self.n_epochs * size.n_ratings * (11e-9 + 0.33e-9 * self.n_factors) + 15e-9 * numbers,
            n_bytes=80 * size.n_ratings + 16 * numbers,
        )

    def start(self, ratings: Ratings) -> tuple[FloatArray, FloatArray]:
        """P and Q as training begins: the random draws of the seed, zero for rows without ratings."""
        order = training_order(ratings)
        # Surprise draws from numpy's legacy generator; equal seeds must give equal starts.
        rng = np.random.RandomState(self.seed)
        P = normal_start(rng, self.init_std, ratings.n_users, order.users, self.n_factors)
        Q = normal_start(rng, self.init_std, ratings.n_items, order.items, self.n_factors)
        return P, Q

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        self.mean_ = ratings.mean
        order = training_order(ratings)
        users, items = ratings.users[order.positions], ratings.items[order.positions]
        values = ratings.values[order.positions].astype(np.float64)
        by_user, by_item = ratings.by_user, ratings.by_item
        r_by_user, r_by_item = by_user.values.astype(np.float64), by_item.values.astype(np.float64)
        P, Q = self.start(ratings)
        gamma, lam = self.learning_rate, self.regularization
        for epoch in range(1, self.n_epochs + 1):
            if self.update == "per_rating":
                descend(users, items, values, P, Q, gamma, lam)  # (5)
            else:
                descend_rows(by_user.starts, by_user.others, r_by_user, P, Q, gamma, lam)  # (3)
                descend_rows(by_item.starts, by_item.others, r_by_item, Q, P, gamma, lam)  # (4)
            self._learned_factors(P, Q)
            squares = squared_error(users, items, values, P, Q)
            sizes = self.user_counts_ @ (P * P).sum(axis=1) + self.item_counts_ @ (Q * Q).sum(axis=1)
            loss = squares + lam * float(sizes)  # (2)
            yield Step(epoch, self.n_epochs, loss, (squares / len(ratings)) ** 0.5)

    # -- a new person

    def _taste_map(self, items: IntArray) -> FloatArray:
        time = self.learning_rate * self.n_epochs
        return descent_map(self.item_factors_[items], self.regularization * len(items), time)

    def _fold_in(self, items: IntArray, values: RatingArray) -> Profile:
        profile = super()._fold_in(items, values)
        if len(profile) and not np.any(profile.vector):
            return replace(profile, fallback="nothing is known about the items given")
        return profile

    # -- where nothing is known, the mean

    def _estimate(self, users: IntArray | Profile, items: IntArray) -> FloatArray:
        known = self.item_factors_[items].any(axis=1)
        known &= np.any(self._vector(users)) if isinstance(users, Profile) else self.user_counts_[users] > 0
        return np.where(known, super()._estimate(users, items), self.mean_)

    def _scores(self, user: User) -> FloatArray:
        known = self.item_factors_.any(axis=1) & np.any(self._row(user)[1])
        return np.where(known, super()._scores(user), self.mean_)

    def score_block(self, users: IntArray) -> FloatArray:
        known = np.logical_and.outer(self.user_factors_[users].any(axis=1), self.item_factors_.any(axis=1))
        return np.where(known, super().score_block(users), self.mean_)

    def _explain(self, user: User, item: int) -> Explanation:
        why = super()._explain(user, item)
        if self.item_factors_[item].any() and np.any(self._row(user)[1]):
            return why
        mean = Term("average of all ratings", "μ", self.mean_)
        return replace(why, estimate=self.mean_, terms=(mean,), base=None if why.base is None else self.mean_)


def descend_readable(
    users: IntArray,
    items: IntArray,
    values: FloatArray,
    P: FloatArray,
    Q: FloatArray,
    learning_rate: float,
    regularization: float,
) -> None:
    """One pass of (5) over the ratings in the order given; changes P and Q in place."""
    gamma, lam = learning_rate, regularization
    for u, i, r in zip(users, items, values, strict=True):
        e = Q[i] @ P[u] - r  # (1)
        p, q = P[u].copy(), Q[i].copy()
        P[u] -= gamma * (e * q + lam * p)  # (5)
        Q[i] -= gamma * (e * p + lam * q)


@kernel
def descend(
    users: IntArray,
    items: IntArray,
    values: FloatArray,
    P: FloatArray,
    Q: FloatArray,
    learning_rate: float,
    regularization: float,
) -> None:
    """The same as `descend_readable`, compiled."""
    gamma, lam = learning_rate, regularization
    for n in range(len(values)):
        p, q, e = P[users[n]], Q[items[n]], -values[n]
        for f in range(len(p)):
            e += q[f] * p[f]
        for f in range(len(p)):
            p_f, q_f = p[f], q[f]
            p[f] = p_f - gamma * (e * q_f + lam * p_f)
            q[f] = q_f - gamma * (e * p_f + lam * q_f)


def descend_rows_readable(
    starts: LongArray,
    others: IntArray,
    values: FloatArray,
    moving: FloatArray,
    fixed: FloatArray,
    learning_rate: float,
    regularization: float,
) -> None:
    """(3) for every row of the moving side, or with the sides exchanged (4).

    Args:
        starts: (n_rows + 1,) where each row's ratings begin.
        others: (n_ratings,) the index on the fixed side.
        values: (n_ratings,) the ratings in the same order.
        moving: (n_rows, n_factors) changed in place.
        fixed: (n_others, n_factors) held still.
    """
    for x in range(len(moving)):
        part = slice(starts[x], starts[x + 1])
        F = fixed[others[part]]
        e = F @ moving[x] - values[part]  # (1)
        moving[x] -= learning_rate * (e @ F + regularization * len(F) * moving[x])  # (3)


@kernel
def descend_rows(
    starts: LongArray,
    others: IntArray,
    values: FloatArray,
    moving: FloatArray,
    fixed: FloatArray,
    learning_rate: float,
    regularization: float,
) -> None:
    """The same as `descend_rows_readable`, compiled."""
    gradient = np.empty(moving.shape[1])
    for x in range(len(moving)):
        p, n = moving[x], starts[x + 1] - starts[x]
        for f in range(len(p)):
            gradient[f] = regularization * n * p[f]
        for j in range(starts[x], starts[x + 1]):
            q, e = fixed[others[j]], -values[j]
            for f in range(len(p)):
                e += q[f] * p[f]
            for f in range(len(p)):
                gradient[f] += e * q[f]
        for f in range(len(p)):
            p[f] -= learning_rate * gradient[f]
