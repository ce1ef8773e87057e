"""Weighted alternating least squares: every cell counts, and every half-step is exact."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms.wals import WALS, half_step, half_step_readable, line, matches
from recsys_core.dataset import Dataset
from recsys_core.ratings import Ratings

TARGETS = ["rating", "binary", "confidence"]
settings = pytest.mark.parametrize(
    ("target", "w0", "kappa"),
    [
        ("rating", 0.0, 0.0),
        ("rating", 0.1, 0.7),
        ("rating", 1.0, 0.0),
        ("binary", 0.2, 0.5),
        ("confidence", 1.0, 1.0),
    ],
)


def table(ratings: Ratings, model: WALS) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights of every cell, known or not, in full tables; by hand from (3)."""
    t = np.zeros((ratings.n_users, ratings.n_items))
    w = np.full(t.shape, model.unobserved_weight)
    counts = ratings.by_item.counts
    mean = counts[counts > 0].mean()
    for u, i, r in zip(ratings.users, ratings.items, ratings.values.astype(float), strict=True):
        sure = 1 + model.confidence * r if model.target == "confidence" else 1.0
        t[u, i] = r if model.target == "rating" else 1.0
        w[u, i] = sure * (counts[i] / mean) ** -model.frequency_weights
    return t, w


@pytest.mark.parametrize("side", ["by_user", "by_item"])
@pytest.mark.parametrize("w0", [0.0, 0.1, 3.0])
@pytest.mark.parametrize("n_factors", [1, 7, 12, 30])
def test_visiting_known_cells_only_solves_what_all_cells_ask(
    crowd: Ratings, side: str, w0: float, n_factors: int
) -> None:
    view = getattr(crowd, side)
    rng = np.random.default_rng(1)
    fixed = rng.normal(size=({"by_user": 25, "by_item": 40}[side], n_factors))
    t, w = rng.normal(size=len(crowd)), rng.uniform(0.1, 2, len(crowd))
    arguments = (view.starts, view.others, t, w, fixed, w0, 0.3)
    np.testing.assert_allclose(half_step(*arguments), half_step_readable(*arguments), rtol=0, atol=1e-10)
    assert not half_step(*arguments)[view.counts == 0].any()


@settings
def test_the_reported_loss_is_equation_2_over_every_cell(
    crowd: Ratings, target: str, w0: float, kappa: float
) -> None:
    model = WALS(n_factors=3, target=target, unobserved_weight=w0, frequency_weights=kappa)
    *_, last = model.steps(crowd)
    t, w = table(crowd, model)
    P, Q = model.user_factors_, model.item_factors_
    loss = (w * (t - P @ Q.T) ** 2).sum() + model.regularization * ((P**2).sum() + (Q**2).sum())
    assert last.train_loss == pytest.approx(loss, rel=1e-10)


@settings
def test_people_end_where_their_gradient_is_zero(
    crowd: Ratings, target: str, w0: float, kappa: float
) -> None:
    model = WALS(n_factors=3, target=target, unobserved_weight=w0, frequency_weights=kappa).fit(crowd)
    t, w = table(crowd, model)
    P, Q = model.user_factors_, model.item_factors_
    assert np.abs((w * (P @ Q.T - t)) @ Q + model.regularization * P).max() < 1e-9


@settings
def test_the_loss_never_rises(crowd: Ratings, target: str, w0: float, kappa: float) -> None:
    model = WALS(n_factors=4, n_epochs=40, target=target, unobserved_weight=w0, frequency_weights=kappa)
    losses = np.array([step.train_loss for step in model.steps(crowd)])
    assert (np.diff(losses) <= 1e-10 * losses[0]).all()
    assert losses[-1] < losses[0]


