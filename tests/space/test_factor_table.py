"""A table of factors stands in for a model; one from a stranger's file is read for what it is worth."""

from __future__ import annotations

import io
from typing import Any
from zipfile import ZIP_BZIP2, ZipFile

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.dataset import MAX_NAME, Dataset
from recsys_core.datasets.cells import MAX_LINE
from recsys_core.errors import DataError
from recsys_core.space import (
    METRICS,
    FactorTable,
    factor_frame,
    factor_table,
    lay_out,
    read_factors,
    similar_items,
    similar_to_blend,
)
from recsys_core.space.factor_file import MAX_FILE, MAX_ROWS
from recsys_core.space.factor_table import MAX_FACTORS
from ui import safe

SAMPLE = rc.load("sample")


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def read(source: bytes, data: Dataset = SAMPLE) -> tuple[FactorTable, str]:
    table, remarks = read_factors(source, data.catalogue, data.ratings)
    return table, " ".join(remark.text for remark in remarks)


@pytest.mark.parametrize("name", ["als", "svd", "surprise_svd", "puresvd"])
def test_a_models_table_downloaded_is_read_back_to_the_last_bit(name: str) -> None:
    model = rc.algorithm(name, n_factors=5).fit(SAMPLE.ratings)
    table, said = read(safe.csv_bytes(factor_frame(model, SAMPLE.catalogue)))
    known = model.item_counts_ > 0
    assert not said
    assert np.array_equal(table.item_factors_[known], model.item_factors_[known])  # type: ignore[attr-defined]
    assert not table.item_factors_[~known].any()
    assert np.array_equal(table.item_counts_, np.where(known, SAMPLE.ratings.by_item.counts, 0))
    for metric in METRICS:
        item = int(np.flatnonzero(known)[7])
        mine, theirs = (
            similar_items(which, item, 10, metric, ratings=SAMPLE.ratings, support=3)
            for which in (table, model)
        )
        assert np.array_equal(mine.items, theirs.items)
        assert np.array_equal(mine.scores, theirs.scores)


def test_it_serves_wherever_a_model_of_items_does() -> None:
    model = rc.algorithm("als", n_factors=5).fit(SAMPLE.ratings)
    table, _ = read(safe.csv_bytes(factor_frame(model, SAMPLE.catalogue)))
    assert np.array_equal(lay_out(table).places, lay_out(model).places)
    items = np.flatnonzero(table.placed_items_)[:2].tolist()
    assert np.array_equal(similar_to_blend(table, items).items, similar_to_blend(model, items).items)
    assert not table.folds_in, "it knows nothing of people"


def test_an_archive_says_the_same_as_a_sheet(toy_dataset: Dataset) -> None:
    rows = np.array([[1.5, -2.0], [0.25, 4.0], [3.0, 1.0]])
    sheet = b"item_id,f,g\n10,1.5,-2\n30,.25,4\n40,3,1\n"
    from_sheet, _ = read(sheet, toy_dataset)
    assert from_sheet.item_factors_.tolist() == [[1.5, -2.0], [0, 0], [0.25, 4.0], [3.0, 1.0], [0, 0]]
    assert from_sheet.placed_items_.tolist() == [True, False, True, True, False]
    packed, _ = read(npz(factors=rows, item_ids=np.array([10, 30, 40])), toy_dataset)
    by_title, _ = read(
        b"title,year,f,g\nharvest,1990,1.5,-2\nElan,,.25,4\nLast Laugh,2005,3,1\n", toy_dataset
    )
    assert packed.fingerprint == by_title.fingerprint == from_sheet.fingerprint


def test_without_names_the_rows_are_the_catalogues_or_nobodys(toy_dataset: Dataset) -> None:
    rows = np.arange(10.0).reshape(5, 2)
    assert np.array_equal(read(npz(factors=rows), toy_dataset)[0].item_factors_, rows)
    with pytest.raises(DataError, match="name the item of each row"):
        read(npz(factors=rows[:4]), toy_dataset)


