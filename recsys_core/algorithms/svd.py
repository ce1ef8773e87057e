"""SVD: biases and factors by stochastic gradient descent, the model of the Netflix Prize.

    r̂_ui = μ + b_u + b_i + q_iᵀ p_u                                        (1)
    min Σ (r_ui − r̂_ui)² + λ (b_u² + b_i² + ‖p_u‖² + ‖q_i‖²)               (2)

and for one rating after another, with e = r_ui − r̂_ui and learning rate γ:

    b_u ← b_u + γ (e − λ b_u)          b_i ← b_i + γ (e − λ b_i)           (3)
    p_u ← p_u + γ (e q_i − λ p_u)      q_i ← q_i + γ (e p_u − λ q_i)       (4)

(both right-hand sides of (4) with the factors as they were before). It is called SVD by
custom: no singular value is computed, because the table has holes.

Shapes      P (n_users, n_factors) · Q (n_items, n_factors)
Cold start  no ratings → b_u = 0, p_u = 0; an item nobody rated → b_i = 0, q_i = 0
Fold-in     descent on (2) for the new person alone, everything else held still, for as long
            as training went on (γ T): solved to the end, a few ratings would be taken too
            seriously; linear in the ratings, so shares are exact
Cost        O(n_ratings n_factors) a pass
Equal to    Surprise's SVD with random_state = seed: same start, same order, same defaults
Source      Koren, Bell & Volinsky (2009), Matrix Factorization Techniques, eq. 5;
            Funk (2006), Netflix Update: Try This at Home
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from recsys_core.algorithms._factors import FactorModel, descent_map
from recsys_core.algorithms._order import normal_start, on_cache_lines, training_order
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Step, hyper, seed
from recsys_core.kernel import kernel
from recsys_core.ratings import FloatArray, IntArray, Ratings

Learned: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
"""b_u, b_i, P, Q."""


@dataclass
class SVD(FactorModel):
    """Stochastic gradient descent over the ratings, one at a time."""

    n_factors: int = hyper(100, "F", "numbers that describe one film's character", low=1, high=500)
    n_epochs: int = hyper(20, "T", "passes over all ratings", low=1, high=500)
    learning_rate: float = hyper(0.005, "γ", "size of each step", low=1e-5, high=1, log=True)
    regularization: float = hyper(0.02, "λ", "pull towards zero", low=1e-6, high=10, log=True)
    init_std: float = hyper(0.1, "σ", "spread of the random start", low=1e-6, high=1, log=True)
    seed: int = seed()

    name: ClassVar[str] = "svd"
    title: ClassVar[str] = "SVD by gradient descent"
    summary: ClassVar[str] = "Learns tastes rating by rating, the workhorse of the Netflix Prize."
    cheaper: ClassVar[str] = "bias"
    learns_factors: ClassVar[bool] = True
    iterative: ClassVar[bool] = True

    def work(self, size: Size) -> Work:
        numbers = self.n_factors * (size.n_users + size.n_items)
        return Work(
            compiled=self.n_epochs * size.n_ratings * (11e-9 + 0.12e-9 * self.n_factors) + 15e-9 * numbers,
            n_bytes=28 * size.n_ratings + 16 * numbers,
        )

    def step_work(self, size: Size) -> Work:
        return Work(compiled=10e-9 * size.n_ratings)

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        for epoch, (squares, learned) in enumerate(self._passes(ratings), start=1):
            self._learned(ratings.mean, *learned)
            yield Step(epoch, self.n_epochs, self._loss(squares), (squares / len(ratings)) ** 0.5)

    def _fit(self, ratings: Ratings) -> None:
        """The same passes; the loss and the look for numbers that ran away wait for the last one."""
        *_, (_, learned) = self._passes(ratings)
        self._learned(ratings.mean, *learned)

    def _passes(self, ratings: Ratings) -> Iterator[tuple[float, Learned]]:
        """After each pass, its Σ e², and the arrays that the next pass goes on changing."""
        order = training_order(ratings)
        users, items = ratings.users[order.positions], ratings.items[order.positions]
        values = ratings.values[order.positions].astype(np.float64)
        # Surprise draws from numpy's legacy generator; equal seeds must give equal starts.
        rng = np.random.RandomState(self.seed)
        P = normal_start(rng, self.init_std, ratings.n_users, order.users, self.n_factors)
        Q = normal_start(rng, self.init_std, ratings.n_items, order.items, self.n_factors)
        P_wide, Q_wide = on_cache_lines(P), on_cache_lines(Q)
        P, Q = P_wide[:, : self.n_factors], Q_wide[:, : self.n_factors]
        b_u, b_i = np.zeros(ratings.n_users), np.zeros(ratings.n_items)
        gamma, lam = self.learning_rate, self.regularization
        for _ in range(self.n_epochs):
            squares = descend(users, items, values, ratings.mean, b_u, b_i, P_wide, Q_wide, gamma, lam)
            yield squares, (b_u, b_i, P, Q)

    def _loss(self, squares: float) -> float:
        """(2), where every row's penalty counts once a rating."""
        P, Q = self.user_factors_, self.item_factors_
        people = self.user_bias_**2 + np.einsum("uf,uf->u", P, P)
        films = self.item_bias_**2 + np.einsum("if,if->i", Q, Q)
        return squares + self.regularization * float(self.user_counts_ @ people + self.item_counts_ @ films)

    def _fold_in_map(self, items: IntArray) -> FloatArray:
        time = self.learning_rate * self.n_epochs
        return fold_in_map(self.item_factors_[items], self.regularization, time)


