"""MovieLens as its publisher lays it out: counts, titles, years, genres, users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.dataset import NO_YEAR, Dataset
from recsys_core.datasets.films import split_year
from recsys_core.datasets.movielens import EDITIONS, Edition, read_edition
from recsys_core.errors import DataError, DataNotFoundError

Real = Callable[[str], Dataset]

U_ITEM = "1|Toy Story (1995)|01-Jan-1995||http://x|0|1|1\n2|Caf\xe9 (1990)|||http://x|0|0|0\n"
SMALL_FILES = {
    "ml-latest-small": {
        "ratings.csv": "userId,movieId,rating,timestamp\r\n1,7,4.0,10\r\n2,3,0.5,11\r\n2,7,5.0,12\r\n",
        "movies.csv": (
            "movieId,title,genres\r\n"
            '7,"Matrix, The (1999)",Action|Sci-Fi\r\n'
            "3,Babylon 5,(no genres listed)\r\n"
        ),
    },
    "ml-100k": {
        "u.data": "2\t1\t5\t10\n1\t2\t3\t11\n1\t1\t4\t12\n",
        "u.item": U_ITEM,
        "u.genre": "unknown|0\nAnimation|1\nComedy|2\n\n",
        "u.user": "1|24|M|writer|85711\n2|53|F|other|94043\n",
    },
    "ml-1m": {
        "ratings.dat": "1::9::5::10\n2::4::3::11\n2::9::1::12\n",
        "movies.dat": '9::Am\xe9lie (2001)::Comedy|Romance\n4::What: A "Film" (1990)::Drama\n',
        "users.dat": "1::F::1::10::48067\n2::M::56::16::70072\n",
    },
}


def edition(name: str) -> Edition:
    """The edition as declared, but of the size of the files above."""
    (declared,) = (one for one in EDITIONS if one.name == name)
    return replace(declared, counts=(3, 2, 2))


def write(folder: Path, name: str, **changed: str | None) -> Path:
    """Put small files of the publisher's layout into `folder`; None leaves one out."""
    here = folder / name
    here.mkdir(parents=True, exist_ok=True)
    encoding = "utf-8" if name == "ml-latest-small" else "latin-1"
    for file, content in (SMALL_FILES[name] | changed).items():
        if content is not None:
            (here / file).write_bytes(content.encode(encoding))
    return here


def texts(dataset: Dataset) -> str:
    return " ".join(remark.text for remark in dataset.remarks)


# As published


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "n_ratings", "n_users", "n_films", "n_rated", "n_genres"),
    [
        ("ml-latest-small", 100_836, 610, 9_742, 9_724, 19),
        ("ml-100k", 100_000, 943, 1_682, 1_682, 18),
        ("ml-1m", 1_000_209, 6_040, 3_883, 3_706, 18),
    ],
)
def test_the_published_counts(
    real: Real, name: str, n_ratings: int, n_users: int, n_films: int, n_rated: int, n_genres: int
) -> None:
    dataset = real(name)
    ratings, catalogue = dataset.ratings, dataset.catalogue
    assert (len(ratings), ratings.n_users, len(catalogue)) == (n_ratings, n_users, n_films)
    assert int((ratings.by_item.counts > 0).sum()) == n_rated
    assert len(catalogue.genre_names) == n_genres
    assert "Harper" in dataset.citation
    assert "no commercial use" in dataset.licence
    assert "set aside" not in texts(dataset)


@pytest.mark.real
def test_what_is_known_to_be_odd_in_latest_small_is_reported(real: Real) -> None:
    dataset = real("ml-latest-small")
    assert [remark.count for remark in dataset.remarks] == [5, 13, 34]
    assert int((dataset.catalogue.years == NO_YEAR).sum()) == 13
    assert set(np.unique(dataset.ratings.values)) == set(dataset.ratings.scale.choices)


