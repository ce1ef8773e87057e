"""The lecture tables, cell by cell."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.datasets import lectures
from recsys_core.errors import DataError

X = np.nan  # not known
MOVIES = {
    "Love at last": [5, 5, 0, 0],
    "Romance forever": [5, X, X, 0],
    "Cute puppies of love": [X, 4, 0, X],
    "Nonstop car chases": [0, 0, 5, 4],
    "Swords vs. karate": [0, 0, 5, X],
}
ALBUMS = {
    "Ommazh": [5, 4, X, 2],
    "Melt-Banana": [5, 5, 2, X],
    "BTS": [0, X, 4, 5],
    "Zhou Shen": [1, 1, 5, X],
    "Sanam": [1, 1, 5, 4],
}
OURS = {
    ("Bhavana", "Melt-Banana"),
    ("Bhavana", "Zhou Shen"),
    ("Bhavana", "Sanam"),
    ("Cordelia", "Zhou Shen"),
    ("Cordelia", "Sanam"),
}


def table(dataset: Dataset) -> np.ndarray:
    """(n_items, n_users), `nan` where nothing is known; these tables are small enough."""
    ratings = dataset.ratings
    cells = np.full((ratings.n_items, ratings.n_users), np.nan)
    cells[ratings.items, ratings.users] = ratings.values
    return cells


@pytest.mark.parametrize(
    ("name", "cells", "people", "known", "kind"),
    [
        ("lectures-movies", MOVIES, ("Alice", "Bob", "Carol", "Dave"), 15, "film"),
        ("lectures-albums", ALBUMS, ("An", "Bhavana", "Cordelia", "Diego"), 16, "album"),
    ],
)
def test_every_cell(
    name: str, cells: dict[str, list[float]], people: tuple[str, ...], known: int, kind: str
) -> None:
    dataset = rc.load(name)
    assert dataset.user_ids == people
    assert dataset.catalogue.titles == tuple(cells)
    assert dataset.catalogue.kind == kind
    assert len(dataset.ratings) == known
    np.testing.assert_array_equal(table(dataset), np.array(list(cells.values())))


@pytest.mark.parametrize("name", ["lectures-movies", "lectures-albums"])
def test_whole_numbers_from_0_to_5_without_times_or_years(name: str) -> None:
    dataset = rc.load(name)
    assert dataset.ratings.scale.choices == (0, 1, 2, 3, 4, 5)
    assert dataset.ratings.timestamps is None
    assert not dataset.catalogue.years.any()
    assert not dataset.simulated
    assert "made-up teaching table" in dataset.about


def test_features_of_the_movies() -> None:
    catalogue = rc.load("lectures-movies").catalogue
    assert catalogue.features is not None
    assert catalogue.features.names == ("romance", "action")
    assert catalogue.features.values.tolist() == [[0.9, 0], [1, 0.01], [0.99, 0], [0.1, 1], [0, 0.9]]
    np.testing.assert_array_equal(catalogue.genres, catalogue.features.values >= 0.5)
    assert rc.load("lectures-movies").user_features is None


def test_features_of_the_albums_are_nan_where_the_lecture_states_none() -> None:
    features = rc.load("lectures-albums").catalogue.features
    assert features is not None
    assert features.names == ("lo-fi indie", "slick pop")
    np.testing.assert_array_equal(features.values, [[0.8, 0.1], [X, X], [0.05, 0.99], [X, X], [X, X]])


def test_every_album_has_the_style_the_lecture_gives_it_in_words() -> None:
    catalogue = rc.load("lectures-albums").catalogue
    styles = [catalogue.genres_of(item) for item in range(5)]
    assert styles == [("lo-fi indie",)] * 2 + [("slick pop",)] * 3


def test_features_of_the_listeners() -> None:
    features = rc.load("lectures-albums").user_features
    assert features is not None
    assert features.names == ("lo-fi indie", "slick pop")
    assert features.values.tolist() == [[5, 1], [4, 0], [2, 5], [2, 4]]


def test_the_cells_that_are_ours_are_marked_in_the_file_and_named_in_a_remark() -> None:
    lines = pd.read_csv(lectures.FOLDER / "albums_ratings.csv")
    ours = lines[lines["stated"] == "no"]
    assert set(zip(ours["user"], ours["title"], strict=True)) == OURS
    (remark,) = rc.load("lectures-albums").remarks
    assert remark.count == len(OURS)
    assert all(f"{person} – {title}" in remark.text for person, title in OURS)
    assert rc.load("lectures-movies").remarks == ()


def test_a_listener_s_answers_explain_ommazh_exactly() -> None:
    """Regression on the listeners' features: θ = (1, 0), so Cordelia is predicted 2."""
    dataset = rc.load("lectures-albums")
    assert dataset.user_features is not None
    users, values = dataset.ratings.by_item.row(0)
    theta, *_ = np.linalg.lstsq(dataset.user_features.values[users], values, rcond=None)
    np.testing.assert_allclose(theta, [1, 0], atol=1e-12)
    assert dataset.user_features.values[2] @ theta == pytest.approx(2)


def test_a_rating_of_something_not_listed_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in lectures.FOLDER.iterdir():
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "movies_ratings.csv").write_text(
        "user,title,rating,stated\nAlice,Jaws,5,no\n", encoding="utf-8"
    )
    monkeypatch.setattr(lectures, "FOLDER", tmp_path)
    with pytest.raises(DataError, match=r"movies_ratings\.csv, line 2"):
        lectures.read_movies.__wrapped__()
