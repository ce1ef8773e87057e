"""The hybrid ranking: filter, retrieve, blend, re-rank; and a record of how the list came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from recsys_core.ranking.ageing import aged
from recsys_core.ranking.blend import Signals, blend, order_of, signals_of, speaking, tied, unknown
from recsys_core.ranking.candidates import Filters, candidates
from recsys_core.ranking.recipe import Recipe
from recsys_core.ranking.recommend import rank
from recsys_core.ranking.retrieval import Retrieved, retrieve
from recsys_core.ranking.signals import Asked
from recsys_core.ranking.weights import HybridWeights
from recsys_core.ratings import BoolArray, FloatArray, IntArray

__all__ = ["Ranking", "Recipe", "Stage", "hybrid", "place_of"]

POOL = 500
"""Re-ranking chooses among so many of the best-scored items."""


@dataclass(frozen=True)
class Stage:
    """One step on the way to a list.

    Attributes:
        name: "catalogue", "genres", "years", "min_ratings", "exclude", "seen", "retrieval", "rank",
            "rerank".
        n_left: how many items are left after it.
        milliseconds: how long it took.
    """

    name: str
    n_left: int
    milliseconds: float


@dataclass(frozen=True, eq=False)
class Ranking:
    """A list, and how it came about.

    Attributes:
        items: (n,) item indices, best first.
        scores: (n,) the blended scores; after re-ranking not in falling order.
        contributions: (n, n_signals) the part of each signal; each row sums to its score.
        names: (n_signals,) which signals.
        weights: those in force: the recipe's, or what stood in where none of them said anything.
        placed: (n,) nobody rated it: predicted by its genres or features.
        paid_by: (n,) who pays for it, or None.
        brought: (n,) who retrieved it; empty where the whole catalogue was ranked.
        stages: the steps, in order.
        notes: what a person should know of the list, a sentence each.
        emptied_by: the name of the stage that left nothing, or None.
        retrieved: what was retrieved, with what each source did; None where the whole catalogue was ranked.
    """

    items: IntArray
    scores: FloatArray
    contributions: FloatArray
    names: tuple[str, ...]
    weights: HybridWeights
    placed: BoolArray
    paid_by: tuple[str | None, ...]
    brought: tuple[tuple[str, ...], ...]
    stages: tuple[Stage, ...]
    notes: tuple[str, ...] = ()
    emptied_by: str | None = None
    retrieved: Retrieved | None = None

    def __len__(self) -> int:
        return len(self.items)


def hybrid(asked: Asked, recipe: Recipe, signals: Signals | None = None) -> Ranking:
    """The list that a recipe makes for a person.

    Args:
        asked: for whom.
        recipe: everything that makes the list.
        signals: what `signals_of(aged(asked, recipe.recent, recipe.half_life), recipe.normalisation)`
            gave, to save its time; by default computed here.

    Raises:
        DataError: every weight is 0, or the recipe names a genre or item that is not there.

    Cost: the signals, where they are not given; then O(n_items) for each that counts.
    """
    asked = aged(asked, recipe.recent, recipe.half_life)
    if signals is None or signals.normalisation != recipe.normalisation:
        signals = signals_of(asked, recipe.normalisation)
    watch = _Watch()
    pool, retrieved = _pool(asked, recipe, watch)
    brought = {} if retrieved is None else dict(zip(retrieved.items.tolist(), retrieved.brought, strict=True))
    emptied_by = next((stage.name for stage in watch.stages if not stage.n_left), None)
    weights, notes = speaking(signals, recipe.weights)
    scores = blend(signals, weights)
    by = order_of(signals, weights, scores)
    if recipe.reranks:
        from recsys_core.ranking.rerank import rerank

        best = rank(by, pool, max(POOL, recipe.n))
        watch.lap("rank", len(best))
        found = rerank(asked, recipe, best, scores)
        if len(found.items) < min(recipe.n, len(pool)) and len(best) < len(pool):  # a cap wants a larger pool
            found = rerank(asked, recipe, pool, scores)
        items, notes = found.items, [*notes, *found.notes]
        watch.lap("rerank", len(items))
    else:
        items = rank(by, pool, recipe.n)
        watch.lap("rank", len(items))
    notes += tied(by, pool)
    return Ranking(
        items,
        scores[items],
        (weights.shares_of(signals.names)[:, None] * signals.values[:, items]).T,
        signals.names,
        weights,
        signals.placed[items],
        tuple(asked.payer_of(int(item)) for item in items),
        tuple(brought.get(int(item), ()) for item in items),
        tuple(watch.stages),
        tuple(dict.fromkeys([*notes, *unknown(asked, signals, weights, items)])),
        emptied_by,
        retrieved,
    )


def place_of(asked: Asked, recipe: Recipe, item: int, signals: Signals | None = None) -> int | None:
    """Where an item stands by score among all that may be shown, before any re-ranking; 1 for the top.

    Args:
        asked, recipe, signals: as for `hybrid`.
        item: item index.

    Returns:
        None where it may not be shown, or was not retrieved.

    Cost: as `hybrid`, without making a list.
    """
    asked = aged(asked, recipe.recent, recipe.half_life)
    if signals is None or signals.normalisation != recipe.normalisation:
        signals = signals_of(asked, recipe.normalisation)
    pool, _ = _pool(asked, recipe, _Watch())
    if not (pool == item).any():
        return None
    weights, _ = speaking(signals, recipe.weights)
    by = order_of(signals, weights, blend(signals, weights))[pool]
    own = by[pool == item][0]
    return 1 + int(np.sum(by > own)) + int(np.sum((by == own) & (pool < item)))


class _Watch:
    """Counts and times of the stages as they pass."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.begin = perf_counter()

    def lap(self, name: str, n_left: int) -> None:
        now = perf_counter()
        self.stages.append(Stage(name, n_left, 1e3 * (now - self.begin)))
        self.begin = now


def _pool(asked: Asked, recipe: Recipe, watch: _Watch) -> tuple[IntArray, Retrieved | None]:
    """What may be in the list: through one filter after the other, then retrieved from what is left."""
    n_items = len(asked.dataset.catalogue)
    left = np.ones(n_items, dtype=np.bool_)
    watch.lap("catalogue", n_items)
    for name, allowed in _filters(asked, recipe):
        left &= allowed
        watch.lap(name, int(left.sum()))
    pool = np.flatnonzero(left).astype(np.int32)
    if recipe.retrieve is None:
        return pool, None
    found = retrieve(asked, recipe.retrieve, pool)
    watch.lap("retrieval", len(found))
    return found.items, found


def _filters(asked: Asked, recipe: Recipe) -> Iterator[tuple[str, BoolArray]]:
    """Each filter in use with (n_items,) what it allows."""
    data, wanted = asked.dataset, recipe.filters
    n_items = len(data.catalogue)
    if wanted.genres:
        yield "genres", _mask(candidates(data, Filters(genres=wanted.genres)), n_items)
    if wanted.years is not None:
        yield "years", _mask(candidates(data, Filters(years=wanted.years)), n_items)
    if wanted.min_ratings:
        yield "min_ratings", data.ratings.by_item.counts >= wanted.min_ratings
    if recipe.exclude:
        yield "exclude", _mask(candidates(data, exclude=recipe.exclude), n_items)
    if recipe.seen != "all":
        seen = _mask(asked.seen, n_items)
        yield "seen", seen if recipe.seen == "seen" else ~seen


def _mask(items: IntArray, n_items: int) -> BoolArray:
    found = np.zeros(n_items, dtype=np.bool_)
    found[items] = True
    return found