def test_what_cannot_be_used_is_reported_and_the_rest_is_kept(toy_dataset: Dataset) -> None:
    sheet = (
        "item_id,title,year,f,g\n10,Harvest,1990,1,2\n999,=cmd(),1990,1,2\n20,The Matrix,1999,1,nan\n"
        "30,Élan,,1,word\n40,Last Laugh,2005,1e300,2\n10,Harvest,1990,5,5\n50,Other Film,1950,1,1\n"
    )
    table, said = read(sheet.encode(), toy_dataset)
    assert table.placed_items_.tolist() == [True, False, False, False, False]
    assert table.item_factors_[0].tolist() == [1, 2], "the first row of an item counts"
    assert "Left out 2 rows of items that this data set does not have: =cmd(), Other Film" in said
    assert "Left out 3 rows with a factor that is no number" in said
    assert "Left out 1 row of items that have a row already: Harvest" in said


def test_an_item_nobody_rated_has_a_row_and_neighbours_but_no_count(toy_dataset: Dataset) -> None:
    table, _ = read(npz(factors=np.arange(1.0, 11).reshape(5, 2)), toy_dataset)
    assert table.item_counts_[4] == 0
    assert len(similar_items(table, 4, 2)) == 2
    missing, _ = read(b"item_id,f\n10,1\n20,2\n", toy_dataset)
    assert similar_items(missing, 4, 2).fallback


def test_a_row_is_found_by_its_id_however_the_year_is_written_or_left_out(toy_dataset: Dataset) -> None:
    for name in ("Harvest,", "Harvest,1990.0", "Harvest (1990),", "Harvest (1990),1990"):
        table, said = read(f"item_id,title,year,f\n10,{name},1\n".encode(), toy_dataset)
        assert table.placed_items_.tolist() == [True, False, False, False, False], name
        assert not said
    assert read(b"item_id,title,f\n10,Harvest,1\n", toy_dataset)[0].placed_items_[0], "no year at all"


def test_a_line_that_is_no_row_spoils_none_but_its_own(toy_dataset: Dataset) -> None:
    sheet = (
        "\nitem_id, title ,f,g\n10,Harvest,1,2\n20,The Matrix, 1999,1,2\n30,Élan,3\n"
        f'40,"Last Laugh,3,4\n50,"Other, Film",5,6,,\n{"9" * (MAX_LINE + 1)}\n'
    )
    table, said = read(sheet.encode(), toy_dataset)
    assert table.placed_items_.tolist() == [True, False, False, False, False]
    assert "Left out 1 row with more cells than the header has names" in said
    assert "in quotes): line 4." in said
    assert "in which a quote is not closed, or is closed before its cell ends: line 6." in said
    assert "of more than 100,000 signs: line 8." in said
    assert "no number from −1e+09 to 1e+09: Élan." in said, "cells that are missing are no numbers"
    assert "does not have: Other, Film." in said


def test_only_what_is_written_as_a_number_is_one(toy_dataset: Dataset) -> None:
    cells = ("1" * 400, "True", "1_0", "", "inf", "0x1")
    sheet = "item_id,f\n10,7\n" + "".join(f"20,{cell}\n" for cell in cells)
    table, said = read(sheet.encode(), toy_dataset)
    assert table.item_factors_[:, 0].tolist() == [7, 0, 0, 0, 0]
    assert f"Left out {len(cells)} rows with a factor that is no number" in said


def test_a_title_longer_than_any_is_that_of_no_item(toy_dataset: Dataset) -> None:
    """Looking it up would take its length squared."""
    names = (", The (" * 8571 + "x", "a" + "\u0316\u0300" * 15000, "Harvest" + " " * MAX_NAME + ".")
    sheet = "item_id,title,year,f\n10,Harvest,1990,1\n" + "".join(f'20,"{name}",1990,1\n' for name in names)
    table, said = read(sheet.encode(), toy_dataset)
    assert table.placed_items_.tolist() == [True, False, False, False, False]
    assert "Left out 3 rows of items that this data set does not have" in said
    assert len(said) < 400, "and is named by its beginning"


def test_numbers_that_are_no_text_name_no_item(toy_dataset: Dataset) -> None:
    ids = np.array(["10", "20", "30"])
    ids.view(np.uint32)[2:5:2] = 0x7FFFFFFF, 0xD800
    for order in "<>":
        table, said = read(npz(factors=np.eye(3), item_ids=ids.astype(f"{order}U2")), toy_dataset)
        assert table.placed_items_.tolist() == [True, False, False, False, False]
        assert "Left out 2 rows of items that this data set does not have: \ufffd0, \ufffd0" in said
        said.encode()


class _Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a stranger's code was run",))


