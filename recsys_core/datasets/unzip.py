"""Unpack an archive nobody vouches for: nothing leaves the folder, nothing grows without bound."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from recsys_core.errors import DataError

MAX_BYTES = 500 * 2**20
"""Most that an archive may unpack to. (The largest MovieLens set on offer needs 24 MB.)"""

MAX_MEMBERS = 1_000
MAX_RATIO = 100
"""Most bytes out for a byte in; rating files come to about five."""

_CHUNK = 2**16


def unzip(archive: Path, folder: Path) -> None:
    """Unpack `archive` into the empty `folder`.

    What the archive says about its own sizes is not believed: bytes are counted as they come out.

    Raises:
        DataError: it is no zip archive, is damaged, holds a member that is not a plain file
            inside `folder`, or unpacks to too much.
        OSError: the disk refuses.
    """
    allowed = min(MAX_BYTES, MAX_RATIO * archive.stat().st_size)
    try:
        with zipfile.ZipFile(archive) as opened:
            members = opened.infolist()
            if len(members) > MAX_MEMBERS:
                raise DataError(f"The archive holds {len(members):,} files, more than {MAX_MEMBERS:,}.")
            for member in members:
                path = _safe_path(folder, member)
                if member.is_dir():
                    path.mkdir(parents=True, exist_ok=True)
                else:
                    allowed -= _unpack(opened, member, path, allowed)
    except (FileExistsError, NotADirectoryError) as error:
        raise DataError("The archive holds two files that would lie in the same place.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError(f"The archive is damaged or no zip archive ({error}).") from error
    except (NotImplementedError, RuntimeError, UnicodeError, ValueError) as error:
        raise DataError(f"The archive is written in a way that is not supported ({error}).") from error


def _safe_path(folder: Path, member: zipfile.ZipInfo) -> Path:
    """Where the member goes: below `folder`, or nowhere."""
    name = PurePosixPath(member.filename)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if name.is_absolute() or ".." in name.parts or not name.parts or set(member.filename) & set("\\:\0"):
        raise DataError(f"The archive holds {member.filename!r}, which would land outside its folder.")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise DataError(f"The archive holds {member.filename!r}, a link or device instead of a file.")
    return folder.joinpath(*name.parts)


def _unpack(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, allowed: int) -> int:
    """Write one member and say how many bytes it had."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with opened.open(member) as packed, path.open("xb") as unpacked:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > allowed:
                raise DataError("The archive unpacks to far more than a data set has; it was not taken.")
            unpacked.write(chunk)
    return written