@pytest.mark.real
def test_the_first_ratings_of_100k_are_those_of_the_file(real: Real) -> None:
    dataset = real("ml-100k")
    ratings = dataset.ratings
    assert ratings.timestamps is not None
    for row, (user, item, value, time) in enumerate(
        [("196", "242", 3, 881250949), ("186", "302", 3, 891717742)]
    ):
        assert dataset.user_ids[ratings.users[row]] == user
        assert dataset.catalogue.item_ids[ratings.items[row]] == item
        assert (ratings.values[row], ratings.timestamps[row]) == (value, time)


@pytest.mark.real
@pytest.mark.parametrize(("name", "n_occupations"), [("ml-100k", 21), ("ml-1m", 21)])
def test_every_user_has_an_age_a_sex_and_one_occupation(real: Real, name: str, n_occupations: int) -> None:
    features = real(name).user_features
    assert features is not None
    assert features.names[:2] == ("age", "female")
    assert features.values.shape == (real(name).ratings.n_users, 2 + n_occupations)
    assert np.isfinite(features.values).all()
    assert (features.values[:, 2:].sum(axis=1) == 1).all()


@pytest.mark.real
@pytest.mark.parametrize("name", ["ml-latest-small", "ml-100k"])
def test_the_binary_copy_is_the_same_data_with_the_same_remarks(
    real: Real, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real(name)  # skips where it is missing
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path))
    text, copy = rc.load(name), rc.load(name)
    assert (tmp_path / "binary" / f"{name}.npz").is_file()
    assert copy.fingerprint == text.fingerprint
    assert copy.remarks == text.remarks
    assert copy.catalogue.titles == text.catalogue.titles


# On small files of the same layout


def test_latest_small_layout(tmp_path: Path) -> None:
    dataset = read_edition(edition("ml-latest-small"), write(tmp_path, "ml-latest-small"))
    assert dataset.catalogue.titles == ("Matrix, The", "Babylon 5")
    assert dataset.catalogue.years.tolist() == [1999, NO_YEAR]
    assert dataset.catalogue.genres_of(0) == ("Action", "Sci-Fi")
    assert dataset.catalogue.genres_of(1) == ()
    assert dataset.ratings.items.tolist() == [0, 1, 0]


def test_100k_layout(tmp_path: Path) -> None:
    dataset = read_edition(edition("ml-100k"), write(tmp_path, "ml-100k"))
    assert dataset.catalogue.titles == ("Toy Story", "Café")
    assert dataset.catalogue.genre_names == ("Animation", "Comedy")
    assert dataset.user_ids == ("1", "2")
    assert dataset.user_features is not None
    assert dataset.user_features.names == ("age", "female", "occupation: other", "occupation: writer")
    assert dataset.user_features.values.tolist() == [[24, 0, 0, 1], [53, 1, 1, 0]]


def test_1m_layout_as_published(tmp_path: Path) -> None:
    dataset = read_edition(edition("ml-1m"), write(tmp_path, "ml-1m"))
    assert dataset.catalogue.titles == ("Amélie", 'What: A "Film"')
    assert dataset.ratings.timestamps is not None
    assert dataset.ratings.timestamps.tolist() == [10, 11, 12]
    assert dataset.user_features is not None
    assert "occupation: K-12 student" in dataset.user_features.names
    assert "no times" not in texts(dataset)


def test_1m_without_times_is_read_and_said_not_to_be_the_published_file(tmp_path: Path) -> None:
    rebuilt = "user_id,movie_id,rating\n1,9,5\n2,4,3\n2,9,1\n"
    folder = write(tmp_path, "ml-1m", **{"ratings.dat": None, "ratings_no_timestamps.csv": rebuilt})
    dataset = read_edition(edition("ml-1m"), folder)
    assert dataset.ratings.timestamps is None
    assert "not the published file" in texts(dataset)


def test_1m_prefers_the_published_file(tmp_path: Path) -> None:
    folder = write(tmp_path, "ml-1m", **{"ratings_no_timestamps.csv": "nonsense"})
    assert read_edition(edition("ml-1m"), folder).ratings.timestamps is not None


# What is off


def test_other_counts_are_an_error_where_the_publisher_never_changes_them(tmp_path: Path) -> None:
    folder = write(tmp_path, "ml-100k", **{"u.data": "1\t1\t5\t10\n2\t2\t5\t10\n"})
    with pytest.raises(DataError, match=r"states 3 ratings.*its files have 2 ratings"):
        read_edition(edition("ml-100k"), folder)


