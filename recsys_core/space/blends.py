"""Points made of several items: blends ("somewhere between these films") and analogies (a − b + c).

    v = o + Σ_i w_i u_i                                                        (1)

u_i is the item's row as it is for "euclidean" and "dot" (o = 0); for "cosine" the row scaled to
length 1, so that each item counts by its weight and not by its length; for "adjusted_cosine" the
same measured from the mean row q̄ (o = q̄). Weights of a blend are scaled to sum to 1; those of an
analogy are +1, −1, +1. Where the sum cancels out, only "euclidean" has an answer: v is no direction then.

Source: Mikolov, Yih & Zweig (2013), Linguistic Regularities in Continuous Space Word
Representations, section 5 (the analogy by unit rows and cosine).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, Ratings
from recsys_core.space.metrics import check_metric
from recsys_core.space.neighbours import (
    Model,
    Neighbours,
    checked_item,
    item_table,
    neighbours_of_vector,
    nobody,
)

CANCELLED = "these items cancel each other out, which leaves no direction to compare"


def similar_to_blend(
    model: Model,
    items: Sequence[int],
    n: int = 10,
    metric: str = "cosine",
    *,
    weights: ArrayLike | None = None,
    support: int = 0,
    shrinkage: float = 0.0,
    ratings: Ratings | None = None,
) -> Neighbours:
    """The items nearest to a blend of several, those left out. An item's support is the smallest it has
    with any of them.

    Args:
        model, n, metric, support, shrinkage, ratings: as for `similar_items`.
        items: one item index or more.
        weights: (len(items),) above 0, how much of each; the same of all by default.

    Raises:
        DataError: as `similar_items`; or there are no items, or a weight is missing or not above 0.
    """
    shares = np.ones(len(items)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not len(items) or shares.shape != (len(items),) or not (np.isfinite(shares) & (shares > 0)).all():
        raise DataError("A blend needs one item or more, and one weight above 0 for each of them.")
    return _nearest(model, items, shares / shares.sum(), n, metric, support, shrinkage, ratings)


def analogy(
    model: Model,
    plus: int,
    minus: int,
    to: int,
    n: int = 10,
    metric: str = "cosine",
    *,
    support: int = 0,
    shrinkage: float = 0.0,
    ratings: Ratings | None = None,
) -> Neighbours:
    """The items nearest to `plus` − `minus` + `to`, these three left out: what `plus` has beyond `minus`,
    found beside `to`.

    Args and errors: as for `similar_to_blend`.
    """
    signs = np.array([1.0, -1.0, 1.0])
    return _nearest(model, (plus, minus, to), signs, n, metric, support, shrinkage, ratings)


def blend_vector(
    model: Model, items: Sequence[int], weights: FloatArray, metric: str, ratings: Ratings | None = None
) -> FloatArray | None:
    """(n_factors,) the point of equation (1), or None where an item has no place in the space.

    Args:
        model, items, metric: as for `similar_to_blend`.
        weights: (len(items),) the w of equation (1), as they are.
        ratings: for a plain table, who was rated at all.

    Raises:
        DataError, UnsupportedError, NotFittedError: as `similar_items`.
    """
    made = _parts(model, items, metric, ratings)
    if made is None:
        return None
    origin, parts = made
    point: FloatArray = origin + weights @ parts
    return point


def _parts(
    model: Model, items: Sequence[int], metric: str, ratings: Ratings | None
) -> tuple[FloatArray, FloatArray] | None:
    """(n_factors,) o and (len(items), n_factors) u of equation (1)."""
    check_metric(metric)
    factors, known = item_table(model, ratings)
    rows = [checked_item(item, len(factors)) for item in items]
    if not known[rows].all():
        return None
    centred = metric == "adjusted_cosine"
    origin = factors[known].mean(axis=0) if centred else np.zeros(factors.shape[1])
    parts = factors[rows] - origin
    if centred or metric == "cosine":
        lengths = np.linalg.norm(parts, axis=1)
        if not lengths.all():
            return None
        parts /= lengths[:, None]
    return origin, parts


def _nearest(
    model: Model,
    items: Sequence[int],
    weights: FloatArray,
    n: int,
    metric: str,
    support: int,
    shrinkage: float,
    ratings: Ratings | None,
) -> Neighbours:
    made = _parts(model, items, metric, ratings)
    if made is None:
        why = "one of these items has no place in the space: nobody rated it, or its factors are all zero"
        return nobody(metric, why, ratings is not None)
    origin, parts = made
    moved = weights @ parts
    # Sums that cancel leave rounding behind, and a direction drawn from that is one by chance.
    rounding = 1e-12 * float(np.abs(weights) @ np.linalg.norm(parts, axis=1))
    if metric != "euclidean" and np.linalg.norm(moved) < rounding:
        return nobody(metric, CANCELLED, ratings is not None)
    return neighbours_of_vector(
        model, origin + moved, n, metric,
        exclude=items, based_on=items, support=support, shrinkage=shrinkage, ratings=ratings,
    )  # fmt: skip
