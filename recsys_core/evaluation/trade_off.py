"""No algorithm is best at everything: who is beaten by nobody, and is the best by RMSE the best to show?

A lower RMSE does not make a better list. RMSE asks how many stars the films a person chose to rate
will get; a list is made of films they did not, and what counts is who stands on top of it (Cremonesi,
Koren & Turrin 2010, Performance of Recommender Algorithms on Top-N Recommendation Tasks).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.errors import DataError
from recsys_core.evaluation.report import Report
from recsys_core.evaluation.significance import Difference
from recsys_core.ratings import BoolArray

Better = Literal["lower", "higher"]


def pareto(points: ArrayLike, better: Sequence[Better]) -> BoolArray:
    """Who is beaten by nobody: no other is at least as good in everything and better in something.

    Args:
        points: (n, n_criteria); a row with a `nan` is never on the front.
        better: per criterion which way is better.

    Returns:
        (n,). Equal points are on the front together.

    Raises:
        DataError: the shapes do not fit.

    Cost: O(n² n_criteria).
    """
    values = np.array(points, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != len(better):
        raise DataError(f"Points of shape {values.shape} do not have {len(better)} criteria.")
    values[:, [way == "lower" for way in better]] *= -1  # now higher is better
    known = [not np.isnan(row).any() for row in values]
    beaten = [
        any(known[y] and (values[y] >= x).all() and (values[y] > x).any() for y in range(len(values)))
        for x in values
    ]
    return np.array(known, dtype=np.bool_) & ~np.array(beaten, dtype=np.bool_)


@dataclass(frozen=True)
class Trap:
    """The best by RMSE is not the best by NDCG.

    Attributes:
        by_rmse, by_ndcg: labels of the two.
        rmse, ndcg: the figures of both, first of `by_rmse`, then of `by_ndcg`.
        gap: in NDCG, `by_ndcg` minus `by_rmse`, and whether it is real.
        words: a sentence or two for a person.
    """

    by_rmse: str
    by_ndcg: str
    rmse: tuple[float, float]
    ndcg: tuple[float, float]
    gap: Difference
    words: str


def rmse_trap(report: Report) -> Trap | None:
    """Whether choosing by RMSE would miss the best lists; None if not, or if it cannot be told.

    It needs "rmse" and "ndcg" in the report, and two algorithms with both, on equally many folds.

    Raises:
        DataError: the report was saved without its figures by person.
    """
    if not {"rmse", "ndcg"} <= set(report.metrics):
        return None
    found = {label: (report.value(label, "rmse"), report.value(label, "ndcg")) for label in report.labels}
    found = {label: both for label, both in found.items() if all(map(math.isfinite, both))}
    n_folds = {sum(cell.algorithm == label for cell in report.cells) for label in found}
    if len(found) < 2 or len(n_folds) > 1:
        return None
    by_rmse = min(found, key=lambda label: found[label][0])
    by_ndcg = max(found, key=lambda label: found[label][1])
    if found[by_rmse][1] == found[by_ndcg][1]:
        return None
    (rmse_a, ndcg_a), (rmse_b, ndcg_b) = found[by_rmse], found[by_ndcg]
    gap = report.difference(by_ndcg, by_rmse, "ndcg")
    k = report.protocol.k
    verdict = {
        "real": "This gap is real: other people would hardly turn it round.",
        "too small to tell": "This gap is too small to tell from luck.",
    }.get(gap.words, "Whether this gap is real cannot be told here.")
    words = (
        f"{by_rmse} predicts stars best (RMSE {rmse_a:.4f} against {rmse_b:.4f}), but {by_ndcg} makes the "
        f"better lists (NDCG@{k} {ndcg_b:.4f} against {ndcg_a:.4f}). {verdict}"
    )
    return Trap(by_rmse, by_ndcg, (rmse_a, rmse_b), (ndcg_a, ndcg_b), gap, words)
