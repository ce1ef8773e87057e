"""Diversity by maximal marginal relevance: nothing that only repeats what the list has already.

    next = argmax_i (1 − λ) s_i − λ max_{j chosen} sim(i, j)                   (1)
    sim(i, j) = |G_i ∩ G_j| / |G_i ∪ G_j|          in genres                   (2)
    sim(i, j) = max(0, q_iᵀ q_j / (‖q_i‖ ‖q_j‖))    in factors                  (3)

s is the relevance of `rerank/base.py`, λ the diversity asked for: 0 leaves the list as it is, 1
looks at nothing but variety after the first film. (2) is one minus the distance of the metric
Diversity@k. A film without genres, or without factors, is like no other, for nothing is known of it. The
source writes λ for our 1 − λ.

Source: Carbonell & Goldstein (1998), The Use of MMR, Diversity-Based Reranking, section 2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from recsys_core.errors import DataError
from recsys_core.ranking.rerank.base import Criterion, greedy, ordered
from recsys_core.ratings import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from recsys_core.ranking.recipe import Recipe
    from recsys_core.ranking.signals.base import Asked

ALIKE_IN = ("genres", "factors")


def diversify(
    pool: IntArray,
    scores: FloatArray,
    described: FloatArray | BoolArray,
    strength: float,
    n: int = 10,
    alike_in: str = "genres",
) -> IntArray:
    """The n items of a pool by equation (1).

    Args:
        pool: (n_pool,) item indices to choose from.
        scores: (n_items,) of every item.
        described: (n_items, n_genres) which genres each has, or (n_items, n_factors).
        strength: λ, 0 to 1.
        n: how many, at most.
        alike_in: "genres", equation (2), or "factors", (3).

    Raises:
        DataError: λ is not from 0 to 1, or there is no such likeness.

    Cost: O(n n_pool n_genres).
    """
    best, own = ordered(pool, scores)
    return greedy(best, own, [Diversity(rows(described[best], alike_in), strength, alike_in)], n)


def rows(described: FloatArray | BoolArray, alike_in: str) -> FloatArray:
    """What `Diversity` compares: genres as they are, factors of length 1 (zeros stay zeros).

    Raises:
        DataError: there is no such likeness.
    """
    if alike_in not in ALIKE_IN:
        raise DataError(f"Films are not compared in {alike_in!r}; choose one of: {', '.join(ALIKE_IN)}.")
    table = np.asarray(described, dtype=np.float64)
    if alike_in == "genres":
        return table
    length = np.linalg.norm(table, axis=1, keepdims=True)
    units: FloatArray = np.divide(table, length, out=np.zeros_like(table), where=length > 0)
    return units


@dataclass(frozen=True, eq=False)
class Diversity(Criterion):
    """Equation (1).

    Attributes:
        rows: (n_pool, ·) from `rows`.
        strength: λ.
        alike_in: "genres" or "factors".
    """

    rows: FloatArray
    strength: float = 0.0
    alike_in: str = "genres"

    name: ClassVar[str] = "diversity"
    title: ClassVar[str] = "Variety"
    help: ClassVar[str] = "Avoid films that are much like another one in the list."

    def start(self) -> FloatArray:
        return np.zeros(len(self.rows))

    def gains(self, state: FloatArray) -> FloatArray:
        return -state

    def after(self, state: FloatArray, place: int) -> FloatArray:
        if not self.strength:
            return state
        both = self.rows @ self.rows[place]
        if self.alike_in == "genres":  # (2)
            sizes = self.rows.sum(axis=1)
            either = sizes + sizes[place] - both
            both = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
        alike: FloatArray = np.maximum(state, both)  # starts at 0, so that (3) is never below it
        return alike

    @classmethod
    def asked_for(cls, asked: Asked, recipe: Recipe, pool: IntArray) -> Self | str | None:
        if not recipe.diversity:
            return None
        genres = asked.dataset.catalogue.genres
        if genres.any():
            return cls(rows(genres[pool], "genres"), recipe.diversity)
        table = getattr(asked.model, "item_factors_", None)
        if table is None or not asked.model.learns_factors:
            return (
                "Variety is not applied: these items have no genres, and this model has no factors to "
                "tell like from unlike."
            )
        return cls(rows(table[pool], "factors"), recipe.diversity, "factors")
