"""A binary copy of a data set, so that the second start does not parse text again.

Only ever a shortcut: a copy that is missing, stale, broken or cannot be written means
that the text is read, and nothing else. No pickle: arrays as they are, text as JSON bytes.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsys_core.dataset import Catalogue, Dataset, Remark, Truth
from recsys_core.datasets.base import cache_folder
from recsys_core.features import Features
from recsys_core.ratings import Ratings, Scale

FORMAT = 1
"""Raise this whenever a reader or this file changes what a data set holds."""

_PLAIN = ("name", "title", "licence", "citation", "simulated", "about")
_TRUE = ("user_factors", "item_factors", "user_bias", "item_bias")

Arrays: TypeAlias = "dict[str, NDArray[Any]]"


def with_binary_copy(name: str, files: Sequence[Path], read: Callable[[], Dataset]) -> Dataset:
    """The data set from its binary copy if that is up to date, else from `read`, leaving a copy behind.

    Args:
        name: the source's name; there is one copy a name.
        files: what `read` reads; the copy holds for just these names, sizes and times of change.
        read: reads the text; its errors pass through.
    """
    key = _key(name, files)
    dataset = _load(_path(name), key)
    if dataset is None:
        dataset = read()
        _save(_path(name), key, dataset)
    return dataset


def _path(name: str) -> Path:
    return cache_folder() / "binary" / f"{name}.npz"


def _key(name: str, files: Sequence[Path]) -> list[Any]:
    """What must be equal for a copy to hold; fit for JSON."""
    states = [(path, path.stat()) for path in files if path.exists()]
    return [FORMAT, name, [[path.name, state.st_size, state.st_mtime_ns] for path, state in states]]


def _load(path: Path, key: list[Any]) -> Dataset | None:
    """The copy, or None if it is not there, not of this key, or not whole."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            return _dataset(about, arrays) if about["key"] == key else None
    except Exception:  # a broken file can fail in any way, and none of them matters: the text is there
        return None


def _save(path: Path, key: list[Any], dataset: Dataset) -> None:
    """Write the copy in one step; a disk that refuses is no error."""
    about, arrays = _parts(dataset)
    text = json.dumps({**about, "key": key}, ensure_ascii=False).encode()
    with suppress(OSError), _replacing(path) as temporary:
        np.savez(temporary, allow_pickle=False, about=np.frombuffer(text, dtype=np.uint8), **arrays)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when all went well, so that no reader sees a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".npz")
    os.close(handle)
    try:
        yield Path(name)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _parts(dataset: Dataset) -> tuple[dict[str, Any], Arrays]:
    """The text and the arrays of a data set."""
    ratings, catalogue, features = dataset.ratings, dataset.catalogue, dataset.catalogue.features
    users, truth = dataset.user_features, dataset.truth
    about = {
        "plain": {name: getattr(dataset, name) for name in _PLAIN},
        "remarks": [asdict(remark) for remark in dataset.remarks],
        "user_ids": dataset.user_ids,
        "item_ids": catalogue.item_ids,
        "titles": catalogue.titles,
        "genre_names": catalogue.genre_names,
        "kind": catalogue.kind,
        "scale": asdict(ratings.scale),
        "item_features": None if features is None else features.names,
        "user_features": None if users is None else users.names,
        "mean": None if truth is None else truth.mean,
    }
    arrays: Arrays = {
        "users": ratings.users,
        "items": ratings.items,
        "values": ratings.values,
        "years": catalogue.years,
        "genres": catalogue.genres,
    }
    if ratings.timestamps is not None:
        arrays["timestamps"] = ratings.timestamps
    if features is not None:
        arrays["item_features"] = features.values
    if users is not None:
        arrays["user_features"] = users.values
    if truth is not None:
        arrays |= {name: getattr(truth, name) for name in _TRUE}
    return about, arrays


def _dataset(about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Dataset:
    """The data set of these parts; raises anything at all if they do not fit."""

    def features(name: str) -> Features | None:
        return None if about[name] is None else Features(tuple(about[name]), arrays[name])

    ratings = Ratings.from_arrays(
        arrays["users"],
        arrays["items"],
        arrays["values"],
        Scale(**about["scale"]),
        n_users=len(about["user_ids"]),
        n_items=len(about["item_ids"]),
        timestamps=arrays.get("timestamps"),
    )
    catalogue = Catalogue(
        item_ids=tuple(about["item_ids"]),
        titles=tuple(about["titles"]),
        years=arrays["years"],
        genre_names=tuple(about["genre_names"]),
        genres=arrays["genres"],
        features=features("item_features"),
        kind=about["kind"],
    )
    return Dataset(
        ratings=ratings,
        catalogue=catalogue,
        user_ids=tuple(about["user_ids"]),
        remarks=tuple(Remark(**remark) for remark in about["remarks"]),
        user_features=features("user_features"),
        truth=None
        if about["mean"] is None
        else Truth(mean=about["mean"], **{name: arrays[name] for name in _TRUE}),
        **about["plain"],
    )
