"""The cells of a small CSV that a stranger made, read line by line, and what of it is left out.

One line is one row: a quote holds a cell together and never reaches into the next line, so that one left
open spoils no row but its own. What reading takes is bounded before it is begun: by how many lines there
are, how long a line is, and how many names the header has.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from recsys_core.dataset import Remark
from recsys_core.datasets.rows import read_text
from recsys_core.errors import DataError

MAX_LINE = 100_000
"""Signs of a line; five hundred numbers written out in full have some ten thousand."""
_SHOWN = 5


@dataclass
class LeftOut:
    """What is left out of a table: how many rows for which reason, and the first few of them by name."""

    _counts: dict[str, int] = field(default_factory=dict)
    _first: dict[str, list[str]] = field(default_factory=dict)

    def add(self, why: str, name: str) -> None:
        """Count a row; `why` follows "Left out 2 rows"."""
        self._counts[why] = self._counts.get(why, 0) + 1
        first = self._first.setdefault(why, [])
        if len(first) < _SHOWN:
            first.append(name[:60] or "without a name")

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """One for each reason."""
        return tuple(
            Remark(f"Left out {n:,} {'row' if n == 1 else 'rows'} {why}: {listed(self._first[why], n)}.", n)
            for why, n in self._counts.items()
        )


def listed(names: Sequence[str], n: int) -> str:
    """The first few of n names, and how many more there are."""
    shown = ", ".join(name[:60] for name in names[:_SHOWN])
    return shown if n <= _SHOWN else f"{shown} and {n - _SHOWN:,} more"


@dataclass(frozen=True)
class Cells:
    """A CSV that was opened. Make it with `open_cells`.

    Attributes:
        header: the names of the columns, spaces around them taken off.
        left_out: filled while the rows are read.
    """

    header: tuple[str, ...]
    left_out: LeftOut
    _lines: list[str] = field(repr=False)
    _first: int = 2

    def rows(self) -> Iterator[list[str]]:
        """Each row as so many cells as the header has names: empty ones where the line ends before.

        A line that is no row is left out: it is too long, a quote in it is not closed, or it has more cells
        than there are names. Cost O(signs).
        """
        width = len(self.header)
        for number, line in enumerate(self._lines, start=self._first):
            if not line.strip():
                continue
            cells = _split(line)
            if isinstance(cells, str):
                self.left_out.add(cells, f"line {number}")
            elif any(cell.strip() for cell in cells[width:]):
                why = "with more cells than the header has names (put a text that holds a comma in quotes)"
                self.left_out.add(why, f"line {number}")
            else:
                yield cells[:width] + [""] * (width - len(cells))


def open_cells(source: bytes, *, max_columns: int, max_rows: int) -> Cells:
    """Read the header, and look how long the rest is.

    Args:
        source: text in UTF-8, with or without a mark in front; commas between cells.
        max_columns: names the header may have.
        max_rows: lines that may follow.

    Raises:
        DataError: the text is in another encoding, has no header, or more of something than it may have.
    """
    text = read_text(source, "UTF-8", "The file")
    begun = text.lstrip("\n")
    lines = begun.rstrip("\n").split("\n", max_rows + 1)
    if len(lines) > max_rows + 1:
        raise DataError(f"The file has more than the {max_rows:,} rows it may have.")
    names = _split(lines[0])
    if isinstance(names, str) or not lines[0].strip():
        why = f"is one {names}" if isinstance(names, str) else "is empty"
        raise DataError(f"The file is not a table: its first line, which must name the columns, {why}.")
    header = [name.strip() for name in names]
    while header and not header[-1]:  # a spreadsheet may end every line in commas
        header.pop()
    if len(header) > max_columns:
        raise DataError(f"The file has {len(header):,} columns; it may have {max_columns}.")
    return Cells(tuple(header), LeftOut(), lines[1:], len(text) - len(begun) + 2)


def refuse_twins(header: Sequence[str]) -> None:
    """Of two columns of one name nobody can tell which is meant.

    Raises:
        DataError: a name stands in the header twice.
    """
    if len(set(header)) < len(header):
        twin = next(name for k, name in enumerate(header) if name in header[:k])
        raise DataError(f"The file has two columns called {twin[:60]!r}: give each a name of its own.")


def _split(line: str) -> list[str] | str:
    """The cells of a line, or what it is that it cannot be split: one "of more than 100,000 signs"."""
    if len(line) > MAX_LINE:
        return f"of more than {MAX_LINE:,} signs"
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        return "in which a quote is not closed, or is closed before its cell ends"
