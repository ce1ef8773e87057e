"""One pass of Funk's gradient descent, one number at a time, to follow with pencil and paper.

    p_uf ← p_uf − γ (Σ_{i∈I_u} e_ui q_if + λ |I_u| p_uf)        e = r̂ − r      (1)

and with the sides exchanged for q_if; where training goes rating by rating, the sum has one
addend and |I_u| is 1. Errors are taken before a row moves: its factors move together, and
are only told one after another.

The numbers are not computed a second time: every row, or every rating, goes through the very
kernel that trains, alone, and what it leaves is what is told. So the last state of a walk is,
bit for bit, the model after that epoch.

Cost        O(n_ratings n_factors) numbers in memory: for tables one can look at
Source      Funk (2006), Netflix Update: Try This at Home; Module 19: Recommendation Systems
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from recsys_core.algorithms._order import training_order
from recsys_core.algorithms.funk_svd import FunkSVD, descend, descend_rows
from recsys_core.datasets import load
from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, Grouped, Ratings, frozen

Side: TypeAlias = Literal["user", "item"]


@dataclass(frozen=True)
class Pull:
    """What one rating adds to the gradient of one number.

    Attributes:
        other: who or what stands on the side held still: an item where a user's factor moves.
        rating: r, as it was given.
        estimate: r̂ before the row moved, not held to the scale.
        factor: the number of the other side that weighs the error.
    """

    other: int
    rating: float
    estimate: float
    factor: float

    @property
    def error(self) -> float:
        """e = r̂ − r."""
        return self.estimate - self.rating

    @property
    def product(self) -> float:
        """e · q, this rating's addend of the sum in (1)."""
        return self.error * self.factor


@dataclass(frozen=True)
class Update:
    """One number of P or Q, moved once.

    Attributes:
        side: whose factor it is: P holds the users', Q the items'.
        row, factor: its place in that table, from 0.
        pulls: what each rating adds.
        shrink: λ |I_u| p_uf, the pull towards zero.
        old, new: the number before and after.
    """

    side: Side
    row: int
    factor: int
    pulls: tuple[Pull, ...]
    shrink: float
    old: float
    new: float

    @property
    def pulled(self) -> float:
        """Σ e q, without the pull towards zero."""
        return sum(pull.product for pull in self.pulls)


@dataclass(frozen=True, eq=False)
class Walk:
    """One epoch, number by number.

    Attributes:
        P, Q: (n_users, n_factors), (n_items, n_factors) before the first update.
        updates: in the order of training.
    """

    P: FloatArray
    Q: FloatArray
    updates: tuple[Update, ...]

    def tables(self, n_done: int) -> tuple[FloatArray, FloatArray]:
        """P and Q after the first `n_done` updates.

        Raises:
            DataError: there are not so many.
        """
        if not 0 <= n_done <= len(self.updates):
            raise DataError(f"This epoch has {len(self.updates)} updates; {n_done} were asked for.")
        P, Q = self.P.copy(), self.Q.copy()
        for update in self.updates[:n_done]:
            (P if update.side == "user" else Q)[update.row, update.factor] = update.new
        return P, Q


def walk(model: FunkSVD, ratings: Ratings, P: FloatArray, Q: FloatArray) -> Walk:
    """One epoch of `model`'s training on these ratings, from these factors.

    Args:
        model: its γ, λ and kind of update are used; it need not be fitted and is not changed.
        ratings: what it learns from.
        P: (n_users, n_factors) before the epoch.
        Q: (n_items, n_factors) before the epoch.

    Raises:
        DataError: the factors are not of the shapes of these ratings.
    """
    if (len(P), len(Q)) != (ratings.n_users, ratings.n_items) or P.shape[1:] != Q.shape[1:]:
        raise DataError(
            f"Factors of shapes {P.shape} and {Q.shape} do not belong to {ratings.n_users} users "
            f"and {ratings.n_items} items."
        )
    first = np.array(P, dtype=np.float64), np.array(Q, dtype=np.float64)
    moving = first[0].copy(), first[1].copy()
    go = _by_ratings if model.update == "per_rating" else _by_rows
    updates = tuple(go(model, ratings, *moving))
    for table in first:
        frozen(table)
    return Walk(*first, updates)


