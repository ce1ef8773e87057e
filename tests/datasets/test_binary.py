"""The binary copy is only ever a shortcut: same data, and no way to break loading."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from recsys_core.dataset import Dataset, Remark, Truth
from recsys_core.datasets import binary
from recsys_core.datasets.binary import with_binary_copy
from recsys_core.features import Features


class Reader:
    """Hands out one data set and counts how often it was asked."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.calls = 0

    def __call__(self) -> Dataset:
        self.calls += 1
        return self.dataset


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "binary"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "ratings.csv"
    file.write_text("what is in it does not matter here")
    return file


@pytest.fixture
def full(toy_dataset: Dataset) -> Dataset:
    """A data set with everything a data set can have."""
    ratings, catalogue = toy_dataset.ratings, toy_dataset.catalogue
    timed = type(ratings).from_arrays(
        ratings.users,
        ratings.items,
        ratings.values,
        ratings.scale,
        n_users=ratings.n_users,
        n_items=ratings.n_items,
        timestamps=np.arange(len(ratings)),
    )
    return replace(
        toy_dataset,
        ratings=timed,
        catalogue=replace(catalogue, features=Features(("length",), np.array([[1.0]] * 4 + [[np.nan]]))),
        user_features=Features(("age", "female"), np.ones((4, 2))),
        remarks=(Remark("Two rows, ‘so-so’.", 2), Remark("No count.")),
        truth=Truth(np.ones((4, 2)), np.ones((5, 2)), np.zeros(4), np.zeros(5), 3.5),
        simulated=True,
    )


def same(one: object, other: object) -> bool:
    """Equal field by field, arrays by their numbers and types."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if hasattr(one, "__dataclass_fields__"):
        return type(one) is type(other) and all(
            same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)
        )
    return one == other


def test_the_second_time_the_text_is_not_read(full: Dataset, text: Path) -> None:
    reader = Reader(full)
    with_binary_copy("full", [text], reader)
    with_binary_copy("full", [text], reader)
    assert reader.calls == 1


@pytest.mark.parametrize("kind", ["toy_dataset", "full"])
def test_the_copy_is_the_same_in_every_field(kind: str, text: Path, request: pytest.FixtureRequest) -> None:
    dataset: Dataset = request.getfixturevalue(kind)
    with_binary_copy("x", [text], Reader(dataset))
    copy = with_binary_copy("x", [text], Reader(dataset))
    assert copy is not dataset
    assert same(copy, dataset)
    assert copy.fingerprint == dataset.fingerprint
    assert copy.remarks == dataset.remarks


def test_arrays_of_the_copy_are_read_only(full: Dataset, text: Path) -> None:
    for _ in range(2):
        copy = with_binary_copy("full", [text], Reader(full))
    assert copy.user_features is not None
    for array in (
        copy.ratings.values,
        copy.catalogue.genres,
        copy.catalogue.years,
        copy.user_features.values,
    ):
        assert not array.flags.writeable


def test_a_change_of_size_or_time_makes_the_copy_stale(full: Dataset, text: Path) -> None:
    reader = Reader(full)
    with_binary_copy("full", [text], reader)
    text.write_text("longer than it was before, by a good deal")
    with_binary_copy("full", [text], reader)
    os.utime(text, ns=(1, 1))
    with_binary_copy("full", [text], reader)
    assert reader.calls == 3


def test_another_format_makes_the_copy_stale(
    full: Dataset, text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(full)
    with_binary_copy("full", [text], reader)
    monkeypatch.setattr(binary, "FORMAT", binary.FORMAT + 1)
    with_binary_copy("full", [text], reader)
    assert reader.calls == 2


def test_a_stale_copy_is_replaced_and_nothing_else_is_left(full: Dataset, text: Path, cache: Path) -> None:
    with_binary_copy("full", [text], Reader(full))
    os.utime(text, ns=(1, 1))
    with_binary_copy("full", [text], Reader(full))
    assert [file.name for file in cache.iterdir()] == ["full.npz"]


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "text", "foreign", "pickle", "folder"])
def test_a_broken_copy_is_read_past(
    damage: str, full: Dataset, toy_dataset: Dataset, text: Path, cache: Path
) -> None:
    reader = Reader(full)
    with_binary_copy("full", [text], reader)
    copy = cache / "full.npz"
    whole = copy.read_bytes()
    if damage == "empty":
        copy.write_bytes(b"")
    elif damage == "cut":
        copy.write_bytes(whole[: len(whole) // 2])
    elif damage == "flipped":
        middle = len(whole) // 3
        copy.write_bytes(
            whole[:middle] + bytes(255 - byte for byte in whole[middle : middle + 64]) + whole[middle + 64 :]
        )
    elif damage == "text":
        copy.write_text("not an archive")
    elif damage == "foreign":
        np.savez(copy, something=np.arange(3))
    elif damage == "pickle":
        np.savez(copy, about=np.array([{"key": 1}], dtype=object))
    else:
        copy.unlink()
        copy.mkdir()
    again = with_binary_copy("full", [text], reader)
    assert again.fingerprint == full.fingerprint
    assert reader.calls == 2


def test_indices_out_of_range_are_not_believed(full: Dataset, text: Path, cache: Path) -> None:
    reader = Reader(full)
    with_binary_copy("full", [text], reader)
    with np.load(cache / "full.npz") as arrays:
        forged = dict(arrays)
    forged["users"] = forged["users"] + 1000
    np.savez(cache / "full.npz", **forged)
    with_binary_copy("full", [text], reader)
    assert reader.calls == 2


def test_a_cache_that_cannot_be_written_is_no_error(
    full: Dataset, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "file"))
    assert with_binary_copy("full", [text], Reader(full)) is full


def test_a_disk_that_fills_up_leaves_no_half_copy(
    full: Dataset, text: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(file: Path, **_: object) -> None:
        Path(file).write_bytes(b"half of")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    assert with_binary_copy("full", [text], Reader(full)) is full
    assert list(cache.iterdir()) == []


def test_errors_of_the_reader_pass_through_and_leave_no_copy(text: Path, cache: Path) -> None:
    def broken() -> Dataset:
        raise ValueError("line 7")

    with pytest.raises(ValueError, match="line 7"):
        with_binary_copy("full", [text], broken)
    assert not cache.exists()
