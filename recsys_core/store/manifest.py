"""What stands in `model.json`: everything about a saved model but its arrays.

format            number of this layout; a file with a higher one is left alone
algorithm         name, as in `recsys_core.algorithms()`
hyper_parameters  all of them by name
learned           what was learned beside arrays, by attribute: text, numbers, the scale
arrays            shape and dtype of every array in `arrays.npz`, by attribute
arrays_file       bytes and SHA-256 of `arrays.npz`
data, split       what the model was trained on
library, saved_at who wrote the file, and when
checksum          SHA-256 of all the above, so that a changed digit is noticed too
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from recsys_core.algorithms import algorithm
from recsys_core.algorithms.base import HyperValue
from recsys_core.errors import HyperParameterError, RecsysError
from recsys_core.evaluation.splits import Split
from recsys_core.ratings import Scale

FORMAT = 2
"""Raise this whenever a version before could not read what is saved now, or would predict otherwise.

1 did not keep what a model was trained on, nor the identity of a split: such a model predicts as
ever, and is never scored, for nobody can tell what it has seen."""

LIBRARY = "0.1.0"
"""The version that writes; a test holds it to the project's."""

MAX_BYTES = 2**20
"""Most that `model.json` may have; it takes about 3 kB."""

_LAST_MOMENT = 253_402_300_800.0
"""The year 10000, in seconds since 1970: beyond it no calendar can show a date."""

Plain: TypeAlias = bool | int | float | str | tuple[str, ...] | Scale | None


class StoreError(RecsysError):
    """A model cannot be saved or loaded; the message names the file or attribute and what to do."""


@dataclass(frozen=True)
class ArrayEntry:
    """Shape and dtype (numpy's short text: "<f8") of an array."""

    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class SavedData:
    """The data set a model was trained on: its name, its fingerprint and its sizes."""

    name: str
    fingerprint: str
    n_users: int
    n_items: int
    n_ratings: int


@dataclass(frozen=True)
class SavedSplit:
    """Which split trained a model, without its positions: `saved.split == SavedSplit.of(split)`
    says whether the test part of `split` is new to the model.

    Attributes:
        kind, fold, folds, seed, fingerprint, identity: as in `Split`; no identity in format 1.
    """

    kind: str
    fold: int
    folds: int
    seed: int
    fingerprint: str
    identity: str = ""

    @classmethod
    def of(cls, split: Split) -> SavedSplit:
        """The mark of a split."""
        return cls(
            split.kind,
            int(split.fold),
            int(split.folds),
            int(split.seed),
            split.fingerprint,
            split.identity,
        )


@dataclass(frozen=True)
class Manifest:
    """The content of `model.json`; see the top of the file."""

    algorithm: str
    hyper_parameters: Mapping[str, HyperValue]
    learned: Mapping[str, Plain]
    arrays: Mapping[str, ArrayEntry]
    arrays_bytes: int
    arrays_sha256: str
    data: SavedData
    split: SavedSplit | None
    saved_at: float
    library: str = LIBRARY

    def identity(self) -> str:
        """SHA-256 (hex) of all but the moment of saving: equal for the same model, saved twice."""
        return _digest({**self._body(), "saved_at": None})

    def to_json(self) -> bytes:
        """The text of the file.

        Raises:
            StoreError: it is too long to be read again.
        """
        body = self._body()
        text = json.dumps({**body, "checksum": _digest(body)}, indent=1, allow_nan=False).encode()
        if len(text) > MAX_BYTES:
            raise StoreError(
                f"What {self.algorithm} learned beside arrays takes {len(text):,} bytes of text, more than "
                f"{MAX_BYTES:,}: keep long lists as arrays."
            )
        return text

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "library": self.library,
            "saved_at": self.saved_at,
            "algorithm": self.algorithm,
            "hyper_parameters": dict(self.hyper_parameters),
            "data": dataclasses.asdict(self.data),
            "split": None if self.split is None else dataclasses.asdict(self.split),
            "learned": {name: _written(value) for name, value in self.learned.items()},
            "arrays": {name: [list(entry.shape), entry.dtype] for name, entry in self.arrays.items()},
            "arrays_file": {"bytes": self.arrays_bytes, "sha256": self.arrays_sha256},
        }


def read_manifest(path: Path) -> Manifest:
    """Read `model.json`, checked from the outside in.

    Raises:
        StoreError: it is not JSON, of a newer format, of an unknown algorithm or with settings it
            does not allow, was changed since, or does not hold what it should.
        OSError: the disk refuses.
    """
    try:
        return _checked(path, _parsed(path))
    except RecursionError as error:
        raise StoreError(f"{path} is nested far too deep: it was not saved here.") from error


