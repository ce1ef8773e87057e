"""Reading a data set: from the published text, and from the binary copy kept of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import recsys_core as rc
from benchmarks.timing import UnavailableError, folder_above, interleaved, ms, show

RUNS = 7
TARGETS = {"ml-latest-small": ("< 1000 ms", "< 200 ms"), "ml-100k": ("", ""), "ml-1m": ("", "")}
"""Data set → targets for text and for the binary copy."""


def run() -> None:
    """Load each data set by turns with an empty cache and with a filled one."""
    rows = []
    for name in TARGETS:
        try:
            folder = folder_above(name)
        except UnavailableError as exc:
            print(f"left out: {exc}")
            continue
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
    if rows:
        show(("data set", "text + copy written", "target", "binary copy", "target", "ratio"), rows)


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
