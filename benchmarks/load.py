"""Reading a data set: from the published text, and from the binary copy kept of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import recsys_core as rc
from benchmarks.timing import UnavailableError, interleaved, ms, show
from recsys_core.datasets.base import data_folders

RUNS = 7
TARGETS = {"ml-latest-small": ("< 1000 ms", "< 200 ms"), "ml-100k": ("", ""), "ml-1m": ("", "")}
"""Data set → targets for text and for the binary copy."""


def run() -> None:
    """Load each data set by turns with an empty cache and with a filled one."""
    here = {name: folder for name in TARGETS if (folder := _folder(name)) is not None}
    if not here:
        raise UnavailableError("no published data set here; name a folder in RECSYS_DATA_DIR")
    rows = []
    for name, folder in here.items():
        with tempfile.TemporaryDirectory() as filled, _environment(RECSYS_DATA_DIR=str(folder)):

            def from_text(name: str = name) -> None:
                with tempfile.TemporaryDirectory() as empty, _environment(RECSYS_CACHE_DIR=empty):
                    rc.load(name)

            def from_copy(name: str = name, filled: str = filled) -> None:
                with _environment(RECSYS_CACHE_DIR=filled):
                    rc.load(name)

            times = interleaved({"text": from_text, "copy": from_copy}, RUNS if name != "ml-1m" else 3)
        text, copy = times["text"], times["copy"]
        rows.append((name, ms(text), TARGETS[name][0], ms(copy), TARGETS[name][1], f"{text / copy:.1f}×"))
    show(("data set", "text + copy written", "target", "binary copy", "target", "ratio"), rows)


def _folder(name: str) -> Path | None:
    return next((folder for folder in data_folders() if (folder / name).is_dir()), None)


@contextmanager
def _environment(**settings: str) -> Iterator[None]:
    before = {key: os.environ.get(key) for key in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value
