"""Regressions by turns: each half-step exact, no half-step ever a loss, and what more factors do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms._regression import half_step, half_step_readable
from recsys_core.algorithms.alternating_regression import AlternatingRegression
from recsys_core.dataset import Dataset
from recsys_core.ratings import Ratings

LECTURES = ("lectures-movies", "lectures-albums")


def test_the_best_features_of_love_at_last() -> None:
    """w = (5, 0), (5, 0), (0, 5), (0, 5), b = 0; ratings 5, 5, 0, 0 → x = (1, 0): a romance."""
    movies = rc.load("lectures-movies")
    view = movies.ratings.by_item
    people = np.array([[5.0, 0.0], [5.0, 0.0], [0.0, 5.0], [0.0, 5.0]])
    films = half_step(view.starts, view.others, view.values.astype(float), people, 0.0)
    assert films[movies.catalogue.index_of["Love at last"]] == pytest.approx([1, 0], abs=1e-12)
    assert films[movies.catalogue.index_of["Swords vs. karate"]] == pytest.approx([0, 1], abs=1e-12)


@pytest.mark.parametrize("side", ["by_user", "by_item"])
def test_the_kernel_solves_what_the_readable_twin_solves(crowd: Ratings, side: str) -> None:
    view = getattr(crowd, side)
    n_others = {"by_user": crowd.n_items, "by_item": crowd.n_users}[side]
    n_factors = int(np.median(view.counts))
    assert (view.counts < n_factors).any()
    assert (view.counts > n_factors).any()
    fixed = np.random.default_rng(1).normal(size=(n_others, n_factors))
    arguments = (view.starts, view.others, view.values.astype(float), fixed, 0.3)
    np.testing.assert_allclose(half_step(*arguments), half_step_readable(*arguments), rtol=0, atol=1e-10)


def test_the_last_half_step_was_the_items_and_is_exact(crowd: Ratings) -> None:
    """P_iᵀ (P_i q_i − r_i) + λ q_i = 0, the pull met once a row as in Ng's cost."""
    model = AlternatingRegression(n_factors=3, n_epochs=4, regularization=0.6).fit(crowd)
    for i in range(crowd.n_items):
        people, r = crowd.by_item.row(i)
        P, q = model.user_factors_[people], model.item_factors_[i]
        assert P.T @ (P @ q - r) + 0.6 * q == pytest.approx(0, abs=1e-9)


