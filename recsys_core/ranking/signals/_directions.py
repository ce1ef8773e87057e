"""Where each item points, so that likeness is one product: rows of length 1, or of zeros if nothing is known.

    û_i = u_i / ‖u_i‖                                                      (1)

u_i is, in this order of preference,
"factors"    q_i, where the model learned item factors;
"ratings"    what people said about i against their own mean, r_ui − r̄_u, 0 where they said nothing:
             û_iᵀ û_j is the adjusted cosine over everybody (Sarwar et al. 2001, 3.1.3);
"genres"     1 for each genre, where nobody rated anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recsys_core.algorithms.base import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.ratings import BoolArray, FloatArray, IntArray, Ratings, frozen

if TYPE_CHECKING:
    from scipy.sparse import csr_array

TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Directions:
    """Equation (1) for every item.

    Attributes:
        rows: (n_items, ·) û, dense or sparse.
        known: (n_items,) False where the row is zero.
        basis: "factors", "ratings" or "genres": what likeness means here.
    """

    rows: FloatArray | csr_array[Any]
    known: BoolArray
    basis: str

    def likeness(self, items: IntArray, weights: FloatArray) -> FloatArray:
        """(n_items,) weighted mean of the cosines with these items; `nan` where there is no direction.

        Linear in the items, so that it splits exactly among them: one product, whatever their number.

        Args:
            items: (n,) item indices.
            weights: (n,) not below 0.

        Cost: O(n_items n_factors), or O(ratings).
        """
        said = self.known[items]
        items, weights = items[said], weights[said]
        if not len(items) or not weights.sum() > 0:
            return np.full(len(self.known), np.nan)
        mean = self.rows[items].T @ (weights / weights.sum())
        return np.where(self.known, self.rows @ mean, np.nan)

    def cosines(self, item: int, others: IntArray) -> FloatArray:
        """(n,) cosines of one item with others; 0 where one of the two has no direction."""
        one = self.rows[np.array([item])]
        found = self.rows[others] @ one.T
        dense = found if isinstance(found, np.ndarray) else found.toarray()
        return np.asarray(dense, dtype=np.float64).reshape(-1)


def directions(model: Algorithm, dataset: Dataset) -> Directions:
    """Factors where there are any, else ratings, else genres. Cost: one pass over them."""
    table = getattr(model, "item_factors_", None) if model.learns_factors else None
    if table is not None:
        return _dense(np.asarray(table, dtype=np.float64), "factors")
    if len(dataset.ratings):
        return _corated(dataset.ratings)
    return _dense(dataset.catalogue.genres.astype(np.float64), "genres")


def _dense(table: FloatArray, basis: str) -> Directions:
    length = np.linalg.norm(table, axis=1)
    known = length > TINY
    rows = np.divide(table, length[:, None], out=np.zeros_like(table), where=known[:, None])
    frozen(rows)
    return Directions(rows, known, basis)


def _corated(ratings: Ratings) -> Directions:
    from scipy.sparse import csr_array

    view, by_item = ratings.by_user, ratings.by_item
    sums = np.bincount(ratings.users, ratings.values, minlength=ratings.n_users)
    means = sums / np.maximum(view.counts, 1)
    left = by_item.values - means[by_item.others]
    shape = (ratings.n_items, ratings.n_users)
    table = csr_array((left, by_item.others, by_item.starts), shape=shape)
    length = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).reshape(-1))
    known = length > TINY
    # Divided, not multiplied by 1 / length: of one rating alone the direction is exactly 1 or −1, so that
    # items alike to the last bit tie and stand in the order of the catalogue.
    lengths = np.where(known, length, np.inf)
    rows = csr_array((left / np.repeat(lengths, by_item.counts), by_item.others, by_item.starts), shape=shape)
    return Directions(rows, known, "ratings")
