"""Surprise's algorithms behind the lab's protocol; the only file that imports surprise.

Surprise keeps users and items under inner numbers, in order of first appearance. The
adapter hands it a training set built straight from the arrays, and copies what it learned
back under the indices of `Ratings`, so that nothing of Surprise is needed to predict.

Every option goes in as a new dictionary: Surprise writes into the ones it is given, and its
own defaults are shared by all instances.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys_core.algorithms._order import Order, training_order
from recsys_core.algorithms._work import Size, Work
from recsys_core.errors import DataError, TrainingDivergedError
from recsys_core.ratings import FloatArray, IntArray, LongArray, Ratings

ITEM_SHRINKAGE, USER_SHRINKAGE = 10.0, 15.0
"""λ_i and λ_u of Surprise's baseline."""


ROOM = 1_000_000_000
"""Bytes of square tables Surprise may take while it trains."""
TABLES = {"msd": 3, "cosine": 5, "pearson_baseline": 5, "pearson": 7}
SLOPE_ONE_TABLES = 3
"""How many square tables of 8-byte numbers each keeps at once."""


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


def trainset_work(size: Size) -> Work:
    """What `trainset` takes, which every algorithm of Surprise begins with."""
    return Work(interpreted=0.75e-6 * size.n_ratings, n_bytes=265 * size.n_ratings)


def cut_to_whole_stars(ratings: Ratings, title: str) -> tuple[str, ...]:
    """The remark for an algorithm that Surprise declares for whole numbers; empty where they are whole."""
    n_cut = int(np.count_nonzero(ratings.values != np.trunc(ratings.values)))
    if not n_cut:
        return ()
    return (
        f"{title} of Surprise works with whole numbers: it cut {n_cut:,} of {len(ratings):,} ratings "
        "down while training, a 3.5 to a 3.",
    )


# ---------------------------------------------------------------- factors


def svd(ratings: Ratings, **options: Any) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Train surprise.SVD.

    Args:
        ratings: what to learn from.
        options: of surprise.SVD, such as n_factors and random_state.

    Returns:
        b_u (n_users,), b_i (n_items,), P (n_users, F), Q (n_items, F); zero where there are no ratings.
    """
    from surprise import SVD

    model, order = _fitted(SVD(**options), ratings)
    return _factors(model, order, ratings)


def svdpp(
    ratings: Ratings, **options: Any
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Train surprise.SVDpp; as `svd`, and Y (n_items, F) last."""
    from surprise import SVDpp

    # Remembering who rated what changes the speed alone.
    model, order = _fitted(SVDpp(cache_ratings=True, **options), ratings)
    return *_factors(model, order, ratings), _spread(model.yj, order.items, ratings.n_items)


