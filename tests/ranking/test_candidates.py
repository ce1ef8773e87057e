"""Which items may be recommended: every filter alone, all together, and against a literal reading."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.dataset import Catalogue, Dataset
from recsys_core.errors import DataError
from recsys_core.ranking import Filters, candidates
from recsys_core.ratings import Ratings, Scale

EVERYTHING = [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        (Filters(), EVERYTHING),
        (Filters(genres=("Drama",)), [0, 1, 4]),
        (Filters(genres=("Drama", "Comedy")), EVERYTHING),  # one of them is enough
        (Filters(years=(1990, 1999)), [0, 1]),  # both ends included
        (Filters(years=(0, 3000)), [0, 1, 3, 4]),  # film 2 has no year
        (Filters(years=(2000, 1990)), []),
        (Filters(min_ratings=1), [0, 1, 2, 3]),
        (Filters(min_ratings=2), [0, 1, 2, 3]),
        (Filters(min_ratings=3), []),
        (Filters(("Drama",), (1995, 2020), 1), [1]),
    ],
    ids=str,
)
def test_each_filter(toy_dataset: Dataset, filters: Filters, passes: list[int]) -> None:
    assert candidates(toy_dataset, filters).tolist() == passes


def test_what_is_excluded_is_never_shown(toy_dataset: Dataset) -> None:
    assert candidates(toy_dataset, exclude=[1, 3, 3]).tolist() == [0, 2, 4]
    assert candidates(toy_dataset, Filters(genres=("Drama",)), exclude=np.array([0])).tolist() == [1, 4]
    assert candidates(toy_dataset, exclude=EVERYTHING).tolist() == []
    assert candidates(toy_dataset, exclude=()).dtype == np.int32


def test_an_unknown_genre_is_named(toy_dataset: Dataset) -> None:
    with pytest.raises(DataError, match="no genre Musical in Toy"):
        candidates(toy_dataset, Filters(genres=("Drama", "Musical")))


@pytest.mark.parametrize("bad", [[-1], [5], [1.0], [True, False, True, False, True]], ids=str)
def test_excluding_what_is_no_item_is_refused(toy_dataset: Dataset, bad: Any) -> None:
    with pytest.raises(DataError, match="by index, 0 … 4"):
        candidates(toy_dataset, exclude=bad)


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    n = draw(st.integers(1, 8))
    genres = draw(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=n, max_size=n))
    years = draw(st.lists(st.sampled_from([0, 1990, 2000, 2010]), min_size=n, max_size=n))
    cells = draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, n - 1)), unique=True))
    users, items = [u for u, _ in cells], [i for _, i in cells]
    return Dataset(
        "d",
        "D",
        Ratings.from_arrays(users, items, [3] * len(cells), Scale(1, 5), n_users=4, n_items=n),
        Catalogue(
            tuple(map(str, range(n))),
            ("t",) * n,
            np.array(years, dtype=np.int32),
            ("A", "B"),
            np.array(genres),
        ),
        ("a", "b", "c", "d"),
        licence="none",
        citation="",
    )


@given(
    dataset=datasets(),
    genres=st.lists(st.sampled_from("AB"), unique=True).map(tuple),
    years=st.none() | st.tuples(st.integers(-1, 2015), st.integers(-1, 2015)),
    min_ratings=st.integers(0, 5),
    data=st.data(),
)
def test_a_candidate_is_what_passes_a_literal_reading(
    dataset: Dataset,
    genres: tuple[str, ...],
    years: tuple[int, int] | None,
    min_ratings: int,
    data: st.DataObject,
) -> None:
    exclude = data.draw(st.lists(st.integers(0, len(dataset.catalogue) - 1)))

    def passes(item: int) -> bool:
        year = int(dataset.catalogue.years[item])
        return (
            item not in exclude
            and (not genres or bool(set(genres) & set(dataset.catalogue.genres_of(item))))
            and (years is None or (year != 0 and years[0] <= year <= years[1]))
            and dataset.ratings.items.tolist().count(item) >= min_ratings
        )

    expected = [item for item in range(len(dataset.catalogue)) if passes(item)]
    assert candidates(dataset, Filters(genres, years, min_ratings), exclude).tolist() == expected
