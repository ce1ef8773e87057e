"""Two ways to place items that nobody rated, for any model of biases and factors.

By genres, after training: the bias and factors of a cold item are the average of those of
the rated items, weighted by how many genres they share (Jaccard overlap of genre sets G),

    q_i = Σ_j w_ij q_j / Σ_j w_ij,   w_ij = |G_i ∩ G_j| / |G_i ∪ G_j|      (1)

By features, while training: the ratings A are one block of a larger table,

        ┌                                ┐
    Â = │ A              user features   │                                 (2)
        │ item features  (empty)         │
        └                                ┘

where every feature of users is an item more, and every feature of items a user more. A model
trained on Â places cold items (and silent people) by their features as it learns; afterwards
the added rows are cut off again. A feature is no rating, so its values are put on the scale as

    μ + σ_r (x − x̄) / σ_x,   held to the scale                            (3)

with x̄ and σ_x over whoever states the feature, and μ, σ_r mean and spread of the ratings:
having the feature is a rating above μ, not having it one below, and in the middle neither.

Source: Ng, Recommender Systems lectures (items of the same category); the notes on candidate
generation, generalised matrix factorisation with side features (block matrix).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recsys_core.algorithms._factors import FactorModel
from recsys_core.algorithms.base import Profile, User
from recsys_core.errors import DataError
from recsys_core.features import Features, SideInformation
from recsys_core.ratings import BoolArray, FloatArray, Ratings, frozen

Indices: TypeAlias = NDArray[np.signedinteger[Any]]
Model = TypeVar("Model", bound=FactorModel)


def place_items_by_genre(model: Model, genres: ArrayLike) -> Model:
    """A copy of a model in which items nobody rated stand where their genres put them, by (1).

    Items without a genre, or with genres that no rated item has, stay as they are. The
    fallback of a placed item says "placed by its genres"; the model given is not changed.

    Args:
        model: a fitted model of biases and factors.
        genres: (n_items, n_genres) True where the item has the genre.

    Raises:
        NotFittedError: the model was not fitted.
        DataError: the table is not true or false, or has not one row an item.

    Cost: O(p n_items n_genres) for p different sets of genres among the cold items.
    """
    model._require_fit()
    table = np.asarray(genres)
    if table.ndim != 2 or len(table) != model.n_items_ or table.dtype != np.bool_:
        raise DataError(f"Genres must be a table of True and False with {model.n_items_} rows.")
    cold = np.flatnonzero(model.item_counts_ == 0)
    warm = np.flatnonzero(model.item_counts_ > 0)
    sets, which = np.unique(table[cold], axis=0, return_inverse=True)
    W = jaccard(sets, table[warm])  # one row a set of genres: many cold items share one
    totals = W.sum(axis=1)
    placed = totals[which.reshape(-1)] > 0
    weights = W / np.where(totals > 0, totals, 1.0)[:, None]
    bias, factors = model.item_bias_.copy(), model.item_factors_.copy()
    rows, of = cold[placed], which.reshape(-1)[placed]
    bias[rows], factors[rows] = (weights @ bias[warm])[of], (weights @ factors[warm])[of]  # (1)
    copy = _placed(model, "genres", _mask(rows, model.n_items_))
    copy.item_bias_, copy.item_factors_ = bias, factors
    frozen(bias)
    frozen(factors)
    return copy


def jaccard(one: BoolArray, other: BoolArray) -> FloatArray:
    """w of (1) between two tables of genres, (n, m); 0 where neither has any."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    both = a @ b.T
    either = a.sum(axis=1)[:, None] + b.sum(axis=1) - both
    overlap: FloatArray = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return overlap


@dataclass(frozen=True, eq=False)
class FeatureBlocks:
    """The table (2), and the way back from it.

    Attributes:
        ratings: Â: the ratings first, then the features. Real users and items keep their indices.
        real: the ratings it was made from.
        placed_users: (n_users,) rated nothing, but some feature of theirs is in the table.
        placed_items: (n_items,) the same for items.
    """

    ratings: Ratings
    real: Ratings
    placed_users: BoolArray
    placed_items: BoolArray

    def cut_back(self, model: Model) -> Model:
        """A copy of a model trained on `ratings`, for the real users and items alone.

        Raises:
            NotFittedError: the model was not fitted.
            DataError: it was fitted on other ratings.
        """
        model._require_fit()
        if (model.n_users_, model.n_items_) != (self.ratings.n_users, self.ratings.n_items):
            raise DataError("The model was not fitted on the ratings with feature blocks.")
        n_users, n_items = self.real.n_users, self.real.n_items
        copy = _placed(model, "features", self.placed_items, self.placed_users)
        copy.n_users_, copy.n_items_ = n_users, n_items
        copy.trained_fingerprint_, copy.trained_bits_, copy.trained_part_ = self.real.memory
        copy.user_bias_, copy.user_factors_ = model.user_bias_[:n_users], model.user_factors_[:n_users]
        copy.item_bias_, copy.item_factors_ = model.item_bias_[:n_items], model.item_factors_[:n_items]
        copy.user_counts_ = np.bincount(self.real.users, minlength=n_users)
        copy.item_counts_ = np.bincount(self.real.items, minlength=n_items)
        frozen(copy.user_counts_)
        frozen(copy.item_counts_)
        return copy