def fold_in_map(Q: FloatArray, regularization: float, time: float) -> FloatArray:
    """Descent on (2) for the new person alone, from zero and for as long as training went on.

    Args:
        Q: (n, n_factors) factors of the rated items.
        regularization: λ, paid once a rating as in (2).
        time: γ T, learning rate times passes.

    Returns:
        H of shape (1 + n_factors, n): (b_u, p_u) = H y.
    """
    return descent_map(np.column_stack([np.ones(len(Q)), Q]), regularization * len(Q), time)


def descend_readable(
    users: IntArray,
    items: IntArray,
    values: FloatArray,
    mu: float,
    b_u: FloatArray,
    b_i: FloatArray,
    P: FloatArray,
    Q: FloatArray,
    learning_rate: float,
    regularization: float,
) -> float:
    """One pass of (3) and (4) over the ratings in the order given; changes b_u, b_i, P, Q in place.

    Returns:
        Σ e², each error as it was met, just before its own update.
    """
    gamma, lam, squares = learning_rate, regularization, 0.0
    for u, i, r in zip(users, items, values, strict=True):
        e = r - (mu + b_u[u] + b_i[i] + Q[i] @ P[u])  # (1)
        squares += e * e
        b_u[u] += gamma * (e - lam * b_u[u])  # (3)
        b_i[i] += gamma * (e - lam * b_i[i])
        p, q = P[u].copy(), Q[i].copy()
        P[u] += gamma * (e * q - lam * p)  # (4)
        Q[i] += gamma * (e * p - lam * q)
    return float(squares)


@kernel
def descend(
    users: IntArray,
    items: IntArray,
    values: FloatArray,
    mu: float,
    b_u: FloatArray,
    b_i: FloatArray,
    P: FloatArray,
    Q: FloatArray,
    learning_rate: float,
    regularization: float,
) -> float:
    """The same as `descend_readable`, compiled, in two thirds of the sweeps over memory: while
    the factors of one rating are updated, p_u is multiplied with the q of the person's next."""
    gamma, lam, squares, dot = learning_rate, regularization, 0.0, 0.0
    for n in range(len(values)):
        u, i = users[n], items[n]
        p, q = P[u], Q[i]
        if n == 0 or users[n - 1] != u or items[n - 1] == i:
            dot = 0.0
            for f in range(len(p)):
                dot += q[f] * p[f]
        e = values[n] - (mu + b_u[u] + b_i[i] + dot)  # (1)
        squares += e * e
        b_u[u] += gamma * (e - lam * b_u[u])  # (3)
        b_i[i] += gamma * (e - lam * b_i[i])
        q_next = Q[items[min(n + 1, len(values) - 1)]]
        dot = 0.0
        for f in range(len(p)):
            p_f, q_f = p[f], q[f]
            p_new = p_f + gamma * (e * q_f - lam * p_f)  # (4)
            q[f] = q_f + gamma * (e * p_f - lam * q_f)
            p[f] = p_new
            dot += p_new * q_next[f]
    return squares
