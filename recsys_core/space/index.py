"""Approximate nearest neighbours for catalogues too large to go through at every question.

The rows are sorted into lists around k-means centres once; a question looks only into the lists
whose centres are nearest (an inverted file), and what it finds there is scored exactly. How many
lists that must be is tried out on some items; the share of true neighbours found is then measured
on others, against the exact search, and travels with every answer.

Below `SMALLEST` items the exact search answers in a few milliseconds, and there is no index.

Source: Sivic & Zisserman (2003), Video Google; Jégou, Douze & Schmid (2011), Product Quantization
for Nearest Neighbor Search, section IV (inverted file); Douze et al. (2024), The Faiss Library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, IntArray
from recsys_core.space.metrics import check_metric, compare
from recsys_core.space.neighbours import NO_DIRECTION, Neighbours, best, checked_item, nobody

SMALLEST = 100_000
"""Items below which an exact search is quick enough."""
INDEX_METRICS = ("euclidean", "cosine", "dot")
TOP, QUESTIONS, TARGET = 10, 400, 0.945
"""Recall is measured on the ten nearest, for so many items; the tuning stops at this share."""
A_LIST = 40
"""Rows for each list's centre to be learned from."""
MORE = 3
"""So many times the neighbours asked for are fetched and scored exactly: the lists hold rows in brief."""


@dataclass(frozen=True, eq=False)
class Index:
    """An approximate search over one table of factors. Make it with `build_index`.

    Attributes:
        factors: (n_items, n_factors) the rows, read-only.
        metric: "euclidean", "cosine" or "dot".
        n_lists: how many lists there are, 2 √n_items.
        n_probes: how many of them a question looks into.
        recall: share of the ten nearest that it finds, 0 to 1, measured on `QUESTIONS` items with a
            direction that had no part in choosing n_probes (on fewer if there are no more).
    """

    factors: NDArray[np.floating[Any]]
    metric: str
    n_lists: int
    n_probes: int
    recall: float
    searcher: Any

    def similar_items(self, item: int, n: int = 10) -> Neighbours:
        """The items nearest to one; as `recsys_core.similar_items`, approximately.

        There may be fewer than n of them, though the table has more rows: those in the lists looked into.

        Raises:
            DataError: there is no such item, or n < 1.
        """
        item = checked_item(item, len(self.factors))
        return self.of_vector(self.factors[item], n, exclude=(item,))

    def of_vector(self, vector: ArrayLike, n: int = 10, *, exclude: Sequence[int] = ()) -> Neighbours:
        """The items nearest to a point; as `recsys_core.neighbours_of_vector`, approximately, and maybe
        fewer than n, as for `similar_items`.

        Raises:
            DataError: the vector has another length than the factors or is not finite, or n < 1.
        """
        point = np.asarray(vector, dtype=np.float64)
        if n < 1 or point.shape != self.factors.shape[1:] or not np.isfinite(point).all():
            raise DataError(f"Give n ≥ 1 and a point of {self.factors.shape[1]} finite numbers.")
        if self.metric != "euclidean" and not point.any():
            return nobody(self.metric, NO_DIRECTION, False)
        rows = self._candidates(point[None], MORE * n + len(exclude))[0]
        rows = np.sort(rows[rows >= 0])  # in the order of the catalogue, in which equals are listed
        for item in exclude:
            rows = rows[rows != item]
        own = np.ascontiguousarray(self.factors[rows], dtype=np.float64)
        scores, comparable = compare(own, point, self.metric)
        chosen = best(scores if self.metric == "euclidean" else -scores, np.flatnonzero(comparable), n)
        return Neighbours(rows[chosen].astype(np.int32), scores[chosen], None, self.metric, None, self.recall)

    def _candidates(self, points: FloatArray, n: int) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self.searcher.search(_prepared(points, self.metric), n)[1]
        return found


