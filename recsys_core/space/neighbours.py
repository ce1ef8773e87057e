"""The nearest neighbours of an item, a person or any point of factor space.

Exact: one pass over all rows. An item nobody rated has no neighbours and is nobody's neighbour; the
result says so in `fallback`. Nor by "cosine" and "adjusted_cosine" has a row without direction, one of
zeros or at the mean. By "dot" such a row has none either, but it may be one, with a product of 0; by
"euclidean" it is a point like any other.

Support says what a likeness rests on: how many people rated both items. `support` leaves out
neighbours with less of it; `shrinkage` λ weighs every likeness by n / (n + λ) and divides every
distance by the same, so that what rests on few people counts as less near (`space/support.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recsys_core.algorithms.base import Algorithm, Profile, User
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.ratings import BoolArray, FloatArray, IntArray, LongArray, Ratings, frozen
from recsys_core.space.factor_table import MAX_VALUE, FactorTable
from recsys_core.space.metrics import METRICS, check_metric, compare
from recsys_core.space.support import common_raters

NOBODY_RATED = "nobody rated this item, so nothing was learned about it"
NO_DIRECTION = "its factors are all zero (or the average of all), which is no direction to compare"

Model: TypeAlias = Algorithm | FactorTable | NDArray[np.floating[Any]]
"""A fitted model with item factors, a `FactorTable` in its place, or a plain table, one row an item."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """A list of neighbours, nearest first; equals in the order of the catalogue.

    Attributes:
        items: (k,) item indices (of `similar_people`: user indices), k ≤ n.
        scores: (k,) what they are ranked by: a distance for "euclidean" (smaller is nearer), else a
            similarity (larger is nearer); shrunk, if shrinkage was asked for.
        support: (k,) how many people rated both, or None if no ratings were given.
        metric: how nearness was measured.
        fallback: why there is nothing to compare, or None; None too where `support` alone leaves nobody.
        recall: share of true neighbours an approximate search finds, measured; 1 for an exact one.
    """

    items: IntArray
    scores: FloatArray
    support: LongArray | None
    metric: str
    fallback: str | None = None
    recall: float = 1.0

    def __post_init__(self) -> None:
        frozen(self.items)
        frozen(self.scores)
        if self.support is not None:
            frozen(self.support)

    def __len__(self) -> int:
        return len(self.items)


def similar_items(
    model: Model,
    item: int,
    n: int = 10,
    metric: str = "cosine",
    *,
    support: int = 0,
    shrinkage: float = 0.0,
    ratings: Ratings | None = None,
) -> Neighbours:
    """The items nearest to one in factor space.

    Args:
        model: a fitted model with item factors, or a table of them, (n_items, n_factors).
        item: item index.
        n: how many, at most.
        metric: "euclidean", "cosine", "dot" or "adjusted_cosine" (`space/metrics.py`).
        support: how many people must have rated both, at least.
        shrinkage: λ ≥ 0, so many people's worth of doubt.
        ratings: where to count those people; needed for `support` and `shrinkage`, else optional.

    Raises:
        DataError: there is no such item or metric; n, support or shrinkage is not allowed; a factor is no
            number from −`MAX_VALUE` to `MAX_VALUE`; ratings are needed and missing, or of other items.
        UnsupportedError: the model has no item factors.
        NotFittedError: the model was not fitted.

    Cost: O(n_items n_factors), and with ratings O(ratings of everyone who rated the item).
    """
    factors, known = item_table(model, ratings)
    item = checked_item(item, len(factors))
    common = None if ratings is None else common_raters(ratings, item)
    if not known[item]:
        return nobody(metric, NOBODY_RATED, ratings is not None)
    return nearest(
        factors, factors[item], n, metric,
        known=known, exclude=(item,), common=common, support=support, shrinkage=shrinkage,
    )  # fmt: skip


def neighbours_of_vector(
    model: Model,
    vector: ArrayLike,
    n: int = 10,
    metric: str = "cosine",
    *,
    exclude: ArrayLike = (),
    support: int = 0,
    shrinkage: float = 0.0,
    ratings: Ratings | None = None,
    based_on: Sequence[int] = (),
) -> Neighbours:
    """The items nearest to any point of factor space: a person, a blend of films, a − b + c.

    Args:
        model, n, metric, support, shrinkage, ratings: as for `similar_items`.
        vector: (n_factors,) the point.
        exclude: item indices to leave out, such as those the point was made from.
        based_on: items the point was made from; an item's support is the smallest it has with any
            of them. Without any there is no support to count, and asking for it is refused.

    Raises:
        DataError, UnsupportedError, NotFittedError: as `similar_items`; or the vector has another
            length than the factors or is not finite.
    """
    factors, known = item_table(model, ratings)
    point = numbers_of(vector)
    if point is None or point.shape != factors.shape[1:] or not np.isfinite(point).all():
        raise DataError(
            f"A point of this space is {factors.shape[1]} finite numbers; "
            f"got an array of shape {np.shape(vector)}."
        )
    common: LongArray | None = None
    if ratings is not None and len(based_on):
        common = np.min([common_raters(ratings, checked_item(i, len(factors))) for i in based_on], axis=0)
    left_out = [checked_item(i, len(factors)) for i in np.atleast_1d(np.asarray(exclude)).tolist()]
    return nearest(
        factors, point, n, metric,
        known=known, exclude=left_out, common=common, support=support, shrinkage=shrinkage,
    )  # fmt: skip


def similar_people(model: Algorithm, user: User, n: int = 10, metric: str = "cosine") -> Neighbours:
    """The people nearest to one in factor space; a folded-in `Profile` may stand for a person.

    Raises:
        DataError: there is no such person or metric.
        UnsupportedError: the model has no factors of people.
        NotFittedError: the model was not fitted.
    """
    model._require_fit()
    table = getattr(model, "user_factors_", None)
    if table is None:
        raise UnsupportedError(f"{model.title} has no factors of people to compare; als, for one, has.")
    known: BoolArray = model.user_counts_ > 0
    if isinstance(user, Profile):
        if user.vector is None or user.vector.shape != table.shape[1:]:
            raise DataError(f"This person was folded in by another model; fold in again with {model.title}.")
        if user.fallback:
            return nobody(metric, user.fallback, False)
        return nearest(table, user.vector, n, metric, known=known)
    person = checked_item(user, len(table), "person")
    if not known[person]:
        return nobody(metric, "this person rated nothing", False)
    return nearest(table, table[person], n, metric, known=known, exclude=(person,))


# ---------------------------------------------------------------- shared with the files beside


def item_table(model: Model, ratings: Ratings | None = None) -> tuple[FloatArray, BoolArray]:
    """The item factors, and which of the rows say something.

    Returns:
        (n_items, n_factors) float64; (n_items,) False for an item nobody rated, unless it was placed
        by its genres or features. A plain table knows no ratings: all its rows count, unless `ratings` say.

    Raises:
        DataError, UnsupportedError, NotFittedError: as `similar_items`.
    """
    if isinstance(model, Algorithm):
        model._require_fit()
        table = getattr(model, "item_factors_", None)
        if table is None or not model.learns_factors:
            raise UnsupportedError(f"{model.title} has no item factors to compare; als, for one, has.")
        known = model.item_counts_ > 0
        if (placed := getattr(model, "placed_items_", None)) is not None:
            known = known | placed
    elif isinstance(model, FactorTable):
        table, known = model.item_factors_, model.placed_items_
    else:
        table = model
        known = np.ones(len(table), dtype=np.bool_) if ratings is None else ratings.by_item.counts > 0
    factors = numbers_of(table)
    if factors is None or factors.ndim != 2 or not np.isfinite(factors).all():
        raise DataError("Factors must be a table of finite numbers, one row an item.")
    if (largest := float(np.abs(factors).max(initial=0.0))) > MAX_VALUE:
        raise DataError(
            f"A factor of {largest:.3g} is beyond ±{MAX_VALUE:.0e}, and products of such leave the range of "
            "numbers: scale the table down."
        )
    if ratings is not None and ratings.n_items != len(factors):
        raise DataError(f"The ratings speak of {ratings.n_items} items, the factors of {len(factors)}.")
    return factors, known


def numbers_of(array: ArrayLike) -> FloatArray | None:
    """The array as float64, or None where it holds something that is no number."""
    try:
        return np.ascontiguousarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def checked_item(item: Any, n_items: int, what: str = "item") -> int:
    """A whole number from 0 to n_items − 1.

    Raises:
        DataError: it is not.
    """
    if isinstance(item, bool) or not isinstance(item, (int, np.integer)) or not 0 <= item < n_items:
        raise DataError(f"There is no {what} {item!r}: there are 0 … {n_items - 1}.")
    return int(item)


def nobody(metric: str, why: str, counted: bool, metrics: tuple[str, ...] = METRICS) -> Neighbours:
    """No neighbours, and why."""
    support = np.empty(0, dtype=np.int64) if counted else None
    return Neighbours(np.empty(0, dtype=np.int32), np.empty(0), support, check_metric(metric, metrics), why)


def nearest(
    factors: FloatArray,
    vector: FloatArray,
    n: int,
    metric: str,
    *,
    known: BoolArray,
    exclude: Sequence[int] = (),
    common: LongArray | None = None,
    support: int = 0,
    shrinkage: float = 0.0,
    centre: FloatArray | None = None,
) -> Neighbours:
    """The n rows nearest to a vector among the `known` ones; see `similar_items`.

    By "adjusted_cosine" everything is measured from `centre`, by default the mean of the known rows.
    """
    if n < 1 or support < 0 or not 0 <= shrinkage < np.inf:
        raise DataError(
            f"n = {n}, support = {support}, shrinkage = {shrinkage} is not allowed: "
            "ask for 1 neighbour or more, and give no negative or endless support or shrinkage."
        )
    if common is None and (support or shrinkage):
        raise DataError(
            "Support is counted in ratings, of items: pass ratings=, and what the point is based on."
        )
    if centre is None and metric == "adjusted_cosine" and known.any():
        centre = factors[known].mean(axis=0)
    scores, comparable = compare(factors, vector, metric, centre)
    if metric == "dot":
        comparable = np.full(len(factors), bool(vector.any()))  # everything ties with a vector of zeros
    if not comparable.any():
        return nobody(metric, NO_DIRECTION, common is not None)
    allowed = comparable & known
    allowed[list(exclude)] = False
    if common is not None:
        allowed &= common >= support
        if shrinkage:
            weight = common / (common + shrinkage)
            allowed &= (common > 0) | (metric != "euclidean")  # a distance nobody vouches for is endless
            scores = scores / np.where(common > 0, weight, 1.0) if metric == "euclidean" else scores * weight
    chosen = best(scores if metric == "euclidean" else -scores, np.flatnonzero(allowed), n)
    return Neighbours(
        chosen.astype(np.int32), scores[chosen], None if common is None else common[chosen], metric
    )


def best(costs: FloatArray, rows: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """The n of these rows with the lowest cost, lowest first; equals in ascending order of row.

    Raises:
        DataError: n is no whole number.
    """
    if not isinstance(n, (int, np.integer)):
        raise DataError(f"n = {n!r} is not allowed: ask for a whole number of neighbours.")
    own = costs[rows]
    if n < len(rows):
        # argpartition may pick any of the equals at the border: keep them all, then sort.
        border = np.partition(own, n - 1)[n - 1]
        rows, own = rows[own <= border], own[own <= border]
    chosen: NDArray[np.intp] = rows[np.lexsort((rows, own))][:n]
    return chosen
