"""How near a learned space comes to the true one, after the best rotation, scale and shift.

    min over R, s, t of ‖B − (s A R + 1 tᵀ)‖²_F,    RᵀR = I                        (1)
    R = U Vᵀ,  s = Σσ / ‖A‖²,  U diag(σ) Vᵀ = AᵀB                                  (2)
    error = 1 − (Σσ)² / (‖A‖² ‖B‖²)                                                (3)

A and B are measured from their mean rows. A model can at best find factors up to such a turn, for
(Q R)(P R)ᵀ = Q Pᵀ: so (1) turns first and compares then. Where one space has fewer factors it gets
columns of zeros, and whatever the other has there counts as error. Mirroring is a turn too.

Source: Schönemann (1966), A Generalized Solution of the Orthogonal Procrustes Problem; Gower (1975),
Generalized Procrustes Analysis (scale and shift).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, frozen


@dataclass(frozen=True, eq=False)
class Alignment:
    """A learned space laid over the true one.

    Attributes:
        aligned: (n, n_true) the learned rows turned, scaled and shifted, in the axes of the true space.
        rotation: (p, p) R, p the larger number of factors.
        scale: s.
        error: equation (3): share of the true space's variance that stays unexplained, 0 to 1.
    """

    aligned: FloatArray
    rotation: FloatArray
    scale: float
    error: float

    def __post_init__(self) -> None:
        frozen(self.aligned)
        frozen(self.rotation)


def align(learned: FloatArray, true: FloatArray) -> Alignment:
    """Turn a learned space onto the true one, by equations (1) to (3).

    Args:
        learned: (n, n_learned) A before centring, items (or people) with ratings only.
        true: (n, n_true) B before centring, the same items.

    Raises:
        DataError: the tables are not equally long, not finite, or one has no spread to align.

    Cost: O(n p² + p³).
    """
    if len(learned) != len(true) or not (np.isfinite(learned).all() and np.isfinite(true).all()):
        raise DataError(f"{len(learned)} learned rows cannot be laid over {len(true)} true ones.")
    n_true, p = true.shape[1], max(learned.shape[1], true.shape[1])
    A, B = (np.pad(table, ((0, 0), (0, p - table.shape[1]))) for table in (learned, true))
    middle = B.mean(axis=0) if len(B) else np.zeros(p)
    # Rows that are the same differ from their mean by rounding, which is small beside themselves.
    rounding_a, rounding_b = 1e-24 * float((A * A).sum()), 1e-24 * float((B * B).sum())
    A, B = A - A.mean(axis=0), B - middle
    size_a, size_b = float((A * A).sum()), float((B * B).sum())
    if size_a <= rounding_a or size_b <= rounding_b:
        raise DataError("A space in which all rows are the same cannot be aligned.")
    U, sigma, Vt = np.linalg.svd(A.T @ B)
    R, total = U @ Vt, float(sigma.sum())
    s = total / size_a
    error = min(1.0, max(0.0, 1 - total**2 / (size_a * size_b)))
    return Alignment((s * A @ R + middle)[:, :n_true], R, s, error)


def errors_by_chance(
    learned: FloatArray, true: FloatArray, *, n_shuffles: int = 200, seed: int = 0
) -> FloatArray:
    """(n_shuffles,) what `align` leaves where items and truth do not belong together.

    The true rows are shuffled among the items and aligned again: even then a turn, scale and shift
    can be found that fit a little, the better the fewer the items and the more the factors.

    Raises:
        DataError: as `align`.

    Cost: n_shuffles times that of `align`.
    """
    random = np.random.default_rng(seed)
    found = [align(learned, true[random.permutation(len(true))]).error for _ in range(n_shuffles)]
    return np.array(found)
