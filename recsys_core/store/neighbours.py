"""Precomputed neighbours on disk, as trained models are: arrays as npz, the rest as JSON, never code.

<folder>/neighbours.json     format, metric, support, data, model, shapes, checksums
<folder>/arrays.npz          items, scores, fallbacks and, with ratings, supports
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from recsys_core.dataset import Dataset
from recsys_core.errors import DataError
from recsys_core.space.precomputed import NeighbourTable
from recsys_core.store.arrays import read_arrays, write_arrays
from recsys_core.store.manifest import ArrayEntry, StoreError, _digest

FORMAT = 1
MAX_BYTES = 2**16
"""Most that `neighbours.json` may have; it takes about 1 kB."""
NEIGHBOURS, ARRAYS = "neighbours.json", "arrays.npz"
_AGAIN = "precompute the neighbours again."


@dataclass(frozen=True)
class _Announced:
    """What `neighbours.json` says of the arrays."""

    arrays: Mapping[str, ArrayEntry]
    arrays_bytes: int
    arrays_sha256: str


def save_neighbours(table: NeighbourTable, folder: Path | str, dataset: Dataset, model: str = "") -> Path:
    """Write a table of neighbours to a new folder, in one step.

    Args:
        table: what `precompute` made.
        folder: a folder that is not there yet.
        dataset: whose items they are.
        model: which model they are of, in words; only for people.

    Raises:
        StoreError: the folder is there already, the table is of other items, or the disk refuses.
    """
    folder = Path(folder)
    if len(table.items) != len(dataset.catalogue):
        raise StoreError(
            f"The table knows {len(table.items):,} items, but {dataset.name} has {len(dataset.catalogue):,}: "
            "give the data set its model was trained on."
        )
    if folder.exists():
        raise StoreError(f"{folder} is there already: name a new folder, or delete that one first.")
    arrays: dict[str, Any] = {"items": table.items, "scores": table.scores, "fallbacks": table.fallbacks}
    if table.supports is not None:
        arrays["supports"] = table.supports
    draft = folder.with_name(f".saving-{uuid4().hex}")
    try:
        draft.mkdir(parents=True)
        n_bytes, checksum = write_arrays(draft / ARRAYS, arrays)
        body = {
            "format": FORMAT,
            "metric": table.metric,
            "support": table.support,
            "model": model[:200],
            "data": {"name": dataset.name, "fingerprint": dataset.fingerprint},
            "arrays": {name: [list(array.shape), array.dtype.str] for name, array in arrays.items()},
            "arrays_file": {"bytes": n_bytes, "sha256": checksum},
        }
        text = json.dumps({**body, "checksum": _digest(body)}, indent=1, allow_nan=False)
        (draft / NEIGHBOURS).write_text(text, encoding="utf-8")
        os.rename(draft, folder)
    except OSError as error:
        raise StoreError(f"{folder} could not be written ({error.strerror or error}).") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def load_neighbours(folder: Path | str, dataset: Dataset | None = None) -> NeighbourTable:
    """The table saved in `folder`, read-only.

    Args:
        folder: as given to `save_neighbours`.
        dataset: what it is going to be used with; None if its indices are all you need.

    Raises:
        StoreError: a file is missing, damaged, foreign or of a newer version.
        DataError: it is of another data set than `dataset`.
    """
    path = Path(folder) / NEIGHBOURS
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        body = _parsed(path, raw)
        fingerprint, name = str(body["data"]["fingerprint"]), str(body["data"]["name"])
        arrays = read_arrays(path.with_name(ARRAYS), _announced(body))
        table = NeighbourTable(
            arrays["items"],
            arrays["scores"],
            arrays.get("supports"),
            arrays["fallbacks"],
            str(body["metric"]),
            int(body["support"]),
        )
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror or error}): {_AGAIN}") from error
    except (KeyError, TypeError, ValueError, AttributeError, DataError) as error:
        raise StoreError(f"{path} does not hold a table of neighbours ({error}): {_AGAIN}") from error
    if dataset is not None and dataset.fingerprint != fingerprint:
        raise DataError(
            f"The neighbours in {folder} are of {name}, not of {dataset.name} as it is here: {_AGAIN}"
        )
    return table


def _parsed(path: Path, raw: bytes) -> dict[str, Any]:
    if len(raw) > MAX_BYTES:
        raise StoreError(f"{path} is longer than {MAX_BYTES:,} bytes: it was not saved here.")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path} is not JSON: {_AGAIN}") from error
    if not isinstance(body, dict) or type(body.get("format")) is not int or not body["format"] >= 1:
        raise StoreError(f"{path} is not the description of a table of neighbours.")
    if body["format"] > FORMAT:
        raise StoreError(
            f"{path} has format {body['format']}, and this version reads up to {FORMAT}: update it."
        )
    if body.pop("checksum", None) != _digest(body):
        raise StoreError(f"{path} was changed or damaged since it was saved: {_AGAIN}")
    return body


def _announced(body: dict[str, Any]) -> _Announced:
    arrays = {
        str(name): ArrayEntry(tuple(int(size) for size in shape), str(dtype))
        for name, (shape, dtype) in body["arrays"].items()
    }
    return _Announced(arrays, int(body["arrays_file"]["bytes"]), str(body["arrays_file"]["sha256"]))
