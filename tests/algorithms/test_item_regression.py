"""Per-item regression on features of people: the lecture's numbers, and people described by their ratings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms.item_regression import ItemRegression, tastes_map
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, UnsupportedError
from recsys_core.features import Features, SideInformation
from recsys_core.ratings import Ratings, Scale

OMMAZH, MELT_BANANA, BTS, ZHOU_SHEN, SANAM = range(5)
AN, BHAVANA, CORDELIA, DIEGO = range(4)


@pytest.fixture
def albums() -> Dataset:
    return rc.load("lectures-albums")


@pytest.fixture(params=[0.0, 1e-9])
def lecture(request: pytest.FixtureRequest, albums: Dataset) -> ItemRegression:
    """No intercept and (next to) no pull, as in the lecture."""
    model = ItemRegression(intercept=False, regularization=request.param)
    return model.fit(albums.ratings, albums.side)


# ---------------------------------------------------------------- the lecture


def test_ommazh_is_all_lo_fi_and_cordelia_would_give_it_2(lecture: ItemRegression) -> None:
    assert lecture.item_weights_[OMMAZH] == pytest.approx([1, 0], abs=1e-6)
    assert lecture.predict(CORDELIA, OMMAZH)[0] == pytest.approx(2.0, abs=1e-6)


def test_bts_is_all_slick(lecture: ItemRegression) -> None:
    assert lecture.item_weights_[BTS].round(2).tolist() == [-0.19, 1.06]
    assert round(float(lecture.predict(AN, BTS)[0]), 1) == 0.1


def test_below_zero_is_held_to_zero_and_shows_it(lecture: ItemRegression) -> None:
    assert lecture.scores(BHAVANA)[BTS] < 0
    assert lecture.predict(BHAVANA, BTS)[0] == 0
    *_, last = lecture.explain(BHAVANA, BTS).terms
    assert last.symbol == "clip"
    assert last.value == pytest.approx(-lecture.scores(BHAVANA)[BTS])


def test_the_terms_are_named_by_what_was_stated(lecture: ItemRegression) -> None:
    terms = {term.label: term.value for term in lecture.explain(CORDELIA, OMMAZH).terms}
    assert terms["lo-fi indie"] == pytest.approx(2.0, abs=1e-6)


def test_somebody_who_only_states_a_taste_is_predicted_from_it(lecture: ItemRegression) -> None:
    """A listener with Diego's answers, and no ratings, is predicted what Diego is."""
    newcomer = lecture.introduce([2, 4])
    np.testing.assert_allclose(lecture.scores(newcomer), lecture.scores(DIEGO), atol=1e-12)
    assert "stated" in str(lecture.fallback(newcomer, OMMAZH))
    why = lecture.explain(newcomer, OMMAZH)
    assert why.base == pytest.approx(why.estimate)
    for wrong in ([2], [2, np.nan]):
        with pytest.raises(DataError, match="2 finite features: lo-fi indie, slick pop"):
            lecture.introduce(wrong)


def test_with_an_intercept_too_stated_answers_are_taken_in_their_own_units(albums: Dataset) -> None:
    model = ItemRegression().fit(albums.ratings, albums.side)
    np.testing.assert_allclose(model.scores(model.introduce([5, 1])), model.scores(AN), atol=1e-12)


# ---------------------------------------------------------------- the cost


def test_every_item_stands_at_the_bottom_of_equation_2(crowd: Ratings) -> None:
    rng = np.random.default_rng(2)
    side = SideInformation(
        Features(("g",), rng.normal(size=(25, 1))), Features(("a", "b"), rng.normal(30, 9, size=(40, 2)))
    )
    model = ItemRegression(regularization=0.8, item_shrinkage=3.0).fit(crowd, side)
    for i in range(24):
        people, r = crowd.by_item.row(i)
        x, theta = model.features_[people], model.item_weights_[i]
        e = r - model.item_intercepts_[i] - x @ theta
        assert e.sum() - 3.0 * (model.item_intercepts_[i] - crowd.mean) == pytest.approx(0, abs=1e-5)
        assert x.T @ e - 0.8 * theta == pytest.approx(0, abs=1e-5)
    assert model.item_intercepts_[24] == crowd.mean
    assert not model.item_weights_[24].any()


def test_a_new_person_is_placed_where_their_ratings_are_explained_best(albums: Dataset) -> None:
    """(4) with next to no pull: An's own five ratings lead back to about An's own predictions."""
    model = ItemRegression(intercept=False, regularization=0, user_shrinkage=0).fit(
        albums.ratings, albums.side
    )
    r = model.scores(CORDELIA)[[OMMAZH, BTS, SANAM]].clip(0, 5)
    person = model.fold_in([OMMAZH, BTS, SANAM], r)
    np.testing.assert_allclose(person.vector, model.features_[CORDELIA], atol=0.2)