def _checked(path: Path, body: dict[str, Any]) -> Manifest:
    found = body.get("format")
    if type(found) is not int or found < 1:
        raise StoreError(f"{path} is not the description of a saved model: its format is {found!r}.")
    if found > FORMAT:
        raise StoreError(
            f"{path} has format {found}, and this version reads up to {FORMAT}: update the library, "
            "or train the model again."
        )
    _check_algorithm(path, body.get("algorithm"), body.get("hyper_parameters"))
    checksum = body.pop("checksum", None)
    if checksum != _digest(body):
        raise StoreError(f"{path} was changed or damaged since it was saved: train the model again.")
    try:
        return _manifest(body)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecsysError) as error:
        raise StoreError(
            f"{path} does not hold what a saved model holds ({error}): train the model again."
        ) from error


def _parsed(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise StoreError(f"{path} is longer than {MAX_BYTES:,} bytes: it is not a model saved here.")
    try:
        body = json.loads(text, parse_constant=_no_such_number)
    except ValueError as error:
        raise StoreError(f"{path} is not JSON ({error}): train the model again.") from error
    if not isinstance(body, dict):
        raise StoreError(f"{path} is not the description of a saved model: train the model again.")
    return body


def _no_such_number(text: str) -> float:
    raise ValueError(f"{text} is not a finite number")


def _check_algorithm(path: Path, name: object, given: object) -> None:
    """That the algorithm is there, with exactly these hyper-parameters, each with an allowed value."""
    if not isinstance(name, str) or not isinstance(given, dict):
        raise StoreError(f"{path} names no algorithm with its hyper-parameters: train the model again.")
    try:
        plain = algorithm(name)
        algorithm(name, **given)
    except HyperParameterError as error:
        raise StoreError(f"{path}: {error} Train the model again with this version.") from error
    missing = [parameter for parameter in plain.parameters() if parameter not in given]
    if missing:
        raise StoreError(f"{path} does not say what {missing[0]} was of {name}: train the model again.")


def _manifest(body: Mapping[str, Any]) -> Manifest:
    """The typed content; raises KeyError, TypeError, ValueError or a RecsysError where it does not fit."""
    data, split, file = body["data"], body["split"], body["arrays_file"]
    saved_at = _number(body["saved_at"])
    if not 0 <= saved_at < _LAST_MOMENT:
        raise ValueError(f"saved_at is {saved_at}")
    for name in (*body["learned"], *body["arrays"]):
        if not name.endswith("_") or name.startswith("_") or name in body["hyper_parameters"]:
            raise ValueError(f"{name!r:.60} is no name of something learned")
    return Manifest(
        algorithm=body["algorithm"],
        hyper_parameters=body["hyper_parameters"],
        learned={name: _read(value) for name, value in body["learned"].items()},
        arrays={name: _entry(*entry) for name, entry in body["arrays"].items()},
        arrays_bytes=_count(file["bytes"]),
        arrays_sha256=_text(file["sha256"]),
        data=SavedData(
            _text(data["name"]),
            _text(data["fingerprint"]),
            _count(data["n_users"]),
            _count(data["n_items"]),
            _count(data["n_ratings"]),
        ),
        split=None if split is None else _split(split),
        saved_at=saved_at,
        library=_text(body["library"]),
    )


def _split(split: Mapping[str, Any]) -> SavedSplit:
    return SavedSplit(
        _text(split["kind"]),
        _count(split["fold"]),
        _count(split["folds"]),
        _count(split["seed"]),
        _text(split["fingerprint"]),
        _text(split.get("identity", "")),
    )


def _entry(shape: list[Any], dtype: Any) -> ArrayEntry:
    return ArrayEntry(tuple(_count(size) for size in shape), _text(dtype))


def _written(value: Plain) -> Any:
    """JSON tells these apart by itself: an object is the scale, a list is a tuple of text."""
    return dataclasses.asdict(value) if isinstance(value, Scale) else value


def _read(value: Any) -> Plain:
    if isinstance(value, dict):
        return Scale(**{name: _number(part) for name, part in value.items()})
    if isinstance(value, list):
        return tuple(_text(text) for text in value)
    if value is None or isinstance(value, (bool, str)):
        return value
    return _number(value)


def _number(value: Any) -> float:
    """A finite number, an int if it was written as one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{value!r:.60} is not a finite number")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r:.60} is not a whole number from 0")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.60} is not text")
    return value


def _digest(body: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the content, however it is laid out."""
    return sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
