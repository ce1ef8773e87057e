"""Re-ranking: what a list should be as a whole. The folder is the registry: a public class of
`Criterion` in a file here is one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from recsys_core.ranking.rerank.base import Criterion, Reranked, greedy, ordered
from recsys_core.ranking.rerank.calibration import calibrate, history_shares
from recsys_core.ranking.rerank.diversity import diversify
from recsys_core.ranking.rerank.exposure import cap, main_genres, payers
from recsys_core.ratings import FloatArray, IntArray
from recsys_core.registry import classes_in

if TYPE_CHECKING:
    from recsys_core.ranking.recipe import Recipe
    from recsys_core.ranking.signals.base import Asked

__all__ = [
    "Criterion",
    "Reranked",
    "calibrate",
    "cap",
    "criteria",
    "diversify",
    "history_shares",
    "main_genres",
    "payers",
    "rerank",
]


@cache
def _registry() -> dict[str, type[Criterion]]:
    return {cls.name: cls for cls in sorted(classes_in(__name__, Criterion), key=lambda cls: cls.name)}


def criteria() -> dict[str, type[Criterion]]:
    """Every way of judging a list as a whole, by name."""
    return dict(_registry())


def rerank(
    asked: Asked, recipe: Recipe, pool: IntArray, scores: FloatArray, n: int | None = None
) -> Reranked:
    """Choose a list from a pool by everything the recipe asks of a list as a whole.

    Args:
        asked: for whom.
        recipe: its `diversity`, `calibration`, `most_per_genre` and `n` are looked at.
        pool: (n_pool,) item indices, in any order.
        scores: (n_items,) the blended score of every item.
        n: how many; by default the recipe's.

    Returns:
        The order of the scores where the recipe asks for nothing else.

    Raises:
        DataError: a strength is not from 0 to 1, or a cap is not a whole number from 1.

    Cost: under 2 ms for ten out of five hundred. Give the few hundred best, not the catalogue.
    """
    n = recipe.n if n is None else n
    best, own = ordered(pool, scores)
    active: list[Criterion] = []
    notes: list[str] = []
    for cls in _registry().values():
        found = cls.asked_for(asked, recipe, best)
        if isinstance(found, str):
            notes.append(found)
        elif found is not None:
            active.append(found)
    if not active:
        return Reranked(best[:n], tuple(notes))
    items = greedy(best, own, active, n)
    if len(items) < min(n, len(best)):
        notes += [said for one in active if (said := one.unfilled(len(items), n))]
    return Reranked(items, tuple(notes))
