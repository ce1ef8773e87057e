"""Biases: how far above the average each item is rated, and each user rates.

    b_i = Σ_{u∈U_i} (r_ui − μ − b_u) / (λ_i + |U_i|)                       (1)
    b_u = Σ_{i∈I_u} (r_ui − μ − b_i) / (λ_u + |I_u|)                       (2)

U_i who rated i, I_u what u rated. λ draws rows with few ratings towards 0: it acts like
that many extra ratings exactly at the average. (1) and (2) are repeated in turn.

Source: Koren (2010), Factor in the Neighbors, eq. 1-3, as alternating least squares.
"""

from __future__ import annotations

import numpy as np

from recsys_core.ratings import FloatArray, IntArray, Ratings


def alternate_once(
    ratings: Ratings, user_bias: FloatArray, item_shrinkage: float, user_shrinkage: float
) -> tuple[FloatArray, FloatArray]:
    """One pass of (1) then (2).

    Args:
        user_bias: (n_users,) b_u from the pass before, zeros at first.
        item_shrinkage, user_shrinkage: λ_i, λ_u ≥ 0.

    Returns:
        b_u (n_users,) and b_i (n_items,); 0 where there are no ratings.
    """
    u, i = ratings.users, ratings.items
    centred = ratings.values.astype(np.float64) - ratings.mean
    b_i = shrunk_mean(i, centred - user_bias[u], ratings.n_items, item_shrinkage)  # (1)
    b_u = shrunk_mean(u, centred - b_i[i], ratings.n_users, user_shrinkage)  # (2)
    return b_u, b_i


def shrunk_mean(index: IntArray, values: FloatArray, size: int, shrinkage: float) -> FloatArray:
    """Σ values / (shrinkage + count) for each index 0 … size−1; 0 where there is nothing."""
    counts = np.bincount(index, minlength=size)
    sums = np.bincount(index, weights=values, minlength=size)
    means: FloatArray = np.divide(sums, shrinkage + counts, out=np.zeros(size), where=counts > 0)
    return means
