"""Joint gradient descent: the gradient is that of J, the kernel that of its twin, and Eve gets μ_i."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms._joint_gradient import Parts, joint_gradient, joint_gradient_readable
from recsys_core.dataset import Dataset
from recsys_core.errors import TrainingDivergedError
from recsys_core.ratings import Ratings, Scale

LAMBDA = 0.7
KINDS = pytest.mark.parametrize("binary", [False, True], ids=["stars", "yes or no"])


def with_eve() -> Ratings:
    """The lecture's table for mean normalisation: Dave's last rating is 0, Eve rated nothing."""
    none = None
    rows = [[5, 5, 0, 0], [5, none, none, 0], [none, 4, 0, none], [0, 0, 5, 4], [0, 0, 5, 0]]
    cells = [(u, i, r) for i, row in enumerate(rows) for u, r in enumerate(row) if r is not None]
    return Ratings.from_arrays(*zip(*cells, strict=True), Scale(0, 5), n_users=5, n_items=5)


def problem(ratings: Ratings, binary: bool, n_factors: int = 3, kind: type = np.float64) -> tuple:
    """A random point, and the arguments that both implementations take."""
    rng = np.random.default_rng(3)
    size = (ratings.n_users + ratings.n_items) * n_factors + ratings.n_users
    theta = rng.normal(size=size).astype(kind)
    y = ratings.by_item.values.astype(kind)
    y = (y > 3).astype(kind) if binary else y
    return theta, y, rng.normal(size=ratings.n_items).astype(kind)


def readable(ratings: Ratings, theta: np.ndarray, y: np.ndarray, c: np.ndarray, binary: bool) -> tuple:
    at, rows = Parts.of(theta, ratings.n_users, ratings.n_items), ratings.by_item
    return joint_gradient_readable(rows.starts, rows.others, y, c, at.P, at.Q, at.b, LAMBDA, binary)


@KINDS
def test_the_cost_is_that_of_a_plain_loop(crowd: Ratings, binary: bool) -> None:
    theta, y, c = problem(crowd, binary)
    at, J, n = Parts.of(theta, crowd.n_users, crowd.n_items), 0.0, 0
    for i in range(crowd.n_items):
        for u in crowd.by_item.row(i)[0]:
            z = at.P[u] @ at.Q[i] + at.b[u] + c[i]
            p = 1 / (1 + np.exp(-z))
            J += -y[n] * np.log(p) - (1 - y[n]) * np.log(1 - p) if binary else 0.5 * (z - y[n]) ** 2
            n += 1
    J += LAMBDA / 2 * ((at.P**2).sum() + (at.Q**2).sum())
    assert readable(crowd, theta, y, c, binary)[0] == pytest.approx(J, rel=1e-10)


@KINDS
def test_the_gradient_is_what_small_steps_find(toy: Ratings, binary: bool) -> None:
    theta, y, c = problem(toy, binary)
    _, _, dP, dQ, db = readable(toy, theta, y, c, binary)
    found, h = np.empty_like(theta), 1e-6
    for k in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[k] += h
        down[k] -= h
        found[k] = (readable(toy, up, y, c, binary)[0] - readable(toy, down, y, c, binary)[0]) / (2 * h)
    np.testing.assert_allclose(np.concatenate([dP.ravel(), dQ.ravel(), db]), found, rtol=1e-5, atol=1e-6)


@KINDS
@pytest.mark.parametrize(("kind", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("n_factors", [1, 5, 33])
def test_the_kernel_computes_what_the_readable_twin_computes(
    crowd: Ratings, binary: bool, kind: type, tolerance: float, n_factors: int
) -> None:
    theta, y, c = problem(crowd, binary, n_factors, kind)
    wide = readable(crowd, *(a.astype(np.float64) for a in (theta, y, c)), binary)
    gradient = np.full_like(theta, np.nan)
    at, to = (Parts.of(a, crowd.n_users, crowd.n_items) for a in (theta, gradient))
    rows = crowd.by_item
    cost, squares = joint_gradient(
        rows.starts, rows.others, y, c, at.P, at.Q, at.b, kind(LAMBDA), binary, to.P, to.Q, to.b
    )
    assert cost == pytest.approx(wide[0], rel=tolerance)
    assert squares == pytest.approx(wide[1], rel=tolerance)
    for one, other in zip((to.P, to.Q, to.b), wide[2:], strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * np.abs(other).max())


def test_far_out_the_entropy_stays_finite(toy: Ratings) -> None:
    theta, y, _ = problem(toy, True)
    for c in (np.full(5, 1e4), np.full(5, -1e4)):
        J, *gradients = readable(toy, theta, y, c, True)
        assert np.isfinite(J)
        assert all(np.isfinite(g).all() for g in gradients)


def test_eve_who_rated_nothing_is_predicted_the_mean_of_each_film() -> None:
    ratings, eve = with_eve(), 4
    model = rc.algorithm("gradient_cf").fit(ratings)
    assert model.scores(eve).tolist() == pytest.approx([2.5, 2.5, 2, 2.25, 1.25], abs=1e-12)
    assert model.predict(eve, 0) == pytest.approx([2.5])
    assert model.fallback(eve, 0) == "this person rated nothing"
    np.testing.assert_allclose(model.scores(model.fold_in([], [])), model.scores(eve), atol=1e-12)


def test_without_mean_normalisation_she_is_predicted_0() -> None:
    model = rc.algorithm("gradient_cf", mean_normalization=False).fit(with_eve())
    assert model.scores(4).tolist() == [0] * 5
    assert [term.symbol for term in model.explain(0, 0).terms][:2] == ["b_u", "q_i·p_u"]


def test_a_film_nobody_rated_is_predicted_the_mean_of_all_and_the_persons_own_level(toy: Ratings) -> None:
    model = rc.algorithm("gradient_cf").fit(toy)
    assert model.predict(0, 4)[0] == pytest.approx(toy.mean + model.user_bias_[0])
    assert not model.item_factors_[4].any()


def test_it_learns_the_lectures_table() -> None:
    """Alice and Bob like romances, Carol action: the films they did not see are predicted so."""
    ratings = with_eve()
    settings = {"n_factors": 2, "regularization": 0.1, "n_epochs": 1000}
    model = rc.algorithm("gradient_cf", **settings).fit(ratings)
    alice, bob, carol = 0, 1, 2
    assert model.predict([alice, bob], [2, 1]).min() > 3
    assert model.predict(carol, 1)[0] < 2
    given = model.predict(ratings.users, ratings.items)
    assert np.abs(given - ratings.values).max() < 0.5


def test_the_steps_tell_the_cost_before_and_the_error_after(crowd: Ratings) -> None:
    model = rc.algorithm("gradient_cf", n_factors=3, n_epochs=5, regularization=LAMBDA)
    previous = None
    for step in model.steps(crowd):
        if previous is not None:
            assert step.train_loss == pytest.approx(previous, rel=1e-5)
        e = np.array([model.scores(u) for u in range(40)])[crowd.users, crowd.items] - crowd.values
        P, Q = model.user_factors_, model.item_factors_
        previous = 0.5 * (e @ e) + LAMBDA / 2 * ((P**2).sum() + (Q**2).sum())
        assert step.train_rmse == pytest.approx(np.sqrt(np.mean(e**2)), rel=1e-5)
        assert step.gradient_norm > 0


@pytest.mark.parametrize(
    ("optimizer", "learning_rate"), [("gradient_descent", 0.003), ("momentum", 0.0005), ("adam", 0.1)]
)
def test_every_optimizer_brings_the_cost_down(crowd: Ratings, optimizer: str, learning_rate: float) -> None:
    """All towards the same valley: a longer way down ends with hardly any slope."""
    settings = {"optimizer": optimizer, "learning_rate": learning_rate, "n_epochs": 1500}
    steps = list(rc.algorithm("gradient_cf", n_factors=3, regularization=1, **settings).steps(crowd))
    assert steps[-1].train_loss < 0.5 * steps[0].train_loss
    assert steps[-1].gradient_norm < 0.02 * steps[0].gradient_norm


def test_plain_descent_with_small_steps_never_rises(crowd: Ratings) -> None:
    model = rc.algorithm("gradient_cf", optimizer="gradient_descent", learning_rate=0.001)
    losses = [step.train_loss for step in model.steps(crowd)]
    assert (np.diff(losses) < 0).all()


@pytest.mark.parametrize("name", ["gradient_cf", "binary_cf"])
def test_too_large_steps_are_told(crowd: Ratings, name: str) -> None:
    model = rc.algorithm(
        name, optimizer="momentum", learning_rate=1.0, regularization=100, init_std=2, n_epochs=500
    )
    with pytest.raises(TrainingDivergedError, match="Lower the learning rate"):
        model.fit(crowd)
    assert not model.is_fitted


def test_folding_in_stands_at_the_bottom_of_the_cost(crowd: Ratings) -> None:
    """Σ e = 0 for b, and Σ e q + λ p = 0 for p."""
    model = rc.algorithm("gradient_cf", n_factors=6, regularization=LAMBDA).fit(crowd)
    for n in (1, 4, 20):
        items, values = np.arange(n), np.resize([5, 0.5, 4, 1], n)
        person = model.fold_in(items, values)
        e = model.scores(person)[items] - values
        assert e.sum() == pytest.approx(0, abs=1e-9)
        assert np.abs(model.item_factors_[items].T @ e + LAMBDA * person.vector).max() < 1e-9


def test_after_long_training_a_known_persons_ratings_give_that_person(crowd: Ratings) -> None:
    """At the bottom of J every row solves its own ridge regression, which is what folding in does."""
    model = rc.algorithm("gradient_cf", n_factors=3, regularization=2, n_epochs=2000, learning_rate=0.03)
    model.fit(crowd)
    for u in (0, 7, 38):
        known, folded = model.scores(u), model.scores(model.fold_in(*crowd.by_user.row(u)))
        np.testing.assert_allclose(folded, known, atol=0.01)


@pytest.mark.real
def test_accuracy_on_ml_100k_is_in_its_band(real: Callable[[str], Dataset]) -> None:
    """One fold, defaults; measured 0.9229."""
    ratings = real("ml-100k").ratings
    mixed = np.random.default_rng(0).permutation(len(ratings))
    learn, test = ratings.take(np.sort(mixed[20_000:])), ratings.take(np.sort(mixed[:20_000]))
    error = rc.algorithm("gradient_cf").fit(learn).predict(test.users, test.items) - test.values
    assert 0.917 < np.sqrt(np.mean(error**2)) < 0.929
