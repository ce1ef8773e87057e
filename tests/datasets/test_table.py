"""Reading rating rows: nothing is lost silently, and every row left out is named by its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.datasets.rows import Report, read_rows, read_text, sheet_of
from recsys_core.datasets.table import Layout, RatingTable, read_ratings
from recsys_core.errors import DataError, DataNotFoundError
from recsys_core.ratings import Scale

HALF_STARS = Layout(Scale(0.5, 5, 0.5))
HEAD = "userId,movieId,rating,timestamp\n"


def read(rows: str, layout: Layout = HALF_STARS, **options: object) -> RatingTable:
    return read_ratings((HEAD + rows).encode(), layout, **options)  # type: ignore[arg-type]


def only_remark(table: RatingTable) -> str:
    (remark,) = table.remarks
    return remark.text


def test_a_clean_file_is_kept_whole_and_in_its_order() -> None:
    table = read("10,7,4.0,100\n2,30,0.5,90\n10,30,5.0,95\n")
    assert table.user_ids == ("2", "10")
    assert table.item_ids == ("7", "30")
    assert table.ratings.users.tolist() == [1, 0, 1]
    assert table.ratings.items.tolist() == [0, 1, 1]
    assert table.ratings.values.tolist() == [4.0, 0.5, 5.0]
    assert table.ratings.timestamps is not None
    assert table.ratings.timestamps.tolist() == [100, 90, 95]
    assert table.remarks == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_make_no_difference(end: str, mark: str) -> None:
    rows = (mark + HEAD + "1,2,3.0,4\n5,6,4.5,7\n\n").replace("\n", end)
    table = read_ratings(rows.encode(), HALF_STARS)
    assert table.ratings.values.tolist() == [3.0, 4.5]
    assert table.remarks == ()


def test_columns_are_found_by_name_wherever_they_stand() -> None:
    table = read_ratings(b"rating,note,movieId,timestamp,userId\n4.5,x,2,9,1\n", HALF_STARS)
    assert (table.user_ids, table.item_ids, table.ratings.values.tolist()) == (("1",), ("2",), [4.5])


def test_a_separator_of_two_characters() -> None:
    layout = Layout(Scale(1, 5), separator="::", columns=("userId", "movieId", "rating", "timestamp"))
    table = read_ratings(b"1::10::5::7\n1::11::x::8\n2::10::3::9\n", layout)
    assert table.ratings.values.tolist() == [5.0, 3.0]
    assert "(line 2: '1::11::x::8')" in only_remark(table)


@pytest.mark.parametrize(
    "row",
    [
        "1,2",
        "1,2,3.0",
        "1,2,3.0,4,5",
        "1,2,good,4",
        "1,2,,4",
        ",2,3.0,4",
        "1,,3.0,4",
        "1,2,3.0,soon",
        "1,2,NA,4",
        "1,2,1_0,4",
        "1,2,3.0,4.5",
        "1,\x07,3.0,4",
        "1,2,3.0,99999999999999999999",
    ],
)
def test_a_row_that_is_no_rating_is_set_aside_with_its_line(row: str) -> None:
    table = read(f"1,1,3.0,4\n{row}\n2,1,4.0,5\n")
    assert table.ratings.values.tolist() == [3.0, 4.0]
    assert (table.n_rows, table.n_set_aside) == (3, 1)
    assert f"line 3: {row!r}" in only_remark(table)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "0", "5.5", "-3", "1e9"])
def test_a_value_off_the_scale_is_set_aside(value: str) -> None:
    table = read(f"1,1,3.0,4\n2,1,{value},5\n")
    assert len(table.ratings) == 1
    assert f"(line 3: '{float(value)}')" in only_remark(table)
    assert table.remarks[0].count == 1


def test_line_numbers_are_those_of_the_file_with_header_and_blank_lines() -> None:
    assert "line 5" in only_remark(read("1,1,3.0,4\n\n\n9,9,9,9\n"))


def test_only_the_first_few_rows_are_quoted_but_all_are_counted() -> None:
    table = read("1,1,3.0,4\n" + "".join(f"{user},1,9.0,4\n" for user in range(2, 1002)))
    assert "1,000 rows set aside" in only_remark(table)
    assert only_remark(table).count("line") == 3
    assert table.remarks[0].count == 1000


def test_a_stranger_s_text_is_quoted_short_and_without_control_characters() -> None:
    text = only_remark(read("1,1,3.0,4\n\x1b[31m" + "x" * 500 + "\n"))
    assert "\x1b" not in text
    assert len(text) < 200


def test_of_a_pair_rated_again_the_latest_by_time_is_kept() -> None:
    table = read("1,1,3.0,50\n1,1,5.0,99\n2,1,4.0,1\n1,1,1.0,60\n")
    assert table.ratings.values.tolist() == [5.0, 4.0]
    assert table.remarks[0].count == 2
    assert "line 2" in only_remark(table)
    assert "line 5" in only_remark(table)


def test_without_times_the_last_in_the_file_is_kept() -> None:
    layout = Layout(Scale(0.5, 5, 0.5), timestamp=None)
    table = read_ratings(b"userId,movieId,rating\n1,1,3\n2,1,2\n1,1,5\n", layout)
    assert table.ratings.timestamps is None
    assert table.ratings.values.tolist() == [2.0, 5.0]


def test_at_equal_times_the_last_in_the_file_is_kept() -> None:
    assert read("1,1,3.0,50\n1,1,4.0,50\n").ratings.values.tolist() == [4.0]


def test_a_file_may_lack_times_and_a_remark_says_so() -> None:
    table = read_ratings(b"userId,movieId,rating\n1,1,3\n", HALF_STARS)
    assert table.ratings.timestamps is None
    assert "has no times" in only_remark(table)


def test_values_between_the_steps_are_kept_and_reported() -> None:
    table = read("1,1,3.7,4\n1,2,3.5,4\n")
    assert len(table.ratings) == 2
    assert table.n_set_aside == 0
    assert "1 ratings lie between the steps" in only_remark(table)


def test_items_follow_the_catalogue_and_strangers_to_it_are_set_aside() -> None:
    table = read("1,7,3.0,4\n1,99,3.0,4\n1,5,2.0,4\n", item_ids=("7", "6", "5"))
    assert table.item_ids == ("7", "6", "5")
    assert table.ratings.items.tolist() == [0, 2]
    assert table.ratings.n_items == 3
    assert "not in the catalogue (line 3: '99')" in only_remark(table)


def test_ids_are_ordered_by_number_then_by_text() -> None:
    assert read("bob,1,3,4\n10,1,3,4\n9,1,3,4\nann,1,3,4\n").user_ids == ("9", "10", "ann", "bob")


def test_an_id_written_as_a_number_is_that_number_in_a_clean_file_and_in_a_broken_one() -> None:
    rows = "007,1,3,4\n7,2,4,5\n"
    assert read(rows).user_ids == read(rows + "broken\n").user_ids == ("7",)


def test_quotes_hold_a_field_together_and_end_with_the_line() -> None:
    table = read('"Smith, J",1,3,4\n"unclosed,1,3,4\n2,"1","4.5",4\n')
    assert table.user_ids == ("2", "Smith, J")
    assert table.n_set_aside == 1


def test_missing_columns_are_named_with_those_found() -> None:
    with pytest.raises(DataError, match=r"wanted userId, movieId, rating; found 'userId,? ?film, stars'"):
        read_ratings(b"userId,film,stars\n1,2,3\n", HALF_STARS)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="is empty"):
        read_ratings(content, HALF_STARS)


@pytest.mark.parametrize(
    ("rows", "why"), [("", "has no rating rows"), ("1,1,9,4\nx\n", "has no usable rating row")]
)
def test_a_file_without_a_usable_row_is_refused(rows: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        read(rows)


def test_another_encoding_is_refused_with_byte_line_and_what_was_expected() -> None:
    with pytest.raises(DataError, match=r"is not utf-8 text: byte \d+ \(line 3\).*Save the file as utf-8"):
        read_ratings((HEAD + "1,1,3,4\nZo\xeb,1,3,4\n").encode("latin-1"), HALF_STARS)


def test_messages_name_the_file_and_its_folder_but_nothing_above(tmp_path: Path) -> None:
    file = tmp_path / "mine" / "ratings.csv"
    with pytest.raises(DataNotFoundError, match=r"^mine/ratings\.csv is not there") as missing:
        read_ratings(file, HALF_STARS)
    file.parent.mkdir()
    file.write_text(HEAD + "1,1,3,4\n1,2,9,4\n")
    remark = only_remark(read_ratings(file, HALF_STARS))
    assert remark.startswith("mine/ratings.csv: 1 row set aside")
    assert str(tmp_path) not in remark + str(missing.value)


ids = st.integers(-3, 12).map(str) | st.sampled_from(
    ["007", "+4", "ann", "", " 5 ", "1.0", '"6"', '"', "\x00", "é"]
)
values = st.sampled_from(
    ["1", "4.5", "5.0", "0.5", "nan", "inf", "6", "-1", "", "x", "1_0", " 3 ", "5.", ".5"]
)
times = st.sampled_from(["1", "2", "3", "", "1e3", "2.5", "later"])
good_rows = st.tuples(
    st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 2.5, 5]), st.integers(0, 9)
).map(lambda row: ",".join(map(str, row)))
any_rows = st.tuples(ids, ids, values, times).map(",".join) | st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12
)


@given(rows=st.lists(good_rows | any_rows, max_size=25))
def test_any_mixture_of_rows_kept_and_reported_make_up_the_file(rows: list[str]) -> None:
    n_rows = sum(bool(row.strip()) for row in rows) + 1
    table = read("1,1,3.0,0\n" + "".join(row + "\n" for row in rows))
    assert table.n_rows == n_rows
    assert len(table.ratings) + table.n_set_aside == n_rows
    assert sum(remark.count for remark in table.remarks if "set aside" in remark.text) == table.n_set_aside
    assert np.isfinite(table.ratings.values).all()


@given(rows=st.lists(good_rows, min_size=1, max_size=25))
def test_both_ways_of_reading_agree(rows: list[str]) -> None:
    clean = HEAD + "\n".join(rows)
    sheets = [
        sheet_of(read_text(text.encode(), "utf-8", "x"), HALF_STARS, "x") for text in (clean, clean + "\nx")
    ]
    quick, careful = (read_rows(sheet, {"cannot be read as a rating": Report()}) for sheet in sheets)  # type: ignore[arg-type]
    assert quick.users.dtype == np.int64  # the compiled way was taken
    for name in ("values", "times", "lines"):
        np.testing.assert_array_equal(getattr(quick, name), getattr(careful, name))
    for name in ("users", "items"):
        assert [str(raw) for raw in getattr(quick, name)] == getattr(careful, name).tolist()
