"""Stop-watch and printed tables, shared by the benchmarks."""

from __future__ import annotations

import gc
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import recsys_core as rc
from recsys_core.dataset import Dataset
from recsys_core.datasets.base import data_folders
from recsys_core.errors import DataNotFoundError

PACKAGES = ("numpy", "numba", "scipy", "scikit-surprise", "streamlit")


class UnavailableError(Exception):
    """What a benchmark needs is not on this machine; the message says what."""


def machine() -> str:
    """One line on what the figures were measured with."""
    packages = " · ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{os.cpu_count()} cores · Python {platform.python_version()} · {packages}"


def dataset(name: str) -> Dataset:
    """A data set by name.

    Raises:
        UnavailableError: it is not on this machine.
    """
    try:
        return rc.load(name)
    except DataNotFoundError as exc:
        raise UnavailableError(str(exc)) from exc


def folder_above(name: str) -> Path:
    """The folder to name in RECSYS_DATA_DIR for a published data set, wherever it was found.

    Raises:
        UnavailableError: it is not on this machine.
    """
    for folder in data_folders():
        if (folder / name).is_dir():
            return folder.resolve()
    raise UnavailableError(f"{name} is not on this machine: python -m recsys_core download {name}")


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes, on the clock on the wall."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def interleaved(tasks: Mapping[str, Callable[[], object]], runs: int, warm_up: int = 1) -> dict[str, float]:
    """Median seconds of each task, run by turns (A B A B …) so that all meet the same weather.

    Args:
        tasks: what to run, by name.
        runs: how many timed rounds.
        warm_up: rounds before that, which compile kernels and fill caches, and do not count.
    """
    times: dict[str, list[float]] = {name: [] for name in tasks}
    gc.collect()
    for _ in range(warm_up + runs):
        for name, task in tasks.items():
            times[name].append(seconds(task))
    return {name: median(measured[warm_up:]) for name, measured in times.items()}


def show(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    text = [[str(cell) for cell in row] for row in (columns, *rows)]
    widths = [max(map(len, column)) for column in zip(*text, strict=True)]
    for row in text:
        print(
            "  ".join(
                f"{c:<{w}}" if k == 0 else f"{c:>{w}}"
                for k, (c, w) in enumerate(zip(row, widths, strict=True))
            )
        )


def ms(duration: float) -> str:
    """Seconds as milliseconds, to three figures or whole."""
    value = duration * 1e3
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.3g} ms"
