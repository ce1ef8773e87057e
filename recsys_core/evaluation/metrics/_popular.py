"""How popular films are, and the lists that popularity alone would make."""

from __future__ import annotations

import numpy as np

from recsys_core.evaluation.metrics.base import Lists
from recsys_core.ratings import BoolArray, FloatArray


def mean_of_lists(lists: Lists, of_item: FloatArray) -> FloatArray:
    """(n,) the mean over each list of a number (n_items,) that every item has; `nan` for an empty list.

    Call it where dividing by zero is expected: `Metric.per_user` keeps numpy quiet.
    """
    values = np.where(lists.filled, of_item[lists.items], 0.0)
    mean: FloatArray = values.sum(axis=1) / lists.filled.sum(axis=1)
    return mean


def expected(lists: Lists) -> BoolArray:
    """(n, k) whether the item at this place would also be in a list of the most rated items.

    That list has the same length and is drawn from the same candidates: the items most often rated in
    training that the person has not rated, equal ones in the order of the catalogue.

    Cost: O(n (k + n_u)), n_u how many items u rated.
    """
    counts = lists.train.by_item.counts[lists.catalogue]
    order = lists.catalogue[np.argsort(-counts, kind="stable")]
    seen, popular = (np.zeros(lists.train.n_items, dtype=bool) for _ in range(2))
    found = np.zeros(lists.items.shape, dtype=bool)
    for row, user in enumerate(lists.users):
        rated = lists.train.by_user.row(user)[0]
        seen[rated] = True
        top = order[: lists.k + len(rated)]
        top = top[~seen[top]][: lists.k]
        seen[rated] = False
        popular[top] = True
        found[row] = popular[lists.items[row]]
        popular[top] = False
    return found & lists.filled
