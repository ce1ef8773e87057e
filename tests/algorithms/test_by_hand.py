"""Numbers small enough to follow with a pencil.

The toy (conftest), μ = 23.5 / 8 = 2.9375:

          film 0  film 1  film 2  film 3  film 4
    u 0      5      3.5              1
    u 1     4.5               2
    u 2              3       0.5     4
    u 3
"""

from __future__ import annotations

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.algorithms._factors import ridge_map
from recsys_core.algorithms.als import half_step, half_step_readable
from recsys_core.algorithms.svd import descend, descend_readable
from recsys_core.ratings import Ratings, Scale


def test_popularity(toy: Ratings) -> None:
    """Films 0 to 3 have two ratings each, film 4 none; with λ_i = 2, the mean of film i moves half way:

    film 0   (5 + 4.5 − 2·2.9375) / (2 + 2) =  3.625/4 =  0.90625
    film 1   (3.5 + 3 − 5.875) / 4          =  0.625/4 =  0.15625
    film 2   (2 + 0.5 − 5.875) / 4          = −3.375/4 = −0.84375
    film 3   (1 + 4 − 5.875) / 4            = −0.875/4 = −0.21875
    """
    model = rc.algorithm("popularity", shrinkage=2).fit(toy)
    assert model.scores(0).tolist() == [2, 2, 2, 2, 0]
    expected = 2.9375 + np.array([0.90625, 0.15625, -0.84375, -0.21875, 0])
    for user in (0, 3, model.fold_in([2], [5])):
        np.testing.assert_allclose(model.predict(user, np.arange(5)), expected, atol=1e-12)


def test_biases_after_one_pass(toy: Ratings) -> None:
    """λ_i = 2: b_i as for popularity above. Then λ_u = 1 and what b_i leaves of each rating:

    u 0   5 − 2.9375 − 0.90625 =  1.15625    3.5 − 2.9375 − 0.15625 = 0.40625
          1 − 2.9375 + 0.21875 = −1.71875    sum −0.15625, over 1 + 3: −0.0390625
    u 1   0.65625 − 0.09375 = 0.5625         over 1 + 2:  0.1875
    u 2   −0.09375 − 1.59375 + 1.28125       sum −0.40625, over 1 + 3: −0.1015625
    u 3   nothing: 0
    """
    model = rc.algorithm("bias", n_epochs=1, item_shrinkage=2, user_shrinkage=1).fit(toy)
    np.testing.assert_allclose(model.item_bias_, [0.90625, 0.15625, -0.84375, -0.21875, 0], atol=1e-12)
    np.testing.assert_allclose(model.user_bias_, [-0.0390625, 0.1875, -0.1015625, 0], atol=1e-12)
    assert model.predict(1, 1)[0] == pytest.approx(2.9375 + 0.15625 + 0.1875)  # 3.28125
    # A new person gives film 2 a 5: y = 5 − 2.9375 + 0.84375 = 2.90625, b_u = y / (1 + 1).
    person = model.fold_in([2], [5.0])
    assert person.bias == pytest.approx(1.453125)
    assert model.predict(person, 1)[0] == pytest.approx(2.9375 + 0.15625 + 1.453125)


@pytest.mark.parametrize("solve", [half_step, half_step_readable])
def test_one_half_step_of_als(solve: object) -> None:
    """One factor, q = (1, 2), λ = 0.5.

    Person 0 rated both, e = (2, 1):   (1·2 + 2·1) / (1 + 4 + 0.5·2) = 4/6
    Person 1 rated nothing:            0
    Person 2 rated film 1, e = (3):    2·3 / (4 + 0.5·1)             = 6/4.5
    """
    starts, others = np.array([0, 2, 2, 3]), np.array([0, 1, 1], dtype=np.int32)
    solved = solve(starts, others, np.array([2.0, 1.0, 3.0]), np.array([[1.0], [2.0]]), 0.5)
    np.testing.assert_allclose(solved, [[4 / 6], [0], [6 / 4.5]], atol=1e-12)


