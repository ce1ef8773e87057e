"""Intra-list diversity: how different are the genres of the films in one list?

    d_ij = 1 − |G_i ∩ G_j| / |G_i ∪ G_j|                                   (1)
    diversity@k = mean over u of the mean of d_ij over the pairs i ≠ j of L_u    (2)

G_i is the set of genres of film i; (1) is the Jaccard distance: 0 for the same genres, 1 for none in
common. A film without a genre is left out, for nothing is known of its distance to others.

Bounds: 0 to 1. A list with fewer than two films of known genre: `nan`, left out.
Cost: O(n k² n_genres) in blocks of about 20 MB.
Source: Smyth & McClave (2001), Similarity vs. Diversity, section 2.2; Ziegler, McNee, Konstan & Lausen
(2005), Improving Recommendation Lists Through Topic Diversification, section 3.3
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from recsys_core.evaluation.metrics.base import ListMetric, Lists
from recsys_core.ratings import FloatArray, IntArray

BLOCK = 2**19
"""Numbers held at once, a few times over."""


class Diversity(ListMetric):
    """Equation (2)."""

    name: ClassVar[str] = "diversity"
    title: ClassVar[str] = "Diversity@k"
    summary: ClassVar[str] = "How different the genres of the films in one list are: 1 is nothing shared."
    better: ClassVar[Literal["lower", "higher", "neither"]] = "higher"
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    needs_genres: ClassVar[bool] = True

    def _per_user(self, measured: Lists) -> FloatArray:
        if measured.genres is None or measured.k < 2:
            return np.full(len(measured), np.nan)
        none = np.zeros((1, measured.genres.shape[1]))
        genres = np.concatenate([measured.genres, none])  # the last row for places without an item
        items = np.where(measured.filled, measured.items, len(measured.genres))
        n = max(1, BLOCK // (measured.k * max(measured.k, genres.shape[1])))
        blocks = [self._of_block(genres, items[row : row + n]) for row in range(0, len(items), n)]
        return np.concatenate([np.empty(0), *blocks])

    @staticmethod
    def _of_block(genres: FloatArray, items: IntArray) -> FloatArray:
        """(n,) the mean of (1) over the pairs of each list of a block."""
        G = genres[items]  # (n, k, n_genres)
        size = G.sum(axis=2)
        shared = G @ G.transpose(0, 2, 1)  # (n, k, k)
        known = (size > 0)[:, :, None] & (size > 0)[:, None, :]
        known &= ~np.eye(items.shape[1], dtype=bool)
        either = np.where(known, size[:, :, None] + size[:, None, :] - shared, 1.0)
        distance = np.where(known, 1 - shared / either, 0.0)  # (1)
        return np.asarray(distance.sum(axis=(1, 2)) / known.sum(axis=(1, 2)), dtype=np.float64)
