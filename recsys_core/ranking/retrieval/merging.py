"""Retrieval: a few hundred candidates from cheap sources, so that the dear model need not rank them all.

Each source brings its usual number, 10 × 10 + 3 × 10 + 20 as in the lecture and 50 nearest in factor
space; together they are merged without duplicates, and what may not be shown (already seen, filtered out)
is dropped. Every candidate remembers who brought it.

With a `limit` the sources look only among what may be shown, and share the limit in the proportion of their
usual numbers, 100 : 30 : 20 : 50, of those that have anything to bring. They take turns: the item number j of
a source stands at time j / share, and the earliest that nobody brought yet is next. So every
prefix is shared fairly, and a smaller limit gives the beginning of a larger one. A source that has not
brought enough for its turns is asked again, for twice as many, until it has or there is nothing more.

Source: Ng, the course's lecture on retrieval and ranking (the 100 + 30 + 20).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.ranking.checks import MOST, checked_items, is_count, said
from recsys_core.ranking.retrieval.base import NEVER, Found, Looked, Source
from recsys_core.ranking.signals.base import Asked
from recsys_core.ratings import BoolArray, FloatArray, IntArray, frozen

MORE = 1.5
"""Asked for at first, times the limit: some is brought twice."""


@dataclass(frozen=True)
class SourceStage:
    """What one source did.

    Attributes:
        name: of the source.
        n_found: how many it brought, an item brought for two films counted twice; with a limit only of
            those that may be shown.
        n_fit: how many different ones of them may be shown.
        n_new: how many of the candidates nobody before it brought.
        n_merged: candidates so far; of the last stage, all.
        milliseconds: its time.
    """

    name: str
    n_found: int
    n_fit: int
    n_new: int
    n_merged: int
    milliseconds: float


@dataclass(frozen=True, eq=False)
class Retrieved:
    """The candidates and how they came together.

    Attributes:
        items: (n,) item indices in the order in which the sources took turns.
        brought: (n,) who brought each, by name, in the order of the sources; never empty.
        seeds: (n,) for each of `brought`, what it was brought for (`Source.seed_words`).
        stages: what each source did, in its order; only those that had something to bring.
        milliseconds: of everything, merging included.
        notes: why a source brought nothing, a sentence each.
    """

    items: IntArray
    brought: tuple[tuple[str, ...], ...]
    seeds: tuple[tuple[int, ...], ...]
    stages: tuple[SourceStage, ...]
    milliseconds: float
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        frozen(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def place_of(self, item: int) -> int | None:
        """Where an item stands among the candidates, or None."""
        found = np.flatnonzero(self.items == item)
        return int(found[0]) if len(found) else None

    def brought_by(self, item: int) -> tuple[str, ...]:
        """Who brought an item; empty if nobody did."""
        place = self.place_of(item)
        return () if place is None else self.brought[place]

    def why(self, dataset: Dataset, item: int) -> tuple[str, ...]:
        """Why an item is a candidate, a phrase a source: "similar to Alien (1979), which you liked"."""
        from recsys_core.ranking.retrieval import source

        place = self.place_of(item)
        if place is None:
            return ()
        pairs = zip(self.brought[place], self.seeds[place], strict=True)
        return tuple(source(name).seed_words(dataset, seed) for name, seed in pairs)


def retrieve(asked: Asked, limit: int | None = None, allowed: ArrayLike | None = None) -> Retrieved:
    """Gather candidates for a person.

    Args:
        asked: for whom.
        limit: how many candidates, at most; None for what the sources usually bring.
        allowed: item indices that may be shown; by default all that the person has not rated.

    Raises:
        DataError: the limit is not a whole number from 1 to `MOST`, or an item is unknown.

    Cost: one product of ten rows with all items, one of the person with all items, a few selections; the
        model's own prediction is not asked for. On 9,700 films with 50 factors some 3 ms.
    """
    if limit is not None and not is_count(limit):
        raise DataError(
            f"Retrieving {said(limit)} candidates is not possible: give a whole number from 1 to {MOST:,}."
        )
    from recsys_core.ranking.retrieval import sources

    begun = perf_counter()
    n_items = len(asked.dataset.catalogue)
    may = _may_be_shown(asked, allowed, n_items)
    asking = _Asking(asked, may, list(sources().values()), within=limit is not None)
    if limit is None:
        asking.ask(1.0)
    else:
        asking.ask(MORE * limit / sum(one.usual for one in asking.bringers))
        while behind := asking.behind(limit):
            asking.deeper(behind)
    return asking.merged(limit, begun)


def _may_be_shown(asked: Asked, allowed: ArrayLike | None, n_items: int) -> BoolArray:
    """(n_items,) the mask of what may be a candidate."""
    if allowed is None:
        may = np.ones(n_items, dtype=np.bool_)
        may[asked.seen] = False
        return may
    may = np.zeros(n_items, dtype=np.bool_)
    may[checked_items(allowed, n_items, "Items that may be shown")] = True
    return may


class _Asking:
    """The sources, how deep each was asked, and what it brought."""

    def __init__(self, asked: Asked, may: BoolArray, bringers: list[Source], within: bool) -> None:
        self.asked, self.may, self.bringers, self.within = asked, may, bringers, within
        self.looked: dict[str, Looked] = {}
        self.depth: dict[str, int] = {}
        self.found: dict[str, Found] = {}
        self.fit: dict[str, tuple[IntArray, IntArray]] = {}
        self.silent: dict[str, str] = {}
        self.seconds = dict.fromkeys((one.name for one in bringers), 0.0)

    @property
    def serving(self) -> list[Source]:
        return [one for one in self.bringers if one.name in self.found]

    def ask(self, scale: float) -> None:
        """Ask everyone for so many times their usual number."""
        for one in self.bringers:
            self._ask(one, max(1, math.ceil(one.n_each * scale)))

    def deeper(self, some: list[Source]) -> None:
        """Ask these for twice as many."""
        for one in some:
            self._ask(one, 2 * self.depth[one.name])

    def behind(self, limit: int) -> list[Source]:
        """Who has not brought enough for its turns up to the limit, and may have more."""
        items, times = self._in_turn()
        _, first = np.unique(items, return_index=True)
        last = np.sort(times[first])[limit - 1] if len(first) >= limit else np.inf
        return [
            one
            for one in self.serving
            if len(self.fit[one.name][0]) / one.usual < last and self.depth[one.name] < len(self.may)
        ]

    def _ask(self, one: Source, n_each: int) -> None:
        started = perf_counter()
        if one.name not in self.looked:
            looked = one.look(self.asked)
            if isinstance(looked, str):
                self.silent[one.name] = looked
                return
            if self.within:
                looked = Looked(np.where(self.may, looked.scores, NEVER), looked.seeds)
            self.looked[one.name] = looked
        self.depth[one.name] = n_each
        found = self.found[one.name] = self.looked[one.name].top(n_each)
        self.fit[one.name] = _fit(found, self.may)
        self.seconds[one.name] += perf_counter() - started

    def _in_turn(self) -> tuple[IntArray, FloatArray]:
        """Everything that may be shown and its time, in the order of the turns; duplicates stay."""
        parts = [(self.fit[one.name][0], one.usual) for one in self.serving]
        items = np.concatenate([np.empty(0, dtype=np.int32), *(each for each, _ in parts)])
        times = np.concatenate([np.empty(0), *(np.arange(1, len(each) + 1) / n for each, n in parts)])
        order = np.argsort(times, kind="stable")
        return items[order].astype(np.int32), times[order]

    def merged(self, limit: int | None, begun: float) -> Retrieved:
        """Duplicates dropped, cut at the limit, and who brought what."""
        items, _ = self._in_turn()
        _, first = np.unique(items, return_index=True)
        chosen = items[np.sort(first)][:limit]
        place = np.full(len(self.may), -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        brought: list[list[str]] = [[] for _ in chosen]
        seeds: list[list[int]] = [[] for _ in chosen]
        stages, n_merged = [], 0
        for one in self.serving:
            mine, for_what = self.fit[one.name]
            n_new = 0
            for at, seed in zip(place[mine].tolist(), for_what.tolist(), strict=True):
                if at >= 0:
                    n_new += not brought[at]
                    brought[at].append(one.name)
                    seeds[at].append(seed)
            n_merged += n_new
            n_found, took = len(self.found[one.name].items), 1e3 * self.seconds[one.name]
            stages.append(SourceStage(one.name, n_found, len(mine), n_new, n_merged, took))
        return Retrieved(
            chosen,
            tuple(map(tuple, brought)),
            tuple(map(tuple, seeds)),
            tuple(stages),
            1e3 * (perf_counter() - begun),
            tuple(
                f"{one.title}: {self.silent[one.name]}." for one in self.bringers if one.name in self.silent
            ),
        )


def _fit(found: Found, may: BoolArray) -> tuple[IntArray, IntArray]:
    """The different items that may be shown, in their order, and the first seed of each."""
    shown = np.flatnonzero(may[found.items])
    items, seeds = found.items[shown], found.seeds[shown]
    _, first = np.unique(items, return_index=True)
    first = np.sort(first)
    return items[first], seeds[first]
