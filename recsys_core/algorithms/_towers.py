"""A net of three layers that ends on the unit sphere, and the gradient of two of them together.

    h₁ = relu(x W₁ + a₁)      h₂ = relu(h₁ W₂ + a₂)      h = h₂ W₃ + a₃      v = h / ‖h‖   (1)

One row of x a person (or film). For the mean squared error of the dot products v·q, with
e_n = v_u·q_i − y_n for each of the n ratings of a batch, backwards through the same formulas:

    ∂/∂v_u = (2/n) Σ_i e_n q_i      ∂/∂q_i = (2/n) Σ_u e_n v_u               (2)
    ∂/∂h   = (∂/∂v − v (v·∂/∂v)) / ‖h‖         only what turns v counts      (3)
    ∂/∂W₃  = h₂ᵀ ∂/∂h      ∂/∂a₃ = Σ ∂/∂h      ∂/∂h₂ = (∂/∂h W₃ᵀ) where h₂ > 0, else 0   (4)

and likewise down to W₁. Each person and film of a batch goes through its net once, however many
ratings it has there.

Source: Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors;
start of the weights: Glorot & Bengio (2010), eq. 16, uniform
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recsys_core.algorithms._optimizers import Vector
from recsys_core.ratings import IntArray, RatingArray

HIDDEN = (256, 128)
TINY = 1e-12
"""Added to ‖h‖², so that a net which answers 0 has a direction too."""


class Tower:
    """One net; its weights are views of a flat vector, so that any optimizer can move them."""

    def __init__(self, sizes: tuple[int, ...], theta: Vector) -> None:
        self.layers: list[tuple[Vector, Vector]] = []
        begin = 0
        for n_in, n_out in pairwise(sizes):
            W = theta[begin : begin + n_in * n_out].reshape(n_in, n_out)
            a = theta[begin + n_in * n_out : begin + (n_in + 1) * n_out]
            self.layers.append((W, a))
            begin += (n_in + 1) * n_out

    @staticmethod
    def sizes(n_inputs: int, n_factors: int) -> tuple[int, ...]:
        """Widths from what goes in to what comes out."""
        return (n_inputs, *HIDDEN, n_factors)

    @staticmethod
    def n_parameters(sizes: tuple[int, ...]) -> int:
        """Weights and constants of a net of these widths."""
        return sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))

    @staticmethod
    def start(sizes: tuple[int, ...], rng: np.random.Generator) -> RatingArray:
        """Weights drawn evenly from ±√(6 / (n_in + n_out)), constants 0."""
        parts = []
        for n_in, n_out in pairwise(sizes):
            edge = (6 / (n_in + n_out)) ** 0.5
            parts += [rng.uniform(-edge, edge, n_in * n_out), np.zeros(n_out)]
        return np.concatenate(parts).astype(np.float32)

    def __call__(self, x: Vector) -> Vector:
        """v of (1), one row for each row of x."""
        return self.forward(x)[0]

    def forward(self, x: Vector) -> tuple[Vector, Vector, list[Vector]]:
        """v, ‖h‖ and what went into each layer."""
        inputs = [x]
        for W, a in self.layers[:-1]:
            inputs.append(np.maximum(inputs[-1] @ W + a, 0))
        W, a = self.layers[-1]
        h = inputs[-1] @ W + a
        length = np.sqrt((h * h).sum(axis=1, keepdims=True) + h.dtype.type(TINY))
        return h / length, length, inputs

    def backward(self, dv: Vector, v: Vector, length: Vector, inputs: list[Vector]) -> Vector:
        """The gradient by the flat vector of weights, from that by v; (3) and (4)."""
        d = (dv - v * (v * dv).sum(axis=1, keepdims=True)) / length  # (3)
        parts: list[Vector] = []
        for (W, _), x in zip(reversed(self.layers), reversed(inputs), strict=True):
            parts = [(x.T @ d).ravel(), d.sum(axis=0), *parts]  # (4)
            if x is not inputs[0]:
                d = np.where(x > 0, d @ W.T, d.dtype.type(0))
        return np.concatenate(parts)


def batch_gradient(
    user_tower: Tower,
    item_tower: Tower,
    x_users: Vector,
    x_items: Vector,
    users: IntArray,
    items: IntArray,
    y: Vector,
) -> tuple[float, Vector]:
    """Mean squared error of one batch, and its gradient by the weights of both nets, one after the other.

    Args:
        x_users, x_items: (n_users, ·), (n_items, ·) what each net reads.
        users, items, y: (n,) the batch.
    """
    rows_u, at_u = np.unique(users, return_inverse=True)
    rows_i, at_i = np.unique(items, return_inverse=True)
    v, v_length, v_inputs = user_tower.forward(x_users[rows_u])
    q, q_length, q_inputs = item_tower.forward(x_items[rows_i])
    e = np.einsum("nf,nf->n", v[at_u], q[at_i]) - y
    # (2) as a product with the sparse table of the batch's errors
    errors = csr_array((e * e.dtype.type(2 / len(e)), (at_u, at_i)), shape=(len(rows_u), len(rows_i)))
    dv: NDArray[np.floating] = errors @ q
    dq: NDArray[np.floating] = errors.T @ v
    gradient = np.concatenate(
        [user_tower.backward(dv, v, v_length, v_inputs), item_tower.backward(dq, q, q_length, q_inputs)]
    )
    return float(np.mean(e * e)), gradient
