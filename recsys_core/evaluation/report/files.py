"""A report as files: JSON in full precision, with the figures by person in a numpy archive beside it.

`report.json` names the archive by the digest of what is in it, is written last and put in place in
one step: whoever reads the folder while it is written gets the report before or the one after.
`nan` is null in JSON, which has no word for it.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import math
import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from recsys_core.errors import DataError
from recsys_core.evaluation.protocol import Protocol
from recsys_core.evaluation.report.parts import Cell, Contender, People
from recsys_core.evaluation.slices import SliceSum

if TYPE_CHECKING:
    from recsys_core.evaluation.report.base import Report

    AnyReport = TypeVar("AnyReport", bound=Report)

NAME = "report.json"
FORMAT = 1
INLINE = 4_000_000
"""Bytes of figures by person up to which one text holds the whole report."""
TRIES = 5
"""Reading a folder that is being written to: how often the archive may be newer than the JSON."""


def text_of(report: Report, beside: str = "") -> str:
    """The report as JSON.

    Args:
        report: what to write.
        beside: name of the archive with the figures by person; if empty they are put into the text
            where they take less than `INLINE`, and left out where they take more.
    """
    people = report.people
    inline = None
    if people is not None and not beside:
        packed = _packed(people)
        inline = base64.b64encode(packed).decode("ascii") if len(packed) <= INLINE else None
    body = {
        "format": FORMAT,
        "created": report.created,
        "versions": dict(report.versions),
        "protocol": json.loads(report.protocol.to_json()),
        "contenders": [dataclasses.asdict(one) for one in report.contenders],
        "metrics": list(report.metrics),
        "cells": [dataclasses.asdict(cell) for cell in report.cells],
        "parts": [dataclasses.asdict(part) for part in report.parts],
        "people": inline,
        "people_file": beside,
    }
    return json.dumps(_null(body), indent=1, allow_nan=False)


def report_of(cls: type[AnyReport], text: str, people: People | None = None) -> AnyReport:
    """Read what `text_of` wrote.

    Raises:
        DataError: it is something else.
    """
    try:
        body = json.loads(text)
        if body["format"] != FORMAT:
            raise DataError(f"This report has the format {body['format']!r}; this version reads {FORMAT}.")
        if people is None and body["people"]:
            people = _unpacked(base64.b64decode(body["people"], validate=True))
        return cls(
            Protocol.from_json(json.dumps(body["protocol"])),
            tuple(Contender(**one) for one in body["contenders"]),
            tuple(map(str, body["metrics"])),
            tuple(_cell(one) for one in body["cells"]),
            people,
            tuple(SliceSum(**_nan(one, ("total", "weight"))) for one in body["parts"]),
            {str(k): str(v) for k, v in body["versions"].items()},
            str(body["created"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise DataError(f"This is not the text of a report ({type(error).__name__}: {error}).") from error


def save(report: Report, folder: Path) -> Path:
    """Write the report into the folder, over an earlier one; returns the path of the JSON.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    beside = ""
    if report.people is not None:
        packed = _packed(report.people)
        beside = f"people-{sha256(packed).hexdigest()[:24]}.npz"
        _put(folder / beside, packed)
    _put(folder / NAME, text_of(report, beside).encode())
    for old in folder.glob("people-*.npz"):
        if old.name != beside:
            old.unlink(missing_ok=True)
    return folder / NAME


def load(cls: type[AnyReport], folder: Path) -> AnyReport:
    """Read what `save` wrote, also while it is being written over.

    Raises:
        DataError: there is none, or it is damaged.
    """
    for left in reversed(range(TRIES)):
        try:
            text = (folder / NAME).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"There is no report in {folder.name!r}.") from error
        try:
            return report_of(cls, text, _beside(folder, text))
        except FileNotFoundError as error:
            if not left:
                raise DataError("The figures by person of this report are gone: run it again.") from error
    raise AssertionError("unreachable")


def _beside(folder: Path, text: str) -> People | None:
    try:
        name = json.loads(text)["people_file"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DataError(f"This is not the text of a report ({type(error).__name__}).") from error
    if not name:
        return None
    packed = (folder / Path(str(name)).name).read_bytes()
    if name != f"people-{sha256(packed).hexdigest()[:24]}.npz":
        raise DataError("The figures by person of this report are damaged: run it again.")
    return _unpacked(packed)


def _packed(people: People) -> bytes:
    file = io.BytesIO()
    arrays = {"users": people.users, "totals": people.totals, "weights": people.weights}
    np.savez(file, n_tested=np.array(people.n_tested), **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _unpacked(packed: bytes) -> People:
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            users, totals, weights = (np.array(arrays[name]) for name in ("users", "totals", "weights"))
            return People(users, totals, weights, int(arrays["n_tested"]))
    except Exception as error:  # whatever a damaged archive does to the readers of zip and npy
        raise DataError(f"The figures by person cannot be read ({type(error).__name__}).") from error


def _put(path: Path, content: bytes) -> None:
    """In place whole, or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _null(value: Any) -> Any:
    """The same with null for every number that is not finite."""
    if isinstance(value, dict):
        return {key: _null(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_null(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _nan(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {k: float("nan") if v is None and k in names else v for k, v in values.items()}


def _cell(one: dict[str, Any]) -> Cell:
    measured = {name: float("nan") if v is None else float(v) for name, v in one["values"].items()}
    times = ("fit_seconds", "predict_seconds", "list_seconds", "peak_mb")
    return Cell(**{**_nan(one, times), "values": measured, "warnings": tuple(one["warnings"])})
