"""Two axes through a cloud of factors."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core.errors import DataError
from recsys_core.projection import principal_axes


def test_the_first_axis_shows_most_and_nothing_is_stretched() -> None:
    Q = np.random.default_rng(0).normal(size=(200, 6)) * [9, 4, 1, 1, 1, 1]
    show = principal_axes(Q)
    x, y = show(Q).T
    assert x.var() > y.var() > 1
    assert show.axes.T @ show.axes == pytest.approx(np.eye(2))
    assert show.explained == pytest.approx((x.var() + y.var()) / Q.var(axis=0).sum())
    assert show(show.centre) == pytest.approx(0)


def test_two_factors_are_shown_as_they_are_but_for_a_rotation() -> None:
    Q = np.random.default_rng(1).normal(size=(30, 2))
    show = principal_axes(Q)
    apart = np.linalg.norm(Q[:, None] - Q, axis=2)
    assert np.linalg.norm(show(Q)[:, None] - show(Q), axis=2) == pytest.approx(apart)
    assert show.explained == pytest.approx(1)


def test_mirrored_factors_do_not_mirror_the_map() -> None:
    Q = np.random.default_rng(2).normal(size=(50, 4))
    assert principal_axes(Q)(Q) == pytest.approx(principal_axes(Q.copy())(Q))
    assert (
        np.abs(principal_axes(Q).axes).argmax(axis=0) == np.abs(principal_axes(-Q).axes).argmax(axis=0)
    ).all()


@pytest.mark.parametrize("Q", [np.ones((5, 3)), np.ones((1, 3)), np.arange(4.0)[:, None]])
def test_a_cloud_without_breadth_is_drawn_all_the_same(Q: np.ndarray) -> None:
    assert np.isfinite(principal_axes(Q)(Q)).all()


@pytest.mark.parametrize("Q", [np.ones((0, 3)), np.full((2, 2), np.nan)])
def test_what_cannot_be_drawn_is_refused(Q: np.ndarray) -> None:
    with pytest.raises(DataError, match="A map needs"):
        principal_axes(Q)