def nmf(ratings: Ratings, **options: Any) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Train surprise.NMF; arrays as `svd`, the biases zero unless `biased`."""
    from surprise import NMF

    model, order = _fitted(NMF(**options), ratings)
    return _factors(model, order, ratings)


def _factors(
    model: Any, order: Order, ratings: Ratings
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    return (
        _spread(model.bu, order.users, ratings.n_users),
        _spread(model.bi, order.items, ratings.n_items),
        _spread(model.pu, order.users, ratings.n_users),
        _spread(model.qi, order.items, ratings.n_items),
    )


# ---------------------------------------------------------------- baselines


def baseline(ratings: Ratings, **options: Any) -> tuple[FloatArray, FloatArray]:
    """Train surprise.BaselineOnly.

    Args:
        ratings: what to learn from.
        options: of Surprise's `bsl_options`, such as method and n_epochs.

    Returns:
        b_u (n_users,) and b_i (n_items,); zero where there are no ratings.
    """
    from surprise import BaselineOnly

    model, order = _fitted(BaselineOnly(bsl_options=dict(options), verbose=False), ratings)
    return _spread(model.bu, order.users, ratings.n_users), _spread(model.bi, order.items, ratings.n_items)


def spread_of_ratings(ratings: Ratings) -> float:
    """σ as surprise.NormalPredictor estimates it."""
    from surprise import NormalPredictor

    return float(_fitted(NormalPredictor(), ratings)[0].sigma)


# ---------------------------------------------------------------- neighbours


@dataclass(frozen=True, eq=False)
class Neighbours:
    """What Surprise's nearest-neighbour algorithms learn; x is a person if user-based, else an item.

    Attributes:
        similarities: (n_known, n_known) between the x that have ratings, in Surprise's order.
        rows: (n_x,) where each x stands in `similarities`; −1 without ratings.
        user_bias, item_bias: (n_users,), (n_items,) Surprise's baseline, zero where it was not needed.
        means, sigmas: (n_x,) of each x's ratings; 0 and 1 where the algorithm has none.
    """

    similarities: FloatArray
    rows: IntArray
    user_bias: FloatArray
    item_bias: FloatArray
    means: FloatArray
    sigmas: FloatArray


def neighbours(
    kind: str,
    ratings: Ratings,
    *,
    user_based: bool,
    similarity: str,
    min_support: int,
    shrinkage: float,
    k: int,
    min_k: int,
) -> Neighbours:
    """Train surprise.KNNBasic, KNNWithMeans, KNNWithZScore or KNNBaseline, whichever `kind` names.

    Raises:
        DataError: the tables would not fit (`ROOM`).
        TrainingDivergedError: the similarity is a division by zero for these ratings.

    Cost: O(Σ_y n_y²) time with the interpreter lock held; `TABLES` n_x × n_x tables while it trains.
    """
    import surprise

    n_rows, what = (ratings.n_users, "people") if user_based else (ratings.n_items, "items")
    _check_room(n_rows, what, TABLES[similarity], "the lab's own user_knn or item_knn")
    model, order = _fitted(
        getattr(surprise, kind)(
            k=k,
            min_k=min_k,
            sim_options={
                "name": similarity,
                "user_based": user_based,
                "min_support": min_support,
                "shrinkage": shrinkage,
            },
            bsl_options={"method": "als", "reg_i": ITEM_SHRINKAGE, "reg_u": USER_SHRINKAGE},
            verbose=False,
        ),
        ratings,
        advice="Choose the similarity msd, which is defined for any ratings.",
    )
    known, n_x = (order.users, ratings.n_users) if user_based else (order.items, ratings.n_items)
    rows = np.full(n_x, -1, dtype=np.int32)
    rows[known] = np.arange(len(known))
    no_bias = model.bu is None
    return Neighbours(
        # Where rounding took a variance below zero there is no similarity, and such a one never votes.
        np.nan_to_num(model.sim, copy=False),
        rows,
        np.zeros(ratings.n_users) if no_bias else _spread(model.bu, order.users, ratings.n_users),
        np.zeros(ratings.n_items) if no_bias else _spread(model.bi, order.items, ratings.n_items),
        _spread(getattr(model, "means", np.zeros(len(known))), known, n_x),
        _spread(getattr(model, "sigmas", np.ones(len(known))), known, n_x),
    )


# ---------------------------------------------------------------- the rest


def slope_one(ratings: Ratings) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    """Train surprise.SlopeOne.

    Returns:
        dev (n_items, n_items), 0 where nobody rated both; whether somebody did, of the same
        shape; each user's mean (n_users,), 0 without ratings.

    Raises:
        DataError: the tables would not fit (`ROOM`).
    """
    from surprise import SlopeOne

    _check_room(ratings.n_items, "items", SLOPE_ONE_TABLES, "svd or als")
    model, order = _fitted(SlopeOne(), ratings)
    square = np.ix_(order.items, order.items)
    deviations = np.zeros((ratings.n_items, ratings.n_items))
    together = np.zeros((ratings.n_items, ratings.n_items), dtype=bool)
    deviations[square] = np.nan_to_num(model.dev, copy=False)
    together[square] = model.freq > 0
    return deviations, together, _spread(model.user_mean, order.users, ratings.n_users)


@dataclass(frozen=True, eq=False)
class CoClusters:
    """What surprise.CoClustering learns; rows without ratings have cluster 0 and mean 0.

    Attributes:
        user_clusters, item_clusters: (n_users,), (n_items,) which cluster each belongs to.
        user_means, item_means: (n_users,), (n_items,) mean of each one's ratings.
        user_averages, item_averages: (n_user_clusters,), (n_item_clusters,) mean of each cluster's ratings.
        averages: (n_user_clusters, n_item_clusters) mean where both meet.
    """

    user_clusters: LongArray
    item_clusters: LongArray
    user_means: FloatArray
    item_means: FloatArray
    user_averages: FloatArray
    item_averages: FloatArray
    averages: FloatArray


def co_clustering(ratings: Ratings, **options: Any) -> CoClusters:
    """Train surprise.CoClustering with its own options, such as n_cltr_u and random_state."""
    from surprise import CoClustering

    model, order = _fitted(CoClustering(**options), ratings)
    return CoClusters(
        _spread(model.cltr_u, order.users, ratings.n_users).astype(np.int64),
        _spread(model.cltr_i, order.items, ratings.n_items).astype(np.int64),
        _spread(model.user_mean, order.users, ratings.n_users),
        _spread(model.item_mean, order.items, ratings.n_items),
        model.avg_cltr_u,
        model.avg_cltr_i,
        model.avg_cocltr,
    )


# ---------------------------------------------------------------- shared


def _check_room(n_rows: int, what: str, tables: int, instead: str) -> None:
    """Refuse before the memory is taken: a server that runs out of it stops for everybody."""
    size = 8 * tables * n_rows**2
    if size > ROOM:
        raise DataError(
            f"Surprise would need {size / 1e9:.1f} GB for tables of {n_rows:,} × {n_rows:,} {what}, "
            f"above the {ROOM / 1e9:.0f} GB allowed here. Take {instead} instead."
        )


def _fitted(model: Any, ratings: Ratings, advice: str = "Raise the regularisation.") -> tuple[Any, Order]:
    data, order = trainset(ratings)
    try:
        return model.fit(data), order
    except ZeroDivisionError:
        raise TrainingDivergedError(
            f"Surprise's {type(model).__name__} divided by zero on these ratings. {advice}"
        ) from None


def _inner(indices: IntArray) -> dict[int, int]:
    return {index: inner for inner, index in enumerate(indices.tolist())}


def _spread(learned: Any, rows: IntArray, n_rows: int) -> FloatArray:
    values = np.asarray(learned, dtype=np.float64)
    full = np.zeros((n_rows, *values.shape[1:]))
    full[rows] = values
    return full
