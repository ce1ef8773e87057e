"""Nearest neighbours in factor space: by hand, against a brute-force reference, and who has none."""

from __future__ import annotations

from collections.abc import Callable
from math import fsum, sqrt

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError, NotFittedError, UnsupportedError
from recsys_core.ratings import FloatArray, Ratings
from recsys_core.space import METRICS, common_raters, neighbours_of_vector, similar_items, similar_people

ALBUMS = np.array([[-1.44, -2.32], [-2.64, -0.70], [2.1, 0.4], [1.8, 1.0], [-0.2, 1.9]])


def test_the_distance_of_the_lecture() -> None:
    """Ommazh to Melt-Banana: √((−1.44 + 2.64)² + (−2.32 + 0.70)²)."""
    near = similar_items(ALBUMS, 0, n=4, metric="euclidean")
    assert near.items[0] == 1
    assert near.scores[0] == pytest.approx(2.016, abs=5e-4)
    far = [sqrt(((row - ALBUMS[0]) ** 2).sum()) for row in ALBUMS]
    assert near.items.tolist() == sorted(range(1, 5), key=far.__getitem__)
    assert near.scores == pytest.approx(sorted(far)[1:])


def test_who_is_nearest_depends_on_the_measure() -> None:
    table = np.array([[1.0, 0.0], [3.0, 0.3], [0.9, 0.5], [9.0, 9.0]])
    first = {metric: int(similar_items(table, 0, 1, metric).items[0]) for metric in METRICS}
    assert first["euclidean"] == 2, "the nearest point"
    assert first["cosine"] == 1, "the nearest direction"
    assert first["dot"] == 3, "the longest shadow"


# ---------------------------------------------------------------- as it is written, pair by pair


def written(q: FloatArray, v: FloatArray, metric: str, mean: FloatArray) -> float | None:
    """One pair by equations (1) to (4), exactly summed; None where there is no direction."""
    if metric == "euclidean":
        return sqrt(fsum((q - v) ** 2))
    if metric == "adjusted_cosine":
        q, v = q - mean, v - mean
    if metric == "dot":
        return fsum(q * v)
    roots = sqrt(fsum(q * q)) * sqrt(fsum(v * v))
    return fsum(q * v) / roots if roots > 1e-9 else None


def brute_force(
    table: FloatArray, rated: FloatArray, item: int, n: int, metric: str, common: FloatArray,
    support: int, shrinkage: float,
) -> list[tuple[int, float]]:  # fmt: skip
    mean = table[rated > 0].mean(axis=0)
    found = []
    for j, row in enumerate(table):
        score = written(row, table[item], metric, mean)
        if j == item or not rated[j] or score is None or common[j] < support:
            continue
        if shrinkage:
            if metric == "euclidean" and not common[j]:
                continue
            weight = common[j] / (common[j] + shrinkage)
            score = score / weight if metric == "euclidean" else score * weight
        cost = score if metric == "euclidean" else -score
        found.append((round(cost, 11), j, score))
    return [(j, score) for _, j, score in sorted(found)[:n]]


@pytest.fixture(scope="module")
def hundred(real: Callable[[str], Dataset]) -> tuple[Dataset, Algorithm]:
    """ml-100k without two films' ratings, so that nobody rated them."""
    data = real("ml-100k")
    kept = data.ratings.take(~np.isin(data.ratings.items, (5, 700)))
    return data, rc.algorithm("als", n_factors=12, n_epochs=3).fit(kept)


