"""The offline study: what retrieving fewer candidates costs and saves, and what blending gains and costs.

People are held out whole, as newcomers to the app are: the model is trained on everybody else, each gives
some ratings and is placed by them, and their other ratings judge the lists. All figures of one person come
from the same ratings given, so that ways to make a list are compared on the same people.

Retrieval is judged by the plainest ranking, the model's own order of the candidates. Its time is that of
asking the sources, of scoring only what they brought, and of sorting; against it stands scoring every
item. Times are processor time of one thread: what a list takes on a machine that has nothing else to do.
Lists are made one at a time, one way after the other for each person.
"""

from __future__ import annotations

import gc
import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import thread_time
from typing import Any

import numpy as np

from recsys_core.algorithms import Algorithm, Profile, algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import UnsupportedError
from recsys_core.evaluation.cross_validation import versions
from recsys_core.evaluation.guard import check_unseen
from recsys_core.evaluation.metrics import NOTHING, Lists, metric
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.splits import Split, Splitting
from recsys_core.evaluation.study.parts import Chosen, Estimate, Point, Study, choose, estimates
from recsys_core.ranking import Asked, Filters, HybridWeights, Recipe, Shared, hybrid, rank, signals_of
from recsys_core.ranking.presets import PRESETS
from recsys_core.ranking.retrieval import retrieve
from recsys_core.ratings import FloatArray, IntArray, LongArray, Ratings

LIMITS = (50, 100, 200, 500, 1000)
EVERYTHING = "everything"
PLAIN = "rating"
BLEND = "rating + similarity + popularity"
"""The blend for which candidates are retrieved as well, chosen beforehand: the lecture's three signals."""
WARM_UP = 5
"""So many people are asked once before the clock starts."""
UNPAID = "advertiser"
"""A preset that needs somebody who pays, and in published ratings nobody does."""
NEEDS_TIMES = {"trending", "arrivals"}
"""Presets that say nothing where ratings have no times."""

# What is measured of every way to make a list: by person with intervals, or of all lists together.
BY_PERSON = ("ndcg", "recall", "novelty", "diversity", "calibration")
OF_ALL = ("coverage", "popularity_lift")


def blends(times: bool = True) -> dict[str, Recipe]:
    """The recipes that are held against the plain order of ratings, by name; that one first.

    Args:
        times: whether the ratings have times.
    """
    found = {PLAIN: Recipe()}
    for weight in (0.1, 0.3, 1.0):
        found[f"rating + {weight:g} popularity"] = Recipe(HybridWeights(rating=1.0, popularity=weight))
    for weight in (0.3, 1.0):
        found[f"rating + {weight:g} similarity"] = Recipe(HybridWeights(rating=1.0, similarity=weight))
    found[BLEND] = Recipe(HybridWeights(rating=1.0, similarity=1.0, popularity=1.0))
    found["popularity"] = Recipe(HybridWeights(popularity=1.0))
    found["rating, diversity 0.3"] = Recipe(diversity=0.3)
    found["rating, calibration 0.5"] = Recipe(calibration=0.5)
    for name, preset in PRESETS.items():
        if name not in {UNPAID, "best"} and (times or name not in NEEDS_TIMES):
            found[f"preset: {preset.title}"] = preset.recipe
    return found


