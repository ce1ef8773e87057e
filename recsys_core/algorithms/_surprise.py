"""Surprise's algorithms behind the lab's protocol; the only file that imports surprise.

Surprise keeps users and items under inner numbers, in order of first appearance. The
adapter hands it a training set built straight from the arrays, and copies what it learned
back under the indices of `Ratings`, so that nothing of Surprise is needed to predict.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from recsys_core.algorithms._order import Order, training_order
from recsys_core.ratings import FloatArray, IntArray, Ratings


def trainset(ratings: Ratings) -> tuple[Any, Order]:
    """Surprise's Trainset of these ratings, equal to the one it would build from the file itself.

    Cost: O(n_ratings) Python tuples, about 200 bytes a rating.
    """
    from surprise import Trainset

    order = training_order(ratings)
    inner_user, inner_item = _inner(order.users), _inner(order.items)
    by_user: dict[int, list[tuple[int, float]]] = defaultdict(list)
    by_item: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for u, i, r in zip(ratings.users.tolist(), ratings.items.tolist(), ratings.values.tolist(), strict=True):
        by_user[inner_user[u]].append((inner_item[i], r))
        by_item[inner_item[i]].append((inner_user[u], r))
    scale = (ratings.scale.low, ratings.scale.high)
    return (
        Trainset(
            by_user, by_item, len(order.users), len(order.items), len(ratings), scale, inner_user, inner_item
        ),
        order,
    )


def svd(ratings: Ratings, **options: Any) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Train surprise.SVD.

    Args:
        ratings: what to learn from.
        options: of surprise.SVD, such as n_factors and random_state.

    Returns:
        b_u (n_users,), b_i (n_items,), P (n_users, F), Q (n_items, F); zero where there are no ratings.
    """
    from surprise import SVD

    data, order = trainset(ratings)
    model = SVD(**options).fit(data)
    return (
        _spread(model.bu, order.users, ratings.n_users),
        _spread(model.bi, order.items, ratings.n_items),
        _spread(model.pu, order.users, ratings.n_users),
        _spread(model.qi, order.items, ratings.n_items),
    )


def _inner(indices: IntArray) -> dict[int, int]:
    return {index: inner for inner, index in enumerate(indices.tolist())}


def _spread(learned: Any, rows: IntArray, n_rows: int) -> FloatArray:
    values = np.asarray(learned, dtype=np.float64)
    full = np.zeros((n_rows, *values.shape[1:]))
    full[rows] = values
    return full