def with_feature_blocks(ratings: Ratings, side: SideInformation, weight: int = 1) -> FeatureBlocks:
    """Ratings with known features as further rows and columns, by (2) and (3).

    Train any model of biases and factors on `.ratings`, then `.cut_back` it. Cells that are
    not stated (`nan`) stay empty; a feature that is the same for all says nothing and is left out.
    A cold item has only its features to be placed by: a model without biases, whose pull is
    weak against many ratings and strong against few, wants few factors or a higher weight.

    Args:
        ratings: the real ratings.
        side: features of items, of users, or both.
        weight: how many ratings one stated feature counts as: so many copies of each feature's row.

    Raises:
        DataError: there are no ratings, a table has the wrong number of rows, or `weight` is below 1.

    Cost: n_items × (features of items) + n_users × (features of users) more ratings, times `weight`.
    """
    if not len(ratings):
        raise DataError("Features cannot be put on the scale of no ratings.")
    if weight < 1:
        raise DataError(f"weight = {weight} is not allowed: give 1 or more.")
    spread = float(np.std(ratings.values, dtype=np.float64))
    items, of_items = _cells(side.items, ratings.n_items, "items", weight)
    users, of_users = _cells(side.users, ratings.n_users, "users", weight)
    n_more_users, n_more_items = (int(of[1].max(initial=-1)) + 1 for of in (of_items, of_users))
    z = np.concatenate([items, users])
    values = ratings.scale.clip(ratings.mean + spread * z)  # (3)
    augmented = Ratings.from_arrays(
        np.concatenate([ratings.users, ratings.n_users + of_items[1], of_users[0]]),
        np.concatenate([ratings.items, of_items[0], ratings.n_items + of_users[1]]),
        np.concatenate([ratings.values, values]),
        ratings.scale,
        n_users=ratings.n_users + n_more_users,
        n_items=ratings.n_items + n_more_items,
    )
    placed_users = _mask(of_users[0], ratings.n_users) & (ratings.by_user.counts == 0)
    placed_items = _mask(of_items[0], ratings.n_items) & (ratings.by_item.counts == 0)
    return FeatureBlocks(augmented, ratings, placed_users, placed_items)


def _cells(
    features: Features | None, n_rows: int, what: str, weight: int
) -> tuple[FloatArray, tuple[Indices, Indices]]:
    """(x − x̄)/σ_x of every stated cell, with its row and the number of its copy of the feature."""
    if features is None:
        return np.empty(0), (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    x = features.values
    if len(x) != n_rows:
        raise DataError(f"{len(x)} rows of features for {n_rows} {what}.")
    known = np.isfinite(x)
    counts = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, x, 0.0) - np.where(known, x, 0.0).sum(axis=0) / counts
    sigma = np.sqrt(np.where(known, centred**2, 0.0).sum(axis=0) / counts)
    telling = sigma > 1e-12 * np.maximum(1.0, np.abs(np.where(known, x, 0.0)).max(axis=0, initial=0.0))
    z = np.tile(centred[:, telling] / sigma[telling], (1, weight))
    rows, copies = np.nonzero(np.tile(known[:, telling], (1, weight)))
    return z[rows, copies], (rows, copies)


# ---------------------------------------------------------------- copies that say where rows come from


class _PlacedRows:
    """What a copy with placed rows says of them."""

    placed_by_: str
    placed_items_: BoolArray
    placed_users_: BoolArray

    def fallback(self, user: User, item: int) -> str | None:
        """As the model says, and by what a placed row was placed."""
        named: str | None = super().fallback(user, item)  # type: ignore[misc]
        if self.placed_items_[item]:
            return f"nobody rated this item: placed by its {self.placed_by_}"
        if not isinstance(user, Profile) and self.placed_users_[user]:
            return f"this person rated nothing: placed by their {self.placed_by_}"
        return named


@cache
def _placed_class(cls: type[FactorModel]) -> type[FactorModel]:
    if issubclass(cls, _PlacedRows):
        return cls
    return type(cls.__name__, (_PlacedRows, cls), {"__doc__": cls.__doc__, "__module__": cls.__module__})


def _placed(model: Model, by: str, items: BoolArray, users: BoolArray | None = None) -> Model:
    """A copy that shares every array with the model, and names what its new rows are placed by."""
    copy = object.__new__(_placed_class(type(model)))
    vars(copy).update(vars(model))
    nobody = np.zeros(model.n_users_, dtype=np.bool_) if users is None else users
    vars(copy).update(placed_by_=by, placed_items_=items, placed_users_=nobody)
    frozen(items)
    frozen(nobody)
    return copy  # type: ignore[return-value]


def _mask(rows: Indices, size: int) -> BoolArray:
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    return mask
