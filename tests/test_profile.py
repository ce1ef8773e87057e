"""A person's own ratings: they survive every way out and back in, and junk never breaks anything."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.dataset import MAX_NAME, Catalogue
from recsys_core.errors import DataError
from recsys_core.profile import MAX_TEXT, OwnRatings
from recsys_core.ratings import Scale

HALF = Scale(0.5, 5, 0.5)
SCALES = (HALF, Scale(1, 5), Scale(-10, 10), Scale(0, 1, 0.1))


def catalogue(ids: tuple[str, ...], titles: tuple[str, ...] | None = None, *years: int) -> Catalogue:
    n = len(ids)
    return Catalogue(
        ids,
        titles or tuple(f"Film {raw}" for raw in ids),
        np.array(years or [1990 + k for k in range(n)], dtype=np.int32),
        (),
        np.zeros((n, 0), dtype=bool),
    )


FILMS = catalogue(
    ("1", "260", "44", "a~b_c%", "", "n"), ("Toy", "Matrix, The", "Élan!", "Strange", "Blank", "N")
)

strange_ids = st.lists(
    st.text(max_size=6) | st.text("~_%n.+ é&=#/", max_size=6), min_size=1, max_size=6, unique=True
).map(tuple)


@st.composite
def said(draw: st.DrawFn, n_items: int, scale: Scale) -> OwnRatings:
    own = OwnRatings()
    items = st.integers(0, n_items - 1)
    for item, value in draw(
        st.lists(st.tuples(items, st.none() | st.sampled_from(scale.choices)), max_size=12)
    ):
        own = own.mark_not_seen(item) if value is None else own.rate(item, value)
    return own


# ---------------------------------------------------------------- saying


def test_every_act_returns_a_new_one_so_that_undo_is_keeping_the_old() -> None:
    empty = OwnRatings()
    one = empty.rate(3, 4.5)
    two = one.rate(1, 2.0)
    changed = two.rate(3, 1.0)
    unseen = changed.mark_not_seen(1)
    forgotten = unseen.forget(1)
    assert (empty.ratings, empty.not_seen) == ((), frozenset())
    assert one.ratings == ((3, 4.5),)
    assert two.ratings == ((3, 4.5), (1, 2.0))
    assert changed.ratings == ((3, 1.0), (1, 2.0)), "a changed rating keeps its place"
    assert (unseen.ratings, unseen.not_seen) == (((3, 1.0),), {1})
    assert (forgotten.ratings, forgotten.not_seen) == (((3, 1.0),), frozenset())
    assert unseen.rate(1, 3.0).not_seen == frozenset(), "a rating takes back 'not seen'"
    assert forgotten.forget(99) == forgotten


@given(st.data())
def test_an_item_is_rated_once_or_not_seen_never_both(data: st.DataObject) -> None:
    own = data.draw(said(4, HALF))
    items = own.items.tolist()
    assert len(own) == len(items) == len(set(items))
    assert not own.not_seen & set(items)
    assert [own.of(item) for item in items] == own.values.tolist()
    assert all(own.of(item) is None for item in own.not_seen)
    assert own.items.dtype == np.int32
    assert own.values.dtype == np.float32


# ---------------------------------------------------------------- as text in an address


def test_the_text_is_short_and_plain() -> None:
    own = OwnRatings().rate(0, 4.5).rate(1, 5.0).mark_not_seen(2)
    assert own.to_text(FILMS) == "1~4.5_260~5_44~n"
    assert OwnRatings().to_text(FILMS) == ""


@given(ids=strange_ids, scale=st.sampled_from(SCALES), data=st.data())
def test_text_comes_back_as_it_was_said(ids: tuple[str, ...], scale: Scale, data: st.DataObject) -> None:
    own, films = data.draw(said(len(ids), scale)), catalogue(ids)
    text = own.to_text(films)
    assert text.isascii()
    assert not set(text) & set(" &=#?/+")
    assert OwnRatings.from_text(text, films, scale) == (own, ())


@given(st.text() | st.text("1~4.5_260n%", max_size=40) | st.just("_".join(["1~5"] * 30)))
def test_junk_in_an_address_is_counted_never_raised(text: str) -> None:
    own, remarks = OwnRatings.from_text(text, FILMS, HALF)
    entries = [entry for entry in text.split("_") if entry]
    understood = len(entries) - sum(remark.count for remark in remarks)
    assert len(own) + len(own.not_seen) <= understood, "one film may be mentioned again"
    assert bool(understood) == bool(len(own) + len(own.not_seen))
    assert set(own.values.tolist()) <= set(HALF.choices)


@pytest.mark.parametrize(
    ("text", "kept", "remarks"),
    [
        ("1~4.5_999~3", {0: 4.5}, [("Not in this data set: 999", 1)]),
        ("1~nan_260~inf_44~5.5_44~-1_44~good_44~", {}, [("Not a rating on the scale 0.5 to 5", 6)]),
        ("1~4.4_260~4.6", {0: 4.5, 1: 4.5}, []),  # the nearest rating there is
        ("1~2_1~4", {0: 4.0}, []),  # the last word counts
        ("~2", {4: 2.0}, []),
        ("1_2_3", {}, [("Not in this data set", 3)]),
        ("x~1_x2~1_x3~1_x4~1_x5~1_x6~1_x7~1", {}, [("and 2 more", 7)]),
        ("%ff~1_%zz~2", {}, [("Not in this data set", 2)]),
    ],
)
def test_what_can_be_read_is_kept(text: str, kept: dict[int, float], remarks: list[tuple[str, int]]) -> None:
    films = FILMS if text == "~2" else catalogue(("1", "260", "44"))
    own, found = OwnRatings.from_text(text, films, HALF)
    assert dict(own.ratings) == kept
    assert [remark.count for remark in found] == [count for _, count in remarks]
    for remark, (words, _) in zip(found, remarks, strict=True):
        assert words in remark.text


def test_an_endless_address_is_not_read() -> None:
    own, (remark,) = OwnRatings.from_text("1~5_" * MAX_TEXT, FILMS, HALF)
    assert len(own) == 0
    assert "too long" in remark.text


# ---------------------------------------------------------------- as a table


def through_a_file(own: OwnRatings, films: Catalogue) -> pd.DataFrame:
    text = own.to_frame(films).to_csv(index=False)
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def test_the_table_is_for_people() -> None:
    own = OwnRatings().rate(1, 4.5).mark_not_seen(0)
    assert own.to_frame(FILMS).to_dict("list") == {
        "item_id": ["260", "1"],
        "title": ["The Matrix", "Toy"],
        "year": ["1991", "1990"],
        "rating": ["4.5", ""],
    }


printable = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=6)


@given(
    ids=st.lists(printable | st.just("a~b_c%"), min_size=1, max_size=6, unique=True).map(tuple),
    scale=st.sampled_from(SCALES),
    data=st.data(),
)
def test_a_file_comes_back_as_it_was_said(ids: tuple[str, ...], scale: Scale, data: st.DataObject) -> None:
    titles = tuple(data.draw(st.text(st.characters(exclude_categories=["C"]), max_size=8)) for _ in ids)
    films = catalogue(ids, titles, *(data.draw(st.sampled_from([0, 1999, 2001])) for _ in ids))
    own = data.draw(said(len(ids), scale))
    assert OwnRatings.from_frame(through_a_file(own, films), films, scale) == (own, ())


def test_films_of_another_data_set_are_found_by_title_and_year() -> None:
    frame = OwnRatings().rate(1, 4.5).rate(0, 2.0).to_frame(FILMS)
    elsewhere = catalogue(("260", "7"), ("Another film", "MATRIX, The"), 1977, 1991)
    own, (remark,) = OwnRatings.from_frame(frame, elsewhere, HALF)
    assert own.ratings == ((1, 4.5),), "id 260 is another film there"
    assert remark.text == "Not in this data set: Toy 1990."
    assert remark.count == 1


def test_a_title_longer_than_any_is_no_film() -> None:
    row = {"title": "Toy" + " " * MAX_NAME + "!", "year": "1990", "rating": "4", "item_id": "1"}
    own, (remark,) = OwnRatings.from_frame(pd.DataFrame([row]), FILMS, HALF)
    assert len(own) == 0
    assert "Not in this data set: Toy" in remark.text
    assert len(remark.text) < 100


def test_a_row_without_a_title_is_no_film() -> None:
    nameless = catalogue(("1",), ("???",), 0)
    frame = pd.DataFrame({"item_id": ["8"], "title": [""], "year": [""], "rating": ["4"]})
    own, (remark,) = OwnRatings.from_frame(frame, nameless, HALF)
    assert len(own) == 0
    assert remark.count == 1


@pytest.mark.parametrize("missing", ["item_id", "title", "year", "rating"])
def test_a_missing_column_is_named_with_those_there_are(missing: str) -> None:
    frame = OwnRatings().rate(0, 3.0).to_frame(FILMS).drop(columns=missing)
    with pytest.raises(DataError, match=rf"no column {missing}; its columns are: {', '.join(frame.columns)}"):
        OwnRatings.from_frame(frame, FILMS, HALF)


def test_a_table_without_columns_says_so() -> None:
    with pytest.raises(DataError, match="its columns are: none"):
        OwnRatings.from_frame(pd.DataFrame(), FILMS, HALF)


cells = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.integers(),
    st.floats(),
    st.sampled_from(["1", "260", "Toy", "1990", "4.5"]),
)


@given(st.lists(st.tuples(cells, cells, cells, cells), max_size=6))
def test_junk_in_a_file_is_counted_never_raised(rows: list[tuple[Any, ...]]) -> None:
    frame = pd.DataFrame(rows, columns=["item_id", "title", "year", "rating"], dtype=object)
    own, remarks = OwnRatings.from_frame(frame, FILMS, HALF)
    understood = len(rows) - sum(remark.count for remark in remarks)
    assert len(own) + len(own.not_seen) <= understood
    assert bool(understood) == bool(len(own) + len(own.not_seen))
