"""One run as it is kept: what was done, on what, how it was measured, and what came out."""

from __future__ import annotations

import json
import math
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np

from recsys_core.store.manifest import LIBRARY, StoreError

KINDS = ("comparison", "search", "training")
"""What a run can be."""

MAX_BYTES = 4 * 2**20
"""Most that protocol, spec and report may have as JSON, together. Longer tables belong in files."""

LENGTHS = {
    "id": 64,
    "dataset": 200,
    "fingerprint": 128,
    "class_room": 80,
    "name": 120,
    "note": 2_000,
    "version": 32,
}
"""Most characters of each text of a run."""

_MARK = "sha256:"


def owner_mark(owner: str) -> str:
    """What stands in the database for an owner: SHA-256 of the session's random id.

    Whoever knows a session's id can look at, export and erase what the session did. So the id is
    never written down: someone who reads the database or a copy of it sees which runs belong
    together, and cannot act for their owner. The id is 128 random bits, which nobody finds by
    trying; a name or an address would need more than this.

    Raises:
        StoreError: the id is empty.
    """
    if not owner:
        raise StoreError("A run belongs to someone: give the random id of the session as owner.")
    return _MARK + sha256(owner.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Run:
    """A run on record. Made as it is kept: equal to what is read back later.

    Attributes:
        kind: one of `KINDS`.
        owner: give the session's random id; what is held and kept is its `owner_mark`.
        dataset, fingerprint: name of the data set, and fingerprint of its ratings.
        protocol: how its numbers were measured, as JSON.
        spec: what was asked for, as JSON: enough to run it again.
        report: what came out, as JSON; None where `Runs.find` left it out.
        seconds: how long it took.
        name, note: given by a person, to find it again.
        class_room: label of the group it belongs to; empty for none.
        created_at: seconds since 1970.
        version: of the program that ran it.
        id: 128 random bits as text.

    A number that is not finite becomes null in the JSON, which has no word for it; keys become
    text, and characters no database takes (NUL, halves of surrogate pairs) the replacement
    character.

    Raises:
        StoreError: the kind is unknown, a text is too long, a time is not a finite number, or
            something is no JSON.
    """

    kind: str
    owner: str
    dataset: str
    fingerprint: str
    protocol: Mapping[str, Any] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] | None = None
    seconds: float = 0.0
    name: str = ""
    note: str = ""
    class_room: str = ""
    created_at: float = field(default_factory=time.time)
    version: str = LIBRARY
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise StoreError(f"A run cannot be a {self.kind!r:.60}: it is one of {', '.join(KINDS)}.")
        if not _is_mark(self.owner):
            object.__setattr__(self, "owner", owner_mark(self.owner))
        for name in LENGTHS:
            object.__setattr__(self, name, fitting(name, getattr(self, name)))
        for name in ("seconds", "created_at"):
            value = float(getattr(self, name))
            if not (math.isfinite(value) and value >= 0):
                raise StoreError(f"{name} of a run is {value}: give a finite number from 0.")
            object.__setattr__(self, name, value)
        for name in ("protocol", "spec", "report"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, _plain(_mapping(name, value), name))

    def check_size(self) -> None:
        """Hold it to `MAX_BYTES`.

        Raises:
            StoreError: it is larger; the message says how large its parts are.
        """
        sizes = {
            name: len(json.dumps(getattr(self, name)).encode()) for name in ("protocol", "spec", "report")
        }
        if sum(sizes.values()) > MAX_BYTES:
            parts = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
            raise StoreError(
                f"The run takes {sum(sizes.values()):,} bytes ({parts}), and {MAX_BYTES:,} can be kept: "
                "save long tables as a file, and keep their summary."
            )


def fitting(name: str, text: str) -> str:
    """A text of a run as the database takes it.

    Raises:
        StoreError: it is no text, or longer than `LENGTHS` says.
    """
    if not isinstance(text, str):
        raise StoreError(f"{name} of a run is {text!r:.60}: give text.")
    if len(text) > LENGTHS[name]:
        raise StoreError(f"{name} of a run has {len(text):,} characters: give {LENGTHS[name]:,} at most.")
    return _text(text)


def _mapping(name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise StoreError(
            f"{name} of a run is a {type(value).__name__}: give values by name, not JSON as text."
        )
    return value


def _is_mark(owner: str) -> bool:
    digits = owner.removeprefix(_MARK)
    return owner.startswith(_MARK) and len(digits) == 64 and not set(digits) - set("0123456789abcdef")


def _text(text: str) -> str:
    return "".join("\ufffd" if sign == "\0" or "\ud800" <= sign <= "\udfff" else sign for sign in text)


def _plain(value: Any, place: str) -> Any:
    """Plain JSON, and nothing that JSON or a database would refuse."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): _plain(one, f"{place}.{key}") for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one, f"{place}[{at}]") for at, one in enumerate(value)]
    raise StoreError(
        f"{place:.120} of a run is a {type(value).__name__}, which is no JSON: give plain values."
    )
