"""What the map needs of a trained model, worked out once for all sessions and read-only."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False)
class Space:
    """The items of a model on a map.

    Attributes:
        items: (n_shown,) indices of those that somebody rated, in ascending order; the model knows
            nothing of the others.
        table: one row each: title, year, genres, main genre, ratings, average, x, y.
        axes: the two directions in which they differ most.
        reach: the largest coordinate.
        labels: title and year of each, by its item index, the most rated first.
    """

    items: IntArray
    table: pd.DataFrame
    axes: Projection
    reach: float
    labels: dict[int, str]

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
