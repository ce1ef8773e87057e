"""Where to draw each item: the factors as they are, the axes of most variance, or t-SNE.

"factors"   the factors themselves, where there are just as many as axes: nothing is lost
"pca"       the directions in which items differ most (`recsys_core/projection.py`): distances shrink, evenly
"tsne"      keeps near what is near, by gradient descent; distances between far groups mean nothing

Only items with a place in the space are drawn; an item nobody rated has none.

Source: van der Maaten & Hinton (2008), Visualizing Data using t-SNE; van der Maaten (2014),
Accelerating t-SNE using Tree-Based Algorithms (the O(n log n) way); both as in scikit-learn. Belkina
et al. (2019), Automated Optimized Parameters for t-SNE (the learning rate).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.errors import DataError
from recsys_core.projection import principal_axes
from recsys_core.ratings import FloatArray, IntArray, Ratings, frozen
from recsys_core.space.neighbours import Model, item_table

METHODS = ("factors", "pca", "tsne")


@dataclass(frozen=True, eq=False)
class Layout:
    """A map of items.

    Attributes:
        method: one of METHODS.
        items: (m,) the items drawn, in the order of the catalogue.
        places: (m, n_axes) where, in no unit.
        explained: share of the items' variance the map shows, 0 to 1; None for t-SNE, which has none.
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
    seed: int = 0,
    ratings: Ratings | None = None,
) -> Layout:
    """A place for each item.

    Args:
        model: a fitted model with item factors, or a table of them, (n_items, n_factors).
        method: one of METHODS.
        n_axes: 2 or 3.
        perplexity: of t-SNE: about how many neighbours each item is kept near to.
        seed: of t-SNE; the same seed on the same machine gives the same map.
        ratings: for a plain table, who was rated at all.

    Raises:
        DataError: there is no such method, another number of axes, "factors" of a space with another
            number of factors, no item to draw, or too few for this perplexity.
        UnsupportedError, NotFittedError: as `similar_items`.

    Cost: "pca" O(m n_factors²); "tsne" O(m log m) a pass and a thousand passes: about a minute for ten
    thousand items on two cores, several for three axes.
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
    if not 1 <= perplexity < len(items) / 3:
        raise DataError(
            f"perplexity = {perplexity:g} is not allowed for {len(items)} items: "
            "1 or more, and below a third of them."
        )
    from sklearn.manifold import TSNE  # type: ignore[import-untyped]

    search = TSNE(
        n_axes,
        perplexity=perplexity,
        init="pca",
        random_state=seed,
        # Belkina et al.'s n / 12, as scikit-learn counts it (a quarter); its floor of 50 throws few
        # items about on three axes.
        learning_rate=max(len(items) / 48, 10.0),
    )
    return Layout(method, items, np.asarray(search.fit_transform(rows), dtype=np.float64), None)
