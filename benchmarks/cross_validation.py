"""Cross-validation beside Surprise's: five folds of SVD on ml-100k, the same folds and the same numbers.

Both sides cut the ratings, train, predict and measure RMSE and MAE; ours also times itself, watches its
memory, and keeps figures by person and by slice. Neither reads the file. Below, what the metrics of
lists over the full catalogue add, for everybody with test ratings in every fold.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import recsys_core as rc
from benchmarks.timing import dataset, interleaved, ms, show
from recsys_core.dataset import Dataset
from recsys_core.ratings import Ratings

DATASET, FOLDS, SEED, RUNS = "ml-100k", 5, 0, 5
TARGET = "≥ 7×"
OF_LISTS = ("precision", "recall", "ndcg", "map", "coverage", "gini", "novelty", "diversity")


def run() -> None:
    """Time both sides by turns, and hold their numbers against each other."""
    data = dataset(DATASET)
    theirs = surprise_data(data.ratings)
    times = interleaved(
        {"surprise": lambda: of_surprise(theirs), "ours": lambda: ours(data)}, RUNS, warm_up=1
    )
    ranked = interleaved({"lists": lambda: ours(data, ("rmse", "mae", *OF_LISTS))}, RUNS)["lists"]
    ratio = times["surprise"] / times["ours"]
    show(
        (f"{FOLDS} folds of svd, {DATASET}", "Surprise", "ours", "ratio", "target"),
        [("RMSE and MAE", ms(times["surprise"]), ms(times["ours"]), f"{ratio:.1f}×", TARGET)],
    )
    print(f"with {len(OF_LISTS)} metrics of lists over the full catalogue as well: {ms(ranked)}")
    report, found = ours(data), of_surprise(theirs)
    for name in ("rmse", "mae"):
        mine = report.folds[name].to_numpy()
        off = float(np.abs(mine - found[f"test_{name}"]).max())
        print(f"{name}: {report.value('svd', name):.6f}, fold by fold within {off:.1e} of Surprise's")


def ours(data: Dataset, metrics: tuple[str, ...] = ("rmse", "mae")) -> rc.Report:
    """The library's."""
    return rc.cross_validate(["svd"], data, folds=FOLDS, seed=SEED, metrics=metrics)


def surprise_data(ratings: Ratings) -> Any:
    """The ratings as Surprise's Dataset."""
    import pandas as pd
    from surprise import Dataset as SurpriseDataset
    from surprise import Reader

    columns = {"user": ratings.users, "item": ratings.items, "rating": ratings.values.astype(float)}
    scale = (ratings.scale.low, ratings.scale.high)
    return SurpriseDataset.load_from_df(pd.DataFrame(columns), Reader(rating_scale=scale))


def of_surprise(data: Any) -> dict[str, Any]:
    """Surprise's."""
    from surprise import SVD
    from surprise.model_selection import KFold, cross_validate

    found: dict[str, Any] = cross_validate(
        SVD(random_state=0), data, ["RMSE", "MAE"], cv=KFold(FOLDS, random_state=SEED)
    )
    return found
