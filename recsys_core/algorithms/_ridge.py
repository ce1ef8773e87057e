"""Many small ridge regressions, one for each row of a grouped view: the half-step of `als` and `wals`.

    x = A⁻¹ Σ_j y_j f_j        A = B + Σ_j ω_j f_j f_jᵀ + λ n I                (1)

over the n ratings of the row; f_j is the row of the fixed side that rating j belongs to. B is
the same for all rows. Where it is zero and the weights are one, a row with fewer ratings than
factors is solved on its smaller side, x = Fᵀ (F Fᵀ + λ n I)⁻¹ y (Woodbury).

The systems are too small for a BLAS call each, and BLAS would start threads inside of ours:
so the products and the Cholesky factorisation are written out, and blocks of rows are
shared among a few threads. Every row is computed by itself, in the same order whatever the
number of threads, so the result does not depend on it.

Cost: O(n_ratings n_factors² + n_rows n_factors³) at most.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from recsys_core.algorithms._work import Size, Work
from recsys_core.kernel import kernel
from recsys_core.ratings import FloatArray, IntArray, LongArray

MOST_THREADS = 4
WORTH_A_THREAD = 10_000_000
"""Below this many multiplications threads cost more than they bring."""


def pass_work(size: Size, n_factors: int) -> Work:
    """What solving all films and then all people takes; at the peak with both sides' factors."""
    rows, full = size.n_users + size.n_items, size.n_ratings * n_factors**2
    products = min(size.user_pairs * n_factors, full) + min(size.item_pairs * n_factors, full)
    # A row of fewer ratings than factors is solved in its ratings.
    systems = sum(n * min(n_factors, size.n_ratings / n) ** 3 for n in (size.n_users, size.n_items) if n)
    walks = size.n_ratings * (20e-9 + 1e-9 * n_factors)
    return Work(
        compiled=25e-12 * products + 50e-12 * systems + walks + 1e-6 * rows, n_bytes=30 * n_factors * rows
    )


def solve_rows(
    starts: LongArray,
    others: IntArray,
    targets: FloatArray,
    fixed: FloatArray,
    regularization: float,
    base: FloatArray | None = None,
    weights: FloatArray | None = None,
) -> FloatArray:
    """Equation (1) for every row.

    Args:
        starts: (n_rows + 1,) where each row's ratings begin.
        others: (n_ratings,) the index on the fixed side.
        targets: (n_ratings,) y, in the same order.
        fixed: (n_others, n_factors) the factors held still.
        regularization: λ; without a base > 0.
        base: (n_factors, n_factors) B, symmetric positive definite, or None for zero.
        weights: (n_ratings,) ω, or None for one each; only with a base.

    Returns:
        (n_rows, n_factors) the solved rows; zero for a row without ratings.
    """
    n_factors = fixed.shape[1]
    width = -(-n_factors // 8) * 8  # whole vector registers; the columns added are zero and stay so
    F = np.zeros((len(fixed), width))
    F[:, :n_factors] = fixed
    B = np.zeros((n_factors, width))
    if base is not None:
        B[:, :n_factors] = base
    w = np.ones(len(targets)) if weights is None else weights
    solved = np.zeros((len(starts) - 1, n_factors))

    def block(first: int, last: int) -> None:
        _solve_block(starts, others, w, targets, F, B, regularization, base is None, first, last, solved)

    n_threads = min(MOST_THREADS, os.cpu_count() or 1)
    if n_threads == 1 or len(targets) * n_factors**2 < WORTH_A_THREAD:
        block(0, len(solved))
        return solved
    block(0, 0)  # compiles, once
    shares = np.linspace(0, len(targets), 4 * n_threads + 1)
    bounds = np.searchsorted(starts, shares[1:-1]).tolist()
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(block, [0, *bounds], [*bounds, len(solved)]))
    return solved


@kernel
def _solve_block(
    starts: LongArray,
    others: IntArray,
    weights: FloatArray,
    targets: FloatArray,
    fixed: FloatArray,
    base: FloatArray,
    regularization: float,
    small_sides: bool,
    first: int,
    last: int,
    solved: FloatArray,
) -> None:
    """Rows first … last−1 of `solve_rows`; `fixed` and `base` with columns of zeros up to a multiple of 8."""
    n_factors, width = solved.shape[1], fixed.shape[1]
    most = 0
    for row in range(first, last):
        most = max(most, starts[row + 1] - starts[row])
    F, y, w = np.zeros((most + 3, width)), np.zeros(most + 3), np.zeros(most + 3)
    A, x = np.zeros((n_factors, width)), np.zeros(width)
    for row in range(first, last):
        begin, n = starts[row], starts[row + 1] - starts[row]
        if n == 0:
            continue
        for j in range(n):
            F[j] = fixed[others[begin + j]]
            y[j], w[j] = targets[begin + j], weights[begin + j]
        small = small_sides and n < n_factors
        size = n if small else n_factors
        if small:
            for r in range(n):
                for c in range(r + 1):
                    dot = 0.0
                    for f in range(width):
                        dot += F[r, f] * F[c, f]
                    A[r, c] = dot
                x[r] = y[r]
        else:
            w[n : n + 3] = 0.0  # so that the ratings come in fours
            y[n : n + 3] = 0.0
            A[:] = base
            x[:] = 0.0
            for j in range(0, n, 4):
                f0, f1, f2, f3 = F[j], F[j + 1], F[j + 2], F[j + 3]
                y0, y1, y2, y3 = y[j], y[j + 1], y[j + 2], y[j + 3]
                for f in range(width):
                    x[f] += y0 * f0[f] + y1 * f1[f] + y2 * f2[f] + y3 * f3[f]
                for r in range(n_factors):
                    a = A[r]
                    w0, w1, w2, w3 = w[j] * f0[r], w[j + 1] * f1[r], w[j + 2] * f2[r], w[j + 3] * f3[r]
                    for c in range((r // 8 + 1) * 8):  # up to the diagonal, in whole registers
                        a[c] += w0 * f0[c] + w1 * f1[c] + w2 * f2[c] + w3 * f3[c]
        for r in range(size):
            A[r, r] += regularization * n
        # Cholesky by rows, A = L Lᵀ, the diagonal of L kept as its reciprocal; L t = x on the way.
        for r in range(size):
            a = A[r]
            for c in range(r):
                b, left = A[c], a[c]
                for f in range(c):
                    left -= a[f] * b[f]
                a[c] = left * b[c]
            pivot, t = a[r], x[r]
            for f in range(r):
                pivot -= a[f] * a[f]
                t -= x[f] * a[f]
            a[r] = 1.0 / np.sqrt(pivot)
            x[r] = t * a[r]
        for r in range(size - 1, -1, -1):  # Lᵀ x = t
            a = A[r]
            x[r] *= a[r]
            t = x[r]
            for f in range(r):
                x[f] -= t * a[f]
        if small:
            for j in range(n):
                for f in range(n_factors):
                    solved[row, f] += x[j] * F[j, f]
        else:
            for f in range(n_factors):
                solved[row, f] = x[f]