def _two_headers() -> bytes:
    """An array that says it is longer than it is."""
    file = io.BytesIO()
    np.save(file, np.zeros((2, 2)))
    raw = file.getvalue().replace(b"(2, 2)", b"(9, 9)")
    return _zipped(**{"factors.npy": raw})


def _zipped(method: int = 0, **members: bytes) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", method) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return file.getvalue()


def _npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


BAD = {
    "pickled": (npz(factors=np.array([_Bomb()], dtype=object)), "not numbers or text"),
    "unpacks to too much": (npz(factors=np.zeros((1000, MAX_FILE // 8000 + 1))), "unpacks to more"),
    "too many numbers": (npz(factors=np.zeros((3001, 4000), dtype=np.int8)), "more than 10,000,000"),
    "another array": (npz(factors=np.eye(2), evil=np.eye(2)), "it holds: factors, evil"),
    "no factors": (npz(item_ids=np.arange(3)), "must hold the array factors"),
    "not what it announces": (_two_headers(), "more or fewer values"),
    "packed in another way": (_zipped(ZIP_BZIP2, **{"factors.npy": _npy(np.eye(5))}), "unusual way"),
    "a path for a name": (_zipped(**{"../factors.npy": _npy(np.eye(5))}), "must hold the array factors"),
    "cut off": (npz(factors=np.eye(5))[:-30], "damaged"),
    "words for numbers": (npz(factors=np.array([["a", "b"]])), "not numbers"),
    "ids of another length": (npz(factors=np.eye(5), item_ids=np.arange(4)), "4 item_ids for 5 rows"),
    "a row of numbers": (npz(factors=np.zeros(5)), "shape"),
    "no such text": (b"\xff\xfe\x00item", "UTF-8"),
    "empty": (b"", "not a table"),
    "no names": (b"a,b\n1,2\n", "no column item_id or title"),
    "no factors in the sheet": (b"item_id,title\n1,2\n", "0 columns of factors"),
    "too many columns": (("item_id" + ",f" * (MAX_FACTORS + 1) + "\n").encode(), "columns of factors"),
    "more cells than names": (b"item_id,f\n1,2,3\n", "more cells"),
    "more names than a line holds": (b"item_id" + b",a" * 80_000, "one of more than 100,000"),
    "more names than columns": (b"item_id" + b",a" * 20_000, "20,001 columns; it may have 515"),
    "a name twice": (b"item_id,f,item_id\n1,2,3\n", "two columns called 'item_id'"),
    "nobody known, and lines that are no rows": (b"item_id,f\nnobody,2\n1,2,3\n", "somebody rated.*line 3"),
    "numbers in a row": (b"item_id,f\n1,2,3\n2,3,4\n", "more cells"),
    "too many rows": (b"item_id,f\n" + b"1,2\n" * (MAX_ROWS + 1), "more than the 200,000 rows"),
    "too many rows packed": (npz(factors=np.zeros((10**6, 1), np.int8)), "1,000,000 rows; a table may have"),
    "too many ids": (npz(factors=np.eye(2), item_ids=np.zeros(10**6, np.int8)), "item_ids.npy has 1,000,000"),
    "nobody known": (b"item_id,f\nnobody,2\n", "No row of the table belongs to an item"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "why"), BAD.values(), ids=BAD)
def test_a_strangers_file_is_refused_in_words(source: bytes, why: str, toy_dataset: Dataset) -> None:
    with pytest.raises(DataError, match=why):
        read(source, toy_dataset)


def test_a_file_too_large_is_not_read_at_all(toy_dataset: Dataset) -> None:
    with pytest.raises(DataError, match="may have 50 MB"):
        read(bytes(MAX_FILE + 1), toy_dataset)


def test_a_table_that_does_not_belong_together_is_none(toy_dataset: Dataset) -> None:
    with pytest.raises(DataError, match="finite"):
        FactorTable("t", np.array([[np.nan]]), np.ones(1, np.int64), np.ones(1, np.bool_))
    with pytest.raises(DataError, match="as many counts"):
        FactorTable("t", np.ones((2, 1)), np.ones(1, np.int64), np.ones(2, np.bool_))
    with pytest.raises(DataError, match="2 titles for 1 rows"):
        factor_table([[1.0]], toy_dataset.catalogue, toy_dataset.ratings, titles=["a", "b"])
