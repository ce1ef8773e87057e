"""Ratings: who gave what to which film, sparse and read-only.

Parallel arrays in the order of the file, and two cached views of the same numbers
grouped by user and by item. Nothing here is ever a users × items matrix: a million
ratings take 12 MB, where a dense 6,040 × 3,883 table of float64 would take 188 MB.

Raw ids and titles do not appear here: `recsys_core.dataset` holds them, and turns
them into the indices 0 … n−1 that everything else uses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recsys_core.errors import DataError

IntArray: TypeAlias = NDArray[np.int32]
LongArray: TypeAlias = NDArray[np.int64]
RatingArray: TypeAlias = NDArray[np.float32]
FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
ByteArray: TypeAlias = NDArray[np.uint8]


def frozen(array: NDArray[np.generic]) -> None:
    """Make an array read-only in place, so that every session can share it."""
    array.setflags(write=False)


@dataclass(frozen=True)
class Scale:
    """The scale ratings are given on, such as half stars from 0.5 to 5.

    Raises:
        DataError: `low` is not below `high`, or `step` is not positive.
    """

    low: float
    high: float
    step: float = 1.0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise DataError(f"A rating scale needs low < high; got {self.low:g} to {self.high:g}.")
        if not self.step > 0:
            raise DataError(f"The step of a rating scale must be positive; got {self.step:g}.")

    def clip(self, values: ArrayLike) -> FloatArray:
        """Hold predictions to the scale."""
        return np.clip(np.asarray(values, dtype=np.float64), self.low, self.high)

    @property
    def choices(self) -> tuple[float, ...]:
        """Every rating a person can give, lowest first."""
        n_steps = int((self.high - self.low) / self.step + 1e-9)  # a step may not fit evenly
        return tuple(self.low + k * self.step for k in range(n_steps + 1))

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g} in steps of {self.step:g}"


@dataclass(frozen=True, eq=False)
class Grouped:
    """The ratings grouped by one side (compressed rows).

    Row `x` is the slice `starts[x]:starts[x + 1]` of the other arrays; inside a row
    the order of the file is kept.

    Attributes:
        starts: (n_rows + 1,) where each row begins.
        others: (n_ratings,) index on the other side.
        values: (n_ratings,) rating.
        order: (n_ratings,) position of each entry in the file.
    """

    starts: LongArray
    others: IntArray
    values: RatingArray
    order: LongArray

    def row(self, x: int) -> tuple[IntArray, RatingArray]:
        """The other side's indices and the ratings of row `x`."""
        part = slice(self.starts[x], self.starts[x + 1])
        return self.others[part], self.values[part]

    @property
    def counts(self) -> LongArray:
        """(n_rows,) how many ratings each row has."""
        return np.diff(self.starts)


@dataclass(frozen=True, eq=False)
class Origin:
    """Where ratings were taken from.

    Attributes:
        whole: ratings that were not taken from others; they stay in memory as long as this does.
        positions: (n_ratings,) where in `whole` each one stands: 8 bytes a rating.
        label: what was taken, in words; empty if nobody said.
    """

    whole: Ratings
    positions: LongArray
    label: str = ""

    def __post_init__(self) -> None:
        frozen(self.positions)


