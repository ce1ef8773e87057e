"""Read a table of factors from a file nobody vouches for: CSV, or npz without anything pickled.

What reading takes is bounded before it is begun: by the size of the file and the rows and columns it may
have, of an archive also by what its members unpack to, each of which must hold just the numbers its own
header announces.
"""

from __future__ import annotations

import io
import math
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from recsys_core.dataset import Catalogue, Remark
from recsys_core.datasets.cells import open_cells, refuse_twins
from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, Ratings
from recsys_core.space.factor_table import MAX_FACTORS, NAMES, FactorTable, factor_table

MAX_FILE = 50_000_000
"""Bytes of a file, and what an archive may unpack to."""
MAX_NUMBERS = 10_000_000
"""Factors of all items together, which are worked with at 8 bytes each."""
MAX_ROWS = 200_000
"""Rows of a table: more than twice the films of the largest data set there is to load."""
_ZIP = b"PK\x03\x04"
_ARRAYS = ("factors", "item_ids", "titles", "years")
_LAST_SIGN, _HALVES = 0x10FFFF, (0xD800, 0xDFFF)
"""The last sign of Unicode, and the halves of signs, which are none."""


def read_factors(
    source: bytes, catalogue: Catalogue, ratings: Ratings, *, title: str = "a table of factors"
) -> tuple[FactorTable, tuple[Remark, ...]]:
    """A table from the bytes of a file; what it is, it says itself by how it begins.

    Args:
        source: CSV in UTF-8 or npz, laid out as `recsys_core/space/factor_table.py` says.
        catalogue, ratings, title: as for `factor_table`.

    Returns:
        The table, and remarks on what was left out.

    Raises:
        DataError: the file is too large, neither of the two, damaged, or holds no usable row.

    Cost: O(bytes).
    """
    if len(source) > MAX_FILE:
        raise DataError(
            f"The file has {len(source) / 1e6:.0f} MB; a table of factors may have {MAX_FILE / 1e6:.0f} MB."
        )
    found, unread = (_from_npz(source), ()) if source.startswith(_ZIP) else _from_csv(source)
    try:
        table, remarks = factor_table(found.pop("factors"), catalogue, ratings, **found, title=title)
    except DataError as error:
        raise DataError(" ".join([str(error), *(remark.text for remark in unread)])) from None
    return table, unread + remarks


def _from_csv(source: bytes) -> tuple[dict[str, Any], tuple[Remark, ...]]:
    cells = open_cells(source, max_columns=MAX_FACTORS + len(NAMES), max_rows=MAX_ROWS)
    names = [k for k, name in enumerate(cells.header) if name in NAMES]
    columns = [k for k, name in enumerate(cells.header) if name not in NAMES]
    if not {"item_id", "title"} & set(cells.header):
        raise DataError(
            "The file has no column item_id or title, so nobody can tell whose factors these are. "
            f"Its columns are: {', '.join(cells.header)[:200] or 'none'}."
        )
    if not 1 <= len(columns) <= MAX_FACTORS:
        raise DataError(f"The file has {len(columns):,} columns of factors; it may have 1 to {MAX_FACTORS}.")
    refuse_twins(cells.header)
    factors: list[FloatArray] = []
    words: list[list[str]] = [[] for _ in names]
    for row in cells.rows():
        if (len(factors) + 1) * len(columns) > MAX_NUMBERS:
            raise DataError(f"The file has more than {MAX_NUMBERS:,} factors.")
        factors.append(np.array([_number(row[k]) for k in columns]))
        for column, k in zip(words, names, strict=True):
            column.append(row[k])
    unread = cells.left_out.remarks
    if not factors:
        said = " ".join(remark.text for remark in unread)
        raise DataError(f"The file has no row of factors under its header. {said}".strip())
    parts = {"item_id": "item_ids", "title": "titles", "year": "years"}
    named = {parts[cells.header[k]]: column for k, column in zip(names, words, strict=True)}
    return {"factors": np.array(factors), **named}, unread


def _number(cell: str) -> float:
    """What is no number is nan, which `factor_table` leaves out; `float` alone would take "1_0" for one."""
    try:
        return float(cell) if "_" not in cell else np.nan
    except ValueError:
        return np.nan


def _from_npz(source: bytes) -> dict[str, Any]:
    try:
        with ZipFile(io.BytesIO(source)) as archive:
            members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
            _check(archive.infolist(), members)
            arrays = {name: _array(archive, member) for name, member in members.items()}
        if arrays["factors"].dtype.kind not in "fiu":
            raise DataError(f"The array factors holds {arrays['factors'].dtype}, not numbers.")
        return {name: array if name == "factors" else _words(name, array) for name, array in arrays.items()}
    except DataError:
        raise
    except (BadZipFile, ValueError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise DataError("The npz file is damaged, or holds something other than plain arrays.") from error
    except Exception as error:  # an archive made to confuse can fail in any way
        raise DataError("The npz file cannot be read.") from error


def _check(listed: list[ZipInfo], members: dict[str, ZipInfo]) -> None:
    if "factors" not in members or set(members) - set(_ARRAYS) or len(listed) != len(members):
        raise DataError(
            f"The npz file must hold the array factors, and beside it only {', '.join(_ARRAYS[1:])}; "
            f"it holds: {', '.join(members)[:200] or 'nothing'}."
        )
    if any(member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in listed):
        raise DataError("The npz file is packed in an unusual way: save it by numpy's savez.")
    if sum(member.file_size for member in listed) > MAX_FILE:
        raise DataError(f"The npz file unpacks to more than the {MAX_FILE / 1e6:.0f} MB a table may have.")


def _array(archive: ZipFile, member: ZipInfo) -> NDArray[Any]:
    with archive.open(member) as file:
        shape, dtype = _header(file)
        if dtype.kind not in "fiuU" or dtype.hasobject:
            raise DataError(f"The array {member.filename[:40]} holds {str(dtype)[:40]}, not numbers or text.")
        if file.tell() + math.prod(shape) * dtype.itemsize != member.file_size:
            raise DataError(f"The array {member.filename[:40]} has more or fewer values than it says.")
        if math.prod(shape) > MAX_NUMBERS:
            raise DataError(f"The array {member.filename[:40]} has more than {MAX_NUMBERS:,} values.")
        if shape and shape[0] > MAX_ROWS:
            raise DataError(
                f"The array {member.filename[:40]} has {shape[0]:,} rows; a table may have {MAX_ROWS:,}."
            )
    with archive.open(member) as file:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return array


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in read:
        raise DataError(
            "An array of the npz file has a header of an unknown version: save it by numpy's savez."
        )
    shape, _, dtype = read[version](file)
    return shape, dtype


def _words(name: str, array: NDArray[Any]) -> list[str]:
    if array.ndim != 1 or array.dtype.kind not in "iuU":
        raise DataError(
            f"The array {name} must be a list of words or whole numbers, one for each row of factors."
        )
    if array.dtype.kind == "U" and array.dtype.itemsize:
        # An archive holds bare numbers where text has signs, and not every number is a sign.
        array = array.astype(array.dtype.newbyteorder("="))
        signs = array.view(np.uint32)
        signs[(signs > _LAST_SIGN) | ((signs >= _HALVES[0]) & (signs <= _HALVES[1]))] = ord("\ufffd")
    return [str(one) for one in array.tolist()]
