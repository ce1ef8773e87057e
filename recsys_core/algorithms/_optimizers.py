"""From a gradient to a step: three rules, each changing the parameters θ in place.

Plain gradient descent goes straight downhill:

    θ ← θ − γ g                                                            (1)

Momentum keeps a velocity v, so that steps that agree add up and steps that quarrel cancel:

    v ← β v + g            θ ← θ − γ v                                     (2)

Adam gives every parameter a step of its own, about γ long whatever the size of its gradient,
from running means of the gradient and of its square (both start at 0, which the powers of β
in t-th step make good):

    m ← β₁ m + (1 − β₁) g        s ← β₂ s + (1 − β₂) g²                    (3)
    θ ← θ − γ · m / (1 − β₁ᵗ) / (√(s / (1 − β₂ᵗ)) + ε)                     (4)

g the gradient at θ, γ the learning rate; β = β₁ = 0.9, β₂ = 0.999, ε = 1e-8 as in the papers.
θ and g are flat vectors of equal length, in float32 or float64.

Source: (1) Cauchy (1847); (2) Polyak (1964), Some methods of speeding up the convergence of
iteration methods; (3, 4) Kingma & Ba (2015), Adam: A Method for Stochastic Optimization, algorithm 1
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsys_core.errors import HyperParameterError
from recsys_core.kernel import kernel

Vector: TypeAlias = NDArray[np.floating[Any]]
Number: TypeAlias = float | np.floating[Any]

NAMES = ("gradient_descent", "momentum", "adam")
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Optimizer(Protocol):
    """What turns a gradient into a step."""

    def step(self, theta: Vector, gradient: Vector) -> None:
        """Change `theta` in place; the gradient is left as it is."""


def optimizer(name: str, learning_rate: float) -> Optimizer:
    """A fresh optimizer.

    Args:
        name: one of `NAMES`.
        learning_rate: γ > 0.

    Raises:
        HyperParameterError: there is none of this name.
    """
    kinds: dict[str, type[GradientDescent] | type[Momentum] | type[Adam]] = {
        "gradient_descent": GradientDescent,
        "momentum": Momentum,
        "adam": Adam,
    }
    if name not in kinds:
        raise HyperParameterError(f"There is no optimizer {name!r}; there are: {', '.join(kinds)}.")
    return kinds[name](learning_rate)


class GradientDescent:
    """Equation (1)."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate

    def step(self, theta: Vector, gradient: Vector) -> None:
        theta -= self.learning_rate * gradient


class Momentum:
    """Equation (2)."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.velocity: Vector | None = None

    def step(self, theta: Vector, gradient: Vector) -> None:
        v = self.velocity = np.zeros_like(theta) if self.velocity is None else self.velocity
        v *= BETA_1
        v += gradient
        theta -= self.learning_rate * v


class Adam:
    """Equations (3) and (4)."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.t = 0

    def step(self, theta: Vector, gradient: Vector) -> None:
        if self.t == 0:
            self.m, self.s = np.zeros_like(theta), np.zeros_like(theta)
        self.t += 1
        number = theta.dtype.type  # a float64 constant would make the whole loop one of float64
        adam_step(
            theta, gradient, self.m, self.s, *(number(x) for x in adam_constants(self.learning_rate, self.t))
        )


def adam_constants(learning_rate: float, t: int) -> tuple[float, float, float, float, float, float]:
    """β₁, 1 − β₁, β₂, 1 − β₂, and the step and ε of (4) with both corrections drawn to the front."""
    root = (1 - BETA_2**t) ** 0.5
    return BETA_1, 1 - BETA_1, BETA_2, 1 - BETA_2, learning_rate * root / (1 - BETA_1**t), EPSILON * root


def adam_step_readable(theta: Vector, gradient: Vector, m: Vector, s: Vector, gamma: float, t: int) -> None:
    """The t-th step of Adam, as it is written; changes θ, m and s in place."""
    m[:] = BETA_1 * m + (1 - BETA_1) * gradient  # (3)
    s[:] = BETA_2 * s + (1 - BETA_2) * gradient**2
    theta -= gamma * (m / (1 - BETA_1**t)) / (np.sqrt(s / (1 - BETA_2**t)) + EPSILON)  # (4)


@kernel
def adam_step(
    theta: Vector,
    gradient: Vector,
    m: Vector,
    s: Vector,
    keep_m: Number,
    take_m: Number,
    keep_s: Number,
    take_s: Number,
    gamma: Number,
    epsilon: Number,
) -> None:
    """The same, compiled: one walk through memory instead of ten."""
    for k in range(len(theta)):
        g = gradient[k]
        m[k] = keep_m * m[k] + take_m * g
        s[k] = keep_s * s[k] + take_s * g * g
        theta[k] -= gamma * m[k] / (np.sqrt(s[k]) + epsilon)
