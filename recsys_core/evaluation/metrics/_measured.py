"""What a metric is given: predictions of ratings or labels, and lists with what is needed to judge them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.errors import DataError
from recsys_core.ratings import BoolArray, FloatArray, IntArray, LongArray, RatingArray, Ratings, frozen

NOTHING = -1
"""In a list: there was no candidate left for this place."""
UNRANKED = -2
"""In a list: the model's scores for this person were not all finite numbers, so there is no order."""


def sums_by_row(rows: IntArray | LongArray, values: ArrayLike, n_rows: int) -> FloatArray:
    """(n_rows,) the sum of the values that belong to each row."""
    return np.bincount(rows, weights=np.asarray(values), minlength=n_rows).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Predicted:
    """Test ratings (or labels, 1 for yes and 0 for no) and what was predicted for them.

    Attributes:
        users, items: (n,) whose rating of what.
        truth: (n,) the rating, in stars, or the label.
        predictions: (n,) the predicted rating, or the probability of a yes.

    Raises:
        DataError: the four are not equally long rows, or a true value is not a finite number.
    """

    users: IntArray
    items: IntArray
    truth: FloatArray
    predictions: FloatArray

    def __post_init__(self) -> None:
        shapes = {name: np.shape(getattr(self, name)) for name in ("users", "items", "truth", "predictions")}
        if len(set(shapes.values())) > 1 or self.users.ndim != 1:
            raise DataError(f"Ratings and predictions must be equally long rows; got {shapes}.")
        if not np.isfinite(self.truth).all():
            raise DataError("A true rating is not a finite number.")

    @classmethod
    def of(cls, test: Ratings, predictions: ArrayLike) -> Predicted:
        """Predictions for every one of some test ratings, in their order."""
        return cls(
            test.users,
            test.items,
            test.values.astype(np.float64),
            np.asarray(predictions, dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.truth)

    @cached_property
    def people(self) -> IntArray:
        """(n_people,) whose ratings they are, each once, ascending: the rows of `Metric.per_user`."""
        return self._by_person[0]

    @cached_property
    def rows(self) -> LongArray:
        """(n,) for each rating the row of `people` it belongs to."""
        return self._by_person[1]

    @cached_property
    def _by_person(self) -> tuple[IntArray, LongArray]:
        people, rows = np.unique(self.users, return_inverse=True)
        return people.astype(np.int32), rows.astype(np.int64)

    @cached_property
    def errors(self) -> FloatArray:
        """(n,) prediction minus truth."""
        return self.predictions - self.truth

    @cached_property
    def is_finite(self) -> bool:
        """Whether every prediction is a number one can compute with."""
        return bool(np.isfinite(self.predictions).all())

    def sums(self, values: ArrayLike) -> FloatArray:
        """(n_people,) the sum of one value a rating, by person."""
        return sums_by_row(self.rows, values, len(self.people))

    def means(self, values: FloatArray) -> FloatArray:
        """(n_people,) the mean of one value a rating, by person."""
        return self.sums(values) / np.bincount(self.rows, minlength=len(self.people))


@dataclass(frozen=True, eq=False)
class Relevant:
    """The relevant held-out items, row by row: row `x` is the slice `starts[x]:starts[x + 1]`.

    Attributes:
        starts: (n + 1,) where each row begins.
        items: (n_relevant,) ascending within a row.
        ratings: (n_relevant,) what they were given.
    """

    starts: LongArray
    items: IntArray
    ratings: RatingArray

    @property
    def counts(self) -> LongArray:
        """(n,) how many each row has."""
        return np.diff(self.starts)

    @cached_property
    def rows(self) -> LongArray:
        """(n_relevant,) the row of each."""
        return np.repeat(np.arange(len(self.starts) - 1), self.counts)


def relevant_of(
    test: Ratings, users: ArrayLike, relevance: float, candidates: IntArray | None = None
) -> Relevant:
    """What each of `users` was given in `test` with at least `relevance` stars, among the candidates.

    Raises:
        DataError: a person is named twice, or unknown.
    """
    u = np.asarray(users, dtype=np.int64)
    row_of = np.full(test.n_users, -1, dtype=np.int64)
    if len(u) and (u.min() < 0 or u.max() >= test.n_users or len(np.unique(u)) < len(u)):
        raise DataError(f"Lists are for different people, 0 … {test.n_users - 1}, each named once.")
    row_of[u] = np.arange(len(u))
    keep = (test.values >= relevance) & (row_of[test.users] >= 0)
    if candidates is not None:
        keep &= np.isin(test.items, candidates)
    rows, items, stars = row_of[test.users[keep]], test.items[keep], test.values[keep]
    order = np.lexsort((items, rows))
    starts = np.zeros(len(u) + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=len(u)), out=starts[1:])
    return Relevant(starts, items[order], stars[order])


