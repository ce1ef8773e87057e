"""The MovieLens data sets of GroupLens, read as their publisher lays them out.

Nothing of them ships with the program: they are read from a folder a person has, or
downloaded after the licence was accepted (`recsys_core.datasets.download`).

Source: F. Maxwell Harper and Joseph A. Konstan (2015), The MovieLens Datasets: History
and Context. https://doi.org/10.1145/2827872
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from recsys_core.dataset import NO_YEAR, Catalogue, Dataset, Features, Remark
from recsys_core.datasets.base import Published, Source, data_folders
from recsys_core.datasets.rows import Layout, integer_id, place_of, quoted, read_text, split_line
from recsys_core.datasets.table import RatingTable, read_ratings
from recsys_core.errors import DataError, DataNotFoundError
from recsys_core.ratings import Scale

CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. "
    "ACM Transactions on Interactive Intelligent Systems 5, 4, Article 19. https://doi.org/10.1145/2827872"
)
_USE = "For research, with acknowledgement; no commercial use without permission of GroupLens. "
_BASE_URL = "https://files.grouplens.org/datasets/movielens/"
_NO_GENRE = {"(no genres listed)", "unknown", ""}
_YEAR_AT_END = re.compile(r"^(?P<title>.*?)\s*\((?P<year>\d{4})\)(?P<rest> \([A-Z]+\))?$")

STARS = Scale(1, 5)
HALF_STARS = Scale(0.5, 5, 0.5)
_COLUMNS = ("userId", "movieId", "rating", "timestamp")
_LATEST = Layout(HALF_STARS)
_100K = Layout(STARS, separator="\t", columns=_COLUMNS)
_1M = Layout(STARS, separator="::", columns=_COLUMNS)
_1M_REBUILT = Layout(STARS, user="user_id", item="movie_id", timestamp=None)


@dataclass(frozen=True)
class Contents:
    """What the files of one edition say, before it becomes a `Dataset`."""

    table: RatingTable
    catalogue: Catalogue
    user_features: Features | None = None
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Edition:
    """One published data set.

    Attributes:
        name, title, about: as in `Source`.
        redistribution: one sentence on passing it on.
        files: what must be in its folder; alternatives to one file are parted by `|`.
        counts: (ratings, users, films) the publisher states.
        changes: True if the publisher renews it now and then; other counts are then no fault.
        read: the contents of a folder.
        size: about how many bytes its archive has.
    """

    name: str
    title: str
    about: str
    redistribution: str
    files: tuple[str, ...]
    counts: tuple[int, int, int]
    changes: bool
    read: Callable[[Path], Contents]
    size: int

    @property
    def licence(self) -> str:
        return _USE + self.redistribution

    def folder(self) -> Path | None:
        """The first data folder that has every file of it, or None."""
        for folder in data_folders():
            here = folder / self.name
            if all(any((here / one).is_file() for one in name.split("|")) for name in self.files):
                return here
        return None


def read_edition(edition: Edition, folder: Path) -> Dataset:
    """Read and check the files of an edition in `folder`.

    Raises:
        DataNotFoundError: a file is missing.
        DataError: the files are not what the publisher describes.
    """
    contents = edition.read(folder)
    ratings, catalogue = contents.table.ratings, contents.catalogue
    return Dataset(
        name=edition.name,
        title=edition.title,
        ratings=ratings,
        catalogue=catalogue,
        user_ids=contents.table.user_ids,
        licence=edition.licence,
        citation=CITATION,
        about=edition.about,
        remarks=(
            *contents.remarks,
            *contents.table.remarks,
            *_count_remarks(edition, (len(ratings), ratings.n_users, len(catalogue))),
            *_catalogue_remarks(catalogue),
        ),
        user_features=contents.user_features,
    )


def _read(edition: Edition) -> Dataset:
    folder = edition.folder()
    if folder is None:
        raise DataNotFoundError(
            f"{edition.name} is not on this machine: there is no folder {edition.name!r} with "
            f"{', '.join(name.replace('|', ' or ') for name in edition.files)} in the folder named by "
            f"RECSYS_DATA_DIR or among the downloads. "
            f"Download it with: python -m recsys_core download {edition.name}"
        )
    return read_edition(edition, folder)


def _count_remarks(edition: Edition, found: tuple[int, int, int]) -> Iterator[Remark]:
    """Silence if the counts are as published.

    Raises:
        DataError: they differ, and the publisher never changes this edition.
    """
    if found == edition.counts:
        return
    said, read = (
        "{:,} ratings, {:,} users and {:,} films".format(*counts) for counts in (edition.counts, found)
    )
    if not edition.changes:
        raise DataError(
            f"{edition.name} is not complete: its publisher states {said}; its files have {read}. "
            "Fetch it anew."
        )
    yield Remark(f"{edition.name}: {read}; the edition of September 2018 has {said}.")


def _catalogue_remarks(catalogue: Catalogue) -> Iterator[Remark]:
    labels = [catalogue.label(item) for item in range(len(catalogue))]
    repeated = [label for label, count in Counter(labels).items() if count > 1]
    no_year = [catalogue.titles[i] for i in np.flatnonzero(catalogue.years == NO_YEAR)]
    no_genre = [labels[i] for i in np.flatnonzero(~catalogue.genres.any(axis=1))]
    for found, what in (
        (repeated, "titles belong to more than one film"),
        (no_year, "films have no year in their title"),
        (no_genre, "films have no genre"),
    ):
        if found:
            examples = ", ".join(found[:3]) + (", …" if len(found) > 3 else "")
            yield Remark(f"{len(found):,} {what}: {examples}.", len(found))


# Reading the three layouts


def _latest_small(folder: Path) -> Contents:
    films = _fields(folder / "movies.csv", "utf-8", ",", 3, header=("movieId", "title", "genres"))
    catalogue = _catalogue(
        folder / "movies.csv", ((raw, title, genres.split("|")) for raw, title, genres in films)
    )
    return Contents(read_ratings(folder / "ratings.csv", _LATEST, item_ids=catalogue.item_ids), catalogue)


EDITIONS = (
    Edition(
        name="ml-latest-small",
        title="MovieLens latest, small",
        about="About 100,000 ratings in half stars by some 600 people, films up to 2018.",
        redistribution="May be passed on under the same conditions.",
        files=("ratings.csv", "movies.csv"),
        counts=(100_836, 610, 9_742),
        changes=True,
        read=_latest_small,
        size=978_000,
    ),
)


def _fields(
    path: Path, encoding: str, separator: str, n_fields: int, *, header: tuple[str, ...] | None = None
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
        if len(fields) != n_fields:
            raise DataError(
                f"{place_of(path)}, line {number}: wanted {n_fields} fields, "
                f"found {len(fields)}: {quoted(line)}."
            )
        rows.append(fields)
    if not rows:
        raise DataError(f"{place_of(path)} has no rows.")
    return rows


def _catalogue(path: Path, films: Iterable[tuple[str, str, Sequence[str]]]) -> Catalogue:
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


def _source(edition: Edition) -> Source:
    url = f"{_BASE_URL}{edition.name}.zip"
    return Source(
        name=edition.name,
        title=edition.title,
        about=edition.about,
        licence=edition.licence,
        citation=CITATION,
        read=partial(_read, edition),
        is_here=lambda: edition.folder() is not None,
        published=Published(url=url, md5_url=f"{url}.md5", size=edition.size),
    )


SOURCES = tuple(_source(edition) for edition in EDITIONS)
