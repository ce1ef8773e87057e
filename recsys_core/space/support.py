"""How many people rated both: what a likeness of two items rests on.

    n_ij = |U_i ∩ U_j|                        U_i the people who rated item i        (1)
    weight n_ij / (n_ij + λ)                  λ ratings' worth of doubt              (2)

Source: (2) Bell & Koren (2007), Scalable Collaborative Filtering with Jointly Derived
Neighborhood Interpolation Weights, section 3 (shrunk similarities).
"""

from __future__ import annotations

import numpy as np

from recsys_core.errors import DataError
from recsys_core.kernel import exact_kernel
from recsys_core.ratings import IntArray, LongArray, Ratings


def common_raters(ratings: Ratings, item: int) -> LongArray:
    """(n_items,) how many people rated this item and each item, equation (1); of the item with itself,
    how many rated it.

    Args:
        ratings: the ratings to count in.
        item: item index.

    Raises:
        DataError: there is no such item.

    Cost: O(ratings of everyone who rated the item).
    """
    if not 0 <= item < ratings.n_items:
        raise DataError(f"There is no item {item}: the ratings know 0 … {ratings.n_items - 1}.")
    people, _ = ratings.by_item.row(item)
    by_user = ratings.by_user
    return count_common(people, by_user.starts, by_user.others, ratings.n_items)


@exact_kernel
def count_common(people: IntArray, starts: LongArray, others: IntArray, n_items: int) -> LongArray:
    """Go through all ratings of these people and count each item they rated."""
    counts = np.zeros(n_items, dtype=np.int64)
    for k in range(len(people)):
        for t in range(starts[people[k]], starts[people[k] + 1]):
            counts[others[t]] += 1
    return counts
