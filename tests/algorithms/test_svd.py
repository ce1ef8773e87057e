"""SVD by gradient descent: the compiled kernel, its readable twin, and what happens when it runs away."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms._factors import descent_map, ridge_map
from recsys_core.algorithms._order import training_order
from recsys_core.algorithms.svd import descend, descend_readable
from recsys_core.dataset import Dataset
from recsys_core.errors import NotFittedError, TrainingDivergedError
from recsys_core.ratings import Ratings, Scale


def assert_twins_agree(ratings: Ratings, n_factors: int, n_epochs: int) -> None:
    rng = np.random.default_rng(6)
    start = [np.zeros(ratings.n_users), np.zeros(ratings.n_items)]
    start += [rng.normal(0, 0.1, (n, n_factors)) for n in (ratings.n_users, ratings.n_items)]
    ratings_in = (ratings.users, ratings.items, ratings.values.astype(np.float64), ratings.mean)
    fast, slow = [a.copy() for a in start], [a.copy() for a in start]
    for _ in range(n_epochs):
        squares = descend(*ratings_in, *fast, 0.01, 0.02)
        assert squares == pytest.approx(descend_readable(*ratings_in, *slow, 0.01, 0.02), rel=1e-12)
    for one, other in zip(fast, slow, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


def test_the_kernel_takes_the_same_steps_as_the_readable_twin(crowd: Ratings) -> None:
    assert_twins_agree(crowd, n_factors=7, n_epochs=20)


@pytest.mark.real
def test_so_it_does_on_ml_100k(real: Callable[[str], Dataset]) -> None:
    assert_twins_agree(real("ml-100k").ratings, n_factors=100, n_epochs=1)


def test_the_order_is_by_person_then_by_file_numbered_as_they_appear() -> None:
    ratings = Ratings.from_arrays([2, 0, 2, 1, 0], [1, 3, 0, 1, 1], [1, 2, 3, 4, 5], Scale(1, 5), n_items=6)
    order = training_order(ratings)
    assert order.users.tolist() == [2, 0, 1]
    assert order.items.tolist() == [1, 3, 0]
    assert order.positions.tolist() == [0, 2, 1, 4, 3]


def test_the_reported_loss_is_equation_2(crowd: Ratings) -> None:
    """The penalty with the factors as the pass left them; each error as it was met on the way."""
    model = rc.algorithm("svd", n_factors=4, n_epochs=3, regularization=0.3)
    *_, last = model.steps(crowd)
    penalty = sum(
        model.user_bias_[u] ** 2
        + model.item_bias_[i] ** 2
        + model.user_factors_[u] @ model.user_factors_[u]
        + model.item_factors_[i] @ model.item_factors_[i]
        for u, i in zip(crowd.users, crowd.items, strict=True)
    )
    assert last.train_loss == pytest.approx(last.train_rmse**2 * len(crowd) + 0.3 * penalty, rel=1e-10)


def test_folding_in_descends_equation_2_for_as_long_as_training_did(crowd: Ratings) -> None:
    """For the new person alone, from zero, in steps so small that their number does not matter."""
    model = rc.algorithm("svd", n_factors=4, n_epochs=10, learning_rate=0.02, regularization=0.3).fit(crowd)
    items, values = np.array([0, 3, 8, 12, 17, 20, 21]), np.array([5, 0.5, 4, 1, 3, 2, 5])
    for n in (1, 3, 7):
        Q, left = model.item_factors_[items[:n]], values[:n] - model.mu_ - model.item_bias_[items[:n]]
        b, p, small = 0.0, np.zeros(4), 1e-5
        for _ in range(round(0.02 * 10 / small)):
            e = left - b - Q @ p
            b, p = b + small * (e.sum() - 0.3 * n * b), p + small * (Q.T @ e - 0.3 * n * p)
        person = model.fold_in(items[:n], values[:n])
        assert person.bias == pytest.approx(b, abs=1e-4)
        assert person.vector == pytest.approx(p, abs=1e-4)


def test_folding_in_solves_equation_2_where_training_never_stopped(crowd: Ratings) -> None:
    X = np.column_stack([np.ones(6), np.random.default_rng(0).normal(size=(6, 4))])
    for n in (1, 3, 6):
        assert descent_map(X[:n], 0.3, 1e6) == pytest.approx(ridge_map(X[:n], 0.3), abs=1e-12)
        assert np.isfinite(descent_map(np.zeros((n, 5)), 0.0, 0.1)).all()


# ---------------------------------------------------------------- running away


@pytest.fixture
def extreme() -> Ratings:
    rng = np.random.default_rng(0)
    u, i = np.divmod(np.arange(400), 20)
    return Ratings.from_arrays(u, i, rng.choice([-10, 10], 400), Scale(-10, 10))


@pytest.mark.parametrize("name", ["svd", "surprise_svd"])
@pytest.mark.filterwarnings("ignore:overflow|invalid value:RuntimeWarning")
def test_a_model_that_runs_away_says_so_instead_of_predicting_the_top(name: str, extreme: Ratings) -> None:
    model = rc.algorithm(name, learning_rate=1.0, n_factors=5, n_epochs=50)
    with pytest.raises(TrainingDivergedError, match="Lower the learning rate"):
        model.fit(extreme)
    assert not model.is_fitted
    with pytest.raises(NotFittedError):
        model.predict(0, 0)


def test_also_when_it_ran_away_after_some_good_steps(extreme: Ratings) -> None:
    model = rc.algorithm("svd", learning_rate=0.04, n_factors=5, n_epochs=500, init_std=1e-6)
    taken = 0

    def watch() -> None:
        nonlocal taken
        for _ in model.steps(extreme):
            taken += 1

    with pytest.raises(TrainingDivergedError):
        watch()
    assert taken > 0
    assert not model.is_fitted


def test_a_lower_learning_rate_helps(extreme: Ratings) -> None:
    assert rc.algorithm("svd", learning_rate=0.005, n_factors=5).fit(extreme).is_fitted
