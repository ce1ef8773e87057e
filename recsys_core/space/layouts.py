"""Where to draw each item: the factors as they are, the axes of most variance, t-SNE or UMAP.

"factors"   the factors themselves, where there are just as many as axes: nothing is lost
"pca"       the directions in which items differ most (`recsys_core/projection.py`): distances shrink, evenly
"tsne"      keeps near what is near, by gradient descent; distances between far groups mean nothing
"umap"      the same aim by drawing pairs; quicker on three axes, less faithful (`space/unfolding.py`)

Only items with a place in the space are drawn; an item nobody rated has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.errors import DataError
from recsys_core.projection import principal_axes
from recsys_core.ratings import FloatArray, IntArray, Ratings, frozen
from recsys_core.space import unfolding
from recsys_core.space.neighbours import Model, item_table
from recsys_core.space.unfolding import Told

METHODS = ("factors", "pca", "tsne", "umap")


@dataclass(frozen=True, eq=False)
class Layout:
    """A map of items.

    Attributes:
        method: one of METHODS.
        items: (m,) the items drawn, in the order of the catalogue.
        places: (m, n_axes) where, in no unit.
        explained: share of the items' variance the map shows, 0 to 1; None for t-SNE and UMAP.
    """

    method: str
    items: IntArray
    places: FloatArray
    explained: float | None

    def __post_init__(self) -> None:
        frozen(self.items)
        frozen(self.places)


def lay_out(
    model: Model,
    method: str = "pca",
    n_axes: int = 2,
    *,
    perplexity: float = 30.0,
    neighbours: int = 15,
    seed: int = 0,
    ratings: Ratings | None = None,
    told: Told | None = None,
) -> Layout:
    """A place for each item.

    Args:
        model: a fitted model with item factors, or a table of them, (n_items, n_factors).
        method: one of METHODS.
        n_axes: 2 or 3.
        perplexity: of t-SNE: about how many neighbours each item is kept near to.
        neighbours: of UMAP: how many items each is kept near to, itself among them.
        seed: of t-SNE and UMAP; the same seed on the same machine gives the same map.
        ratings: for a plain table, who was rated at all.
        told: hears how far t-SNE and UMAP are, a share of 0 to 1; an exception it raises ends the work.

    Raises:
        DataError: there is no such method, another number of axes, "factors" of a space with another
            number of factors, no item to draw, or too few for this perplexity or so many neighbours.
        UnsupportedError, NotFittedError: as `similar_items`.

    Cost: "pca" O(m n_factors²); "tsne" O(m log m) a pass and 500 passes; "umap" O(m² n_factors) for the
    exact neighbours, then O(m neighbours) a pass and 500 passes (200 from 10,000 items on): seconds of each
    in `recsys_core.cost.of_layout`.
    """
    if method not in METHODS or n_axes not in (2, 3):
        raise DataError(f"A map is made by {', '.join(METHODS)}, in 2 or 3 axes; got {method!r}, {n_axes}.")
    factors, known = item_table(model, ratings)
    items = np.flatnonzero(known).astype(np.int32)
    rows = factors[items]
    if not len(items):
        raise DataError("There is no item to draw: nobody rated any.")
    if method == "factors":
        if rows.shape[1] != n_axes:
            raise DataError(f"{rows.shape[1]} factors cannot be drawn as they are on {n_axes} axes; use pca.")
        return Layout(method, items, rows, 1.0)
    if method == "pca":
        axes = principal_axes(rows, n_axes)
        return Layout(method, items, axes(rows), axes.explained)
    if method == "umap":
        if not 2 <= neighbours < len(items):
            raise DataError(
                f"neighbours = {neighbours} is not allowed for {len(items)} items: 2 to one less."
            )
        return Layout(method, items, unfolding.umap(rows, n_axes, neighbours, seed, told), None)
    if not 1 <= perplexity < len(items) / 3:
        raise DataError(
            f"perplexity = {perplexity:g} is not allowed for {len(items)} items: "
            "1 or more, and below a third of them."
        )
    return Layout(method, items, unfolding.tsne(rows, n_axes, perplexity, seed, told), None)
