"""Alternating least squares: every half-step is exact, and so is folding in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms.als import ALS, half_step, half_step_readable, squared_error
from recsys_core.dataset import Dataset
from recsys_core.ratings import Grouped, Ratings

LAMBDA = 0.07


def left_over(ratings: Ratings, view: Grouped) -> np.ndarray:
    """Something to explain, in the order of a grouped view."""
    return (ratings.values.astype(np.float64) - ratings.mean)[view.order]


@pytest.mark.parametrize("side", ["by_user", "by_item"])
def test_the_kernel_solves_what_the_readable_twin_solves(crowd: Ratings, side: str) -> None:
    view: Grouped = getattr(crowd, side)
    n_others = {"by_user": crowd.n_items, "by_item": crowd.n_users}[side]
    n_factors = int(np.median(view.counts))
    assert {0} < set(view.counts.tolist()), "a row without ratings"
    assert (view.counts < n_factors).any()
    assert (view.counts == n_factors).any()
    assert (view.counts > n_factors).any()
    fixed = np.random.default_rng(1).normal(size=(n_others, n_factors))
    arguments = (view.starts, view.others, left_over(crowd, view), fixed, LAMBDA)
    np.testing.assert_allclose(half_step(*arguments), half_step_readable(*arguments), rtol=0, atol=1e-10)


@pytest.mark.parametrize("n_factors", [2, 10, 40])
def test_every_half_step_makes_its_gradient_zero(crowd: Ratings, n_factors: int) -> None:
    """Q_uᵀ (Q_u p_u − e_u) + λ |I_u| p_u = 0 for every person, and zero factors without ratings."""
    view = crowd.by_user
    Q = np.random.default_rng(2).normal(size=(crowd.n_items, n_factors))
    e = left_over(crowd, view)
    P = half_step(view.starts, view.others, e, Q, LAMBDA)
    for u in range(crowd.n_users):
        part = slice(view.starts[u], view.starts[u + 1])
        Q_u = Q[view.others[part]]
        gradient = Q_u.T @ (Q_u @ P[u] - e[part]) + LAMBDA * len(Q_u) * P[u]
        assert np.abs(gradient).max() < 1e-10
    assert not P[view.counts == 0].any()


def test_the_trained_people_stand_at_the_bottom_of_the_loss(crowd: Ratings) -> None:
    """The same after fit, on what the biases leave: the last half-step was the people's."""
    model = ALS(n_factors=6, n_epochs=3, regularization=LAMBDA).fit(crowd)
    for u in range(crowd.n_users):
        items, values = crowd.by_user.row(u)
        Q_u, p_u = model.item_factors_[items], model.user_factors_[u]
        e = values.astype(float) - model.mu_ - model.user_bias_[u] - model.item_bias_[items]
        gradient = Q_u.T @ (Q_u @ p_u - e) + LAMBDA * len(items) * p_u
        assert np.abs(gradient).max(initial=0) < 1e-10


def test_the_reported_loss_is_equation_2(crowd: Ratings) -> None:
    model = ALS(n_factors=4, n_epochs=2, regularization=LAMBDA)
    *_, last = model.steps(crowd)
    loss = squares = 0.0
    for u, i, r in zip(crowd.users, crowd.items, crowd.values.astype(float), strict=True):
        p, q = model.user_factors_[u], model.item_factors_[i]
        error = r - model.mu_ - model.user_bias_[u] - model.item_bias_[i] - q @ p
        squares += error**2
        loss += error**2 + LAMBDA * (p @ p + q @ q)  # each row's penalty is met once a rating
    assert last.train_loss == pytest.approx(loss, rel=1e-10)
    assert last.train_rmse == pytest.approx((squares / len(crowd)) ** 0.5, rel=1e-10)


def test_the_squared_error_is_that_of_a_matrix_product(crowd: Ratings) -> None:
    rng = np.random.default_rng(3)
    P, Q, e = rng.normal(size=(40, 3)), rng.normal(size=(25, 3)), rng.normal(size=len(crowd))
    expected = np.sum((e - (P @ Q.T)[crowd.users, crowd.items]) ** 2)
    assert squared_error(crowd.users, crowd.items, e, P, Q) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n_factors", [3, 30])
def test_folding_in_a_known_persons_ratings_gives_that_person(crowd: Ratings, n_factors: int) -> None:
    model = ALS(n_factors=n_factors).fit(crowd)
    for u in range(crowd.n_users):
        profile = model.fold_in(*crowd.by_user.row(u))
        assert profile.bias == pytest.approx(model.user_bias_[u], abs=1e-12)
        np.testing.assert_allclose(profile.vector, model.user_factors_[u], rtol=0, atol=1e-10)
        np.testing.assert_allclose(model.scores(profile), model.scores(u), rtol=0, atol=1e-10)


@pytest.mark.real
def test_so_it_does_for_everybody_of_ml_100k(real: Callable[[str], Dataset]) -> None:
    """Rows with fewer ratings than factors, and with more: both ways of solving."""
    ratings = real("ml-100k").ratings
    model = rc.algorithm("als").fit(ratings)
    n_factors = model.item_factors_.shape[1]
    counts = ratings.by_user.counts
    assert counts.min() < n_factors < counts.max()
    for u in range(ratings.n_users):
        profile = model.fold_in(*ratings.by_user.row(u))
        assert profile.bias == pytest.approx(model.user_bias_[u], abs=1e-10)
        np.testing.assert_allclose(profile.vector, model.user_factors_[u], rtol=0, atol=1e-9)


@pytest.mark.real
def test_kernel_and_twin_agree_on_ml_100k(real: Callable[[str], Dataset]) -> None:
    ratings = real("ml-100k").ratings
    fixed = np.random.default_rng(4).normal(0, 0.1, size=(ratings.n_items, 50))
    view = ratings.by_user
    arguments = (view.starts, view.others, left_over(ratings, view), fixed, 0.1)
    np.testing.assert_allclose(half_step(*arguments), half_step_readable(*arguments), rtol=0, atol=1e-10)


@pytest.mark.real
def test_the_loss_never_rises_on_ml_100k(real: Callable[[str], Dataset]) -> None:
    losses = [step.train_loss for step in rc.algorithm("als", n_epochs=10).steps(real("ml-100k").ratings)]
    assert (np.diff(losses) < 0).all()
