"""A new person's first list on ml-latest-small: fold in ten ratings, score every film, take the ten best."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import numpy as np

import recsys_core as rc
from benchmarks.timing import dataset, interleaved, ms, show
from recsys_core.algorithms.base import Algorithm, Profile
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.ranking import rank
from recsys_core.ratings import IntArray

DATASET, RUNS, GIVEN, TOP, TARGET = "ml-latest-small", 101, 10, 10, "< 2 ms"


def run() -> None:
    """Time the list as indices, and as the table with titles that a notebook gets."""
    data = dataset(DATASET)
    rows = []
    for name, cls in rc.algorithms().items():
        if not cls.folds_in:
            continue
        try:
            model = rc.algorithm(name).fit(data.ratings, data.side)
        except DataError as refused:
            rows.append((name, "refused", "", TARGET, str(refused)))
            continue
        times = interleaved(tasks(model, data), RUNS, warm_up=3)
        rows.append((name, ms(times["fold in"]), ms(times["list"]), TARGET, ms(times["table"])))
    show(("model", "fold in", "fold in + top 10", "target", "as a table with titles"), rows)


def tasks(model: Algorithm, data: Dataset) -> dict[str, Callable[[], object]]:
    """The same ten films every time, with new ratings at every call."""
    rng = np.random.default_rng(0)
    often = np.argsort(-data.ratings.by_item.counts)[:200]
    items = rng.choice(often, GIVEN, replace=False)
    ratings = cycle(rng.choice(data.ratings.scale.choices, (64, GIVEN)))

    def person() -> Profile:
        return model.fold_in(items, next(ratings))

    def best() -> IntArray:
        me = person()
        return rank(model.scores(me), rc.candidates(data, exclude=items), TOP)

    return {"fold in": person, "list": best, "table": lambda: rc.recommend(model, data, person(), TOP)}
