"""Exposure caps: at most so many of one kind in a list, whatever their scores.

A cap is a rule and not a wish: going down the list in order, a film is passed over as soon as one of its
kinds is full. Kinds are genres (a film counts in each of its own), main genres (each film in one), or
who pays for it. Where the pool has nothing left that is allowed, places stay empty, and the list says
how many.

The main genre of a film is the one of its genres that fewest films of the catalogue have: of Drama and
Western it is the Western. Equals go to the first by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from recsys_core.errors import DataError
from recsys_core.ranking.checks import MOST, is_count, said
from recsys_core.ranking.rerank.base import Criterion, greedy, ordered
from recsys_core.ratings import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from recsys_core.ranking.recipe import Recipe
    from recsys_core.ranking.signals.base import Asked


def cap(pool: IntArray, scores: FloatArray, kinds: BoolArray, most: int, n: int = 10) -> IntArray:
    """The n best of a pool with at most `most` of a kind.

    Args:
        pool: (n_pool,) item indices to choose from.
        scores: (n_items,) of every item.
        kinds: (n_items, n_kinds) which kinds each is of: genres, `main_genres`, `payers`.
        most: of one kind, at least 1.
        n: how many, at most.

    Returns:
        (≤ n,) item indices; fewer than n where no more are allowed.

    Raises:
        DataError: `most` is not a whole number from 1 to `MOST`.

    Cost: O(n n_pool n_kinds).
    """
    best, own = ordered(pool, scores)
    return greedy(best, own, [Exposure(np.asarray(kinds[best], dtype=np.bool_), checked_most(most))], n)


def checked_most(most: int) -> int:
    """How many of a kind may be in a list.

    Raises:
        DataError: it is not a whole number from 1 to `MOST`.
    """
    if not is_count(most):
        raise DataError(
            f"At most {said(most)} of a kind is not allowed: give a whole number from 1 to {MOST:,}."
        )
    return int(most)


def main_genres(genres: BoolArray) -> BoolArray:
    """(n_items, n_genres) the one genre of each film that fewest films have; a row of False without any."""
    rarity = np.where(genres, genres.sum(axis=0), len(genres) + 1)
    main = np.zeros_like(genres, dtype=np.bool_)
    if genres.size:
        main[np.arange(len(genres)), rarity.argmin(axis=1)] = True
    return main & genres


def payers(n_items: int, paid: tuple[tuple[int, ...], ...]) -> BoolArray:
    """(n_items, n_payers) which items each payer pays for.

    Args:
        n_items: how many items there are.
        paid: for each payer the item indices.
    """
    found = np.zeros((n_items, len(paid)), dtype=np.bool_)
    for column, items in enumerate(paid):
        found[list(items), column] = True
    return found


@dataclass(frozen=True, eq=False)
class Exposure(Criterion):
    """A cap; the state counts how many of each kind are in the list.

    Attributes:
        kinds: (n_pool, n_kinds).
        most: of one kind.
        what: what a kind is called: "genre".
    """

    kinds: BoolArray
    most: int
    what: str = "genre"

    name: ClassVar[str] = "exposure"
    title: ClassVar[str] = "At most so many of a genre"
    help: ClassVar[str] = "No genre takes more than so many places; a film counts in each of its genres."

    def start(self) -> FloatArray:
        return np.zeros(self.kinds.shape[1])

    def allowed(self, state: FloatArray) -> BoolArray | None:
        full = state >= self.most
        if not full.any():
            return None
        return np.asarray(~self.kinds[:, full].any(axis=1), dtype=np.bool_)

    def after(self, state: FloatArray, place: int) -> FloatArray:
        counts: FloatArray = state + self.kinds[place]
        return counts

    def unfilled(self, n_filled: int, n: int) -> str:
        return (
            f"Only {n_filled} of {n} places could be filled: no more are allowed with at most "
            f"{self.most} of a {self.what}. Allow more, or loosen the filters."
        )

    @classmethod
    def asked_for(cls, asked: Asked, recipe: Recipe, pool: IntArray) -> Self | str | None:
        if recipe.most_per_genre is None:
            return None
        genres, most = asked.dataset.catalogue.genres, checked_most(recipe.most_per_genre)
        if not genres.any():
            return f"At most {most} of a genre is not applied: these items have no genres to count."
        return cls(genres[pool], most)
