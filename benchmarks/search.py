"""A grid of 24 cells × 3 folds of SVD beside Surprise's GridSearchCV (ml-100k).

Both start from the ratings as loaded, cut them into the same folds and report every cell's error on
the parts held out. The target is for exactly that. Ours is timed with the error on the training parts,
too, which it reports unless told not to, and which `GridSearchCV` leaves out unless asked.
Surprise runs in one process (n_jobs=1). Ours runs in one process, too, on one thread and on two: its
loops are compiled and let each other be, and the numbers are the same. The same with cells kept in
SQLite is given for what keeping costs.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import recsys_core as rc
from benchmarks.timing import dataset, seconds, show
from recsys_core.dataset import Dataset
from recsys_core.evaluation.search import SearchReport

GRID = {
    "n_factors": [20, 50, 100],
    "learning_rate": [0.002, 0.005, 0.01, 0.02],
    "regularization": [0.02, 0.1],
}
NAMES = {"n_factors": "n_factors", "learning_rate": "lr_all", "regularization": "reg_all"}
FOLDS, SEED, ROUNDS = 3, 0, 3
ONE, TRAINING, TWO, KEPT = "ours", "… with training errors", "… on two threads", "… kept in SQLite"


def run() -> None:
    """Print the times, their ratios, where ours goes, and how far the results are apart."""
    data = dataset("ml-100k")
    rc.grid_search("svd", {"n_factors": [2]}, data, 2)  # compiled and imported beforehand
    times: dict[str, list[float]] = {ONE: [], TRAINING: [], TWO: [], KEPT: [], "GridSearchCV": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):  # by turns, so that all meet the same weather
            storage = f"sqlite:///{Path(folder, f'{number}.sqlite')}"
            theirs, rows = grid_search_cv(data)
            ours: list[SearchReport] = []
            times[ONE].append(seconds(lambda: ours.append(searched(data, training=False))))  # noqa: B023
            times[TRAINING].append(seconds(partial(searched, data)))
            times[TWO].append(seconds(lambda: ours.append(searched(data, threads=2))))  # noqa: B023
            times[KEPT].append(seconds(partial(searched, data, storage=storage)))
            times["GridSearchCV"].append(seconds(partial(theirs.fit, rows)))
    middle = {name: median(values) for name, values in times.items()}
    table = [
        (
            name,
            f"{value:.2f} s",
            f"{middle['GridSearchCV'] / value:.1f} ×",
            "≥ 10 ×" if name == ONE else "",
        )
        for name, value in middle.items()
    ]
    show(("24 cells × 3 folds", "median", "GridSearchCV takes", "target"), table)
    report, other = ours  # of the last round
    fitting = sum(cell.seconds for cell in report.cells)
    print(f"fitting takes {fitting / times[ONE][-1]:.0%} of the last round on one thread")
    means = [cell.mean for cell in report.cells]
    assert means == [cell.mean for cell in other.cells], "two threads give other numbers than one"
    apart = float(np.max(np.abs(np.array(means) - theirs.cv_results["mean_test_rmse"])))
    best = {NAMES[name]: value for name, value in report.best.parameters.items()} if report.best else {}
    same = best | {"random_state": SEED} == theirs.best_params["rmse"]
    print(f"cells differ by {apart:.1e} at most; {'the same' if same else 'another'} best cell")


def searched(data: Dataset, **options: Any) -> SearchReport:
    """Our grid search."""
    return rc.grid_search("svd", GRID, data, FOLDS, SEED, **options)


def grid_search_cv(data: Dataset) -> tuple[Any, Any]:
    """Surprise's, and its data set of the same ratings."""
    import pandas as pd
    from surprise import SVD, Reader
    from surprise import Dataset as Rows
    from surprise.model_selection import GridSearchCV, KFold

    ratings = data.ratings
    frame = pd.DataFrame({"user": ratings.users, "item": ratings.items, "rating": ratings.values})
    rows = Rows.load_from_df(frame, Reader(rating_scale=(ratings.scale.low, ratings.scale.high)))
    grid = {**{NAMES[name]: values for name, values in GRID.items()}, "random_state": [SEED]}
    return GridSearchCV(SVD, grid, ["rmse"], cv=KFold(FOLDS, random_state=SEED), n_jobs=1), rows