def build_index(factors: NDArray[np.floating[Any]], metric: str = "cosine", *, seed: int = 0) -> Index:
    """Sort the rows of a large table into lists, and measure what a search through some of them finds.

    Args:
        factors: (n_items, n_factors) at least `SMALLEST` rows, finite.
        metric: "euclidean", "cosine" or "dot".
        seed: of the rows that centres are learned from and that recall is measured on.

    Raises:
        DataError: the table is smaller than that, not finite, has fewer than two rows with a direction, or
            there is no such metric for an index.

    Cost: O(n_items^1.5 n_factors), to find each row's list; n_items × (n_factors + 8) bytes beside the table.
    """
    check_metric(metric, INDEX_METRICS)
    if factors.ndim != 2 or len(factors) < SMALLEST:
        raise DataError(
            f"{len(factors):,} items are searched exactly in milliseconds; "
            f"an index is for {SMALLEST:,} or more. Use similar_items."
        )
    if not np.isfinite(factors.sum()):
        raise DataError("Factors must be a table of finite numbers, one row an item.")
    import faiss

    rng = np.random.default_rng(seed)
    rows = _prepared(factors, metric)
    n_factors = rows.shape[1]
    n_lists = int(2 * len(rows) ** 0.5)
    kind = faiss.METRIC_L2 if metric == "euclidean" else faiss.METRIC_INNER_PRODUCT
    centres = faiss.IndexFlat(n_factors, kind)
    brief = faiss.ScalarQuantizer.QT_8bit
    searcher = faiss.IndexIVFScalarQuantizer(centres, n_factors, n_lists, brief, kind)
    searcher.cp.seed = seed + 1
    searcher.train(rows[rng.choice(len(rows), n_lists * A_LIST, replace=False)])
    there = _with_direction(rows, metric)
    if len(there) < 2:
        raise DataError(f"{len(there)} of {len(rows):,} rows have a direction, which leaves none to find.")
    listed = rows if len(there) == len(rows) else rows[there]
    searcher.add_with_ids(listed, there)
    asked = rng.choice(there, min(2 * QUESTIONS, len(there)), replace=False).astype(np.int32)
    to_tune, to_measure = np.array_split(asked, 2)
    table = factors.view()
    table.setflags(write=False)
    n_probes, truth = 8, _exact(listed, there, to_tune, metric)
    while True:
        searcher.nprobe = n_probes
        index = Index(table, metric, n_lists, n_probes, 1.0, searcher)
        if n_probes >= n_lists or _recall(index, to_tune, truth) >= TARGET:
            break
        n_probes = min(n_lists, n_probes + max(2, n_probes // 16))
    recall = _recall(index, to_measure, _exact(listed, there, to_measure, metric))
    return Index(table, metric, n_lists, n_probes, recall, searcher)


def _prepared(rows: NDArray[np.floating[Any]], metric: str) -> NDArray[np.float32]:
    """float32 rows; for cosine of length 1, a row of zeros left as it is."""
    if metric == "cosine":
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows / np.where(lengths > 0, lengths, 1.0)
    return np.ascontiguousarray(rows, dtype=np.float32)


def _with_direction(rows: NDArray[np.float32], metric: str) -> NDArray[np.int64]:
    """The rows that can be a neighbour: by cosine a row of zeros cannot."""
    return np.flatnonzero(rows.any(axis=1)) if metric == "cosine" else np.arange(len(rows))


def _exact(
    listed: NDArray[np.float32], there: NDArray[np.int64], items: IntArray, metric: str
) -> list[NDArray[np.int64]]:
    """The true neighbours of each item, `TOP` or as many as there are, by going through all rows.

    Args:
        listed: the rows that can be a neighbour.
        there: which items they are, in ascending order.
    """
    import faiss

    how = faiss.METRIC_L2 if metric == "euclidean" else faiss.METRIC_INNER_PRODUCT
    own = listed[np.searchsorted(there, items)]
    near = there[faiss.knn(own, listed, min(TOP + 1, len(there)), metric=how)[1]]
    return [row[row != item][:TOP] for item, row in zip(items, near, strict=True)]


def _recall(index: Index, items: IntArray, truth: list[NDArray[np.int64]]) -> float:
    found = (index.similar_items(int(item), TOP).items for item in items)
    return float(np.mean([np.isin(true, near).mean() for true, near in zip(truth, found, strict=True)]))
