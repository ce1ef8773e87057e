"""Training beside Surprise: time and error on one fold (ml-100k; ml-1m too with --large).

Ours is timed from plain ratings on, with nothing sorted or grouped beforehand. Surprise's time is
its own `fit` on a training set that is ready; what building that costs is printed once and is in
no ratio. Its SVD++ remembers who rated what, which is its faster way and not its default. Both are
scored on the same fifth of the ratings, which neither has seen.

Surprise walks over a Python tuple a rating in every pass. Whether those stay in the processor's
cache, which depends on what else the machine does, moves its time for SVD and biases by a factor of
two from one process to the next, and the ratio with it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import recsys_core as rc
from benchmarks.timing import dataset, interleaved, ms, seconds, show
from recsys_core.algorithms import Algorithm
from recsys_core.algorithms._surprise import trainset
from recsys_core.ratings import FloatArray, Ratings

SEED, PAIRS = 0, 20_000
OURS = ("bias", "als", "svd", "svdpp")
RUNS = {"ml-100k": {"svdpp": 3}, "ml-1m": {"bias": 3, "als": 3, "svd": 3, "svdpp": 1}}
"""Timed rounds where they are not `MANY`: Surprise's SVD++ takes minutes on ml-1m."""
MANY = 11
TARGETS = {("ml-100k", "svd"): "≥ 10×", ("ml-100k", "svdpp"): "≥ 150×", ("ml-1m", "svdpp"): "≥ 300×"}


def twins() -> dict[str, Callable[[], Any]]:
    """Surprise's model with the same defaults and seed, by the name of ours."""
    from surprise import SVD, BaselineOnly, SVDpp

    return {
        "bias": lambda: BaselineOnly(bsl_options={}, verbose=False),
        "svd": lambda: SVD(random_state=SEED),
        "svdpp": lambda: SVDpp(random_state=SEED, cache_ratings=True),
    }


def run(large: bool = False) -> None:
    """Measure on ml-100k, and on ml-1m if asked: there Surprise's SVD++ alone takes minutes.

    Args:
        large: ml-1m too.
    """
    for name in RUNS if large else ("ml-100k",):
        train, test = fold(dataset(name).ratings)
        building = seconds(partial(trainset, train))
        ready, _ = trainset(train)
        print(f"-- {name}: fit on {len(train):,} ratings, error on {len(test):,}")
        pairs = training(name, train, test, ready)
        print(f"Surprise's training set took {ms(building)} to build: in no figure above.")
        print(f"-- {name}: predicting {min(len(test), PAIRS):,} pairs")
        predicting(*pairs, test.take(np.arange(min(len(test), PAIRS))))


def training(name: str, train: Ratings, test: Ratings, ready: Any) -> tuple[Algorithm, Any]:
    """Train each model and its twin by turns on four fifths, and score both on the rest.

    Returns:
        Our trained `svd` and Surprise's.
    """
    rows, kept = [], {}
    for model_name in OURS:
        ours, twin = fit(model_name, train), twins().get(model_name)  # the first fit compiles
        tasks: dict[str, Callable[[], object]] = {"ours": partial(fit, model_name, train)}
        theirs: list[Any] = []
        if twin:
            tasks["surprise"] = partial(keep_fit, theirs, twin, ready)
        runs = RUNS[name].get(model_name, MANY)
        times = interleaved(tasks, runs, warm_up=0)
        predicted = ours.predict(test.users, test.items)
        row = [model_name, runs, ms(times["ours"]), "", "", "", f"{rmse(predicted, test):.4f}", "", ""]
        if twin:
            other = predictions(theirs[0], test)
            ratio = times["surprise"] / times["ours"]
            row[3:6] = ms(times["surprise"]), f"{ratio:.1f}×", TARGETS.get((name, model_name), "")
            row[7:] = f"{rmse(other, test):.4f}", f"{np.abs(predicted - other).max():.2g}"
            kept[model_name] = ours, theirs[0]
        rows.append(row)
    errors = ("RMSE", "Surprise", "furthest apart")
    show(("model", "runs", "fit", "Surprise", "ratio", "target", *errors), rows)
    return kept["svd"]


def keep_fit(kept: list[Any], make: Callable[[], Any], ready: Any) -> None:
    """Train one of Surprise's models and keep it, lest the slow ones be trained once more."""
    kept.append(make().fit(ready))


def predicting(ours: Algorithm, theirs: Any, test: Ratings) -> None:
    """Predict the same pairs with both: Surprise's `test` on a list of them."""
    pairs = list(zip(test.users.tolist(), test.items.tolist(), test.values.tolist(), strict=True))
    tasks = {"ours": partial(ours.predict, test.users, test.items), "surprise": partial(theirs.test, pairs)}
    times = interleaved(tasks, MANY)
    ratio = f"{times['surprise'] / times['ours']:.1f}×"
    show(
        ("model", "runs", "predict", "Surprise", "ratio"),
        [("svd", MANY, ms(times["ours"]), ms(times["surprise"]), ratio)],
    )


def fit(name: str, ratings: Ratings) -> Algorithm:
    """Train on a copy of the ratings, which remembers no grouping of an earlier fit."""
    return model(name).fit(ratings.take(np.arange(len(ratings))))


def model(name: str) -> Algorithm:
    """Our model with its defaults and the common seed, where it draws at random."""
    seeded = "seed" in rc.algorithms()[name].hyper_parameters()
    return rc.algorithm(name, **({"seed": SEED} if seeded else {}))


def fold(ratings: Ratings) -> tuple[Ratings, Ratings]:
    """Four fifths to train on and one fifth to score on, drawn at random."""
    order = np.random.default_rng(SEED).permutation(len(ratings))
    cut = len(ratings) // 5
    return ratings.take(np.sort(order[cut:])), ratings.take(np.sort(order[:cut]))


def predictions(surprise_model: Any, test: Ratings) -> FloatArray:
    """What a model of Surprise predicts, one pair after the other as its interface asks."""
    pairs = zip(test.users.tolist(), test.items.tolist(), strict=True)
    return np.array([surprise_model.predict(user, item).est for user, item in pairs])


def rmse(predicted: FloatArray, test: Ratings) -> float:
    """Root mean squared error in stars."""
    return float(np.sqrt(np.mean((predicted - test.values) ** 2)))
