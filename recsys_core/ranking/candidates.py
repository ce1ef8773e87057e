"""Which items may be recommended at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.dataset import NO_YEAR, Dataset
from recsys_core.errors import DataError
from recsys_core.ranking.checks import checked_items, clean
from recsys_core.ratings import IntArray


@dataclass(frozen=True)
class Filters:
    """What a person wants to see.

    Attributes:
        genres: at least one of these; empty for all.
        years: first and last year of release, both included, or None for all; an item
            without a year passes only without this filter.
        min_ratings: rated by at least this many people. The course lab keeps films with
            more than 20 ratings, which is `min_ratings=21`.
    """

    genres: tuple[str, ...] = ()
    years: tuple[int, int] | None = None
    min_ratings: int = 0


def candidates(dataset: Dataset, filters: Filters = Filters(), exclude: ArrayLike = ()) -> IntArray:
    """Items that pass every filter and are not excluded, in the order of the catalogue.

    Args:
        dataset: the data.
        filters: what must hold.
        exclude: item indices never to show, such as those already rated.

    Raises:
        DataError: a genre is not one of the catalogue's, or an item to exclude is not an item.
    """
    catalogue = dataset.catalogue
    passes = np.ones(len(catalogue), dtype=bool)
    if filters.genres:
        unknown = set(filters.genres) - set(catalogue.genre_names)
        if unknown:
            raise DataError(clean(f"There is no genre {', '.join(sorted(unknown))} in {dataset.title}."))
        columns = [catalogue.genre_names.index(genre) for genre in filters.genres]
        passes &= catalogue.genres[:, columns].any(axis=1)
    if filters.years is not None:
        first, last = filters.years
        passes &= (catalogue.years >= max(first, NO_YEAR + 1)) & (catalogue.years <= last)
    passes &= dataset.ratings.by_item.counts >= filters.min_ratings
    passes[checked_items(exclude, len(catalogue), "Items to exclude")] = False
    return np.flatnonzero(passes).astype(np.int32)
