"""What a map keeps of the space, how a learned space lies over the true one, and what a factor means."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.projection import principal_axes
from recsys_core.ratings import FloatArray, Ratings
from recsys_core.space import (
    align,
    lay_out,
    map_honesty,
    meaning_of_factor,
    norm_against_popularity,
    spearman,
)

CLOUD = np.random.default_rng(5).normal(size=(150, 8)) * np.arange(1, 9) ** -0.7

# ---------------------------------------------------------------- trust


def test_a_map_that_changes_nothing_is_honest() -> None:
    plane = CLOUD[:, :2]
    for places in (plane, 3 * plane[:, ::-1] + 1, plane @ [[0.6, 0.8], [-0.8, 0.6]]):
        judged = map_honesty(plane, places, 7)
        assert judged.trustworthiness == judged.continuity == judged.share == 1
        assert (judged.shares == 1).all()


def test_by_hand() -> None:
    """Five points on a line, of which the map swaps the last two; k = 1.

    Invented: 4 beside 3, the fourth in truth (at 7, 6, 4, ·, 8); 2 beside 4, the second (15, 14, 12, 8).
    Lost: 2 from 3, the second on the map (15, 14, 12, ·, 8); 3 from 4, the fourth (7, 6, 4, 8).
    So both sums are 3 + 1, and 2 / (n k (2n − 3k − 1)) = 2 / 30.
    """
    truth, on_map = np.array([[0.0], [1], [3], [7], [15]]), np.array([[0.0], [1], [3], [15], [7]])
    judged = map_honesty(truth, on_map, 1)
    assert judged.shares.tolist() == [1, 1, 1, 0, 0]
    assert judged.trustworthiness == pytest.approx(1 - 4 / 15)
    assert judged.continuity == pytest.approx(1 - 4 / 15)
    assert judged.by_chance == 1 / 4


@pytest.mark.parametrize("k", [1, 5, 20])
@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_trustworthiness_is_that_of_scikit_learn(k: int, metric: str) -> None:
    manifold = pytest.importorskip("sklearn.manifold")
    places = principal_axes(CLOUD)(CLOUD)
    judged = map_honesty(CLOUD, places, k, metric)
    assert judged.trustworthiness == pytest.approx(
        manifold.trustworthiness(CLOUD, places, n_neighbors=k, metric=metric), abs=1e-12
    )
    if metric == "euclidean":  # what is lost from space to map would be invented from map to space
        assert judged.continuity == pytest.approx(map_honesty(places, CLOUD, k).trustworthiness)
    assert 0 < judged.share < 1


def test_a_map_drawn_at_random_keeps_what_chance_keeps() -> None:
    judged = map_honesty(CLOUD, np.random.default_rng(0).normal(size=(150, 2)), 10)
    assert judged.share == pytest.approx(judged.by_chance, abs=0.03)
    assert judged.trustworthiness == pytest.approx(0.5, abs=0.05)


def test_a_sample_judges_its_items_as_the_whole_does() -> None:
    places = principal_axes(CLOUD)(CLOUD)
    whole, part = map_honesty(CLOUD, places), map_honesty(CLOUD, places, sample=60, seed=1)
    assert part.shares.tolist() == whole.shares[part.items].tolist()
    assert len(part.items) == 60
    assert part.trustworthiness == pytest.approx(whole.trustworthiness, abs=0.05)
    assert map_honesty(CLOUD, places, sample=150).trustworthiness == whole.trustworthiness


def test_of_items_equally_near_any_is_a_true_neighbour() -> None:
    """Thirty items alike: whichever of them a map has near one of them, it is right."""
    factors = np.vstack([np.zeros((30, 8)), 50 + CLOUD])
    places = factors[:, :2] + np.random.default_rng(2).normal(size=(180, 2)) * 1e-3
    alike = map_honesty(factors, places, 5, items=np.arange(30, dtype=np.int32))
    assert alike.share == alike.trustworthiness == 1
    assert alike.by_chance == pytest.approx(29 / 179), "any of the other 29 would do"
    one_way = np.vstack([np.outer(np.linspace(1, 3, 30), CLOUD[0]), CLOUD[1:]])
    far_off = np.vstack([[[1000 + n, 0] for n in range(30)], CLOUD[1:, :2]])
    by_cosine = map_honesty(one_way, far_off, 5, "cosine", items=np.arange(30, dtype=np.int32))
    assert by_cosine.share == 1, "of one direction, whatever the length"
    on_one_point = map_honesty(factors, factors[:, :2], 5, items=np.arange(30, dtype=np.int32))
    assert on_one_point.share == on_one_point.continuity == 1


def test_what_only_one_side_tells_apart_is_neither_lost_nor_invented() -> None:
    """Two heaps of thirty, each on one point: the map that scatters them is right, and so is its mirror."""
    heaps = np.repeat([[0.0, 0.0], [10.0, 0.0]], 30, axis=0)
    scattered = heaps + np.random.default_rng(0).normal(size=heaps.shape) * 0.1
    for truth, on_map in ((heaps, scattered), (scattered, heaps)):
        judged = map_honesty(truth, on_map, 10)
        assert judged.trustworthiness == judged.continuity == judged.share == 1


@pytest.mark.parametrize("seed", range(4))
def test_of_equals_those_count_that_the_other_side_has_near(seed: int) -> None:
    """Against equations (1) and (2) as they are written, on a grid full of equals."""
    rng = np.random.default_rng(seed)
    truth, on_map = (rng.integers(0, 4, size=(30, 2)).astype(float) for _ in range(2))
    k, n = 4, 30
    in_truth, drawn = (((table[:, None] - table) ** 2).sum(axis=2) for table in (truth, on_map))

    def too_far(near_by: FloatArray, then_by: FloatArray) -> float:
        """Of the k nearest by one, what (1) sums: by how much their places by the other exceed k."""
        total = 0
        for i in range(n):
            others = [j for j in range(n) if j != i]
            nearest = sorted(others, key=lambda j: (near_by[i, j], then_by[i, j]))[:k]
            places = [1 + sum(then_by[i, o] < then_by[i, j] for o in others) for j in nearest]
            total += sum(max(place - k, 0) for place in places)
        return 1 - 2 * total / (n * k * (2 * n - 3 * k - 1))

    judged = map_honesty(truth, on_map, k)
    assert judged.trustworthiness == pytest.approx(too_far(drawn, in_truth))
    assert judged.continuity == pytest.approx(too_far(in_truth, drawn))


def test_items_asked_for_are_judged_as_the_whole_does() -> None:
    places = principal_axes(CLOUD)(CLOUD)
    asked = np.array([3, 140], dtype=np.int32)
    judged = map_honesty(CLOUD, places, items=asked)
    assert judged.shares.tolist() == map_honesty(CLOUD, places).shares[asked].tolist()


def test_what_cannot_be_judged_is_refused() -> None:
    with pytest.raises(DataError, match="below half"):
        map_honesty(CLOUD, CLOUD[:, :2], 75)
    with pytest.raises(DataError, match="one finite place"):
        map_honesty(CLOUD, CLOUD[:9, :2])
    with pytest.raises(DataError, match="no direction"):
        map_honesty(np.vstack([CLOUD, np.zeros(8)]), np.vstack([CLOUD, np.zeros(8)])[:, :2], 3, "cosine")
    with pytest.raises(DataError, match="1 of 151 rows has no direction"):
        map_honesty(np.vstack([np.zeros(8), CLOUD]), np.vstack([np.zeros(8), CLOUD])[:, :2], 3, "cosine")
    with pytest.raises(DataError, match="name 1 or more"):
        map_honesty(CLOUD, CLOUD[:, :2], items=np.array([], dtype=np.int32))
    with pytest.raises(DataError, match="no item 99999"):
        map_honesty(CLOUD, CLOUD[:, :2], items=np.array([99999], dtype=np.int32))


# ---------------------------------------------------------------- layouts


def test_two_factors_are_drawn_as_they_are(crowd: Ratings) -> None:
    model = rc.algorithm("als", n_factors=2).fit(crowd)
    drawn = lay_out(model, "factors")
    assert drawn.items.tolist() == list(range(24)), "nobody rated the last"
    assert drawn.places.tolist() == model.item_factors_[:24].tolist()  # type: ignore[attr-defined]
    with pytest.raises(DataError, match="use pca"):
        lay_out(model, "factors", 3)


def test_the_axes_are_those_of_the_items_drawn(crowd: Ratings) -> None:
    model = rc.algorithm("als", n_factors=5).fit(crowd)
    drawn = lay_out(model, "pca", 3)
    rows = model.item_factors_[:24]  # type: ignore[attr-defined]
    assert drawn.places == pytest.approx(principal_axes(rows, 3)(rows))
    assert drawn.explained == principal_axes(rows, 3).explained
    assert len(lay_out(CLOUD).items) == 150


@pytest.mark.parametrize("n_axes", [2, 3])
def test_tsne_keeps_groups_apart_and_repeats_itself(n_axes: int) -> None:
    pytest.importorskip("sklearn")
    groups = np.repeat(np.eye(3, 6) * 10, 20, axis=0) + np.random.default_rng(1).normal(size=(60, 6))
    one, again = (lay_out(groups, "tsne", n_axes, perplexity=8, seed=4) for _ in range(2))
    assert one.places.tolist() == again.places.tolist()
    assert one.places.shape == (60, n_axes)
    assert one.explained is None
    nearest = map_honesty(groups, one.places, 10)
    assert nearest.trustworthiness > 0.9
    with pytest.raises(DataError, match="perplexity"):
        lay_out(groups, "tsne", perplexity=30)
    with pytest.raises(DataError, match="factors, pca, tsne"):
        lay_out(groups, "sammon")


# ---------------------------------------------------------------- alignment


def turn(n: int, seed: int) -> FloatArray:
    Q: FloatArray = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))[0]
    return Q


def test_a_turned_stretched_and_shifted_space_lies_on_the_true_one() -> None:
    laid = align(0.3 * CLOUD @ turn(8, 1) + 5, CLOUD)
    assert laid.error == pytest.approx(0, abs=1e-12)
    assert laid.aligned == pytest.approx(CLOUD)
    assert laid.scale == pytest.approx(1 / 0.3)
    assert laid.rotation.T @ laid.rotation == pytest.approx(np.eye(8))


def test_the_error_is_the_share_left_over_and_no_other_turn_leaves_less() -> None:
    noisy = CLOUD @ turn(8, 2) + np.random.default_rng(3).normal(size=CLOUD.shape) * 0.4
    laid = align(noisy, CLOUD)
    centred = CLOUD - CLOUD.mean(axis=0)
    assert laid.error == pytest.approx(((laid.aligned - CLOUD) ** 2).sum() / (centred**2).sum())
    for seed in range(20):
        other = (noisy - noisy.mean(axis=0)) @ turn(8, seed)
        s = (other * centred).sum() / (other**2).sum()
        assert ((s * other - centred) ** 2).sum() / (centred**2).sum() > laid.error


def test_spaces_of_other_widths_are_aligned_too() -> None:
    assert align(CLOUD, CLOUD[:, :3]).aligned.shape == (150, 3)
    wider = np.hstack([CLOUD[:, :3] @ turn(3, 1), np.zeros((150, 2))]) @ turn(5, 2)
    assert align(wider, CLOUD[:, :3]).error == pytest.approx(0, abs=1e-12)
    assert 0 < align(CLOUD[:, :3], CLOUD).error < 1
    with pytest.raises(DataError, match="all rows are the same"):
        align(np.ones((5, 2)), CLOUD[:5])
    with pytest.raises(DataError, match="all rows are the same"):
        align(np.full((10, 3), 0.1), CLOUD[:10])  # but for rounding
    with pytest.raises(DataError, match="9 learned rows"):
        align(CLOUD[:9], CLOUD)


def test_on_the_sample_more_ratings_bring_the_learned_space_nearer_to_the_true_one() -> None:
    data = rc.load("sample")
    assert data.truth is not None
    true, mixed = data.truth.item_factors, np.random.default_rng(0).permutation(len(data.ratings))
    errors = []
    for share in (1.0, 0.5, 0.25):
        part = data.ratings.take(np.sort(mixed[: int(share * len(mixed))]))
        rated = part.by_item.counts > 0
        model = rc.algorithm("als", n_factors=true.shape[1]).fit(part)
        errors.append(align(model.item_factors_[rated], true[rated]).error)  # type: ignore[attr-defined]
    nothing_learned = align(np.random.default_rng(0).normal(size=true.shape), true).error
    assert errors[0] + 0.05 < errors[1] < errors[2] - 0.05
    assert errors[2] < nothing_learned


# ---------------------------------------------------------------- meaning


def test_rank_correlation_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 6, 80).astype(float), rng.normal(size=80)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert spearman(x, np.exp(x)) == pytest.approx(1)
    assert spearman(x, np.ones(80)) is None
    assert spearman(x[:2], y[:2]) is None


def test_a_factor_made_of_a_genre_is_told_by_it(toy_dataset: Dataset) -> None:
    catalogue, ratings = toy_dataset.catalogue, toy_dataset.ratings
    table = np.column_stack([catalogue.genres[:, 1] * 2.0 - 1, -catalogue.years.astype(float)])
    told = meaning_of_factor(table, 0, catalogue, ratings, n=2)
    assert told.correlations[0].name in {"Drama", "Comedy"}
    assert {c.name: c.value for c in told.correlations}["Drama"] == pytest.approx(1)
    assert told.high.tolist() == [0, 1]
    assert told.low.tolist() == [2, 3]
    by_year = {c.name: c for c in meaning_of_factor(table, 1, catalogue, ratings).correlations}
    assert by_year["year"].value == pytest.approx(-1)
    assert by_year["year"].n_items == 3, "one film has no year, one no ratings"
    with pytest.raises(DataError, match="no factor 2"):
        meaning_of_factor(table, 2, catalogue, ratings)
    with pytest.raises(DataError, match="needs 3"):
        meaning_of_factor(table, 0, catalogue, ratings, min_ratings=9)


@pytest.mark.real
def test_the_films_at_the_ends_are_rated_as_often_as_asked(real: Callable[[str], Dataset]) -> None:
    data = real("ml-100k")
    model = rc.algorithm("als", n_factors=8, n_epochs=3).fit(data.ratings)
    told = meaning_of_factor(model, 3, data.catalogue, data.ratings, n=10, min_ratings=50)
    ends = np.concatenate([told.low, told.high])
    assert data.ratings.by_item.counts[ends].min() >= 50
    column = model.item_factors_[:, 3]  # type: ignore[attr-defined]
    assert column[told.low].max() < np.median(column) < column[told.high].min()
    assert all(-1 <= c.value <= 1 for c in told.correlations)
    assert -1 <= norm_against_popularity(model, data.ratings).value <= 1
