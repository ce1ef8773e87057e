"""The list: the best first, equals in the order of the catalogue, nothing already rated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, NotFittedError
from recsys_core.ranking import Filters, HybridWeights, candidates, rank, recommend

ALL = rc.algorithms()


def ranked(scores: list[float], n: int, among: list[int] | None = None) -> list[int]:
    chosen = range(len(scores)) if among is None else among
    return rank(np.array(scores), np.array(chosen, dtype=np.int32), n).tolist()


# ---------------------------------------------------------------- rank


def test_the_best_come_first() -> None:
    assert ranked([1.0, 3.0, 2.0], 2) == [1, 2]
    assert ranked([1.0, 3.0, 2.0], 3) == [1, 2, 0]


def test_equal_scores_stand_in_the_order_of_the_catalogue_also_at_the_border() -> None:
    assert ranked([5.0, 7.0, 5.0, 7.0, 5.0], 4) == [1, 3, 0, 2]
    assert ranked([5.0] * 6, 2) == [0, 1]
    assert ranked([5.0] * 6, 2, among=[4, 2, 5]) == [2, 4]


def test_not_a_number_comes_last_even_after_minus_infinity() -> None:
    nan, low = math.nan, -math.inf
    assert ranked([nan, 1.0, nan, low, 2.0], 5) == [4, 1, 3, 0, 2]
    assert ranked([nan, 1.0, nan], 2) == [1, 0]
    assert ranked([math.inf, 1.0, nan], 3) == [0, 1, 2]


def test_fewer_candidates_than_asked_for_are_all_there_are() -> None:
    assert ranked([1.0, 2.0, 3.0], 10, among=[0, 2]) == [2, 0]
    assert ranked([1.0, 2.0], 10, among=[]) == []
    assert ranked([1.0, 2.0], 0) == []


@given(
    scores=st.lists(
        st.sampled_from([0.0, 1.0, 2.0, math.nan, -math.inf]) | st.floats(-5, 5), min_size=1, max_size=20
    ),
    n=st.integers(0, 25),
    data=st.data(),
)
def test_ranking_is_sorting_and_cutting(scores: list[float], n: int, data: st.DataObject) -> None:
    among = data.draw(st.lists(st.integers(0, len(scores) - 1), unique=True))

    def place(item: int) -> tuple[bool, float, int]:
        unknown = math.isnan(scores[item])
        return unknown, 0.0 if unknown else -scores[item], item

    assert ranked(scores, n, among) == sorted(among, key=place)[:n]


# ---------------------------------------------------------------- recommend


@pytest.fixture(params=ALL.values(), ids=ALL)
def model(request: pytest.FixtureRequest, toy_dataset: Dataset) -> Algorithm:
    declared = request.param.hyper_parameters()
    small = {name: value for name, value in {"n_factors": 2, "n_epochs": 5}.items() if name in declared}
    return request.param(**small).fit(toy_dataset.ratings, toy_dataset.side)


def test_a_user_gets_everything_not_rated_best_first(model: Algorithm, toy_dataset: Dataset) -> None:
    for user in range(4):
        rated, _ = toy_dataset.ratings.by_user.row(user)
        table = recommend(model, toy_dataset, user)
        assert list(table.columns) == ["item", "title", "score", "rating", "predicted"]
        assert sorted(table["item"]) == sorted(set(range(5)) - set(rated.tolist()))
        assert table["score"].is_monotonic_decreasing
        assert list(table["score"]) == [model.scores(user)[item] for item in table["item"]]
        assert list(table["rating"]) == list(table["score"]), "one signal, one contribution"
        assert list(table["predicted"]) == pytest.approx(model.predict(user, table["item"].to_numpy()))
        assert list(table["title"]) == [toy_dataset.catalogue.label(item) for item in table["item"]]


def test_a_new_person_gets_nothing_they_rated(model: Algorithm, toy_dataset: Dataset) -> None:
    if not model.folds_in:
        pytest.skip(f"{model.title} cannot fold in")
    person = model.fold_in([4, 1], [5, 0.5])
    table = recommend(model, toy_dataset, person)
    assert sorted(table["item"]) == [0, 2, 3]
    assert list(table["score"]) == [model.scores(person)[item] for item in table["item"]]
    assert sorted(recommend(model, toy_dataset, model.fold_in([], []))["item"]) == [0, 1, 2, 3, 4]


def test_the_list_is_the_head_of_the_longer_list(model: Algorithm, toy_dataset: Dataset) -> None:
    whole = recommend(model, toy_dataset, 3, n=99)["item"].tolist()
    assert len(whole) == 5
    for n in range(6):
        assert recommend(model, toy_dataset, 3, n=n)["item"].tolist() == whole[:n]


def test_candidates_are_kept_to(model: Algorithm, toy_dataset: Dataset) -> None:
    among = candidates(toy_dataset, Filters(genres=("Drama",)), exclude=[4])
    assert sorted(recommend(model, toy_dataset, 2, candidates=among)["item"]) == [0, 1]
    empty = recommend(model, toy_dataset, 2, candidates=[])
    assert len(empty) == 0
    assert list(empty.columns) == ["item", "title", "score", "rating", "predicted"]


@pytest.fixture
def als(toy_dataset: Dataset) -> Algorithm:
    return rc.algorithm("als", n_factors=2, n_epochs=5).fit(toy_dataset.ratings)


EITHER_WAY = pytest.mark.parametrize("weights", [None, HybridWeights(rating=1)], ids=["by score", "weighed"])


@EITHER_WAY
def test_each_candidate_is_recommended_once(
    weights: HybridWeights | None, als: Algorithm, toy_dataset: Dataset
) -> None:
    among: Any
    for among in ([2, 4, 2, 2], (4, 2), np.array([4, 2, 4], dtype=np.int64)):
        assert sorted(recommend(als, toy_dataset, 0, weights=weights, candidates=among)["item"]) == [2, 4]


@EITHER_WAY
@pytest.mark.parametrize(
    "among",
    [[True, False, True, False, True], [1.5], ["a"], [5], [-1], [[1], [2, 3]], [10**400]],
    ids=lambda among: str(among)[:9],
)
def test_candidates_that_are_no_items_are_refused(
    among: Any, weights: HybridWeights | None, als: Algorithm, toy_dataset: Dataset
) -> None:
    with pytest.raises(DataError, match="Candidates are given by index, 0 … 4; got "):
        recommend(als, toy_dataset, 0, weights=weights, candidates=among)


@EITHER_WAY
@pytest.mark.parametrize("n", [-2, 1.5, True, "3", None, 10**400], ids=lambda n: str(n)[:5])
def test_how_many_is_a_whole_number(
    n: Any, weights: HybridWeights | None, als: Algorithm, toy_dataset: Dataset
) -> None:
    with pytest.raises(DataError, match=r"n = .* is not allowed: give a whole number from 0"):
        recommend(als, toy_dataset, 0, n=n, weights=weights)
    assert len(recommend(als, toy_dataset, 0, n=0, weights=weights)) == 0


@EITHER_WAY
def test_a_row_of_one_user_is_that_user(
    weights: HybridWeights | None, als: Algorithm, toy_dataset: Dataset
) -> None:
    one: Any = np.array([2])
    found = recommend(als, toy_dataset, one, weights=weights)
    assert found.equals(recommend(als, toy_dataset, 2, weights=weights))


@EITHER_WAY
def test_a_model_of_other_data_is_refused(
    weights: HybridWeights | None, als: Algorithm, toy_dataset: Dataset
) -> None:
    for user in (0, als.fold_in([1], [4.0])):
        with pytest.raises(DataError, match="give the data it was fitted on"):
            recommend(als, rc.load("sample"), user, weights=weights)


def test_weights_that_are_none_are_refused(als: Algorithm, toy_dataset: Dataset) -> None:
    some: Any = {"rating": 1}
    with pytest.raises(DataError, match=r"weights = \{'rating': 1\} is not allowed: give HybridWeights"):
        recommend(als, toy_dataset, 0, weights=some)


def test_somebody_the_model_does_not_know_is_refused(model: Algorithm, toy_dataset: Dataset) -> None:
    for user in (-1, 4, 10**6):
        with pytest.raises(DataError, match=f"no user {user}"):
            recommend(model, toy_dataset, user)
    with pytest.raises(NotFittedError):
        recommend(type(model)(), toy_dataset, 0)


def test_the_list_is_ranked_before_the_scale_is_applied(toy_dataset: Dataset) -> None:
    """Held to the scale, several films would tie at 5; the score keeps them apart."""
    loud = rc.algorithm("bias", item_shrinkage=0, user_shrinkage=0).fit(toy_dataset.ratings)
    person = loud.fold_in([2], [5.0])
    table = recommend(loud, toy_dataset, person)
    assert (table["predicted"].head(2) == 5.0).all()
    assert table["score"].iloc[0] > table["score"].iloc[1] > 5.0
