"""Re-ranking chooses a list as a whole; each way is held against its source, written out in full."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.errors import DataError
from recsys_core.evaluation.metrics import metric
from recsys_core.evaluation.metrics.base import Lists
from recsys_core.ranking import rank
from recsys_core.ranking.rerank import (
    calibrate,
    cap,
    criteria,
    diversify,
    history_shares,
    main_genres,
    payers,
)
from recsys_core.ranking.rerank.base import relevance
from recsys_core.ranking.rerank.calibration import ALPHA, divergences, divergences_readable, genre_shares
from recsys_core.ratings import BoolArray, FloatArray, IntArray, Ratings, Scale

Case = tuple[IntArray, FloatArray, BoolArray, FloatArray]


@st.composite
def cases(draw: st.DrawFn, most: int = 9) -> Case:
    """A pool out of a small catalogue, scores with ties, genres (a film may have none), and a history."""
    n_items = draw(st.integers(2, most))
    n_genres = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    genres = rng.random((n_items, n_genres)) < 0.45
    pool = rng.permutation(n_items)[: rng.integers(1, n_items + 1)].astype(np.int32)
    target = rng.random(n_genres) * (rng.random(n_genres) < 0.7)
    target[0] += 0.1
    return pool, rng.integers(0, 5, n_items) / 2.0, genres, target / target.sum()


def by_score(pool: IntArray, scores: FloatArray, n: int) -> list[int]:
    return rank(scores, pool, n).tolist()


def held(pool: IntArray, scores: FloatArray) -> dict[int, float]:
    low, high = scores[pool].min(), scores[pool].max()
    return {int(i): float((scores[i] - low) / (high - low)) if high > low else 1.0 for i in pool}


# ---------------------------------------------------------------- diversity


def jaccard(genres: BoolArray, i: int, j: int) -> float:
    either = (genres[i] | genres[j]).sum()
    return float((genres[i] & genres[j]).sum() / either) if either else 0.0


@given(case=cases(), strength=st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]), n=st.integers(0, 10))
def test_diversity_is_maximal_marginal_relevance_written_out(case: Case, strength: float, n: int) -> None:
    pool, scores, genres, _ = case
    s, left, chosen = held(pool, scores), by_score(pool, scores, len(pool)), list[int]()
    while left and len(chosen) < n:
        values = [
            (1 - strength) * s[i] - strength * max((jaccard(genres, i, j) for j in chosen), default=0.0)
            for i in left
        ]
        chosen.append(left.pop(int(np.argmax(np.round(values, 12)))))
    found = diversify(pool, scores, genres, strength, n).tolist()
    if found != chosen:  # equal but for the last digits: either order is right
        assert value_of(found, s, genres, strength) == pytest.approx(value_of(chosen, s, genres, strength))


def value_of(chosen: list[int], s: dict[int, float], genres: BoolArray, strength: float) -> list[float]:
    return [
        (1 - strength) * s[i] - strength * max((jaccard(genres, i, j) for j in chosen[:k]), default=0.0)
        for k, i in enumerate(chosen)
    ]


def test_variety_in_factors_passes_over_the_twin_but_not_the_opposite() -> None:
    factors = np.array([[2.0, 0.0], [4.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
    scores, pool = np.array([1.0, 0.9, 0.2, 0.1]), np.arange(4, dtype=np.int32)
    assert diversify(pool, scores, factors, 0.5, 4, "factors").tolist() == [0, 2, 3, 1]
    with pytest.raises(DataError, match="genres, factors"):
        diversify(pool, scores, factors, 0.5, 4, "posters")


# ---------------------------------------------------------------- calibration


def objective(items: list[int], s: dict[int, float], case: Case, strength: float) -> float:
    """Steck's equation 6 for a set of films, from the definition."""
    _, _, genres, p = case
    shares = np.zeros(genres.shape[1])
    for i in items:
        if genres[i].any():
            shares += genres[i] / genres[i].sum()
    q = shares / shares.sum() if shares.sum() else shares
    divergence = sum(
        pg * np.log(pg / ((1 - ALPHA) * qg + ALPHA * pg)) for pg, qg in zip(p, q, strict=True) if pg
    )
    return (1 - strength) * sum(s[i] for i in items) - strength * float(divergence)


