"""The course lab's descent: an iteration over the known ratings beside one over the whole dense table.

The lab fills a table of films × people with zeros where nobody rated, multiplies all of it, and
takes the unknown out again by a mask. `dense` does that in numpy, in float64 and with as many
threads as numpy's matrix product takes; ours goes through the known ratings alone, in float32. Both
run Adam from the same start, so that their costs can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

import recsys_core as rc
from benchmarks.timing import dataset, interleaved, ms, show
from recsys_core.algorithms._joint_gradient import Parts, start
from recsys_core.datasets.course_lab import SETTINGS, course_lab
from recsys_core.ratings import FloatArray, Ratings

DATASET, SEED, RUNS, TARGET = "ml-latest-small", 0, 3, "≥ 20×"
N_EPOCHS = int(SETTINGS["n_epochs"])
LOGGED = {0: 2_321_138.6, 40: 51_858.7, 100: 8_487.1, 180: 2_901.7}
"""What the lecture's own run printed, from another random start."""
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


def run() -> None:
    """Time whole runs of the lab by turns, and compare their costs."""
    table = course_lab(dataset(DATASET)).ratings
    print(f"{table.n_items:,} films × {table.n_users:,} people, {len(table):,} ratings, 100 features")
    tasks: dict[str, Callable[[], object]] = {
        "ours": partial(ours, table),
        "dense": lambda: list(dense(table)),
    }
    times = interleaved(tasks, RUNS)
    ratio = f"{times['dense'] / times['ours']:.1f}×"
    show(
        ("", "ours", "dense numpy", "ratio", "target"),
        [
            (f"{N_EPOCHS} iterations", ms(times["ours"]), ms(times["dense"]), ratio, TARGET),
            ("one iteration", ms(times["ours"] / N_EPOCHS), ms(times["dense"] / N_EPOCHS), "", ""),
        ],
    )
    costs, of_dense = ours(table), list(dense(table))
    show(
        ("cost at iteration", "ours", "dense numpy", "relative difference", "the lecture's run"),
        (
            (
                k,
                f"{costs[k]:,.1f}",
                f"{of_dense[k]:,.1f}",
                f"{abs(costs[k] / of_dense[k] - 1):.1g}",
                f"{logged:,.1f}",
            )
            for k, logged in LOGGED.items()
        ),
    )


def ours(ratings: Ratings) -> list[float]:
    """The costs that `gradient_cf` meets, the preparation of the ratings included."""
    model = rc.algorithm("gradient_cf", **SETTINGS, seed=SEED)
    return [step.train_loss for step in model.steps(ratings.take(np.arange(len(ratings))))]


def dense(ratings: Ratings) -> Iterator[float]:
    """The same iterations as the lab writes them: Y and R are films × people."""
    lam, gamma = float(SETTINGS["regularization"]), float(SETTINGS["learning_rate"])
    R, Y = np.zeros((ratings.n_items, ratings.n_users)), np.zeros((ratings.n_items, ratings.n_users))
    R[ratings.items, ratings.users] = 1.0
    Y[ratings.items, ratings.users] = ratings.values
    Y -= (Y.sum(axis=1) / np.maximum(R.sum(axis=1), 1))[:, None]
    theta = start(ratings, int(SETTINGS["n_factors"]), float(SETTINGS["init_std"]), SEED).astype(np.float64)
    gradient, m, s = np.empty_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    at, slope = (Parts.of(vector, ratings.n_users, ratings.n_items) for vector in (theta, gradient))
    for t in range(1, N_EPOCHS + 1):
        E = (at.Q @ at.P.T + at.b - Y) * R
        yield cost(E, at.P, at.Q, lam)
        slope.P[:] = E.T @ at.Q + lam * at.P
        slope.Q[:] = E @ at.P + lam * at.Q
        slope.b[:] = E.sum(axis=0)
        m = BETA_1 * m + (1 - BETA_1) * gradient
        s = BETA_2 * s + (1 - BETA_2) * gradient**2
        theta -= gamma * (m / (1 - BETA_1**t)) / (np.sqrt(s / (1 - BETA_2**t)) + EPSILON)


def cost(E: FloatArray, P: FloatArray, Q: FloatArray, regularization: float) -> float:
    """J of `gradient_cf`, equation (2)."""
    return float(0.5 * (E**2).sum() + 0.5 * regularization * ((P**2).sum() + (Q**2).sum()))
