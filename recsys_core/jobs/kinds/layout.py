"""Laying items out on a map that bends, by t-SNE or UMAP; a map once made is there for everybody.

What is laid out is a table of factors, known by its fingerprint: whichever model, kept model or
uploaded table it came from, equal factors have one map, and it is found again after a restart.

    <cache>/layouts/<fingerprint>.npz                   the factors, for the worker
    <cache>/layouts/<fingerprint>-tsne-2-0-v1.npz       a map: method, axes, seed, format
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import ClassVar

import numpy as np

from recsys_core.datasets.base import cache_folder
from recsys_core.errors import DataError
from recsys_core.jobs.base import Event, Spec, Work
from recsys_core.ratings import FloatArray, frozen
from recsys_core.space import lay_out

METHODS = ("tsne", "umap")
FEWEST = 50
"""Of fewer items the straight axes tell as much, and t-SNE has no neighbourhoods to keep."""
ROOM = 200_000_000
"""Bytes all maps and tables may take together; those not looked at for longest go first."""
_FORMAT = "v1"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_PARTS = 100


@dataclass(frozen=True)
class LayOut(Spec):
    """Lay out the rows of a table.

    Attributes:
        rows: what `keep_rows` gave for the table.
        method: one of METHODS.
        n_axes: 2 or 3.
        seed: of what is left to chance.
    """

    rows: str
    method: str = "tsne"
    n_axes: int = 2
    seed: int = 0

    kind: ClassVar[str] = "layout"

    def run(self, work: Work) -> None:
        """Make the map, unless somebody had it made meanwhile; it is found by `laid_out`.

        Raises:
            DataError: the table is gone, has too few items, or there is no such method.
            OSError: the disk is full.
        """
        if self.method not in METHODS:
            raise DataError(f"A map is laid out by {' or '.join(METHODS)}; got {self.method!r}.")
        if laid_out(self) is not None:
            work.begin(1)
            work.progress(Event(1, 1, work.seconds))
            return
        rows = _read(_file(self.rows), "rows")
        if rows is None:
            raise DataError("The factors to lay out are not kept any more: start again.")
        if len(rows) < FEWEST:
            raise DataError(f"{len(rows)} items are too few for this map: {FEWEST} or more.")
        work.begin(_PARTS)
        work.may_go_on()
        last = 0

        def told(share: float) -> None:
            nonlocal last
            if (part := int(share * _PARTS)) > last:
                last = part
                work.progress(Event(part, _PARTS, work.seconds))
                work.may_go_on()

        made = lay_out(
            rows, self.method, self.n_axes, perplexity=min(30.0, len(rows) / 4), seed=self.seed, told=told
        )
        _write(_file(self._name), places=made.places)

    @property
    def _name(self) -> str:
        return f"{self.rows}-{self.method}-{self.n_axes:d}-{self.seed:d}-{_FORMAT}"


def fingerprint(rows: FloatArray) -> str:
    """64 hexadecimal digits: equal factors, equal text."""
    table = np.ascontiguousarray(rows, dtype=np.float64)
    return sha256(f"{table.shape}".encode() + table.tobytes()).hexdigest()


def keep_rows(rows: FloatArray) -> str:
    """Put a table where the worker finds it, and return its fingerprint.

    Args:
        rows: (n, n_factors) of the items to draw.

    Raises:
        OSError: the disk does not take it.
    """
    name = fingerprint(rows)
    _write(_file(name), rows=np.asarray(rows, dtype=np.float64))
    return name


def laid_out(spec: LayOut) -> FloatArray | None:
    """(n, n_axes) the finished map, read-only; None if it was not made, or is not kept any more."""
    file = _file(spec._name)
    places = _read(file, "places")
    if places is None or places.shape[1] != spec.n_axes:
        return None
    with suppress(OSError):
        os.utime(file)  # it was looked at
    frozen(places)
    return places


# ---------------------------------------------------------------- the folder


def _file(name: str) -> Path:
    if not _FINGERPRINT.fullmatch(name[:64]) or not re.fullmatch(r"[\w-]*", name[64:]):
        raise DataError(f"{name[:70]!r} is the fingerprint of no table.")
    return cache_folder() / "layouts" / f"{name}.npz"


def _read(file: Path, what: str) -> FloatArray | None:
    try:
        with np.load(file, allow_pickle=False) as kept:
            table = np.asarray(kept[what], dtype=np.float64)
    except Exception:  # a damaged file can fail in any way, and the map is made again then
        return None
    return table if table.ndim == 2 and np.isfinite(table).all() else None


def _write(file: Path, **table: FloatArray) -> None:
    """The whole file or none of it, and room for it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        np.savez(part, **table)  # type: ignore[arg-type]
    Path(part.name).replace(file)
    kept = []
    for other in file.parent.iterdir():
        with suppress(OSError):
            kept.append((other.stat().st_mtime, other.stat().st_size, other))
    total = 0
    for _, size, other in sorted(kept, reverse=True):
        total += size
        if total > ROOM and other != file:
            with suppress(OSError):
                other.unlink()
