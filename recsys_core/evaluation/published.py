"""Where does a figure lie among those others have published for the same data, cut the same way?

The published figures are means over a random 5-fold cross-validation with every setting at its
default, made with folds of seed 0. They hold for MovieLens 100K and 1M.

A figure better than the best of them by more than `MARGIN` is called a probable leak. Tuned models
do beat defaults: on MovieLens 10M, carefully set baselines gained 4 % on what had been published for
them (Rendle, Zhang & Koren 2019, On the Difficulty of Evaluating Baselines), and the best of the table
are strong models already. More than that, without looking at the answers, would be news.

Source: https://github.com/NicolasHug/Surprise, README, "Benchmarks"; Hug (2020), Surprise: A Python
library for recommender systems
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from recsys_core.evaluation.protocol import Protocol

SOURCE = "https://github.com/NicolasHug/Surprise#benchmarks"
MARGIN = 0.04
"""Share of the best published figure that tuning may explain."""
FOLDS = 5
SIZES = {"ml-100k": (100_000, 943, 1_682), "ml-1m": (1_000_209, 6_040, None)}
"""Ratings, people and, where it is the same in every edition, items: a part of the data is other data."""


@dataclass(frozen=True)
class Published:
    """A figure somebody published.

    Attributes:
        title: of the model, as published.
        value: in stars.
        trivial: it knows nothing of anybody's taste.
    """

    title: str
    value: float
    trivial: bool = False


@dataclass(frozen=True)
class Placed:
    """Where a figure lies.

    Attributes:
        value: the figure.
        better, worse: the published ones next to it; None where there is none on that side. One that
            equals it to the last digit published is `worse`.
        suspicious: it is too good to be true, worse than drawing lots, or no number at all.
        words: all of it in a sentence or two for a person.
    """

    value: float
    better: Published | None
    worse: Published | None
    suspicious: bool
    words: str


def _rows(**values: float) -> tuple[Published, ...]:
    return tuple(
        sorted(
            (Published(_TITLES[key], value, key in {"random", "baseline"}) for key, value in values.items()),
            key=lambda row: row.value,
        )
    )


_TITLES = {
    "svd": "SVD",
    "svdpp": "SVD++",
    "nmf": "NMF",
    "slope_one": "Slope One",
    "knn": "k-NN",
    "means": "Centred k-NN",
    "knn_baseline": "k-NN Baseline",
    "clusters": "Co-Clustering",
    "baseline": "Baseline",
    "random": "Random",
}

FIGURES: dict[tuple[str, str], tuple[Published, ...]] = {
    ("ml-100k", "rmse"): _rows(
        svd=0.934,
        svdpp=0.919,
        nmf=0.963,
        slope_one=0.946,
        knn=0.980,
        means=0.951,
        knn_baseline=0.931,
        clusters=0.963,
        baseline=0.944,
        random=1.518,
    ),
    ("ml-100k", "mae"): _rows(
        svd=0.737,
        svdpp=0.721,
        nmf=0.758,
        slope_one=0.743,
        knn=0.774,
        means=0.749,
        knn_baseline=0.733,
        clusters=0.753,
        baseline=0.748,
        random=1.219,
    ),
    ("ml-1m", "rmse"): _rows(
        svd=0.873,
        svdpp=0.862,
        nmf=0.916,
        knn=0.923,
        means=0.929,
        knn_baseline=0.895,
        baseline=0.909,
        random=1.504,
    ),
}
"""By data set and metric, best first."""


def published(dataset: str, metric: str, protocol: Protocol) -> tuple[Published, ...]:
    """The figures that a report of this protocol may be held against, best first; empty if none.

    Only for all ratings of the data set, cut at random into `FOLDS` parts, with any seed.
    """
    if dataset not in SIZES or protocol.dataset != dataset or protocol.filter:
        return ()
    measured = (protocol.n_ratings, protocol.n_users, protocol.n_items)
    whole = all(size in {None, here} for size, here in zip(SIZES[dataset], measured, strict=True))
    how = protocol.splitting
    if not whole or how.kind not in {"k-fold", "repeated k-fold"} or how.folds != FOLDS:
        return ()
    return FIGURES.get((dataset, metric), ())


def place(value: float, dataset: str, metric: str, protocol: Protocol) -> Placed | None:
    """Where a mean over the folds lies among the published ones; None where none is of its kind."""
    known = published(dataset, metric, protocol)
    if not known:
        return None
    if not math.isfinite(value):
        return Placed(value, None, None, True, "This is not a number, so something went wrong.")
    name, best, floor = metric.upper(), known[0], known[-1]
    shown = round(value, 3)
    better = next((row for row in reversed(known) if row.value < shown), None)
    worse = next((row for row in known if row.value >= shown), None)
    if value < best.value * (1 - MARGIN):
        return Placed(
            value,
            None,
            best,
            True,
            f"A probable leak: {name} {value:.3f} is more than {100 * MARGIN:.0f} % below {best.value:.3f}, "
            f"the best published ({best.title}). Check that the test ratings played no part in training "
            "or tuning.",
        )
    if better is None:
        words = f"Better than {best.title}, the best published, with {best.value:.3f}."
        if shown == best.value:
            words = f"As good as {best.title}, the best published, with {best.value:.3f}."
    elif worse is None:
        words = (
            f"Worse than {floor.title}, with {floor.value:.3f}. A model that only orders items may be "
            "(pure SVD of a zero-filled table is, by design); in one that predicts ratings, something is "
            "wrong."
        )
    elif worse.value == shown:
        words = f"The same as {worse.title}, with {worse.value:.3f}."
    else:
        words = f"Between {better.title}, with {better.value:.3f}, and {worse.title}, with {worse.value:.3f}."
    trivial = [row.value for row in known if row.trivial and row.title != floor.title]
    if worse is not None and trivial and value > min(trivial):
        words += f" Biases alone, which know no taste, reach {min(trivial):.3f}."
    return Placed(value, better, worse, suspicious=worse is None, words=words)
