"""Trade-offs: who is beaten by nobody, and when the lowest RMSE is the wrong choice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import recsys_core as rc
from recsys_core.errors import DataError
from recsys_core.evaluation import cross_validate
from recsys_core.evaluation.trade_off import pareto, rmse_trap


def test_the_front_of_an_example() -> None:
    points = [(0.9, 0.1), (0.8, 0.1), (0.8, 0.3), (0.95, 0.4), (np.nan, 0.9), (0.8, 0.3)]
    assert pareto(points, ("lower", "higher")).tolist() == [False, False, True, True, False, True]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12))
def test_everybody_off_the_front_is_beaten_by_someone_on_it(points: list[tuple[int, int]]) -> None:
    front = pareto(points, ("higher", "lower"))
    assert front.any()
    for x, on in zip(points, front, strict=True):
        beaten = [
            y for y, f in zip(points, front, strict=True) if f and y != x and y[0] >= x[0] and y[1] <= x[1]
        ]
        assert bool(beaten) != on


def test_points_must_have_the_criteria() -> None:
    with pytest.raises(DataError, match="2 criteria"):
        pareto([(1, 2, 3)], ("lower", "higher"))


def test_the_trap_is_named_with_its_figures() -> None:
    # Popularity predicts badly and, of people who rate what is popular, ranks well.
    chosen = ["bias", "popularity"]
    report = cross_validate(chosen, rc.load("sample"), folds=2, metrics=("rmse", "ndcg"))
    trap = rmse_trap(report)
    assert trap is not None
    assert (trap.by_rmse, trap.by_ndcg) == ("bias", "popularity")
    assert trap.rmse == tuple(report.table["rmse"])
    assert trap.ndcg == tuple(report.table["ndcg"])
    assert trap.gap == report.difference("popularity", "bias", "ndcg")
    assert trap.gap.real
    assert "real" in trap.words


def test_there_is_no_trap_where_one_is_best_in_both_or_nobody_can_tell() -> None:
    sample = rc.load("sample")
    both = cross_validate(
        ["popularity", "surprise_normal_predictor"], sample, folds=2, metrics=("rmse", "ndcg")
    )
    assert rmse_trap(both) is None
    assert rmse_trap(cross_validate(["popularity", "bias"], sample, folds=2)) is None
    assert rmse_trap(cross_validate(["bias"], sample, folds=2, metrics=("rmse", "ndcg"))) is None
