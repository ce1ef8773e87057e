"""The neighbours of every item, worked out once: a question is then a look into a table.

Whole blocks of items are held against all others in one product of matrices, which is quick but rounds
otherwise than one row at a time. So it only nominates: whatever comes within a hair of the n-th place is
scored again as `similar_items` scores it. The table therefore equals `similar_items` item by item, equals
and their order included, and is exact: nothing is approximate here.

Worth it where the same model is asked over and over: lists written out for a whole catalogue, or a server
that answers without the factors. A screen asks about one item at a time, any metric and any support, which
`similar_items` answers in milliseconds.

Cost     time O(n_items² n_factors), with ratings and O(Σ_u n_u²), n_u the ratings of a person; memory
         `BLOCK_BYTES` and 12 bytes a neighbour, with support 20
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys_core.errors import DataError
from recsys_core.ratings import BoolArray, ByteArray, FloatArray, IntArray, LongArray, Ratings, frozen
from recsys_core.space.metrics import check_metric, directed
from recsys_core.space.neighbours import (
    NO_DIRECTION,
    NOBODY_RATED,
    Model,
    Neighbours,
    checked_item,
    item_table,
    nearest,
    nobody,
)
from recsys_core.space.support import common_raters

BLOCK_BYTES = 2**25
"""What the products of one block of items with all others may take."""
FALLBACKS = (None, NOBODY_RATED, NO_DIRECTION)
"""Why an item has no neighbours, by the code in `NeighbourTable.fallbacks`."""
_HAIR = 1e-9
"""Far more than rounding moves a product of unit rows, far less than what parts two neighbours."""


@dataclass(frozen=True, eq=False)
class NeighbourTable:
    """The nearest neighbours of every item, nearest first. Make it with `precompute`.

    Attributes:
        items: (n_items, n) item indices; −1 behind the last neighbour of an item that has fewer.
        scores: (n_items, n) what they are ranked by, as in `Neighbours`; 0 behind the last.
        supports: (n_items, n) how many people rated both, or None if no ratings were given.
        fallbacks: (n_items,) why an item has no neighbours, as a place in `FALLBACKS`; 0 if it may have some.
        metric: how nearness was measured.
        support: how many people must have rated both.

    Raises:
        DataError: the parts do not belong together, or name items there are not.
    """

    items: IntArray
    scores: FloatArray
    supports: LongArray | None
    fallbacks: ByteArray
    metric: str
    support: int

    def __post_init__(self) -> None:
        check_metric(self.metric)
        if self.items.ndim != 2 or self.scores.shape != self.items.shape or self.fallbacks.ndim != 1:
            raise DataError("Neighbours need a row of items and of scores for every item.")
        if len(self.fallbacks) != len(self.items) or (self.fallbacks >= len(FALLBACKS)).any():
            raise DataError("Neighbours need one known reason for every item that has none.")
        if self.supports is not None and self.supports.shape != self.items.shape:
            raise DataError("Neighbours need a support for each of them, or for none.")
        if self.items.size and not -1 <= self.items.min() <= self.items.max() < len(self.items):
            raise DataError(f"Neighbours name items beyond the {len(self.items):,} there are.")
        for array in (self.items, self.scores, self.fallbacks):
            frozen(array)
        if self.supports is not None:
            frozen(self.supports)

    @property
    def n(self) -> int:
        """How many neighbours are kept of an item, at most."""
        return int(self.items.shape[1])

    def similar_items(self, item: int, n: int | None = None) -> Neighbours:
        """The items nearest to one, as `recsys_core.similar_items` gives them. Cost O(n).

        Raises:
            DataError: there is no such item, or more neighbours are asked for than were kept.
        """
        item, n = checked_item(item, len(self.items)), self.n if n is None else n
        if not 1 <= n <= self.n:
            raise DataError(f"n = {n} is not allowed: {self.n} neighbours of each item were kept.")
        if why := FALLBACKS[self.fallbacks[item]]:
            return nobody(self.metric, why, self.supports is not None)
        there = self.items[item, :n] >= 0
        support = None if self.supports is None else self.supports[item, :n][there]
        return Neighbours(self.items[item, :n][there], self.scores[item, :n][there], support, self.metric)


def precompute(
    model: Model, n: int = 10, metric: str = "cosine", ratings: Ratings | None = None, support: int = 0
) -> NeighbourTable:
    """The neighbours of every item, equal to `similar_items(model, item, n, metric, …)` for each.

    Args:
        model: a fitted model with item factors, or a table of them.
        n: how many neighbours to keep, at most.
        metric, ratings, support: as for `similar_items`.

    Raises:
        DataError, UnsupportedError, NotFittedError: as `similar_items`.
    """
    factors, known = item_table(model, ratings)
    check_metric(metric)
    if n < 1 or support < 0 or (support and ratings is None):
        raise DataError(
            f"n = {n}, support = {support} is not allowed: keep 1 neighbour or more, "
            "and pass ratings= to count support in."
        )
    n_items = len(factors)
    items = np.full((n_items, n), -1, dtype=np.int32)
    scores, supports = np.zeros((n_items, n)), np.zeros((n_items, n), dtype=np.int64)
    fallbacks = np.where(known, 0, FALLBACKS.index(NOBODY_RATED)).astype(np.uint8)
    rows = np.flatnonzero(known)
    centre = factors[rows].mean(axis=0) if len(rows) else np.zeros(factors.shape[1])
    table, comparable = _prepared(factors[rows], metric, centre)
    of_a_block = max(1, BLOCK_BYTES // (8 * max(1, len(rows))))
    for begin in range(0, len(rows), of_a_block):
        block = table[begin : begin + of_a_block]
        costs, hairs = _costs(block, table, metric)
        for row, (own, hair) in enumerate(zip(costs, hairs, strict=True), start=begin):
            item = int(rows[row])
            common = None if ratings is None else common_raters(ratings, item)
            allowed = comparable if common is None else comparable & (common[rows] >= support)
            nominated = rows[_nominated(own, allowed, row, n, hair)]
            near = nearest(
                factors[nominated], factors[item], n, metric,
                known=np.ones(len(nominated), dtype=np.bool_), centre=centre, support=support,
                exclude=(int(np.searchsorted(nominated, item)),),
                common=None if common is None else common[nominated],
            )  # fmt: skip
            fallbacks[item] = FALLBACKS.index(near.fallback)
            items[item, : len(near)] = nominated[near.items]
            scores[item, : len(near)] = near.scores
            if near.support is not None:
                supports[item, : len(near)] = near.support
    return NeighbourTable(items, scores, None if ratings is None else supports, fallbacks, metric, support)


def _prepared(rows: FloatArray, metric: str, centre: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Rows whose products say how near they are, and which of them have a direction where it takes one."""
    if metric == "dot":
        return rows, np.ones(len(rows), dtype=np.bool_)
    if metric == "euclidean":  # which does not change with the origin; near it the products round less
        return rows - centre, np.ones(len(rows), dtype=np.bool_)
    origin = centre if metric == "adjusted_cosine" else np.zeros_like(centre)
    moved = rows - origin
    lengths = np.linalg.norm(moved, axis=1)
    return moved / np.where(lengths > 0, lengths, 1.0)[:, None], directed(rows, metric, centre)


def _costs(block: FloatArray, table: FloatArray, metric: str) -> tuple[FloatArray, FloatArray]:
    """(m, n_rows) how far each row is from each of the block, lower is nearer; (m,) what rounding may add."""
    costs = block @ table.T
    if metric in ("cosine", "adjusted_cosine"):
        return np.negative(costs, out=costs), np.full(len(block), _HAIR)
    squares = np.einsum("if,if->i", table, table)
    own = np.einsum("if,if->i", block, block)
    largest = squares.max(initial=0.0)
    if metric == "dot":
        return np.negative(costs, out=costs), _HAIR * np.sqrt(own * largest)
    costs *= -2
    costs += squares
    return costs, _HAIR * (own + largest)


def _nominated(costs: FloatArray, allowed: BoolArray, row: int, n: int, hair: float) -> NDArray[np.intp]:
    """Rows in ascending order that hold the n nearest for certain, and the row itself."""
    others = np.flatnonzero(allowed)
    others = others[others != row]
    if n < len(others):
        border = np.partition(costs[others], n - 1)[n - 1]
        others = others[costs[others] <= border + hair]
    return np.sort(np.append(others, row))