@pytest.mark.real
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(("support", "shrinkage"), [(0, 0.0), (20, 0.0), (0, 50.0), (5, 100.0)])
def test_neighbours_are_those_of_a_brute_force_search(
    hundred: tuple[Dataset, Algorithm], metric: str, support: int, shrinkage: float
) -> None:
    data, model = hundred
    table = model.item_factors_.copy()  # type: ignore[attr-defined]
    table[[11, 1200, 1300]] = table[7]  # ties: four films in one place
    table[44] = 0.0  # rated, and yet without direction
    kept = data.ratings.take(~np.isin(data.ratings.items, (5, 700)))
    rated = kept.by_item.counts.astype(float)
    for item in (0, 7, 49, 99, 1681):
        raters = [set(kept.by_item.row(j)[0].tolist()) for j in range(kept.n_items)]
        common = np.array([len(raters[item] & other) for other in raters], dtype=float)
        near = similar_items(table, item, 25, metric, support=support, shrinkage=shrinkage, ratings=kept)
        expected = brute_force(table, rated, item, 25, metric, common, support, shrinkage)
        assert near.items.tolist() == [j for j, _ in expected]
        assert near.scores == pytest.approx([score for _, score in expected], abs=1e-10)
        assert near.support is not None
        assert near.support.tolist() == common[near.items].tolist()
        assert not {5, 700, item} & set(near.items.tolist())
        assert near.fallback is None


def test_equals_stand_in_the_order_of_the_catalogue() -> None:
    rng = np.random.default_rng(3)
    table = rng.normal(size=(40, 7))
    twins = [31, 4, 17, 22, 9]
    table[twins] = table[twins[0]]
    for metric in METRICS:
        for n in (2, 3, 4):
            near = similar_items(table, 17, n, metric)
            if metric != "dot":
                assert near.items.tolist() == [4, 9, 22, 31][:n]
        everyone = similar_items(table, 0, 39, metric).items.tolist()
        places = [everyone.index(twin) for twin in sorted(twins)]
        assert places == list(range(places[0], places[0] + 5))


# ---------------------------------------------------------------- who has no neighbours


@pytest.mark.parametrize("metric", METRICS)
def test_an_item_nobody_rated_has_no_neighbours_and_is_none(crowd: Ratings, metric: str) -> None:
    model = rc.algorithm("svd", n_factors=4, n_epochs=2).fit(crowd)  # which leaves its random start
    near = similar_items(model, 24, 5, metric)
    assert len(near) == 0
    assert near.fallback is not None
    assert "nobody rated" in near.fallback
    assert 24 not in similar_items(model, 0, 50, metric).items
    assert len(similar_items(model, 0, 50, metric)) == 23


def test_an_item_placed_by_its_genres_has_neighbours(crowd: Ratings) -> None:
    genres = np.arange(25)[:, None] % 3 == np.arange(3)
    model = rc.place_items_by_genre(rc.algorithm("als", n_factors=4).fit(crowd), genres)
    assert len(similar_items(model, 24, 5)) == 5


@pytest.mark.parametrize("metric", ["cosine", "dot", "adjusted_cosine"])
def test_a_row_without_direction_has_no_neighbours(metric: str) -> None:
    table = np.array([[0.0, 0.0], [1.0, 2.0], [-1.0, -2.0], [3.0, -1.0], [-3.0, 1.0]])
    near = similar_items(table, 0, 3, metric)
    assert len(near) == 0
    assert near.fallback is not None
    if metric != "dot":
        assert 0 not in similar_items(table, 1, 4, metric).items
    assert np.isfinite(similar_items(table, 1, 4, metric).scores).all()


def test_identical_rows_have_no_direction_from_their_mean() -> None:
    table = np.full((6, 3), 0.1)
    assert similar_items(table, 0, 3, "adjusted_cosine").fallback is not None
    assert similar_items(table, 0, 3, "cosine").items.tolist() == [1, 2, 3]


# ---------------------------------------------------------------- support


def test_support_counts_who_rated_both(crowd: Ratings) -> None:
    rated = np.zeros((crowd.n_users, crowd.n_items), dtype=int)
    rated[crowd.users, crowd.items] = 1
    both = rated.T @ rated
    for item in range(crowd.n_items):
        assert common_raters(crowd, item).tolist() == both[item].tolist()