@given(case=cases(), strength=st.sampled_from([0.0, 0.3, 0.7, 0.99, 1.0]), n=st.integers(1, 6))
def test_calibration_is_stecks_greedy_step_by_step_and_never_below_the_plain_list(
    case: Case, strength: float, n: int
) -> None:
    pool, scores, genres, target = case
    s, plain = held(pool, scores), by_score(pool, scores, n)
    found = calibrate(pool, scores, genres, target, strength, n).tolist()
    whole = objective(found, s, case, strength)
    assert len(set(found)) == len(found) == min(n, len(pool))
    assert whole >= objective(plain, s, case, strength) - 1e-9
    if found != plain:  # each step takes a film no other beats
        for k in range(len(found)):
            best = max(objective([*found[:k], int(i)], s, case, strength) for i in pool if i not in found[:k])
            assert objective(found[: k + 1], s, case, strength) == pytest.approx(best, abs=1e-9)


@given(case=cases(8), strength=st.sampled_from([0.3, 0.7, 1.0]), n=st.integers(1, 4))
def test_calibration_ends_near_the_best_of_all_sets(case: Case, strength: float, n: int) -> None:
    pool, scores, genres, target = case
    s = held(pool, scores)
    found = calibrate(pool, scores, genres, target, strength, n).tolist()
    n = min(n, len(pool))
    every = [objective([int(i) for i in some], s, case, strength) for some in combinations(pool, n)]
    floor = objective([], s, case, strength)
    gained, possible = objective(found, s, case, strength) - floor, max(every) - floor
    assert gained <= possible + 1e-9
    assert gained >= (1 - 1 / np.e) * possible - 1e-9  # the bound for greedy choices, Nemhauser et al. (1978)


def test_where_greed_ends_below_the_plain_list_the_plain_list_is_kept() -> None:
    # One film of both genres would be taken first, and spoil the perfect halves of the other two.
    genres = np.array([[True, False], [False, True], [True, True]])
    scores, pool = np.array([1.0, 1.0, 0.9]), np.arange(3, dtype=np.int32)
    assert calibrate(pool, scores, genres, np.array([0.5, 0.5]), 0.9, 2).tolist() == [0, 1]


def test_what_is_calibrated_is_what_the_metric_measures() -> None:
    rng = np.random.default_rng(3)
    genres = rng.random((30, 5)) < 0.4
    own = list(range(8))
    train = Ratings.from_arrays([0] * 8, own, [4.0] * 8, Scale(1.0, 5.0), n_users=1, n_items=30)
    target = history_shares(genres, np.arange(8, dtype=np.int32))
    assert target is not None
    measured = []
    for strength in (0.0, 0.5, 0.95):
        pool = np.arange(8, 30, dtype=np.int32)
        items = calibrate(pool, np.linspace(0, 1, 30), genres, target, strength, 6)
        lists = Lists.of(train, train, [0], items[None, :], genres=genres)
        of_list = genre_shares(genres[items]).sum(axis=0)
        ours = divergences_readable(np.zeros((1, 5)), of_list, target)[0]
        measured.append(metric("calibration").value(lists))
        assert ours == pytest.approx(measured[-1], abs=1e-12)
    assert measured[0] > measured[1] > measured[2]


@given(case=cases())
def test_the_compiled_divergence_is_the_readable_one(case: Case) -> None:
    _, _, genres, target = case
    for total in (np.zeros(genres.shape[1]), genre_shares(genres).sum(axis=0)):
        ours = divergences(genre_shares(genres), total, target, ALPHA)
        np.testing.assert_allclose(
            ours, divergences_readable(genre_shares(genres), total, target), atol=1e-12
        )


