"""What the map needs of a trained model, worked out once for all sessions and read-only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import pandas as pd
import streamlit as st

from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.projection import Projection, principal_axes
from recsys_core.ratings import FloatArray, IntArray
from recsys_core.space import baseline_residuals
from ui import tiles

_NEAREST = 10


@dataclass(frozen=True, eq=False)
class AmongItems:
    """Puts a point on a map that bends, which has no formula for one: in the middle of the ten items
    nearest to it in direction. The middle is the median, so that one of them far off does not matter.

    Attributes:
        factors: (n, n_factors) of the items on the map.
        places: (n, n_axes) where they are.
    """

    factors: FloatArray
    places: FloatArray
    explained: None = None

    @property
    def centre(self) -> FloatArray:
        """(n_factors,) the middle of the items."""
        middle: FloatArray = self.factors.mean(axis=0)
        return middle

    def __call__(self, points: FloatArray) -> FloatArray:
        """(m, n_axes) where these rows of factors are drawn."""
        lengths = np.linalg.norm(self.factors, axis=1)
        alike = points @ self.factors.T / np.where(lengths > 0, lengths, np.inf)
        nearest = np.argsort(-alike, axis=1, kind="stable")[:, :_NEAREST]
        middle: FloatArray = np.median(self.places[nearest], axis=1)
        return middle


Axes: TypeAlias = Projection | AmongItems
"""Where a row of factors is drawn."""


@dataclass(frozen=True, eq=False)
class Space:
    """The items of a model on a map.

    Attributes:
        items: (n_shown,) indices of those that somebody rated, in ascending order; the model knows
            nothing of the others.
        table: one row each: title, year, genres, main genre, ratings, average, x, y, of three axes z.
        axes: where a row of factors is drawn.
        reach: the largest coordinate.
        labels: title and year of each, by its item index, the most rated first.
        method: how they were laid out, one of `recsys_core.space.METHODS`.
        n_axes: 2 or 3.
    """

    items: IntArray
    table: pd.DataFrame
    axes: Axes
    reach: float
    labels: dict[int, str]
    method: str = "pca"
    n_axes: int = 2

    @property
    def places(self) -> FloatArray:
        """(n_shown, n_axes) where they are."""
        places: FloatArray = self.table[["x", "y", "z"][: self.n_axes]].to_numpy(dtype=float)
        return places

    def row_of(self, item: int) -> int | None:
        """Where an item stands in the table; None for one that nobody rated."""
        row = int(np.searchsorted(self.items, item))
        return row if row < len(self.items) and self.items[row] == item else None


@st.cache_resource(max_entries=6, show_spinner=False)
def residuals(fingerprint: str, _data: Dataset) -> FloatArray:
    """(n_ratings,) what is left of each rating without the biases; see `recsys_core.space`."""
    return baseline_residuals(_data.ratings)


@st.cache_resource(max_entries=12, show_spinner=False)
def space(fingerprint: str, model_text: str, _data: Dataset, _model: Algorithm) -> Space:
    """The map of a model; `fingerprint` and `model_text` say which it is.

    Raises:
        DataError: it has no factors, or nobody rated anything.
    """
    factors = getattr(_model, "item_factors_", None)
    if factors is None:
        raise DataError(f"{_model.title} learns no factors, so there is no map of it.")
    items = np.flatnonzero(_model.item_counts_).astype(np.int32)
    axes = principal_axes(factors[items])
    places = axes(factors[items])
    ratings, catalogue = _data.ratings, _data.catalogue
    sums = np.bincount(ratings.items, weights=ratings.values, minlength=ratings.n_items)
    counts = ratings.by_item.counts[items]  # a kept model may have met a part of them
    table = pd.DataFrame(
        {
            "title": [catalogue.label(int(item)) for item in items],
            "year": catalogue.years[items],
            "genres": [", ".join(tiles.genres_of(catalogue, int(item))) for item in items],
            "main genre": [tiles.main_genre(catalogue.genres_of(int(item))) or "none" for item in items],
            "ratings": counts,
            "average": sums[items] / counts,
            "x": places[:, 0],
            "y": places[:, 1],
        }
    )
    by_ratings = np.argsort(-counts, kind="stable")
    labels = {int(items[row]): str(table["title"].iloc[row]) for row in by_ratings}
    return Space(items, table, axes, 1.06 * float(np.abs(places).max(initial=1e-9)), labels)


@st.cache_resource(max_entries=12, show_spinner=False)
def laid_out(
    fingerprint: str,
    model_text: str,
    method: str,
    n_axes: int,
    _flat: Space,
    _factors: FloatArray,
    _bent: FloatArray | None = None,
) -> Space:
    """The same items laid out another way.

    Args:
        fingerprint, model_text, method, n_axes: say which map it is.
        _flat: the map by PCA on two axes.
        _factors: (n_shown, n_factors) of its items.
        _bent: (n_shown, n_axes) where t-SNE or UMAP has put them.
    """
    axes: Axes
    if _bent is not None:
        places = _bent - (_bent.min(axis=0) + _bent.max(axis=0)) / 2
        axes = AmongItems(_factors, places)
    else:
        own = method == "factors"
        axes = Projection(np.zeros(n_axes), np.eye(n_axes), 1.0) if own else principal_axes(_factors, n_axes)
        places = axes(_factors)
    table = _flat.table.drop(columns=["x", "y"])
    table = table.assign(**dict(zip("xyz", places.T, strict=False)))
    reach = 1.06 * float(np.abs(places).max(initial=1e-9))
    return replace(_flat, table=table, axes=axes, reach=reach, method=method, n_axes=n_axes)
