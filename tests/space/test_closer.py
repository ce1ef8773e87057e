"""What chance alone gives, where each rating pulls, and how alternating regressions go step by step."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms.alternating_regression import AlternatingRegression
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, NotFittedError, UnsupportedError
from recsys_core.ratings import Ratings
from recsys_core.space import (
    align,
    errors_by_chance,
    half_steps,
    meaning_of_factor,
    pulls_of,
    strongest_by_chance,
)

# ---------------------------------------------------------------- chance


def test_a_truth_of_other_items_is_fitted_as_badly_as_the_floor_says() -> None:
    random = np.random.default_rng(1)
    true = random.normal(size=(200, 3))
    floor = errors_by_chance(true, true, n_shuffles=100)
    assert floor.shape == (100,)
    assert np.quantile(floor, 0.05) > 0.9 > align(true + random.normal(size=true.shape), true).error
    unrelated = [align(random.normal(size=true.shape), true).error for _ in range(100)]
    assert np.mean(floor) == pytest.approx(np.mean(unrelated), abs=0.01)
    again = errors_by_chance(true, true, n_shuffles=100)
    assert again.tolist() == floor.tolist(), "the same seed, the same floor"


def test_few_items_and_many_factors_fit_well_by_chance() -> None:
    random = np.random.default_rng(2)
    few, many = random.normal(size=(8, 5)), random.normal(size=(300, 5))
    assert errors_by_chance(few, few).mean() < 0.7 < errors_by_chance(many, many).mean()


def test_a_factor_of_noise_stays_below_the_floor_as_often_as_it_says() -> None:
    data = rc.load("sample")
    noise = np.random.default_rng(3).normal(size=(len(data.catalogue), 100))
    floor = np.quantile(strongest_by_chance(noise, 0, data.catalogue, data.ratings), 0.95)
    strongest = [
        abs(meaning_of_factor(noise, k, data.catalogue, data.ratings).correlations[0].value)
        for k in range(100)
    ]
    assert 0.86 < np.mean(np.array(strongest) < floor) <= 1.0


def test_a_floor_lies_between_none_and_all_and_needs_three_items(toy_dataset: Dataset) -> None:
    column = np.array([[3.0], [1.0], [4.0], [1.5], [9.0]])
    found = strongest_by_chance(column, 0, toy_dataset.catalogue, toy_dataset.ratings, n_shuffles=50)
    assert ((found > 0) & (found <= 1 + 1e-12)).all()
    with pytest.raises(DataError, match="needs 3"):
        strongest_by_chance(column, 0, toy_dataset.catalogue, toy_dataset.ratings, min_ratings=9)


# ---------------------------------------------------------------- pulls


@pytest.mark.parametrize("name", ["als", "svd", "svdpp", "gradient_cf", "wals", "puresvd", "funk_svd"])
def test_a_pull_leads_from_the_place_without_the_rating(name: str, crowd: Ratings) -> None:
    model = rc.algorithm(name, n_factors=4).fit(crowd)
    items, values = np.array([3, 11, 7], np.int32), np.array([5, 1, 4], np.float32)
    found = pulls_of(model, items, values)
    for j, rest in enumerate(([1, 2], [0, 2], [0, 1])):
        other = model.fold_in(items[rest], values[rest]).vector
        assert found.without[j] == pytest.approx(other)
        assert found.lengths[j] == pytest.approx(np.linalg.norm(found.place - other))
        q = model.item_factors_[items[j]]  # type: ignore[attr-defined]
        assert found.affinity[j] == pytest.approx((found.place - other) @ q)


def test_a_single_rating_pulls_from_where_nobodys_ratings_put_one(crowd: Ratings) -> None:
    model = rc.algorithm("als", n_factors=4).fit(crowd)
    found = pulls_of(model, np.array([3], np.int32), np.array([5], np.float32))
    assert found.without.tolist() == [[0.0] * 4]
    assert found.affinity[0] > 0, "five stars pull towards the film"
    low = pulls_of(model, np.array([3], np.int32), np.array([0.5], np.float32))
    assert low.affinity[0] < 0, "half a star pulls away from it"


def test_who_has_no_place_among_items_is_told_so(crowd: Ratings) -> None:
    one = np.array([3], np.int32), np.array([5], np.float32)
    with pytest.raises(UnsupportedError, match="no place in the space"):
        pulls_of(rc.algorithm("item_knn").fit(crowd), *one)
    with pytest.raises(NotFittedError):
        pulls_of(rc.algorithm("als"), *one)
    with pytest.raises(DataError, match="at least one"):
        pulls_of(rc.algorithm("als").fit(crowd), one[0][:0], one[1][:0])


# ---------------------------------------------------------------- half-steps


def test_one_side_moves_at_a_time_and_the_cost_never_rises() -> None:
    ratings = rc.load("lectures-albums").ratings
    model = cast("AlternatingRegression", rc.algorithm("alternating_regression", n_epochs=4))
    steps = half_steps(model, ratings)
    assert [step.number for step in steps] == list(range(1, 9))
    for before, after in pairwise(steps):
        assert after.loss <= before.loss
        stood, moved = ("Q", "P") if after.moved == "people" else ("P", "Q")
        assert getattr(before, stood).tolist() == getattr(after, stood).tolist()
        assert getattr(before, moved).tolist() != getattr(after, moved).tolist()
    fitted = model.fit(ratings)
    assert steps[-1].Q.tolist() == fitted.item_factors_.tolist()
    apart = steps[-1].distances
    assert apart[0, 1] == pytest.approx(np.hypot(*(steps[-1].Q[0] - steps[-1].Q[1])))


def test_the_lo_fi_albums_and_the_pop_albums_part_as_in_the_lecture() -> None:
    """Ommazh and Melt-Banana are each other's nearest; BTS, Zhou Shen and Sanam are nearest among them."""
    data = rc.load("lectures-albums")
    assert data.catalogue.titles == ("Ommazh", "Melt-Banana", "BTS", "Zhou Shen", "Sanam")
    model = cast("AlternatingRegression", rc.algorithm("alternating_regression"))
    apart = half_steps(model, data.ratings)[-1].distances + np.diag([np.inf] * 5)
    nearest = apart.argmin(axis=1)
    assert nearest[:2].tolist() == [1, 0]
    assert set(nearest[2:].tolist()) <= {2, 3, 4}