def test_nor_does_it_rise_from_one_half_step_to_the_next(crowd: Ratings) -> None:
    by_user, by_item, w0, lam = crowd.by_user, crowd.by_item, 0.1, 0.5
    t, w = table(crowd, WALS(unobserved_weight=w0))
    ones = np.ones(len(crowd))
    P, Q = (np.random.default_rng(3).normal(size=(n, 3)) for n in (40, 25))
    losses = []
    for _ in range(10):
        Q = half_step(by_item.starts, by_item.others, by_item.values.astype(float), ones, P, w0, lam)
        losses.append((w * (t - P @ Q.T) ** 2).sum() + lam * ((P**2).sum() + (Q**2).sum()))
        P = half_step(by_user.starts, by_user.others, by_user.values.astype(float), ones, Q, w0, lam)
        losses.append((w * (t - P @ Q.T) ** 2).sum() + lam * ((P**2).sum() + (Q**2).sum()))
    assert (np.diff(losses) <= 1e-10 * losses[0]).all()


@pytest.mark.parametrize("target", TARGETS)
def test_folding_in_a_known_persons_ratings_gives_that_person(crowd: Ratings, target: str) -> None:
    model = WALS(n_factors=6, target=target, frequency_weights=0.5).fit(crowd)
    for u in range(crowd.n_users):
        person = model.fold_in(*crowd.by_user.row(u))
        np.testing.assert_allclose(person.vector, model.user_factors_[u], rtol=0, atol=1e-10)


@pytest.mark.parametrize("target", TARGETS)
def test_terms_and_shares_add_up_whatever_the_target(crowd: Ratings, target: str) -> None:
    model = WALS(n_factors=4, target=target).fit(crowd)
    person = model.fold_in([0, 3, 8, 24], [5, 0.5, 4, 1])
    for item in range(crowd.n_items):
        why = model.explain(person, item)
        assert why.base is not None
        assert sum(term.value for term in why.terms) == pytest.approx(why.estimate, abs=1e-12)
        assert why.base + sum(share.value for share in why.shares) == pytest.approx(why.estimate, abs=1e-12)
        assert why.estimate == pytest.approx(model.predict(person, item)[0], abs=1e-12)


def test_a_heavier_zero_pulls_unknown_cells_down(crowd: Ratings) -> None:
    unknown = np.ones((40, 25), dtype=bool)
    unknown[crowd.users, crowd.items] = False
    sizes = []
    for w0 in (0.0, 0.01, 0.1, 1.0):
        model = WALS(n_factors=4, unobserved_weight=w0).fit(crowd)
        sizes.append(float(((model.user_factors_ @ model.item_factors_.T)[unknown] ** 2).sum()))
    assert sizes == sorted(sizes, reverse=True)


def test_scores_that_are_no_stars_are_read_as_stars_by_the_best_line(crowd: Ratings) -> None:
    model = WALS(n_factors=4, target="binary").fit(crowd)
    s = matches(crowd.users, crowd.items, model.user_factors_, model.item_factors_)
    slope, intercept = np.polyfit(s, crowd.values, 1)
    if slope > 0:
        assert (model.c1_, model.c0_) == pytest.approx((slope, intercept))
    assert line(np.array([1.0, 2.0]), np.array([5.0, 7.0])) == pytest.approx((3.0, 2.0))
    assert line(np.array([1.0, 2.0]), np.array([7.0, 5.0])) == pytest.approx((6.0, 0.0)), "never falling"
    assert line(np.ones(3), np.array([1.0, 2.0, 6.0])) == pytest.approx((3.0, 0.0))


@pytest.mark.real
def test_threads_and_blocks_change_nothing_on_ml_100k(real: Callable[[str], Dataset]) -> None:
    ratings = real("ml-100k").ratings
    one, other = (rc.algorithm("wals", n_factors=20, n_epochs=2).fit(ratings) for _ in range(2))
    np.testing.assert_array_equal(one.user_factors_, other.user_factors_)
    view, ones = ratings.by_user, np.ones(len(ratings))
    arguments = (view.starts, view.others, view.values.astype(float), ones, one.item_factors_, 0.05, 0.5)
    np.testing.assert_allclose(half_step(*arguments), half_step_readable(*arguments), rtol=0, atol=1e-10)
