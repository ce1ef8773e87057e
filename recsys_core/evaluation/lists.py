"""The k best items for many people at once, in the order `recsys_core.ranking.rank` would give.

A list holds the candidates the person has not rated in training, best score first, equal scores in the
order of the catalogue. Models that can score many people by one product of matrices say so with
`score_block`; the others are asked person by person.

A product of matrices may differ from `model.scores` in the last digits, which could turn two nearly
equal items round. So a list made that way is kept only where every two neighbours in it, and the last
one and the next after it, are further apart than rounding can explain; the other people are asked for
one by one. The lists are therefore those of `rank(model.scores(user), …)`, item by item.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.algorithms.base import Algorithm, Profile, User
from recsys_core.errors import DataError, NotFittedError
from recsys_core.evaluation.metrics.base import NOTHING, UNRANKED
from recsys_core.ranking.recommend import rank
from recsys_core.ratings import BoolArray, FloatArray, IntArray, Ratings

BLOCK = 2**20
"""Scores held at once: 8 MB, a few times over (scores, a copy to select from, a mask)."""
ROUNDING = 1e-9
"""Scores closer than this, relative to the largest, are not told apart by a product of matrices. Some
thousand times what the sums of a few hundred float64 products can be off."""


@runtime_checkable
class InBlocks(Protocol):
    """A model that scores many people at once."""

    def score_block(self, users: IntArray) -> FloatArray:
        """(len(users), n_items) what `scores` gives for each of them, up to rounding."""
        ...


def top_lists(
    model: Algorithm,
    train: Ratings,
    users: ArrayLike | Sequence[Profile],
    k: int = 10,
    candidates: ArrayLike | None = None,
) -> IntArray:
    """The k best candidates for each person, less what they have rated in training.

    Args:
        model: fitted on `train`.
        train: its ratings, which are left out of the lists.
        users: (n,) user indices; or folded-in people, whose own ratings are left out.
        k: how long a list is, at least 1.
        candidates: item indices a list may hold; None for the whole catalogue.

    Returns:
        (n, k) item indices, best first; `NOTHING` (−1) where candidates ran out; a whole row of
        `UNRANKED` (−2) for a person to whom the model gave a candidate a score that is not a finite
        number, for then there is no order and no metric of it.

    Raises:
        DataError: k is not positive, an index is out of range, or `train` is over another number of
            users or items than the model knows.
        NotFittedError: the model was not fitted.

    Cost: for a model of factors one product of matrices, O(n n_items n_factors), and a selection,
    O(n n_items); beside the lists at most 40 MB (on ml-1m 17 MB), or a few rows of scores where that is
    more. For others n times `model.scores`, and one row of scores.
    """
    if k < 1:
        raise DataError(f"A list must be at least 1 long; got k = {k}.")
    if not model.is_fitted:
        raise NotFittedError(f"{model.title} has not been fitted: call fit(ratings) first.")
    if (model.n_users_, model.n_items_) != (train.n_users, train.n_items):
        raise DataError(
            f"The model knows {model.n_users_} users and {model.n_items_} items, "
            f"the ratings have {train.n_users} and {train.n_items}: give those it was trained on."
        )
    allowed = _allowed(candidates, train.n_items)
    if isinstance(users, Sequence) and users and isinstance(users[0], Profile):
        profiles = [user for user in users if isinstance(user, Profile)]
        if len(profiles) < len(users):
            raise DataError("Give either user indices or folded-in people, not both.")
        return np.array([_one(model, user, user.items, allowed, k) for user in profiles], dtype=np.int32)
    people = _indices(cast("ArrayLike", users), train.n_users, "user")
    lists = np.full((len(people), k), NOTHING, dtype=np.int32)
    alone = np.ones(len(people), dtype=bool)
    if isinstance(model, InBlocks) and k < len(allowed):
        n = max(1, BLOCK // train.n_items)
        for first in range(0, len(people), n):
            part = slice(first, first + n)
            lists[part], alone[part] = _block(model, train, people[part], allowed, k)
    for row in np.flatnonzero(alone):
        user = int(people[row])
        lists[row] = _one(model, user, train.by_user.row(user)[0], allowed, k)
    return lists


def _block(
    model: InBlocks, train: Ratings, users: IntArray, allowed: IntArray, k: int
) -> tuple[IntArray, BoolArray]:
    """The lists of some people, and for whom they must be made again, one by one."""
    scores = model.score_block(users)
    tolerance = ROUNDING * np.maximum(np.abs(scores).max(axis=1, keepdims=True), 1.0)  # ∞, nan pass on
    for row, user in enumerate(users):
        scores[row, train.by_user.row(int(user))[0]] = -np.inf
    if len(allowed) < train.n_items:
        scores = scores[:, allowed]
    best = np.argpartition(scores, -k - 1, axis=1)[:, -k - 1 :]  # one more than shown
    values = np.take_along_axis(scores, best, axis=1)
    order = np.argsort(-values, axis=1)
    best, values = np.take_along_axis(best, order, axis=1), np.take_along_axis(values, order, axis=1)
    with np.errstate(invalid="ignore"):  # where candidates run out, −∞ − (−∞) is no certain gap
        certain = (values[:, :-1] - values[:, 1:] > tolerance).all(axis=1)
    return allowed[best[:, :k]], ~certain


def _one(model: Algorithm, user: User, rated: IntArray, allowed: IntArray, k: int) -> IntArray:
    """The list of one person by their own scores."""
    scores = model.scores(user)
    open_to = np.zeros(len(scores), dtype=bool)
    open_to[allowed] = True
    open_to[rated] = False
    items = np.flatnonzero(open_to).astype(np.int32)
    found = np.full(k, NOTHING, dtype=np.int32)
    if not np.isfinite(scores[items]).all():
        found[:] = UNRANKED
        return found
    best = rank(scores, items, k)
    found[: len(best)] = best
    return found


def _allowed(candidates: ArrayLike | None, n_items: int) -> IntArray:
    """(n_allowed,) item indices, ascending, each once."""
    if candidates is None:
        return np.arange(n_items, dtype=np.int32)
    return np.unique(_indices(candidates, n_items, "item"))


def _indices(values: ArrayLike, size: int, what: str) -> IntArray:
    """Whole numbers in range: a mask, or an index counted from the end, would mean others than said."""
    index = np.asarray(values)
    if not index.size:
        return np.empty(0, dtype=np.int32)
    if index.ndim != 1 or not np.issubdtype(index.dtype, np.integer):
        raise DataError(f"One row of {what} indices is needed; got {index.dtype} of shape {index.shape}.")
    if index.min() < 0 or index.max() >= size:
        raise DataError(f"There is no {what} {index[(index < 0) | (index >= size)][0]}: 0 … {size - 1}.")
    return index.astype(np.int32)
