"""The MovieLens data sets of GroupLens, read as their publisher lays them out.

Nothing of them ships with the program: they are read from a folder a person has, or
downloaded after the licence was accepted (`recsys_core.datasets.download`).

Source: F. Maxwell Harper and Joseph A. Konstan (2015), The MovieLens Datasets: History
and Context. https://doi.org/10.1145/2827872
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import Path

import numpy as np

from recsys_core.dataset import Catalogue, Dataset, Remark
from recsys_core.datasets.base import Published, Source, data_folders
from recsys_core.datasets.binary import with_binary_copy
from recsys_core.datasets.films import film_catalogue, film_remarks, read_fields
from recsys_core.datasets.rows import Layout, place_of, quoted
from recsys_core.datasets.table import RatingTable, read_ratings
from recsys_core.errors import DataError, DataNotFoundError
from recsys_core.features import Features
from recsys_core.ratings import Scale

CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. "
    "ACM Transactions on Interactive Intelligent Systems 5, 4, Article 19. https://doi.org/10.1145/2827872"
)
_USE = "For research, with acknowledgement; no commercial use without permission of GroupLens. "
_BASE_URL = "https://files.grouplens.org/datasets/movielens/"

STARS = Scale(1, 5)
HALF_STARS = Scale(0.5, 5, 0.5)
_COLUMNS = ("userId", "movieId", "rating", "timestamp")
_LATEST = Layout(HALF_STARS)
_100K = Layout(STARS, separator="\t", columns=_COLUMNS)
_1M = Layout(STARS, separator="::", columns=_COLUMNS)
_REBUILT = "ratings_no_timestamps.csv"
_1M_REBUILT = Layout(STARS, user="user_id", item="movie_id", timestamp=None)

_1M_WORK = [
    "other",
    "academic/educator",
    "artist",
    "clerical/admin",
    "college/grad student",
    "customer service",
    "doctor/health care",
    "executive/managerial",
    "farmer",
    "homemaker",
    "K-12 student",
    "lawyer",
    "programmer",
    "retired",
    "sales/marketing",
    "scientist",
    "self-employed",
    "technician/engineer",
    "tradesman/craftsman",
    "unemployed",
    "writer",
]
"""What users.dat writes as a number; its ages are the lowest of each age group."""


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
            *film_remarks(catalogue),
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
    files = [folder / one for name in edition.files for one in name.split("|")]
    return with_binary_copy(edition.name, files, lambda: read_edition(edition, folder))


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


def _latest_small(folder: Path) -> Contents:
    films = read_fields(folder / "movies.csv", "utf-8", ",", 3, header=("movieId", "title", "genres"))
    catalogue = film_catalogue(
        folder / "movies.csv", ((raw, title, genres.split("|")) for raw, title, genres in films)
    )
    return Contents(read_ratings(folder / "ratings.csv", _LATEST, item_ids=catalogue.item_ids), catalogue)


def _100k(folder: Path) -> Contents:
    genre_names = [fields[0] for fields in read_fields(folder / "u.genre", "latin-1", "|", 2)]
    path = folder / "u.item"
    films = read_fields(path, "latin-1", "|", 5 + len(genre_names))
    catalogue = film_catalogue(
        path, ((row[0], row[1], list(compress(genre_names, _flags(row[5:])))) for row in films)
    )
    table = read_ratings(folder / "u.data", _100K, item_ids=catalogue.item_ids)
    people = {
        raw: (age, sex, work) for raw, age, sex, work, _ in read_fields(folder / "u.user", "latin-1", "|", 5)
    }
    return Contents(table, catalogue, _user_features(folder / "u.user", people, table.user_ids))


def _1m(folder: Path) -> Contents:
    path = folder / "movies.dat"
    films = read_fields(path, "latin-1", "::", 3)
    catalogue = film_catalogue(path, ((raw, title, genres.split("|")) for raw, title, genres in films))
    remarks: tuple[Remark, ...] = ()
    if (folder / "ratings.dat").is_file():
        table = read_ratings(folder / "ratings.dat", _1M, item_ids=catalogue.item_ids)
    else:
        rebuilt = folder / _REBUILT
        table = read_ratings(rebuilt, _1M_REBUILT, item_ids=catalogue.item_ids)
        remarks = (
            Remark(
                f"{place_of(rebuilt)} is not the published file: it has no times, so nothing can be split by "
                "time. The published archive has ratings.dat."
            ),
        )
    work_names = {str(code): name for code, name in enumerate(_1M_WORK)}
    people = {
        raw: (age, sex, work_names.get(work, work))
        for raw, sex, age, work, _ in read_fields(folder / "users.dat", "latin-1", "::", 5)
    }
    return Contents(table, catalogue, _user_features(folder / "users.dat", people, table.user_ids), remarks)


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
    Edition(
        name="ml-100k",
        title="MovieLens 100K",
        about="100,000 ratings in whole stars by 943 people, collected 1997 to 1998.",
        redistribution="May not be passed on.",
        files=("u.data", "u.item", "u.genre", "u.user"),
        counts=(100_000, 943, 1_682),
        changes=False,
        read=_100k,
        size=4_924_000,
    ),
    Edition(
        name="ml-1m",
        title="MovieLens 1M",
        about="A million ratings in whole stars by 6,040 people who joined in 2000.",
        redistribution="May not be passed on.",
        files=(f"ratings.dat|{_REBUILT}", "movies.dat", "users.dat"),
        counts=(1_000_209, 6_040, 3_883),
        changes=False,
        read=_1m,
        size=5_917_000,
    ),
)


def _flags(fields: Sequence[str]) -> list[bool]:
    return [field == "1" for field in fields]


def _user_features(
    path: Path, people: dict[str, tuple[str, str, str]], user_ids: tuple[str, ...]
) -> Features:
    """Age, sex and one column an occupation, in the order of `user_ids`; `nan` for who is not listed.

    Raises:
        DataError: an age is not a whole number.
    """
    work_names = sorted({work for _, _, work in people.values()})
    values = np.full((len(user_ids), 2 + len(work_names)), np.nan)
    for row, raw in zip(values, user_ids, strict=True):
        if raw not in people:
            continue
        age, sex, work = people[raw]
        if not age.isdecimal():
            raise DataError(f"{place_of(path)}: the age of user {raw} is {quoted(age)}.")
        row[0], row[2:] = float(age), 0.0
        row[1] = {"F": 1.0, "M": 0.0}.get(sex, np.nan)
        row[2 + work_names.index(work)] = 1.0
    return Features(("age", "female", *(f"occupation: {work}" for work in work_names)), values)


def _source(edition: Edition) -> Source:
    url = f"{_BASE_URL}{edition.name}.zip"
    return Source(
        name=edition.name,
        title=edition.title,
        about=edition.about,
        licence=edition.licence,
        citation=CITATION,
        read=partial(_read, edition),
        read_from=partial(read_edition, edition),
        is_here=lambda: edition.folder() is not None,
        published=Published(url=url, md5_url=f"{url}.md5", size=edition.size),
    )


SOURCES = tuple(_source(edition) for edition in EDITIONS)
