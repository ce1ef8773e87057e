"""One cut of the ratings, which knows itself by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import numpy as np

from recsys_core.errors import DataError, LeakError
from recsys_core.ratings import LongArray, Ratings, frozen


def _nothing() -> LongArray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Split:
    """One cut of the ratings, by positions in the file.

    Attributes:
        kind: how it was cut, as in `splittings()`.
        fold, folds: which of how many, counted from 0.
        seed: of the random numbers; 0 where none were drawn.
        fingerprint: of the ratings that were cut.
        train: (n,) positions to learn from, in the order training meets them.
        test: (n,) positions to be predicted.
        given: (n,) for people held out whole: the ratings a person gives before being
            predicted; empty for every other kind.

    Raises:
        LeakError: two of the parts have a rating in common.
        DataError: a position is negative, or stands twice in one part.
    """

    kind: str
    fold: int
    folds: int
    seed: int
    fingerprint: str
    train: LongArray
    test: LongArray
    given: LongArray = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        parts = {"train": self.train, "given": self.given, "test": self.test}
        n = max((int(part.max(initial=-1)) for part in parts.values()), default=-1) + 1
        owner = np.zeros(n, dtype=np.int8)
        for number, (name, part) in enumerate(parts.items(), start=1):
            if part.min(initial=0) < 0:
                raise DataError(f"A split is made of positions from 0; its {name} part has {part.min()}.")
            taken = np.flatnonzero(owner[part])
            if len(taken):
                where = int(part[taken[0]])
                raise LeakError(
                    f"This split leaks: its {name} part shares {len(taken):,} of its {len(part):,} ratings "
                    f"with its {list(parts)[owner[where] - 1]} part, the first at position {where}."
                )
            owner[part] = number
            if np.count_nonzero(owner == number) < len(part):
                raise DataError(f"A rating stands twice in the {name} part of this split.")
            frozen(part)

    @cached_property
    def identity(self) -> str:
        """SHA-256 (hex) of all of the above: equal for the same cut of the same ratings, and for no other."""
        digest = sha256(repr((self.kind, self.fold, self.folds, self.seed, self.fingerprint)).encode())
        for part in (self.train, self.test, self.given):
            digest.update(f"{len(part)}:".encode())
            digest.update(np.ascontiguousarray(part, dtype="<i8").tobytes())
        return digest.hexdigest()

    @property
    def words(self) -> str:
        """Which one it is, for a person: "k-fold, part 2 of 5, seed 0"."""
        return f"{self.kind}, part {self.fold + 1} of {self.folds}, seed {self.seed}"

    def train_ratings(self, ratings: Ratings) -> Ratings:
        """What a model may learn from; a model trained on it remembers this split by name.

        Raises:
            DataError: these are not the ratings that were cut.
        """
        return self._taken(ratings, self.train, self.words)

    def test_ratings(self, ratings: Ratings) -> Ratings:
        """What is to be predicted.

        Raises:
            DataError: these are not the ratings that were cut.
        """
        return self._taken(ratings, self.test, "")

    def given_ratings(self, ratings: Ratings) -> Ratings:
        """What people held out whole say of themselves before they are predicted; empty for other kinds.

        Raises:
            DataError: these are not the ratings that were cut.
        """
        return self._taken(ratings, self.given, "")

    def check_cut_from(self, ratings: Ratings) -> None:
        """Make sure that positions of this split mean what they meant when it was made.

        Raises:
            DataError: these are not the ratings that were cut.
        """
        if self.fingerprint != ratings.fingerprint:
            raise DataError(
                f"This split ({self.words}) was cut from ratings with the fingerprint "
                f"{self.fingerprint[:12]}, and these have {ratings.fingerprint[:12]}: cut them anew."
            )

    def _taken(self, ratings: Ratings, positions: LongArray, label: str) -> Ratings:
        self.check_cut_from(ratings)
        return ratings.take(positions, label=label)
