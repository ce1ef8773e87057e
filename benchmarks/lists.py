"""Ten films for everybody in ml-1m, and how good they are: full catalogue, all 6,040 people.

A factor model is trained on four fifths of the ratings; the lists are made by products of matrices
and judged by the rest. Made person by person, by `scores` and `rank`, they must be the same.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.timing import dataset, interleaved, ms, show
from benchmarks.train import model
from recsys_core.algorithms import Algorithm
from recsys_core.evaluation import k_fold
from recsys_core.evaluation.lists import top_lists
from recsys_core.evaluation.metrics import Lists, metrics
from recsys_core.ranking import rank
from recsys_core.ratings import BoolArray, IntArray, Ratings

DATASET, RUNS, TOP = "ml-1m", 3, 10
TARGET = "< 5 s"
RANKING = ("precision", "recall", "f1", "hit_rate", "mrr", "map", "ndcg")


def run() -> None:
    """Time the lists, the metrics of relevance, and all metrics of lists; print what they say."""
    data = dataset(DATASET)
    split = next(k_fold(data.ratings))
    train, test = data.ratings.take(split.train), data.ratings.take(split.test)
    fitted = model("svd").fit(train)
    users = np.arange(data.ratings.n_users, dtype=np.int32)
    of_lists = tuple(name for name, cls in metrics().items() if cls.of == "lists")
    found = top_lists(fitted, train, users, TOP)
    make = partial(top_lists, fitted, train, users, TOP)
    judge = partial(judged, train, test, users, found, data.catalogue.genres)
    ways = {
        "lists": make,
        "lists and metrics of relevance": lambda: judged(
            train, test, users, make(), data.catalogue.genres, RANKING
        ),
        "every metric of lists, the lists given": partial(judge, of_lists),
        "lists, person by person": partial(one_by_one, fitted, train, users),
    }
    times = interleaved(ways, RUNS)
    targets = {"lists and metrics of relevance": TARGET}
    show(
        (f"top {TOP} of {len(users):,} people", "time", "target"),
        [(way, ms(took), targets.get(way, "")) for way, took in times.items()],
    )
    print("the same lists:", bool(np.array_equal(found, one_by_one(fitted, train, users))))
    print(" · ".join(f"{name} {value:.4f}" for name, value in judge(of_lists).items()))


def judged(
    train: Ratings, test: Ratings, users: IntArray, items: IntArray, genres: BoolArray, names: tuple[str, ...]
) -> dict[str, float]:
    """The metrics of these lists, from nothing but the two parts."""
    lists = Lists.of(train, test, users, items, genres=genres)
    return {name: metrics()[name]().value(lists) for name in names}


def one_by_one(fitted: Algorithm, train: Ratings, users: IntArray) -> IntArray:
    """The plain way, (n, TOP): all scores of one person at a time."""
    found = np.empty((len(users), TOP), dtype=np.int32)
    for user in users:
        unseen = np.ones(train.n_items, dtype=bool)
        unseen[train.by_user.row(int(user))[0]] = False
        found[user] = rank(fitted.scores(int(user)), np.flatnonzero(unseen).astype(np.int32), TOP)
    return found
