"""Is the gap real? Luck is called luck, a gap a gap, and it does not matter who is named first."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.evaluation.cross_validation import cross_validate
from recsys_core.evaluation.significance import (
    FEWEST,
    LEVEL,
    N_RESAMPLES,
    Difference,
    differences,
    holm,
    resampled,
)
from recsys_core.ratings import FloatArray

N_PEOPLE = 150


def errors_of(rng: np.random.Generator, gap: float, n: int = N_PEOPLE) -> tuple[FloatArray, FloatArray]:
    """Squared errors of two models, by person: some people are harder for both, one model is `gap` worse."""
    counts = rng.integers(5, 60, n).astype(float)
    hard = rng.gamma(4.0, 0.25, n)
    own = hard * np.exp(0.2 * rng.normal(size=(2, n))) + np.array([[0.0], [gap]])
    return own * counts, np.array([counts, counts])


def one(totals: FloatArray, weights: FloatArray, **options: int) -> Difference:
    return differences(("a", "b"), totals, weights, "rmse", **options)[0]


# ---------------------------------------------------------------- what it promises


def test_ties_are_taken_for_a_gap_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(1)
    n = 400
    found = [one(*errors_of(rng, 0.0), n_resamples=400) for _ in range(n)]
    alarms = sum(d.real for d in found)
    most = LEVEL * n + 2.6 * math.sqrt(LEVEL * (1 - LEVEL) * n)  # one run in two hundred would be above
    assert alarms <= most
    assert alarms > 0  # a test that never cries would pass for nothing


def test_the_interval_holds_the_true_gap_as_often_as_promised() -> None:
    rng = np.random.default_rng(2)
    # Of the whole population; mean squared errors 1 + 0.02 and 1.15 + 0.02, as many ratings each.
    inside, n = 0, 300
    level = math.exp(0.2**2 / 2)
    truth = math.sqrt(level) - math.sqrt(level + 0.15)
    for _ in range(n):
        found = one(*errors_of(rng, 0.15), n_resamples=400)
        inside += found.low <= truth <= found.high
    assert inside / n >= 0.95 - 2.6 * math.sqrt(0.95 * 0.05 / n)


def test_a_known_gap_is_found() -> None:
    rng = np.random.default_rng(3)
    found = [one(*errors_of(rng, 0.15)) for _ in range(20)]
    assert all(d.real and d.mean < 0 and d.high < 0 for d in found)
    assert {d.words for d in found} == {"real"}


def test_the_same_model_twice_is_no_gap() -> None:
    totals, weights = errors_of(np.random.default_rng(4), 0.0)
    found = one(totals[[0, 0]], weights)
    assert (found.mean, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert found.words == "too small to tell"


# ---------------------------------------------------------------- how it is made


def test_it_is_symmetric() -> None:
    totals, weights = errors_of(np.random.default_rng(5), 0.02)
    forth, back = one(totals, weights), one(totals[::-1], weights[::-1])
    assert (back.mean, back.low, back.high) == pytest.approx((-forth.mean, -forth.high, -forth.low))
    assert back.p == forth.p
    assert forth.turned == Difference(
        "b", "a", "rmse", -forth.mean, -forth.high, -forth.low, forth.p, forth.p, forth.n_users
    )


def test_every_draw_is_the_metric_of_as_many_people_drawn_anew() -> None:
    totals, weights = errors_of(np.random.default_rng(6), 0.1, n=30)
    found = resampled(totals, weights, "rmse", 50, seed=8)
    rng = np.random.default_rng(8)
    for row in found:
        people = rng.integers(0, 30, 30)
        want = np.sqrt(totals[:, people].sum(axis=1) / weights[:, people].sum(axis=1))
        np.testing.assert_allclose(row, want, rtol=1e-12)


def test_equal_seeds_give_equal_answers_and_others_others() -> None:
    totals, weights = errors_of(np.random.default_rng(7), 0.02)
    assert one(totals, weights, seed=1) == one(totals, weights, seed=1)
    assert one(totals, weights, seed=1) != one(totals, weights, seed=2)


def test_people_are_drawn_in_blocks_without_changing_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    totals, weights = errors_of(np.random.default_rng(9), 0.1)
    whole = resampled(totals, weights, "mae", 40, seed=1)
    monkeypatch.setattr("recsys_core.evaluation.significance.BLOCK", 7 * N_PEOPLE)
    np.testing.assert_allclose(resampled(totals, weights, "mae", 40, seed=1), whole, rtol=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_lowers_keeps_the_order_and_is_never_above_bonferroni(p: list[float]) -> None:
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(1, np.array(p) * len(p))).all()
    order = np.argsort(p, kind="stable")
    assert all(a <= b for a, b in pairwise(adjusted[order]))
    assert adjusted[order[0]] == min(1, p[order[0]] * len(p))


def test_holm_on_an_example_worked_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06 and 0.04, which may not fall.
    np.testing.assert_allclose(holm([0.04, 0.01, np.nan, 0.03, 0.02]), [0.06, 0.04, np.nan, 0.06, 0.06])


def test_the_more_pairs_are_shown_the_more_it_takes() -> None:
    totals, weights = errors_of(np.random.default_rng(10), 0.04)
    alone = one(totals, weights)
    found = differences("abcd", np.concatenate([totals, totals]), np.concatenate([weights, weights]), "rmse")
    assert len(found) == 6
    assert [d.p_adjusted for d in found] == pytest.approx(holm([d.p for d in found]))
    assert found[0].p == alone.p == alone.p_adjusted
    assert found[0].p_adjusted > alone.p_adjusted


def test_a_crowd_of_algorithms_does_not_drown_a_plain_gap() -> None:
    totals, weights = errors_of(np.random.default_rng(13), 0.5)
    crowd = np.concatenate([totals[:1] * (1 + 0.001 * k) for k in range(14)] + [totals[1:]])
    found = differences("abcdefghijklmno", crowd, np.repeat(weights[:1], 15, axis=0), "rmse")
    assert len(found) == 105
    assert all(d.real for d in found if d.b == "o")


# ---------------------------------------------------------------- what cannot be told


def test_what_cannot_be_told_is_not() -> None:
    totals, weights = errors_of(np.random.default_rng(11), 0.5)
    few = slice(FEWEST - 1)
    assert one(totals[:, few], weights[:, few]).words == "cannot be told"
    totals[1, 3] = np.nan
    assert one(totals, weights).words == "cannot be told"
    assert not one(totals, weights).real


def test_a_pair_without_the_failed_one_is_still_told() -> None:
    totals, weights = errors_of(np.random.default_rng(12), 0.3)
    totals = np.concatenate([totals, np.full((1, N_PEOPLE), np.nan)])
    weights = np.concatenate([weights, weights[:1]])
    found = differences("abc", totals, weights, "rmse", [True, True, False])
    assert [d.words for d in found] == ["real", "cannot be told", "cannot be told"]
    assert found[0].p_adjusted == found[0].p == 2 / (N_RESAMPLES + 1)


def test_a_report_tells_its_gaps_by_its_own_people() -> None:
    report = cross_validate(
        ["bias", "popularity", "surprise_normal_predictor"],
        rc.load("sample"),
        folds=2,
        metrics=("rmse", "ndcg", "coverage"),
    )
    found = report.difference("bias", "popularity", "rmse")
    gap = report.value("bias", "rmse") - report.value("popularity", "rmse")
    assert found.mean == pytest.approx(gap, abs=1e-3)  # pooled against the mean of two folds
    assert found.real
    assert report.difference("popularity", "bias", "rmse") == found.turned
    assert found in report.differences("rmse")
    assert report.difference("bias", "popularity", "coverage").words == "cannot be told"
    better = report.difference("popularity", "surprise_normal_predictor", "ndcg")
    assert better.mean > 0
    assert better.real
    assert report.people is not None
    assert better.n_users == np.count_nonzero(report.people.weights[0, 1]) < 600  # some like nothing there
