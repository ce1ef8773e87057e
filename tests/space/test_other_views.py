"""Neighbours by ratings and by content, and points made of several items."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.dataset import Catalogue, Dataset
from recsys_core.errors import DataError
from recsys_core.ratings import Ratings
from recsys_core.similarity import MEASURES, Table, all_pairs
from recsys_core.space import (
    METRICS,
    alike_in_content,
    analogy,
    baseline_residuals,
    blend_vector,
    corated_items,
    similar_items,
    similar_to_blend,
)
from recsys_core.space.blends import CANCELLED

# ---------------------------------------------------------------- by rating


def check_against_all_pairs(ratings: Ratings, items: list[int], measure: str, support: int) -> None:
    by_item = ratings.by_item
    left = baseline_residuals(ratings)
    values = left if measure == "pearson_baseline" else ratings.values.astype(np.float64)
    table = Table(by_item.starts, by_item.others, values[by_item.order])
    s = all_pairs(table, ratings.n_users, measure, min_support=support)
    raters = [set(by_item.row(j)[0].tolist()) for j in range(ratings.n_items)]
    least = max(support, 2) if measure == "pearson_baseline" else support
    for item in items:
        common = np.array([len(raters[item] & other) for other in raters])
        alike = s.row(item)
        ok = [j for j in np.flatnonzero(common >= least).tolist() if j != item]
        expected = sorted(ok, key=lambda j: (-round(float(alike[j]), 12), j))[:15]
        near = corated_items(ratings, item, 15, measure, support=support, residuals=left)
        assert near.items.tolist() == expected
        assert near.scores == pytest.approx(alike[expected], abs=1e-12)
        assert near.support is not None
        assert near.support.tolist() == common[expected].tolist()


@pytest.mark.parametrize("measure", MEASURES)
def test_one_item_against_all_is_a_row_of_all_pairs(crowd: Ratings, measure: str) -> None:
    check_against_all_pairs(crowd, list(range(24)), measure, 3)


@pytest.mark.real
@pytest.mark.parametrize("measure", MEASURES)
def test_and_so_it_is_on_real_ratings(real: Callable[[str], Dataset], measure: str) -> None:
    check_against_all_pairs(real("ml-100k").ratings, [0, 49, 1000, 1681], measure, 1)


def test_who_was_rated_by_nobody_has_no_corated_items(crowd: Ratings, toy: Ratings) -> None:
    near = corated_items(crowd, 24)
    assert len(near) == 0
    assert near.fallback is not None
    alone = corated_items(toy, 0, support=4)
    assert len(alone) == 0
    assert alone.fallback is not None
    with pytest.raises(DataError, match="of these ratings"):
        corated_items(toy, 0, residuals=np.zeros(3))
    with pytest.raises(DataError, match="pearson"):
        corated_items(toy, 0, measure="jaccard")


# ---------------------------------------------------------------- by content

FILMS = Catalogue(
    item_ids=("1", "2", "3", "4", "5"),
    titles=("A", "B", "C", "D", "E"),
    years=np.array([1990, 1990, 2000, 0, 1990], dtype=np.int32),
    genre_names=("x", "y", "z"),
    genres=np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0]], dtype=bool),
)


def test_content_by_hand() -> None:
    """A and B share one genre of two; C is ten years away, D of no known year."""
    near = alike_in_content(FILMS, 0)
    assert near.items.tolist() == [1, 2, 3]
    assert near.scores == pytest.approx([0.5, 0.5, 0.5])
    near = alike_in_content(FILMS, 0, metric="cosine", year_half_life=5)
    assert near.items.tolist() == [1, 3, 2]
    assert near.scores == pytest.approx([1 / np.sqrt(2), 0.5, 0.25])
    assert alike_in_content(FILMS, 0, year_half_life=None).scores == pytest.approx([1, 1, 0.5])


def test_equals_in_content_stand_in_the_order_of_the_catalogue() -> None:
    """All genres nine years away, half of them two years away: by a half-life of seven the same."""
    films = Catalogue(
        item_ids=("1", "2", "3"),
        titles=("A", "B", "C"),
        years=np.array([2000, 2009, 2002], dtype=np.int32),
        genre_names=("x", "y"),
        genres=np.array([[1, 1], [1, 1], [1, 0]], dtype=bool),
    )
    near = alike_in_content(films, 0, year_half_life=7)
    assert near.scores[0] < near.scores[1], "by rounding"
    assert near.items.tolist() == [1, 2]


def test_a_film_without_genres_has_no_neighbours_in_content() -> None:
    near = alike_in_content(FILMS, 4)
    assert len(near) == 0
    assert near.fallback is not None
    assert 4 not in alike_in_content(FILMS, 0, 10).items
    with pytest.raises(DataError, match="above 0"):
        alike_in_content(FILMS, 0, year_half_life=0)


# ---------------------------------------------------------------- blends and analogies

WORDS = np.array([[1.0, 1.0], [1.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 5.0], [-3.0, 1.0]])


@pytest.mark.parametrize("metric", METRICS)
def test_a_blend_of_one_is_that_one(metric: str) -> None:
    alone, blended = similar_items(WORDS, 3, 5, metric), similar_to_blend(WORDS, [3], 5, metric)
    assert blended.items.tolist() == alone.items.tolist()


def test_in_directions_a_long_row_weighs_no_more_than_a_short_one() -> None:
    by_direction = blend_vector(WORDS, [1, 4], np.array([0.5, 0.5]), "cosine")
    by_place = blend_vector(WORDS, [1, 4], np.array([0.5, 0.5]), "euclidean")
    assert by_direction == pytest.approx([0.5, 0.5])
    assert by_place == pytest.approx([0.5, 2.5])
    assert similar_to_blend(WORDS, [1, 4], 2).items.tolist() == [0, 3]
    assert similar_to_blend(WORDS, [1, 4], 1, weights=[9, 1]).items.tolist() == [2]


def test_an_analogy_completes_the_parallelogram() -> None:
    """(4, 4) − (4, 0) + (1, 0) = (1, 4)"""
    near = analogy(WORDS, 3, 2, 1, 3, "euclidean")
    assert near.items.tolist() == [4, 0, 5]
    assert near.scores == pytest.approx([np.sqrt(2), 3, 5])


def test_the_support_of_a_blend_is_the_smallest_of_its_parts(crowd: Ratings) -> None:
    model = rc.algorithm("als", n_factors=4).fit(crowd)
    near = similar_to_blend(model, [1, 2], 22, ratings=crowd)
    rated = np.zeros((crowd.n_users, crowd.n_items), dtype=int)
    rated[crowd.users, crowd.items] = 1
    both = rated.T @ rated
    assert near.support is not None
    assert near.support.tolist() == np.minimum(both[1], both[2])[near.items].tolist()


def test_who_was_rated_by_nobody_is_no_neighbour_of_a_blend_of_a_plain_table(crowd: Ratings) -> None:
    table = np.random.default_rng(0).normal(size=(25, 4)) + 1
    table[24] += 50  # which nobody rated
    for metric in METRICS:
        alone = similar_items(table, 0, 24, metric, ratings=crowd)
        blended = similar_to_blend(table, [0], 24, metric, ratings=crowd)
        assert blended.items.tolist() == alone.items.tolist()
    assert similar_to_blend(table, [0, 24], ratings=crowd).fallback is not None


@pytest.mark.parametrize("metric", ["cosine", "adjusted_cosine", "dot"])
def test_what_cancels_out_leaves_no_direction_and_no_neighbours(metric: str) -> None:
    to_and_fro = np.random.default_rng(4).normal(size=(5, 3)) * 1.1
    table = np.vstack([to_and_fro, -to_and_fro])  # their mean is 0
    for items, weights in (([2, 7], None), ([0, 1, 5, 6], [0.1, 0.2, 0.1, 0.2])):
        near = similar_to_blend(table, items, metric=metric, weights=weights)
        assert len(near) == 0
        assert near.fallback == CANCELLED
    assert len(similar_to_blend(table, [2, 7], 3, "euclidean")) == 3, "the place between them is one"


def test_what_cannot_be_blended_is_refused_or_named(crowd: Ratings) -> None:
    model = rc.algorithm("als", n_factors=4).fit(crowd)
    assert similar_to_blend(model, [0, 24]).fallback is not None
    assert analogy(model, 0, 24, 3).fallback is not None
    for items, weights in (([], None), ([0, 1], [1.0]), ([0, 1], [1.0, -1.0]), ([0], [np.nan])):
        with pytest.raises(DataError, match="blend"):
            similar_to_blend(model, items, weights=weights)


def test_three_axes_show_no_less_than_two() -> None:
    from recsys_core.projection import principal_axes

    Q = np.random.default_rng(0).normal(size=(50, 5)) * [5, 4, 3, 2, 1]
    two, three = principal_axes(Q), principal_axes(Q, 3)
    assert three(Q)[:, :2] == pytest.approx(two(Q))
    assert two.explained < three.explained < 1
    with pytest.raises(DataError, match="2 or 3"):
        principal_axes(Q, 4)
