"""`arrays.npz`: written plainly, and read as if a stranger had written it.

The arrays lie in the archive uncompressed, so what reading takes is bounded by the size of
the file, which is bounded itself. Nothing is unpickled, and no name in the archive is used
as a path.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from recsys_core.ratings import frozen
from recsys_core.store.manifest import ArrayEntry, StoreError

MAX_BYTES = 2**30
"""Most that `arrays.npz` may have. (Surprise's similarities of the 6,040 people of ml-1m take 292 MB.)"""

DTYPES = frozenset({"|b1", "|u1", "<i4", "<i8", "<f4", "<f8"})
"""What an array may be made of."""

Arrays: TypeAlias = Mapping[str, NDArray[Any]]


class Announced(Protocol):
    """What the description beside the arrays says of them: a `Manifest`, for one."""

    @property
    def arrays(self) -> Mapping[str, ArrayEntry]: ...
    @property
    def arrays_bytes(self) -> int: ...
    @property
    def arrays_sha256(self) -> str: ...


def entry_of(array: NDArray[Any]) -> ArrayEntry:
    """What `model.json` says of an array."""
    return ArrayEntry(array.shape, array.dtype.str)


def write_arrays(path: Path, arrays: Arrays) -> tuple[int, str]:
    """Write the arrays to a new file and have the disk confirm it.

    Returns:
        Size in bytes, and SHA-256 in hex.

    Raises:
        StoreError: they take more than `MAX_BYTES`.
        OSError: the disk refuses.
    """
    total = sum(array.nbytes for array in arrays.values())
    if total > MAX_BYTES - 2**20:  # the rest is for headers
        raise StoreError(
            f"The arrays of this model take {total / 2**20:,.0f} MB, and a saved model may have "
            f"{MAX_BYTES / 2**20:,.0f} MB: choose fewer factors or a smaller data set."
        )
    with path.open("x+b") as file:
        np.savez(file, allow_pickle=False, **arrays)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
        file.seek(0)
        return size, file_digest(file, "sha256").hexdigest()


def read_arrays(path: Path, manifest: Announced) -> dict[str, NDArray[Any]]:
    """The arrays by name, read-only, just as `manifest` announces them.

    Raises:
        StoreError: the file is not the one that was saved; an array is missing, too many, of
            another shape or dtype, or not finite.
        OSError: the disk refuses.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > MAX_BYTES:
            raise StoreError(f"{path} has {size:,} bytes, more than {MAX_BYTES:,}: it was not saved here.")
        if size != manifest.arrays_bytes or file_digest(file, "sha256").hexdigest() != manifest.arrays_sha256:
            raise StoreError(
                f"{path} is not the file that was saved with the model (its checksum differs): "
                "it is damaged or of another model. Train the model again."
            )
        file.seek(0)
        try:
            with ZipFile(file) as archive:
                members = _members(path, archive, manifest, size)
                return {name: _array(path, archive, members[name], manifest.arrays[name]) for name in members}
        except (StoreError, OSError):
            raise
        except Exception as error:  # an archive made to confuse can fail in any way
            raise StoreError(f"{path} cannot be read ({error}): train the model again.") from error


def _members(path: Path, archive: ZipFile, manifest: Announced, size: int) -> dict[str, ZipInfo]:
    """The members by name of array, after making sure that they are those announced."""
    listed = archive.infolist()
    members = {member.filename.removesuffix(".npy"): member for member in listed}
    for name in manifest.arrays:
        if name not in members:
            raise StoreError(f"{path} lacks the array {name}: train the model again.")
    if len(listed) != len(manifest.arrays) or any(f"{name}.npy" != m.filename for name, m in members.items()):
        foreign = sorted({m.filename for m in listed} - {f"{name}.npy" for name in manifest.arrays})
        what = repr(foreign[0])[:80] if foreign else "an array twice"
        raise StoreError(f"{path} holds {what}, which model.json does not announce: it was not saved here.")
    # Uncompressed and together no longer than the file: reading cannot grow beyond it. (What bzip2
    # and LZMA unpack to is not held to the size they state.)
    if any(m.compress_type != ZIP_STORED for m in listed) or sum(m.file_size for m in listed) > size:
        raise StoreError(f"{path} is compressed, or unpacks to more than its size: it was not saved here.")
    return members


def _array(path: Path, archive: ZipFile, member: ZipInfo, entry: ArrayEntry) -> NDArray[Any]:
    name = member.filename.removesuffix(".npy")
    with archive.open(member) as file:
        found, header = _header(file), file.tell()
    if found != entry or entry.dtype not in DTYPES:
        raise StoreError(
            f"{path}: {name} is {found.shape} of {found.dtype} instead of {entry.shape} of {entry.dtype}: "
            "train the model again."
        )
    if header + math.prod(entry.shape) * np.dtype(entry.dtype).itemsize != member.file_size:
        raise StoreError(f"{path}: {name} has more or fewer numbers than it says: train the model again.")
    with archive.open(member) as file:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    if not np.isfinite(array).all():
        raise StoreError(f"{path}: {name} holds numbers that are not finite: train the model again.")
    frozen(array)
    return array


def _header(file: IO[bytes]) -> ArrayEntry:
    """Shape and dtype as the array's own header states them; reads no number."""
    if np.lib.format.read_magic(file) != (1, 0):
        raise StoreError("an array has a header of another version")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    return ArrayEntry(shape, dtype.str)
