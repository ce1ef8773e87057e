"""SVD++: the short way is the literal rule, and both are Surprise's numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms import _surprise
from recsys_core.algorithms._order import training_order
from recsys_core.algorithms.svd import fold_in_map
from recsys_core.algorithms.svdpp import SVDpp, descend, descend_readable, implicit_sums
from recsys_core.dataset import Dataset
from recsys_core.errors import TrainingDivergedError
from recsys_core.ratings import Ratings, Scale


def test_carrying_the_sums_gives_the_literal_rule(crowd: Ratings) -> None:
    order = training_order(crowd).positions
    users, items = crowd.users[order], crowd.items[order]
    values = crowd.values[order].astype(np.float64)
    rng = np.random.default_rng(6)
    start = [np.zeros(40), np.zeros(25), *(rng.normal(0, 0.3, (n, 5)) for n in (40, 25, 25))]
    fast, slow = [a.copy() for a in start], [a.copy() for a in start]
    for _ in range(10):
        squares = descend(users, items, values, crowd.mean, *fast, 0.02, 0.1)
        literal = descend_readable(users, items, values, crowd.mean, *slow, 0.02, 0.1)
        assert squares == pytest.approx(literal, rel=1e-12)
    for one, other in zip(fast, slow, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("run", [descend, descend_readable])
def test_one_step_by_hand(run: object) -> None:
    """One rating, so |I_u| = 1 and z̄ = z. μ = 3, b_u = 0.2, b_i = −0.1, p = 1, q = 0.5, z = 2, r = 5,
    γ = 0.1, λ = 0.5:

    r̂ = 3 + 0.2 − 0.1 + 0.5·3 = 4.6, e = 0.4
    b_u = 0.2 + 0.1 (0.4 − 0.1)  = 0.23         b_i = −0.1 + 0.1 (0.4 + 0.05) = −0.055
    p = 1 + 0.1 (0.2 − 0.5)      = 0.97         q = 0.5 + 0.1 (1.2 − 0.25)    = 0.595
    z = 2 + 0.1 (0.4·0.5 − 1)    = 1.92         with the old q
    """
    one = np.array([0], dtype=np.int32)
    b_u, b_i = np.array([0.2]), np.array([-0.1])
    p, q, z = np.array([[1.0]]), np.array([[0.5]]), np.array([[2.0]])
    squares = run(one, one, np.array([5.0]), 3.0, b_u, b_i, p, q, z, 0.1, 0.5)
    assert squares == pytest.approx(0.16)
    np.testing.assert_allclose([*b_u, *b_i], [0.23, -0.055], atol=1e-12)
    np.testing.assert_allclose([p[0, 0], q[0, 0], z[0, 0]], [0.97, 0.595, 1.92], atol=1e-12)


def test_what_a_person_chose_is_the_scaled_sum(toy: Ratings) -> None:
    Z = np.arange(10.0).reshape(5, 2)
    sums = implicit_sums(toy.users, toy.items, Z, toy.by_user.counts)
    np.testing.assert_allclose(sums[0], (Z[0] + Z[1] + Z[3]) / 3**0.5, atol=1e-12)
    np.testing.assert_allclose(sums[1], (Z[0] + Z[2]) / 2**0.5, atol=1e-12)
    assert not sums[3].any()


def test_the_reported_loss_is_equation_2(crowd: Ratings) -> None:
    """Each rating pays for both biases, both factors and every z_j of its person."""
    model = SVDpp(n_factors=3, n_epochs=2, regularization=0.3)
    *_, last = model.steps(crowd)
    penalty = 0.0
    for u, i in zip(crowd.users, crowd.items, strict=True):
        p = model.user_factors_[u] - model.user_implicit_[u]
        q, Z = model.item_factors_[i], model.implicit_factors_
        penalty += model.user_bias_[u] ** 2 + model.item_bias_[i] ** 2 + p @ p + q @ q
        penalty += (Z[crowd.by_user.row(u)[0]] ** 2).sum()
    assert last.train_loss == pytest.approx(last.train_rmse**2 * len(crowd) + 0.3 * penalty, rel=1e-10)


def test_folding_in_explains_what_the_choice_of_items_leaves(crowd: Ratings) -> None:
    model = SVDpp(n_factors=4, regularization=0.3).fit(crowd)
    items, values = np.array([0, 3, 8, 12, 17, 20]), np.array([5, 0.5, 4, 1, 3, 2])
    for n in (1, 3, 6):
        person = model.fold_in(items[:n], values[:n])
        Q, chosen = model.item_factors_[items[:n]], model.implicit_factors_[items[:n]].sum(axis=0) / n**0.5
        left = values[:n] - model.mu_ - model.item_bias_[items[:n]] - Q @ chosen
        row = fold_in_map(Q, 0.3, model.learning_rate * model.n_epochs) @ left
        assert person.bias == pytest.approx(row[0], abs=1e-12)
        np.testing.assert_allclose(person.vector, row[1:] + chosen, atol=1e-12)


def test_folding_in_leaves_known_people_near_where_training_put_them(crowd: Ratings) -> None:
    """The map is the limit of small steps, training took real ones from a random start: near, not equal."""
    model = SVDpp(n_factors=4, n_epochs=100).fit(crowd)
    for u in range(5):
        again, known = model.scores(model.fold_in(*crowd.by_user.row(u))), model.scores(u)
        assert np.corrcoef(again, known)[0, 1] > 0.95


def test_having_chosen_an_item_is_part_of_that_item_s_share(crowd: Ratings) -> None:
    """The base is anyone's prediction, whatever was rated; the choice of items is in the shares."""
    model = SVDpp(n_factors=4).fit(crowd)
    for items, stars in (([0, 3], [5, 0.5]), ([0, 3], [1, 4]), ([0, 8], [5, 0.5])):
        why = model.explain(model.fold_in(items, stars), 17)
        terms = {term.symbol: term.value for term in why.terms}
        assert why.base == pytest.approx(terms["μ"] + terms["b_i"])
        mine = terms["b_u"] + terms["q_i·p_u"] + terms["q_i·z̄_u"]
        assert sum(share.value for share in why.shares) == pytest.approx(mine)
    Z, Q = model.implicit_factors_, model.item_factors_
    anyone = model.mu_ + model.item_bias_[[0]] + Q[[0]] @ Z[0]  # a rating that leaves nothing to explain
    why = model.explain(model.fold_in([0], np.float32(anyone)), 17)
    assert why.shares[0].value == pytest.approx(Q[17] @ Z[0], abs=1e-6)


