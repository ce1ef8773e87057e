"""How alike two rows of ratings are, two people or two items, judged by what both have.

For rows x and v let a_y and b_y be their ratings on the n columns y that both have:

    cosine             Σ a b / √(Σ a² Σ b²)                                        (1)
    msd                1 / (1 + Σ (a − b)² / n)                                    (2)
    pearson            (n Σ ab − Σ a Σ b) / √((n Σ a² − (Σ a)²)(n Σ b² − (Σ b)²))  (3)
    pearson_baseline   (1) with a and b measured from μ + b_x + b_y,
                       times (n − 1) / (n − 1 + λ_s)                               (4)

Fewer than n_min common columns (two at least for (4)), or nothing under the root: 0. A row
is 1 to itself. λ_s draws a likeness that rests on few common ratings towards 0.

The functions `cosine`, `msd`, `pearson` and `pearson_baseline` say it for one pair; the
kernels below compute all pairs, one row at a time: for every column of row x they go through
the rows before x that have that column too, so no pair is visited that has nothing in common
and no users × items table is ever made.

Storage     s is symmetric: the triangle below the diagonal, n (n − 1) / 2 numbers of 8 bytes
Cost        O(Σ_y n_y²) time, n_y the ratings of a column; memory the triangle and 20 bytes a rating
Equal to    Surprise's `similarities`, which keeps up to seven full tables for it
Source      Herlocker, Konstan, Borchers & Riedl (1999), An Algorithmic Framework, (3); Shardanand
            & Maes (1995), Social Information Filtering, (2); Koren (2010), Factor in the
            Neighbors, eq. 2, (4)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recsys_core.kernel import exact_kernel
from recsys_core.ratings import FloatArray, IntArray, LongArray, frozen

MEASURES = ("cosine", "msd", "pearson", "pearson_baseline")

# ---------------------------------------------------------------- one pair, as it is written


def cosine(a: FloatArray, b: FloatArray) -> float:
    """Equation (1) of two rows' ratings on their common columns."""
    root = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / root) if root else 0.0


def msd(a: FloatArray, b: FloatArray) -> float:
    """Equation (2): 1 for equal ratings, ½ where they lie one star apart."""
    return float(1 / (((a - b) @ (a - b)) / len(a) + 1))


def pearson(a: FloatArray, b: FloatArray) -> float:
    """Equation (3): the correlation of a and b, each about its mean over the common columns."""
    n = len(a)
    root = np.sqrt((n * (a @ a) - a.sum() ** 2) * (n * (b @ b) - b.sum() ** 2))
    return float((n * (a @ b) - a.sum() * b.sum()) / root) if root else 0.0


def pearson_baseline(a: FloatArray, b: FloatArray, shrinkage: float = 100.0) -> float:
    """Equation (4); a and b are measured from their baselines already."""
    if len(a) < 2:
        return 0.0  # one common rating always agrees with itself
    return cosine(a, b) * ((len(a) - 1) / (len(a) - 1 + shrinkage))


