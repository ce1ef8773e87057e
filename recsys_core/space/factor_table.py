"""A table of item factors in place of a model: for looking around in a space that was learned elsewhere.

    item_id,title,year,factor 1,factor 2,…           as CSV: all columns but the first three are factors
    factors (n, n_factors), item_ids (n,)            as npz; instead of ids titles (n,) and years (n,)

Each row is one item: found by its id where the title agrees or is not given, else by title and year
(`Catalogue.named`). A table is a stranger's: its size, its numbers and its names are checked, what cannot be
used is reported, and the rest is kept. It says nothing about people, so nobody can be folded in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recsys_core.dataset import NO_YEAR, Catalogue, Remark, natural_title
from recsys_core.datasets.cells import LeftOut
from recsys_core.errors import DataError
from recsys_core.ratings import BoolArray, FloatArray, LongArray, Ratings, frozen

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("item_id", "title", "year")
MAX_FACTORS = 512
MAX_VALUE = 1e9
"""Larger numbers are no factors, and their products would leave the range of numbers."""


@dataclass(frozen=True, eq=False)
class FactorTable:
    """What a fitted model with item factors is to `recsys_core.space`, without the model.

    Attributes:
        title: what it is called on screen.
        item_factors_: (n_items, n_factors) in the order of the catalogue; zeros where the table has no row.
        item_counts_: (n_items,) ratings of each item in the data; 0, too, where the table has no row.
        placed_items_: (n_items,) whether the table has a row for the item.

    Raises:
        DataError: the parts are of different lengths, a factor is not finite, or there is none.
    """

    name: ClassVar[str] = "factor_table"
    learns_factors: ClassVar[bool] = True
    folds_in: ClassVar[bool] = False

    title: str
    item_factors_: FloatArray
    item_counts_: LongArray
    placed_items_: BoolArray

    def __post_init__(self) -> None:
        n_items = len(self.item_factors_)
        if self.item_factors_.ndim != 2 or not self.item_factors_.size:
            raise DataError("A table of factors needs one row an item, and one column a factor or more.")
        if not np.isfinite(self.item_factors_).all():
            raise DataError("A table of factors needs finite numbers.")
        if self.item_counts_.shape != (n_items,) or self.placed_items_.shape != (n_items,):
            raise DataError(f"A table of {n_items} items needs as many counts and marks of who is in it.")
        for array in (self.item_factors_, self.item_counts_, self.placed_items_):
            frozen(array)

    @property
    def n_factors(self) -> int:
        """Columns of the table."""
        return int(self.item_factors_.shape[1])

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of its numbers and of which items it has."""
        digest = sha256(repr(self.item_factors_.shape).encode())
        digest.update(self.item_factors_.tobytes())
        digest.update(self.placed_items_.tobytes())
        return digest.hexdigest()


def factor_table(
    factors: ArrayLike,
    catalogue: Catalogue,
    ratings: Ratings,
    *,
    item_ids: Sequence[str] | None = None,
    titles: Sequence[str] | None = None,
    years: Sequence[str] | None = None,
    title: str = "a table of factors",
) -> tuple[FactorTable, tuple[Remark, ...]]:
    """Put rows of factors in the order of a catalogue.

    Args:
        factors: (n, n_factors) numbers; a row with one that is not finite or beyond ±`MAX_VALUE` is left out.
        catalogue, ratings: of the data the table is to be looked at with.
        item_ids, titles, years: (n,) which item each row is; without ids and titles the rows must be those
            of the catalogue, all of them and in its order.
        title: what the table is called.

    Returns:
        The table, and remarks on what was left out: rows of unknown items, second rows of an item, rows
        with bad numbers.

    Raises:
        DataError: the shape is wrong, rows and names do not match in number, or no usable row of a rated
            item is left.
    """
    rows = _rows(factors)
    for what, given in (("item_ids", item_ids), ("titles", titles), ("years", years)):
        if given is not None and len(given) != len(rows):
            raise DataError(
                f"{len(given):,} {what} for {len(rows):,} rows of factors: give one for each row."
            )
    if item_ids is None and titles is None:
        if len(rows) != len(catalogue):
            raise DataError(
                f"The table has {len(rows):,} rows and neither item ids nor titles, and the data set has "
                f"{len(catalogue):,} items: name the item of each row."
            )
        item_ids = catalogue.item_ids
    left_out = LeftOut()
    usable: BoolArray = np.all(np.abs(rows) <= MAX_VALUE, axis=1)  # which nan is not, either
    table = np.zeros((len(catalogue), rows.shape[1]))
    placed = np.zeros(len(catalogue), dtype=np.bool_)
    for k in range(len(rows)):
        raw, name, year = (
            str(each[k]).strip() if each is not None else "" for each in (item_ids, titles, years)
        )
        # A spreadsheet's mark against formulas stands before some ids.
        item = catalogue.named(raw if raw in catalogue.index_of else raw.removeprefix("'"), name, year)
        if item is None:
            left_out.add("of items that this data set does not have", name or raw)
        elif placed[item]:
            left_out.add("of items that have a row already", name or raw)
        elif not usable[k]:
            left_out.add(
                f"with a factor that is no number from −{MAX_VALUE:.0e} to {MAX_VALUE:.0e}", name or raw
            )
        else:
            table[item], placed[item] = rows[k], True
    remarks = left_out.remarks
    counts = np.where(placed, ratings.by_item.counts, 0).astype(np.int64)
    if not counts.any():
        said = " ".join(remark.text for remark in remarks)
        raise DataError(f"No row of the table belongs to an item that somebody rated here. {said}".strip())
    return FactorTable(title, table, counts, placed), remarks


def factor_frame(model: Any, catalogue: Catalogue) -> pd.DataFrame:
    """The factors of a fitted model, or of a table, as `factor_table` reads them back to the last bit.

    Returns:
        Columns item_id, title, year, factor 1, factor 2, …, one row an item that has a place in the space.

    Raises:
        DataError, UnsupportedError, NotFittedError: as `similar_items`.
    """
    import pandas as pd

    from recsys_core.space.neighbours import item_table

    factors, known = item_table(model)
    items = np.flatnonzero(known).tolist()
    years = [int(catalogue.years[item]) for item in items]
    names = {
        "item_id": [catalogue.item_ids[item] for item in items],
        "title": [natural_title(catalogue.titles[item]) for item in items],
        "year": ["" if year == NO_YEAR else str(year) for year in years],
    }
    numbers = {f"factor {f + 1}": factors[items, f] for f in range(factors.shape[1])}
    return pd.DataFrame({**names, **numbers})


def _rows(factors: ArrayLike) -> FloatArray:
    try:
        rows: NDArray[np.float64] = np.asarray(factors, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("Factors must be numbers, one row an item.") from None
    if rows.ndim != 2 or not len(rows) or not 1 <= rows.shape[1] <= MAX_FACTORS:
        raise DataError(
            f"A table of factors has one row or more and 1 to {MAX_FACTORS} columns of numbers; "
            f"this one has the shape {rows.shape}."
        )
    return rows
