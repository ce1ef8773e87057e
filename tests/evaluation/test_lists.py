"""Lists for many people at once are, item by item, those that scores and rank give one person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.errors import DataError, NotFittedError
from recsys_core.evaluation import lists as module
from recsys_core.evaluation.lists import InBlocks, top_lists
from recsys_core.evaluation.metrics import NOTHING, UNRANKED
from recsys_core.features import Features, SideInformation
from recsys_core.ranking import rank
from recsys_core.ratings import Ratings, Scale

ALL = rc.algorithms()
every = pytest.mark.parametrize("cls", ALL.values(), ids=ALL)
SMALL = {"n_factors": 4, "n_epochs": 4}


def fitted(cls: type[Algorithm], ratings: Ratings) -> Algorithm:
    given = {name: value for name, value in SMALL.items() if name in cls.hyper_parameters()}
    rng = np.random.default_rng(1)
    items, users = rng.normal(size=(ratings.n_items, 3)), rng.normal(size=(ratings.n_users, 3))
    names = ("one", "two", "three")
    side = SideInformation(Features(names, items), Features(names, users))
    return rc.algorithm(cls.name, **given).fit(ratings, side)


def one_by_one(
    model: Algorithm, train: Ratings, users: Any, k: int, candidates: Any = None
) -> NDArray[np.int32]:
    rows = []
    for user in users:
        allowed = range(train.n_items) if candidates is None else sorted(set(candidates))
        seen = set(train.by_user.row(user)[0].tolist())
        unseen = np.array([i for i in allowed if i not in seen], dtype=np.int32)
        best = rank(model.scores(user), unseen, k).tolist()
        rows.append(best + [NOTHING] * (k - len(best)))
    return np.array(rows, dtype=np.int32)


@every
@pytest.mark.parametrize("k", [1, 5, 12, 40])
def test_they_are_those_of_one_person_after_the_other(cls: type[Algorithm], k: int, crowd: Ratings) -> None:
    model = fitted(cls, crowd)
    users = np.arange(crowd.n_users)[::-1]
    np.testing.assert_array_equal(top_lists(model, crowd, users, k), one_by_one(model, crowd, users, k))


@every
def test_they_hold_candidates_only(cls: type[Algorithm], crowd: Ratings) -> None:
    model, chosen = fitted(cls, crowd), [24, 3, 3, 8, 11, 20, 2, 17]
    users = [5, 0, 39]
    np.testing.assert_array_equal(
        top_lists(model, crowd, users, 3, chosen), one_by_one(model, crowd, users, 3, chosen)
    )


@every
def test_folded_in_people_get_theirs(cls: type[Algorithm], crowd: Ratings) -> None:
    if not cls.folds_in:
        pytest.skip(f"{cls.title} cannot fold in")
    model = fitted(cls, crowd)
    people = [model.fold_in([0, 3, 7], [5, 1, 3.5]), model.fold_in([], [])]
    found = top_lists(model, crowd, people, 4)
    for row, person in zip(found, people, strict=True):
        unseen = np.setdiff1d(np.arange(25), person.items).astype(np.int32)
        np.testing.assert_array_equal(row, rank(model.scores(person), unseen, 4))


def test_block_by_block_nothing_changes(crowd: Ratings, monkeypatch: pytest.MonkeyPatch) -> None:
    model = fitted(ALL["svd"], crowd)
    whole = top_lists(model, crowd, range(40), 5)
    monkeypatch.setattr(module, "BLOCK", 7 * crowd.n_items)
    np.testing.assert_array_equal(top_lists(model, crowd, range(40), 5), whole)


def test_a_product_of_matrices_makes_them_where_it_can(
    crowd: Ratings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the quick way could be out of use without a word."""
    model = fitted(ALL["svd"], crowd)
    assert isinstance(model, InBlocks)
    asked: list[int] = []
    alone = module._one
    monkeypatch.setattr(module, "_one", lambda *args: asked.append(args[1]) or alone(*args))
    top_lists(model, crowd, range(40), 5)
    assert not asked


