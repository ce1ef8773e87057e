"""The two tables of the lectures: small enough to follow every number by hand.

`lectures-movies` is the table of four people and five films on which per-user regression and
collaborative filtering are taught; `lectures-albums` that of four listeners and five albums.
Titles serve as ids, names as user ids. Neither table says when a rating was given.

Of the 16 known cells of the albums, the lecture states 11 as numbers and describes 5 only as
high or low. Those five values are ours: `stated` is "no" in their line of the file, and a
`Remark` names them, so that every table on screen can say so.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from recsys_core.dataset import NO_YEAR, Catalogue, Dataset, Remark
from recsys_core.datasets.base import SHIPPED, Source
from recsys_core.errors import DataError, DataNotFoundError
from recsys_core.features import Features
from recsys_core.ratings import Ratings, Scale

FOLDER = SHIPPED / "lectures"
SCALE = Scale(0.0, 5.0, 1.0)
LICENCE = "A made-up teaching table; its numbers may be used freely."

MOVIES_TITLE = "Lecture: four people, five films"
MOVIES_ABOUT = (
    "A made-up teaching table: Alice and Bob like romances, Carol and Dave like action, and five of the "
    "twenty cells are unknown. How much romance and action each film has is given."
)
MOVIES_CITATION = "Andrew Ng, lectures on recommender systems."
ALBUMS_TITLE = "Lecture: four listeners, five albums"
ALBUMS_ABOUT = (
    "A made-up teaching table: An and Bhavana like lo-fi indie, Cordelia and Diego like slick pop, and "
    "four of the twenty cells are unknown. What each listener says of the two styles is given; what the "
    "albums have of them is stated in numbers for two of the five."
)
ALBUMS_CITATION = "Module 19: Recommendation Systems, lecture."


@cache
def read_movies() -> Dataset:
    """4 people × 5 films, 15 ratings from 0 to 5; features romance and action of every film.

    Raises:
        DataNotFoundError: a file of data/lectures is missing.
        DataError: a rating names a person or a film that is not listed.
    """
    return _read("lectures-movies", "film", MOVIES_TITLE, MOVIES_ABOUT, MOVIES_CITATION)


@cache
def read_albums() -> Dataset:
    """4 listeners × 5 albums, 16 ratings from 0 to 5; features lo-fi indie and slick pop.

    Album features are `nan` where the lecture does not state them; listeners have both.

    Raises:
        DataNotFoundError: a file of data/lectures is missing.
        DataError: a rating names a listener or an album that is not listed.
    """
    return _read("lectures-albums", "album", ALBUMS_TITLE, ALBUMS_ABOUT, ALBUMS_CITATION)


def is_here() -> bool:
    """True if the tables are in place."""
    return FOLDER.is_dir()


def _read(name: str, kind: str, title: str, about: str, citation: str) -> Dataset:
    stem = name.removeprefix("lectures-")
    items, users, ratings = (_table(f"{stem}{part}.csv") for part in ("", "_users", "_ratings"))
    return Dataset(
        name,
        title,
        _ratings(ratings, items["title"], users["user"], f"{stem}_ratings.csv"),
        _catalogue(items, kind),
        tuple(users["user"]),
        LICENCE,
        citation,
        about=about,
        remarks=_ours(ratings),
        user_features=_features(users, ["user"]),
    )


def _table(file_name: str) -> pd.DataFrame:
    try:
        return pd.read_csv(FOLDER / file_name, encoding="utf-8")
    except FileNotFoundError as error:
        raise DataNotFoundError(f"{file_name} is missing from data/lectures.") from error


def _ratings(table: pd.DataFrame, titles: pd.Series[str], names: pd.Series[str], file_name: str) -> Ratings:
    users = pd.Index(names).get_indexer(pd.Index(table["user"]))
    items = pd.Index(titles).get_indexer(pd.Index(table["title"]))
    unknown = np.flatnonzero((users < 0) | (items < 0))
    if len(unknown):
        raise DataError(f"{file_name}, line {unknown[0] + 2}: the user or the title is not listed.")
    return Ratings.from_arrays(
        users, items, table["rating"].to_numpy(), SCALE, n_users=len(names), n_items=len(titles)
    )


def _catalogue(items: pd.DataFrame, kind: str) -> Catalogue:
    features = _features(items, ["title", "genres"])
    genre_names = () if features is None else features.names
    return Catalogue(
        tuple(items["title"]),
        tuple(items["title"]),
        np.full(len(items), NO_YEAR, dtype=np.int32),
        genre_names,
        np.array([[genre == name for name in genre_names] for genre in items["genres"]], dtype=np.bool_),
        features,
        kind,
    )


def _features(table: pd.DataFrame, labels: list[str]) -> Features | None:
    """Every column that is not a label; None where there is none."""
    numbers = table.drop(columns=labels)
    if numbers.empty:
        return None
    return Features(tuple(numbers.columns), np.array(numbers, dtype=np.float64))


def _ours(ratings: pd.DataFrame) -> tuple[Remark, ...]:
    ours = ratings[ratings["stated"] == "no"]
    if ours.empty:
        return ()
    cells = ", ".join(f"{row.user} – {row.title} {row.rating}" for row in ours.itertuples())
    text = (
        f"{len(ours)} of the {len(ratings)} known ratings are ours, because the lecture says only whether "
        f"they are high or low: {cells}."
    )
    return (Remark(text, len(ours)),)


SOURCES = (
    Source("lectures-movies", MOVIES_TITLE, MOVIES_ABOUT, LICENCE, MOVIES_CITATION, read_movies, is_here),
    Source("lectures-albums", ALBUMS_TITLE, ALBUMS_ABOUT, LICENCE, ALBUMS_CITATION, read_albums, is_here),
)
