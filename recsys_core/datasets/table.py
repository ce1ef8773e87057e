"""Ratings from a file nobody vouches for: what is kept and what is reported add up to its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recsys_core.dataset import Remark
from recsys_core.datasets.rows import (
    INTEGER,
    Ids,
    Layout,
    Report,
    Reports,
    Rows,
    Sheet,
    integer_id,
    place_of,
    read_rows,
    read_text,
    sheet_of,
)
from recsys_core.errors import DataError
from recsys_core.ratings import BoolArray, LongArray, Ratings

__all__ = ["Layout", "RatingTable", "read_ratings"]


@dataclass(frozen=True, eq=False)
class RatingTable:
    """What was read: `len(ratings) + n_set_aside == n_rows`.

    Attributes:
        ratings: the kept rows, in the order of the file.
        user_ids: (n_users,) raw ids: whole numbers by size, then the rest by text.
        item_ids: (n_items,) the catalogue's ids where one was given, else ordered like users.
        remarks: what was set aside or is worth knowing.
        n_rows: rows of the file, header and blank lines not counted.
        n_set_aside: rows left out, earlier ratings of the same pair included.
    """

    ratings: Ratings
    user_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    remarks: tuple[Remark, ...]
    n_rows: int
    n_set_aside: int


def read_ratings(
    source: Path | bytes,
    layout: Layout,
    *,
    item_ids: Sequence[str] | None = None,
    name: str | None = None,
) -> RatingTable:
    """Read rating rows and say what was left out.

    An id written as a whole number is that number: `007` and `7` are one user.

    Args:
        source: a file, or the bytes of an upload.
        layout: how it is written.
        item_ids: the catalogue's raw ids in its order; a rating of any other item is set
            aside. None takes the items from the ratings.
        name: what messages call the file; by default its name and its folder's.

    Raises:
        DataNotFoundError: there is no such file.
        DataError: the encoding is wrong, columns are missing, or no usable row is left.
    """
    place = name or ("the uploaded file" if isinstance(source, bytes) else place_of(source))
    sheet = sheet_of(read_text(source, layout.encoding, place), layout, place)
    reports: Reports = defaultdict(Report)
    return _judge(read_rows(sheet, reports), sheet, item_ids, reports)


def _judge(rows: Rows, sheet: Sheet, item_ids: Sequence[str] | None, reports: Reports) -> RatingTable:
    """Keep what is a rating, report the rest, and give users and items their indices."""
    scale = sheet.layout.scale
    values = rows.values
    place_in_catalogue = None if item_ids is None else _positions(rows.items, item_ids)
    checks: list[tuple[BoolArray, str, NDArray[np.generic]]] = [
        (~np.isfinite(values), "has a rating that is no finite number", values),
        (
            (values < scale.low) | (values > scale.high),
            f"has a rating outside {scale.low:g} to {scale.high:g}",
            values,
        ),
    ]
    if place_in_catalogue is not None:
        checks.append((place_in_catalogue < 0, "rates an item that is not in the catalogue", rows.items))
    bad = np.zeros(len(values), dtype=bool)
    for wrong, why, found in checks:
        for row in np.flatnonzero(wrong & ~bad):
            reports[why].add(rows.lines[row], found[row])
        bad |= wrong
    if bad.all():
        raise DataError(_nothing_left(sheet.place, reports))

    rows = rows.take(~bad)
    user_ids, users = _indexed(rows.users)
    if item_ids is None or place_in_catalogue is None:
        ids, items = _indexed(rows.items)
    else:
        ids, items = tuple(item_ids), place_in_catalogue[~bad]
    kept = _latest(users * len(ids) + items, rows.times)
    earlier = np.ones(len(users), dtype=bool)
    earlier[kept] = False
    for row in np.flatnonzero(earlier):
        pair = f"user {rows.users[row]}, item {rows.items[row]}"
        reports["is an earlier rating of a pair rated again"].add(rows.lines[row], pair)
    ratings = Ratings.from_arrays(
        users[kept],
        items[kept],
        rows.values[kept],
        scale,
        n_users=len(user_ids),
        n_items=len(ids),
        timestamps=rows.times[kept] if sheet.has_times else None,
    )
    remarks = [*_set_aside(sheet.place, reports), *_worth_knowing(sheet, ratings)]
    return RatingTable(ratings, user_ids, ids, tuple(remarks), rows.n_rows, rows.n_rows - len(kept))


def _indexed(raw: Ids) -> tuple[tuple[str, ...], LongArray]:
    """The different ids in their order, and for each row the index of its id."""
    import pandas as pd

    codes, unique = pd.factorize(raw)
    ids = [str(one) for one in unique]
    order = sorted(range(len(ids)), key=lambda k: _by_number_then_text(ids[k]))
    rank = np.empty(len(ids), dtype=np.int64)
    rank[order] = np.arange(len(ids))
    return tuple(ids[k] for k in order), rank[codes]


def _by_number_then_text(raw: str) -> tuple[bool, int, str]:
    return (False, int(raw), "") if INTEGER.fullmatch(raw) else (True, 0, raw)


def _positions(raw: Ids, item_ids: Sequence[str]) -> LongArray:
    """For each row the position of its id in `item_ids`; −1 where it is not there."""
    known = {integer_id(one): i for i, one in enumerate(item_ids)}
    ids, codes = _indexed(raw)
    return np.array([known.get(one, -1) for one in ids], dtype=np.int64)[codes]


def _latest(pairs: LongArray, times: LongArray) -> LongArray:
    """Positions of the last rating of each pair by time, then by place in the file; in file order."""
    order = np.lexsort((times, pairs))  # stable: equal times stay in the order of the file
    is_last = np.append(np.diff(pairs[order]) != 0, True)
    return np.sort(order[is_last])


def _nothing_left(place: str, reports: Reports) -> str:
    if not reports:
        return f"{place} has no rating rows."
    found = " ".join(remark.text for remark in _set_aside(place, reports))
    return f"{place} has no usable rating row. {found}"


def _set_aside(place: str, reports: Reports) -> Iterator[Remark]:
    for why, report in reports.items():
        rows = "1 row" if report.count == 1 else f"{report.count:,} rows"
        yield Remark(f"{place}: {rows} set aside, because each {why} ({report}).", report.count)


def _worth_knowing(sheet: Sheet, ratings: Ratings) -> Iterator[Remark]:
    """What was kept all the same."""
    steps = (ratings.values.astype(np.float64) - ratings.scale.low) / ratings.scale.step
    between = int(np.sum(np.abs(steps - np.round(steps)) > 1e-3))
    if between:
        yield Remark(
            f"{sheet.place}: {between:,} ratings lie between the steps of the scale "
            f"({ratings.scale}); they were kept.",
            between,
        )
    if sheet.layout.timestamp is not None and not sheet.has_times:
        yield Remark(
            f"{sheet.place} has no times (column {sheet.layout.timestamp}); nothing can be split by time."
        )
