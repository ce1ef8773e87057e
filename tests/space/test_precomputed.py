"""Neighbours worked out once are those of one question at a time, in memory and from disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import recsys_core as rc
from recsys_core.__main__ import main
from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.ratings import Ratings
from recsys_core.space import METRICS, Neighbours, NeighbourTable, precompute, precomputed, similar_items
from recsys_core.store import StoreError, load_neighbours, save_neighbours
from recsys_core.store.manifest import _digest


def same(one: Neighbours, other: Neighbours) -> bool:
    """To the last bit."""
    return (
        np.array_equal(one.items, other.items)
        and np.array_equal(one.scores, other.scores)
        and (one.support is None) == (other.support is None)
        and (one.support is None or other.support is None or np.array_equal(one.support, other.support))
        and one.fallback == other.fallback
        and one.metric == other.metric
    )


@pytest.mark.real
@pytest.mark.parametrize("metric", METRICS)
def test_all_items_of_ml_100k(metric: str, real: Callable[[str], Dataset]) -> None:
    ratings = real("ml-100k").ratings
    kept = ratings.take(~np.isin(ratings.items, (5, 700)))  # two films that nobody rated
    model = rc.algorithm("als", n_factors=12, n_epochs=2).fit(kept)
    table = precompute(model, 10, metric, kept, support=5)
    for item in range(ratings.n_items):
        assert same(
            table.similar_items(item), similar_items(model, item, 10, metric, ratings=kept, support=5)
        )


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("in_blocks", [False, True])
def test_equals_zeros_and_twins_come_in_the_same_order(
    metric: str, in_blocks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if in_blocks:
        monkeypatch.setattr(precomputed, "BLOCK_BYTES", 8 * 60 * 7)
    rng = np.random.default_rng(3)
    rows = rng.integers(-1, 2, size=(60, 3)).astype(float)  # many equal rows, some of zeros
    rows[7], rows[8] = rows[9] * 2, rows[9] + 1e-13
    table = precompute(rows, 8, metric)
    for item in range(60):
        assert same(table.similar_items(item), similar_items(rows, item, 8, metric))
        assert same(table.similar_items(item, 3), similar_items(rows, item, 3, metric))


def test_far_from_the_origin_nothing_is_lost_to_rounding() -> None:
    rows = 1e6 + np.random.default_rng(4).normal(size=(300, 6))
    for metric in METRICS:
        table = precompute(rows, 10, metric)
        assert all(same(table.similar_items(i), similar_items(rows, i, 10, metric)) for i in range(300))


def test_who_has_few_or_none_is_told_apart(crowd: Ratings) -> None:
    model = rc.algorithm("als", n_factors=3).fit(crowd)
    table = precompute(model, 24, "cosine", crowd, support=12)
    for item in range(crowd.n_items):
        assert same(
            table.similar_items(item), similar_items(model, item, 24, "cosine", ratings=crowd, support=12)
        )
    assert table.similar_items(24).fallback == precomputed.NOBODY_RATED
    lengths = {len(table.similar_items(item)) for item in range(24)}
    assert len(lengths) > 2, "or the table is never short"


def test_more_than_was_kept_is_not_given(crowd: Ratings) -> None:
    table = precompute(rc.algorithm("als", n_factors=3).fit(crowd), 5)
    for wrong in (0, 6):
        with pytest.raises(DataError, match="5 neighbours of each item were kept"):
            table.similar_items(0, wrong)
    with pytest.raises(DataError, match="pass ratings="):
        precompute(np.eye(3), 2, support=1)
    with pytest.raises(DataError, match="no metric"):
        precompute(np.eye(3), 2, "manhattan")


@pytest.fixture
def saved(tmp_path: Path, toy_dataset: Dataset) -> tuple[NeighbourTable, Path]:
    ratings = toy_dataset.ratings
    table = precompute(rc.algorithm("als", n_factors=2).fit(ratings), 3, "euclidean", ratings, support=1)
    return table, save_neighbours(table, tmp_path / "near", toy_dataset, "ALS")


def test_what_was_saved_is_read_back(saved: tuple[NeighbourTable, Path], toy_dataset: Dataset) -> None:
    table, folder = saved
    again = load_neighbours(folder, toy_dataset)
    for item in range(len(table.items)):
        assert same(again.similar_items(item), table.similar_items(item))
    assert again.support == 1
    assert not again.items.flags.writeable
    assert sorted(path.name for path in folder.parent.iterdir()) == ["near"], "no draft is left"
    with pytest.raises(StoreError, match="there already"):
        save_neighbours(table, folder, toy_dataset)


def test_it_does_not_follow_to_other_data(saved: tuple[NeighbourTable, Path], tmp_path: Path) -> None:
    sample = rc.load("sample")
    with pytest.raises(DataError, match="not of sample"):
        load_neighbours(saved[1], sample)
    with pytest.raises(StoreError, match="knows 5 items"):
        save_neighbours(saved[0], tmp_path / "other", sample)


def test_damaged_or_foreign_files_are_refused(saved: tuple[NeighbourTable, Path]) -> None:
    _, folder = saved
    path, arrays = folder / "neighbours.json", folder / "arrays.npz"
    whole, numbers = path.read_text(), arrays.read_bytes()

    def signed(**changed: object) -> str:
        body = {k: v for k, v in json.loads(whole).items() if k != "checksum"} | changed
        return json.dumps({**body, "checksum": _digest(body)})

    for text, why in (
        ("{", "not JSON"),
        (whole.replace("euclidean", "cosine"), "changed or damaged"),
        (signed(format=99), "reads up to 1"),
        (signed(metric="manhattan"), "no metric"),
        (signed(arrays={"items": [[5, 3], "<i4"]}), "holds"),
        (signed(data=None), "does not hold a table of neighbours"),
    ):
        path.write_text(text)
        with pytest.raises(StoreError, match=why):
            load_neighbours(folder)
    path.write_text(whole)
    arrays.write_bytes(numbers[:-1])
    with pytest.raises(StoreError, match="checksum"):
        load_neighbours(folder)
    arrays.unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        load_neighbours(folder)


def test_the_command_line_writes_what_the_library_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "lists")
    arguments = ["neighbours", "lectures-albums", "als", folder, "-n", "2", "--metric", "euclidean"]
    assert main(arguments) == 0
    albums = rc.load("lectures-albums")
    assert "2 neighbours by euclidean of each of 5 items" in capsys.readouterr().out
    model = rc.algorithm("als").fit(albums.ratings, albums.side)
    table = load_neighbours(folder, albums)
    for item in range(5):
        near = similar_items(model, item, 2, "euclidean", ratings=albums.ratings)
        assert same(table.similar_items(item), near)
    assert main(arguments) == 1
    assert "there already" in capsys.readouterr().err
