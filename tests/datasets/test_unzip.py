"""Unpacking believes nothing an archive says about itself."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest

from recsys_core.datasets import unzip as module
from recsys_core.datasets.unzip import unzip
from recsys_core.errors import DataError
from tests.datasets.publisher import zipped


def unpack(archive: bytes, tmp_path: Path) -> Path:
    (tmp_path / "archive.zip").write_bytes(archive)
    (tmp_path / "out").mkdir()
    unzip(tmp_path / "archive.zip", tmp_path / "out")
    return tmp_path / "out"


def test_files_and_folders_come_out_as_they_went_in(tmp_path: Path) -> None:
    out = unpack(zipped({"a/": "", "a/b/c.csv": "1,2", "d": b"\x00"}), tmp_path)
    assert (out / "a" / "b" / "c.csv").read_text() == "1,2"
    assert (out / "d").read_bytes() == b"\x00"


def test_a_size_that_is_a_lie_is_not_believed(tmp_path: Path) -> None:
    archive = zipped({"bomb": bytes(50_000_000)})
    honest, lie = struct.pack("<I", 50_000_000), struct.pack("<I", 10)
    with pytest.raises(DataError, match=r"unpacks to far more|damaged"):
        unpack(archive.replace(honest, lie), tmp_path)
    assert sum(file.stat().st_size for file in (tmp_path / "out").rglob("*")) < 10_000_000


def test_bytes_are_counted_over_all_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 100_000)
    with pytest.raises(DataError, match="unpacks to far more"):
        unpack(zipped({str(k): os.urandom(30_000) for k in range(4)}), tmp_path)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="1,001 files"):
        unpack(zipped({str(k): "" for k in range(module.MAX_MEMBERS + 1)}), tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_twice_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ratings.csv", "one")
        archive.writestr("ratings.csv", "other")
    with pytest.raises(DataError, match="in the same place"):
        unpack(packed.getvalue(), tmp_path)


def test_a_file_below_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="in the same place"):
        unpack(zipped({"a": "file", "a/b": "below it"}), tmp_path)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    archive = bytearray(zipped({"a": "secret"}))
    archive[6] |= 1  # the local header's flag
    archive[archive.index(b"PK\x01\x02") + 8] |= 1  # the directory's
    with pytest.raises(DataError, match="not supported"):
        unpack(bytes(archive), tmp_path)


@pytest.mark.parametrize("cut", [0, 1, 30, 100])
def test_a_stump_of_an_archive_is_refused(tmp_path: Path, cut: int) -> None:
    with pytest.raises(DataError, match="no zip archive"):
        unpack(zipped()[:cut], tmp_path)
