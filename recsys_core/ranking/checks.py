"""What somebody hands over: counts within bounds, items that exist, and values said back in messages.

A message repeats what was found. It may come from a stranger's file: so it is cut, and holds nothing that
cannot be written as UTF-8.
"""

from __future__ import annotations

import math
from reprlib import Repr

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.errors import DataError
from recsys_core.ratings import IntArray

MOST = 10**9
"""Largest count, and longest half-life, that may be asked for: beyond any catalogue or history, and still a
number that every array holds."""
LONGEST = 60
"""Characters of a value that a message repeats."""


class _Short(Repr):
    """`repr` that stops at some depth and length, whatever it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = LONGEST

    def repr_int(self, x: int, level: int) -> str:
        # Python itself refuses to write out the digits of very large ones.
        return str(x) if abs(x) < 10**30 else f"about {'-' if x < 0 else ''}1e{math.log10(abs(x)):.0f}"


_SHORT = _Short()


def said(value: object) -> str:
    """A value as Python writes it, for a message: short and on one line, whatever it is."""
    return clean(_SHORT.repr(value).replace("\n", " "))


def clean(text: str) -> str:
    """Text for a message: half a sign, which no page and no file takes, by its code."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def is_count(value: object, least: int = 1) -> bool:
    """Whether it is a whole number from `least` to `MOST`; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        return False
    return bool(least <= value <= MOST)


def checked_items(items: ArrayLike, n_items: int, what: str) -> IntArray:
    """(n,) item indices: a mask, or an index counted from the end, would be other items than meant.

    Args:
        items: item indices, or anything at all.
        n_items: how many there are.
        what: what they are, for the message: "Items to exclude".

    Raises:
        DataError: they are not item indices.
    """
    try:
        index = np.asarray(items).reshape(-1)
    except ValueError:  # rows of different lengths
        index = np.array([None])
    if index.size and not (
        np.issubdtype(index.dtype, np.integer) and index.min() >= 0 and index.max() < n_items
    ):
        raise DataError(f"{what} are given by index, 0 … {n_items - 1}; got {said(items)}.")
    return index.astype(np.int32)