@dataclass(frozen=True, eq=False)
class Lists:
    """One list of recommendations a person, and what is needed to judge it. `Lists.of` builds one.

    Attributes:
        users: (n,) for whom a list was made, each once.
        items: (n, k) best first; `NOTHING` (−1) where candidates ran out; a row of `UNRANKED` (−2)
            where the model gave scores that are not finite.
        relevant: per row, the relevant held-out items.
        train: what the model learned from: popularity, and each person's history.
        genres: (n_items, n_genres), or None where nobody knows them.
        candidates: the items a list may hold, ascending; None for all.

    Raises:
        DataError: the shapes do not fit, an item is unknown, or a list names an item twice.
    """

    users: IntArray
    items: IntArray
    relevant: Relevant
    train: Ratings
    genres: BoolArray | None = None
    candidates: IntArray | None = None

    def __post_init__(self) -> None:
        n_items = self.train.n_items
        if self.items.ndim != 2 or not len(self.items) == len(self.users) == len(self.relevant.starts) - 1:
            raise DataError(
                f"{len(self.users)} people, lists of shape {self.items.shape} and "
                f"{len(self.relevant.starts) - 1} rows of relevant items do not fit together."
            )
        if self.items.size and (self.items.min() < UNRANKED or self.items.max() >= n_items):
            raise DataError(f"A list names an item outside 0 … {n_items - 1}.")
        if self.candidates is not None and not np.isin(self.items[self.items >= 0], self.candidates).all():
            raise DataError("A list names an item that is not among the candidates.")
        if self.genres is not None and len(self.genres) != n_items:
            raise DataError(f"{len(self.genres)} rows of genres for {n_items} items.")
        ordered = np.sort(self.items, axis=1)
        twice = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
        if twice.any():
            row = int(np.flatnonzero(twice.any(axis=1))[0])
            raise DataError(f"The list of user {self.users[row]} names an item twice.")
        frozen(self.items)

    @classmethod
    def of(
        cls,
        train: Ratings,
        test: Ratings,
        users: ArrayLike,
        items: ArrayLike,
        *,
        relevance: float = 4.0,
        genres: BoolArray | None = None,
        candidates: ArrayLike | None = None,
    ) -> Lists:
        """Judge lists by held-out ratings.

        Args:
            train, test: over the same users and items.
            users: (n,) for whom, each once.
            items: (n, k) from `recsys_core.evaluation.lists.top_lists`.
            relevance: a held-out rating from here on is relevant, in stars.
            genres: (n_items, n_genres) of the catalogue, or None.
            candidates: what `items` was chosen from; None for the whole catalogue.

        Raises:
            DataError: as the class; or a person is unknown or named twice.
        """
        u = np.asarray(users, dtype=np.int32)
        chosen = None if candidates is None else np.unique(np.asarray(candidates, dtype=np.int32))
        return cls(
            u,
            np.array(items, dtype=np.int32),
            relevant_of(test, u, relevance, chosen),
            train,
            genres,
            chosen,
        )

    def __len__(self) -> int:
        return len(self.users)

    @property
    def k(self) -> int:
        """How long a list is."""
        return int(self.items.shape[1])

    @property
    def people(self) -> IntArray:
        """(n,) the rows of `Metric.per_user`."""
        return self.users

    @property
    def n_relevant(self) -> LongArray:
        """(n,) how many relevant items each person has."""
        return self.relevant.counts

    @property
    def n_without(self) -> int:
        """How many people have nothing relevant, and so are left out of the metrics of relevance."""
        return int(np.sum(self.n_relevant == 0))

    @cached_property
    def filled(self) -> BoolArray:
        """(n, k) whether there is an item at this place."""
        return self.items >= 0

    @cached_property
    def unranked(self) -> BoolArray:
        """(n,) whose scores were not finite, so that there is no list."""
        unranked: BoolArray = (self.items == UNRANKED).any(axis=1)
        return unranked

    @cached_property
    def is_finite(self) -> bool:
        """Whether there is a list for everybody."""
        return not self.unranked.any()

    @cached_property
    def gains(self) -> RatingArray:
        """(n, k) the held-out rating where the item is relevant, `nan` elsewhere.

        Cost: a binary search for each place of each list.
        """
        found = np.full(self.items.shape, np.nan, dtype=np.float32)
        if len(self.relevant.items) and found.size:
            n_items = self.train.n_items
            known = self.relevant.rows * n_items + self.relevant.items  # ascending
            asked = np.arange(len(self))[:, None] * n_items + self.items
            at = np.minimum(np.searchsorted(known, asked), len(known) - 1)
            hit = self.filled & (known[at] == asked)
            found[hit] = self.relevant.ratings[at[hit]]
        return found

    @cached_property
    def hits(self) -> BoolArray:
        """(n, k) whether the item at this place is relevant."""
        return ~np.isnan(self.gains)

    @cached_property
    def n_hits(self) -> FloatArray:
        """(n,) how many places of each list hold a relevant item."""
        return np.asarray(self.hits.sum(axis=1), dtype=np.float64)

    @cached_property
    def catalogue(self) -> IntArray:
        """The items a list may hold, ascending."""
        if self.candidates is not None:
            return self.candidates
        return np.arange(self.train.n_items, dtype=np.int32)

    @cached_property
    def exposure(self) -> LongArray:
        """(n_items,) in how many lists each item stands."""
        return np.bincount(self.items[self.filled], minlength=self.train.n_items)
