"""Cutting ratings: every rating is tested once, and the cuts are Surprise's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys_core.errors import DataError
from recsys_core.evaluation import k_fold
from recsys_core.ratings import Ratings, Scale


def some(n: int) -> Ratings:
    rng = np.random.default_rng(0)
    cells = rng.choice(30 * 40, size=n, replace=False)
    return Ratings.from_arrays(cells // 40, cells % 40, rng.integers(1, 6, n), Scale(1, 5))


@pytest.mark.parametrize(("n", "folds"), [(100, 5), (103, 5), (7, 7), (8, 3)])
def test_every_rating_is_tested_once_and_never_with_what_it_was_trained_on(n: int, folds: int) -> None:
    cuts = list(k_fold(some(n), folds))
    assert sorted(np.concatenate([cut.test for cut in cuts])) == list(range(n))
    for cut in cuts:
        assert sorted([*cut.train, *cut.test]) == list(range(n))
        assert abs(len(cut.test) - n / folds) < 1


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("n", [100, 103])
def test_the_cuts_are_those_of_surprise(n: int, seed: int) -> None:
    from surprise import Dataset, Reader
    from surprise.model_selection import KFold

    ratings = some(n)
    frame = pd.DataFrame({"u": ratings.users, "i": ratings.items, "r": ratings.values})
    data = Dataset.load_from_df(frame, Reader(rating_scale=(1, 5)))
    theirs = list(KFold(n_splits=5, random_state=seed).split(data))
    for cut, (trainset, testset) in zip(k_fold(ratings, 5, seed), theirs, strict=True):
        test = ratings.take(cut.test)
        assert list(zip(test.users, test.items, test.values, strict=True)) == testset
        train = ratings.take(cut.train)
        first_users = list(dict.fromkeys(train.users.tolist()))
        assert first_users == [trainset.to_raw_uid(inner) for inner in trainset.all_users()]


def test_the_same_seed_cuts_the_same_and_another_differently() -> None:
    one, same, other = (next(k_fold(some(50), 5, seed)).test.tolist() for seed in (3, 3, 4))
    assert one == same != other


@pytest.mark.parametrize("folds", [-1, 0, 1, 11])
def test_folds_that_cannot_be_are_refused(folds: int) -> None:
    with pytest.raises(DataError, match=f"into {folds} folds"):
        next(k_fold(some(10), folds))
