"""Training on ml-100k: time and error on one fold, beside Surprise where it has the same model.

Surprise's time is its own `fit` on a training set that is ready; ours includes everything from
the plain ratings on. Both are scored on the same fifth of the ratings, which neither has seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import recsys_core as rc
from benchmarks.timing import dataset, interleaved, ms, show
from recsys_core.algorithms import Algorithm
from recsys_core.algorithms._surprise import trainset
from recsys_core.ratings import FloatArray, Ratings

DATASET, RUNS, SEED = "ml-100k", 5, 0
OURS = ("bias", "als", "svd")


def twins() -> dict[str, Callable[[], Any]]:
    """Surprise's model with the same defaults and seed, by the name of ours."""
    from surprise import SVD, BaselineOnly

    return {
        "bias": lambda: BaselineOnly(bsl_options={}, verbose=False),
        "svd": lambda: SVD(random_state=SEED),
    }


def run() -> None:
    """Train each model and its twin by turns on four fifths, and score both on the rest."""
    train, test = fold(dataset(DATASET).ratings)
    ready, _ = trainset(train)
    rows = []
    for name in OURS:
        tasks = {"ours": lambda name=name: model(name).fit(train)}
        if twin := twins().get(name):
            tasks["surprise"] = lambda twin=twin: twin().fit(ready)
        times = interleaved(tasks, RUNS)
        ours = model(name).fit(train).predict(test.users, test.items)
        row = [name, ms(times["ours"]), "", "", f"{rmse(ours, test):.4f}", "", ""]
        if twin:
            theirs = predictions(twin().fit(ready), test)
            row[2:4] = ms(times["surprise"]), f"{times['surprise'] / times['ours']:.1f}×"
            row[5:] = f"{rmse(theirs, test):.4f}", f"{np.abs(ours - theirs).max():.2g}"
        rows.append(row)
    show(("model", "fit", "Surprise", "ratio", "RMSE", "Surprise", "largest difference"), rows)


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
