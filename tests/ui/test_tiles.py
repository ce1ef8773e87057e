"""Drawn tiles: well-formed, equal in size, readable, the same every time."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import tiles
from ui.charts import style

SVG = "{http://www.w3.org/2000/svg}"
GRADIENTS = {**style.TILES, "none": style.NO_GENRE}


def drawn(title: str, year: int = 1999, genres: tuple[str, ...] = ("Drama",)) -> ET.Element:
    return ET.fromstring(tiles.tile(title, year, genres))  # noqa: S314 - our own drawing


@given(st.text(max_size=200), st.integers(0, 2100), st.lists(st.text(max_size=20), max_size=3).map(tuple))
def test_any_title_makes_a_picture_of_the_same_size(title: str, year: int, genres: tuple[str, ...]) -> None:
    root = drawn(title, year, genres)
    assert root.get("viewBox") == f"0 0 {tiles.WIDTH} {tiles.HEIGHT}"


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_a_title_fits_the_tile(title: str) -> None:
    size, lines = tiles.fit(" ".join(title.split()))
    assert len(lines) <= 3
    assert all(tiles.text_width(line, size) <= tiles.WIDTH - 2 * tiles.MARGIN for line in lines)


def test_a_short_title_is_large_and_whole() -> None:
    assert tiles.fit("Heat") == (28, ["Heat"])


def test_a_title_that_cannot_fit_ends_in_an_ellipsis() -> None:
    _, lines = tiles.fit("word " * 60)
    assert lines[-1].endswith("…")


def test_a_title_is_text_not_markup() -> None:
    root = drawn("<script>alert('x')</script> & Co")
    assert root.find(f".//{SVG}script") is None
    assert "<script>" in " ".join("".join(t.itertext()) for t in root.iter(f"{SVG}text"))


def test_the_picture_depends_on_the_film_alone() -> None:
    one = tiles.tile("Heat", 1995, ("Crime",))
    tiles.tile.cache_clear()
    assert tiles.tile("Heat", 1995, ("Crime",)) == one
    assert tiles.tile("Fargo", 1996, ("Crime",)) != one


def test_genre_and_year_are_named_and_left_out_where_unknown() -> None:
    about = [t.text for t in drawn("Heat", 1995, ("Thriller", "Crime")).iter(f"{SVG}text")]
    assert about[0] == "CRIME · 1995"
    assert [t.text for t in drawn("Heat", 0, ()).iter(f"{SVG}text")] == [None, "Heat"]


def test_the_most_telling_genre_leads() -> None:
    assert tiles.main_genre(("Adventure", "Animation", "Children's", "Comedy")) == "Animation"
    assert tiles.main_genre(("Children's",)) == "Children"
    assert tiles.main_genre(("Telenovela",)) == "Telenovela"


@pytest.mark.parametrize("genre", GRADIENTS)
def test_white_text_is_readable_on_the_lightest_point(genre: str) -> None:
    for colour in GRADIENTS[genre]:
        lightest = style.mix(colour, style.INK, style.HIGHLIGHT_OPACITY)
        assert style.contrast(style.INK, lightest) >= 4.5


def test_nothing_comes_from_elsewhere() -> None:
    picture = tiles.tile("Heat", 1995, ("Crime",)).replace("http://www.w3.org/2000/svg", "")
    assert "http" not in picture
    assert "href" not in picture
