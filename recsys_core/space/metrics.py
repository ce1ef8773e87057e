"""How near two rows of factors are: four ways of measuring, each for one row against all.

    euclidean         d(q, v) = √ Σ_f (q_f − v_f)²                             smaller is nearer   (1)
    cosine            s(q, v) = Σ_f q_f v_f / √(Σ_f q_f² Σ_f v_f²)              −1 to 1             (2)
    dot               s(q, v) = Σ_f q_f v_f                                    larger is nearer    (3)
    adjusted_cosine   (2) of q − q̄ and v − q̄                                   −1 to 1             (4)

q̄ is the mean row. With r̂_ui = q_iᵀ p_u, what a person gives an item above that person's mean over
all items is (q_i − q̄)ᵀ p_u, so (4) leaves out what all items share, as Sarwar's adjusted cosine
leaves out a person's mean. A row of zeros has no direction: it has no cosine with anything.

Source: (1) the lectures' distance; (2), (4) Sarwar, Karypis, Konstan & Riedl (2001), Item-Based
Collaborative Filtering, 3.1.1 and 3.1.3, carried over from ratings to factors.
"""

from __future__ import annotations

import numpy as np

from recsys_core.errors import DataError
from recsys_core.kernel import kernel
from recsys_core.ratings import BoolArray, FloatArray

METRICS = ("euclidean", "cosine", "dot", "adjusted_cosine")


def check_metric(metric: str, known: tuple[str, ...] = METRICS) -> str:
    """The metric, if there is one of that name.

    Raises:
        DataError: there is not; the message lists those there are.
    """
    if metric not in known:
        raise DataError(f"There is no metric {metric!r}; there are: {', '.join(known)}.")
    return metric


def compare(
    factors: FloatArray, vector: FloatArray, metric: str, centre: FloatArray | None = None
) -> tuple[FloatArray, BoolArray]:
    """One vector against every row.

    Args:
        factors: (n, n_factors) rows, finite numbers.
        vector: (n_factors,) what they are held against.
        metric: one of METRICS.
        centre: (n_factors,) q̄ of equation (4); by default the mean of the rows.

    Returns:
        (n,) distances for "euclidean", else similarities; equal rows have equal numbers to the last bit.
        (n,) False where there is nothing to compare: a row (or the vector) without direction; 0 stands there.

    Cost: O(n n_factors), no copy of the rows.
    """
    check_metric(metric)
    factors = np.ascontiguousarray(factors, dtype=np.float64)
    vector = np.ascontiguousarray(vector, dtype=np.float64)
    if metric == "euclidean":
        return distances(factors, vector), np.ones(len(factors), dtype=np.bool_)
    if metric == "adjusted_cosine":
        origin = factors.mean(axis=0) if centre is None else np.ascontiguousarray(centre, dtype=np.float64)
    else:
        origin = np.zeros(len(vector))
    sums = products(factors, vector - origin, origin)
    if metric == "dot":
        return sums[:, 0].copy(), np.ones(len(factors), dtype=np.bool_)
    # A row at the mean but for rounding has no direction from there either.
    around = (sums[:, 2] + origin @ origin) * 1e-24
    squares = sums[:, 1] * float((vector - origin) @ (vector - origin))
    own = float((vector - origin) @ (vector - origin)) > 1e-24 * float(vector @ vector + origin @ origin)
    known = (sums[:, 1] > around) & own & (squares > 0)
    cosines = np.zeros(len(factors))
    np.divide(sums[:, 0], np.sqrt(squares), out=cosines, where=known)
    return np.clip(cosines, -1.0, 1.0), known


def directed(factors: FloatArray, metric: str, centre: FloatArray | None = None) -> BoolArray:
    """(n,) whether each row has a direction to compare by this metric; arguments as for `compare`.

    Held against the row furthest from the origin, which has one if any has. Cost O(n n_factors).
    """
    check_metric(metric)
    if metric in ("euclidean", "dot") or not len(factors):
        return np.ones(len(factors), dtype=np.bool_)
    mean = factors.mean(axis=0) if centre is None else centre
    origin = mean if metric == "adjusted_cosine" else np.zeros(factors.shape[1])
    furthest = int(np.linalg.norm(factors - origin, axis=1).argmax())
    return compare(factors, factors[furthest], metric, origin)[1]


# Every row goes through the same instructions in the same order: equal rows give equal bits, which
# a product of a matrix and a vector does not promise.


@kernel
def distances(factors: FloatArray, vector: FloatArray) -> FloatArray:
    """(n,) equation (1)."""
    n, n_factors = factors.shape
    apart = np.empty(n)
    for i in range(n):
        total = 0.0
        for f in range(n_factors):
            left = factors[i, f] - vector[f]
            total += left * left
        apart[i] = np.sqrt(total)
    return apart


@kernel
def products(factors: FloatArray, vector: FloatArray, origin: FloatArray) -> FloatArray:
    """(n, 3): (q − o)·v, (q − o)·(q − o) and q·q of every row q."""
    n, n_factors = factors.shape
    sums = np.empty((n, 3))
    for i in range(n):
        with_vector, with_itself, whole = 0.0, 0.0, 0.0
        for f in range(n_factors):
            left = factors[i, f] - origin[f]
            with_vector += left * vector[f]
            with_itself += left * left
            whole += factors[i, f] * factors[i, f]
        sums[i, 0], sums[i, 1], sums[i, 2] = with_vector, with_itself, whole
    return sums
