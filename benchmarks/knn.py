"""Neighbours: similarities, votes and memory, beside Surprise (ml-100k; ml-1m too with --large).

Surprise's similarities are timed on a training set that is ready, with the biases they need at
hand; ours from the grouped ratings on. Votes are counted for one fifth of the ratings (at most
20,000 pairs). Memory is the peak of one `fit` above what was there before it, in a process of
its own that has loaded the data and compiled the kernels.
"""

from __future__ import annotations

import gc
import multiprocessing
import re
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil

import recsys_core as rc
from benchmarks.timing import dataset, interleaved, ms, show
from benchmarks.train import fold, predictions
from recsys_core.algorithms._surprise import trainset
from recsys_core.ratings import Ratings
from recsys_core.similarity import MEASURES, Table, all_pairs

RUNS = {"ml-100k": (5, 1), "ml-1m": (1, 0)}
"""Timed rounds, and rounds before them; on ml-1m the kernels are compiled already."""
SIMILARITIES_TARGET = {"ml-100k": "≥ 8×", "ml-1m": "≥ 18×"}
VOTES_TARGET = "≥ 20×"
MEMORY_TARGET = {"ml-100k": "", "ml-1m": "< 300 MB"}
PAIRS = 20_000
SIDES = {"user_knn": "people", "item_knn": "films"}


def run(large: bool = False) -> None:
    """Measure on ml-100k, and on ml-1m if asked: there Surprise alone takes minutes and gigabytes.

    Args:
        large: ml-1m too.
    """
    for name in RUNS if large else ("ml-100k",):
        ratings = dataset(name).ratings
        print(f"-- {name}: similarities")
        similarities(ratings, name)
        print(f"-- {name}: votes")
        votes(ratings, name)
        if Path("/proc/self/clear_refs").exists():
            print(f"-- {name}: memory")
            memory(name)


def similarities(ratings: Ratings, name: str) -> None:
    """All pairs, by turns with Surprise."""
    import surprise

    ready, _ = trainset(ratings)
    rows = []
    for side, words in SIDES.items():
        for measure in MEASURES:
            table, n_columns = our_table(ratings, side, measure)
            options = {"name": measure, "user_based": side == "user_knn"}
            theirs = surprise.AlgoBase(sim_options=options, bsl_options={})
            theirs.verbose = False
            surprise.AlgoBase.fit(theirs, ready)
            if measure == "pearson_baseline":
                theirs.compute_baselines()
            times = interleaved(
                {
                    "ours": partial(all_pairs, table, n_columns, measure),
                    "surprise": theirs.compute_similarities,
                },
                *RUNS[name],
            )
            ratio = f"{times['surprise'] / times['ours']:.1f}×"
            row = (f"{words}, {measure}", ms(times["ours"]), ms(times["surprise"]), ratio)
            rows.append((*row, SIMILARITIES_TARGET[name]))
    show(("similarities", "ours", "Surprise", "ratio", "target"), rows)


def our_table(ratings: Ratings, side: str, measure: str) -> tuple[Table, int]:
    """What `fit` hands to the kernels, and how many columns it has."""
    by, n_columns = (
        (ratings.by_user, ratings.n_items) if side == "user_knn" else (ratings.by_item, ratings.n_users)
    )
    values = by.values.astype(np.float64)
    if measure == "pearson_baseline":
        values -= ratings.mean  # the time does not depend on what is taken off
    return Table(by.starts, by.others, values), n_columns


def votes(ratings: Ratings, name: str) -> None:
    """Predictions of pairs that neither has seen."""
    import surprise

    train, test = fold(ratings)
    test = test.take(np.arange(min(len(test), PAIRS)))
    ready, _ = trainset(train)
    rows = []
    for side, words in SIDES.items():
        options = {"name": "msd", "user_based": side == "user_knn"}
        theirs = surprise.KNNBaseline(sim_options=options, bsl_options={}, verbose=False).fit(ready)
        ours = rc.algorithm(side).fit(train)

        our_votes = partial(ours.predict, test.users, test.items)
        their_votes = partial(predictions, theirs, test)
        times = interleaved({"ours": our_votes, "surprise": their_votes}, *RUNS[name])
        one = interleaved({"scores": partial(ours.scores, 0)}, 11)["scores"]
        ratio = f"{times['surprise'] / times['ours']:.1f}×"
        row = (f"{words}, {len(test):,} pairs", ms(times["ours"]), ms(times["surprise"]), ratio)
        far = np.abs(our_votes() - their_votes()).max()
        rows.append((*row, VOTES_TARGET, f"{far:.2g}", ms(one)))
    columns = ("votes", "ours", "Surprise", "ratio", "target", "furthest apart", "all films, one person")
    show(columns, rows)


def memory(name: str) -> None:
    """The peak of one fit, for the measure that needs most."""
    rows = []
    for side, words in SIDES.items():
        ours, theirs = (apart(peak_of_fit, name, side, who) for who in ("ours", "surprise"))
        rows.append((words, f"{ours:,.0f} MB", MEMORY_TARGET[name], f"{theirs:,.0f} MB"))
    show(("peak above the data", "ours", "target", "Surprise"), rows)


def apart(work: Any, *args: Any) -> Any:
    """The result of a function run in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, args)


def peak_of_fit(name: str, side: str, who: str) -> float:
    """Megabytes that one fit with pearson_baseline takes at its peak, above what was there."""
    ratings = dataset(name).ratings
    settings = {"variant": "baseline", "similarity": "pearson_baseline"}
    if who == "ours":
        rc.algorithm(side, **settings).fit(ratings.take(np.arange(100)))  # compiles
        _ = ratings.by_user, ratings.by_item
        model, data = rc.algorithm(side, **settings), ratings
    else:
        import surprise

        options = {"name": "pearson_baseline", "user_based": side == "user_knn"}
        model = surprise.KNNBaseline(sim_options=options, bsl_options={}, verbose=False)
        data, _ = trainset(ratings)
    gc.collect()
    before = psutil.Process().memory_info().rss
    forget_peak()
    model.fit(data)
    return float((peak() - before) / 2**20)


def forget_peak() -> None:
    """Start the kernel's record of this process's largest memory afresh (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """The largest resident memory of this process since then, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0