@dataclass(frozen=True, eq=False)
class Ratings:
    """Explicit ratings as coordinate arrays, in the order of their file.

    Build one with `Ratings.from_arrays`, which checks everything.

    Attributes:
        users: (n_ratings,) int32, user index 0 … n_users−1.
        items: (n_ratings,) int32, item index 0 … n_items−1.
        values: (n_ratings,) float32, on `scale`.
        timestamps: (n_ratings,) int64 seconds since 1970, or None where unknown.
        n_users, n_items: sizes, counting users and items that nobody's rating mentions.
        scale: the scale of the values.
        origin: the ratings these were taken from, or None where they are a whole themselves.
    """

    users: IntArray
    items: IntArray
    values: RatingArray
    timestamps: LongArray | None
    n_users: int
    n_items: int
    scale: Scale
    origin: Origin | None = field(default=None, repr=False)

    @classmethod
    def from_arrays(
        cls,
        users: ArrayLike,
        items: ArrayLike,
        values: ArrayLike,
        scale: Scale,
        *,
        n_users: int | None = None,
        n_items: int | None = None,
        timestamps: ArrayLike | None = None,
    ) -> Ratings:
        """Check the arrays, copy them and make them read-only.

        Raises:
            DataError: lengths differ, an index is negative, too large or not a whole number,
                a value is not finite or lies outside the scale, or a (user, item) pair
                occurs twice.
        """
        wide_u, wide_i = _whole(users, "user"), _whole(items, "item")
        r = np.array(values, dtype=np.float32)
        t = None if timestamps is None else np.array(timestamps, dtype=np.int64)
        lengths = {len(a) for a in (wide_u, wide_i, r)} | (set() if t is None else {len(t)})
        if len(lengths) != 1:
            raise DataError(f"The arrays of ratings must be equally long; got lengths {sorted(lengths)}.")
        n_users = int(wide_u.max(initial=-1)) + 1 if n_users is None else n_users
        n_items = int(wide_i.max(initial=-1)) + 1 if n_items is None else n_items
        for label, index, size in (("user", wide_u, n_users), ("item", wide_i, n_items)):
            bad = np.flatnonzero((index < 0) | (index >= size))
            if len(bad):
                raise DataError(
                    f"Rating {bad[0]}: {label} index {index[bad[0]]} is outside 0 … {size - 1} "
                    f"({len(bad)} such ratings)."
                )
        bad = np.flatnonzero(~((r >= scale.low) & (r <= scale.high)))
        if len(bad):
            raise DataError(
                f"Rating {bad[0]} has the value {r[bad[0]]:g}, outside the scale {scale} "
                f"({len(bad)} such ratings)."
            )
        pairs = np.sort(wide_u * max(n_items, 1) + wide_i)  # a hundred times quicker than np.unique
        n_repeats = int(np.sum(pairs[1:] == pairs[:-1]))
        if n_repeats:
            raise DataError(
                f"{n_repeats} (user, item) pairs occur twice; "
                "keep the latest of each before building Ratings."
            )
        u, i = wide_u.astype(np.int32), wide_i.astype(np.int32)
        for array in (u, i, r) if t is None else (u, i, r, t):
            frozen(array)
        return cls(u, i, r, t, n_users, n_items, scale)

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def by_user(self) -> Grouped:
        """The ratings grouped by user."""
        return _grouped(self.users, self.items, self.values, self.n_users)

    @cached_property
    def by_item(self) -> Grouped:
        """The ratings grouped by item."""
        return _grouped(self.items, self.users, self.values, self.n_items)

    @cached_property
    def mean(self) -> float:
        """μ, the mean of all ratings; `nan` where there are none."""
        return float(np.mean(self.values, dtype=np.float64)) if len(self) else float("nan")

    @property
    def density(self) -> float:
        """Share of the users × items table that is filled, 0 to 1; `nan` for an empty table."""
        cells = self.n_users * self.n_items
        return len(self) / cells if cells else float("nan")

    def take(self, positions: ArrayLike, *, label: str = "") -> Ratings:
        """The ratings at these positions (or of this mask), over the same users and items.

        They remember where they came from, so that a model trained on them can tell what it has seen.

        Args:
            positions: (n,) positions, or (n_ratings,) True for those to take.
            label: what this part is, in words, such as which fold of which split.
        """
        index = np.asarray(positions)
        if index.size == 0:
            index = index.astype(np.int64)  # an empty list is no list of floats
        u, i, r = self.users[index], self.items[index], self.values[index]
        t = None if self.timestamps is None else self.timestamps[index]
        for array in (u, i, r) if t is None else (u, i, r, t):
            frozen(array)
        origin = Origin(self.whole, self.positions_in_whole(index), label)
        return Ratings(u, i, r, t, self.n_users, self.n_items, self.scale, origin)

    @property
    def whole(self) -> Ratings:
        """The ratings from which these were taken, however often since; these themselves if they were not."""
        return self if self.origin is None else self.origin.whole

    def positions_in_whole(self, positions: ArrayLike) -> LongArray:
        """Positions of these ratings (or a mask of them) as positions in `whole`.

        Raises:
            IndexError: there is no such position.
        """
        index = np.asarray(positions)
        if index.size == 0:
            return np.empty(0, dtype=np.int64)
        here = np.arange(len(self)) if self.origin is None else self.origin.positions
        found: LongArray = here[index]
        return found

    @property
    def memory(self) -> tuple[str, ByteArray | None, str]:
        """What a model trained on these keeps of them, so that it can tell later what it has seen.

        Returns:
            The fingerprint of `whole`; which of its ratings these are, one bit each as `np.packbits`
            lays them out (13 kB of ml-100k, 125 kB of ml-1m), or None for all; the label of `take`.
        """
        if self.origin is None:
            return self.fingerprint, None, ""
        mask = np.zeros(len(self.whole), dtype=np.bool_)
        mask[self.origin.positions] = True
        bits = np.packbits(mask)
        frozen(bits)
        return self.whole.fingerprint, bits, self.origin.label

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the numbers, the sizes and the scale: equal data, equal fingerprint."""
        digest = sha256(repr((self.n_users, self.n_items, self.scale)).encode())
        for array in (self.users, self.items, self.values):
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(b"no times" if self.timestamps is None else self.timestamps.tobytes())
        return digest.hexdigest()


def _whole(values: ArrayLike, what: str) -> LongArray:
    """Indices as they are, before a narrower type could cut them short or wrap them round."""
    index = np.asarray(values)
    if index.size and not np.issubdtype(index.dtype, np.integer):
        raise DataError(f"A {what} index must be a whole number; got {index.dtype} ({index.flat[0]!r}).")
    return index.astype(np.int64)


def _grouped(rows: IntArray, others: IntArray, values: RatingArray, n_rows: int) -> Grouped:
    order = np.argsort(rows, kind="stable").astype(np.int64)
    starts = np.zeros(n_rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n_rows), out=starts[1:])
    view = Grouped(starts, others[order], values[order], order)
    for array in (view.starts, view.others, view.values, view.order):
        frozen(array)
    return view