@pytest.mark.parametrize("solve", [half_step, half_step_readable])
def test_a_half_step_with_more_factors_than_ratings(solve: object) -> None:
    """q = (3, 4), e = 2, λ = 1:  p = q e / (‖q‖² + λ) = (3, 4)·2 / 26."""
    solved = solve(
        np.array([0, 1]), np.array([0], dtype=np.int32), np.array([2.0]), np.array([[3.0, 4.0]]), 1.0
    )
    np.testing.assert_allclose(solved, [[6 / 26, 8 / 26]], atol=1e-12)


@pytest.mark.parametrize("run", [descend, descend_readable])
def test_one_step_of_gradient_descent(run: object) -> None:
    """μ = 3, b_u = 0.2, b_i = −0.1, p = (1, 0), q = (0.5, 2), r = 5, γ = 0.1, λ = 0.5.

    r̂ = 3 + 0.2 − 0.1 + 0.5 = 3.6, e = 1.4
    b_u = 0.2 + 0.1 (1.4 − 0.1) = 0.33        b_i = −0.1 + 0.1 (1.4 + 0.05) = 0.045
    p = (1 + 0.1 (0.7 − 0.5), 0.1·2.8)        = (1.02, 0.28)
    q = (0.5 + 0.1 (1.4 − 0.25), 2 + 0.1 (0 − 1)) = (0.615, 1.9)   with the old p
    """
    b_u, b_i, p, q = np.array([0.2]), np.array([-0.1]), np.array([[1.0, 0.0]]), np.array([[0.5, 2.0]])
    one = np.array([0], dtype=np.int32)
    squares = run(one, one, np.array([5.0]), 3.0, b_u, b_i, p, q, 0.1, 0.5)
    assert squares == pytest.approx(1.4**2)
    np.testing.assert_allclose([*b_u, *b_i], [0.33, 0.045], atol=1e-12)
    np.testing.assert_allclose(p, [[1.02, 0.28]], atol=1e-12)
    np.testing.assert_allclose(q, [[0.615, 1.9]], atol=1e-12)


def test_als_of_a_single_rating() -> None:
    """μ = 4 and nothing is left to explain: biases and factors are 0, everything is predicted 4."""
    ratings = Ratings.from_arrays([0], [0], [4], Scale(1, 5), n_users=2, n_items=2)
    model = rc.algorithm("als", n_factors=3).fit(ratings)
    assert [model.predict(u, i)[0] for u in (0, 1) for i in (0, 1)] == pytest.approx([4] * 4)
    assert not model.item_factors_.any()


def test_folding_in_to_als_by_hand(toy: Ratings) -> None:
    """With q = (1), (2) for films 0 and 1, no film biases, μ = 3, λ_b = 2, λ = 0.5 and ratings 5 and 4:

    y = (2, 1), b_u = 3 / (2 + 2) = 0.75, e = (1.25, 0.25), p = (1.25 + 0.5) / (5 + 1) = 1.75/6
    film 0: 3 + 0.75 + 1.75/6
    """
    model = rc.algorithm("als", n_factors=1, shrinkage=2, regularization=0.5).fit(toy)
    model.mu_, model.item_bias_ = 3.0, np.zeros(5)
    model.item_factors_ = np.array([[1.0], [2.0], [0.0], [0.0], [0.0]])
    person = model.fold_in([0, 1], [5, 4])
    assert person.bias == pytest.approx(0.75)
    assert person.vector == pytest.approx([1.75 / 6])
    assert model.scores(person)[0] == pytest.approx(3.75 + 1.75 / 6)


@pytest.mark.parametrize("n", [1, 3, 5, 8])
@pytest.mark.parametrize("regularization", [0.0, 0.3])
def test_the_ridge_map_solves_its_normal_equations_on_either_side(n: int, regularization: float) -> None:
    rng = np.random.default_rng(n)
    X, y = rng.normal(size=(n, 5)), rng.normal(size=n)
    w = ridge_map(X, regularization) @ y
    gradient = X.T @ (X @ w - y) + regularization * w
    assert np.abs(gradient).max() < 1e-12
    if n < 5 and regularization == 0:
        assert np.linalg.norm(w) == pytest.approx(np.linalg.norm(np.linalg.lstsq(X, y)[0])), "the least norm"
