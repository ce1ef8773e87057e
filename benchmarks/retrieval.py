"""Candidates for one person from four sources, and ten out of five hundred by each way of re-ranking.

Alternating least squares on ml-latest-small and ml-1m, somebody of the data who liked at least ten films.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

import recsys_core as rc
from benchmarks.timing import dataset, interleaved, ms, show
from recsys_core.ranking import Asked
from recsys_core.ranking.rerank import calibrate, cap, diversify, history_shares, main_genres
from recsys_core.ranking.retrieval import Retrieved, retrieve

DATASETS, RUNS, POOL = ("ml-latest-small", "ml-1m"), 100, 500
TARGET = "< 2 ms"


def run() -> None:
    """Time both on every data set."""
    for name in DATASETS:
        one_data_set(name)


def fresh(asked: Asked, limit: int | None) -> Retrieved:
    """Candidates for a copy of a person: what is remembered of one would be free the second time."""
    return retrieve(replace(asked), limit)


def one_data_set(name: str) -> None:
    """Retrieval by number of candidates, then re-ranking out of a pool."""
    data = dataset(name)
    model = rc.algorithm("als", n_epochs=2).fit(data.ratings)
    first = Asked.of(model, data, 0)
    asked = next(
        one
        for user in range(data.ratings.n_users)
        if len((one := Asked.of(model, data, user, shared=first.shared)).liked) >= 10
    )
    ways: dict[str, Callable[[], object]] = {"retrieve as the lecture does": partial(fresh, asked, None)}
    for limit in (50, 100, 500):
        ways[f"retrieve {limit}"] = partial(fresh, asked, limit)
    genres, scores = data.catalogue.genres, model.scores(0)
    pool = np.random.default_rng(0).permutation(len(data.catalogue))[:POOL].astype(np.int32)
    own = history_shares(genres, asked.items)
    if own is not None:
        ways["variety"] = partial(diversify, pool, scores, genres, 0.4)
        ways["variety, by factors"] = partial(
            diversify, pool, scores, np.asarray(asked.shared.directions.rows), 0.4, 10, "factors"
        )
        ways["genres as rated"] = partial(calibrate, pool, scores, genres, own, 0.4)
        ways["two of a main genre at most"] = partial(cap, pool, scores, main_genres(genres), 2)
    times = interleaved(ways, RUNS)
    show(
        (f"{name}, {len(data.catalogue):,} films", "time", "target"),
        [(way, ms(took), "" if way.startswith("retrieve") else TARGET) for way, took in times.items()],
    )
