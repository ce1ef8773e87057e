"""The data of the course lab on collaborative filtering: recent films, everybody who rated one, and
a new person whose ratings are added before training.

On MovieLens latest-small (2018): films with a year of release from 2000 on and at least one
rating, people with at least one such rating → 4,778 films × 443 people, 39,253 ratings. The lab
then minimises J of `gradient_cf` with the settings below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.ratings import IntArray, Ratings, frozen

FIRST_YEAR = 2000
SETTINGS: dict[str, int | float | bool | str] = {
    "n_factors": 100,
    "n_epochs": 200,
    "learning_rate": 0.1,
    "regularization": 1.0,
    "init_std": 1.0,
    "optimizer": "adam",
    "mean_normalization": True,
}
"""What the lab sets, by the names of `gradient_cf`."""


@dataclass(frozen=True, eq=False)
class CourseLab:
    """The lab's table and where its rows come from.

    Attributes:
        ratings: over the lab's films and people, the new person last where there is one.
        items: (ratings.n_items,) index of each film in the data set it was taken from.
        users: (n_people,) index of each person there; the new person has none.
        new_user: the new person's index in `ratings`, or None.
    """

    ratings: Ratings
    items: IntArray
    users: IntArray
    new_user: int | None


def course_lab(dataset: Dataset, items: ArrayLike = (), values: ArrayLike = ()) -> CourseLab:
    """Cut the lab's table out of a data set.

    Args:
        dataset: where films have a year; the lab's own is "ml-latest-small".
        items, values: (n_given,) what the new person rated, as indices of `dataset`; none for
            the table without a new person.

    Raises:
        DataError: no film is recent enough, or a film of the new person is not in the lab.
    """
    ratings = dataset.ratings
    recent = (dataset.catalogue.years >= FIRST_YEAR) & (ratings.by_item.counts > 0)
    kept = ratings.take(recent[ratings.items])
    if not len(kept):
        raise DataError(f"{dataset.name} has no rated film from {FIRST_YEAR} on.")
    lab_items = np.flatnonzero(recent).astype(np.int32)
    lab_users = np.unique(kept.users)
    own, stars = np.asarray(items, dtype=np.int64), np.asarray(values, dtype=np.float32)
    if not np.isin(own, lab_items).all():
        raise DataError(f"Every film of the new person must be rated by somebody and from {FIRST_YEAR} on.")
    n_people = len(lab_users)
    table = Ratings.from_arrays(
        np.concatenate([np.searchsorted(lab_users, kept.users), np.full(len(own), n_people)]),
        np.searchsorted(lab_items, np.concatenate([kept.items, own])),
        np.concatenate([kept.values, stars]),
        ratings.scale,
        n_users=n_people + bool(len(own)),
        n_items=len(lab_items),
    )
    frozen(lab_items)
    frozen(lab_users)
    return CourseLab(table, lab_items, lab_users, n_people if len(own) else None)
