"""SVD++: what a person chose to rate says something too, whatever stars they gave.

    r̂_ui = μ + b_u + b_i + q_iᵀ (p_u + z̄_u)        z̄_u = |I_u|^−½ Σ_{j∈I_u} z_j        (1)
    min Σ (r_ui − r̂_ui)² + λ (b_u² + b_i² + ‖p_u‖² + ‖q_i‖² + Σ_{j∈I_u} ‖z_j‖²)        (2)

and for one rating after another, with e = r_ui − r̂_ui and learning rate γ:

    b_u ← b_u + γ (e − λ b_u)                 b_i ← b_i + γ (e − λ b_i)                 (3)
    p_u ← p_u + γ (e q_i − λ p_u)             q_i ← q_i + γ (e (p_u + z̄_u) − λ q_i)     (4)
    z_j ← z_j + γ (e |I_u|^−½ q_i − λ z_j)    for every j ∈ I_u                         (5)

(all right-hand sides with the numbers as they were before). Taken literally (5) touches
|I_u| rows a rating. But while one person's ratings run, all these rows receive the same map
z ← a z + c, with a = 1 − γλ and c = γ e |I_u|^−½ q_i. So it is enough to carry the product
of the a, the sum of the c and the sum of the z_j,

    A ← a A          C ← a C + c          S ← a S + |I_u| c                             (6)

and to write z_j ← A z_j + C once, at the end: the same numbers without the factor |I_u|.

Shapes      P, z̄ (n_users, n_factors) · Q, Z (n_items, n_factors)
Cold start  no ratings → b_u = 0, p_u = 0, z̄_u = 0; an item nobody rated → b_i = q_i = z_i = 0
Fold-in     z̄_u from which items were rated, then b_u and p_u by descent on (2) from zero, as
            `svd`; shares are exact (`_implicit.py`)
Cost        O(n_ratings n_factors) a pass
Equal to    Surprise's SVDpp with random_state = seed: same start, same order, same defaults
Source      Koren (2008), Factorization Meets the Neighborhood, eq. 15 and 5.1, where z is y
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np

from recsys_core.algorithms._implicit import ImplicitFactorModel
from recsys_core.algorithms._order import normal_start, training_order
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import Step, hyper, seed
from recsys_core.kernel import kernel
from recsys_core.ratings import FloatArray, IntArray, LongArray, Ratings

Learned: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]
"""b_u, b_i, P, Q, Z."""


@dataclass
class SVDpp(ImplicitFactorModel):
    """Stochastic gradient descent over the ratings, and over what was rated at all."""

    init_std: float = hyper(0.1, "σ", "spread of the random start", low=1e-6, high=1, log=True)
    seed: int = seed()

    name: ClassVar[str] = "svdpp"
    title: ClassVar[str] = "SVD++ by gradient descent"
    summary: ClassVar[str] = "Learns tastes from the stars given and from which films were rated at all."
    cheaper: ClassVar[str] = "svd"
    learns_factors: ClassVar[bool] = True
    iterative: ClassVar[bool] = True

    def work(self, size: Size) -> Work:
        numbers = self.n_factors * (size.n_users + size.n_items)
        return Work(
            compiled=self.n_epochs * size.n_ratings * (11e-9 + 0.85e-9 * self.n_factors) + 15e-9 * numbers,
            n_bytes=25 * size.n_ratings + 24 * numbers,
        )

    def step_work(self, size: Size) -> Work:
        return Work(compiled=11e-9 * self.n_factors * size.n_ratings)

    def _steps(self, ratings: Ratings) -> Iterator[Step]:
        per_rating = self.user_counts_[ratings.users].astype(np.float64)
        paid = np.bincount(ratings.items, weights=per_rating, minlength=ratings.n_items).astype(np.float64)
        for epoch, (squares, learned) in enumerate(self._passes(ratings), start=1):
            self._keep(ratings, learned)
            loss = squares + self.regularization * self._penalty(learned[2], paid)  # (2)
            yield Step(epoch, self.n_epochs, loss, (squares / len(ratings)) ** 0.5)

    def _fit(self, ratings: Ratings) -> None:
        """The same passes; the loss and the sums z̄ wait for the last one."""
        *_, (_, learned) = self._passes(ratings)
        self._keep(ratings, learned)

    def _passes(self, ratings: Ratings) -> Iterator[tuple[float, Learned]]:
        """After each pass, its Σ e², and the arrays that the next pass goes on changing."""
        order = training_order(ratings)
        users, items = ratings.users[order.positions], ratings.items[order.positions]
        values = ratings.values[order.positions].astype(np.float64)
        # Surprise draws from numpy's legacy generator; equal seeds must give equal starts.
        rng = np.random.RandomState(self.seed)
        P = normal_start(rng, self.init_std, ratings.n_users, order.users, self.n_factors)
        Q = normal_start(rng, self.init_std, ratings.n_items, order.items, self.n_factors)
        Z = normal_start(rng, self.init_std, ratings.n_items, order.items, self.n_factors)
        b_u, b_i = np.zeros(ratings.n_users), np.zeros(ratings.n_items)
        gamma, lam = self.learning_rate, self.regularization
        for _ in range(self.n_epochs):
            squares = descend(users, items, values, ratings.mean, b_u, b_i, P, Q, Z, gamma, lam)
            yield squares, (b_u, b_i, P, Q, Z)

    def _keep(self, ratings: Ratings, learned: Learned) -> None:
        b_u, b_i, P, Q, Z = learned
        implicit = implicit_sums(ratings.users, ratings.items, Z, self.user_counts_)
        self._learned(ratings.mean, b_u, b_i, P + implicit, Q)
        self._implied(Z, implicit)

    def _penalty(self, P: FloatArray, paid: FloatArray) -> float:
        """What λ multiplies in (2); z_j pays once for every rating of everyone who rated j."""
        Q, Z = self.item_factors_, self.implicit_factors_
        people = self.user_bias_**2 + np.einsum("uf,uf->u", P, P)
        films = self.item_bias_**2 + np.einsum("if,if->i", Q, Q)
        chosen = np.einsum("if,if->i", Z, Z)
        return float(self.user_counts_ @ people + self.item_counts_ @ films + paid @ chosen)


def descend_readable(
    users: IntArray,
    items: IntArray,
    values: FloatArray,
    mu: float,
    b_u: FloatArray,
    b_i: FloatArray,
    P: FloatArray,
    Q: FloatArray,
    Z: FloatArray,
    learning_rate: float,
    regularization: float,
) -> float:
    """One pass of (3), (4) and (5) as they are written; changes b_u, b_i, P, Q, Z in place.

    Args:
        users, items, values: (n_ratings,) each person's ratings in one run.

    Returns:
        Σ e², each error as it was met, just before its own update.
    """
    gamma, lam, squares = learning_rate, regularization, 0.0
    for u, i, r in zip(users, items, values, strict=True):
        I_u = items[users == u]
        root = len(I_u) ** -0.5
        z_u = root * Z[I_u].sum(axis=0)
        e = r - (mu + b_u[u] + b_i[i] + Q[i] @ (P[u] + z_u))  # (1)
        squares += e * e
        b_u[u] += gamma * (e - lam * b_u[u])  # (3)
        b_i[i] += gamma * (e - lam * b_i[i])
        p, q = P[u].copy(), Q[i].copy()
        P[u] += gamma * (e * q - lam * p)  # (4)
        Q[i] += gamma * (e * (p + z_u) - lam * q)
        Z[I_u] += gamma * (e * root * q - lam * Z[I_u])  # (5)
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
    Z: FloatArray,
    learning_rate: float,
    regularization: float,
) -> float:
    """The same as `descend_readable`, compiled, with (6) in the place of (5)."""
    gamma, lam, squares = learning_rate, regularization, 0.0
    a, n_factors = 1.0 - gamma * lam, P.shape[1]
    C, S = np.empty(n_factors), np.empty(n_factors)
    begin = 0
    while begin < len(values):
        u, end = users[begin], begin + 1
        while end < len(values) and users[end] == u:
            end += 1
        size = end - begin  # |I_u|
        root, p, A = size**-0.5, P[u], 1.0
        C[:] = 0.0
        S[:] = 0.0
        for n in range(begin, end):
            z = Z[items[n]]
            for f in range(n_factors):
                S[f] += z[f]
        for n in range(begin, end):
            i = items[n]
            q, dot = Q[i], 0.0
            for f in range(n_factors):
                dot += q[f] * (p[f] + root * S[f])
            e = values[n] - (mu + b_u[u] + b_i[i] + dot)  # (1)
            squares += e * e
            b_u[u] += gamma * (e - lam * b_u[u])  # (3)
            b_i[i] += gamma * (e - lam * b_i[i])
            A *= a
            for f in range(n_factors):
                p_f, q_f, z_f = p[f], q[f], root * S[f]
                c = gamma * e * root * q_f
                p[f] = p_f + gamma * (e * q_f - lam * p_f)  # (4)
                q[f] = q_f + gamma * (e * (p_f + z_f) - lam * q_f)
                C[f] = a * C[f] + c  # (6)
                S[f] = a * S[f] + size * c
        for n in range(begin, end):
            z = Z[items[n]]
            for f in range(n_factors):
                z[f] = A * z[f] + C[f]
        begin = end
    return squares


@kernel
def implicit_sums(users: IntArray, items: IntArray, Z: FloatArray, user_counts: LongArray) -> FloatArray:
    """(n_users, n_factors) z̄_u of equation (1); zero for a person without ratings."""
    sums = np.zeros((len(user_counts), Z.shape[1]))
    for n in range(len(users)):
        z_u, z = sums[users[n]], Z[items[n]]
        root = user_counts[users[n]] ** -0.5
        for f in range(len(z)):
            z_u[f] += root * z[f]
    return sums
