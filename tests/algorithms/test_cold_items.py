"""Items nobody rated, placed by genres after training or by features while training."""

from __future__ import annotations

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.algorithms._cold_items import jaccard
from recsys_core.algorithms._factors import FactorModel
from recsys_core.errors import DataError, NotFittedError
from recsys_core.features import Features, SideInformation
from recsys_core.ratings import Ratings, Scale

SCALE = Scale(1, 5)


@pytest.fixture(scope="module")
def by_taste() -> tuple[Ratings, Ratings, np.ndarray]:
    """80 people who love one of four genres and dislike the others, 60 films of one or two genres.

    Returns:
        The ratings without those of ten cold films; those of the cold films; the genres.
    """
    rng = np.random.default_rng(4)
    genres = np.zeros((60, 4), dtype=bool)
    genres[np.arange(60), rng.integers(0, 4, 60)] = True
    genres[np.arange(30), rng.integers(0, 4, 30)] = True
    love = rng.normal(-0.8, 0.3, size=(80, 4))
    love[np.arange(80), rng.integers(0, 4, 80)] += 3.0
    true = 3.0 + love @ (genres / genres.sum(axis=1, keepdims=True)).T + rng.normal(0, 0.3, (80, 60))
    u, i = np.nonzero(rng.random((80, 60)) < 0.5)
    ratings = Ratings.from_arrays(u, i, SCALE.clip(true[u, i]), SCALE, n_users=80, n_items=60)
    cold = np.isin(ratings.items, rng.choice(60, 10, replace=False))
    return ratings.take(~cold), ratings.take(cold), genres


def side_of(genres: np.ndarray) -> SideInformation:
    return SideInformation(Features(tuple("abcd"), genres.astype(float)))


def rmse(model: Algorithm, test: Ratings) -> float:
    return float(np.sqrt(np.mean((model.predict(test.users, test.items) - test.values) ** 2)))


@pytest.mark.parametrize("name", ["als", "svd", "alternating_regression"])
def test_either_way_cold_items_are_predicted_better_than_by_the_bias(
    name: str, by_taste: tuple[Ratings, Ratings, np.ndarray]
) -> None:
    learn, cold, genres = by_taste
    alone = rmse(rc.algorithm("bias").fit(learn), cold)
    settings = {"learning_rate": 0.02, "n_epochs": 60} if name == "svd" else {}
    model = rc.algorithm(name, n_factors=4, **settings).fit(learn)
    assert isinstance(model, FactorModel)
    assert rmse(rc.place_items_by_genre(model, genres), cold) < 0.75 * alone
    blocks = rc.with_feature_blocks(learn, side_of(genres))
    augmented = rc.algorithm(name, n_factors=4, **settings).fit(blocks.ratings)
    assert isinstance(augmented, FactorModel)
    assert rmse(blocks.cut_back(augmented), cold) < 0.75 * alone


# ---------------------------------------------------------------- by genres


def test_the_overlap_of_genres() -> None:
    one = np.array([[1, 1, 0], [0, 0, 0]], dtype=bool)
    other = np.array([[1, 1, 0], [1, 0, 1], [0, 0, 1], [0, 0, 0]], dtype=bool)
    assert jaccard(one, other).tolist() == [[1, pytest.approx(1 / 3), 0, 0], [0, 0, 0, 0]]


def test_a_cold_item_is_the_weighted_average_by_hand(toy: Ratings) -> None:
    """Film 4 (comedy and drama) beside two dramas and two comedies: each overlaps by half."""
    genres = np.array([[0, 1], [0, 1], [1, 0], [1, 0], [1, 1]], dtype=bool)
    model = rc.algorithm("als", n_factors=3).fit(toy)
    assert isinstance(model, FactorModel)
    placed = rc.place_items_by_genre(model, genres)
    np.testing.assert_allclose(placed.item_factors_[4], model.item_factors_[:4].mean(axis=0), atol=1e-15)
    assert placed.item_bias_[4] == pytest.approx(model.item_bias_[:4].mean())
    drama = genres.copy()
    drama[4] = (False, True)
    placed = rc.place_items_by_genre(model, drama)
    np.testing.assert_allclose(placed.item_factors_[4], model.item_factors_[:2].mean(axis=0), atol=1e-15)


def test_the_model_stays_as_it_was_and_rated_items_too(toy: Ratings) -> None:
    genres = np.ones((5, 1), dtype=bool)
    model = rc.algorithm("als", n_factors=3).fit(toy)
    assert isinstance(model, FactorModel)
    before = model.scores(0)
    placed = rc.place_items_by_genre(model, genres)
    np.testing.assert_array_equal(model.scores(0), before)
    np.testing.assert_array_equal(placed.scores(0)[:4], before[:4])
    assert not placed.item_factors_.flags.writeable
    assert type(model).__name__ == type(placed).__name__
    assert isinstance(placed, type(model))


def test_the_fallback_says_how_it_was_placed(toy: Ratings) -> None:
    genres = np.array([[0], [0], [0], [1], [1]], dtype=bool)
    model = rc.algorithm("als").fit(toy)
    assert isinstance(model, FactorModel)
    placed = rc.place_items_by_genre(model, genres)
    assert "placed by its genres" in str(placed.fallback(0, 4))
    assert placed.explain(0, 4).fallback == placed.fallback(0, 4)
    assert model.fallback(0, 4) == "nobody rated this item"
    assert placed.fallback(0, 3) is None
    assert placed.fallback(3, 0) == "this person rated nothing"
    assert "placed by its genres" in str(placed.fallback(placed.fold_in([3], [5]), 4))


