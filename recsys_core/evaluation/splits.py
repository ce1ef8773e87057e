"""Cutting the ratings into what may be learned from and what is kept to be predicted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recsys_core.errors import DataError
from recsys_core.ratings import LongArray, Ratings, frozen


@dataclass(frozen=True, eq=False)
class Split:
    """One cut of the ratings, by positions in the file.

    Attributes:
        kind: how it was cut: "k-fold".
        fold, folds: which of how many, counted from 0.
        seed: of the random numbers.
        fingerprint: of the ratings that were cut.
        train, test: (n,) positions, disjoint, in the order training meets them.
    """

    kind: str
    fold: int
    folds: int
    seed: int
    fingerprint: str
    train: LongArray
    test: LongArray

    def __post_init__(self) -> None:
        frozen(self.train)
        frozen(self.test)


def k_fold(ratings: Ratings, folds: int = 5, seed: int = 0) -> Iterator[Split]:
    """Shuffle the ratings and keep each of `folds` equal parts once for the test.

    The same cuts, in the same order, as Surprise's `KFold(n_splits=folds, random_state=seed)`:
    where the parts cannot be equal, the first ones are one rating larger.

    Args:
        ratings: what to cut.
        folds: 2 to the number of ratings.
        seed: 0 to 2³² − 1.

    Raises:
        DataError: too few or too many folds for these ratings.
    """
    if not 2 <= folds <= len(ratings):
        raise DataError(f"{len(ratings)} ratings cannot be cut into {folds} folds: give 2 to {len(ratings)}.")
    order = np.arange(len(ratings))
    # Surprise shuffles with numpy's legacy generator; equal seeds must give equal cuts.
    np.random.RandomState(seed).shuffle(order)
    parts = np.array_split(order, folds)
    for fold, test in enumerate(parts):
        train = np.concatenate([*parts[:fold], *parts[fold + 1 :]])
        yield Split("k-fold", fold, folds, seed, ratings.fingerprint, train, test.copy())
