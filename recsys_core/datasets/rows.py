"""Rows of a text file nobody vouches for: parsed all at once if clean, line by line if not.

A clean file goes through a compiled parser; a file in which anything is off is read again
line by line, so that every row left out can be named by its line number. Both ways hand
over the same columns, and neither judges what the numbers say: `table` does.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsys_core.errors import DataError, DataNotFoundError
from recsys_core.ratings import BoolArray, FloatArray, LongArray, Scale

SHOWN = 3
"""How many of the rows concerned a report quotes."""

INTEGER = re.compile(r"[+-]?[0-9]{1,4000}")
_NUMBER = re.compile(
    r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE
)

_STAND_IN = "\x1f"
"""What a separator of several characters becomes: the compiled parser is quick only with single ones."""

Ids: TypeAlias = "LongArray | NDArray[np.object_]"
Reports: TypeAlias = "defaultdict[str, Report]"


@dataclass(frozen=True)
class Layout:
    """How a file of ratings is written.

    Attributes:
        scale: what ratings may be; a row outside `low` … `high` is set aside.
        user, item, rating: names of the three columns that must be there.
        timestamp: name of the column of seconds since 1970, or None where there is none;
            the only column a file may lack.
        separator: one or more characters.
        columns: names in the order of the file, where the file has no header line;
            None means that the first line names the columns.
        encoding: a Python codec; a byte-order mark before UTF-8 is skipped.
    """

    scale: Scale
    user: str = "userId"
    item: str = "movieId"
    rating: str = "rating"
    timestamp: str | None = "timestamp"
    separator: str = ","
    columns: tuple[str, ...] | None = None
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Sheet:
    """A text and where its columns are; its separator is a single character."""

    text: str
    separator: str
    names: tuple[str, ...]
    first_row: int
    layout: Layout
    place: str

    @property
    def has_times(self) -> bool:
        return self.layout.timestamp in self.names


def sheet_of(text: str, layout: Layout, place: str) -> Sheet:
    if not text.strip():
        raise DataError(f"{place} is empty.")
    separator = layout.separator
    if len(separator) > 1:
        text, separator = text.replace(separator, _STAND_IN), _STAND_IN
    names, first_row = layout.columns, 0
    if names is None:
        head = text.split("\n", 1)[0]
        names, first_row = tuple(field.strip() for field in split_line(head, separator)), 1
    wanted = (layout.user, layout.item, layout.rating)
    if not set(wanted) <= set(names):
        raise DataError(
            f"{place} lacks a column: wanted {', '.join(wanted)}; found {quoted(', '.join(names), 200)}."
        )
    return Sheet(text, separator, names, first_row, layout, place)


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that could be parsed, in the order of the file; `n_rows` counts the others too."""

    users: Ids
    items: Ids
    values: FloatArray
    times: LongArray
    lines: LongArray
    n_rows: int

    def take(self, keep: BoolArray | LongArray) -> Rows:
        """The rows at these positions (or of this mask)."""
        return Rows(
            self.users[keep],
            self.items[keep],
            self.values[keep],
            self.times[keep],
            self.lines[keep],
            self.n_rows,
        )


@dataclass
class Report:
    """How many rows were found wanting for one reason, and the first few of them."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, line: int, found: object) -> None:
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append(f"line {line}: {quoted(str(found))}")

    def __str__(self) -> str:
        return "; ".join(self.first) + ("; …" if self.count > len(self.first) else "")


def quoted(text: str, limit: int = 40) -> str:
    """Text from a stranger's file, short and without control characters."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def read_rows(sheet: Sheet, reports: Reports) -> Rows:
    """The rows of a sheet; those that are no ratings go to `reports`."""
    return _read_fast(sheet) or _read_with_care(sheet, reports)


