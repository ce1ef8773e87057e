"""PureSVD: a real singular value decomposition, with zeros where the holes are.

    R₀ ≈ U Σ Qᵀ        R₀: the ratings, 0 where there is none                (1)
    r̂_ui = q_iᵀ p_u    P = U Σ = R₀ Q                                       (2)

A decomposition needs a full table, and filling the holes with zeros tells it that everyone
gives nought stars to almost everything. It believes that: of all tables of rank F, (2) is the
one nearest to R₀, holes included, so what it predicts for a film not rated is close to 0. As a
rating that is plainly wrong, the counter-example that shows why the other models look at
known ratings only. As an order it is good: what is least close to 0 is what people alike have rated.

Shapes      P (n_users, n_factors) · Q (n_items, n_factors), orthonormal columns; columns of
            zeros where R₀ has fewer than n_factors singular values
Cold start  no ratings → p_u = 0; an item nobody rated → q_i = 0; both are predicted 0
Fold-in     projection, p = Qᵀ r, so r̂ = Q Qᵀ r: linear, shares exact; a known person's
            ratings give that person's p_u
Cost        O(n_ratings n_factors) for each of some tens of iterations (Lanczos)
Source      Cremonesi, Koren & Turrin (2010), Performance of Recommender Algorithms on Top-N
            Recommendation Tasks, eq. 5-6
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from recsys_core.algorithms._unbiased import UnbiasedFactorModel
from recsys_core.algorithms._work import Size, Work
from recsys_core.algorithms.base import hyper
from recsys_core.ratings import FloatArray, IntArray, Ratings


@dataclass
class PureSVD(UnbiasedFactorModel):
    """Truncated singular value decomposition of the zero-filled ratings."""

    n_factors: int = hyper(50, "F", "numbers that describe one film's character", low=1, high=300)

    name: ClassVar[str] = "puresvd"
    title: ClassVar[str] = "Pure SVD of a zero-filled table"
    summary: ClassVar[str] = "Takes every hole for nought stars: wrong as a rating, good as an order."
    cheaper: ClassVar[str] = "svd"
    learns_factors: ClassVar[bool] = True
    scores_are_ratings: ClassVar[bool] = False

    def work(self, size: Size) -> Work:
        shorter = min(size.n_users, size.n_items)
        numbers = self.n_factors * (size.n_users + size.n_items)
        return Work(
            compiled=5e-9 * size.n_ratings * self.n_factors + 20e-9 * numbers,  # products with sparse R0
            matrix=4e-9 * shorter * self.n_factors**2,
            n_bytes=48 * size.n_ratings + 24 * numbers,
        )

    def _fit(self, ratings: Ratings) -> None:
        view = ratings.by_user
        cells = (view.values.astype(np.float64), view.others, view.starts)
        R0 = csr_array(cells, shape=(ratings.n_users, ratings.n_items))
        Q = np.zeros((ratings.n_items, self.n_factors))
        V = right_singular_vectors(R0, self.n_factors)
        Q[:, : V.shape[1]] = V
        Q[self.item_counts_ == 0] = 0.0  # where only the last digit says otherwise
        self._learned_factors(np.asarray(R0 @ Q, dtype=np.float64), Q)  # (2)

    def _taste_map(self, items: IntArray) -> FloatArray:
        taste: FloatArray = self.item_factors_[items].T
        return taste


def right_singular_vectors(R0: csr_array, n_factors: int) -> FloatArray:
    """Q of equation (1): the right singular vectors of the largest singular values, largest first.

    The sign of a singular vector is arbitrary; here its entry of largest size is positive.

    Args:
        R0: (n_rows, n_columns), sparse.
        n_factors: how many at most.

    Returns:
        (n_columns, k), k ≤ n_factors: as many as there are singular values that are not 0.
    """
    if not R0.data.any():
        return np.zeros((R0.shape[1], 0))
    n = min(R0.shape)
    if n_factors < n:
        start = np.random.default_rng(0).normal(size=n)  # the same at every run
        _, sigma, Vt = svds(R0, k=n_factors, v0=start)
    else:  # Lanczos cannot find them all; then one side has at most n_factors rows
        _, sigma, Vt = np.linalg.svd(R0.toarray(), full_matrices=False)
    order = np.argsort(-sigma, kind="stable")
    order = order[sigma[order] > 1e-9 * sigma.max()]
    V: FloatArray = Vt[order].T.astype(np.float64)
    signs = np.sign(V[np.abs(V).argmax(axis=0), np.arange(V.shape[1])])
    V *= signs
    return V
