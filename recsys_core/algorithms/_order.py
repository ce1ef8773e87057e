"""The order in which stochastic gradient descent meets the ratings, the same as Surprise's.

Surprise numbers users and items as they first appear in the file, and then goes user by
user, each user's ratings in the order of the file. To give equal numbers for an equal seed,
the random start must be drawn for the same rows in the same order, and the updates must
come in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.ratings import FloatArray, IntArray, LongArray, Ratings


@dataclass(frozen=True, eq=False)
class Order:
    """How training goes through the ratings.

    Attributes:
        positions: (n_ratings,) positions in the file, in the order of training.
        users, items: those that have ratings, in order of first appearance.
    """

    positions: LongArray
    users: IntArray
    items: IntArray


def training_order(ratings: Ratings) -> Order:
    """Surprise's order for these ratings. Cost: one sort, O(n log n)."""
    users, items = _by_first_appearance(ratings.users), _by_first_appearance(ratings.items)
    rank = np.zeros(ratings.n_users, dtype=np.int64)
    rank[users] = np.arange(len(users))
    return Order(np.argsort(rank[ratings.users], kind="stable"), users, items)


def normal_start(
    rng: np.random.RandomState, std: float, n_rows: int, rows: IntArray, n_factors: int
) -> FloatArray:
    """(n_rows, n_factors): normal draws for `rows` in the order given, zero for rows without ratings."""
    factors = np.zeros((n_rows, n_factors))
    factors[rows] = rng.normal(0.0, std, size=(len(rows), n_factors))
    return factors


def _by_first_appearance(index: IntArray) -> IntArray:
    values, first = np.unique(index, return_index=True)
    return values[np.argsort(first)]
