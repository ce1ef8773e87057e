"""Choosing a list as a whole: one greedy loop that every re-ranking shares.

    next = argmax over the pool, not yet chosen and allowed, of
           Π_c (1 − λ_c) · s_i + Σ_c λ_c · g_c(i | chosen so far)              (1)

s_i      relevance: the blended score held to [0, 1] over the pool                (2)
λ_c      the strength of criterion c, 0 to 1
g_c      what choosing i next would add to what c wants of a list, never above 0 for a
         redundancy and of either sign for a distance that shrinks

With one criterion (1) is its source's rule; with several the relevance is weighed by what each of
them leaves of it. With every λ_c = 0 the list is the order of the scores, equal scores in the
order of the catalogue. A criterion may also forbid (`allowed`): that is a rule, not a wish, and has
no strength. Re-ranking moves the order, never the score.

A greedy choice can end worse than it began: two halves that fit together are passed over for one film
that fits both halves badly. Where every criterion judges a set of films whatever their order
(it has a `worth`), the list in the order of the scores is held against the one chosen, and the better
one is kept.

Cost: n times O(pool) for each criterion; the pool is usually a few hundred.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from recsys_core.errors import DataError
from recsys_core.ranking.recommend import rank
from recsys_core.ratings import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from recsys_core.ranking.recipe import Recipe
    from recsys_core.ranking.signals.base import Asked


@dataclass(frozen=True, eq=False)
class Reranked:
    """A list chosen as a whole.

    Attributes:
        items: (≤ n,) item indices in their new order.
        notes: what a person should know of it, a sentence each: "Only 7 of 10 places could be filled: …".
    """

    items: IntArray
    notes: tuple[str, ...] = ()


class Criterion(ABC):
    """What a list as a whole should be, besides made of high scores.

    It is given arrays with one row an item of the pool, and remembers what was chosen in a state that
    it makes itself; the criterion never changes.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    """One sentence for a person at the dial."""
    strength: float = 0.0
    """λ_c, 0 to 1."""

    @abstractmethod
    def start(self) -> FloatArray:
        """The state before anything is chosen."""

    def gains(self, state: FloatArray) -> FloatArray | None:
        """(n_pool,) g_c of each; None for a criterion that only forbids."""
        return None

    def worth(self, state: FloatArray) -> float | None:
        """How good a set of films is, whichever came first: g_c is what a film adds to it. None where the
        order matters."""
        return None

    def allowed(self, state: FloatArray) -> BoolArray | None:
        """(n_pool,) which may still be chosen; None for all."""
        return None

    @abstractmethod
    def after(self, state: FloatArray, place: int) -> FloatArray:
        """The state once the item in this place of the pool has been chosen."""

    def unfilled(self, n_filled: int, n: int) -> str | None:
        """What to say if it left places of the list empty; None if it never does."""
        return None

    @classmethod
    @abstractmethod
    def asked_for(cls, asked: Asked, recipe: Recipe, pool: IntArray) -> Self | str | None:
        """This criterion on the items of a pool as a recipe asks for it.

        Returns:
            None if the recipe does not ask for it; a sentence if it cannot be had, and why.
        """


def relevance(scores: FloatArray) -> FloatArray:
    """(n,) scores held to [0, 1], equation (2): 0 for the lowest, 1 for the highest; all equal: all 1.

    What is not a finite number counts as the lowest.
    """
    finite = np.isfinite(scores)
    if not finite.any():
        return np.zeros(len(scores))
    low, high = float(scores[finite].min()), float(scores[finite].max())
    if not high > low:
        return finite.astype(np.float64)
    held = (scores - low) / (high - low)
    return np.clip(np.where(finite, held, 0.0), 0.0, 1.0)


def greedy(pool: IntArray, scores: FloatArray, criteria: Sequence[Criterion], n: int) -> IntArray:
    """Choose n items of a pool by equation (1).

    Args:
        pool: (n_pool,) item indices, best score first (as `ordered` leaves them).
        scores: (n_pool,) their scores.
        criteria: on the same rows.
        n: how many, at most.

    Returns:
        (≤ n,) item indices; fewer where the pool or what is allowed ran out.

    Raises:
        DataError: a strength is not from 0 to 1, or pool and scores are not equally long.
    """
    if pool.shape != scores.shape:
        raise DataError(f"{len(pool)} items in the pool have {len(scores)} scores: give one each.")
    for one in criteria:
        checked_strength(one.strength, one.title)
    s = relevance(scores)
    wishes = [one for one in criteria if one.strength > 0]
    places, worth = _choose(s, criteria, n)
    if wishes and not np.isnan(worth):
        plain, of_plain = _choose(s, criteria, n, by_score=True)
        if len(plain) > len(places) or (len(plain) == len(places) and of_plain > worth + 1e-12):
            places = plain
    return pool[places]


def ordered(pool: IntArray, scores: FloatArray) -> tuple[IntArray, FloatArray]:
    """The pool best first, equals in the order of the catalogue, with its scores.

    Args:
        pool: (n_pool,) item indices.
        scores: (n_items,) of every item.
    """
    best = rank(scores, np.asarray(pool, dtype=np.int32), len(pool))
    return best, scores[best]


def checked_strength(strength: float, what: str) -> float:
    """λ, if it is one.

    Raises:
        DataError: it is not a number from 0 to 1.
    """
    if not 0 <= strength <= 1:
        raise DataError(f"{what} has the strength {strength!r}: give a number from 0 (off) to 1.")
    return float(strength)


def _choose(
    s: FloatArray, criteria: Sequence[Criterion], n: int, *, by_score: bool = False
) -> tuple[list[int], float]:
    """Places of the pool in the order chosen, and what the list is worth; `nan` where the order matters."""
    weight = float(np.prod([1 - one.strength for one in criteria]))
    states = [one.start() for one in criteria]
    left = np.ones(len(s), dtype=np.bool_)
    chosen: list[int] = []
    while len(chosen) < min(n, len(s)):
        value, free = s if by_score else weight * s, left.copy()
        for one, state in zip(criteria, states, strict=True):
            if not by_score and one.strength > 0 and (gains := one.gains(state)) is not None:
                value = value + one.strength * gains
            if (allowed := one.allowed(state)) is not None:
                free &= allowed
        if not free.any():
            break
        # argmax takes the first of equals, and the pool is in the order of the scores.
        place = int(np.argmax(np.where(free, value, -np.inf)))
        states = [one.after(state, place) for one, state in zip(criteria, states, strict=True)]
        chosen.append(place)
        left[place] = False
    worth = weight * float(s[chosen].sum())
    for one, state in zip(criteria, states, strict=True):
        if one.strength > 0:
            of_set = one.worth(state)
            worth += one.strength * (np.nan if of_set is None else of_set)
    return chosen, worth