def test_an_item_without_a_genre_in_common_stays_where_it_was(toy: Ratings) -> None:
    for row in ([False, False], [False, True]):
        genres = np.array([[True, False]] * 4 + [row])
        model = rc.algorithm("als").fit(toy)
        assert isinstance(model, FactorModel)
        placed = rc.place_items_by_genre(model, genres)
        assert not placed.item_factors_[4].any()
        assert placed.fallback(0, 4) == "nobody rated this item"


def test_a_new_person_folds_in_with_exact_shares_and_may_rate_a_placed_item(toy: Ratings) -> None:
    model = rc.algorithm("als", n_factors=3).fit(toy)
    assert isinstance(model, FactorModel)
    placed = rc.place_items_by_genre(model, np.ones((5, 1), dtype=bool))
    why = placed.explain(placed.fold_in([4, 0], [5, 2]), 4)
    assert why.base is not None
    assert why.base + sum(share.value for share in why.shares) == pytest.approx(why.estimate)
    assert sum(term.value for term in why.terms) == pytest.approx(why.estimate)


def test_genres_must_be_one_row_an_item(toy: Ratings) -> None:
    model = rc.algorithm("als").fit(toy)
    assert isinstance(model, FactorModel)
    for genres in (np.ones((4, 2), dtype=bool), np.ones(5, dtype=bool), np.ones((5, 2))):
        with pytest.raises(DataError, match="True and False with 5 rows"):
            rc.place_items_by_genre(model, genres)
    with pytest.raises(NotFittedError):
        rc.place_items_by_genre(type(model)(), np.ones((5, 2), dtype=bool))


# ---------------------------------------------------------------- by feature blocks


def test_the_augmented_table_by_hand() -> None:
    """μ = 3, σ_r = 2. Genre g is 1, 0 and not stated: z = +1, −1 → 5 and 1, from a third person.
    Ages 20 and 40: z = −1, +1 → 1 and 5, of a fourth item. "same" says nothing."""
    ratings = Ratings.from_arrays([0, 1], [0, 1], [5, 1], SCALE, n_users=2, n_items=3)
    items = Features(("g", "same"), np.array([[1.0, 7], [0.0, 7], [np.nan, 7]]))
    users = Features(("age",), np.array([[20.0], [40.0]]))
    blocks = rc.with_feature_blocks(ratings, SideInformation(items, users))
    table = blocks.ratings
    assert (table.n_users, table.n_items) == (3, 4)
    cells = list(zip(table.users.tolist(), table.items.tolist(), table.values.tolist(), strict=True))
    assert cells == [(0, 0, 5), (1, 1, 1), (2, 0, 5), (2, 1, 1), (0, 3, 1), (1, 3, 5)]


def test_a_weight_is_so_many_copies_of_each_feature() -> None:
    ratings = Ratings.from_arrays([0, 1], [0, 1], [5, 1], SCALE, n_users=2, n_items=3)
    side = SideInformation(Features(("g",), np.array([[1.0], [0.0], [1.0]])))
    table = rc.with_feature_blocks(ratings, side, weight=3).ratings
    assert (table.n_users, table.n_items, len(table)) == (5, 3, 2 + 9)
    for copy in (2, 3, 4):
        np.testing.assert_array_equal(table.by_user.row(copy)[1], table.by_user.row(2)[1])


def test_no_features_leave_the_table_as_it_is(crowd: Ratings) -> None:
    assert rc.with_feature_blocks(crowd, SideInformation()).ratings.fingerprint == (
        Ratings.from_arrays(
            crowd.users, crowd.items, crowd.values, crowd.scale, n_users=40, n_items=25
        ).fingerprint
    )


def test_the_way_back_leaves_the_real_rows(crowd: Ratings) -> None:
    rng = np.random.default_rng(1)
    side = SideInformation(
        Features(("a", "b"), rng.normal(size=(25, 2))), Features(("c",), rng.normal(size=(40, 1)))
    )
    blocks = rc.with_feature_blocks(crowd, side)
    model = rc.algorithm("als", n_factors=4).fit(blocks.ratings)
    assert isinstance(model, FactorModel)
    real = blocks.cut_back(model)
    assert real.scores(0).shape == (25,)
    for u in range(40):
        np.testing.assert_array_equal(real.scores(u), model.scores(u)[:25])
    with pytest.raises(DataError, match="no user 40"):
        real.predict(40, 0)
    assert real.user_counts_.tolist() == crowd.by_user.counts.tolist()
    assert real.item_factors_.shape == (25, 4)
    assert real.fallback(0, 24) == "nobody rated this item: placed by its features"
    assert real.fallback(39, 0) == "this person rated nothing: placed by their features"
    assert real.fallback(0, 0) is None
    why = real.explain(real.fold_in([0, 24], [5, 1]), 3)
    assert why.base is not None
    assert why.base + sum(share.value for share in why.shares) == pytest.approx(why.estimate)


def test_what_cannot_be_is_refused(crowd: Ratings) -> None:
    side = SideInformation(Features(("a",), np.ones((3, 1))))
    with pytest.raises(DataError, match="3 rows of features for 25 items"):
        rc.with_feature_blocks(crowd, side)
    with pytest.raises(DataError, match="weight"):
        rc.with_feature_blocks(crowd, SideInformation(), weight=0)
    with pytest.raises(DataError, match="no ratings"):
        rc.with_feature_blocks(crowd.take([]), SideInformation())
    blocks = rc.with_feature_blocks(crowd, SideInformation(Features(("a",), np.arange(25.0)[:, None])))
    model = rc.algorithm("als").fit(crowd)
    assert isinstance(model, FactorModel)
    with pytest.raises(DataError, match="not fitted on"):
        blocks.cut_back(model)
