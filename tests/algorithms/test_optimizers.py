"""Three ways from a gradient to a step, held to the lecture's numbers and to their equations."""

from __future__ import annotations

import numpy as np
import pytest

from recsys_core.algorithms._optimizers import (
    NAMES,
    Adam,
    adam_step_readable,
    optimizer,
)
from recsys_core.errors import HyperParameterError


def descend(name: str, learning_rate: float, n_steps: int) -> list[float]:
    """w after each step downhill on J = (w x − 1)², x = 1, from w = 3."""
    w, path = np.array([3.0]), [3.0]
    rule = optimizer(name, learning_rate)
    for _ in range(n_steps):
        rule.step(w, 2 * (w - 1))
        path.append(float(w[0]))
    return path


def test_the_lectures_thirty_steps_of_gradient_descent() -> None:
    path = descend("gradient_descent", 0.01, 30)
    assert path[-1] == pytest.approx(1 + 2 * 0.98**30, abs=1e-12)
    assert round(path[-1], 4) == 2.0910


@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_the_others_lower_the_same_cost(name: str) -> None:
    """Momentum overshoots the bottom, climbs a little on the other side, and comes back."""
    costs = [(w - 1) ** 2 for w in descend(name, 0.01, 30)]
    assert (np.diff(costs[:10]) < 0).all()
    assert max(costs[10:]) < costs[0]
    assert (descend(name, 0.01, 1000)[-1] - 1) ** 2 < 1e-6


def test_momentum_is_ahead_of_plain_descent() -> None:
    assert descend("momentum", 0.01, 10)[-1] < descend("gradient_descent", 0.01, 10)[-1]


def test_momentum_by_hand() -> None:
    """v = 4, w = 3 − 0.04 = 2.96; then v = 0.9·4 + 2·1.96 = 7.52, w = 2.96 − 0.0752."""
    assert descend("momentum", 0.01, 2) == pytest.approx([3, 2.96, 2.96 - 0.0752])


def test_adams_first_step_is_the_learning_rate_whatever_the_gradient() -> None:
    """m / (1 − β₁) = g and s / (1 − β₂) = g², so the step is γ g / |g|."""
    theta = np.zeros(4)
    Adam(0.1).step(theta, np.array([1e-3, -5.0, 1e4, 0.0]))
    np.testing.assert_allclose(theta, [-0.1, 0.1, -0.1, 0.0], rtol=2e-5)


@pytest.mark.parametrize(("kind", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-5)])
def test_the_compiled_adam_is_the_written_one(kind: type[np.floating], tolerance: float) -> None:
    rng = np.random.default_rng(0)
    theta = rng.normal(size=50).astype(kind)
    twin, m, s = theta.astype(np.float64), np.zeros(50), np.zeros(50)
    rule = optimizer("adam", 0.05)
    for t in range(1, 30):
        gradient = rng.normal(size=50)
        rule.step(theta, gradient.astype(kind))
        adam_step_readable(twin, gradient, m, s, 0.05, t)
    assert theta.dtype == kind
    np.testing.assert_allclose(theta, twin, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_a_step_changes_theta_in_place_and_leaves_the_gradient(name: str) -> None:
    theta, gradient = np.ones(3, dtype=np.float32), np.array([1, -2, 0], dtype=np.float32)
    optimizer(name, 0.1).step(theta, gradient)
    assert theta[0] < 1 < theta[1]
    assert theta[2] == 1
    assert gradient.tolist() == [1, -2, 0]


def test_no_such_optimizer() -> None:
    with pytest.raises(HyperParameterError, match=r"'newton'.*adam"):
        optimizer("newton", 0.1)
