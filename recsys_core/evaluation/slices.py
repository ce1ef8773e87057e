"""Who is an algorithm good for? The same metrics for parts of the people and of the films.

People by how many ratings of theirs the model learned from: a third of them rate little, a third
much. Films by how often they were rated: the head are the most rated that together have a third of
all ratings, the tail the least rated that have the last third, which is most films. Borders are drawn
on the training part of the first fold and serve every fold and algorithm.

Metrics of predictions are computed on the part's test ratings alone; metrics of lists for the part's
people (a list is not of one part of the films, so they have no slice by film).

Source: the two cuts, Anderson (2006), The Long Tail, and Herlocker et al. (2004), Evaluating
Collaborative Filtering Recommender Systems, section 3.2
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from recsys_core.evaluation._sums import finished, sums
from recsys_core.evaluation.metrics import Lists, Metric, Predicted
from recsys_core.ratings import FloatArray, IntArray, LongArray, Ratings

FEWEST = 30
"""Test ratings or lists below which no figure is quoted."""
LEVELS = {
    "user activity": ("few ratings", "some ratings", "many ratings"),
    "item popularity": ("tail", "middle", "head"),
}


@dataclass(frozen=True)
class Borders:
    """Where parts end, in training ratings.

    Attributes:
        users: up to the first is few, up to the second is some.
        items: up to the first is the tail, up to the second the middle.
    """

    users: tuple[int, int]
    items: tuple[int, int]

    @classmethod
    def of(cls, train: Ratings) -> Borders:
        """Drawn on these ratings."""
        users, items = (np.sort(counts[counts > 0]) for counts in counted(train))
        thirds = [users[max(0, len(users) * k // 3 - 1)] for k in (1, 2)]
        held = np.cumsum(items)
        ends = [items[np.searchsorted(held, held[-1] * k / 3)] for k in (1, 2)]
        return cls((int(thirds[0]), int(thirds[1])), (int(ends[0]), int(ends[1])))

    def of_kind(self, by: str) -> tuple[int, int]:
        """Those of one kind of slice."""
        return self.users if by == "user activity" else self.items

    def range(self, by: str, level: int) -> str:
        """In words: "21 to 64 ratings"."""
        low, high = self.of_kind(by)
        return (f"up to {low:,}", f"{low + 1:,} to {high:,}", f"{high + 1:,} or more")[level]


def counted(ratings: Ratings) -> tuple[LongArray, LongArray]:
    """How many ratings each user (n_users,) and each item (n_items,) has; nothing is sorted for it."""
    return (
        np.bincount(ratings.users, minlength=ratings.n_users),
        np.bincount(ratings.items, minlength=ratings.n_items),
    )


@dataclass(frozen=True)
class SliceSum:
    """What one slice of one fold adds to one metric.

    Attributes:
        algorithm: the contender's label.
        by, level, range: which slice.
        metric: its name.
        total, weight: as in `_sums`.
        n: how many test ratings or lists there are; `of` says which.
    """

    algorithm: str
    by: str
    level: str
    range: str
    metric: str
    total: float
    weight: float
    n: int
    of: str


@dataclass(frozen=True)
class SliceRow:
    """A metric of one slice over all folds; `nan` where `n` is below `FEWEST`. Fields as in `SliceSum`."""

    algorithm: str
    by: str
    level: str
    range: str
    metric: str
    value: float
    n: int
    of: str


def sliced(
    label: str,
    metric: Metric[Any],
    measured: Predicted | Lists,
    of_people: tuple[FloatArray, FloatArray],
    counts: tuple[LongArray, LongArray],
    borders: Borders,
) -> Iterator[SliceSum]:
    """The slices of one measurement.

    Args:
        label: of the algorithm.
        metric, measured: what is measured; a metric of the whole has no slices.
        of_people: its `sums`, which are used where a person is in one slice whole.
        counts: `counted` of the ratings the model knew: its training, and what held-out people gave.
        borders: where the slices end.
    """
    if metric.averaged == "whole":
        return
    n_ratings = dict(zip(LEVELS, counts, strict=True))
    of: dict[str, IntArray] = {"user activity": measured.people}
    if isinstance(measured, Predicted):
        of = {"user activity": measured.users, "item popularity": measured.items}
    for by, index in of.items():
        level_of = np.searchsorted(borders.of_kind(by), n_ratings[by][index])
        for level, name in enumerate(LEVELS[by]):
            inside = level_of == level
            if isinstance(measured, Predicted):
                part = Predicted(
                    measured.users[inside],
                    measured.items[inside],
                    measured.truth[inside],
                    measured.predictions[inside],
                )
                total, weight = sums(metric, part) if len(part) else (np.zeros(0), np.zeros(0))
                n = len(part)
            else:
                total, weight = (values[inside] for values in of_people)
                n = int(np.count_nonzero(weight))
            yield SliceSum(
                *(label, by, name, borders.range(by, level), metric.name),
                *(float(total.sum()), float(weight.sum()), n),
                "test ratings" if isinstance(measured, Predicted) else "lists",
            )


def slice_rows(parts: Iterable[SliceSum]) -> list[SliceRow]:
    """The folds added up."""
    added: dict[tuple[str, ...], tuple[float, float, int]] = {}
    for part in parts:
        key = (part.algorithm, part.by, part.level, part.range, part.metric, part.of)
        total, weight, n = added.get(key, (0.0, 0.0, 0))
        added[key] = (total + part.total, weight + part.weight, n + part.n)
    rows = []
    for (label, by, level, span, metric, of), (total, weight, n) in added.items():
        value = float(finished(metric, np.array(total), np.array(weight))) if n >= FEWEST else float("nan")
        rows.append(SliceRow(label, by, level, span, metric, value, n, of))
    return rows
