"""Joint gradient descent on people and items together: what Ng's two models share.

    z_ui = c_i + b_u + p_u·q_i                                             (1)

c_i is a constant of the item and is not learned (its mean, or 0). With the known ratings alone,

    J = Σ_{u rated i} loss(z_ui, y_ui) + λ/2 Σ_u ‖p_u‖² + λ/2 Σ_i ‖q_i‖²    (2)

where b is not regularised, and the loss is one of

    ½ (z − y)²                                 y a rating                  (3)
    −y ln φ(z) − (1 − y) ln(1 − φ(z))          y 1 or 0, φ(z) = 1/(1 + e⁻ᶻ)  (4)

Both have the same derivative, prediction minus truth:

    e = z − y    or    e = φ(z) − y                                        (5)
    ∂J/∂p_u = Σ_i e_ui q_i + λ p_u    ∂J/∂q_i = Σ_u e_ui p_u + λ q_i    ∂J/∂b_u = Σ_i e_ui   (6)

All parameters stand in one flat vector θ = (P, Q, b), so that any optimizer can move them.
Rows without ratings start at 0: their gradient (6) is 0 there, and so they stay.

Shapes  P (n_users, n_factors) · Q (n_items, n_factors) · b (n_users,)
Cost    O(n_ratings n_factors + (n_users + n_items) n_factors) an iteration
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from recsys_core.algorithms._optimizers import Number, Vector, optimizer
from recsys_core.algorithms._work import Size, Work
from recsys_core.errors import TrainingDivergedError
from recsys_core.kernel import kernel
from recsys_core.ratings import FloatArray, IntArray, LongArray, RatingArray, Ratings

Float = TypeVar("Float", bound=np.floating[Any])


@dataclass(frozen=True)
class Descent:
    """One iteration.

    Attributes:
        cost: J before the step.
        gradient_norm: ‖∂J/∂θ‖₂ before the step.
        rmse: √(mean e²) of (5), after the step.
    """

    cost: float
    gradient_norm: float
    rmse: float


@dataclass(frozen=True, eq=False)
class Parts(Generic[Float]):
    """θ seen as its parts: changing one changes the other."""

    P: NDArray[Float]
    Q: NDArray[Float]
    b: NDArray[Float]

    @classmethod
    def of(cls, theta: NDArray[Float], n_users: int, n_items: int) -> Parts[Float]:
        F = (len(theta) - n_users) // (n_users + n_items)
        split = n_users * F
        P, Q, b = np.split(theta, [split, split + n_items * F])
        return cls(P.reshape(n_users, F), Q.reshape(n_items, F), b)


def descent_work(size: Size, n_factors: int) -> Work:
    """What one iteration takes."""
    rows = size.n_users + size.n_items
    return Work(compiled=size.n_ratings * (7e-9 + 0.16e-9 * n_factors) + 2e-9 * n_factors * rows)


def start(ratings: Ratings, n_factors: int, init_std: float, seed: int) -> RatingArray:
    """θ to begin with: normal draws, 0 for people and items without ratings."""
    size = (ratings.n_users + ratings.n_items) * n_factors + ratings.n_users
    theta = np.random.default_rng(seed).normal(0.0, init_std, size).astype(np.float32)
    parts = Parts.of(theta, ratings.n_users, ratings.n_items)
    silent = ratings.by_user.counts == 0
    parts.P[silent], parts.b[silent] = 0.0, 0.0
    parts.Q[ratings.by_item.counts == 0] = 0.0
    return theta


def descend(
    ratings: Ratings,
    theta: Vector,
    y: RatingArray,
    constants: FloatArray,
    *,
    binary: bool,
    regularization: float,
    optimizer_name: str,
    learning_rate: float,
    n_epochs: int,
) -> Iterator[Descent]:
    """Move θ, in place, `n_epochs` times downhill; one `Descent` after each step.

    J at the new θ, which the next step needs anyway, is also what tells that θ is still finite.

    Args:
        theta: (P, Q, b) in one vector, of any floating type: all arithmetic is done in it.
        y: (n_ratings,) targets in the order of `ratings.by_item`.
        constants: (n_items,) c_i.
        binary: loss (4) instead of (3).

    Raises:
        TrainingDivergedError: J left the finite numbers.
    """
    rows, number = ratings.by_item, theta.dtype.type
    at = Parts.of(theta, ratings.n_users, ratings.n_items)
    gradient = np.empty_like(theta)
    slope = Parts.of(gradient, ratings.n_users, ratings.n_items)
    c, lam = constants.astype(theta.dtype), number(regularization)
    rule = optimizer(optimizer_name, learning_rate)

    def look() -> tuple[float, float]:
        cost, squares = joint_gradient(
            rows.starts, rows.others, y, c, at.P, at.Q, at.b, lam, binary, slope.P, slope.Q, slope.b
        )
        norm = float(np.linalg.norm(gradient))
        if not (math.isfinite(cost) and math.isfinite(norm)):
            raise TrainingDivergedError(
                "Gradient descent left the finite numbers. Lower the learning rate, or use Adam."
            )
        return float(cost), float(squares)

    with np.errstate(over="ignore", invalid="ignore"):  # it is looked for, and told in words
        cost, _ = look()
        for _ in range(n_epochs):
            norm = float(np.linalg.norm(gradient))
            rule.step(theta, gradient)
            before, (cost, squares) = cost, look()
            yield Descent(before, norm, (squares / len(ratings)) ** 0.5)


def logistic(z: FloatArray) -> FloatArray:
    """φ(z) = 1/(1 + e⁻ᶻ), without overflow at either end."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


