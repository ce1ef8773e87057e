"""Equal numbers for equal seeds: ours against Surprise, fed through Surprise's own front door.

Nothing of our adapter is used: ratings reach Surprise as a data frame of raw ids, and what
it learned is looked up by raw id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import surprise

import recsys_core as rc
from recsys_core.algorithms._factors import FactorModel
from recsys_core.dataset import Dataset
from recsys_core.ratings import Ratings

pytestmark = pytest.mark.real


def surprises(ratings: Ratings, dataset: Dataset) -> Any:
    """Surprise's own training set of these ratings."""
    frame = pd.DataFrame(
        {
            "user": [f"u{dataset.user_ids[u]}" for u in ratings.users],
            "item": [f"i{dataset.catalogue.item_ids[i]}" for i in ratings.items],
            "rating": ratings.values.astype(float),
        }
    )
    reader = surprise.Reader(rating_scale=(ratings.scale.low, ratings.scale.high))
    return surprise.Dataset.load_from_df(frame, reader).build_full_trainset()


def by_our_index(learned: np.ndarray, inner_of: Callable[[str], int], raw_ids: list[str]) -> np.ndarray:
    """Surprise's rows in our order; zero for those it does not know."""
    rows = np.zeros((len(raw_ids), *np.shape(learned)[1:]))
    for index, raw in enumerate(raw_ids):
        try:
            rows[index] = learned[inner_of(raw)]
        except ValueError:  # not in its training set
            continue
    return rows


def biases_of(theirs: Any, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    users, items = raw_ids(dataset)
    return (
        by_our_index(theirs.bu, theirs.trainset.to_inner_uid, users),
        by_our_index(theirs.bi, theirs.trainset.to_inner_iid, items),
    )


def raw_ids(dataset: Dataset) -> tuple[list[str], list[str]]:
    return [f"u{raw}" for raw in dataset.user_ids], [f"i{raw}" for raw in dataset.catalogue.item_ids]


def far(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).max(initial=0.0))


@pytest.fixture(scope="module")
def everything(real: Callable[[str], Dataset]) -> tuple[Dataset, Ratings]:
    dataset = real("ml-100k")
    return dataset, dataset.ratings


@pytest.fixture(scope="module")
def fold(real: Callable[[str], Dataset]) -> tuple[Dataset, Ratings]:
    """Two fifths of the ratings; ten people and fifty films lose all of theirs."""
    dataset = real("ml-100k")
    ratings = dataset.ratings
    rng = np.random.default_rng(11)
    keep = rng.random(len(ratings)) < 0.4
    keep &= ~np.isin(ratings.users, rng.choice(ratings.n_users, 10, replace=False))
    keep &= ~np.isin(ratings.items, rng.choice(ratings.n_items, 50, replace=False))
    part = ratings.take(keep)
    assert (part.by_user.counts == 0).sum() >= 10
    assert (part.by_item.counts == 0).sum() >= 50
    return dataset, part