# ---------------------------------------------------------------- all pairs


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of ratings, each a slice of parallel arrays (compressed rows), read-only from here on.

    Attributes:
        starts: (n_rows + 1,) where each row begins.
        others: (n_ratings,) the column of each rating.
        values: (n_ratings,) float64 ratings; for pearson_baseline measured from the baseline.
    """

    starts: LongArray
    others: IntArray
    values: FloatArray

    def __post_init__(self) -> None:
        for array in (self.starts, self.others, self.values):
            frozen(array)

    @property
    def n_rows(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, eq=False)
class Triangle:
    """Similarities of all pairs of rows: s(x, v), v < x, stands at x (x − 1) / 2 + v.

    Attributes:
        n_rows: how many rows there are.
        values: (n_rows (n_rows − 1) / 2,) the similarities, read-only.
    """

    n_rows: int
    values: FloatArray

    def row(self, x: int) -> FloatArray:
        """(n_rows,) similarities of row x to every row, 1 to itself."""
        after = np.arange(x + 1, self.n_rows, dtype=np.int64)
        begin = size(x)
        return np.concatenate(
            (self.values[begin : begin + x], [1.0], self.values[after * (after - 1) // 2 + x])
        )

    def full(self) -> FloatArray:
        """(n_rows, n_rows) the whole symmetric matrix; twice the memory of the triangle."""
        matrix = np.eye(self.n_rows)
        for x in range(1, self.n_rows):
            matrix[x, :x] = matrix[:x, x] = self.values[size(x) : size(x + 1)]
        return matrix


def size(n_rows: int) -> int:
    """How many pairs there are among so many rows."""
    return n_rows * (n_rows - 1) // 2


def all_pairs(
    rows: Table, n_columns: int, measure: str, *, min_support: int = 1, shrinkage: float = 100.0
) -> Triangle:
    """Similarities of all pairs of rows.

    Args:
        rows: the ratings, no column twice in a row.
        n_columns: every column of `rows` is below it.
        measure: one of MEASURES.
        min_support: n_min ≥ 1.
        shrinkage: λ_s ≥ 0; only pearson_baseline looks at it.
    """
    columns = Table(*turned(rows.starts, rows.others, rows.values, n_columns))
    seen = np.zeros(n_columns, dtype=np.int64)
    values = _compare(measure, rows, columns, seen, 0, min_support, shrinkage)
    frozen(values)
    return Triangle(rows.n_rows, values)


def one_row(
    values: FloatArray,
    columns: Table,
    n_rows: int,
    measure: str,
    *,
    min_support: int = 1,
    shrinkage: float = 100.0,
) -> FloatArray:
    """(n_rows,) similarities of one new row to all that are there, by the same kernel.

    Args:
        values: (n,) the new row's ratings.
        columns: for each of them its column: which rows have it, and their ratings.
        n_rows: every row in `columns` is below it.
        measure, min_support, shrinkage: as for `all_pairs`.
    """
    own = np.arange(len(values), dtype=np.int32)
    return row_among(own, values, columns, n_rows, measure, min_support=min_support, shrinkage=shrinkage)


def row_among(
    others: IntArray,
    values: FloatArray,
    columns: Table,
    n_rows: int,
    measure: str,
    *,
    min_support: int = 1,
    shrinkage: float = 100.0,
) -> FloatArray:
    """(n_rows,) the same for a row that names its columns, which may be one of those in the table.

    Args:
        others: (n,) which columns the row has.
        values: (n,) its ratings there.
        columns: all columns: which rows have each, and their ratings.
        n_rows, measure, min_support, shrinkage: as for `one_row`.
    """
    row = Table(np.array([0, len(values)], dtype=np.int64), others, values)
    return _compare(measure, row, columns, np.diff(columns.starts), n_rows, min_support, shrinkage)


def _compare(
    measure: str,
    rows: Table,
    columns: Table,
    seen: LongArray,
    first: int,
    min_support: int,
    shrinkage: float,
) -> FloatArray:
    tables = (rows.starts, rows.others, rows.values, columns.starts, columns.others, columns.values)
    if measure == "msd":
        return compare_differences(*tables, seen, first, min_support)
    if measure == "pearson":
        return compare_correlations(*tables, seen, first, min_support)
    if measure == "cosine":
        return compare_products(*tables, seen, first, min_support, -1.0)
    return compare_products(*tables, seen, first, max(2, min_support), shrinkage)


@exact_kernel
def turned(
    starts: LongArray, others: IntArray, values: FloatArray, n_columns: int
) -> tuple[LongArray, IntArray, FloatArray]:
    """The same ratings by column, the rows of each column in ascending order (a counting sort)."""
    column_starts = np.zeros(n_columns + 1, dtype=np.int64)
    for t in range(len(others)):
        column_starts[others[t] + 1] += 1
    for y in range(n_columns):
        column_starts[y + 1] += column_starts[y]
    free = column_starts[:-1].copy()
    rows, turned_values = np.empty(len(others), dtype=np.int32), np.empty(len(others))
    for x in range(len(starts) - 1):
        for t in range(starts[x], starts[x + 1]):
            place = free[others[t]]
            rows[place], turned_values[place] = x, values[t]
            free[others[t]] = place + 1
    return column_starts, rows, turned_values


# In the kernels, row r of the table is row x = first + r. Of column y only the first `seen[y]`
# entries are rows before x: rows come in ascending order, so each adds itself once it is done.
# The sums of one pair lie side by side, for the rows of a column are met in no useful order.


@exact_kernel
def compare_differences(
    starts: LongArray,
    others: IntArray,
    values: FloatArray,
    column_starts: LongArray,
    column_rows: IntArray,
    column_values: FloatArray,
    seen: LongArray,
    first: int,
    min_support: int,
) -> FloatArray:
    """Equation (2) for each row of the table with every row before it."""
    n_rows = len(starts) - 1
    s = np.zeros(n_rows * first + n_rows * (n_rows - 1) // 2)
    sums = np.empty((first + n_rows, 2))  # n, Σ (a − b)²
    place = 0
    for r in range(n_rows):
        x = first + r
        sums[:x] = 0.0
        for t in range(starts[r], starts[r + 1]):
            y, a = others[t], values[t]
            for m in range(column_starts[y], column_starts[y] + seen[y]):
                v, left = column_rows[m], a - column_values[m]
                sums[v, 0] += 1.0
                sums[v, 1] += left * left
            seen[y] += 1
        for v in range(x):
            if sums[v, 0] >= min_support:
                s[place] = 1 / (sums[v, 1] / sums[v, 0] + 1)
            place += 1
    return s


@exact_kernel
def compare_products(
    starts: LongArray,
    others: IntArray,
    values: FloatArray,
    column_starts: LongArray,
    column_rows: IntArray,
    column_values: FloatArray,
    seen: LongArray,
    first: int,
    min_support: int,
    shrinkage: float,
) -> FloatArray:
    """Equation (1), or (4) where shrinkage ≥ 0, for each row with every row before it."""
    n_rows = len(starts) - 1
    s = np.zeros(n_rows * first + n_rows * (n_rows - 1) // 2)
    sums = np.empty((first + n_rows, 4))  # n, Σ ab, Σ a², Σ b²
    place = 0
    for r in range(n_rows):
        x = first + r
        sums[:x] = 0.0
        for t in range(starts[r], starts[r + 1]):
            y, a = others[t], values[t]
            for m in range(column_starts[y], column_starts[y] + seen[y]):
                v, b = column_rows[m], column_values[m]
                sums[v, 0] += 1.0
                sums[v, 1] += a * b
                sums[v, 2] += a * a
                sums[v, 3] += b * b
            seen[y] += 1
        for v in range(x):
            root = np.sqrt(sums[v, 2] * sums[v, 3])
            if sums[v, 0] >= min_support and root > 0:
                s[place] = sums[v, 1] / root
                if shrinkage >= 0:
                    s[place] *= (sums[v, 0] - 1) / (sums[v, 0] - 1 + shrinkage)
            place += 1
    return s


@exact_kernel
def compare_correlations(
    starts: LongArray,
    others: IntArray,
    values: FloatArray,
    column_starts: LongArray,
    column_rows: IntArray,
    column_values: FloatArray,
    seen: LongArray,
    first: int,
    min_support: int,
) -> FloatArray:
    """Equation (3) for each row of the table with every row before it."""
    n_rows = len(starts) - 1
    s = np.zeros(n_rows * first + n_rows * (n_rows - 1) // 2)
    sums = np.empty((first + n_rows, 6))  # n, Σ ab, Σ a², Σ b², Σ a, Σ b
    place = 0
    for r in range(n_rows):
        x = first + r
        sums[:x] = 0.0
        for t in range(starts[r], starts[r + 1]):
            y, a = others[t], values[t]
            for m in range(column_starts[y], column_starts[y] + seen[y]):
                v, b = column_rows[m], column_values[m]
                sums[v, 0] += 1.0
                sums[v, 1] += a * b
                sums[v, 2] += a * a
                sums[v, 3] += b * b
                sums[v, 4] += a
                sums[v, 5] += b
            seen[y] += 1
        for v in range(x):
            n = sums[v, 0]
            if n >= min_support:
                spread_a = n * sums[v, 2] - sums[v, 4] * sums[v, 4]
                spread_b = n * sums[v, 3] - sums[v, 5] * sums[v, 5]
                if spread_a * spread_b > 0:
                    s[place] = (n * sums[v, 1] - sums[v, 4] * sums[v, 5]) / np.sqrt(spread_a * spread_b)
            place += 1
    return s
