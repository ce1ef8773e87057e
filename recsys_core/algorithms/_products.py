"""Products of the factors of many pairs, as the equations of most factor models need them."""

from __future__ import annotations

import numpy as np

from recsys_core.ratings import FloatArray, IntArray

PAIRS = 8192
"""Factors of so many pairs at a time stay in the processor's cache: half the time of all at once."""


def products(P: FloatArray, Q: FloatArray, users: IntArray, items: IntArray) -> FloatArray:
    """q_iᵀ p_u for each pair.

    Args:
        P: (n_users, n_factors).
        Q: (n_items, n_factors).
        users, items: (n_pairs,) rows of P and of Q.

    Returns:
        (n_pairs,), each the same whatever other pairs are asked about with it.

    Cost: O(n_pairs n_factors) time; 2 · PAIRS · n_factors numbers of memory.
    """
    found = np.empty(len(users))
    for first in range(0, len(users), PAIRS):
        block = slice(first, first + PAIRS)
        np.einsum("nf,nf->n", P[users[block]], Q[items[block]], out=found[block])
    return found