def _by_rows(model: FunkSVD, ratings: Ratings, P: FloatArray, Q: FloatArray) -> Iterator[Update]:
    yield from _one_side("user", model, ratings.by_user, P, Q)
    yield from _one_side("item", model, ratings.by_item, Q, P)


def _one_side(
    side: Side, model: FunkSVD, view: Grouped, moving: FloatArray, fixed: FloatArray
) -> Iterator[Update]:
    values = view.values.astype(np.float64)
    for x in range(len(moving)):
        others, given = view.row(x)
        if not len(others):
            continue
        old = moving[x].copy()
        bounds, row = view.starts[x : x + 2], moving[x : x + 1]
        descend_rows(bounds, view.others, values, row, fixed, model.learning_rate, model.regularization)
        yield from _told(side, x, old, moving[x].copy(), others.tolist(), given, fixed[others], model)


def _by_ratings(model: FunkSVD, ratings: Ratings, P: FloatArray, Q: FloatArray) -> Iterator[Update]:
    order = training_order(ratings).positions
    users, items = ratings.users[order], ratings.items[order]
    values = ratings.values[order].astype(np.float64)
    for n, (u, i) in enumerate(zip(users.tolist(), items.tolist(), strict=True)):
        p, q, one = P[u].copy(), Q[i].copy(), slice(n, n + 1)
        descend(users[one], items[one], values[one], P, Q, model.learning_rate, model.regularization)
        yield from _told("user", u, p, P[u].copy(), [i], values[one], q[None], model)
        yield from _told("item", i, q, Q[i].copy(), [u], values[one], p[None], model)


def _told(
    side: Side,
    row: int,
    old: FloatArray,
    new: FloatArray,
    others: list[int],
    values: np.ndarray,
    fixed: FloatArray,
    model: FunkSVD,
) -> Iterator[Update]:
    """The updates of one row's numbers, with the errors from before it moved."""
    estimates = fixed @ old
    for f in range(len(old)):
        pulls = tuple(
            Pull(other, float(r), float(estimate), float(weight))
            for other, r, estimate, weight in zip(others, values, estimates, fixed[:, f], strict=True)
        )
        shrink = model.regularization * len(others) * float(old[f])
        yield Update(side, row, f, pulls, shrink, float(old[f]), float(new[f]))


# ---------------------------------------------------------------- the lecture's own update


@dataclass(frozen=True, eq=False)
class Worked:
    """An update worked out in a lecture, with the names of its rows.

    Attributes:
        users: (n_users,) names.
        items: (n_items,) titles.
        ratings: what is learned from.
        model: with the lecture's γ and λ.
        walk: the epoch; its first update is the lecture's.
        ours: in a sentence, which numbers the lecture does not state.
    """

    users: tuple[str, ...]
    items: tuple[str, ...]
    ratings: Ratings
    model: FunkSVD
    walk: Walk
    ours: str


def lectures_update() -> Worked:
    """Diego's first factor goes from 1.19 to 1.28 in one step of γ = 0.1.

    Stated are the factor, Diego's ratings 2, 5 and 4, the predictions that miss them by −0.02,
    −0.5 and −0.5, and Σ e q = −0.914. First factors of 0.2, 0.91 and 0.91 give that sum; with
    a second factor of 2 for Diego, the albums' second ones follow from the predictions.

    Raises:
        DataNotFoundError: the lecture's table is not there.

    Source: Module 19: Recommendation Systems, the update rule of P.
    """
    albums = load("lectures-albums")
    items, values = albums.ratings.by_user.row(albums.user_ids.index("Diego"))
    ratings = Ratings.from_arrays([0] * len(items), range(len(items)), values, albums.ratings.scale)
    p = np.array([1.19, 2.0])
    first = np.array([0.2, 0.91, 0.91])
    predicted = values.astype(np.float64) + np.array([-0.02, -0.5, -0.5])
    Q = np.column_stack([first, (predicted - p[0] * first) / p[1]])
    model = FunkSVD(n_factors=2, n_epochs=1, learning_rate=0.1, regularization=0.0, update="per_user")
    titles = tuple(albums.catalogue.titles[i] for i in items)
    ours = (
        "The lecture states 1.19, Diego's ratings, the three errors and their sum −0.914. It does not state "
        "Diego's second factor nor the factors of the albums: those are ours, chosen to give its numbers."
    )
    return Worked(("Diego",), titles, ratings, model, walk(model, ratings, p[None], Q), ours)