def study(
    dataset: Dataset,
    model_name: str,
    hyper_parameters: Mapping[str, Any] | None = None,
    *,
    share: float = 0.1,
    given: int = 20,
    seed: int = 0,
    k: int = 10,
    limits: Sequence[int] = LIMITS,
    on_progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Measure both.

    Args:
        dataset: the data.
        model_name, hyper_parameters: of an algorithm that can place new people.
        share: of the people with enough ratings to hold out, 0 to 1.
        given: how many ratings each of them gives.
        seed: of who is held out and what they give.
        k: length of the lists.
        limits: numbers of candidates to retrieve; those that are no less than the catalogue are left out.
        on_progress: told after each person how many of how many are done.

    Raises:
        UnsupportedError: the algorithm cannot place new people.
        DataError: nobody can be held out, or a value is not allowed.
        LeakError: the model has seen what it is to be judged by.

    Cost: one training, then some 50 ms a person on ml-1m.
    """
    from threadpoolctl import threadpool_limits

    model = algorithm(model_name, **(hyper_parameters or {}))
    if not model.folds_in:
        raise UnsupportedError(
            f"{model.title} cannot place a person it was not trained on; als, for one, can."
        )
    how = Splitting("held-out users", share=share, given=given, seed=seed)
    split = next(iter(how.splits(dataset.ratings)))
    relevance = relevant_from(dataset.ratings)
    protocol = Protocol.of(dataset, how, [split], k=k, relevance=relevance, candidates=CANDIDATES)
    model.fit(split.train_ratings(dataset.ratings), dataset.side)
    check_unseen(model, dataset.ratings, split)
    with threadpool_limits(limits=1):
        bench = _Bench.of(model, dataset, split, k, tuple(limits))
        bench.run(on_progress)
    return Study(
        protocol,
        model.name,
        model.parameters(),
        len(bench.people),
        int((bench.n_relevant == 0).sum()),
        dataset.simulated,
        dataset.ratings.timestamps is not None,
        len(bench.rated),
        bench.curve(seed),
        bench.blended_curve(seed),
        BLEND,
        bench.blends(seed),
        bench.best(seed),
        1e3 * float(np.median(bench.signal_seconds)),
        versions(),
        f"{os.cpu_count()} cores ({platform.machine()}), one thread",
        datetime.now(UTC).isoformat(timespec="seconds"),
    )


CANDIDATES = "all items rated in training and not given by the person"


def relevant_from(ratings: Ratings) -> float:
    """From how many stars on a rating is relevant: 4 of 5, and as far up on another scale."""
    scale = ratings.scale
    return 4.0 if scale.high == 5 else scale.low + 0.75 * (scale.high - scale.low)


def best_of(model: Algorithm, user: int | Profile, items: IntArray, k: int) -> IntArray:
    """(≤ k,) the best-scored of some items, which alone are scored where the model's scores are ratings.

    Args:
        items: (n,) ascending.
    """
    if isinstance(user, Profile) and model.scores_are_ratings and not model.binary:
        scores = model._estimate(user, items)
    else:
        scores = model.scores(user)[items]
    return items[rank(scores, np.arange(len(items), dtype=np.int32), k)]


@dataclass(eq=False)
class _Bench:
    """The people, the ways to make a list for them, and what came out."""

    model: Algorithm
    known: Dataset
    given: Ratings
    test: Ratings
    history: Ratings
    split: Split
    k: int
    limits: tuple[int, ...]
    people: IntArray
    recipes: dict[str, Recipe]
    rated: IntArray

    @classmethod
    def of(cls, model: Algorithm, dataset: Dataset, split: Split, k: int, limits: tuple[int, ...]) -> _Bench:
        ratings = dataset.ratings
        train, given, test = (
            part(ratings) for part in (split.train_ratings, split.given_ratings, split.test_ratings)
        )
        rated = np.flatnonzero(train.by_item.counts > 0).astype(np.int32)
        n_given = int(given.by_user.counts.max(initial=0))
        return cls(
            model,
            replace(dataset, ratings=train),  # signals are counted from what the model learned from
            given,
            test,
            ratings.take(np.concatenate([split.train, split.given])),
            split,
            k,
            tuple(sorted(limit for limit in set(limits) if limit < len(rated) - n_given)),
            np.unique(ratings.users[split.test]).astype(np.int32),
            blends(ratings.timestamps is not None),
            rated,
        )

    def __post_init__(self) -> None:
        n = len(self.people)
        self.shared = Shared(self.model, self.known)
        ways = len(self.limits) + 1
        self.lists = np.full((ways, n, self.k), NOTHING, dtype=np.int32)
        self.seconds = np.zeros((ways, n))
        self.retrieval_seconds = np.zeros((ways, n))
        self.sizes = np.zeros((ways, n))
        self.reach = np.full((ways, n), np.nan)
        self.of_blend = np.full((ways, n, self.k), NOTHING, dtype=np.int32)
        self.of_blend_seconds = np.zeros((ways, n))
        self.blended = np.full((len(self.recipes), n, self.k), NOTHING, dtype=np.int32)
        self.blend_seconds = np.zeros((len(self.recipes), n))
        self.predicted = np.full((len(self.recipes), n), np.nan)
        self.signal_seconds = np.zeros(n)
        can_be_found = np.isin(self.test.items, self.rated)
        self.relevant = self.test.take((self.test.values >= relevant_from(self.test)) & can_be_found)
        self.n_relevant: LongArray = self.relevant.by_user.counts[self.people]

    def run(self, on_progress: Callable[[int, int], None] | None) -> None:
        """Every list of everybody; the collector of garbage waits outside."""
        for row in range(min(WARM_UP, len(self.people))):
            self._one(row)
        collecting = gc.isenabled()
        gc.collect()
        gc.disable()
        try:
            for row in range(len(self.people)):
                self._one(row)
                if on_progress is not None:
                    on_progress(row + 1, len(self.people))
        finally:
            if collecting:
                gc.enable()

    def _asked(self, user: int) -> Asked:
        """A person as they come to the app: the ratings they give, oldest first."""
        view, times = self.given.by_user, self.given.timestamps
        part = slice(view.starts[user], view.starts[user + 1])
        order = slice(None) if times is None else np.argsort(times[view.order[part]], kind="stable")
        profile = self.model.fold_in(view.others[part][order], view.values[part][order])
        return Asked.of(self.model, self.known, profile, shared=self.shared)

    def _one(self, row: int) -> None:
        user = int(self.people[row])
        asked = self._asked(user)
        wanted, _ = self.relevant.by_user.row(user)
        for way, limit in enumerate((None, *self.limits)):
            self._retrieved(way, row, limit, replace(asked), wanted)
        begin = thread_time()
        signals = signals_of(asked)
        self.signal_seconds[row] = thread_time() - begin
        for way, limit in enumerate((None, *self.limits)):
            recipe = replace(self._judgeable(self.recipes[BLEND]), retrieve=limit)
            fresh = replace(asked)
            begin = thread_time()
            items = hybrid(fresh, recipe, signals).items
            self.of_blend_seconds[way, row] = thread_time() - begin
            self.of_blend[way, row, : len(items)] = items
        for way, recipe in enumerate(map(self._judgeable, self.recipes.values())):
            begin = thread_time()
            items = hybrid(asked, recipe, signals).items
            self.blend_seconds[way, row] = thread_time() - begin
            self.blended[way, row, : len(items)] = items
            self.predicted[way, row] = self.model.predict(asked.user, items).mean() if len(items) else np.nan

    def _judgeable(self, recipe: Recipe) -> Recipe:
        """A recipe with lists of the usual length, of items that somebody rated in training."""
        return replace(recipe, filters=Filters(min_ratings=max(1, recipe.filters.min_ratings)), n=self.k)

    def _retrieved(self, way: int, row: int, limit: int | None, asked: Asked, wanted: IntArray) -> None:
        """One list out of so many candidates, on the clock; then who of the relevant was among them."""
        begin = thread_time()
        if limit is None:
            items = self.rated[~np.isin(self.rated, asked.items, assume_unique=True)]
        else:
            items = np.sort(retrieve(asked, limit).items)
        between = thread_time()
        best = best_of(self.model, asked.user, items, self.k)
        end = thread_time()
        self.seconds[way, row], self.retrieval_seconds[way, row] = end - begin, between - begin
        self.lists[way, row, : len(best)] = best
        self.sizes[way, row] = len(items)
        if len(wanted):
            self.reach[way, row] = np.isin(wanted, items, assume_unique=True).mean()

    def curve(self, seed: int) -> tuple[Point, ...]:
        """The points of retrieval before the plain order of ratings."""
        return self._curve(self.lists, self.seconds, self.retrieval_seconds, seed)

    def blended_curve(self, seed: int) -> tuple[Point, ...]:
        """The points of retrieval before a blend."""
        return self._curve(self.of_blend, self.of_blend_seconds, np.zeros_like(self.seconds), seed)

    def _curve(
        self, lists: IntArray, seconds: FloatArray, of_retrieval: FloatArray, seed: int
    ) -> tuple[Point, ...]:
        by_person = {
            **self._by_person(lists, ("ndcg", "recall", "novelty")),
            "reach": self.reach,
            "same": np.array([_same(items, lists[0]) for items in lists]),
        }
        names = [EVERYTHING, *(str(limit) for limit in self.limits)]
        points = self._points(names, by_person, {}, self.sizes.mean(axis=1), seconds, seed)
        retrieval = 1e3 * np.median(of_retrieval, axis=1)
        return tuple(
            replace(point, retrieval_milliseconds=float(retrieval[row]) if row else 0.0)
            for row, point in enumerate(points)
        )

    def blends(self, seed: int) -> tuple[Point, ...]:
        """The points of the recipes."""
        by_person = {**self._by_person(self.blended, BY_PERSON), "predicted": self.predicted}
        of_all = {
            name: np.array([metric(name).value(self._judged(items)) for items in self.blended])
            for name in OF_ALL
        }
        sizes = np.full(len(self.recipes), self.sizes[0].mean())
        return tuple(self._points(list(self.recipes), by_person, of_all, sizes, self.blend_seconds, seed))

    def best(self, seed: int) -> Chosen:
        """The best recipe, chosen on half of the people and judged on the others."""
        return choose(list(self.recipes), self._by_person(self.blended, ("ndcg",))["ndcg"], seed)

    def _points(
        self,
        names: list[str],
        by_person: dict[str, FloatArray],
        of_all: dict[str, FloatArray],
        sizes: FloatArray,
        seconds: FloatArray,
        seed: int,
    ) -> Iterator[Point]:
        measured = {name: estimates(values, seed) for name, values in by_person.items()}
        nan = float("nan")
        for row, name in enumerate(names):
            figures = {what: found[row] for what, (found, _) in measured.items()}
            for what, values in of_all.items():
                figures[what] = Estimate(float(values[row]), nan, nan, len(self.people))
            changes = {what: found[row - 1] for what, (_, found) in measured.items()} if row else {}
            median, slow = np.percentile(1e3 * seconds[row], [50, 95])
            yield Point(name, float(sizes[row]), figures, changes, float(median), float(slow))

    def _judged(self, items: IntArray) -> Lists:
        genres = self.known.catalogue.genres
        return Lists.of(
            self.history,
            self.test,
            self.people,
            items,
            relevance=relevant_from(self.test),
            genres=genres if genres.shape[1] else None,
            candidates=self.rated,
        )

    def _by_person(self, lists: IntArray, names: Sequence[str]) -> dict[str, FloatArray]:
        judged = [self._judged(items) for items in lists]
        return {name: np.array([metric(name).per_user(one) for one in judged]) for name in names}


def _same(items: IntArray, whole: IntArray) -> FloatArray:
    """(n_people,) the share of the list out of everything that this list holds too."""
    return np.array([np.isin(mine[mine >= 0], own).mean() for own, mine in zip(items, whole, strict=True)])