def joint_gradient_readable(
    starts: LongArray,
    users: IntArray,
    y: Vector,
    c: Vector,
    P: Vector,
    Q: Vector,
    b: Vector,
    regularization: float,
    binary: bool,
) -> tuple[float, float, Vector, Vector, Vector]:
    """J of (2), Σ e² of (5) and the three gradients of (6), as they are written.

    Args:
        starts: (n_items + 1,) where each item's ratings begin.
        users, y: (n_ratings,) who rated, and how, item by item.
        c, P, Q, b: as in (1).

    Returns:
        J, Σ e², ∂J/∂P, ∂J/∂Q, ∂J/∂b.
    """
    items = np.repeat(np.arange(len(Q)), np.diff(starts))
    z = c[items] + b[users] + np.einsum("nf,nf->n", P[users], Q[items])  # (1)
    if binary:
        e = logistic(z) - y  # (5)
        loss = np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))  # (4), safe for large |z|
    else:
        e = z - y  # (5)
        loss = 0.5 * e**2  # (3)
    J = loss.sum() + regularization / 2 * ((P**2).sum() + (Q**2).sum())  # (2)
    dP, dQ, db = regularization * P, regularization * Q, np.zeros_like(b)
    np.add.at(dP, users, e[:, None] * Q[items])  # (6)
    np.add.at(dQ, items, e[:, None] * P[users])
    np.add.at(db, users, e)
    return float(J), float((e**2).sum()), dP, dQ, db


@kernel
def joint_gradient(
    starts: LongArray,
    users: IntArray,
    y: Vector,
    c: Vector,
    P: Vector,
    Q: Vector,
    b: Vector,
    regularization: Number,
    binary: bool,
    dP: Vector,
    dQ: Vector,
    db: Vector,
) -> tuple[Number, Number]:
    """The same, compiled: fills dP, dQ, db and returns J and Σ e². J and Σ e² are summed in float64,
    whatever the type of the parameters. Items lead because there are usually more of them: the
    people's rows, met in no order, then stay in the processor's cache."""
    n_factors, one = P.shape[1], P.dtype.type(1)
    cost, squares, penalty = 0.0, 0.0, 0.0
    for u in range(len(P)):
        row = P[u, 0] * P[u, 0]
        dP[u, 0] = regularization * P[u, 0]
        for f in range(1, n_factors):
            row += P[u, f] * P[u, f]
            dP[u, f] = regularization * P[u, f]
        penalty += row
        db[u] = 0
    for i in range(len(Q)):
        row = Q[i, 0] * Q[i, 0]
        dQ[i, 0] = regularization * Q[i, 0]
        for f in range(1, n_factors):
            row += Q[i, f] * Q[i, f]
            dQ[i, f] = regularization * Q[i, f]
        penalty += row
        for n in range(starts[i], starts[i + 1]):
            u = users[n]
            z = c[i] + b[u]
            for f in range(n_factors):
                z += P[u, f] * Q[i, f]
            e = z - y[n]
            if binary:
                small = np.exp(-abs(z))
                e = (one if z >= 0 else small) / (one + small) - y[n]
                cost += max(z, 0.0) - y[n] * z + np.log1p(small)
            else:
                cost += 0.5 * e * e
            squares += e * e
            db[u] += e
            for f in range(n_factors):
                dP[u, f] += e * Q[i, f]
                dQ[i, f] += e * P[u, f]
    return cost + 0.5 * regularization * penalty, squares
