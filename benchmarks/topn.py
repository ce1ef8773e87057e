"""Ten films for everybody in ml-100k: every film a person has not rated is scored, the best ten kept.

Surprise's way is the one its documentation gives: list all pairs without a rating, predict each,
sort each person's. Ours asks the model for all scores of one person at a time. Both use the same
trained numbers. Surprise cuts predictions off at 5 stars before it sorts, which ties the top
of many a list, so the lists are compared by what they hold: the ten highest predictions.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

import numpy as np

from benchmarks.timing import dataset, interleaved, ms, show
from benchmarks.train import model, twins
from recsys_core.algorithms import Algorithm
from recsys_core.algorithms._surprise import trainset
from recsys_core.dataset import Dataset
from recsys_core.ranking import rank
from recsys_core.ratings import FloatArray

DATASET, RUNS, TOP, TARGET = "ml-100k", 3, 10, "≥ 100×"


def run() -> None:
    """Make all lists by turns, once with the pairs to predict listed and once without."""
    data = dataset(DATASET)
    ready, _ = trainset(data.ratings)
    ours, theirs = model("svd").fit(data.ratings), twins()["svd"]().fit(ready)
    make, by_test, by_estimate = (
        partial(lists, ours, data),
        partial(lists_by_test, theirs, ready),
        partial(lists_by_estimate, theirs, ready),
    )
    ways = {
        "ours": make,
        "build_anti_testset and test": by_test,
        "estimate of each pair": by_estimate,
    }
    times = interleaved(ways, RUNS)
    rows = [
        (
            way,
            ms(took),
            f"{took / times['ours']:.0f}×" if way != "ours" else "",
            TARGET if way != "ours" else "",
        )
        for way, took in times.items()
    ]
    show((f"top {TOP} of {data.ratings.n_users:,} people", "time", "ratio", "target"), rows)
    apart = {
        way: np.abs(make() - other()).max() for way, other in (("test", by_test), ("estimate", by_estimate))
    }
    print("furthest apart:", " · ".join(f"{way} {far:.2g}" for way, far in apart.items()))


def lists(ours: Algorithm, data: Dataset) -> FloatArray:
    """(n_users, TOP): each person's best predictions, best first."""
    best = np.empty((data.ratings.n_users, TOP))
    for user in range(data.ratings.n_users):
        unseen = np.ones(data.ratings.n_items, dtype=bool)
        unseen[data.ratings.by_user.row(user)[0]] = False
        scores = ours.scores(user)
        best[user] = scores[rank(scores, np.flatnonzero(unseen).astype(np.int32), TOP)]
    return data.ratings.scale.clip(best)


def lists_by_test(theirs: Any, ready: Any) -> FloatArray:
    """The same by way of a list of all pairs, as Surprise's frequently asked questions have it."""
    by_user = defaultdict(list)
    for said in theirs.test(ready.build_anti_testset()):
        by_user[said.uid].append((said.iid, said.est))
    return as_table({user: sorted(of, key=lambda pair: -pair[1])[:TOP] for user, of in by_user.items()})


def lists_by_estimate(theirs: Any, ready: Any) -> FloatArray:
    """The same by `estimate`, which skips what `test` makes of each prediction: Surprise's shortest way."""
    best = {}
    low, high = ready.rating_scale
    for inner in ready.all_users():
        seen = {item for item, _ in ready.ur[inner]}
        unseen = [item for item in ready.all_items() if item not in seen]
        scored = [(item, min(max(theirs.estimate(inner, item), low), high)) for item in unseen]
        best[ready.to_raw_uid(inner)] = sorted(scored, key=lambda pair: -pair[1])[:TOP]
    return as_table(best)


def as_table(best: dict[int, list[tuple[int, float]]]) -> FloatArray:
    """(n_users, TOP) of the predictions alone, a row a person."""
    return np.array([[estimate for _, estimate in best[user]] for user in sorted(best)])