def test_what_nobody_rated_together_is_not_near(toy: Ratings) -> None:
    """Films 0 and 2 share person 1; film 0 and film 1 person 0."""
    table = np.array([[1.0, 0.0], [1.0, 0.1], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    near = similar_items(table, 0, 4, "euclidean", shrinkage=1, ratings=toy)
    assert near.items.tolist() == [2, 1, 3]
    assert near.scores == pytest.approx([0, 0.1 * 2, sqrt(2) * 2]), "one person, one person's worth of doubt"
    assert len(similar_items(table, 0, 4, support=2, ratings=toy)) == 0


# ---------------------------------------------------------------- points and people


def test_the_place_of_an_item_has_its_neighbours() -> None:
    for metric in METRICS:
        of_item = similar_items(ALBUMS, 3, 4, metric)
        of_place = neighbours_of_vector(ALBUMS, ALBUMS[3], 4, metric, exclude=3)
        assert of_place.items.tolist() == of_item.items.tolist()
        assert of_place.scores == pytest.approx(of_item.scores, abs=0)


def test_people_have_neighbours_and_a_new_person_stands_beside_the_one_they_copy(crowd: Ratings) -> None:
    model = rc.algorithm("als", n_factors=4).fit(crowd)
    assert 3 not in similar_people(model, 3, 50).items
    assert 39 not in similar_people(model, 3, 50).items, "who rated nothing"
    assert similar_people(model, 39).fallback == "this person rated nothing"
    copied = model.fold_in(*crowd.by_user.row(3))
    assert similar_people(model, copied, 1).items.tolist() == [3]
    assert similar_people(model, model.fold_in([], [])).fallback == "no ratings given"


# ---------------------------------------------------------------- what is refused


def test_what_cannot_be_answered_is_refused_in_words(crowd: Ratings, toy: Ratings) -> None:
    with pytest.raises(DataError, match="no item 5"):
        similar_items(ALBUMS, 5)
    with pytest.raises(DataError, match="euclidean, cosine"):
        similar_items(ALBUMS, 0, metric="manhattan")
    with pytest.raises(DataError, match="pass ratings"):
        similar_items(ALBUMS, 0, support=3)
    with pytest.raises(DataError, match="25 items"):
        similar_items(ALBUMS, 0, ratings=crowd)
    with pytest.raises(DataError, match="2 finite numbers"):
        neighbours_of_vector(ALBUMS, [1.0, 2.0, 3.0])
    with pytest.raises(DataError, match="finite"):
        similar_items(np.array([[1.0, np.nan], [0.0, 1.0]]), 0)
    with pytest.raises(DataError, match="1 neighbour or more"):
        similar_items(ALBUMS, 0, n=0)
    with pytest.raises(DataError, match=r"n = 2\.5 .* whole number"):
        similar_items(ALBUMS, 0, n=2.5)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="endless"):
        similar_items(ALBUMS, 0, shrinkage=np.inf, ratings=toy)
    with pytest.raises(DataError, match="2 finite numbers"):
        neighbours_of_vector(ALBUMS, ["north", "east"])
    with pytest.raises(DataError, match="finite numbers, one row an item"):
        similar_items(np.array([["a", "b"], ["c", "d"]]), 0)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"1e\+200 is beyond ±1e\+09"):
        similar_items(np.array([[1e200, 1.0], [-1e200, 2.0]]), 0)
    with pytest.raises(UnsupportedError, match="no item factors"):
        similar_items(rc.algorithm("bias").fit(toy), 0)
    with pytest.raises(NotFittedError):
        similar_items(rc.algorithm("als"), 0)


@pytest.mark.parametrize("name", [n for n, cls in rc.algorithms().items() if cls.learns_factors])
def test_every_model_with_item_factors_has_neighbours(name: str) -> None:
    data = rc.load("lectures-movies")
    small = {"n_epochs": 2} if "n_epochs" in rc.algorithms()[name].hyper_parameters() else {}
    if not rc.algorithms()[name].can_serve(data.side):
        pytest.skip("needs features that this table does not have")
    model = rc.algorithm(name, **small).fit(data.ratings, data.side)
    for metric in METRICS:
        near = similar_items(model, 0, 4, metric, ratings=data.ratings)
        assert np.isfinite(near.scores).all()
        assert near.fallback is not None or 0 < len(near) <= 4
