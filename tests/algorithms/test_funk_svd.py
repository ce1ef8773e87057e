"""Funk SVD: the lecture's update rule, Surprise's unbiased SVD, and an error that falls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import _surprise
from recsys_core.algorithms.funk_svd import (
    FunkSVD,
    descend,
    descend_readable,
    descend_rows,
    descend_rows_readable,
)
from recsys_core.dataset import Dataset
from recsys_core.errors import TrainingDivergedError
from recsys_core.ratings import Ratings


@pytest.mark.parametrize("run", [descend_rows, descend_rows_readable])
def test_the_lectures_step_takes_diego_from_1_19_to_1_28(run: Callable[..., None]) -> None:
    """α = 0.1 and no penalty. The lecture states p = 1.19, the errors −0.02, −0.5, −0.5 on Ommazh, BTS
    and Sanam, and their products with the albums' first factor, which add up to −0.914. A factor of
    0.2, 0.91 and 0.91 does: −0.004 − 0.455 − 0.455. The ratings follow from errors and predictions."""
    p, Q = np.array([[1.19]]), np.array([[0.2], [0.91], [0.91]])
    e = np.array([-0.02, -0.5, -0.5])
    ratings = Q[:, 0] * 1.19 - e
    assert e @ Q[:, 0] == pytest.approx(-0.914)
    run(np.array([0, 3]), np.arange(3, dtype=np.int32), ratings, p, Q, 0.1, 0.0)
    assert p[0, 0] == pytest.approx(1.19 + 0.0914)
    assert round(p[0, 0], 2) == 1.28


def test_kernels_take_the_same_steps_as_their_readable_twins(crowd: Ratings) -> None:
    rng = np.random.default_rng(1)
    start = rng.normal(0, 0.3, (40, 5)), rng.normal(0, 0.3, (25, 5))
    values, view = crowd.values.astype(np.float64), crowd.by_user
    in_order = view.values.astype(np.float64)
    by_rating = [[a.copy() for a in start] for _ in range(2)]
    by_row = [[a.copy() for a in start] for _ in range(2)]
    for _ in range(10):
        for run, (P, Q) in zip((descend, descend_readable), by_rating, strict=True):
            run(crowd.users, crowd.items, values, P, Q, 0.02, 0.1)
        for run_rows, (P, Q) in zip((descend_rows, descend_rows_readable), by_row, strict=True):
            run_rows(view.starts, view.others, in_order, P, Q, 0.02, 0.1)
    for fast, slow in (by_rating, by_row):
        for one, other in zip(fast, slow, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


def test_a_row_moves_against_the_gradient_of_its_loss(crowd: Ratings) -> None:
    """(3) held to finite differences of Σ (r − q·p)² / 2 + λ |I_u| ‖p_u‖² / 2."""
    rng, view, lam = np.random.default_rng(2), crowd.by_user, 0.3
    P, Q = rng.normal(size=(40, 3)), rng.normal(size=(25, 3))
    before = P.copy()
    descend_rows(view.starts, view.others, view.values.astype(np.float64), P, Q, 1.0, lam)

    def loss(u: int, p: np.ndarray) -> float:
        items, values = view.row(u)
        return float(((values - Q[items] @ p) ** 2).sum() + lam * len(items) * (p @ p)) / 2

    for u in (0, 7, 39):
        for f, unit in enumerate(1e-5 * np.eye(3)):
            slope = (loss(u, before[u] + unit) - loss(u, before[u] - unit)) / 2e-5
            assert before[u, f] - P[u, f] == pytest.approx(slope, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("update", ["per_rating", "per_user"])
def test_the_lectures_table_is_learned_to_the_lectures_error(update: str) -> None:
    """Two factors and 10,000 passes, as the lecture; it reached 0.0235 on a table of which we know 11
    of 16 cells, with these γ and λ, which are Surprise's defaults."""
    albums = rc.load("lectures-albums").ratings
    settings = {"n_factors": 2, "n_epochs": 10_000, "learning_rate": 0.005, "regularization": 0.02}
    model = rc.algorithm("funk_svd", update=update, **settings)
    *_, last = model.steps(albums)
    assert 0.01 < last.train_rmse**2 < 0.05
    product = model.user_factors_ @ model.item_factors_.T
    np.testing.assert_allclose([model.scores(u) for u in range(4)], product, atol=1e-12)


@pytest.mark.parametrize("update", ["per_rating", "per_user"])
def test_the_loss_falls(update: str, crowd: Ratings) -> None:
    steps = list(FunkSVD(n_factors=3, update=update, learning_rate=0.01).steps(crowd))
    assert (np.diff([step.train_loss for step in steps]) < 0).all()
    assert (np.diff([step.train_rmse for step in steps]) < 0).all()


def test_too_long_a_step_over_whole_rows_says_so(crowd: Ratings) -> None:
    with np.errstate(all="ignore"), pytest.raises(TrainingDivergedError, match="Lower the learning rate"):
        FunkSVD(update="per_user", learning_rate=1.0).fit(crowd)


def test_nothing_known_is_predicted_the_mean_and_explained_by_it(crowd: Ratings) -> None:
    model = FunkSVD(n_factors=3).fit(crowd)
    for user, item in ((0, 24), (39, 0), (39, 24), (model.fold_in([], []), 0), (model.fold_in([24], [5]), 0)):
        assert model.predict(user, item)[0] == pytest.approx(crowd.mean)
        assert model.fallback(user, item)
        assert [term.symbol for term in model.explain(user, item).terms] == ["μ"]
    assert model.explain(0, 0).terms[0].symbol == "q_i·p_u"


# ---------------------------------------------------------------- Surprise


@pytest.mark.real
@pytest.mark.parametrize("share", [1.0, 0.05])
def test_per_rating_is_surprises_svd_without_biases(real: Callable[[str], Dataset], share: float) -> None:
    import surprise

    everything = real("ml-100k").ratings
    ratings = everything.take(np.random.default_rng(2).random(len(everything)) < share)
    data, order = _surprise.trainset(ratings)
    theirs = surprise.SVD(biased=False, n_factors=50, random_state=5).fit(data)
    ours = FunkSVD(n_factors=50, learning_rate=0.005, regularization=0.02, seed=5).fit(ratings)
    np.testing.assert_allclose(ours.user_factors_[order.users], theirs.pu, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.item_factors_[order.items], theirs.qi, rtol=0, atol=1e-9)
    rng = np.random.default_rng(1)
    users, items = rng.integers(0, ratings.n_users, 2000), rng.integers(0, ratings.n_items, 2000)
    expected = [theirs.predict(u, i).est for u, i in zip(users.tolist(), items.tolist(), strict=True)]
    np.testing.assert_allclose(ours.predict(users, items), expected, rtol=0, atol=1e-9)