def test_other_counts_are_a_remark_where_the_publisher_renews_the_set(tmp_path: Path) -> None:
    renewed = replace(edition("ml-latest-small"), counts=(9, 9, 9))
    assert "9 ratings" in texts(read_edition(renewed, write(tmp_path, "ml-latest-small")))


def test_shared_titles_missing_years_and_missing_genres_are_remarked(tmp_path: Path) -> None:
    films = "movieId,title,genres\n7,Emma (1996),Drama\n3,Emma (1996),Romance\n"
    folder = write(tmp_path, "ml-latest-small", **{"movies.csv": films})
    assert "more than one film: 1 (Emma (1996))" in texts(read_edition(edition("ml-latest-small"), folder))
    dataset = read_edition(edition("ml-latest-small"), write(tmp_path, "ml-latest-small"))
    assert "without a year in their title: 1 (Babylon 5)" in texts(dataset)
    assert "without a genre: 1 (Babylon 5)" in texts(dataset)


@pytest.mark.parametrize(
    ("films", "why"),
    [
        ("id,name\n1,x\n", r"movies\.csv must begin with movieId,title,genres"),
        ("movieId,title,genres\n7,Emma\n", r"movies\.csv, line 2: wanted 3 fields, found 2"),
        ("movieId,title,genres\n7,A,x\n07,B,x\n", "lists film '7' more than once"),
        ("movieId,title,genres\n", "has no rows"),
        ("", "has no rows"),
    ],
)
def test_a_catalogue_must_be_as_published(tmp_path: Path, films: str, why: str) -> None:
    folder = write(tmp_path, "ml-latest-small", **{"movies.csv": films})
    with pytest.raises(DataError, match=why):
        read_edition(edition("ml-latest-small"), folder)


def test_a_user_not_listed_has_unknown_features(tmp_path: Path) -> None:
    folder = write(tmp_path, "ml-100k", **{"u.user": "1|24|M|writer|85711\n"})
    features = read_edition(edition("ml-100k"), folder).user_features
    assert features is not None
    assert np.isnan(features.values[1]).all()


def test_an_age_that_is_no_number_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, "ml-100k", **{"u.user": "1|old|M|writer|85711\n"})
    with pytest.raises(DataError, match="age of user 1 is 'old'"):
        read_edition(edition("ml-100k"), folder)


def test_a_set_that_is_nowhere_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))
    assert not rc.sources()["ml-1m"].is_here()
    with pytest.raises(
        DataNotFoundError, match=r"ratings\.dat or .*RECSYS_DATA_DIR.*download ml-1m"
    ) as error:
        rc.load("ml-1m")
    assert str(tmp_path) not in str(error.value)


def test_the_given_folder_comes_before_the_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_DATA_DIR", str(tmp_path / "given"))
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))
    downloaded = write(tmp_path / "cache", "ml-latest-small")
    assert edition("ml-latest-small").folder() == downloaded
    given = write(tmp_path / "given", "ml-latest-small")
    assert edition("ml-latest-small").folder() == given


@pytest.mark.parametrize(
    ("published", "title", "year"),
    [
        ("Toy Story (1995)", "Toy Story", 1995),
        ("96 Minutes (2011) ", "96 Minutes", 2011),
        ("Seven (a.k.a. Se7en) (1995)", "Seven (a.k.a. Se7en)", 1995),
        ("Land Before Time III (1995) (V)", "Land Before Time III (V)", 1995),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
        ("Death Note: Desu nôto (2006–2007)", "Death Note: Desu nôto (2006–2007)", NO_YEAR),
        ("Babylon 5", "Babylon 5", NO_YEAR),
        ("(1999)", "(1999)", NO_YEAR),
        ("unknown", "unknown", NO_YEAR),
    ],
)
def test_the_year_comes_off_the_end_of_a_title(published: str, title: str, year: int) -> None:
    assert split_year(published) == (title, year)