def test_a_history_counts_films_evenly_unless_some_have_faded() -> None:
    genres = np.array([[True, True], [True, False], [False, False]])
    own = np.arange(3, dtype=np.int32)
    np.testing.assert_allclose(history_shares(genres, own), [0.75, 0.25])
    np.testing.assert_allclose(history_shares(genres, own, np.array([1.0, 0.0, 1.0])), [0.5, 0.5])
    assert history_shares(genres, own[2:]) is None
    assert history_shares(genres, own[:0]) is None


# ---------------------------------------------------------------- exposure


@given(case=cases(), most=st.integers(1, 3), n=st.integers(1, 9))
def test_a_cap_passes_over_whatever_is_full_and_keeps_the_order(case: Case, most: int, n: int) -> None:
    pool, scores, genres, _ = case
    chosen: list[int] = []
    for i in by_score(pool, scores, len(pool)):
        if len(chosen) < n and (genres[[*chosen, i]].sum(axis=0) <= most).all():
            chosen.append(i)
    assert cap(pool, scores, genres, most, n).tolist() == chosen


def test_the_main_genre_is_the_one_fewest_films_have() -> None:
    genres = np.array([[1, 0, 1], [1, 0, 0], [1, 1, 0], [0, 0, 0]], dtype=bool)  # 3, 1 and 1 films
    assert main_genres(genres).argmax(axis=1)[:3].tolist() == [2, 0, 1]
    assert main_genres(genres).sum(axis=1).tolist() == [1, 1, 1, 0]


def test_one_payer_takes_no_more_than_the_cap() -> None:
    paid, pool = payers(6, ((0, 1, 2), (3,))), np.arange(6, dtype=np.int32)
    assert cap(pool, np.linspace(1, 0, 6), paid, 1, 4).tolist() == [0, 3, 4, 5]


# ---------------------------------------------------------------- all of them


@given(case=cases(), n=st.integers(0, 9))
def test_without_strength_the_order_of_the_scores_stays(case: Case, n: int) -> None:
    pool, scores, genres, target = case
    plain = by_score(pool, scores, n)
    assert diversify(pool, scores, genres, 0.0, n).tolist() == plain
    assert calibrate(pool, scores, genres, target, 0.0, n).tolist() == plain
    assert cap(pool, scores, genres, len(pool), n).tolist() == plain


def test_relevance_is_held_to_the_pool_and_what_is_no_number_comes_last() -> None:
    np.testing.assert_array_equal(relevance(np.array([3.0, 1.0, 2.0])), [1.0, 0.0, 0.5])
    np.testing.assert_array_equal(relevance(np.array([2.0, 2.0])), [1.0, 1.0])
    np.testing.assert_array_equal(relevance(np.array([np.nan, 1.0, 2.0, -np.inf])), [0.0, 0.0, 1.0, 0.0])
    pool, genres = np.arange(3, dtype=np.int32), np.ones((3, 1), dtype=bool)
    assert diversify(pool, np.array([np.nan, 1.0, 2.0]), genres, 0.4, 3).tolist() == [2, 1, 0]


def test_the_folder_is_the_registry() -> None:
    assert list(criteria()) == ["calibration", "diversity", "exposure"]
    assert all(one.title and one.help for one in criteria().values())


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_strength_is_from_0_to_1(strength: float) -> None:
    pool, scores, genres = np.arange(3, dtype=np.int32), np.zeros(3), np.ones((3, 1), dtype=bool)
    with pytest.raises(DataError, match="0 \\(off\\) to 1"):
        diversify(pool, scores, genres, strength)
    with pytest.raises(DataError, match="0 \\(off\\) to 1"):
        calibrate(pool, scores, genres, np.ones(1), strength)


def test_a_cap_is_a_whole_number_from_1_and_a_target_is_shares() -> None:
    pool, scores, genres = np.arange(3, dtype=np.int32), np.zeros(3), np.ones((3, 1), dtype=bool)
    with pytest.raises(DataError, match="whole number from 1"):
        cap(pool, scores, genres, 0)
    with pytest.raises(DataError, match="sum to 1"):
        calibrate(pool, scores, genres, np.array([0.4]), 0.5)
