"""Catalogues of films from published text: titles that end in a year, genres by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from recsys_core.dataset import NO_YEAR, Catalogue, Remark
from recsys_core.datasets.rows import integer_id, place_of, quoted, read_text, split_line
from recsys_core.errors import DataError

_NO_GENRE = {"(no genres listed)", "unknown", ""}
_YEAR_AT_END = re.compile(r"^(?P<title>.+?)\s*\((?P<year>\d{4})\)(?P<rest> \([A-Z]+\))?$")


def read_fields(
    path: Path, encoding: str, separator: str, nread_fields: int, *, header: tuple[str, ...] | None = None
) -> list[list[str]]:
    """The rows of a table that must be as published, one list of fields each.

    Raises:
        DataError: the header or a row is not; the message names the line.
    """
    lines = read_text(path, encoding, place_of(path)).split("\n")
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        fields = split_line(line, separator) if separator == "," else line.split(separator)
        if number == 1 and header is not None:
            if tuple(fields) != header:
                raise DataError(f"{place_of(path)} must begin with {','.join(header)}; found {quoted(line)}.")
            continue
        if len(fields) != nread_fields:
            raise DataError(
                f"{place_of(path)}, line {number}: wanted {nread_fields} fields, "
                f"found {len(fields)}: {quoted(line)}."
            )
        rows.append(fields)
    if not rows:
        raise DataError(f"{place_of(path)} has no rows.")
    return rows


def film_catalogue(path: Path, films: Iterable[tuple[str, str, Sequence[str]]]) -> Catalogue:
    """A catalogue from (id, title with year, genres) in the order given.

    Raises:
        DataError: an id occurs twice.
    """
    ids, titles, years, genres_of = [], [], [], []
    for raw, full_title, genres in films:
        title, year = split_year(full_title)
        ids.append(integer_id(raw))
        titles.append(title)
        years.append(year)
        genres_of.append({genre for genre in genres if genre not in _NO_GENRE})
    repeated = [raw for raw, count in Counter(ids).items() if count > 1]
    if repeated:
        raise DataError(f"{place_of(path)} lists film {quoted(repeated[0])} more than once.")
    names = tuple(sorted(set().union(*genres_of)))
    table = np.array([[name in genres for name in names] for genres in genres_of], dtype=np.bool_)
    return Catalogue(
        item_ids=tuple(ids),
        titles=tuple(titles),
        years=np.array(years, dtype=np.int32),
        genre_names=names,
        genres=table.reshape(len(ids), len(names)),
    )


def split_year(full_title: str) -> tuple[str, int]:
    """Take the year off the end: "Toy Story (1995)" → ("Toy Story", 1995); 0 where there is none."""
    match = _YEAR_AT_END.match(full_title.strip())
    if match is None:
        return full_title.strip(), NO_YEAR
    return match["title"] + (match["rest"] or ""), int(match["year"])


def film_remarks(catalogue: Catalogue) -> Iterator[Remark]:
    """What a person should know of the films: titles shared, years and genres not stated."""
    labels = [catalogue.label(item) for item in range(len(catalogue))]
    repeated = [label for label, count in Counter(labels).items() if count > 1]
    no_year = [catalogue.titles[i] for i in np.flatnonzero(catalogue.years == NO_YEAR)]
    no_genre = [labels[i] for i in np.flatnonzero(~catalogue.genres.any(axis=1))]
    for found, what in (
        (repeated, "Titles that belong to more than one film"),
        (no_year, "Films without a year in their title"),
        (no_genre, "Films without a genre"),
    ):
        if found:
            examples = ", ".join(found[:3]) + (", …" if len(found) > 3 else "")
            yield Remark(f"{what}: {len(found):,} ({examples}).", len(found))