class Given(Algorithm):
    """Scores as they are given, and a product of matrices that is off in the last digits."""

    name, title, summary = "given", "Given", "As given."
    off = 0.0

    def __init__(self, scores: Any, off: float = 0.0) -> None:
        self.table, self.off = np.asarray(scores, dtype=np.float64), off
        self.n_users_, self.n_items_ = self.table.shape
        self.fitted_ = True

    def _estimate(self, users: Any, items: Any) -> Any:
        return self.table[users, items]

    def _explain(self, user: Any, item: Any) -> Any:
        raise NotImplementedError

    def score_block(self, users: Any) -> Any:
        noise = np.random.default_rng(0).uniform(-1, 1, size=(len(users), self.n_items_))
        return self.table[users] + self.off * noise


def silent(n_users: int, n_items: int) -> Ratings:
    """One rating: user 0 has rated the last item."""
    return Ratings.from_arrays([0], [n_items - 1], [3], Scale(1, 5), n_users=n_users, n_items=n_items)


def test_rounding_never_turns_two_items_round() -> None:
    """Ties, and gaps far below what rounding moves: the list is still that of the scores."""
    rng = np.random.default_rng(3)
    scores = rng.choice([1.0, 2.0, 3.0], size=(50, 30)) + rng.choice([0.0, 1e-15, 1e-12], size=(50, 30))
    train = silent(50, 30)
    model = Given(scores, off=1e-11)
    np.testing.assert_array_equal(
        top_lists(model, train, range(50), 6), one_by_one(model, train, range(50), 6)
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_that_are_no_numbers_give_no_list(bad: float) -> None:
    scores = np.tile(np.arange(9.0), (3, 1))
    scores[1, 4] = bad
    scores[0, 8] = bad  # user 0 has rated it: it is no candidate
    model, train = Given(scores), silent(3, 9)
    found = top_lists(model, train, [0, 1, 2], 2)
    np.testing.assert_array_equal(found, [[7, 6], [UNRANKED, UNRANKED], [8, 7]])


def test_where_candidates_run_out_nothing_stands() -> None:
    model, train = Given([[1.0, 3.0, 2.0]] * 2), silent(2, 3)
    np.testing.assert_array_equal(top_lists(model, train, [0, 1], 3), [[1, 0, NOTHING], [1, 2, 0]])
    np.testing.assert_array_equal(top_lists(model, train, [0], 2, [2]), [[NOTHING, NOTHING]])
    assert top_lists(model, train, [], 3).shape == (0, 3)


def test_what_cannot_be_is_refused(crowd: Ratings) -> None:
    model = fitted(ALL["bias"], crowd)
    with pytest.raises(DataError, match="at least 1"):
        top_lists(model, crowd, [0], 0)
    with pytest.raises(DataError, match="no user 40"):
        top_lists(model, crowd, [40])
    with pytest.raises(DataError, match="no item -1"):
        top_lists(model, crowd, [0], candidates=[-1])
    with pytest.raises(DataError, match="indices"):
        top_lists(model, crowd, [0], candidates=np.ones(25, dtype=bool))
    with pytest.raises(DataError, match="trained on"):
        top_lists(model, silent(3, 9), [0])
    with pytest.raises(DataError, match="not both"):
        top_lists(model, crowd, [model.fold_in([], []), 1])
    with pytest.raises(NotFittedError):
        top_lists(rc.algorithm("bias"), crowd, [0])


@pytest.mark.real
def test_on_published_ratings(real: Any) -> None:
    ratings = real("ml-100k").ratings
    for name in ("svd", "puresvd", "bias"):
        model = rc.algorithm(name).fit(ratings)
        users = np.arange(0, ratings.n_users, 7)
        np.testing.assert_array_equal(top_lists(model, ratings, users), one_by_one(model, ratings, users, 10))
