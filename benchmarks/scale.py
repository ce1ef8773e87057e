"""How time and memory grow with the ratings: 1, 2, 4 and 8 million made-up ones (with --large only).

Twice the ratings come from twice the people on twice the films, so that everyone keeps as many
ratings as before; films are popular by a power law. Small models and few passes: what is looked
for is the exponent, the slope of log time over log size, 1 where cost grows as the ratings do.
Memory is the peak of one fit above the ratings, in a process of its own.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from functools import partial
from statistics import median

import numpy as np
import psutil

import recsys_core as rc
from benchmarks.knn import apart, forget_peak, peak
from benchmarks.timing import UnavailableError, ms, seconds, show
from recsys_core.ratings import Ratings, Scale

MILLIONS, RUNS, SEED, TARGET = (1, 2, 4, 8), 3, 0, "≤ 1.1"
SETTINGS = {"n_factors": 20, "n_epochs": 3}
MODELS = ("svd", "svdpp", "als")
RATINGS_A_USER, RATINGS_A_ITEM = 160, 270
"""As in ml-1m."""
OFFSET, SLOPE = 20, 0.8
"""The k-th film is rated in proportion to (k + OFFSET)^−SLOPE."""


def run(large: bool = False) -> None:
    """Fit each model at each size, and draw the line through the four points.

    Args:
        large: without it nothing is measured.

    Raises:
        UnavailableError: it was not asked for.
    """
    if not large:
        raise UnavailableError("it takes minutes; ask for it with --large")
    rows = []
    for name in MODELS:
        sizes, times, peaks = zip(*(apart(cost, name, millions) for millions in MILLIONS), strict=True)
        cells = (f"{ms(took)}, {top:,.0f} MB" for took, top in zip(times, peaks, strict=True))
        rows.append((name, *cells, f"{slope(sizes, times):.2f}", TARGET, f"{slope(sizes, peaks):.2f}"))
    heads = (f"{millions} million" for millions in MILLIONS)
    show(("model", *heads, "exponent of time", "target", "of memory"), rows)


def cost(name: str, millions: int) -> tuple[int, float, float]:
    """How many ratings there were, the median seconds of a fit, and its peak in megabytes."""
    rc.algorithm(name, **SETTINGS).fit(made(10_000))  # compiles
    ratings = made(millions * 1_000_000)
    _ = ratings.by_user, ratings.by_item
    model = rc.algorithm(name, **SETTINGS)
    gc.collect()
    with suppress(AttributeError):  # where the C library is another, peaks come out a little low
        ctypes.CDLL(None).malloc_trim(0)  # what making the ratings left would hide what fitting takes
    before = psutil.Process().memory_info().rss
    forget_peak()
    model.fit(ratings)
    top = float((peak() - before) / 2**20)
    return len(ratings), median(seconds(partial(model.fit, ratings)) for _ in range(RUNS)), top


def made(n: int) -> Ratings:
    """About n ratings in whole stars; the few cells drawn twice are kept once."""
    rng = np.random.default_rng(SEED)
    n_users, n_items = n // RATINGS_A_USER, n // RATINGS_A_ITEM
    popularity = np.cumsum((np.arange(n_items) + OFFSET) ** -SLOPE)
    cells = np.unique(
        rng.integers(n_users, size=n) * n_items + np.searchsorted(popularity, rng.random(n) * popularity[-1])
    )
    rng.shuffle(cells)  # files are rarely in order
    users, items = np.divmod(cells, n_items)
    taste, character = rng.normal(size=(n_users, 2)), rng.normal(size=(n_items, 2))
    stars = 3.5 + np.einsum("nf,nf->n", taste[users], character[items]) / 2 + rng.normal(0, 0.8, len(cells))
    return Ratings.from_arrays(
        users, items, np.clip(np.round(stars), 1, 5), Scale(1, 5), n_users=n_users, n_items=n_items
    )


def slope(sizes: tuple[int, ...], costs: tuple[float, ...]) -> float:
    """The exponent b of cost = a · size^b, by least squares on the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])