@pytest.fixture(params=["everything", "fold"])
def case(request: pytest.FixtureRequest) -> tuple[Dataset, Ratings]:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def asked(real: Callable[[str], Dataset]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs to predict, some of them rated, most not, with people and films the fold does not know."""
    rng, ratings = np.random.default_rng(5), real("ml-100k").ratings
    return rng.integers(0, ratings.n_users, 20_000), rng.integers(0, ratings.n_items, 20_000)


def their_predictions(theirs: Any, dataset: Dataset, users: np.ndarray, items: np.ndarray) -> np.ndarray:
    raw_users, raw_items = raw_ids(dataset)
    pairs = [(raw_users[u], raw_items[i], 0.0) for u, i in zip(users, items, strict=True)]
    return np.array([prediction.est for prediction in theirs.test(pairs)])


# ---------------------------------------------------------------- SVD


@pytest.mark.parametrize("seed", [0, 42])
def test_svd_learns_what_surprise_learns(
    case: tuple[Dataset, Ratings], seed: int, asked: tuple[np.ndarray, np.ndarray]
) -> None:
    dataset, ratings = case
    ours = rc.algorithm("svd", seed=seed).fit(ratings)
    theirs = surprise.SVD(random_state=seed).fit(surprises(ratings, dataset))
    users, items = raw_ids(dataset)
    b_u, b_i = biases_of(theirs, dataset)
    assert isinstance(ours, FactorModel)
    assert ours.mu_ == theirs.trainset.global_mean
    assert far(ours.user_bias_, b_u) < 1e-12
    assert far(ours.item_bias_, b_i) < 1e-12
    assert far(ours.user_factors_, by_our_index(theirs.pu, theirs.trainset.to_inner_uid, users)) < 1e-12
    assert far(ours.item_factors_, by_our_index(theirs.qi, theirs.trainset.to_inner_iid, items)) < 1e-12
    assert far(ours.predict(*asked), their_predictions(theirs, dataset, *asked)) < 1e-12


def test_svd_follows_surprise_for_other_settings(fold: tuple[Dataset, Ratings]) -> None:
    dataset, ratings = fold
    ours = rc.algorithm(
        "svd", n_factors=7, n_epochs=5, learning_rate=0.02, regularization=0.1, init_std=0.3, seed=3
    ).fit(ratings)
    theirs = surprise.SVD(
        n_factors=7, n_epochs=5, lr_all=0.02, reg_all=0.1, init_std_dev=0.3, random_state=3
    ).fit(surprises(ratings, dataset))
    items = raw_ids(dataset)[1]
    assert far(ours.item_factors_, by_our_index(theirs.qi, theirs.trainset.to_inner_iid, items)) < 1e-12


def test_the_wrapper_predicts_what_surprise_predicts(
    fold: tuple[Dataset, Ratings], asked: tuple[np.ndarray, np.ndarray]
) -> None:
    """Held to the scale, and for people and films it does not know, too."""
    dataset, ratings = fold
    settings = {"n_factors": 20, "n_epochs": 30, "seed": 8}
    ours = rc.algorithm("surprise_svd", learning_rate=0.02, **settings).fit(ratings)
    theirs = surprise.SVD(n_factors=20, n_epochs=30, lr_all=0.02, random_state=8)
    theirs.fit(surprises(ratings, dataset))
    users, items = asked
    expected = their_predictions(theirs, dataset, users, items)
    unknown = (ratings.by_user.counts[users] == 0) | (ratings.by_item.counts[items] == 0)
    assert unknown.sum() > 100
    assert (expected == ratings.scale.high).sum() > 10, "some predictions must meet the scale"
    assert (expected == ratings.scale.low).sum() > 10
    assert far(ours.predict(users, items), expected) < 1e-9
    raw_users, raw_items = raw_ids(dataset)
    for u, i in zip(users[:200], items[:200], strict=True):
        assert ours.predict(u, i)[0] == pytest.approx(
            theirs.predict(raw_users[u], raw_items[i]).est, abs=1e-9
        )


def test_ours_and_the_wrapper_are_the_same_model(fold: tuple[Dataset, Ratings]) -> None:
    ours, wrapped = (rc.algorithm(name, seed=4).fit(fold[1]) for name in ("svd", "surprise_svd"))
    assert ours.parameters() == wrapped.parameters()
    for name in ("user_bias_", "item_bias_", "user_factors_", "item_factors_"):
        assert far(getattr(ours, name), getattr(wrapped, name)) < 1e-12


# ---------------------------------------------------------------- biases


def test_bias_is_surprises_baseline(
    case: tuple[Dataset, Ratings], asked: tuple[np.ndarray, np.ndarray]
) -> None:
    dataset, ratings = case
    ours = rc.algorithm("bias").fit(ratings)
    theirs = surprise.BaselineOnly(bsl_options={"method": "als"}, verbose=False)
    theirs.fit(surprises(ratings, dataset))
    b_u, b_i = biases_of(theirs, dataset)
    assert isinstance(ours, FactorModel)
    assert far(ours.user_bias_, b_u) < 1e-9
    assert far(ours.item_bias_, b_i) < 1e-9
    assert far(ours.predict(*asked), their_predictions(theirs, dataset, *asked)) < 1e-9


def test_bias_follows_surprise_for_other_settings(fold: tuple[Dataset, Ratings]) -> None:
    dataset, ratings = fold
    ours = rc.algorithm("bias", n_epochs=3, item_shrinkage=2, user_shrinkage=30).fit(ratings)
    options = {"method": "als", "n_epochs": 3, "reg_i": 2, "reg_u": 30}
    theirs = surprise.BaselineOnly(bsl_options=options, verbose=False).fit(surprises(ratings, dataset))
    b_u, b_i = biases_of(theirs, dataset)
    assert max(far(ours.user_bias_, b_u), far(ours.item_bias_, b_i)) < 1e-9
