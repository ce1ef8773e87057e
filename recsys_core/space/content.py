"""Neighbours by what is known of the films themselves: their genres and when they came out.

    jaccard   |G_i ∩ G_j| / |G_i ∪ G_j|              G_i: the genres of item i        (1)
    cosine    |G_i ∩ G_j| / √(|G_i| |G_j|)                                            (2)

times 2^(−|year_i − year_j| / h) where a half-life h is given: h years apart, half as alike; an
unknown year counts as one half-life away.
"""

from __future__ import annotations

import numpy as np

from recsys_core.dataset import NO_YEAR, Catalogue
from recsys_core.errors import DataError
from recsys_core.space.metrics import check_metric
from recsys_core.space.neighbours import Neighbours, best, checked_item, nobody

CONTENT_METRICS = ("jaccard", "cosine")
NO_GENRES = "no genre of this item is known, so nothing can be said from its content"


def alike_in_content(
    catalogue: Catalogue,
    item: int,
    n: int = 10,
    metric: str = "jaccard",
    *,
    year_half_life: float | None = 10.0,
) -> Neighbours:
    """The items most alike in genres and year, whatever anybody thought of them.

    Args:
        catalogue: genres and years.
        item: item index.
        n: how many, at most; items without a common genre are no neighbours.
        metric: "jaccard", equation (1), or "cosine", (2).
        year_half_life: h in years, or None to leave the year out.

    Raises:
        DataError: there is no such item or metric, or the half-life is not above 0.

    Cost: O(n_items n_genres).
    """
    item = checked_item(item, len(catalogue))
    check_metric(metric, CONTENT_METRICS)
    if n < 1 or (year_half_life is not None and not year_half_life > 0):
        raise DataError(f"n = {n}, year_half_life = {year_half_life} is not allowed: both must be above 0.")
    genres, own = catalogue.genres, catalogue.genres[item]
    both = (genres & own).sum(axis=1).astype(np.float64)
    counts = genres.sum(axis=1).astype(np.float64)
    if not counts[item]:
        return nobody(metric, NO_GENRES, False, CONTENT_METRICS)
    whole = counts + counts[item] - both if metric == "jaccard" else np.sqrt(counts * counts[item])
    alike = np.divide(both, whole, out=np.zeros(len(both)), where=whole > 0)
    if year_half_life is not None:
        apart = np.abs(catalogue.years - catalogue.years[item]) / year_half_life
        unknown = (catalogue.years == NO_YEAR) | (catalogue.years[item] == NO_YEAR)
        alike *= 2.0 ** -np.where(unknown, 1.0, apart)
    allowed = both > 0
    allowed[item] = False
    # Equals by (1) or (2) may differ in the last digits, by the order in which they were reckoned.
    chosen = best(-np.round(alike, 12), np.flatnonzero(allowed), n)
    return Neighbours(chosen.astype(np.int32), alike[chosen], None, metric)
