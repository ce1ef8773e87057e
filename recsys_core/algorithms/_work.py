"""How much an algorithm has to do for ratings of a given size, counted before it does any of it.

Seconds here are those of the reference machine (one core, November 2026), kept apart by what
they are spent on, because machines differ in each: `recsys_core.cost` turns them into seconds of
the machine at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recsys_core.features import Features, SideInformation
from recsys_core.ratings import Ratings


@dataclass(frozen=True)
class Size:
    """What the cost of training depends on.

    Attributes:
        n_ratings, n_users, n_items: of the ratings to learn from.
        user_pairs, item_pairs: Σ_u |I_u|² and Σ_i |U_i|², which work on all pairs grows with.
        n_item_features, n_user_features: 0 where there are none.
    """

    n_ratings: int
    n_users: int
    n_items: int
    user_pairs: float
    item_pairs: float
    n_item_features: int = 0
    n_user_features: int = 0

    @classmethod
    def of(cls, ratings: Ratings, side: SideInformation | None = None) -> Self:
        """The size of a data set; O(n_ratings)."""
        side = side or SideInformation()
        return cls(
            len(ratings),
            ratings.n_users,
            ratings.n_items,
            _squares(np.bincount(ratings.users, minlength=1)),
            _squares(np.bincount(ratings.items, minlength=1)),
            _width(side.items),
            _width(side.users),
        )

    def part(self, share: float) -> Size:
        """The size of a random share (0 to 1) of the ratings: every row becomes shorter by it."""
        return Size(
            round(self.n_ratings * share),
            self.n_users,
            self.n_items,
            self.user_pairs * share**2,
            self.item_pairs * share**2,
            self.n_item_features,
            self.n_user_features,
        )


def _squares(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    return float(np.square(counts.astype(np.float64)).sum())


def _width(table: Features | None) -> int:
    return 0 if table is None else len(table.names)


@dataclass(frozen=True)
class Work:
    """What is to be done.

    Attributes:
        compiled: seconds in compiled loops on the reference machine.
        matrix: seconds in products and solutions of matrices there.
        interpreted: seconds in Python's own objects there.
        n_bytes: memory taken at the peak, beyond the ratings themselves.
    """

    compiled: float = 0.0
    matrix: float = 0.0
    interpreted: float = 0.0
    n_bytes: float = 0.0

    def __add__(self, other: Work) -> Work:
        """Both: seconds add, and so does the memory, for parts of one fit are held at once."""
        return Work(
            self.compiled + other.compiled,
            self.matrix + other.matrix,
            self.interpreted + other.interpreted,
            self.n_bytes + other.n_bytes,
        )

    def __rmul__(self, times: float) -> Work:
        """The same again and again in the same memory."""
        return Work(times * self.compiled, times * self.matrix, times * self.interpreted, self.n_bytes)


class Counted:
    """What every algorithm says of its own cost; a new one may leave it at these fallbacks."""

    cheaper: ClassVar[str] = ""
    """The name of an algorithm that serves the same purpose and mostly costs less."""

    def cheaper_name(self) -> str:
        """`cheaper`, where the choice depends on the settings."""
        return self.cheaper

    def work(self, size: Size) -> Work:
        """What one `fit` takes with these hyper-parameters.

        The fallback takes it for descent over all ratings, pass by pass, and every rating and
        row for a few numbers.
        """
        factors, epochs = (int(getattr(self, name, 1)) for name in ("n_factors", "n_epochs"))
        rows = size.n_users + size.n_items
        return Work(
            compiled=epochs * (size.n_ratings * (20e-9 + 2e-9 * factors) + rows * 5e-9),
            n_bytes=40 * size.n_ratings + 24 * rows * (1 + factors),
        )

    def step_work(self, size: Size) -> Work:
        """What each step adds for whoever watches it, where `fit` leaves that out; mostly nothing."""
        return Work()

    def prediction_work(self, size: Size, n_pairs: float) -> Work:
        """What one call of `predict` takes; the fallback fetches the factors of both sides."""
        factors = int(getattr(self, "n_factors", 1))
        return Work(compiled=n_pairs * (20e-9 + 2.5e-9 * factors), n_bytes=n_pairs * (40 + 16 * factors))

    def ranking_work(self, size: Size) -> Work:
        """What one call of `scores` takes, for a person with as many ratings as most.

        The fallback takes it for one product of factors an item, after 50 µs to get there.
        """
        factors = int(getattr(self, "n_factors", 1))
        return Work(compiled=50e-6 + size.n_items * (10e-9 + 0.5e-9 * factors), n_bytes=64 * size.n_items)
