"""Neighbours by who rated what, no factors in between: the similarities of item k-nearest-neighbours.

One item against all others by the kernels of `recsys_core.similarity`, so the numbers are those
that `item_knn` votes with, without its table of all pairs.
"""

from __future__ import annotations

import numpy as np

from recsys_core.algorithms._biases import alternate_once
from recsys_core.algorithms._knn import EPOCHS, ITEM_SHRINKAGE, USER_SHRINKAGE
from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, Ratings
from recsys_core.similarity import MEASURES, Table, row_among
from recsys_core.space.metrics import check_metric
from recsys_core.space.neighbours import NOBODY_RATED, Neighbours, best, checked_item, nobody
from recsys_core.space.support import common_raters

ALONE = "nobody rated this item and another one as well, so there is nothing to compare"


def corated_items(
    ratings: Ratings,
    item: int,
    n: int = 10,
    measure: str = "pearson_baseline",
    *,
    support: int = 1,
    shrinkage: float = 100.0,
    residuals: FloatArray | None = None,
) -> Neighbours:
    """The items rated most alike by the people who rated both.

    Args:
        ratings: what people said.
        item: item index.
        n: how many, at most.
        measure: "cosine", "msd", "pearson" or "pearson_baseline" (`recsys_core/similarity.py`).
        support: how many people must have rated both: at least 1, for pearson_baseline at least 2.
        shrinkage: λ_s; only pearson_baseline looks at it.
        residuals: what `baseline_residuals` gave, to save its time at every call.

    Raises:
        DataError: there is no such item or measure, or the residuals are those of other ratings.

    Cost: O(ratings of everyone who rated the item) and 8 bytes a rating.
    """
    item = checked_item(item, ratings.n_items)
    check_metric(measure, MEASURES)
    if n < 1:
        raise DataError(f"n = {n} is not allowed: ask for 1 neighbour or more.")
    people, stars = ratings.by_item.row(item)
    if not len(people):
        return nobody(measure, NOBODY_RATED, True, MEASURES)
    by_user = ratings.by_user
    own, everyone = stars.astype(np.float64), by_user.values.astype(np.float64)
    if measure == "pearson_baseline":
        left = baseline_residuals(ratings) if residuals is None else residuals
        if left.shape != ratings.values.shape:
            raise DataError(f"{len(left)} residuals for {len(ratings)} ratings: make them of these ratings.")
        by_item = ratings.by_item
        own = left[by_item.order[by_item.starts[item] : by_item.starts[item + 1]]]
        everyone = left[by_user.order]
    columns = Table(by_user.starts, by_user.others, everyone)
    alike = row_among(
        people, own, columns, ratings.n_items, measure, min_support=support, shrinkage=shrinkage
    )
    common = common_raters(ratings, item)
    allowed = common >= max(support, 2 if measure == "pearson_baseline" else 1)
    allowed[item] = False
    if not allowed.any():
        return nobody(measure, ALONE, True, MEASURES)
    chosen = best(-alike, np.flatnonzero(allowed), n)
    return Neighbours(chosen.astype(np.int32), alike[chosen], common[chosen], measure)


def baseline_residuals(ratings: Ratings) -> FloatArray:
    """(n_ratings,) r − μ − b_u − b_i in the order of the file, with the biases that `item_knn` takes."""
    b_u, b_i = np.zeros(ratings.n_users), np.zeros(ratings.n_items)
    for _ in range(EPOCHS):
        b_u, b_i = alternate_once(ratings, b_u, ITEM_SHRINKAGE, USER_SHRINKAGE)
    left: FloatArray = (
        ratings.values.astype(np.float64) - ratings.mean - b_u[ratings.users] - b_i[ratings.items]
    )
    return left
