"""Pairs of films that everybody would name, on ml-latest-small, by the default model and measure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.dataset import Dataset, fold

pytestmark = pytest.mark.real

REQUIRED = [
    ("Star Wars: Episode IV - A New Hope (1977)", "Star Wars: Episode V - The Empire Strikes Back (1980)"),
    (
        "The Lord of the Rings: The Fellowship of the Ring (2001)",
        "The Lord of the Rings: The Two Towers (2002)",
    ),
    ("Toy Story (1995)", "Toy Story 2 (1999)"),
]
# Written down before the model was asked: sequels and films of one series or maker, all well known.
MORE = [
    ("The Godfather (1972)", "The Godfather: Part II (1974)"),
    ("The Matrix (1999)", "The Matrix Reloaded (2003)"),
    ("Kill Bill: Vol. 1 (2003)", "Kill Bill: Vol. 2 (2004)"),
    ("Shrek (2001)", "Shrek 2 (2004)"),
    ("Spider-Man (2002)", "Spider-Man 2 (2004)"),
    ("X-Men (2000)", "X2: X-Men United (2003)"),
    ("Harry Potter and the Chamber of Secrets (2002)", "Harry Potter and the Prisoner of Azkaban (2004)"),
    ("Back to the Future (1985)", "Back to the Future Part II (1989)"),
    ("Batman Begins (2005)", "The Dark Knight (2008)"),
    ("Ace Ventura: Pet Detective (1994)", "Ace Ventura: When Nature Calls (1995)"),
    ("Terminator 2: Judgment Day (1991)", "The Terminator (1984)"),
    ("Alien (1979)", "Aliens (1986)"),
    ("Ocean's Eleven (2001)", "Ocean's Twelve (2004)"),
    ("Indiana Jones and the Last Crusade (1989)", "Indiana Jones and the Temple of Doom (1984)"),
    ("Monsters, Inc. (2001)", "Finding Nemo (2003)"),
    ("Die Hard (1988)", "Die Hard: With a Vengeance (1995)"),
]
FOUND = 14
"""Of MORE; the misses stay in the list. Ocean's Twelve stands at place 90, the third Die Hard at 37."""


@pytest.fixture(scope="module")
def films(real: Callable[[str], Dataset]) -> tuple[Dataset, Algorithm]:
    data = real("ml-latest-small")
    return data, rc.algorithm("als").fit(data.ratings)


def is_found(films: tuple[Dataset, Algorithm], one: str, other: str) -> bool:
    data, model = films
    item, wanted = (data.catalogue.index_of_label[fold(label)] for label in (one, other))
    near = rc.similar_items(model, item, 10, support=20, ratings=data.ratings)
    assert near.support is not None
    assert near.support.min() >= 20
    return wanted in near.items


@pytest.mark.parametrize(("one", "other"), REQUIRED)
def test_the_sequel_is_among_the_ten_nearest(films: tuple[Dataset, Algorithm], one: str, other: str) -> None:
    assert is_found(films, one, other)


def test_the_hit_rate_of_further_pairs(films: tuple[Dataset, Algorithm]) -> None:
    missed = [pair for pair in MORE if not is_found(films, *pair)]
    print(f"{len(MORE) - len(missed)} of {len(MORE)} further pairs found; missed: {missed}")
    assert len(MORE) - len(missed) >= FOUND