def test_an_epoch_is_two_half_steps_and_the_first_changes_people_only(crowd: Ratings) -> None:
    model = AlternatingRegression(n_factors=3, n_epochs=2)
    seen = []
    for step in model.steps(crowd):
        seen.append((step.epoch, step.n_epochs, model.user_factors_.copy(), model.item_factors_.copy()))
    assert [(epoch, n) for epoch, n, _, _ in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    people, items = [p for _, _, p, _ in seen], [q for _, _, _, q in seen]
    start = np.random.default_rng(0).normal(0.0, 1.0, (25, 3))
    np.testing.assert_array_equal(items[0][:24], start[:24])
    assert not items[0][24].any(), "nobody rated it"
    np.testing.assert_array_equal(people[0], people[1])
    np.testing.assert_array_equal(items[1], items[2])
    np.testing.assert_array_equal(people[2], people[3])
    assert not np.array_equal(people[1], people[2])


def test_the_reported_loss_is_equation_2(crowd: Ratings) -> None:
    model = AlternatingRegression(n_factors=3, n_epochs=2, regularization=0.6)
    *_, last = model.steps(crowd)
    P, Q = model.user_factors_, model.item_factors_
    e = crowd.values - (P @ Q.T)[crowd.users, crowd.items]
    assert last.train_loss == pytest.approx((e @ e + 0.6 * ((P**2).sum() + (Q**2).sum())) / 2)
    assert last.train_rmse == pytest.approx(np.sqrt(np.mean(e**2)))


def assert_never_rises(values: list[float]) -> None:
    assert (np.diff(values) <= 1e-10 * values[0]).all()
    assert values[-1] < values[0]


@pytest.mark.parametrize("name", LECTURES)
@pytest.mark.parametrize("seed", range(5))
def test_no_half_step_raises_the_loss_on_the_lecture_tables(name: str, seed: int) -> None:
    ratings = rc.load(name).ratings
    model = rc.algorithm("alternating_regression", n_epochs=50, regularization=0.1, seed=seed)
    assert_never_rises([step.train_loss for step in model.steps(ratings)])


@pytest.mark.parametrize("name", LECTURES)
@pytest.mark.parametrize("seed", range(5))
def test_nor_the_squared_error_itself_where_nothing_pulls(name: str, seed: int) -> None:
    """As the lecture does it; 1e-9 is next to no pull."""
    model = rc.algorithm("alternating_regression", n_epochs=50, regularization=1e-9, seed=seed)
    assert_never_rises([step.train_rmse**2 for step in model.steps(rc.load(name).ratings)])


@pytest.mark.real
@pytest.mark.parametrize("mean_normalization", [False, True])
def test_nor_on_ml_100k(real: Callable[[str], Dataset], mean_normalization: bool) -> None:
    model = rc.algorithm("alternating_regression", n_factors=5, mean_normalization=mean_normalization)
    assert_never_rises([step.train_loss for step in model.steps(real("ml-100k").ratings)])


def test_more_factors_explain_the_albums_better() -> None:
    ratings = rc.load("lectures-albums").ratings
    rmse = []
    for n_factors in (1, 2, 3):
        model = rc.algorithm("alternating_regression", n_factors=n_factors, n_epochs=100, regularization=1e-3)
        *_, last = model.steps(ratings)
        rmse.append(last.train_rmse)
    assert rmse[0] > 2 * rmse[1] > 4 * rmse[2]
    assert rmse[2] < 0.01


@pytest.mark.real
def test_too_many_factors_are_worse_on_ratings_held_back(real: Callable[[str], Dataset]) -> None:
    """Training error falls with every factor; held-out error rises.

    Measured on ml-100k for 2, 5, 10 and 30 factors: 0.945, 0.965, 1.035, 1.210.
    """
    ratings = real("ml-100k").ratings
    mixed = np.random.default_rng(0).permutation(len(ratings))
    learn, test = (ratings.take(np.sort(part)) for part in (mixed[20_000:], mixed[:20_000]))
    train_rmse, test_rmse = [], []
    for n_factors in (2, 5, 10, 30):
        model = rc.algorithm("alternating_regression", n_factors=n_factors)
        *_, last = model.steps(learn)
        train_rmse.append(last.train_rmse)
        error = model.predict(test.users, test.items) - test.values
        test_rmse.append(float(np.sqrt(np.mean(error**2))))
    assert (np.diff(train_rmse) < 0).all()
    assert (np.diff(test_rmse) > 0.01).all()


def test_nothing_is_taken_off_unless_asked_for(crowd: Ratings) -> None:
    plain = AlternatingRegression().fit(crowd)
    assert plain.mu_ == 0
    assert not plain.user_bias_.any()
    assert not plain.item_bias_.any()
    assert [term.symbol for term in plain.explain(0, 0).terms] == ["q_i·p_u"]
    assert plain.scores(39) == pytest.approx(np.zeros(25)), "who rated nothing is predicted nothing"
    normalised = AlternatingRegression(mean_normalization=True).fit(crowd)
    means = [crowd.by_item.row(i)[1].mean() for i in range(24)]
    assert normalised.scores(39)[:24] == pytest.approx(means, abs=1e-6)
    assert normalised.scores(39)[24] == pytest.approx(crowd.mean), "who rated nothing is predicted the mean"
    assert {term.symbol for term in normalised.explain(0, 0).terms} >= {"μ", "b_i", "q_i·p_u"}


def test_folding_in_is_one_half_step(crowd: Ratings) -> None:
    model = AlternatingRegression(n_factors=3).fit(crowd)
    view = crowd.by_user
    people = half_step(
        view.starts, view.others, view.values.astype(float), model.item_factors_, model.regularization
    )
    for u in range(39):
        np.testing.assert_allclose(model.fold_in(*view.row(u)).vector, people[u], atol=1e-10)
