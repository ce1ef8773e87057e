"""The sample: well-known real films and a simulated audience, there without any download.

How the audience was made, equation by equation, is in `recsys_core.datasets.simulate`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from recsys_core.dataset import Catalogue, Dataset, Remark, Truth
from recsys_core.datasets.base import SHIPPED, Source
from recsys_core.datasets.simulate import AXES, MU, SCALE
from recsys_core.errors import DataError, DataNotFoundError
from recsys_core.ratings import BoolArray, FloatArray, LongArray, Ratings

FOLDER = SHIPPED / "sample"
FILES = ("films.csv", "film_factors.csv", "people.csv", "ratings.csv")
SECONDS_A_DAY = 86_400

TITLE = "Sample (simulated)"
ABOUT = (
    "Real films with their years and genres, rated by 600 people who do not exist: their tastes were "
    "drawn by a random generator and their ratings follow from a documented model. It needs no "
    "download, and because the true tastes are known, what a model learns can be held against them. "
    "What it says about any film is made up: do not read it as anybody's opinion."
)
LICENCE = (
    "May be used and passed on freely under the licence of this program (MIT): titles, years and genres "
    "are facts, and the audience is simulated."
)


@cache
def read() -> Dataset:
    """The sample, with the factors it was made from as `Dataset.truth`.

    Raises:
        DataNotFoundError: a file of data/sample is missing.
        DataError: the files do not belong together.
    """
    films, film_factors, people, ratings = (_table(FOLDER / name) for name in FILES)
    film_ids, user_ids = _ids(films["film"]), _ids(people["person"])
    if _ids(film_factors["film"]) != film_ids:
        raise DataError(
            "film_factors.csv and films.csv do not list the same films; run the simulation again."
        )
    genre_names, genres = _genres(films["genres"])
    catalogue = Catalogue(
        film_ids, tuple(films["title"]), films["year"].to_numpy(np.int32), genre_names, genres
    )
    return Dataset(
        "sample",
        TITLE,
        Ratings.from_arrays(
            ratings["person"].to_numpy() - 1,
            ratings["film"].to_numpy() - 1,
            ratings["rating"].to_numpy(),
            SCALE,
            n_users=len(people),
            n_items=len(films),
            timestamps=ratings["day"].to_numpy(np.int64) * SECONDS_A_DAY,
        ),
        catalogue,
        user_ids,
        LICENCE,
        citation="",
        simulated=True,
        about=ABOUT,
        remarks=_remarks(ratings["film"], len(films)),
        truth=Truth(_factors(people), _factors(film_factors), _bias(people), _bias(film_factors), mean=MU),
    )


@cache
def arrivals() -> LongArray:
    """(n_items,) when each film arrived in the catalogue, in seconds since 1970.

    No rating of a film is older than its arrival.
    """
    days = _table(FOLDER / "films.csv")["arrived"].to_numpy(dtype="datetime64[s]")
    seconds: LongArray = days.astype(np.int64)
    seconds.setflags(write=False)
    return seconds


def is_here() -> bool:
    """True if all files of the sample are in place."""
    return all((FOLDER / name).is_file() for name in FILES)


def _table(path: Path) -> pd.DataFrame:
    # keep_default_na: a film may be called "Nan" or "None"
    try:
        return pd.read_csv(path, encoding="utf-8", keep_default_na=False)
    except FileNotFoundError as error:
        raise DataNotFoundError(
            f"{path.name} is missing from data/sample; `python -m recsys_core.datasets.simulate` writes "
            "everything but the list of films."
        ) from error


def _ids(numbers: pd.Series[int]) -> tuple[str, ...]:
    """Ids as text; they must be 1, 2, 3 … for the ratings to be read without a look-up."""
    if numbers.tolist() != list(range(1, len(numbers) + 1)):
        raise DataError(f"The column {numbers.name!r} of the sample must count 1, 2, 3 … without a gap.")
    return tuple(str(number) for number in numbers)


def _genres(column: pd.Series[str]) -> tuple[tuple[str, ...], BoolArray]:
    table = column.str.get_dummies("|").astype(bool)
    return tuple(table.columns), np.array(table, dtype=np.bool_)


def _remarks(rated: pd.Series[int], n_films: int) -> tuple[Remark, ...]:
    unrated = sorted(set(range(1, n_films + 1)) - set(rated))
    if not unrated:
        return ()
    first = ", ".join(str(film) for film in unrated[:3])
    text = (
        f"ratings.csv has no rating of {len(unrated)} of the {n_films} films (films.csv: film {first}, …); "
        "they show what can be said of a film that nobody has rated."
    )
    return (Remark(text, len(unrated)),)


def _factors(table: pd.DataFrame) -> FloatArray:
    return np.array(table[list(AXES)], dtype=np.float64)


def _bias(table: pd.DataFrame) -> FloatArray:
    return np.array(table["bias"], dtype=np.float64)


SOURCES = (Source("sample", TITLE, ABOUT, LICENCE, "", read, is_here, simulated=True),)