# ---------------------------------------------------------------- described by ratings


def test_a_persons_tastes_by_hand() -> None:
    """Two comedies rated 5 and 4, one drama 1; μ = 3, so y = (2, 1, −2), ȳ = 1/3; λ_u = 1.

    own average: 1 / (1 + 3); comedy: (5/3 + 2/3) / (1 + 2); drama: (−7/3) / (1 + 1)
    """
    genres = np.array([[1.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    x = tastes_map(genres, 1.0) @ np.array([2.0, 1.0, -2.0])
    assert x == pytest.approx([1 / 4, 7 / 9, -7 / 6, 0])


def test_a_known_person_and_the_same_ratings_folded_in_are_one(crowd: Ratings) -> None:
    genres = np.random.default_rng(3).random((25, 4)) < 0.4
    side = SideInformation(Features(("a", "b", "c", "d"), genres.astype(float)))
    model = ItemRegression().fit(crowd, side)
    assert model.feature_names_ == ("own average", "a", "b", "c", "d")
    for u in range(crowd.n_users):
        person = model.fold_in(*crowd.by_user.row(u))
        np.testing.assert_allclose(model.scores(person), model.scores(u), atol=1e-10)
    with pytest.raises(UnsupportedError, match="what people rated"):
        model.introduce([0, 0, 0, 0, 0])


def test_what_people_stated_can_be_left_aside(albums: Dataset) -> None:
    model = ItemRegression(features_from="ratings").fit(albums.ratings, albums.side)
    assert model.feature_names_ == ("own average", "lo-fi indie", "slick pop")


def test_only_training_ratings_describe_a_person(albums: Dataset) -> None:
    part = albums.ratings.take(albums.ratings.items != BTS)
    model = ItemRegression(features_from="ratings", user_shrinkage=1.0).fit(part, albums.side)
    y = np.array([5, 5, 1, 1]) - part.mean
    assert model.features_[AN, 0] == pytest.approx(y.sum() / 5)


# ---------------------------------------------------------------- what is not known


def test_people_who_stated_nothing_get_the_items_average() -> None:
    ratings = Ratings.from_arrays(
        [0, 0, 1, 1, 2], [0, 1, 0, 1, 0], [5, 1, 3, 2, 4], Scale(1, 5), n_users=4, n_items=2
    )
    answers = Features(("age",), np.array([[20.0], [40.0], [np.nan], [30.0]]))
    side = SideInformation(Features(("g",), np.array([[1.0], [0.0]])), answers)
    model = ItemRegression(item_shrinkage=0).fit(ratings, side)
    assert model.predict(2, [0, 1]) == pytest.approx([4.0, 1.5])
    assert "person are not stated" in str(model.fallback(2, 1))
    assert model.predict(3, [0, 1]) == pytest.approx([4.0, 1.5]), "said their age, but rated nothing"
    assert model.predict(model.introduce([20.0]), 0)[0] > 4.0


def test_features_of_people_must_be_one_row_a_person(albums: Dataset, crowd: Ratings) -> None:
    assert albums.side.items is not None
    items = Features(("g",), np.zeros((25, 1)))
    with pytest.raises(DataError, match="4 rows of features for 40 users"):
        ItemRegression().fit(crowd, SideInformation(items, albums.side.users))


def test_a_person_of_another_model_is_refused(albums: Dataset) -> None:
    model = ItemRegression().fit(albums.ratings, albums.side)
    other = rc.algorithm("als", n_factors=9).fit(albums.ratings).fold_in([0], [5])
    with pytest.raises(DataError, match="another model"):
        model.scores(other)


@pytest.mark.real
def test_tastes_say_more_than_age_and_occupation_on_ml_100k(real: Callable[[str], Dataset]) -> None:
    """Measured 0.9513 and 1.0356 on the fold of test_accuracy.py."""
    dataset = real("ml-100k")
    mixed = np.random.default_rng(0).permutation(len(dataset.ratings))
    learn, test = (dataset.ratings.take(np.sort(part)) for part in (mixed[20_000:], mixed[:20_000]))
    rmse = {}
    for source in ("stated", "ratings"):
        model = ItemRegression(features_from=source).fit(learn, dataset.side)
        rmse[source] = float(np.sqrt(np.mean((model.predict(test.users, test.items) - test.values) ** 2)))
    assert 0.946 < rmse["ratings"] < 0.957
    assert 1.030 < rmse["stated"] < 1.041