def _read_fast(sheet: Sheet) -> Rows | None:
    """All rows at once, or None where anything is off: then nothing found here is to be trusted."""
    layout, names = sheet.layout, sheet.names
    text = sheet.text.rstrip("\n")
    n_rows = text.count("\n") + 1 - sheet.first_row
    n_separators = (n_rows + sheet.first_row) * (len(names) - 1)
    if n_rows < 1 or '"' in text or "\0" in text or text.count(sheet.separator) != n_separators:
        return None
    import pandas as pd  # here, because reading a binary copy must not wait for it

    types: dict[str, type] = {layout.user: np.int64, layout.item: np.int64, layout.rating: np.float64}
    if layout.timestamp is not None and sheet.has_times:
        types[layout.timestamp] = np.int64
    try:
        frame = pd.read_csv(
            io.BytesIO(text.encode()),
            sep=sheet.separator,
            header=None,
            names=list(names),
            skiprows=sheet.first_row,
            usecols=list(types),
            dtype=types,
            index_col=False,
            engine="c",
            quoting=csv.QUOTE_NONE,
        )
    except (ValueError, OverflowError):
        return None
    if len(frame) != n_rows or frame[layout.rating].isna().any():  # blank lines shift the line numbers
        return None
    no_times = np.zeros(n_rows, dtype=np.int64)
    return Rows(
        users=frame[layout.user].to_numpy(),
        items=frame[layout.item].to_numpy(),
        values=frame[layout.rating].to_numpy(),
        times=frame[layout.timestamp].to_numpy() if sheet.has_times else no_times,
        lines=np.arange(n_rows, dtype=np.int64) + sheet.first_row + 1,
        n_rows=n_rows,
    )


def _read_with_care(sheet: Sheet, reports: Reports) -> Rows:
    """Line by line; a row that is no rating goes to `reports`."""
    layout, names = sheet.layout, sheet.names
    user_at, item_at, value_at = (names.index(name) for name in (layout.user, layout.item, layout.rating))
    time_at = names.index(str(layout.timestamp)) if sheet.has_times else None
    kept: list[tuple[str, str, float, int, int]] = []
    n_rows = 0
    for number, line in enumerate(sheet.text.split("\n"), start=1):
        if number <= sheet.first_row or not line.strip():
            continue
        n_rows += 1
        try:
            fields = split_line(line, sheet.separator)
            if len(fields) != len(names):
                raise ValueError(line)
            time = 0 if time_at is None else _whole(fields[time_at])
            kept.append((_id(fields[user_at]), _id(fields[item_at]), _number(fields[value_at]), time, number))
        except (ValueError, csv.Error):
            found = line.replace(sheet.separator, layout.separator)
            reports["cannot be read as a rating"].add(number, found)
    users, items, values, times, lines = zip(*kept, strict=True) if kept else ((),) * 5
    return Rows(
        np.array(users, dtype=object),
        np.array(items, dtype=object),
        np.array(values, dtype=np.float64),
        np.array(times, dtype=np.int64),
        np.array(lines, dtype=np.int64),
        n_rows,
    )


def _id(text: str) -> str:
    raw = integer_id(text)
    if not raw or not raw.isprintable():
        raise ValueError(text)
    return raw


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text.strip()):  # float() alone would take "1_0"
        raise ValueError(text)
    return float(text)


def _whole(text: str) -> int:
    number = int(text) if INTEGER.fullmatch(text.strip()) else _number(text)
    if not -(2**63) <= number < 2**63 or number != int(number):
        raise ValueError(text)
    return int(number)


def place_of(path: Path) -> str:
    """How messages name a file: with its folder, and nothing of the machine above."""
    return f"{path.parent.name}/{path.name}" if path.parent.name else path.name


def read_text(source: Path | bytes, encoding: str, place: str) -> str:
    """The text of a file, its line ends as `\\n`.

    Raises:
        DataNotFoundError: there is no such file.
        DataError: it cannot be opened, or is not in this encoding: the message says at which byte.
    """
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
    except FileNotFoundError:
        raise DataNotFoundError(f"{place} is not there.") from None
    except OSError as error:
        raise DataError(f"{place} cannot be read: {error.strerror}.") from error
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{place} is not {encoding} text: byte {error.start} (line {line}) cannot be read. "
            f"Save the file as {encoding} and try again."
        ) from error
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def split_line(line: str, separator: str) -> list[str]:
    """The fields of one line; quotes hold a field together, and never reach into the next line."""
    if '"' not in line:
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator), [])


def integer_id(raw: str) -> str:
    """The one way to write an id: whole numbers without sign or zeros in front, text as it is."""
    raw = raw.strip()
    return str(int(raw)) if INTEGER.fullmatch(raw) else raw
