"""Ridge regression as a linear map of the targets, and one half-step of alternating regressions.

For n targets y and their features X, with the pull λ on the weights and k on the intercept

    min ½ Σ_j (y_j − θ₀ − θᵀx_j)² + λ/2 ‖θ‖² + k/2 θ₀²                     (1)

the solution is linear in y. With x̄ the mean row, c = 1 − √(k / (n + k)) and X̃ = X − c x̄,

    R = (X̃ᵀX̃ + λI)⁻¹X̃ᵀ,   θ = G y,  G = R − c R̄,   θ₀ = 1ᵀ(y − Xθ) / (n + k)   (2)

(R̄ the mean of each row of R). k = 0 leaves the intercept free, as in Ng's cost: c = 1, plain
centring, and the weights of a prediction sum to 1. Without an intercept θ₀ = 0 and G = R, c = 0.
"""

from __future__ import annotations

import numpy as np

from recsys_core.algorithms._factors import ridge_map
from recsys_core.algorithms._work import Size, Work
from recsys_core.kernel import kernel
from recsys_core.ratings import BoolArray, FloatArray, IntArray, LongArray


def regression_work(size: Size, n_rows: int, n_features: int) -> Work:
    """What one regression for each of the rows takes."""
    return Work(
        matrix=size.n_ratings * (0.15e-6 + 0.5e-9 * n_features**2) + 20e-6 * n_rows,
        n_bytes=30 * size.n_ratings + 16 * n_features * (size.n_users + size.n_items),
    )


def regression_map(
    X: FloatArray, regularization: float, intercept: bool = True, shrinkage: float = 0.0
) -> FloatArray:
    """The map H of (2) from targets to coefficients: (θ₀, θ) = H y.

    Args:
        X: (n, n_features), n ≥ 1, finite.
        regularization: λ ≥ 0; with 0 the least-norm solution.
        intercept: False holds θ₀ at 0.
        shrinkage: k ≥ 0, the pull on the intercept: like k targets more at 0.

    Returns:
        (1 + n_features, n).

    Cost: O(min(n, n_features)² max(n, n_features)).
    """
    n = len(X)
    if not intercept:
        return np.vstack([np.zeros(n), _ridge(X, regularization)])
    c = 1.0 - (shrinkage / (n + shrinkage)) ** 0.5
    mean = X.mean(axis=0)
    R = _ridge(X - c * mean, regularization)
    G = R - c * R.mean(axis=1, keepdims=True)  # (2)
    return np.vstack([(1.0 - n * (mean @ G)) / (n + shrinkage), G])


def _ridge(X: FloatArray, regularization: float) -> FloatArray:
    if regularization > 0:
        return ridge_map(X, regularization)
    # Centred columns of genres depend on each other to the last bits: those bits are not data.
    return np.linalg.pinv(X, rcond=max(X.shape) * 1e-14).astype(np.float64, copy=False)


def without_unknown(values: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Zeros in rows that have a `nan`, and which rows have none.

    Returns:
        (n_rows, n_features) and (n_rows,).
    """
    known: BoolArray = np.asarray(np.isfinite(values).all(axis=1))
    return np.where(known[:, None], values, 0.0), known


def half_step_readable(
    starts: LongArray, others: IntArray, e: FloatArray, fixed: FloatArray, regularization: float
) -> FloatArray:
    """Regress every row's ratings on the factors of the other side: (1) without an intercept.

    Args:
        starts: (n_rows + 1,) where each row's ratings begin.
        others: (n_ratings,) the index on the fixed side.
        e: (n_ratings,) what is to be explained, in the same order.
        fixed: (n_others, n_factors) the factors held still.
        regularization: λ > 0, or 0 where every row has n_factors independent ones to go by.

    Returns:
        (n_rows, n_factors); zero for a row without ratings.
    """
    solved = np.zeros((len(starts) - 1, fixed.shape[1]))
    for x in range(len(solved)):
        part = slice(starts[x], starts[x + 1])
        if starts[x + 1] > starts[x]:
            solved[x] = ridge_map(fixed[others[part]], regularization) @ e[part]
    return solved


@kernel
def half_step(
    starts: LongArray, others: IntArray, e: FloatArray, fixed: FloatArray, regularization: float
) -> FloatArray:
    """The same as `half_step_readable`, compiled; a row with fewer ratings than factors is
    solved as an n × n system (Woodbury)."""
    n_factors = fixed.shape[1]
    solved = np.zeros((len(starts) - 1, n_factors))
    for x in range(len(solved)):
        begin, end = starts[x], starts[x + 1]
        n = end - begin
        if n == 0:
            continue
        F = np.empty((n, n_factors))
        for k in range(n):
            F[k] = fixed[others[begin + k]]
        small = np.dot(F, F.T) if n < n_factors else np.dot(F.T, F)
        for k in range(len(small)):
            small[k, k] += regularization
        if n < n_factors:
            solved[x] = np.dot(F.T, np.linalg.solve(small, e[begin:end]))
        else:
            solved[x] = np.linalg.solve(small, np.dot(F.T, e[begin:end]))
    return solved
