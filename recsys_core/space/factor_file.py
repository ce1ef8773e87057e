"""Read a table of factors from a file nobody vouches for: CSV, or npz without anything pickled.

What reading takes is bounded before it is begun: by the size of the file, of an archive also by what its
members unpack to, each of which must hold just the numbers its own header announces.
"""

from __future__ import annotations

import io
import math
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from recsys_core.dataset import Catalogue, Remark
from recsys_core.errors import DataError
from recsys_core.ratings import Ratings
from recsys_core.space.factor_table import MAX_FACTORS, NAMES, FactorTable, factor_table

MAX_FILE = 50_000_000
"""Bytes of a file, and what an archive may unpack to."""
MAX_NUMBERS = 10_000_000
"""Factors of all items together, which are worked with at 8 bytes each."""
_ZIP = b"PK\x03\x04"
_ARRAYS = ("factors", "item_ids", "titles", "years")


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
    """
    if len(source) > MAX_FILE:
        raise DataError(
            f"The file has {len(source) / 1e6:.0f} MB; a table of factors may have {MAX_FILE / 1e6:.0f} MB."
        )
    found = _from_npz(source) if source.startswith(_ZIP) else _from_csv(source)
    return factor_table(found.pop("factors"), catalogue, ratings, **found, title=title)


def _from_csv(source: bytes) -> dict[str, Any]:
    import pandas as pd

    try:
        header = [
            str(name) for name in pd.read_csv(io.BytesIO(source), nrows=0, encoding="utf-8-sig").columns
        ]
        names = [name for name in header if name in NAMES]
        columns = [name for name in header if name not in NAMES]
        if not {"item_id", "title"} & set(names):
            raise DataError(
                "The file has no column item_id or title, so nobody can tell whose factors these are. "
                f"Its columns are: {', '.join(header)[:200] or 'none'}."
            )
        if not 1 <= len(columns) <= MAX_FACTORS:
            raise DataError(
                f"The file has {len(columns):,} columns of factors; it may have 1 to {MAX_FACTORS}."
            )
        frame = pd.read_csv(
            io.BytesIO(source), dtype=dict.fromkeys(names, str), encoding="utf-8-sig",
            keep_default_na=False, low_memory=False,
        )  # fmt: skip
        if not isinstance(frame.index, pd.RangeIndex):
            raise DataError("The rows of the file have more cells than its header has names.")
    except UnicodeDecodeError:
        raise DataError(
            "The file is neither npz nor text in UTF-8: save it as CSV (UTF-8) and try again."
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OverflowError):
        raise DataError(
            "The file is not a table: it needs the column item_id or title, then one a factor."
        ) from None
    if frame.size > MAX_NUMBERS:
        raise DataError(f"The file has more than {MAX_NUMBERS:,} cells.")
    factors = np.empty((len(frame), len(columns)))
    for f, name in enumerate(columns):
        factors[:, f] = pd.to_numeric(frame[name], errors="coerce").to_numpy(
            dtype=np.float64, na_value=np.nan
        )
    parts = {"item_id": "item_ids", "title": "titles", "year": "years"}
    return {"factors": factors, **{parts[name]: frame[name].tolist() for name in names}}


def _from_npz(source: bytes) -> dict[str, Any]:
    try:
        with ZipFile(io.BytesIO(source)) as archive:
            members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
            _check(archive.infolist(), members)
            found: dict[str, Any] = {name: _array(archive, member) for name, member in members.items()}
    except DataError:
        raise
    except (BadZipFile, ValueError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise DataError("The npz file is damaged, or holds something other than plain arrays.") from error
    except Exception as error:  # an archive made to confuse can fail in any way
        raise DataError("The npz file cannot be read.") from error
    if found["factors"].dtype.kind not in "fiu":
        raise DataError(f"The array factors holds {found['factors'].dtype}, not numbers.")
    return {name: array if name == "factors" else _words(name, array) for name, array in found.items()}


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
    return [str(one) for one in array.tolist()]
