"""Catalogue and data set: titles as people read them, found as people type them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.dataset import MAX_NAME, Catalogue, Dataset, fold, natural_title
from recsys_core.errors import DataError
from recsys_core.features import Features
from recsys_core.ratings import Ratings, Scale


def catalogue(*titles: tuple[str, int]) -> Catalogue:
    return Catalogue(
        item_ids=tuple(str(n) for n in range(len(titles))),
        titles=tuple(title for title, _ in titles),
        years=np.array([year for _, year in titles], dtype=np.int32),
        genre_names=("Drama",),
        genres=np.ones((len(titles), 1), dtype=bool),
    )


FILMS = catalogue(
    ("Matrix, The", 1999),
    ("Matrix Reloaded, The", 2003),
    ("Enter the Matrix", 2003),
    ("Amélie (Fabuleux destin d'Amélie Poulain, Le)", 2001),
    ("2001: A Space Odyssey", 1968),
    ("Schindler's List", 1993),
    ("Thelma & Louise", 1991),
    ("Untitled", 0),
    ("Matrix, The", 1987),
)


def found(text: str, **how: Any) -> list[int]:
    return FILMS.find(text, **how).tolist()


# ---------------------------------------------------------------- titles


@pytest.mark.parametrize(
    ("published", "natural"),
    [
        ("Matrix, The", "The Matrix"),
        ("American in Paris, An", "An American in Paris"),
        ("Avventura, L'", "L'Avventura"),
        (
            "City of Lost Children, The (Cité des enfants perdus, La)",
            "The City of Lost Children (Cité des enfants perdus, La)",
        ),
        ("Good, the Bad and the Ugly, The", "The Good, the Bad and the Ugly"),
        ("Casablanca", "Casablanca"),
        ("Theremin", "Theremin"),
        ("Monsters, Inc.", "Monsters, Inc."),
        ("Two\nlines, The", "The Two\nlines"),
        (", The (" * 3 + "\nx\ny", "The , The (, The ( (\nx\ny"),
        ("", ""),
    ],
)
def test_a_trailing_article_goes_in_front(published: str, natural: str) -> None:
    assert natural_title(published) == natural


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  The  MATRIX ", "the matrix"),
        ("Amélie", "amelie"),
        ("Schindler's List", "schindlers list"),
        ("Schindler’s List", "schindlers list"),
        ("Thelma & Louise", "thelma and louise"),
        ("WALL·E", "wall e"),
        ("snake_case", "snake case"),
        ("$", ""),
    ],
)
def test_folding_leaves_lower_case_words(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_of_a_text_longer_than_any_title_only_the_beginning_is_folded() -> None:
    """Accents are sorted in the square of their number, so that many of them would take minutes."""
    assert fold("a" * MAX_NAME + "b") == "a" * MAX_NAME
    assert fold("a" + "\u0316\u0300" * 10**6) == "a"
    assert len(fold("&" * MAX_NAME)) <= MAX_NAME
    assert found("matrix" + " " * MAX_NAME + "of another kind") == found("matrix")


@given(st.text() | st.text("&ﷺa ", min_size=MAX_NAME // 3, max_size=MAX_NAME))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)
    assert once == " ".join(once.split())
    assert fold(once) == once


@given(st.text(alphabet=st.characters(codec="latin-1")), st.text(alphabet="  \t'!,."))
def test_case_and_punctuation_around_do_not_matter(text: str, noise: str) -> None:
    assert fold(f"{noise} {text.upper()} {noise}") == fold(text.upper())


def test_a_label_is_title_and_year() -> None:
    assert FILMS.label(0) == "The Matrix (1999)"
    assert FILMS.label(7) == "Untitled"
    assert FILMS.index_of_label[fold("the matrix 1987")] == 8
    twice = catalogue(("Emma", 1996), ("Emma", 1996))
    assert twice.index_of_label == {"emma 1996": 0}, "of several with one label, the first"


# ---------------------------------------------------------------- find


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("the matrix", [0, 8, 1, 2]),  # whole titles, then those that begin with it, then the rest
        ("THE MATRIX", [0, 8, 1, 2]),
        ("reloaded, the", [1]),  # the title as published is found too
        ("amelie", [3]),
        ("Amélie poulain", [3]),
        ("schindlers", [5]),
        ("Schindler's", [5]),
        ("thelma and", [6]),
        ("thelma & l", [6]),
        ("matrix 2003", [1, 2]),
        ("1999", [0]),
        ("2001", [4, 3]),
        ("nothing like it", []),
        ("", []),
        (" ' ", []),
    ],
)
def test_find(typed: str, expected: list[int]) -> None:
    assert found(typed) == expected


def test_no_year_is_not_a_year_to_look_for() -> None:
    assert found("untitled") == [7]
    assert found("untitled 0") == []
    assert 7 not in found("0")


def test_inside_a_group_the_first_go_first() -> None:
    popularity = np.array([1, 5, 9, 0, 0, 0, 0, 0, 7.0])
    assert found("the matrix", first=popularity) == [8, 0, 1, 2]  # inside a group only
    assert found("the matrix", first=popularity, limit=1) == [8]
    assert found("the matrix", limit=0) == []


# ---------------------------------------------------------------- the item a row of a table means


@pytest.mark.parametrize(
    ("row", "item"),
    [
        (("0", ""), 0),
        (("0", "The Matrix", "1999"), 0),
        (("0", "Matrix, The", "1999.0"), 0),
        (("0", "Matrix, The"), 0),  # beside an id the year may be missing,
        (("8", "the matrix (1987)"), 8),  # or stand in the title,
        (("8", "the matrix (1987)", "1987"), 8),  # or in both
        (("0", "The Matrix", "1987"), 8),  # the title and year decide, the id does not
        (("4", "The Matrix"), None),
        (("", "The Matrix", "1987"), 8),
        (("", "Matrix, The (1987)", "1987"), 8),
        (("", "The Matrix"), None),  # which of the two?
        (("", "Untitled"), 7),
        (("4", "2001: A Space Odyssey", "1968"), 4),
        (("99", ""), None),
        (("99", "!!!"), None),
        (("0", "The Matrix" + " " * MAX_NAME, "1999"), None),
    ],
)
def test_a_row_means_an_item_by_id_where_the_title_agrees_else_by_title_and_year(
    row: tuple[str, ...], item: int | None
) -> None:
    assert FILMS.named(*row) == item


def test_a_title_that_ends_in_a_year_of_its_own_keeps_it() -> None:
    films = catalogue(("Dracula", 2000), ("Dracula 2000", 2000))
    assert films.named("", "Dracula 2000", "2000") == 1
    assert films.named("", "Dracula (2000)", "2000") == 0


@given(st.text(max_size=30))
def test_find_takes_any_text(text: str) -> None:
    hits = found(text)
    assert len(set(hits)) == len(hits)
    assert all(0 <= item < len(FILMS) for item in hits)


@given(st.integers(0, len(FILMS) - 1))
def test_every_film_is_found_by_its_own_label(item: int) -> None:
    assert item in found(FILMS.label(item))
    assert item in found(FILMS.titles[item])


# ---------------------------------------------------------------- what belongs together


def test_genres_of() -> None:
    films = dataclasses.replace(FILMS, genre_names=("A", "B"), genres=np.eye(9, 2, dtype=bool))
    assert [films.genres_of(i) for i in range(3)] == [("A",), ("B",), ()]


@pytest.mark.parametrize(
    "change",
    [
        {"titles": ("one",)},
        {"item_ids": ("1",)},
        {"years": np.zeros(2, dtype=np.int32)},
        {"genres": np.ones((3, 1), dtype=bool)},
        {"genres": np.ones((9, 2), dtype=bool)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_catalogue_with_a_gap_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="catalogue needs one"):
        dataclasses.replace(FILMS, **change)


def test_what_is_shared_is_read_only() -> None:
    table = Features(("x",), np.zeros((2, 1)))
    assert not any(array.flags.writeable for array in (FILMS.years, FILMS.genres, table.values))


def dataset(user_ids: tuple[str, ...], item_ids: tuple[str, ...], **more: Any) -> Dataset:
    n = len(item_ids)
    ratings = Ratings.from_arrays(
        [0], [0], [3], Scale(1, 5), n_users=more.pop("n_users", len(user_ids)), n_items=n
    )
    films = Catalogue(item_ids, ("t",) * n, np.zeros(n, dtype=np.int32), (), np.zeros((n, 0), dtype=bool))
    return Dataset("d", "D", ratings, films, user_ids, "none", "")


def test_a_data_set_whose_parts_do_not_match_is_refused() -> None:
    with pytest.raises(DataError, match="3 users and 1 items, but 2 user ids and 1 items"):
        dataset(("a", "b"), ("1",), n_users=3)


def test_the_fingerprint_tells_ids_apart() -> None:
    same = [dataset(("a", "b"), ("1",)).fingerprint for _ in range(2)]
    assert same[0] == same[1]
    others = [
        dataset(("a", "c"), ("1",)),
        dataset(("b", "a"), ("1",)),
        dataset(("a", "b"), ("2",)),
        dataset(("a", "b1"), ("",)),  # the same letters, parted elsewhere
        dataset(("a", ""), ("b1",)),
    ]
    assert len({same[0], *(other.fingerprint for other in others)}) == 1 + len(others)