def test_a_model_that_runs_away_says_so() -> None:
    u, i = np.divmod(np.arange(400), 20)
    stars = np.random.default_rng(0).choice([-10, 10], 400)
    extreme = Ratings.from_arrays(u, i, stars, Scale(-10, 10))
    with np.errstate(all="ignore"), pytest.raises(TrainingDivergedError, match="Lower the learning rate"):
        SVDpp(learning_rate=1.0).fit(extreme)


# ---------------------------------------------------------------- Surprise


@pytest.mark.real
def test_it_learns_what_surprise_learns(real: Callable[[str], Dataset]) -> None:
    """All of ml-100k with the defaults of both; its adapter's training set is itself held to
    Surprise's own in test_against_surprise."""
    import surprise

    ratings = real("ml-100k").ratings
    data, order = _surprise.trainset(ratings)
    theirs = surprise.SVDpp(random_state=5).fit(data)
    ours = rc.algorithm("svdpp", seed=5).fit(ratings)
    for mine, rows, their in (
        (ours.user_bias_, order.users, theirs.bu),
        (ours.item_bias_, order.items, theirs.bi),
        (ours.user_factors_ - ours.user_implicit_, order.users, theirs.pu),
        (ours.item_factors_, order.items, theirs.qi),
        (ours.implicit_factors_, order.items, theirs.yj),
    ):
        np.testing.assert_allclose(mine[rows], their, rtol=0, atol=1e-9)
    rng = np.random.default_rng(1)
    users, items = rng.integers(0, ratings.n_users, 500), rng.integers(0, ratings.n_items, 500)
    expected = [theirs.predict(u, i).est for u, i in zip(users.tolist(), items.tolist(), strict=True)]
    np.testing.assert_allclose(ours.predict(users, items), expected, rtol=0, atol=1e-9)


@pytest.mark.real
def test_also_where_people_and_films_are_missing_and_settings_differ(real: Callable[[str], Dataset]) -> None:
    import surprise

    ratings = real("ml-100k").ratings
    part = ratings.take(np.random.default_rng(2).random(len(ratings)) < 0.02)
    assert (part.by_user.counts == 0).any()
    assert (part.by_item.counts == 0).any()
    data, order = _surprise.trainset(part)
    theirs = surprise.SVDpp(
        n_factors=7, n_epochs=30, lr_all=0.03, reg_all=0.1, init_std_dev=0.3, random_state=3
    )
    theirs.fit(data)
    ours = rc.algorithm(
        "svdpp", n_factors=7, n_epochs=30, learning_rate=0.03, regularization=0.1, init_std=0.3, seed=3
    ).fit(part)
    np.testing.assert_allclose(ours.implicit_factors_[order.items], theirs.yj, rtol=0, atol=1e-9)
    rng = np.random.default_rng(1)
    users, items = rng.integers(0, part.n_users, 2000), rng.integers(0, part.n_items, 2000)
    expected = [theirs.predict(u, i).est for u, i in zip(users.tolist(), items.tolist(), strict=True)]
    np.testing.assert_allclose(ours.predict(users, items), expected, rtol=0, atol=1e-9)
